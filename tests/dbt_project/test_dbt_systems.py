"""Every system that the partners run has its view: a small world by hand, what each view says of it, and what it withholds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from dbt_warehouse import Dbt, World

NIGHT = date(2026, 3, 2)
DAY = date(2025, 9, 1)
PEOPLE = 24


def key(number: int) -> str:
    return str(UUID(int=number))


@pytest.fixture(scope="module")
def filled(world: World, dbt: Dbt) -> World:
    """24 persons in one project; what happens to the first few is told of few, what happens to most is told."""
    numbers = iter(range(10_000, 99_999))

    def told(record_type: str, **fields: Any) -> None:
        world.record(record_type, "club", club, key(next(numbers)), **fields)

    world.source("club")
    club = world.delivery("club", date(2026, 3, 1), rows_loaded=1)
    world.delivery("club", NIGHT, rows_loaded=1)
    for number in range(1, PEOPLE + 1):
        world.person(key(number), key(100 + number))
    people = [key(100 + number) for number in range(1, PEOPLE + 1)]

    stages = {"call_opened_on": date(2025, 1, 1), "contract_signed_on": date(2025, 3, 2)}
    chain = {"funder": "EEF", "unit": "Club", "mentor_key": key(7), "project_manager_key": key(8)}
    told("project", project_ref="A", programme="career_fund_model", title="A", community_type="rural", heet_tag=True,
         budget_baht=100_000, grant_stage="in_delivery", **stages, **chain)  # fmt: skip
    told("project", project_ref="B", programme="career_fund_model", title="B", community_type="rural",
         budget_baht=50_000, **stages)  # fmt: skip
    for n, person in enumerate(people):
        groups = ["person_with_disability", *(["prison_inmate"] if n < 3 else [])]
        told("participant", partner_person_key=person, project_ref="A", target_groups=groups, sex="male",
             joined_on=date(2025, 4, 1), left_on=DAY if n < 12 else None, exit_reason="completed" if n < 12 else None)  # fmt: skip
        told("outcome", partner_person_key=person, followed_up_on=DAY, work_status="employed" if n < 12 else "unknown")
        told("fund_transaction", partner_person_key=person, partner_record_ref=f"S{n}", fund_ref="F",
             booked_on=date(2025, 6, 1), kind="saving_in", amount_baht=100.25)  # fmt: skip
        told("learner_screening", partner_person_key=person, level="primary", grade="P3", academic_year=2568,
             risk_flags=["poverty", *(["family"] if n < 2 else [])] if n < 12 else [], screened_on=DAY)  # fmt: skip
        told("school_roster", partner_person_key=person, school="S", grade="P3", academic_year=2568, round="june_10")
        told(
            "out_of_school_baseline", partner_person_key=person, list_ref="L", as_of=date(2025, 5, 20), left_school=True
        )
        told("device_service", partner_person_key=person, device_type="wheelchair", cost_baht=10,
             service_kind="repaired" if n < 20 else "procured", requested_on=date(2025, 7, 1), done_on=date(2025, 7, 5))  # fmt: skip
        told("attendance", partner_person_key=person, activity_ref="T", passed=True)
        if n < 4:
            told("attendance", partner_person_key=person, activity_ref="U", passed=True)
        told(
            "personnel_training",
            staff_key=person,
            role="teacher",
            level="primary",
            course="C",
            hours=6,
            completed_on=DAY,
        )
        if n < 11:
            told("community_trainer", partner_person_key=person, topic="weaving", since=DAY, project_ref="A")
    told("fund_transaction", partner_person_key=people[0], partner_record_ref="W", fund_ref="F",
         booked_on=date(2025, 6, 2), kind="saving_out", amount_baht=150)  # fmt: skip
    told("fund_transaction", partner_record_ref="D", fund_ref="F", booked_on=date(2025, 6, 2), kind="donation",
         amount_baht=1_000)  # fmt: skip
    told("fund_transaction", partner_record_ref="X", fund_ref="F", booked_on=date(2025, 8, 1), kind="welfare_payment",
         partner_person_key=people[1], amount_baht=-5_000)  # fmt: skip

    told("learning_space", space_ref="H", name="Hub", kind="hub", tambon_code="520301", opened_on=DAY)
    told("learning_space", space_ref="I", name="Library", kind="library", tambon_code="520301", opened_on=DAY)
    for ref, stage in (("T", "elderly"), ("U", "youth")):
        told("activity", activity_ref=ref, project_ref="A", title=ref, held_on=DAY, hours=3, space_ref="H",
             life_stage=stage, trainer_key=key(7))  # fmt: skip
    for number, stage in enumerate(("problem_identified", "analysed")):
        told("mentor_visit", mentor_key=key(7), unit="Club", visited_on=date(2025, 5 + number, 1), project_ref="A",
             curriculum_stage=stage, agreed_actions="x")  # fmt: skip
    for kind, published, scaled in (("lesson", DAY, "Tak"), ("lesson", DAY, None), ("manual", None, None)):
        told("knowledge_output", kind=kind, title="T", published_on=published, scaled_out_to=scaled, project_ref="A")
    for number in range(12):
        told("community_group", group_ref=f"G{number}", name="G", kind="group" if number < 10 else "network", members=15,
             tambon_code="520301", formed_on=DAY, project_ref="A")  # fmt: skip
        told("product", partner_record_ref=f"P{number}", name="P", new_or_upgraded="new", price_before=100, price_after=125,
             monthly_sales=1_000, market_route=["internal"] if number < 10 else ["internal", "external"],
             market_stage="market_opened", group_ref="G0", project_ref="A")  # fmt: skip
    told("community_group", group_ref="G99", name="G", kind="community_enterprise", members=4, tambon_code="520301")
    told(
        "population_register", tambon_code="520301", age=5, sex="male", residence_kind="registered", as_of=DAY, count=40
    )
    told(
        "published_figure",
        partner_record_ref="1",
        publication="Y",
        province_code="52",
        measure="out",
        unit="%",
        value=3.5,
    )
    told("published_figure", partner_record_ref="2", publication="Y", province_code="52", measure="ร้อยละการเข้าเรียน",
         unit="ร้อยละ", value=104)  # fmt: skip
    dbt.night(as_of=NIGHT)
    return world


SAID = {
    "grant_pipeline": (
        "select stage, projects_reached, projects_now, budget_baht, median_days_from_call from {} where stage_no > 2",
        [("contract_signed", 2, 1, 150_000, 60), ("in_delivery", 1, 1, 100_000, None), ("potential_analysed", 1, 0, 100_000, None)],
    ),
    "project_overview": (
        "select title, has_mentor, has_programme_officer, heet_tag, participants, participants_completed, mentor_visits,"
        " knowledge_outputs, community_groups, products from {}",
        [("A", True, False, True, 24, 12, 2, 3, 12, 12), ("B", False, False, None, 0, 0, 0, 0, 0, 0)],
    ),
    "co_management": (
        "select unit, year_be, visits, projects_visited, visits_with_findings, visits_with_agreed_actions from {}",
        [("Club", 2568, 2, 1, 0, 2)],
    ),
    "curriculum_design": (
        "select curriculum_stage, curricula_reached, curricula_now from {}",
        [("analysed", 1, 1), ("community_capital_mapped", 1, 0), ("problem_identified", 1, 0)],
    ),
    "fund_ledger_by_day": (
        "select booked_on::text, in_baht, out_baht, is_overdrawn, has_savings_below_zero, suppressed from {}",
        [
            ("2025-06-01", None, None, False, False, True),  # else the one who took money out on the next day would follow
            ("2025-06-02", None, None, False, True, True),
            ("2025-08-01", None, None, True, False, True),
        ],
    ),
    "repair_centre_by_month": (
        "select service_kind, services, median_days, cost_baht, suppressed from {}",
        [("procured", None, None, None, True), ("repaired", None, None, None, True)],
    ),
    "learning_hub": (
        "select name, life_stage, sessions, hours, persons, suppressed from {}",
        [("Hub", "elderly", 1, 3, None, True), ("Hub", "youth", 1, 3, None, True), ("Library", "none", 0, 0, 0, False)],
    ),
    "community_trainers": (
        "select trainers, trainers_from_projects, topics, sessions_led, life_stages from {}",
        [(11, 11, 1, 2, 2)],
    ),
    "market_routes": (
        "select market_route, market_stage, products, products_new, median_price_change_percent, monthly_sales_baht from {}",
        [("external", "market_opened", 2, 2, None, None), ("internal", "market_opened", 12, 12, 25, 12_000)],
    ),
    "community_groups": (
        "select amphoe_code, kind, groups_formed, groups_of_projects, members, products from {}",
        [("5203", "community_enterprise", 1, 0, None, 0), ("5203", "group", 10, 10, 150, 12), ("5203", "network", 2, 2, 30, 0)],
    ),
    "target_group_progress": (
        "select target_group, is_protected, persons_joined, persons_completed, persons_followed_up, persons_at_work from {}",
        [("person_with_disability", True, 24, 12, 24, 12), ("prison_inmate", True, None, None, None, None)],
    ),
    "screening_summary": (
        "select level, risk_flag, persons, screened, percent from {}",
        [("primary", "family", None, 24, None), ("primary", "none", None, 24, None), ("primary", "poverty", 12, 24, 50)],
    ),
    "personnel_training_by_year": ("select fiscal_year_be, role, staff, courses, hours from {}", [(2568, "teacher", 24, 1, 144)]),
    "lessons_by_year": (
        "select year_be, kind, outputs, outputs_scaled_out, projects from {}",
        [(0, "manual", 1, 0, 1), (2568, "lesson", 2, 1, 1)],
    ),
    "roster_coverage": ("select academic_year, round, schools, schools_whole, pupils from {}", [(2568, "june_10", 1, 1, 24)]),
    "baseline_lists": (
        "select list_key, persons, persons_never_enrolled, persons_left_school, persons_enrolled_now from {}",
        [("club/L", 24, 0, 24, 24)],
    ),
    "published_elsewhere": ("select area_name_th, measure, unit, value from {}", [("ลำปาง", "out", "%", 3.5), ("ลำปาง", "ร้อยละการเข้าเรียน", "ร้อยละ", 104)]),
    "published_comparison": (
        "select measure, verdict, mismatches from {}",
        [("out", "not_comparable", "indicator"), ("ร้อยละการเข้าเรียน", "not_comparable", "age_band, calendar")],
    ),
    "published_finding": ("select kind, difference from {}", [("over_100_percent", 4)]),
}  # fmt: skip


@pytest.mark.parametrize("view", SAID)
def test_a_system_is_told(filled: World, view: str) -> None:
    query, rows = SAID[view]
    assert sorted(filled.connection.execute(query.format(f"reporting.{view}")).fetchall(), key=str) == rows  # type: ignore[arg-type]


def test_its_example_question_is_answered(filled: World, dbt: Dbt) -> None:
    nodes = dbt.manifest()["nodes"]
    for view in SAID:
        example = nodes[f"model.lampang_equity.{view}"]["config"]["meta"]["example"]
        assert filled.connection.execute(example["sql"]).fetchall(), view


def test_no_view_shows_a_few_persons(filled: World) -> None:
    """Columns of reporting that count persons never hold 1 to 9."""
    counts = filled.connection.execute(
        "select table_name, column_name from information_schema.columns where table_schema = 'reporting'"
        " and data_type = 'bigint' and column_name ~ '^(persons|participants|members|trainers|staff|pupils|screened)'"
    ).fetchall()
    assert len(counts) >= 24
    for view, column in counts:
        few = filled.connection.execute(
            f"select count(*) from reporting.{view} where {column} between 1 and 9"
        ).fetchone()
        assert few == (0,), f"reporting.{view}.{column}"


def test_the_ledger_balances_and_what_is_below_zero_is_told(filled: World) -> None:
    days = (
        "select booked_on::text, opening_baht, in_baht, out_baht, closing_baht from core.fct_fund_ledger_day order by 1"
    )
    assert [tuple(map(str, row)) for row in filled.connection.execute(days).fetchall()] == [
        ("2025-06-01", "0", "2406.00", "0", "2406.00"),
        ("2025-06-02", "2406.00", "1000", "150", "3256.00"),
        ("2025-08-01", "3256.00", "0", "5000", "-1744.00"),
    ]
    told = (
        "select code, occurrences, oldest_night from reporting.partner_feedback where record_type = 'fund_transaction'"
    )
    assert sorted(filled.connection.execute(told).fetchall()) == [
        ("fund.below_zero", 1, date(2026, 3, 1)),
        ("saving_out.below_zero", 1, date(2026, 3, 1)),
    ]


def test_a_person_in_two_target_groups_is_one_participant(filled: World) -> None:
    asked = (
        "select count(*), count(distinct record_key), count(*) filter (where target_group = 'prison_inmate')"
        " from core.bridge_participation_target_group"
    )
    assert filled.connection.execute(asked).fetchone() == (27, 24, 3)


def reporting(dbt: Dbt) -> list[dict[str, Any]]:
    nodes = dbt.manifest()["nodes"].values()
    return [node for node in nodes if node["resource_type"] == "model" and node["schema"] == "reporting"]


def test_every_view_can_be_asked_as_of_a_day_or_says_why_not(filled: World, dbt: Dbt) -> None:
    functions = filled.connection.execute(
        "select proname, prosecdef, proconfig, pg_get_userbyid(proowner) from pg_proc where pronamespace = 'reporting'::regnamespace"
    ).fetchall()
    waived = {node["name"] for node in reporting(dbt) if len(node["config"]["meta"].get("as_of", "")) > 20}
    views = {node["name"] for node in reporting(dbt)}
    assert {name.removesuffix("_as_of") for name, *_ in functions} == views - waived
    assert len(functions) >= 25 and len(waived) <= 12
    assert {owner for *_, owner in functions} == {"equity_transform"}
    assert all(definer and "search_path=pg_catalog, pg_temp" in config for _, definer, config, _ in functions)


Rows = dict[str, list[str]]


class Asked:
    """All views and functions of reporting, as a working group sees them: rows letter for letter."""

    def __init__(self, connect: Callable[[str], psycopg.Connection], dbt: Dbt) -> None:
        self.connect = connect
        self.views = [node["name"] for node in reporting(dbt) if "as_of" not in node["config"]["meta"]]

    def _all(self, query: str, *values: object) -> Rows:
        with self.connect("equity_reader") as connection:
            return {
                view: sorted(map(repr, connection.execute(query.format(view), values).fetchall()))  # type: ignore[arg-type]
                for view in self.views
            }

    def now(self) -> Rows:
        return self._all("select * from reporting.{}")

    def as_of(self, day: date, known_at: datetime) -> Rows:
        return self._all("select * from reporting.{}_as_of(%s, %s)", day, known_at)


def test_what_was_known_before_stays_as_it_was(
    filled: World, dbt: Dbt, connect: Callable[[str], psycopg.Connection]
) -> None:
    """A late record, a correction, a deletion, a merge, a split: each is known from its night on, and from no night before."""
    filled.epoch()
    asked, first = Asked(connect, dbt), filled.now
    said = asked.now()
    assert asked.as_of(NIGHT, first) == said
    assert sum(map(len, said.values())) > 60 and all(rows for view, rows in said.items() if view in SAID)

    def told(number: int, record: int, **fields: Any) -> None:
        filled.record("participant", "club", delivery, key(record), partner_person_key=key(100 + number), project_ref="A",
                      sex="male", target_groups=["person_with_disability"], joined_on=date(2025, 4, 1), **fields)  # fmt: skip

    def record_of(number: int) -> int:
        row = filled.connection.execute(
            "select record_key from raw.participant where partner_person_key = %s", [key(100 + number)]
        ).fetchone()
        assert row
        return row[0].int

    filled.now = changed = first + timedelta(days=1)
    delivery = filled.delivery("club", NIGHT + timedelta(days=1), rows_loaded=3)
    for late in (51, 52):
        filled.person(key(late), key(100 + late))
        told(late, late)
    told(1, record_of(1), left_on=DAY, exit_reason="dropped_out")
    filled.connection.execute(
        "insert into raw.participant (source, delivery_id, row_no, record_key, row_hash, known_from, is_deleted)"
        " values ('club', %s, 9, %s, gen_random_uuid(), %s, true)",
        [delivery, key(record_of(20)), changed],
    )
    filled.epoch()
    filled.now = merged = changed + timedelta(days=1)
    filled.connection.execute(
        "update link.person set merged_into = %s, merged_at = %s where person_key = %s", [key(23), merged, key(24)]
    )
    filled.epoch()
    filled.now = split = merged + timedelta(days=1)
    filled.connection.execute(
        "update link.membership set known_to = %s where partner_person_key = %s", [split, key(124)]
    )
    filled.person(key(60), key(124))
    filled.epoch()
    filled.delivery("club", NIGHT + timedelta(days=3), rows_loaded=1)
    dbt.night(as_of=NIGHT + timedelta(days=3))

    assert asked.as_of(NIGHT, first) == said
    assert asked.as_of(NIGHT, changed - timedelta(seconds=1)) == said
    assert asked.as_of(NIGHT + timedelta(days=3), split) == asked.now()
    query = (
        "select participants, participants_completed from reporting.project_overview_as_of(%s, %s) where title = 'A'"
    )
    counted = [filled.connection.execute(query, [NIGHT, known]).fetchone() for known in (first, changed, merged, split)]
    assert counted == [(24, 12), (25, 11), (24, 11), (25, 11)]
    assert not any(asked.as_of(NIGHT, first - timedelta(seconds=1)).values())

    with connect("equity_reader") as connection:
        asking = "select count(*) from reporting.people_by_area_as_of(%s)"
        for day in (date(2025, 11, 30), date(2025, 6, 10), NIGHT + timedelta(days=3)):
            assert connection.execute(asking, [day]).fetchone()
        for day in (date(2025, 11, 29), NIGHT, date(2026, 3, 31)):
            with pytest.raises(psycopg.errors.InvalidParameterValue, match="no answer as of"):
                connection.execute(asking, [day])
    with connect("equity_steward") as connection:
        assert connection.execute(asking, [date(2025, 11, 29)]).fetchone()
    with connect("equity_public") as connection:
        for view in asked.views:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"select * from reporting.{view}_as_of(%s)", [NIGHT])
