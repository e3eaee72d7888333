"""Printed tables beside ours: all that the demo planted in them is found, nothing else is, and only what is alike is compared."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from dbt_warehouse import DBT_PROJECT, Dbt, World

from equity.demo.people import areas
from equity.demo.published import ACTUAL, Published
from equity.demo.registers import JANUARY, Registers
from equity.demo.world import World as Demo
from equity.warehouse.comparisons import figures_of_printed_days

NIGHT = date(2026, 3, 2)
PROVINCES = {"": None, "ลำปาง": "52", "เชียงใหม่": "50"}
AMPHOE = {area.amphoe: area.code[:4] for area in areas()}
REGIONS = ("10", "30", "50", "80")  # one province of each
PUPILS, OUT = 30, 40


def key(number: int) -> str:
    return str(UUID(int=number))


def printed(published: Published) -> list[dict[str, Any]]:
    """The demo's figures as they stand in raw when all is read."""
    return [
        {
            "partner_record_ref": row["ref"], "publication": row["publication"], "table_title": row["title"],
            "province_code": PROVINCES[row["province"]], "amphoe_code": AMPHOE.get(row["amphoe"]),
            "age_band": row["band"].replace("–", "-") or None, "measure": row["measure"], "unit": row["unit"],
            "scope": row["scope"] or None, "as_of": row["as_of"], "value": row["value"],
        }
        for row in published.rows
    ]  # fmt: skip


def fill(world: World, registers: Registers) -> None:
    """The printed figures, the register of January, the funder's two years of projects, pupils and children out of school."""
    world.source("office", "reference")
    office = world.delivery("office", NIGHT, rows_loaded=1)
    for number, figure in enumerate(printed(registers.published)):
        world.record("published_figure", "office", office, key(1 + number), **figure)
    people = registers.people[JANUARY]
    for at, area in enumerate(areas()):
        for age in range(3, 19):
            for kind in range(2):
                world.record(
                    "population_register", "office", office, key(100_000 + at * 1_000 + age * 10 + kind), tambon_code=area.code,
                    age=age, sex="male", residence_kind="actual" if kind == ACTUAL else "registered", as_of=JANUARY,
                    count=int(people[at, age, :, kind].sum()),
                )  # fmt: skip
    codes = [f"{n}" for n in range(10, 97) if n not in range(28, 30) and n not in (59, 68, 69, 78, 79, 87, 88, 89)]
    provinces = [*REGIONS, *(code for code in codes if code not in REGIONS)][:51]
    for n in range(194):
        world.record(
            "project", "office", office, key(300_000 + n), project_ref=f"P{n}", programme="community_career_grant", title="P",
            province_code=provinces[n % 51], contract_signed_on=date(2019 + n % 2, 6, 1),
        )  # fmt: skip
    world.record("project", "office", office, key(300_900), project_ref="ABE", programme="area_based_education", title="P",
                 province_code=provinces[0], contract_signed_on=date(2019, 5, 23))  # fmt: skip
    for n in range(PUPILS + OUT):
        world.person(key(400_000 + n), key(500_000 + n))
        person = {"partner_person_key": key(500_000 + n), "sex": "male", "amphoe_code": "5203", "province_code": "52"}
        born, grade = (date(2017, 1, 1), "P1") if n < PUPILS else (date(2012, 1, 1), "M1")
        for year in (2567, 2568)[: 2 if n < PUPILS else 1]:
            world.record(
                "learner_screening", "office", office, key(year * 1_000 + n), birth_date=born, screened_on=date(year - 543, 6, 1),
                academic_year=year, level="primary" if n < PUPILS else "lower_secondary", grade=grade, risk_flags=[], **person,
            )  # fmt: skip
        if n >= PUPILS:
            world.record(
                "out_of_school_baseline", "office", office, key(600_000 + n), birth_date=born, list_ref="L",
                as_of=date(2025, 5, 20), left_school=True, **person,
            )  # fmt: skip


@pytest.fixture(scope="module")
def registers(tmp_path_factory: pytest.TempPathFactory) -> Registers:
    return Demo(tmp_path_factory.mktemp("demo"), scale=0.03).registers


@pytest.fixture(scope="module")
def published(registers: Registers) -> Published:
    return registers.published


@pytest.fixture(scope="module")
def filled(world: World, dbt: Dbt, registers: Registers) -> World:
    """A night with the printed figures, and ours of the days that they are about."""
    fill(world, registers)
    assert len(build(world, dbt)[0]) == 7
    return world


def build(world: World, dbt: Dbt) -> tuple[list[date], list[date]]:
    """What a build does, and does again once it is noted; returns the days computed."""
    world.epoch()
    at = world.now.isoformat()
    # indicator_as_of reads core: neither indicators nor other views need to be made anew
    results = dbt(
        "run", "--select", "identity", "core", "published_comparison", "published_finding", as_of=NIGHT, known_at=at
    )
    database = dbt.server.url("equity_transform", "equity")

    def compare() -> list[date]:
        return figures_of_printed_days(database, results, NIGHT.isoformat(), at, "project")

    days = compare()
    world.connection.execute(
        "insert into ops.build (as_of, known_at, fingerprint, models, seconds, compared_days) values (%s, %s, 'x:project', 1, 1, %s)",
        [NIGHT, world.now, days],
    )
    return days, compare()


