"""Bad input: each file ends in a hold with its words, or in counted quarantine; never in another error."""

from __future__ import annotations

import io
import json
import time
import zipfile
from typing import Any

import openpyxl
import pytest
from bombs import deflated, package, zeros
from format_samples import (
    PERSON,
    PERSON_HEADERS,
    PERSON_ROWS,
    SHEET,
    SPACE,
    SPACE_FIELDS,
    SPACE_ROWS,
    XLS,
    Sample,
    book,
    inline,
    lines,
    ods,
    repacked,
    samples,
    sender,
    shared,
    sheet_xml,
    tried,
)

from equity.delivery.examine import REJECTED
from equity.delivery.holds import HOLDS, sentence
from equity.delivery.trial import Trial
from equity.sources.readers import compound, jsons, packages, texts, workbooks
from equity.sources.spec import Source

HEADERS = ("รหัส", "ชื่อ แหล่ง", "ประเภท", "วันที่เปิด")
BOOK = book(("ก", [HEADERS, *SPACE_ROWS]))
SPACES = sender(SPACE)


def spaces(data: bytes, name: str = "a.xlsx", source: Source = SPACES) -> Trial:
    return tried(Sample(name, data, source))


def held(trial: Trial, code: str, state: str = "") -> dict[str, Any]:
    """The detail of a hold, which must be this one and have its words in both languages."""
    told = trial.as_json()
    assert trial.hold is not None and trial.hold.code == code, told
    assert told["state"] == (state or ("rejected" if code in REJECTED else "held"))
    for language in ("th", "en"):
        words = sentence(code, trial.hold.detail, language)
        assert "{" not in words and "–" not in words, words
    assert list(trial.rows()) == [] and trial.workbook() is not None
    return trial.hold.detail


def counted(trial: Trial) -> tuple[int, int, int]:
    """Received, loaded, held."""
    told = trial.as_json()
    assert told["state"] == "loaded", told["reason"]
    assert len(list(trial.rows())) == told["received"]
    assert told["received"] == told["loaded"] + told["held"] + told["repeated"] + told["superseded"]
    return told["received"], told["loaded"], told["held"]


# --- packages that unpack to more than there is


def parts_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: deflated(archive.read(name)) for name in archive.namelist()}


