"""Blank templates: filled in by somebody with nothing but Excel, recognised by what they say, loaded as they were meant."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from delivery_desk import NOW
from openpyxl.worksheet.worksheet import Worksheet
from typer.testing import CliRunner

import equity.delivery.template as template_module
from equity.cli import app
from equity.delivery.sheets.examples import EXAMPLES, example, shape
from equity.delivery.template import FIRST, HEADS, SAMPLE, WORDS, table_of, template, template_name
from equity.delivery.trial import try_delivery
from equity.onboarding.new import NewSource, Sample
from equity.records import Field, code_lists, code_words, fold_word, record_type, record_types
from equity.settings import SPECS
from equity.sources.spec import EXAMPLE, read_sources
from equity.thai.places import lampang

CLUB = read_sources(SPECS)["chae_son_club"]
TYPES = sorted(record_types())


@pytest.fixture(autouse=True)
def few_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """openpyxl takes its time with 500 rows."""
    monkeypatch.setattr(template_module, "ROWS", 20)


def sheet_of(data: bytes) -> Worksheet:
    return openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]


def filled(data: bytes, *rows: dict[str, Any]) -> bytes:
    """Rows by header, as they are typed: what looks like a number in a cell for numbers is one."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    sheet = book.worksheets[0]
    heads = {cell.value: cell.column for cell in sheet[HEADS + 1]}
    for number, row in enumerate(rows):
        for header, value in row.items():
            cell = sheet.cell(FIRST + 1 + number, heads[header])
            assert not cell.protection.locked, header
            cell.value = float(value) if value and cell.number_format == "General" else value or None
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def header(name: str, field: Field, key: tuple[str, ...]) -> str:
    return field.label.th + (" *" if field.required or name in key else "")


def known(name: str, field: Field) -> Any:
    """What is to be known of a field after its example was typed."""
    said = example(name, field)
    if not said:
        return None
    if field.codes:
        words = code_words(field.codes)
        codes = sorted(words[fold_word(part)] for part in said.split(";"))
        return codes if field.type == "code_set" else codes[0]
    if field.type == "date":
        day, month, year = map(int, said.split("/"))
        return date(year - 543, month, day).isoformat()
    area = lampang().areas["521304"]
    return {
        "number": lambda: float(said), "integer": lambda: int(said), "boolean": lambda: said == "ใช่",
        "tambon": lambda: area.tambon_code, "amphoe": lambda: area.amphoe_code, "province": lambda: "52",
    }.get(field.type, lambda: said)()  # fmt: skip


@pytest.mark.parametrize("name", TYPES)
def test_a_filled_template_is_recognised_and_loads_as_it_was_meant(name: str, tmp_path: Path) -> None:
    declared = record_type(name)
    row = {header(n, f, declared.key): example(n, f) for n, f in declared.fields.items()}
    data = filled(template(declared), row)
    new = NewSource("a_partner", "หน่วยงาน", "A partner", "unit", None, [Sample("ข้อมูล.xlsx", data, None)], tmp_path)
    new.recognise()
    assert new.refused == [] and [(t.record_type, t.sure) for t in new.recognised] == [(name, True)]
    mapped = {column.source: column.fields for column in new.recognised[0].columns if column.fields}
    assert mapped == {header(n, f, declared.key): [n] for n, f in declared.fields.items()}
    (tmp_path / "a_partner.yml").write_text(new.draft().yaml, "utf-8")
    trial = try_delivery(new.spec(), "ข้อมูล.xlsx", data, NOW)
    assert trial.hold is None, (trial.hold.code, trial.hold.detail)
    (read,) = trial.rows()
    assert (read["_status"], read["_reasons"], read["_row"]) == ("loaded", [], FIRST + 1), (
        "the example row is not there"
    )
    assert {n: read[n] for n in declared.fields if n in read} == {
        n: known(n, f) for n, f in declared.fields.items() if n in read
    }
    assert set(declared.fields) - set(read) <= {"guarantor"}


@pytest.mark.parametrize("name", TYPES)
def test_it_says_what_to_fill_in_and_how(name: str) -> None:
    declared = record_type(name)
    book = openpyxl.load_workbook(io.BytesIO(template(declared)))
    sheet = book.worksheets[0]
    assert sheet.title == declared.label.th and book.sheetnames[1] == WORDS and declared.label.th in sheet["A1"].value
    heads = [cell.value for cell in sheet[HEADS + 1]][1:]
    assert heads == [header(n, f, declared.key) for n, f in declared.fields.items()]
    for cell, (n, field) in zip(sheet[HEADS + 1][1:], declared.fields.items(), strict=True):
        assert (
            cell.comment.text.startswith(field.label.en)
            and shape(n, field, declared).form in sheet.cell(HEADS, cell.column).value
        )
        below = sheet.cell(FIRST + 1, cell.column)
        assert below.number_format == ("General" if field.type in ("number", "integer") else "@"), (
            "text that Excel would damage"
        )
    assert sheet.cell(SAMPLE + 1, 1).value == EXAMPLE
    unlocked = {cell.row for row in sheet.iter_rows() for cell in row if not cell.protection.locked}
    assert unlocked == set(range(FIRST + 1, FIRST + 21)) and sheet.protection.sheet and not sheet.protection.password
    assert sheet.freeze_panes == f"B{FIRST + 1}" and book[WORDS].max_column == 1
    rules = {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}
    assert len(rules) == len(declared.fields)
    for rule in rules.values():
        assert (
            rule.prompt
            and len(rule.prompt) <= 255
            and len(rule.promptTitle) <= 32
            and rule.errorStyle in (None, "warning")
        )
    lists = [rule for rule in rules.values() if rule.type == "list"]
    coded = [f for f in declared.fields.values() if f.codes or f.type in ("boolean", "tambon", "amphoe")]
    assert len(lists) == len(coded)
    words = "\n".join(str(cell) for (cell,) in book[WORDS].iter_rows(values_only=True) if cell)
    for field in coded:
        if field.codes:
            assert all(label.th in words for label in code_lists()[field.codes].values())


