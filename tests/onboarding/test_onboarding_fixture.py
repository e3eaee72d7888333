"""Nothing of a sample's people survives in the fixture, and the fixture is a delivery that the spec reads."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onboarding_samples import FIRST, LAST, PEOPLE, national_id, of_columns, rows_of, text, truth, workbook

from equity.delivery.said import BLANKS
from equity.onboarding.fixture import EXPECTED, expect, replay
from equity.onboarding.invented import Inventor, everything
from equity.onboarding.new import NewSource, Sample
from equity.records import record_types
from equity.sources.readers.texts import decoded, encoding_of
from equity.thai.national_ids import parse_national_ids
from equity.thai.text import clean_text

# said of nobody in particular, whatever their class: words of a closed list, marks, scores
CLOSED = ("code", "code_set", "boolean", "amphoe", "province")
NO_SECRET = {"name_prefix", "moo"}


def told(field: str, declared: Any) -> bool:
    """Whether a field's cells must not be found again: who somebody is, how to find them, what is written freely."""
    said = declared.fields[field]
    if said.type in CLOSED or said.unit in ("score_1_5", "year_be") or field in NO_SECRET:
        return False
    return said.privacy != "none" or said.type in ("text", "ref", "person_ref")


def secrets_of(of: Any, source: str) -> set[str]:
    """All cells of a source's samples that tell of somebody, by the truth and not by what was recognised."""
    found = set()
    for true in truth()[source].tables:
        declared = record_types()[true.said["record_type"]]
        table = next(
            r.found for r in of.new.recognised if r.found.path == true.file and r.found.sheet == true.said.get("sheet")
        )
        for header, said in true.columns().items():
            fields = [name for name in said["fields"] if name in declared.fields]
            if header in table.columns and (not fields or any(told(name, declared) for name in fields)):
                found |= set(words_of(table.columns[header].to_pylist()))
    return found


def words_of(cells: list[str | None]) -> Iterator[str]:
    """Cells that could give somebody away: no blanks, no single letters or digits."""
    for cell in cells:
        clean = clean_text(cell) if cell else ""
        if clean not in BLANKS and len(clean) > 2 and not re.fullmatch(r"[0.,]+|true|false", clean):
            yield clean


def cells_of(path: Path) -> set[str]:
    """Everything that a file says, cell by cell and word by word, and its name."""
    data = path.read_bytes()
    if data.startswith(b"PK"):
        book = openpyxl.load_workbook(io.BytesIO(data))
        cells = [
            str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None
        ]
        cells += book.sheetnames
        properties = book.properties
        cells += [str(value) for value in (properties.creator, properties.title, properties.lastModifiedBy) if value]
    elif path.suffix == ".json":
        cells = re.findall(r'"((?:[^"\\]|\\.)*)"', data.decode())
    else:
        cells = re.split(r"[\r\n,;|\t]", decoded(data, encoding_of(data), cut=False))
    clean = [clean_text(cell) for cell in [*cells, path.stem]]
    return {*clean, *(word for cell in clean for word in cell.split())}


@pytest.mark.parametrize("source", truth())
def test_nobody_of_the_sample_is_in_the_fixture(corpus: dict[str, Any], source: str) -> None:
    made = corpus[source]
    secrets = secrets_of(made, source)
    headers = {clean_text(h) for r in made.new.recognised for h in r.found.columns}
    assert len(secrets) > 20, "a sample that tells of somebody"
    for path in made.written[1:]:
        found = (secrets - headers) & cells_of(path)
        assert not found, f"{path.name}: {sorted(found)[:5]}"


@pytest.mark.parametrize("source", truth())
def test_nobody_of_the_sample_is_in_the_spec(corpus: dict[str, Any], source: str) -> None:
    spec = corpus[source].written[0].read_text("utf-8")
    declared = {t.source: t for t in truth()[source].tables}
    names = set()
    for found in corpus[source].new.recognised:
        for column in found.columns:
            if set(column.fields) & {"first_name", "national_id", "phone", "house_no"}:
                names |= set(words_of(found.found.columns[column.source].to_pylist()))
    assert declared and not {name for name in names if name in spec}


