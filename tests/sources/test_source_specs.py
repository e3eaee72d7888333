"""Source specs: those of the house are valid; what is wrong in one is said with file, key and mend."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from equity.declarations import DeclarationError
from equity.demo.people import SOURCES
from equity.records import record_type, record_types
from equity.settings import SPECS
from equity.sources.spec import Source, read_source, read_sources, readable_sources

SPEC: dict[str, Any] = {
    "source": "a_club",
    "partner": {"family": "unit", "name": {"th": "ชมรม", "en": "A club"}, "area": "521304"},
    "fetch": {"by": "folder", "connection": "a_drop", "files": "*.xlsx"},
    "versions": [
        {
            "since": date(2026, 1, 1),
            "tables": [
                {
                    "record_type": "outcome",
                    "sends": "changes",
                    "fields": {
                        "partner_person_ref": "รหัส",
                        "followed_up_on": ["วันที่", "วันที่ติดตาม"],
                        "work_status": "งาน",
                        "monthly_income": {"header": "รายได้", "empty": "zero", "-": "unknown", "ไม่มี": "zero"},
                    },
                    "codes": {"work_status": {1: "employed", "ว่าง": "unemployed"}},
                }
            ],
        }
    ],
}


def write(folder: Path, change: Any = None) -> Path:
    """The spec above, changed, as a file."""
    spec = json.loads(json.dumps(SPEC, default=str))
    if change:
        change(spec, spec["versions"][0]["tables"][0])
    path = folder / "a_club.yml"
    path.write_text(yaml.safe_dump(spec, allow_unicode=True, sort_keys=False), "utf-8")
    return path


def test_the_specs_of_the_house_are_valid() -> None:
    """All of them can be read; those of the demo's partners send what their part of the demo world makes."""
    sources = read_sources(SPECS)
    types = {
        name: sorted(table.record_type for version in sources[name].versions for table in version.tables)
        for name in SOURCES
    }
    assert types == {
        "chae_son_club": [
            "activity", "attendance", "community_group", "device_service", "fund_member", "fund_transaction",
            "knowledge_output", "outcome", "participant", "product", "project",
        ],
        "lampang_rajabhat_abe": ["case_event", "enrolment", "learner_screening", "personnel_training"],
        "lampang_luang_municipality": [
            "activity", "attendance", "community_group", "community_trainer", "food_bank_distribution", "learning_space",
            "participant",
        ],
        "eef_programme_office": ["mentor_visit", "project"],
        "lampang_school_rosters": ["school_roster"],
        "lampang_reference_registers": ["out_of_school_baseline", "population_register", "published_figure"],
    }  # fmt: skip
    assert {record_type for sent in types.values() for record_type in sent} == set(record_types()), "all are played"
    assert {sources[name].partner.family for name in types} == {
        "unit",
        "abe_university",
        "municipal_centre",
        "reference",
    }
    assert all(sources[name].answer and sources[name].promised_every for name in types)


@pytest.mark.parametrize("path", sorted(SPECS.glob("*.yml")), ids=lambda path: path.stem)
def test_an_editor_finds_the_schema_by_the_first_line(path: Path) -> None:
    assert path.read_text("utf-8").startswith("# yaml-language-server: $schema=")


def test_no_header_means_two_fields() -> None:
    for source in read_sources(SPECS).values():
        for version in source.versions:
            for table in version.tables:
                headers = [h for c in table.fields.values() for h in c.header]
                assert len(headers) == len(set(headers)), (source.source, table.record_type)
                assert not set(table.expected_headers()) & set(table.ignore), (source.source, table.record_type)


def test_short_forms_and_long_ones_say_the_same(tmp_path: Path) -> None:
    table = read_source(write(tmp_path)).versions[0].tables[0]
    assert table.fields["partner_person_ref"].header == ("รหัส",)
    assert table.fields["followed_up_on"].header == ("วันที่", "วันที่ติดตาม")
    income = table.fields["monthly_income"]
    assert (income.header, income.empty, income.words) == (("รายได้",), "zero", {"-": "unknown", "ไม่มี": "zero"})
    assert table.codes["work_status"] == {"1": "employed", "ว่าง": "unemployed"}
    assert table.expected_headers() == ["รหัส", "วันที่", "วันที่ติดตาม", "งาน", "รายได้"]
    assert table.declared is record_type("outcome")


def unknown_field(spec: Any, table: Any) -> None:
    table["fields"]["salary"] = "เงินเดือน"


