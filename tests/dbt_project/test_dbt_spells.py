"""Education spells against a plain reading of the rules, day by day and night by night, on random evidence."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

START, DAYS, NIGHTS, PERSONS = date(2025, 4, 1), 420, 6, 240
KINDS = ("formal", "vocational", "non_formal", "informal_training")
STAGES = ("listed", "surveyed", "found", "helped", "learning", "retained")
REASONS = ("dropped_out", "completed", "moved", None)
ROUNDS = [(year, name) for year in (2567, 2568, 2569) for name in ("june_10", "nov_10", "year_end")]
COUNTED = {"june_10": (0, 6, 10), "nov_10": (0, 11, 10), "year_end": (1, 3, 31)}
SCHOOLS, GRADES, LAST = ("A", "B", "C"), ("P5", "P6", None), ("P6",)


def night(number: int) -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number)


def some_day(dice: random.Random) -> date:
    return START + timedelta(days=dice.randrange(0, DAYS, 20))


def counted_on(year: int, name: str) -> date:
    after, month, day = COUNTED[name]
    return date(year - 543 + after, month, day)


def roster(school: str, year: int, name: str) -> dict:
    """What names a roster."""
    return {
        "roster_key": f"abe/{school}/{year}/{name}", "school": school, "academic_year": year, "round": name,
        "counted_on": counted_on(year, name),
    }  # fmt: skip


# Which rosters are held: school, academic year, round, whole or not, from which night until which.
Held = tuple[str, int, str, bool, int, int | None]


def coverage(dice: random.Random) -> list[Held]:
    held: list[Held] = []
    for school in SCHOOLS:
        for year, name in ROUNDS:
            begin = dice.randrange(NIGHTS)
            if dice.random() < 0.3:
                continue
            if begin < NIGHTS - 1 and dice.random() < 0.3:
                later = dice.randrange(begin + 1, NIGHTS)
                held += [(school, year, name, False, begin, later), (school, year, name, True, later, None)]
            else:
                held.append((school, year, name, True, begin, None))
    return held


def evidence(dice: random.Random) -> tuple[str, dict]:
    """One version of a record: its table and what it says."""
    begin, end = sorted((some_day(dice), some_day(dice)))
    match dice.choice(("enrolment", "screening", "case", "participation", "baseline", *("roster",) * 5)):
        case "roster":
            year, name = dice.choice(ROUNDS[2:7])
            return "fct_school_roster", {**roster(dice.choice(SCHOOLS[:2]), year, name), "grade": dice.choice(GRADES)}
        case "baseline":
            return "fct_out_of_school_baseline", {
                "as_of": begin, "never_enrolled": dice.choice((True, True, None)),
                "left_school": dice.choice((True, False, None)),
            }  # fmt: skip
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
            left = dice.choice((end, None))
            reason = dice.choice(("completed", "moved", "deceased")) if left else None
            return "fct_participation", {"joined_on": begin, "left_on": left, "exit_reason": reason}


# A word about schooling: its day, how it ranks among those of the day, its record, the two statuses, how long it may hold.
Word = tuple[date, int, tuple[int, str], tuple[str, str], date | None]


def words_of(records: list[tuple[tuple[int, str], str, dict]]) -> list[Word]:
    """What each record but an enrolment in force says, one word a record."""
    words: list[Word] = []
    for key, table, said in records:
        if table == "fct_enrolment" and said["kind"] != "informal_training" and said["ended_on"] is not None:
            after = "unknown"
            if said["end_reason"] == "dropped_out":
                after = "out_of_school"
            elif said["end_reason"] == "completed" and said["level"] == "upper_secondary":
                after = "completed"
            words.append((said["ended_on"], 5 if after == "unknown" else 7, key, (after, after), None))
        elif table == "fct_school_roster":
            until = date(said["academic_year"] - 542, 5, 16)
            words.append((said["counted_on"], 6, key, ("enrolled_formal", "enrolled_formal"), until))
        elif table == "fct_screening" and said["grade"]:
            year = said["academic_year"] - 543
            speaks, until = max(said["screened_on"], date(year, 5, 16)), date(year + 1, 5, 16)
            if said["screened_on"] < until:
                words.append((speaks, 4, key, ("enrolled_formal", "enrolled_formal"), until))
        elif table == "fct_case_event":
            learns = said["case_stage"] in ("learning", "retained")
            word = ("in_training" if learns else "out_of_school", "out_of_school")
            words.append((said["event_on"], 3 if learns else 2, key, word, None))
        elif table == "fct_out_of_school_baseline":
            never = said["never_enrolled"] and not said["left_school"]
            word = ("never_enrolled", "never_enrolled") if never else ("out_of_school", "out_of_school")
            words.append((said["as_of"], 1, key, word, None))
        elif table == "fct_participation" and said["exit_reason"] in ("moved", "deceased"):
            words.append((said["left_on"], -1, key, ("", ""), None))  # it says nothing but that they are gone
    return words


def absences(records: list[tuple[tuple[int, str], str, dict]], words: list[Word], held: list[Held]) -> list[Word]:
    """Out of school because a later roster of the school no longer has them, and nothing else has spoken since."""
    rosters = [(key, said) for key, table, said in records if table == "fct_school_roster"]
    found: list[Word] = []
    for key, said in rosters:
        if sum(other["counted_on"] == said["counted_on"] for _, other in rosters) > 1:
            continue
        for school, year, name, whole, *_ in held:
            day = counted_on(year, name)
            if school != said["school"] or day <= said["counted_on"] or not whole:
                continue
            same_year = year == said["academic_year"]
            next_june = year == said["academic_year"] + 1 and name == "june_10" and said["grade"] not in (None, *LAST)
            spoken = [w for w in words if w[2] != key and (said["counted_on"], 6) < w[:2] and w[0] <= day]
            if (same_year or next_june) and not spoken:
                found.append((day, 0, key, ("out_of_school", "out_of_school"), None))
    return found


def status(records: list[tuple[tuple[int, str], str, dict]], day: date, held: list[Held]) -> tuple[str, str] | None:
    """Education status and schooling status on a day, from the words of the rules alone."""
    words = words_of(records)
    words = [word for word in words if word[3][0]] + absences(records, words, held)
    enrolled, weak, training, schooled = [], False, False, []
    for _, table, said in records:
        if table == "fct_enrolment":
            begin, end = said["started_on"], said["ended_on"]
            if end is not None and end <= begin:
                continue
            lasts = begin <= day and (end is None or day < end)
            if said["kind"] == "informal_training":
                training |= lasts
                continue
            schooled.append((begin, 0))
            if lasts:
                enrolled.append("enrolled_non_formal" if said["kind"] == "non_formal" else "enrolled_formal")
        elif table == "fct_participation":
            training |= said["joined_on"] <= day and (said["left_on"] is None or day < said["left_on"])
        elif table == "fct_screening" and said["grade"]:
            year = said["academic_year"] - 543
            first, last = date(year, 5, 16), min(said["screened_on"], date(year + 1, 5, 16))
            if said["screened_on"] > first:
                schooled.append((first, 0))
            if said["screened_on"] < date(year + 1, 5, 16):
                schooled.append((max(said["screened_on"], first), 4))
            weak |= first <= day < last
        elif table == "fct_school_roster":
            year = said["academic_year"] - 543
            first = date(year, 5, 16) if said["round"] == "june_10" else date(year, 11, 1)
            schooled += [(first, 0), (said["counted_on"], 6)]
            weak |= first <= day < said["counted_on"]
    if enrolled:
        best = "enrolled_formal" if "enrolled_formal" in enrolled else "enrolled_non_formal"
        return best, best
    spoken = None
    if past := [word for word in words if word[0] <= day]:
        begin, rank, _, word, until = max(past, key=lambda item: item[:3])
        if word[1] == "never_enrolled" and any(earlier < (begin, rank) for earlier in schooled):
            word = ("out_of_school", "out_of_school")
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
        for record in range(dice.randint(1, 6)):
            key = str(UUID(int=(number + 1) * 100 + record))
            table, said = evidence(dice)
            begin, end = dice.randrange(NIGHTS), dice.choice((None, None, *range(1, NIGHTS)))
            if end is None or end > begin:
                history.setdefault(person, []).append((key, table, said, begin, end))
                if end is not None and dice.random() < 0.5:  # a correction of the same kind of record
                    again, changed = evidence(dice)
                    if again == table:
                        history[person].append((key, table, changed, end, None))
    connection, held = world.connection, coverage(dice)
    for school, year, name, whole, begin, end in held:
        values = {
            **roster(school, year, name), "source": "abe", "is_whole": whole, "known_from": night(begin),
            "known_to": None if end is None else night(end),
        }  # fmt: skip
        names, places = ", ".join(values), ", ".join(["%s"] * len(values))
        connection.execute(f"insert into core.fct_roster_coverage ({names}) values ({places})", list(values.values()))
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
    return history, connection, held


def test_spells_say_what_the_rules_say(spelled):
    history, connection, coverage = spelled
    assert len(history) > 100
    checked, absent = 0, 0
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
            held = [roster for roster in coverage if roster[4] <= number and (roster[5] is None or number < roster[5])]
            absent += bool(absences(known, words_of(known), held))
            for offset in range(-10, DAYS + 10, 7):
                day = START + timedelta(days=offset)
                says = [
                    (e, s) for e, s, begin, end in spells.get(person, []) if begin <= day and (end is None or day < end)
                ]
                assert len(says) <= 1, f"{person} {day}"
                assert (says[0] if says else None) == status(known, day, held), (
                    f"{person} on {day} as known in night {number}"
                )
                checked += 1
    assert checked > 20_000
    assert absent > 50, "hardly anybody was absent"


def test_spells_are_as_long_as_they_can_be(spelled):
    _, connection, _ = spelled
    split = connection.execute(
        "select count(*) from core.education_spell a join core.education_spell b"
        " on a.person_key = b.person_key and a.valid_to = b.valid_from"
        " and a.education_status = b.education_status and a.schooling_status = b.schooling_status"
        " and a.known_from < coalesce(b.known_to, 'infinity') and b.known_from < coalesce(a.known_to, 'infinity')"
    ).fetchone()
    assert split == (0,)