@pytest.mark.parametrize("source", truth())
def test_the_fixture_is_read_as_the_sample_is(corpus: dict[str, Any], source: str) -> None:
    """The same tables, rows loaded in each, and nearly none held: it would test nothing else."""
    made = corpus[source]
    said = json.loads((made.fixture / EXPECTED).read_text("utf-8"))
    assert set(said) == {path.name for path in made.written[1:-1]}
    types = [table["record_type"] for entry in said.values() for table in entry["tables"]]
    assert set(types) == {true.said["record_type"] for true in truth()[source].tables}
    for entry in said.values():
        assert entry["state"] == "loaded" and "reason" not in entry
        for table in entry["tables"]:
            assert table["received"] == sum(table[key] for key in ("loaded", "held", "repeated", "superseded"))
            assert table["loaded"] >= 0.5 * table["received"] > 2


def test_the_same_sample_gives_the_same_fixture(tmp_path: Path) -> None:
    both = []
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        made = new(tmp_path / folder, {"members.csv": text(rows_of(PEOPLE))})
        both.append([path.read_bytes() for path in made.write()[1:]])
    assert both[0] == both[1]


# --- what a person's name may hide in


def new(specs: Path, samples: dict[str, bytes], **more: Any) -> NewSource:
    given = {"source": "a_club", "name_th": "ชมรม", "name_en": "A club", "family": "unit", "area": "5201"} | more
    made = NewSource(samples=[Sample(name, data, None) for name, data in samples.items()], specs=specs, **given)
    made.recognise()
    return made


def test_names_of_files_sheets_and_titles_do_not_get_into_the_fixture(tmp_path: Path) -> None:
    rows = [["ทะเบียนของ นายสมศักดิ์ แก้วมา"], *rows_of(PEOPLE)]
    data = workbook({"นางปราณี ใจงาม": rows, "ด.ช.มานะ ศรีทอง": rows})
    written = new(tmp_path, {"ประวัติ นายบุญมี มาดี.xlsx": data}, record_type="participant").write()
    said = set().union(*(cells_of(path) for path in written[1:]))
    everywhere = " ".join([*said, *(path.name for path in written)])
    for name in ("สมศักดิ์", "แก้วมา", "ปราณี", "ใจงาม", "มานะ", "ศรีทอง", "บุญมี", "มาดี"):
        assert name not in everywhere
    assert json.loads(written[-1].read_text("utf-8"))["sample_1.xlsx"]["tables"][0]["received"] == 16, (
        "and is read all the same"
    )


def test_a_name_in_a_coded_column_does_not_survive(tmp_path: Path) -> None:
    reasons = ["จบหลักสูตร", "ย้ายไปอยู่กับนางปราณี", "จบหลักสูตร", "ด.ช.มานะ", "จบหลักสูตร", "จบหลักสูตร", "นายแดง", "จบหลักสูตร"]
    made = new(tmp_path, {"a.csv": text(rows_of({**PEOPLE, "สาเหตุที่ออก": reasons}))}, record_type="participant")
    assert any(c.fields == ["exit_reason"] for c in made.recognised[0].columns)
    spec, fixture, _ = made.write()
    said = " ".join(cells_of(fixture)) + spec.read_text("utf-8")
    assert "ปราณี" not in said and "มานะ" not in said and "นายแดง" not in said
    assert "จบหลักสูตร" in said, "what a code list knows stays"


def test_columns_that_nothing_is_read_from_are_left_empty(tmp_path: Path) -> None:
    made = new(
        tmp_path,
        {"a.csv": text(rows_of({**PEOPLE, "บันทึกของครู": ["แม่ป่วยหนัก", "พ่อติดคุก"] * 4}))},
        record_type="participant",
    )
    said = " ".join(cells_of(made.write()[1]))
    assert "บันทึกของครู" in said and "แม่ป่วยหนัก" not in said and "พ่อติดคุก" not in said


def test_the_same_reference_stays_the_same_in_all_tables(tmp_path: Path) -> None:
    events = {"รหัสสมาชิก": PEOPLE["รหัสสมาชิก"], "วันที่ติดตาม": PEOPLE["วันที่เข้าร่วม"], "สถานะการทำงาน": ["มีงานทำ"] * 8}
    made = new(tmp_path, {"book.xlsx": workbook({"สมาชิก": rows_of(PEOPLE), "ติดตามผล": rows_of(events)})})
    assert {r.record_type for r in made.recognised} == {"participant", "outcome"}
    one, two = openpyxl.load_workbook(made.write()[1]).worksheets
    refs = [[row[0] for row in sheet.iter_rows(min_row=3, values_only=True)] for sheet in (one, two)]
    assert refs[0] == refs[1] and len(set(refs[0])) == 8 and not set(refs[0]) & set(PEOPLE["รหัสสมาชิก"])