def bad_percent(spec: Any, table: Any) -> None:
    table["hold_if_rows_fall_below"] = "sixty"


def whole_number_of_percent(spec: Any, table: Any) -> None:
    table["hold_if_rows_fall_below"] = 60


def twice(spec: Any, table: Any) -> None:
    table["sends"] = "everything"
    spec["versions"][0]["tables"].append(table)


def no_such_code(spec: Any, table: Any) -> None:
    table["codes"]["work_status"]["ว่าง"] = "idle"


def code_of_no_coded_field(spec: Any, table: Any) -> None:
    table["codes"]["monthly_income"] = {"น้อย": "low"}


def header_and_value(spec: Any, table: Any) -> None:
    table["fields"]["work_status"] = {"header": "งาน", "value": "employed"}


def neither_header_nor_value(spec: Any, table: Any) -> None:
    table["fields"]["work_status"] = {"era": "buddhist"}


def word_without_meaning(spec: Any, table: Any) -> None:
    table["fields"]["monthly_income"]["ยังไม่ได้"] = "nothing"


def wrong_era(spec: Any, table: Any) -> None:
    table["fields"]["followed_up_on"] = {"header": "วันที่", "era": "julian"}


def no_such_type(spec: Any, table: Any) -> None:
    table["record_type"] = "salary"


def key_from_nowhere(spec: Any, table: Any) -> None:
    del table["fields"]["followed_up_on"]


def no_such_part(spec: Any, table: Any) -> None:
    table["parts"] = {"fullname": "ชื่อ"}


def misspelled_key(spec: Any, table: Any) -> None:
    table["send"] = table.pop("sends")


def another_file_name(spec: Any, table: Any) -> None:
    spec["source"] = "b_club"


def bad_area(spec: Any, table: Any) -> None:
    spec["partner"]["area"] = "ลำปาง"


def no_tables(spec: Any, table: Any) -> None:
    spec["versions"][0]["tables"] = []


def bad_id(spec: Any, table: Any) -> None:
    spec["source"] = "A club"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (unknown_field, ["a_club.yml: versions.0.tables.0", "fields.salary", "no such field", "monthly_income"]),
        (bad_percent, ["a_club.yml: versions.0.tables.0.hold_if_rows_fall_below", "percentage", "60%"]),
        (whole_number_of_percent, ["hold_if_rows_fall_below", "60%"]),
        (twice, ["a_club.yml: versions.0", "outcome is declared twice"]),
        (no_such_code, ["codes.work_status.ว่าง", "'idle' is no code of work_status", "unemployed"]),
        (code_of_no_coded_field, ["codes.monthly_income", "no coded field"]),
        (header_and_value, ["versions.0.tables.0.fields.work_status", "say one of `header`", "`value`"]),
        (neither_header_nor_value, ["versions.0.tables.0.fields.work_status", "say one of `header`"]),
        (word_without_meaning, ["fields.monthly_income.ยังไม่ได้", "'nothing' means nothing here", "zero"]),
        (wrong_era, ["fields.followed_up_on.era", "'buddhist'"]),
        (no_such_type, ["no record type 'salary'", "outcome"]),
        (key_from_nowhere, ["followed_up_on of outcome must come from somewhere", "header"]),
        (no_such_part, ["parts.fullname", "no such part", "full_name"]),
        (misspelled_key, ["a_club.yml: versions.0.tables.0.send: remove it or correct its spelling", "tables.0.sends"]),
        (another_file_name, ["a_club.yml: source: must be the file's name"]),
        (bad_area, ["a_club.yml: partner.area"]),
        (no_tables, ["a_club.yml: versions.0.tables"]),
        (bad_id, ["a_club.yml: source"]),
    ],
    ids=lambda given: getattr(given, "__name__", ""),
)
def test_what_is_wrong_is_said_with_file_key_and_mend(tmp_path: Path, change: Any, said: list[str]) -> None:
    with pytest.raises(DeclarationError) as error:
        read_source(write(tmp_path, change))
    for words in said:
        assert words in str(error.value), str(error.value)


def test_a_file_that_is_no_yaml_or_no_mapping_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "a_club.yml"
    path.write_text("source: [", "utf-8")
    with pytest.raises(DeclarationError, match="a_club.yml: not readable as YAML"):
        read_source(path)
    path.write_text("", "utf-8")
    with pytest.raises(DeclarationError, match=r"a_club\.yml: \(top\)"):
        read_source(path)
    path.write_text("- a list", "utf-8")
    with pytest.raises(DeclarationError, match=r"a_club\.yml: \(top\)"):
        read_source(path)