@pytest.fixture
def low(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits that a test reaches in no time."""
    monkeypatch.setattr(packages, "UNPACKED", 24 << 20)
    monkeypatch.setattr(packages, "OTHER_PARTS", 16 << 20)


@pytest.mark.usefixtures("low")
@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/media/image1.png", "xl/extra.zip"])
@pytest.mark.parametrize("says", [None, 10, 0xFFFFFF00])
def test_a_bomb_is_known_by_what_it_unpacks_to_not_by_what_it_says(part: str, says: int | None) -> None:
    data = package(parts_of(BOOK) | {part: zeros(40)}, says=says)
    assert len(data) < 100_000
    detail = held(spaces(data), "too_large")
    assert detail["megabytes"] >= detail["limit"]


@pytest.mark.parametrize("tag", [b"</t\x00able:table>", b"</table:tablex>", b"", b"</table:table-row>"])
def test_a_document_whose_tags_do_not_close_is_held_at_once(tag: bytes) -> None:
    # the reader would turn for ever
    content = samples()["ods"].data
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        xml = archive.read("content.xml")
    held(
        spaces(repacked(content, **{"content.xml": xml.replace(b"</table:table>", tag)}), "a.ods"),
        "unreadable_workbook",
    )


def test_a_reader_that_never_ends_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "READ_WITHIN", 0.05)
    monkeypatch.setattr(workbooks.fastexcel, "read_excel", lambda data: time.sleep(3))
    held(spaces(BOOK), "unreadable_workbook")


@pytest.mark.usefixtures("low")
def test_many_entries_that_share_the_same_bytes_are_counted_each() -> None:
    data = package(parts_of(BOOK) | {"xl/media/a.png": zeros(1)}, once="xl/media/a.png", times=200)
    held(spaces(data), "too_large")


def test_a_package_of_millions_of_entries_is_not_even_listed() -> None:
    data = package(parts_of(BOOK) | {"a": deflated(b"")}, once="a", times=packages.ENTRIES + 1)
    held(spaces(data), "too_large")


def test_a_bomb_within_a_package_within_a_package_is_never_opened() -> None:
    inner = package({"bomb": zeros(200)})
    for _ in range(3):
        inner = package({"inner.zip": deflated(inner)})
    assert counted(spaces(repacked(BOOK, **{"xl__inner_dot_zip": inner})))[0] == 3
    held(spaces(inner, "a.zip"), "unknown_format")


@pytest.mark.parametrize("part", [SHEET, "xl__workbook_dot_xml", "xl__sharedStrings_dot_xml"])
def test_entities_that_expand_for_ever_are_refused(part: str) -> None:
    laughs = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    doctype = f'<!DOCTYPE x [<!ENTITY l0 "ha">{laughs}]>'
    whole = shared([HEADERS, *SPACE_ROWS])
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        xml = archive.read(part.replace("__", "/").replace("_dot_", ".")).decode()
    head, _, rest = xml.partition("?>") if xml.startswith("<?xml") else ("", "", xml)
    xml = f"{head}?>{doctype}{rest}" if head else doctype + rest
    for old, new in (("<t>รหัส", "<t>&l9;"), ('name="ก"', 'name="&l9;"'), ('r="A2"', 'r="&l9;"')):
        xml = xml.replace(old, new, 1)
    assert "&l9;" in xml
    held(spaces(repacked(whole, **{part: xml.encode()})), "unreadable_workbook")


# --- sheets that span more than there is


def spanning(rows: str, **parts: bytes) -> bytes:
    return repacked(BOOK, **{SHEET: sheet_xml(rows)}, **parts)


HEAD_ROW = '<row r="1">' + "".join(inline(f"{c}1", h) for c, h in zip("ABCD", HEADERS, strict=True)) + "</row>"


@pytest.mark.parametrize(
    "far",
    [
        f'<row r="1048576">{inline("XFD1048576", "x")}</row>', f'<row r="1048576">{inline("Z1048576", "x")}</row>',
        f'<row r="2">{inline("XFD1048576", "x")}</row>', f'<row r="1048576" >{inline("XFD9999999999", "x").replace(" r=", "  r = ")}</row>',
        f"<row r='1048576'>{inline('CZ1048576', 'x')}</row>".replace('r="CZ1048576"', "r='CZ1048576'"),
    ],
    ids=["corner", "last row", "in a near row", "odd spaces", "other quotes"],
)  # fmt: skip
def test_a_sheet_that_spans_billions_of_cells_is_refused_before_room_is_made(far: str) -> None:
    detail = held(spaces(spanning(HEAD_ROW + far)), "too_many_cells")
    assert detail["place"] == "ก" and detail["cells"] > detail["limit"]


def test_what_a_sheet_says_of_its_size_is_not_believed() -> None:
    rows = HEAD_ROW + f'<row r="2">{inline("A2", "S1")}{inline("B2", "x")}{inline("C2", "hub")}</row>'
    xml = sheet_xml(rows).replace(b"<sheetData>", b'<dimension ref="A1:XFD1048576"/><sheetData>')
    assert counted(spaces(repacked(BOOK, **{SHEET: xml}))) == (1, 1, 0)


def test_cells_and_rows_that_do_not_say_their_place() -> None:
    cell = '<c t="inlineStr"><is><t>{}</t></is></c>'
    rows = "".join("<row>" + "".join(map(cell.format, row)) + "</row>" for row in (HEADERS, ("S1", "x", "hub", "")))
    assert counted(spaces(spanning(rows))) == (1, 1, 0)


def test_a_string_shared_by_a_million_cells_is_counted_a_million_times() -> None:
    strings = (
        "<sst xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'><si><t>a</t></si><si><t>"
        + "x" * 30_000
        + "</t></si></sst>"
    )
    many = "".join(f'<row r="{i}"><c r="A{i}" t="s"><v>1</v></c></row>' for i in range(2, 30_000))
    detail = held(spaces(spanning(HEAD_ROW + many, xl__sharedStrings_dot_xml=strings.encode())), "too_large")
    assert detail["megabytes"] > detail["limit"]
    few = many.replace("<v>1</v>", "<v>0</v>")  # the same long string, which no cell shows
    data = spanning(HEAD_ROW + few, xl__sharedStrings_dot_xml=strings.encode())
    assert counted(spaces(data))[0] == 29_998


def test_a_workbook_of_thousands_of_sheets() -> None:
    made = openpyxl.Workbook()
    for i in range(packages.SHEETS):
        made.create_sheet(f"หมู่ {i}")
    buffer = io.BytesIO()
    made.save(buffer)
    assert held(spaces(buffer.getvalue()), "too_many_sheets") == {
        "found": packages.SHEETS + 1,
        "limit": packages.SHEETS,
    }


@pytest.mark.parametrize(
    "rows",
    [
        '<table:table-row table:number-rows-repeated="1048576"><table:table-cell office:value-type="string" '
        'table:number-columns-repeated="1000"><text:p>x</text:p></table:table-cell></table:table-row>',
        '<table:table-row table:number-rows-repeated="1000000000000"><table:table-cell office:value-type="string"><text:p>x</text:p>'
        "</table:table-cell></table:table-row>",
        '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/></table:table-row><table:table-row><table:table-cell '
        'table:number-columns-repeated="16000"/><table:table-cell office:value="1" office:value-type="float"/></table:table-row>',
    ],
    ids=["cells", "rows", "corner"],
)  # fmt: skip
def test_repeated_cells_of_an_open_document_are_counted(rows: str) -> None:
    held(spaces(ods(f'<table:table table:name="ก">{rows}</table:table>'), "a.ods"), "too_many_cells")


def test_an_old_workbook_whose_cells_stand_far_apart_or_whose_size_is_absurd() -> None:
    data = XLS.read_bytes()
    number = data.index(b"\x03\x02\x0e\x00")  # a NUMBER record
    far = data[: number + 4] + b"\xff\xff\xff\xfe" + data[number + 8 :]
    held(spaces(far, "a.xls"), "too_many_cells")
    size = data.index(b"\x00\x02\x0e\x00")  # DIMENSIONS
    absurd = data[: size + 4] + b"\0\0\0\0\xff\xff\xff\xff\0\0\xff\xff" + data[size + 16 :]
    held(spaces(absurd, "a.xls"), "unreadable_workbook")


def test_an_old_workbook_whose_sectors_run_in_a_circle() -> None:
    data = bytearray(XLS.read_bytes())
    table = (int.from_bytes(data[76:80], "little") + 1) * 512
    for sector in range(8):
        data[table + 4 * sector : table + 4 * sector + 4] = (0).to_bytes(4, "little")
    held(spaces(bytes(data), "a.xls"), "unreadable_workbook")


def test_an_old_workbook_that_is_larger_than_any(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compound, "LARGEST_XLS", 1000)
    held(spaces(XLS.read_bytes(), "a.xls"), "too_large")


# --- locked, with macros, with formulas


@pytest.mark.parametrize("name", ["a.xlsx", "a.xls", "a.csv"])
def test_a_workbook_with_a_password_says_so(name: str) -> None:
    held(spaces((XLS.parent / "password_1234.xlsx").read_bytes(), name), "password_protected")


def test_an_old_workbook_with_a_password_says_so() -> None:
    data = XLS.read_bytes()
    at = data.index(b"\x19\x00\x02\x00\x00\x00")  # WINDOWPROTECT in the book's own part becomes FILEPASS
    held(spaces(data[:at] + b"\x2f" + data[at + 1 :], "a.xls"), "password_protected")


def test_a_workbook_with_macros_is_read_and_they_are_left_alone() -> None:
    types = zipfile.ZipFile(io.BytesIO(BOOK)).read("[Content_Types].xml")
    types = types.replace(b"spreadsheetml.sheet.main+xml", b"ms-excel.sheet.macroEnabled.main+xml")
    data = repacked(
        BOOK, **{"[Content_Types]_dot_xml": types, "xl__vbaProject_dot_bin": b"\xd0\xcf\x11\xe0 no project"}
    )
    assert counted(spaces(data, "a.xlsm")) == (3, 2, 1)


def test_formulas_give_what_was_last_computed_and_none_is_computed_here() -> None:
    rows = HEAD_ROW + (
        f'<row r="2"><c r="A2" t="str"><f>"S"&amp;1</f><v>S1</v></c>{inline("B2", "x")}<c r="C2" t="str"><f>WEBSERVICE("http://127.0.0.1:9/")</f>'
        f'<v>hub</v></c></row><row r="3">{inline("A3", "S2")}<c r="B3"><f>1+1</f></c><c r="C3" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>'
    )
    trial = spaces(spanning(rows))
    assert counted(trial) == (2, 1, 1)
    first, second = trial.rows()
    assert (first["space_ref"], first["kind"]) == ("S1", "hub") and second["name"] is None


# --- text that a spreadsheet would take for a formula

DANGEROUS = ("=1+1", "=cmd|'/C calc'!A0", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", '=HYPERLINK("http://x","y")', "＝1+1")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_looks_like_a_formula_stays_text_in_whatever_is_written(kind: str) -> None:
    rows = [HEADERS, *((value, value, "wrong", value) for value in DANGEROUS)]
    if kind == "csv":
        trial = spaces(lines(*rows).encode(), "a.csv")
    else:
        trial = spaces(shared(rows))
    assert counted(trial)[0] == len(DANGEROUS)
    answer = trial.workbook()
    assert answer is not None
    with zipfile.ZipFile(io.BytesIO(answer)) as archive:
        for name in archive.namelist():
            assert b"<f>" not in archive.read(name), name
            assert "externalLink" not in name
    shown = openpyxl.load_workbook(io.BytesIO(answer))
    seen = 0
    for sheet in shown.worksheets[1:]:  # what the partner is to edit
        for cell in (cell for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)):
            assert cell.data_type == "s"
            if cell.value.lstrip("\t\r\n ").startswith(("=", "+", "-", "@")) and len(cell.value) > 1:
                seen += 1
                assert cell.quotePrefix, f"{sheet.title}!{cell.coordinate} {cell.value!r} becomes a formula once edited"
    assert seen >= len(DANGEROUS) - 1


# --- nothing, or little


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
@pytest.mark.parametrize("data", [b"", b"\n \r\n", b"\xef\xbb\xbf"], ids=["nothing", "blanks", "mark"])
def test_an_empty_file(data: bytes, name: str) -> None:
    held(spaces(data, name), "empty_file", "rejected")


@pytest.mark.parametrize(("data", "name"), [(lines(HEADERS).encode(), "a.csv"), (book(("ก", [HEADERS])), "a.xlsx")])
def test_a_header_alone_is_a_table_of_no_rows(data: bytes, name: str) -> None:
    trial = spaces(data, name)
    assert counted(trial) == (0, 0, 0) and trial.workbook() is None


def test_a_workbook_of_an_empty_sheet() -> None:
    held(spaces(book(("ก", []))), "header_not_found")


# --- cut off


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9, 0.99])
@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_a_workbook_that_was_cut_off(kind: str, share: float) -> None:
    sample = samples()[kind]
    held(tried(sample._replace(data=sample.data[: int(len(sample.data) * share)])), "unreadable_workbook")


def test_a_text_that_was_cut_within_a_quoted_cell_loses_that_row_alone_and_says_so() -> None:
    whole = lines(HEADERS, ("S1", "x", "hub", ""), ("S2", 'ศาลา "กลาง", ใหม่', "hub", ""))
    assert counted(spaces(whole[: whole.index("ใหม่")].encode(), "a.csv")) == (2, 1, 1)


@pytest.mark.parametrize("kind", ["json-pages", "json-document", "json-repeat"])
def test_json_that_was_cut_off(kind: str) -> None:
    sample = samples()[kind]
    held(tried(sample._replace(data=sample.data[:-9])), "unreadable_json")


# --- quotes that swallow rows


def many(count: int, first: int = 1) -> list[tuple[str, ...]]:
    return [(f"S{i}", f"แหล่ง {i}", "hub", "") for i in range(first, first + count)]


def test_a_quotation_mark_that_is_never_closed_does_not_swallow_the_rest_of_a_file() -> None:
    text = lines(HEADERS, *many(200)).replace("แหล่ง 20,", '"แหล่ง 20,', 1)
    assert held(spaces(text.encode(), "a.csv"), "unclosed_quote") == {"row": 21}


def test_two_stray_quotation_marks_do_not_make_one_cell_of_the_rows_between() -> None:
    text = lines(HEADERS, *many(40)).replace("แหล่ง 20,", '"แหล่ง 20,', 1).replace("แหล่ง 23,", 'แหล่ง 23",', 1)
    assert held(spaces(text.encode(), "a.csv"), "unclosed_quote")["row"] == 21


def test_a_cell_of_several_lines_is_fine() -> None:
    text = lines(HEADERS, ("S1", "บรรทัดหนึ่ง\nบรรทัดสอง, ต่อ\nสาม", "hub", ""), *many(3, 2))
    assert counted(spaces(text.encode(), "a.csv")) == (4, 4, 0)


def test_a_file_whose_lines_are_nearly_all_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "BROKEN_LINES", 50)
    text = lines(HEADERS) + "S1;x;hub;\n" * 200
    assert held(spaces(text.encode(), "a.csv"), "lines_broken") == {"rows": 50, "row": 2}


# --- too wide, too long


@pytest.mark.parametrize("kind", ["csv", "laid out", "xlsx", "html", "json"])
def test_five_thousand_columns(kind: str) -> None:
    head = [*HEADERS, *(f"ช่อง {i}" for i in range(5_000))]
    row = ["S1", "x", "hub", "", *["1"] * 5_000]
    if kind in ("csv", "laid out"):
        skip = {"skip": ["subtotals"]} if kind == "laid out" else {}
        trial = spaces(lines(head, row).encode(), "a.csv", sender(SPACE | skip))
    elif kind == "xlsx":
        trial = spaces(book(("ก", [head, row])))
    elif kind == "html":
        trial = spaces(
            ("<table>" + "".join("<tr><td>" + "<td>".join(r) for r in (head, row)) + "</table>").encode(), "a.xls"
        )
    else:
        trial = spaces(json.dumps([dict(zip(head, row, strict=True))]).encode(), "a.json")
    detail = held(trial, "too_many_columns")
    assert detail["columns_found"] > detail["limit"] == 1_000


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
def test_a_cell_as_long_as_a_file(kind: str) -> None:
    cell = "ก" * 700_000
    if kind == "csv":
        trial = spaces(lines(HEADERS, ("S1", "x", "hub", ""), ("S2", cell, "hub", "")).encode(), "a.csv")
    elif kind == "xlsx":
        trial = spaces(spanning(HEAD_ROW + f'<row r="3">{inline("A3", "S1")}{inline("B3", cell)}</row>'))
    else:
        trial = spaces(
            json.dumps(
                [dict(zip(HEADERS, row, strict=True)) for row in (("S1", "x", "hub", ""), ("S2", cell, "hub", ""))]
            ).encode(),
            "a.json",
        )
    assert held(trial, "cell_too_long")["row"] == {"csv": 3, "xlsx": 3, "json": 2}[kind]


def test_a_line_longer_than_a_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "BLOCK_BYTES", 1 << 16)
    text = lines(HEADERS, *many(10), ("S", "x" * 300_000, "hub", ""), *many(10, 20))
    assert held(spaces(text.encode(), "a.csv"), "cell_too_long")["row"] <= 12


# --- letters


def test_rows_of_another_encoding_within_a_file_are_named_by_their_first_byte() -> None:
    good = lines(HEADERS, *many(3)).encode()
    bad = lines(*many(3, 4)).encode("cp874")
    detail = held(spaces(good + bad, "a.csv"), "unknown_encoding")
    assert detail["offset"] == len(good) + len("S4,")
    detail = held(
        spaces(lines(HEADERS, *many(3)).encode("cp874") + lines(*many(3, 4)).encode(), "a.csv"), "unknown_encoding"
    )
    assert detail["offset"] > len(lines(HEADERS, *many(3)).encode("cp874"))


def test_zero_bytes_in_a_text_are_no_letters() -> None:
    text = lines(HEADERS, ("S\x001", "ศา\x00ลา", "hub", "\x00"), ("S2", "x", "home", ""))
    trial = spaces(text.encode(), "a.csv")
    assert counted(trial) == (2, 2, 0)
    assert next(trial.rows())["name"] == "ศาลา"


def test_a_pinned_encoding_that_no_file_has() -> None:
    held(spaces(lines(HEADERS).encode(), "a.csv", sender(SPACE, encoding="klingon")), "unknown_encoding")


def test_tis_620_is_read_as_its_superset() -> None:
    text = lines(HEADERS, ("S1", "“ศาลา”\u00a0กลาง…", "hub", ""))
    trial = spaces(text.encode("cp874"), "a.csv", sender(SPACE, encoding="tis-620"))
    assert [row["name"] for row in trial.rows()] == ["“ศาลา” กลาง…"]


# --- JSON


def pull(data: bytes | str, source: Source | None = None) -> Trial:
    return tried(
        Sample("/v1/p", data if isinstance(data, bytes) else data.encode(), source or samples()["json-pages"].source)
    )


def item(**changes: Any) -> dict[str, Any]:
    return dict(zip(PERSON_HEADERS, PERSON_ROWS[0], strict=True)) | changes


@pytest.mark.parametrize("depth", [70, 900, 5_000, 200_000])
@pytest.mark.parametrize("sign", ['{"a":', "["])
def test_json_nested_without_end(depth: int, sign: str) -> None:
    close = "}" if sign == '{"a":' else "]"
    inner = sign * depth + "1" + close * depth
    trial = pull('{"items": [{"รหัส": "P1", "x": ' + inner + "}]}")
    if sign == "[" and depth == 70:
        assert trial.hold is None
    else:
        assert held(trial, "json_too_deep") == {"page": 1, "limit": jsons.DEEPEST}


def test_numbers_that_are_none_and_numbers_of_many_digits() -> None:
    big = "12345678901234567890123"
    data = (
        '{"items": [{"รหัส": '
        + big
        + ', "เลขบัตร": 3100600445635, "โครงการ": 9007199254740993, "รายได้": NaN, "เข้าร่วม": Infinity, "โทร": 1e400}]}'
    )
    trial = pull(data)
    assert counted(trial)[0] == 1
    (row,) = trial.rows()
    assert row["partner_person_ref"] == big and row["project_ref"] == "9007199254740993"
    assert row["national_id"] == "3100600445635" and row["baseline_monthly_income"] is None and row["joined_on"] is None
    one = pull('{"items": [{"รหัส": 1.0, "โครงการ": 0.5}, {"รหัส": 12345678901234567890.0}]}')
    assert [r["partner_person_ref"] for r in one.rows()] == ["1", "12345678901234567890.0"]


def test_a_number_of_a_million_digits() -> None:
    assert counted(pull('{"items": [{"รหัส": "P1", "รายได้": %s}]}' % ("9" * 900_000)))[0] == 1


def test_of_a_key_that_stands_twice_the_last_counts() -> None:
    trial = pull('{"items": [{"รหัส": "P1", "รหัส": "P2"}]}')
    assert [row["partner_person_ref"] for row in trial.rows()] == ["P2"]


@pytest.mark.parametrize("bad", ["5", '"text"', "null", "[1]", "true"])
def test_an_item_that_is_no_object_holds_the_pull(bad: str) -> None:
    held(pull('{"items": [{"รหัส": "P1"}, ' + bad + "]}"), "rows_not_found")


def test_keys_and_values_with_half_letters_and_control_characters() -> None:
    trial = pull('{"items": [{"รหัส": "P1", "ชื่อ-สกุล": "นาย\\ud83d ก\\u0000ข ใจดี", "\\ud83d\\u0000x": 1}]}')
    assert counted(trial)[0] == 1
    (row,) = trial.rows()
    assert row["last_name"].endswith("ใจดี")
    assert json.dumps(trial.as_json(), ensure_ascii=False).encode()


@pytest.mark.parametrize("data", [b"<html>down</html>", b"a,b\n1,2\n", b"\x89PNG....", b"OK", bytes(50)])
def test_a_pull_that_is_no_json_at_all(data: bytes) -> None:
    held(pull(data), "unreadable_json")


def test_a_page_larger_than_is_parsed_at_once_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [item(รหัส=f"P{i}", more={"a": [1, 2.0, None, True, "x"], "b": 0.1}) for i in range(50)]
    documents = [
        {"meta": {"next": None, "list": [[1], {"a": "}"}]}, "items": rows, "count": 50, "last": [1, 2]}, {"items": rows[:3]}, {"items": []},
        rows,
    ]  # fmt: skip
    for document in documents:
        for indent in (None, 1):
            data = json.dumps(document, ensure_ascii=bool(indent), indent=indent).encode()
            small = pull(data)
            with monkeypatch.context() as patch:
                patch.setattr(jsons, "AT_ONCE", 2_000)
                large = pull(data)
                assert list(large.rows()) == list(small.rows())
            assert large.as_json() == small.as_json()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ('{"items": [{"a": 1}', "unreadable_json"), ('{"items": [{"a": 1}]} x', "unreadable_json"), ('{"items": [{"a": 1},]}', "unreadable_json"),
        ('{"items" [{"a": 1}]}', "unreadable_json"), ('{"items": [{"a": 1} {"a": 2}]}', "unreadable_json"), ('{items: []}', "unreadable_json"),
        ('{"data": [{"a": 1}]}', "rows_not_found"), ('{"items": {"a": 1}}', "rows_not_found"), ('{"items": [1, 2]}', "rows_not_found"),
        ('{"items": [{"a": "%s"}]}' % ("x" * 9_000), "item_too_large"), ('{"items": null}', "rows_not_found"), ('"%s"' % ("x" * 300), "rows_not_found"),
    ],
)  # fmt: skip
def test_a_large_page_that_is_wrong(data: str, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsons, "AT_ONCE", 100)
    monkeypatch.setattr(jsons, "PIECE", 64)
    held(pull(" " * 200 + data), code)


def test_a_text_that_is_too_large_is_not_even_looked_at() -> None:
    from equity.sources import readers

    class Long(bytes):
        def __len__(self) -> int:
            return readers.LARGEST + 1

    from equity.sources.readers import Unreadable, open_delivery

    with pytest.raises(Unreadable) as hold:
        open_delivery(Long(b"x"), "a.csv", list(SPACES.versions[0].tables), SPACES.versions[0])
    assert hold.value.code == "too_large"


def test_all_fields_of_persons_take_any_text() -> None:
    values = (*DANGEROUS, "NaN", "9" * 400, "ก" * 2_000, "\u202e", "1e999")
    for some in (values[:7], values[7:]):  # ten cells that cannot be read are another column than agreed
        rows = [tuple(value for _ in PERSON_HEADERS) for value in some]
        trial = tried(Sample("a.csv", lines(PERSON_HEADERS, *rows).encode(), sender(PERSON)))
        assert counted(trial)[0] == len(some)


def test_every_reason_of_the_readers_has_words() -> None:
    """Codes are looked up in the source, so that none is raised that no one can read."""
    import re
    from pathlib import Path

    import equity.sources.readers as package_

    raised = {
        code
        for path in Path(package_.__file__).parent.glob("*.py")
        for code in re.findall(r'Unreadable\(\s*"(\w+)"', path.read_text("utf-8"))
    }
    assert len(raised) > 15 and raised <= HOLDS.keys()
    assert SPACE_FIELDS