def test_it_has_room_for_500_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    sheet = sheet_of(template(record_type("attendance")))
    assert sheet.max_row == FIRST + 500 and not sheet.cell(FIRST + 500, 2).protection.locked


def test_examples_are_invented_and_stand_for_fields_that_there_are() -> None:
    fields = {name for declared in record_types().values() for name in declared.fields}
    assert set(EXAMPLES) <= fields


def test_an_empty_template_has_no_rows(tmp_path: Path) -> None:
    declared = record_type("activity")
    row = {header(n, f, declared.key): example(n, f) for n, f in declared.fields.items()}
    new = NewSource(
        "a_partner", "ก", "A", "unit", None, [Sample("a.xlsx", filled(template(declared), row), None)], tmp_path
    )
    new.recognise()
    (tmp_path / "a_partner.yml").write_text(new.draft().yaml, "utf-8")
    trial = try_delivery(new.spec(), "b.xlsx", template(declared), NOW)
    assert trial.hold is None and list(trial.rows()) == []


def test_an_example_row_is_not_loaded_from_text_either(tmp_path: Path) -> None:
    declared = record_type("activity")
    sheet = sheet_of(
        filled(template(declared), {header(n, f, declared.key): example(n, f) for n, f in declared.fields.items()})
    )
    lines = [
        ",".join(str(cell or "").replace("\n", " ").replace(",", " ") for cell in row)
        for row in sheet.iter_rows(values_only=True)
    ]
    data = "\n".join(lines[: FIRST + 2]).encode()
    new = NewSource("a_partner", "ก", "A", "unit", None, [Sample("a.csv", data, None)], tmp_path)
    new.recognise()
    (tmp_path / "a_partner.yml").write_text(new.draft().yaml, "utf-8")
    rows = list(try_delivery(new.spec(), "a.csv", data, NOW).rows())
    assert [(row["_status"], row["_row"]) for row in rows] == [("loaded", FIRST + 1)]


@pytest.mark.parametrize("name", [table.record_type for table in CLUB.versions[0].tables])
def test_with_a_source_its_own_spec_reads_it(name: str) -> None:
    declared, table = record_type(name), table_of(CLUB, name)
    data = template(declared, CLUB, table)
    sheet = sheet_of(data)
    heads = [cell.value for cell in sheet[HEADS + 1]][1:]
    row = {head: sheet.cell(SAMPLE + 1, column).value for column, head in enumerate(heads, 2)}
    assert set(heads) <= set(table.expected_headers())
    file = template_name(declared, CLUB, table)
    trial = try_delivery(CLUB, file, filled(data, row), NOW)
    assert trial.name_fits and trial.hold is None, trial.hold and (trial.hold.code, trial.hold.detail)
    (read,) = [r for r in trial.rows() if r["_record_type"] == name]
    assert read["_status"] == "loaded", read["_reasons"]
    assert next(t for t in trial.tables if t.record_type == name).columns_not_sent == []


def test_the_command_writes_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = CliRunner().invoke
    done = run(app, ["template", "participant"])
    assert done.exit_code == 0 and done.stdout.strip() == "แบบบันทึก_ผู้เข้าร่วมโครงการ.xlsx"
    assert sheet_of(Path(done.stdout.strip()).read_bytes()).title == "ผู้เข้าร่วมโครงการ"
    assert run(app, ["template", "participant"]).exit_code == 1, "nothing is written over unasked"
    mine = tmp_path / "mine.xlsx"
    assert run(app, ["template", "participant", "--source", "chae_son_club", "-o", str(mine)]).exit_code == 0
    assert "รหัสสมาชิก" in [cell.value for cell in sheet_of(mine.read_bytes())[HEADS + 1]]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nothing"], "no record type 'nothing'"),
        (["participant", "--source", "nobody"], "there is no source 'nobody'"),
        (["school_roster", "--source", "chae_son_club"], "chae_son_club sends no school_roster"),
        (["enrolment", "--source", "lampang_rajabhat_abe"], "is fetched from rest"),
        (["participant", "-o", "nowhere/x.xlsx"], "nowhere/x.xlsx"),
    ],
)
def test_what_it_cannot_do_it_says_in_one_sentence(
    arguments: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["template", *arguments])
    assert done.exit_code == 1 and told in done.stderr and list(tmp_path.iterdir()) == []
