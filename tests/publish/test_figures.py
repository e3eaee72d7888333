from __future__ import annotations

from contextlib import contextmanager
from dataclasses import fields
from decimal import Decimal

import psycopg
import pytest
import yaml
from bulletin_figures import AMPHOE, LEAKED, figure, figures, rows, withheld

from equity.publish import figures as module
from equity.publish.corrections import Correction, Week
from equity.publish.figures import Amphoe, Figure, Health, PublishError, concealed, figures_of, read
from equity.settings import PROJECT

NUMBERS = ("numerator", "denominator", "value", "interval_low", "interval_high")


def test_a_withheld_row_is_emptied_whatever_it_carries():
    assert any(getattr(row, name) in LEAKED for row in rows() for name in NUMBERS)
    safe = concealed(rows())
    assert len(safe) == len(rows())
    assert all(getattr(row, name) is None for row in safe if row.suppressed for name in NUMBERS)
    assert not any(getattr(row, name) in LEAKED for row in safe for name in NUMBERS)


def test_the_stage_after_a_withheld_one_keeps_its_count_and_loses_what_gives_the_withheld_one_back():
    safe = {row.member: row for row in concealed(rows()) if row.dimension == "case_stage" and row.area_code == "52"}
    assert safe["planned"].numerator == 450
    assert safe["planned"].denominator is None
    assert safe["planned"].value is None
    assert safe["planned"].interval_low is None
    assert safe["referred"].denominator == 450


def test_stages_are_taken_in_their_own_order_and_area_by_area():
    stages = [
        figure("reached_stage", 30, of=40, dimension="case_stage", member="b", position=1, area="5201"),
        withheld(figure("reached_stage", 40, dimension="case_stage", member="a", position=0, area="5201")),
        figure("reached_stage", 50, of=60, dimension="case_stage", member="b", position=1, area="5202"),
    ]
    assert [row.denominator for row in concealed(stages)] == [None, None, 60]


def test_a_rate_is_drawn_from_its_two_numbers_as_the_stored_one_is_rounded_already():
    row = figure("at_risk_rate", 1089, of=2524)
    assert row.value == Decimal("43.15")
    assert round(row.shown, 4) == Decimal("43.1458")
    assert figure("out_of_school_rate", 264).shown is None


def test_the_ids_tail_tells_up_to_when_knowledge_went():
    assert figures().known_at.isoformat() == "2026-03-07T18:00:00+00:00"


def test_the_province_is_found_not_assumed():
    elsewhere = [figure("members", 20), figure("members", 12, area="5201")]
    assert figures_of(elsewhere, AMPHOE, []).province.area_code == "52"


def test_only_shown_indicators_are_defined():
    assert {d.indicator_id for d in figures().definitions} == {row.indicator_id for row in rows()}


def test_no_figures_is_an_error_that_says_so():
    with pytest.raises(PublishError, match="no figures yet"):
        figures_of([], AMPHOE, [])


def test_a_warehouse_without_the_views_is_an_error_that_says_so(monkeypatch):
    @contextmanager
    def missing(url):
        raise psycopg.errors.UndefinedTable("relation does not exist")
        yield

    monkeypatch.setattr(module, "connect", missing)
    with pytest.raises(PublishError, match="no figures"):
        read("postgresql://")


@pytest.mark.parametrize(
    ("view", "kind"),
    [
        ("bulletin_indicator", Figure),
        ("bulletin_area", Amphoe),
        ("bulletin_health", Health),
        ("bulletin_correction", Correction),
        ("bulletin_correction_week", Week),
    ],
)
def test_the_views_have_the_columns_that_are_read(view, kind):
    declared = (PROJECT / "dbt_project" / "models" / "reporting" / "_reporting.yml").read_text("utf-8")
    contract = next(model for model in yaml.safe_load(declared)["models"] if model["name"] == view)
    assert {field.name for field in fields(kind)} <= {column["name"] for column in contract["columns"]}
