"""Delimited text: encodings, delimiters, quotes, and rows that are none."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from reader_tables import opened, rows, source, workbook

from equity.sources.readers import Unreadable, texts
from equity.sources.readers import table as blocks

HEAD = "รหัส,ชื่อ แหล่ง,ประเภท,วันที่เปิด\r\n"
BODY = "S1,“ศาลา”\u00a0กลาง,hub,๑/๑/๒๕๖๘\r\nS2,บ้าน…,home,\r\n"


@pytest.mark.parametrize(
    ("encode", "encoding"),
    [
        (lambda t: t.encode("utf-8"), None),
        (lambda t: t.encode("utf-8-sig"), None),
        (lambda t: t.encode("utf-8-sig"), "utf-8"),
        (lambda t: t.encode("utf-16"), None),
        (lambda t: b"\xfe\xff" + t.encode("utf-16-be"), None),
        (lambda t: t.encode("utf-16-le"), None),
        (lambda t: t.encode("cp874"), None),
        (lambda t: t.encode("cp874"), "cp874"),
        (lambda t: t.encode("utf-8"), "cp874"),
        (lambda t: t.encode("utf-8-sig"), "cp874"),
        (lambda t: t.encode("utf-16"), "cp874"),
    ],
    ids=[
        "utf-8",
        "mark",
        "mark pinned",
        "utf-16",
        "big end",
        "no mark",
        "cp874",
        "cp874 pinned",
        "other",
        "other mark",
        "other two",
    ],
)
def test_encodings_are_told_apart(encode: Callable[[str], bytes], encoding: str | None) -> None:
    (table,) = opened(encode(HEAD + BODY), "ก.csv", source(encoding=encoding))
    assert table.headers == ["รหัส", "ชื่อ แหล่ง", "ประเภท", "วันที่เปิด"]
    assert rows(table) == {2: ["S1", "“ศาลา”\u00a0กลาง", "hub", "๑/๑/๒๕๖๘"], 3: ["S2", "บ้าน…", "home", None]}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp874"])
def test_a_long_file_is_told_apart_by_its_beginning(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "BLOCK_BYTES", 1 << 18)
    body = "".join(f"S{i},ชช{'ช' * (i % 17)},hub,๑/๑/๒๕๖๘\n" for i in range(40_000))
    data = (HEAD + body).encode(encoding)
    assert len(data) > 1 << 20
    (table,) = opened(data, "ก.csv", source())
    found = rows(table)
    assert list(found) == list(range(2, 40_002))
    assert found[40_001][0] == "S39999"


@pytest.mark.parametrize("delimiter", [",", "\t", "|", ";"])
@pytest.mark.parametrize("title", ["", "รายงานแหล่งเรียนรู้, เทศบาล, ประจำปี\n\n"])
def test_delimiters_are_found_by_the_declared_headers(delimiter: str, title: str) -> None:
    text = title + (HEAD + BODY).replace(",", delimiter)
    (table,) = opened(text.encode(), "ก.txt", source())
    first = 4 if title else 2
    assert {number: cells[0] for number, cells in rows(table).items()} == {first: "S1", first + 1: "S2"}


def test_quoted_cells_hold_line_breaks_delimiters_and_quotation_marks() -> None:
    text = HEAD + 'S1,"ศาลา\nกลาง, ""ใหม่""",hub,\nS2,x,home,1/1/2568\n'
    (table,) = opened(text.encode(), "ก.csv", source())
    assert rows(table) == {2: ["S1", 'ศาลา\nกลาง, "ใหม่"', "hub", None], 3: ["S2", "x", "home", "1/1/2568"]}


def test_a_header_with_a_line_break_in_quotes() -> None:
    text = 'รหัส,"ชื่อ\nแหล่ง",ประเภท,วันที่เปิด\nS1,x,hub,\nbroken\nS2,y,home,\n'
    (table,) = opened(text.encode(), "ก.csv", source())
    assert {number: cells[:2] for number, cells in rows(table).items()} == {2: ["S1", "x"], 4: ["S2", "y"]}
    assert table.broken == [(3, "broken")]


def test_empty_lines_count_as_rows_but_are_none() -> None:
    text = HEAD + "S1,x,hub,\r\n\r\n,,,\r\nS2,y,home,\r\n\r\n"
    (table,) = opened(text.encode(), "ก.csv", source())
    assert [(number, cells[0]) for number, cells in rows(table).items()] == [(2, "S1"), (5, "S2")]
    assert table.broken == []


