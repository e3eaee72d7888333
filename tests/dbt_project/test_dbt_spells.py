"""Education spells against a plain reading of the rules, day by day and night by night, on random evidence."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

START, DAYS, NIGHTS, PERSONS = date(2025, 4, 1), 420, 6, 120
KINDS = ("formal", "vocational", "non_formal", "informal_training")
STAGES = ("listed", "surveyed", "found", "helped", "learning", "retained")
REASONS = ("dropped_out", "completed", "moved", None)


def night(number: int) -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number)


def some_day(dice: random.Random) -> date:
    return START + timedelta(days=dice.randrange(0, DAYS, 20))


def evidence(dice: random.Random) -> tuple[str, dict]:
    """One version of a record: its table and what it says."""
    begin, end = sorted((some_day(dice), some_day(dice)))
    match dice.choice(("enrolment", "enrolment", "screening", "case", "participation")):
        case "enrolment":
            closed = dice.random() < 0.6
            return "fct_enrolment", {
                "kind": dice.choice(KINDS), "level": dice.choice(("primary", "upper_secondary")), "started_on": begin,
                "ended_on": end if closed else None, "end_reason": dice.choice(REASONS) if closed else None,
            }  # fmt: skip
        case "screening":
            return "fct_screening", {
                "level": "primary", "grade": dice.choice(("P1", None)), "screened_on": begin,
                "academic_year": dice.choice((2567, 2568, 2569)),
            }  # fmt: skip
        case "case":
            return "fct_case_event", {"case_stage": dice.choice(STAGES), "event_on": begin}
        case _:
            return "fct_participation", {"joined_on": begin, "left_on": dice.choice((end, None))}


def status(records: list[tuple[tuple[int, str], str, dict]], day: date) -> tuple[str, str] | None:
    """Education status and schooling status on a day, from the words of the rules alone."""
    enrolled, words, weak, training = [], [], [], False
    for key, table, said in records:
        if table == "fct_enrolment":
            begin, end = said["started_on"], said["ended_on"]
            lasts = begin <= day and (end is None or day < end)
            if said["kind"] == "informal_training":
                training |= lasts
                continue
            if lasts:
                enrolled.append("enrolled_non_formal" if said["kind"] == "non_formal" else "enrolled_formal")
            if end is not None and end <= day:
                after = {"dropped_out": "out_of_school", "completed": "unknown"}.get(
                    said["end_reason"] or "", "unknown"
                )
                if said["end_reason"] == "completed" and said["level"] == "upper_secondary":
                    after = "completed"
                words.append((end, 4, key, (after, after), None))
        elif table == "fct_participation":
            training |= said["joined_on"] <= day and (said["left_on"] is None or day < said["left_on"])
        elif table == "fct_case_event":
            learns = said["case_stage"] in ("learning", "retained")
            if said["event_on"] <= day:
                word = ("in_training" if learns else "out_of_school", "out_of_school")
                words.append((said["event_on"], 2 if learns else 1, key, word, None))
        elif said["grade"]:
            year = said["academic_year"] - 543
            first, last = date(year, 5, 16), date(year + 1, 5, 16)
            speaks = max(said["screened_on"], first)
            if speaks < last and speaks <= day:
                words.append((speaks, 3, key, ("enrolled_formal", "enrolled_formal"), last))
            if first <= day < min(said["screened_on"], last):
                weak.append("enrolled_formal")
    if enrolled:
        best = "enrolled_formal" if "enrolled_formal" in enrolled else "enrolled_non_formal"
        return best, best
    spoken = None
    if words:
        *_, word, until = max(words, key=lambda item: item[:3])
        spoken = word if until is None or day < until else None
    if spoken is None and weak:
        spoken = ("enrolled_formal", "enrolled_formal")
    if spoken is None:
        return ("in_training", "unknown") if training else None
    if training and spoken[1] != "enrolled_formal":
        return "in_training", spoken[1]
    return spoken


@pytest.fixture(scope="module")
def spelled(world, dbt):
    """Random evidence in several versions for each person, as facts, and the spells that the model makes of it."""
    dice = random.Random(20260302)
    history: dict[str, list[tuple[str, str, dict, int, int | None]]] = {}
    for number in range(PERSONS):
        person = str(UUID(int=number + 1))
        for record in range(dice.randint(1, 5)):
            key = str(UUID(int=(number + 1) * 100 + record))
            table, said = evidence(dice)
            begin, end = dice.randrange(NIGHTS), dice.choice((None, None, *range(1, NIGHTS)))
            if end is None or end > begin:
                history.setdefault(person, []).append((key, table, said, begin, end))
                if end is not None and dice.random() < 0.5:  # a correction of the same kind of record
                    again, changed = evidence(dice)
                    if again == table:
                        history[person].append((key, table, changed, end, None))
    connection = world.connection
    for person, records in history.items():
        for key, table, said, begin, end in records:
            values = {
                "record_key": key, "person_key": person, "source": "abe", "known_from": night(begin),
                "known_to": None if end is None else night(end), **said,
            }  # fmt: skip
            if table == "fct_participation":
                values |= {"project_key": "abe/A", "project_ref": "A"}
            names, places = ", ".join(values), ", ".join(["%s"] * len(values))
            connection.execute(f"insert into core.{table} ({names}) values ({places})", list(values.values()))
    dbt("build", "--select", "education_spell", "--exclude-resource-type", "unit_test")
    return history, connection


def test_spells_say_what_the_rules_say(spelled):
    history, connection = spelled
    assert len(history) > 100
    checked = 0
    for number in range(NIGHTS):
        rows = connection.execute(
            "select person_key::text, education_status, schooling_status, valid_from, valid_to"
            " from core.education_spell where known_from <= %s and coalesce(known_to, 'infinity') > %s",
            [night(number), night(number)],
        ).fetchall()
        spells: dict[str, list[tuple]] = {}
        for person, *spell in rows:
            spells.setdefault(person, []).append(tuple(spell))
        for person, records in history.items():
            known = [
                ((begin, k), t, s)
                for k, t, s, begin, end in records
                if begin <= number and (end is None or number < end)
            ]
            for offset in range(-10, DAYS + 10, 7):
                day = START + timedelta(days=offset)
                held = [
                    (e, s) for e, s, begin, end in spells.get(person, []) if begin <= day and (end is None or day < end)
                ]
                assert len(held) <= 1, f"{person} {day}"
                assert (held[0] if held else None) == status(known, day), (
                    f"{person} on {day} as known in night {number}"
                )
                checked += 1
    assert checked > 20_000


def test_spells_are_as_long_as_they_can_be(spelled):
    _, connection = spelled
    split = connection.execute(
        "select count(*) from core.education_spell a join core.education_spell b"
        " on a.person_key = b.person_key and a.valid_to = b.valid_from"
        " and a.education_status = b.education_status and a.schooling_status = b.schooling_status"
        " and a.known_from < coalesce(b.known_to, 'infinity') and b.known_from < coalesce(a.known_to, 'infinity')"
    ).fetchone()
    assert split == (0,)