def test_an_earlier_fixture_does_not_stay_behind(tmp_path: Path) -> None:
    first = new(tmp_path, {"ก.csv": text(rows_of(PEOPLE)), "ข.csv": text(rows_of(PEOPLE))}).write()
    second = new(tmp_path, {"ก.xlsx": workbook({"1": rows_of(PEOPLE)})}).write(force=True)
    assert len(first) == 4 and len(second) == 3
    assert {path.name for path in second[-1].parent.iterdir()} == {path.name for path in second[1:]}


# --- the counts


def test_a_changed_spec_changes_the_counts_and_they_can_be_taken_over(tmp_path: Path) -> None:
    made = new(tmp_path, {"a.csv": text(rows_of(PEOPLE))}, record_type="participant")
    spec, _, listed = made.write()
    said = json.loads(listed.read_text("utf-8"))
    assert replay(listed.parent, made.spec()) == said
    spec.write_text(spec.read_text("utf-8").replace("joined_on: วันที่เข้าร่วม", "joined_on: {value: 2099-01-01}"), "utf-8")
    before, now = expect(listed.parent, made.spec())
    assert before == said and now != said and now["sample_1.csv"]["tables"][0]["loaded"] == 0
    assert replay(listed.parent, made.spec()) == now == json.loads(listed.read_text("utf-8"))


# --- any cell of any field

CELLS = st.one_of(
    st.sampled_from([*FIRST, *LAST, *map(national_id, range(4)), "081-234-5678", "12/5/2530", "5 มกราคม 67", "2026-01-09", "45123", "25670512", "3,500", "99/1 ม.3"]),
    st.text(st.sampled_from("กขคงจชดตนบปพมยรลวสหอะาิี่้์ 0123456789/-.,abc๑๒"), min_size=3, max_size=14),
)  # fmt: skip
FIELDS = [
    (name, field)
    for name, field in record_types()["participant"].fields.items()
    if told(name, record_types()["participant"])
]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(FIELDS), st.lists(CELLS, min_size=1, max_size=8))
def test_no_invented_cell_is_a_cell_of_the_sample(field: tuple[str, Any], cells: list[str]) -> None:
    found = of_columns({"x": cells})
    inventor = Inventor(everything([found]), {})
    made = inventor.cells(found, "x", field[0], field[1], None, range(len(cells)))
    assert len(made) == len(cells)
    assert not set(words_of(list(cells))) & set(made) - {"ไม่แน่ใจ"}


def test_blanks_stay_blanks() -> None:
    cells = ["-", None, "ไม่ระบุ", national_id(1)]
    found = of_columns({"x": cells})
    name, field = "national_id", record_types()["participant"].fields["national_id"]
    made = Inventor(everything([found]), {}).cells(found, "x", name, field, None, range(4))
    assert made[:3] == ["-", "", "ไม่ระบุ"] and made[3] not in cells


def test_invented_ids_are_valid_and_nobodys() -> None:
    cells = [national_id(i) for i in range(20)]
    found = of_columns({"x": cells})
    made = Inventor(everything([found]), {}).cells(
        found, "x", "national_id", record_types()["participant"].fields["national_id"], None, range(20)
    )
    assert len(set(made)) == 20 and all(value[1:5] == "9999" for value in made)
    assert parse_national_ids(pa.array(made)).values.null_count == 0


@pytest.mark.parametrize(
    "cell", ["15/3/2540", "15-03-40", "15 มีนาคม 2540", "๑๕ มี.ค. ๔๐", "2026-03-15", "2026-03-15 00:00:00", "20260315", "15032569", "45123", "3/15/2024"]
)  # fmt: skip
def test_a_birth_date_becomes_another_in_the_same_writing(cell: str) -> None:
    from equity.thai.dates import parse_dates

    found = of_columns({"x": [cell]})
    field = record_types()["participant"].fields["birth_date"]
    (made,) = Inventor(everything([found]), {}).cells(found, "x", "birth_date", field, None, range(1))
    assert made != cell
    order = "mdy" if cell == "3/15/2024" else "dmy"
    read = [
        parse_dates(pa.array([c]), order=order, earliest=date(1900, 1, 1), latest=date(2100, 1, 1)).values[0].as_py()
        for c in (cell, made)
    ]
    if read[0] is not None:
        assert read[1] is not None and read[1] != read[0]