@pytest.mark.parametrize("column", [{"header": []}, None, 5], ids=str)
def test_a_column_that_says_nothing_is_refused(tmp_path: Path, column: Any) -> None:
    def change(spec: Any, table: Any) -> None:
        table["fields"]["work_status"] = column

    with pytest.raises(DeclarationError, match="work_status"):
        read_source(write(tmp_path, change))


@pytest.mark.parametrize(("key", "left"), [("parts", None), ("codes", None), ("codes", {"work_status": "?"})])
def test_an_empty_section_is_refused_in_words(tmp_path: Path, key: str, left: Any) -> None:
    """`codes:` with nothing behind it is what a hurried hand leaves."""

    def change(spec: Any, table: Any) -> None:
        table[key] = left

    with pytest.raises(DeclarationError, match=key):
        read_source(write(tmp_path, change))


@pytest.mark.parametrize(
    ("promise", "expected"), [("31d", timedelta(days=31)), ("12h", timedelta(hours=12)), (None, None)]
)
def test_a_promise_is_days_or_hours(tmp_path: Path, promise: str | None, expected: timedelta | None) -> None:
    def change(spec: Any, table: Any) -> None:
        if promise:
            spec["promise"] = {"every": promise}

    assert read_source(write(tmp_path, change)).promised_every == expected


@pytest.mark.parametrize("promise", [{"every": "monthly"}, {"every": "0d"}])
def test_a_promise_in_other_words_is_refused_when_it_is_read(tmp_path: Path, promise: dict[str, str]) -> None:
    def change(spec: Any, table: Any) -> None:
        spec["promise"] = promise

    with pytest.raises(DeclarationError, match=r"promise\.every.*31d"):
        read_source(write(tmp_path, change))


def test_the_rules_of_a_day_are_the_latest_that_are_due(tmp_path: Path) -> None:
    def change(spec: Any, table: Any) -> None:
        newer = json.loads(json.dumps(spec["versions"][0]))
        spec["versions"][0]["since"], newer["since"] = "2026-01-01", "2026-02-01"
        newer["tables"][0]["fields"]["work_status"] = "สถานะงาน"
        spec["versions"] = [newer, spec["versions"][0]]  # whatever the order in the file

    source: Source = read_source(write(tmp_path, change))
    header = {
        day: source.version(day).tables[0].fields["work_status"].header[0]
        for day in (date(2025, 12, 31), date(2026, 1, 31), date(2026, 2, 1), date(2027, 1, 1))
    }
    assert list(header.values()) == ["งาน", "งาน", "สถานะงาน", "สถานะงาน"]


def test_tables_of_a_delivery_by_name() -> None:
    sources = read_sources(SPECS)
    day = date(2026, 3, 2)

    def types(source: str, name: str) -> list[str]:
        return [table.record_type for table in sources[source].tables_for(name, day)]

    assert types("lampang_luang_municipality", "attendance_2026-03-02.csv") == ["attendance"]
    assert types("lampang_luang_municipality", "notes.csv") == []
    assert types("lampang_rajabhat_abe", "/v1/enrolments") == ["enrolment"]
    assert types("chae_son_club", "บัญชีกองทุน 2569-02.xlsx") == ["fund_transaction", "device_service"]


def test_limits_are_said_by_the_spec_or_are_those_of_every_source(tmp_path: Path) -> None:
    usual = read_source(write(tmp_path))
    assert (usual.limits.at_once, usual.limits.minutes, usual.pool) == (2, 20, "source__a_club")
    gentle = read_source(write(tmp_path, lambda spec, table: spec.update(limits={"at_once": 1, "minutes": 5})))
    assert (gentle.limits.at_once, gentle.limits.minutes) == (1, 5)
    for wrong in ({"at_once": 0}, {"minutes": 500}, {"slots": 3}):
        with pytest.raises(DeclarationError, match=rf"a_club\.yml: limits\.{next(iter(wrong))}"):
            read_source(write(tmp_path, lambda spec, table, wrong=wrong: spec.update(limits=wrong)))


def test_one_wrong_spec_does_not_hide_the_others(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "wrong.yml").write_text("source: wrong\n", "utf-8")
    sources, wrong = readable_sources(tmp_path)
    assert list(sources) == ["a_club"]
    assert list(wrong) == ["wrong"] and "wrong.yml: partner" in wrong["wrong"]
