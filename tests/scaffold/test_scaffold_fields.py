"""What an engineer says of a field becomes its declaration, or is refused with the mend."""

from __future__ import annotations

import json
from typing import Any

import pytest

from equity.declarations import DeclarationError, Label
from equity.records import record_types
from equity.scaffold import suite
from equity.scaffold.check import faults
from equity.scaffold.fields import parse
from equity.scaffold.new import NewType, unnamed
from equity.settings import EXPECTATIONS

LABEL = Label(th="การเยี่ยมบ้าน", en="Home visit")


def new(*fields: str, key: tuple[str, ...] = ("visit_ref",), **said: Any) -> NewType:
    return NewType("home_visit", LABEL, "one visit", key, ("visit_ref:ref=เลขที่เยี่ยม/Visit", *fields), **said)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("visited_on:date:required=วันที่เยี่ยม/Visited on",
         {"type": "date", "required": True, "label": {"th": "วันที่เยี่ยม", "en": "Visited on"}}),
        ("price:number:baht=ราคา", {"type": "number", "unit": "baht", "label": {"th": "ราคา", "en": "Price"}}),
        ("need:code:sex:sensitive=ก/N",
         {"type": "code", "codes": "sex", "privacy": "sensitive", "label": {"th": "ก", "en": "N"}}),
        ("until:date:future=ถึง/Until", {"type": "date", "era_range": "future", "label": {"th": "ถึง", "en": "Until"}}),
        # words that another record type has for a field of this name
        ("project_ref:ref:project", {"type": "ref", "of": "project", "label": {"th": "รหัสโครงการ", "en": "Project"}}),
        ("how_far:number:km", {"type": "number", "unit": "km", "label": {"th": "ชื่อไทยของ how_far", "en": "How far"}}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_field_as_it_is_said(said: str, expected: dict[str, Any]) -> None:
    assert parse(said)[1] == expected


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("", "is no name"), ("visited_on", "there is no type ''"), ("Visited:date", "is no name"), ("order:text", "is taken"),
        ("on_day:day", "there are: text, ref"), ("sum:number", "say its unit"), ("kind:code", "there are: "),
        ("kind:code:nothing", "'nothing' means nothing"), ("staff:person_ref", "_ref"), ("x_ref:text", "_ref"),
        ("tel:phone", "--person"), ("guardian:text:direct", "--person"), ("day:date:baht", "'baht' means nothing for a date"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_with_the_mend(said: str, words: str) -> None:
    with pytest.raises(DeclarationError) as error:
        parse(said)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("fields", "said", "words"),
    [
        (["aa:text=ก/A", "aa:text=ข/B"], {}, "said twice"),
        (["aa:text=ก/A", "bb:text=ก/B"], {}, "two fields are called 'ก'"),
        (["sex:code:sex"], {"block": "person"}, "the block person brings it already"),
        (["aa:text=ก/A"], {"key": ("bb",)}, "key names fields that are not declared"),
        (["aa:text=ก/A"], {"key": ("phone",), "block": "person"}, "choose another key"),
        (["aa:date=ก/A"], {"order": (("aa", "bb"),)}, "bb is no date"),
    ],
)
def test_a_record_type_is_refused_before_anything_is_written(
    fields: list[str], said: dict[str, Any], words: str
) -> None:
    with pytest.raises(DeclarationError) as error:
        new(*fields, **said)
    assert words in str(error.value)


def test_a_name_that_is_taken_is_refused() -> None:
    with pytest.raises(DeclarationError, match="outcome already"):
        NewType("outcome", LABEL, "one", ("a",), ("a:text=ก/A",))


def test_what_is_in_the_key_is_required() -> None:
    assert new().declared.fields["visit_ref"].required


def test_words_that_nobody_has_written_are_named() -> None:
    assert unnamed([new("how_far:number:km").declared]) == ["home_visit.how_far"]


def test_the_checks_of_every_hand_written_suite_would_be_made() -> None:
    """What the scaffold writes for missing, unreadable and doubtful cells is what people wrote, in their words."""
    compared = alike = 0
    for name, declared in record_types().items():
        checks = json.loads((EXPECTATIONS / f"{name}.json").read_text("utf-8"))["expectations"]
        there = {(e["type"], e["kwargs"].get("column")): e for e in checks}
        for made in suite.expectations(declared):
            theirs = there.get((made["type"], made["kwargs"]["column"]))
            if theirs and "not_be_null" in made["type"]:
                assert [theirs[key] for key in ("severity", "kwargs")] == [made[key] for key in ("severity", "kwargs")]
                compared += 1
                alike += theirs == made
    assert compared > 60 and alike > 0.8 * compared  # some labels read better otherwise inside a sentence


def test_all_record_types_of_the_house_are_in_order() -> None:
    assert faults() == []
    assert "there is no record type 'x'" in faults("x")[0]