def test_ragged_rows_are_broken_at_their_own_number_and_no_other_row_suffers() -> None:
    text = HEAD + "S1,x,hub,\nS2,y,home\nS3,z,hub,1,extra\nS4,w,home,\n,\n"
    (table,) = opened(text.encode(), "ก.csv", source())
    assert [(number, cells[0]) for number, cells in rows(table).items()] == [(2, "S1"), (5, "S4")]
    assert table.broken == [(3, "S2,y,home"), (4, "S3,z,hub,1,extra"), (6, ",")]


def test_a_comma_at_the_end_of_every_row_is_no_breakage() -> None:
    text = HEAD + "S1,x,hub,,\nS2,y,home,,\nS3,y,home\n"
    (table,) = opened(text.encode(), "ก.csv", source())
    assert [(number, cells[0]) for number, cells in rows(table).items()] == [(2, "S1"), (3, "S2")]
    assert [number for number, _ in table.broken] == [4]


@pytest.mark.parametrize("block", [110, 200, 10_000])
def test_row_numbers_hold_across_blocks_with_broken_rows_between(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "BLOCK_BYTES", block)
    monkeypatch.setattr(blocks, "BLOCK_ROWS", 5)
    lines, good, bad = [], {}, []
    for number in range(2, 202):
        if number % 7 == 0 or 90 < number < 99:
            lines.append(f"broken {number}")
            bad.append((number, f"broken {number}"))
        elif number % 11 == 0:
            lines.append("")
        else:
            lines.append(f"S{number},x,hub,")
            good[number] = f"S{number}"
    head = "รหัส,ชื่อ แหล่ง,ประเภท,วันที่เปิด\n"
    (table,) = opened((head + "\n".join(lines) + "\n").encode(), "ก.csv", source())
    read = list(table.blocks)
    assert max(len(b) for b in read) <= 5
    found = {n: b.columns["รหัส"][i].as_py() for b in read for i, n in enumerate(b.row_no.tolist())}
    assert found == good
    assert table.broken == bad


def test_a_block_is_never_longer_than_it_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK_ROWS", 3)
    cells = {"A1": "รหัส", "B1": "ชื่อ แหล่ง", "C1": "ประเภท", "D1": "วันที่เปิด"} | {f"A{i}": f"S{i}" for i in range(2, 9)}
    (table,) = opened(workbook(("ก", cells)), "ก.xlsx", source())
    assert [block.row_no.tolist() for block in table.blocks] == [[2, 3, 4], [5, 6, 7], [8]]


def test_header_only_and_header_without_a_last_line_break() -> None:
    for text in (HEAD, HEAD.strip(), HEAD + "\r\n\r\n", "ทะเบียน\n\n" + HEAD):
        (table,) = opened(text.encode(), "ก.csv", source())
        assert rows(table) == {} and table.broken == [] and table.lacking() == []


def test_line_ends_of_old_macs() -> None:
    (table,) = opened((HEAD + BODY).replace("\r\n", "\r").encode(), "ก.csv", source())
    assert [(number, cells[0]) for number, cells in rows(table).items()] == [(2, "S1"), (3, "S2")]


def test_the_first_bad_byte_is_named_under_a_pinned_encoding() -> None:
    good = (HEAD + BODY).encode("cp874")
    with pytest.raises(Unreadable) as hold:
        rows(opened(good + b"S3,\xdb\xdc,hub,\r\n", "ก.csv", source(encoding="cp874"))[0])
    assert hold.value.code == "unknown_encoding"
    assert hold.value.detail["offset"] == len(good) + 3


def test_the_first_bad_byte_is_named_where_no_encoding_fits() -> None:
    good = (HEAD + BODY).encode()
    with pytest.raises(Unreadable) as hold:
        rows(opened(good + b"S3,\xff\xfe,hub,\r\n", "ก.csv", source())[0])
    assert hold.value.code == "unknown_encoding" and hold.value.detail["offset"] == len(good) + 3


def test_a_bad_byte_far_behind_the_beginning_is_found_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "BLOCK_BYTES", 1 << 18)
    good = (HEAD + "".join(f"S{i},{'ก' * 100},hub,\r\n" for i in range(5_000))).encode()
    assert len(good) > 1 << 20
    with pytest.raises(Unreadable) as hold:
        rows(opened(good + b"S3,\xff,hub,\r\n", "ก.csv", source())[0])
    assert hold.value.code == "unknown_encoding" and hold.value.detail["offset"] == len(good) + 3


@pytest.mark.parametrize("text", ['รหัส,"ชื่อ แหล่ง\n' + "x" * 200_000, "a,b,c\n1,2,3\n", "สวัสดี\n"])
def test_a_text_without_the_declared_header_is_refused_not_an_accident(text: str) -> None:
    with pytest.raises(Unreadable) as hold:
        rows(opened(text.encode(), "ก.csv", source())[0])
    assert hold.value.code in ("header_not_found", "unclosed_quote")