def seed(name: str) -> list[dict[str, str]]:
    with Path(DBT_PROJECT / "seeds" / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def asked(world: World, query: str) -> list[tuple[Any, ...]]:
    return world.connection.execute(query).fetchall()


def test_every_fault_of_a_printed_table_is_found_and_nothing_else(filled: World, published: Published) -> None:
    found = asked(filled, "select kind, figures from reporting.published_finding")
    told = {(kind, frozenset(figures.split(", "))) for kind, figures in found}
    planted = {(what.kind, frozenset(what.refs)) for what in published.planted if what.about == "table"}
    assert told == planted
    assert len(found) == len(planted) > 20
    declared = {row["code"] for row in seed("published_label") if row["label_list"] == "finding"}
    assert {kind for kind, _ in planted} == declared, "a kind that is planted nowhere"


def test_each_printed_number_is_compared_or_it_is_said_what_does_not_fit(filled: World, published: Published) -> None:
    query = "select partner_record_ref, verdict, mismatches, mismatches_th, mismatches_en from reporting.published_comparison"
    rows = asked(filled, query)
    told = {ref: rest for ref, *rest in rows}
    assert len(rows) == len(told)
    planted = {what.refs[0]: what for what in published.planted if what.about == "comparison"}
    assert set(told) == set(planted)
    wrong = {
        ref: (told[ref], what)
        for ref, what in planted.items()
        if told[ref][:2] != [what.kind, ", ".join(what.mismatches)]
    }
    assert wrong == {}
    for verdict, mismatches, thai, english in told.values():
        assert (verdict == "not_comparable") == bool(mismatches) == bool(thai) == bool(english)


def test_ours_is_of_the_same_day_and_the_difference_is_told(filled: World) -> None:
    query = """select as_of::text, age_band, our_value, difference, compared_on = as_of, reasons
        from reporting.published_comparison where measure = 'เด็กนอกระบบ' and our_value is not null order by as_of"""
    assert asked(filled, query) == [
        ("2025-05-31", "3-18", OUT, 2_480 - OUT, True, "no_register, residence_not_said, other_source"),
        ("2026-02-28", "3-18", OUT, 2_610 - OUT, True, "coverage, residence_not_said, other_source"),
    ]
    ((programme, ours, same),) = asked(
        filled,
        "select printed, our_value, figure_id like 'I16.%2020-12-31%' from reporting.published_comparison where unit = 'โครงการ'",
    )
    assert (programme, ours, same) == (194, 195, True)


def test_ours_as_first_and_as_last_known(filled: World, dbt: Dbt) -> None:
    """A late project changes what we know of 2020, though nothing is printed anew: each build asks for one day again, in turn.

    Of that day is kept what says something else; a number printed anew is compared with the first and the last.
    """
    query = """select our_value_first, our_value, our_known_at_first < our_known_at, verdict, reasons, difference
        from reporting.published_comparison where compared_on = '2020-12-31' and unit = 'โครงการ' order by partner_record_ref = 'again'"""
    assert [row[:3] for row in asked(filled, query)] == [(195, 195, False)]
    kept = "select count(*) from reporting.figure where as_of = '2020-12-31'"
    ((before,),) = asked(filled, kept)
    filled.now += timedelta(days=1)
    office = filled.delivery("office", NIGHT, rows_loaded=2)
    filled.record("project", "office", office, key(300_999), project_ref="late", programme="community_career_grant", title="P",
                  province_code="10", contract_signed_on=date(2020, 1, 1))  # fmt: skip
    assert build(filled, dbt) == ([date(2020, 6, 10)], []), "the earliest of those that were asked for together"
    assert [row[:3] for row in asked(filled, query)] == [(195, 195, False)]
    filled.now += timedelta(days=1)
    assert build(filled, dbt) == ([date(2020, 12, 31)], [])
    late = (195, 196, True, "differs", "late_data, all_programmes", -2)
    assert asked(filled, query) == [late]
    ((after,),) = asked(filled, kept)
    assert 0 < after - before < before / 4

    filled.now += timedelta(days=1)
    row = {
        "publication": "กสศ.",
        "measure": "โครงการ",
        "unit": "โครงการ",
        "scope": "ทั้งประเทศ",
        "as_of": date(2020, 12, 31),
    }
    filled.record("published_figure", "office", office, key(999), partner_record_ref="again", value=194, **row)
    days, again = build(filled, dbt)
    assert date(2020, 12, 31) in days and len(days) == 2 and again == []
    assert asked(filled, query) == [late, late]


def test_the_example_questions_are_answered(filled: World, dbt: Dbt) -> None:
    nodes = dbt.manifest()["nodes"]
    for view in ("published_comparison", "published_finding"):
        example = nodes[f"model.lampang_equity.{view}"]["config"]["meta"]["example"]
        assert len(asked(filled, example["sql"])) > 5, view


def test_the_seeds_of_words_hang_together() -> None:
    """A word means a topic that there is, and a topic is matched with a measure that there is."""
    topics = {row["topic"] for row in seed("published_topic")}
    words = seed("published_word")
    assert {row["meaning"] for row in words if row["facet"] == "topic"} == topics
    assert len({(row["field"], row["words"].lower().replace(" ", "")) for row in words}) == len(words)
    measures = {(row["indicator_id"], row["measure"]) for row in seed("indicator_measure")} | {("", "population")}
    units = {row["meaning"] for row in words if row["facet"] == "unit"}
    for row in seed("published_match"):
        assert row["topic"] in topics and row["unit_code"] in units
        assert (row["indicator_id"], row["measure"]) in measures, row
