"""Other tables on a sheet are told of and never read as records; whatever only looks a little like one is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from reader_tables import opened, rows, source, workbook

from equity.sources.readers import OpenTable, texts

HEAD = ["รหัส", "ชื่อ แหล่ง", "ประเภท", "วันที่เปิด"]
MAIN = [[f"S-{n}", f"ศาลา {'กขคงจ'[n]}", "hub", "1/3/2568"] for n in range(5)]
TRAINERS = [["ชื่อวิทยากร", "ความถนัด", "เบอร์โทร"], ["สมชาย", "ทอผ้า", "0812345678"], ["สมหญิง", "ทำขนม", "0898765432"]]
BLANK: list[str] = []
Lines = list[list[str]]


def as_workbook(lines: Lines) -> tuple[bytes, str]:
    cells = {f"{chr(65 + j)}{i}": cell for i, row in enumerate(lines, 1) for j, cell in enumerate(row) if cell}
    return workbook(("แผ่นงาน", cells)), "ก.xlsx"


def as_saved_text(lines: Lines) -> tuple[bytes, str]:
    """As Excel saves a sheet as text: every row as wide as the widest."""
    width = max(map(len, lines))
    return as_typed_text([[*row, *[""] * (width - len(row))] for row in lines])


def as_typed_text(lines: Lines) -> tuple[bytes, str]:
    """As a program or a hand writes it: every row as wide as it is."""
    return "".join(",".join(row) + "\n" for row in lines).encode(), "ก.csv"


ANY_FILE = pytest.mark.parametrize("written", [as_workbook, as_saved_text, as_typed_text])
SAME_WIDTH = pytest.mark.parametrize("written", [as_workbook, as_saved_text])


def one(lines: Lines, written: Callable[[Lines], tuple[bytes, str]] = as_workbook, **table: Any) -> OpenTable:
    (found,) = opened(*written(lines), source(table))
    return found


def told(table: OpenTable) -> list[tuple[int, int, int]]:
    return [(other.row, other.column, other.rows) for other in table.beside]


@ANY_FILE
@pytest.mark.parametrize("title", [[], [["รายชื่อวิทยากร ปี 2569"]]], ids=["plain", "titled"])
def test_a_table_below_is_told_of_and_not_read(title: Lines, written: Callable[[Lines], tuple[bytes, str]]) -> None:
    table = one([HEAD, *MAIN, BLANK, *title, *TRAINERS], written)
    assert list(rows(table)) == [2, 3, 4, 5, 6] and table.broken == []
    assert told(table) == [(8 + len(title), 1, 2)]


@SAME_WIDTH
def test_its_rows_count_also_after_a_blank_one_and_what_follows_of_the_table_is_read(
    written: Callable[[Lines], tuple[bytes, str]],
) -> None:
    more = [["S-7", "ศาลา ช", "hub", "1/3/2568"], ["S-8", "ศาลา ซ", "hub", "2/3/2568"]]
    table = one([HEAD, *MAIN, BLANK, *TRAINERS, BLANK, ["สมศรี", "จักสาน"], BLANK, *more], written)
    assert list(rows(table)) == [2, 3, 4, 5, 6, 14, 15]
    assert told(table) == [(8, 1, 3)]


def test_a_table_below_that_is_declared_is_read_as_its_own() -> None:
    sender = source(
        {},
        {"record_type": "mentor_visit", "fields": {"mentor_ref": "เลขที่", "unit": "โครงการ", "visited_on": "วันที่เยี่ยม"}},
    )
    below = [["เลขที่", "โครงการ", "วันที่เยี่ยม"], ["V-1", "ทอผ้า", "1/3/2568"], ["V-2", "จักสาน", "2/3/2568"]]
    many = [
        [f"S-{n}", "ศาลา", "hub", "1/3/2568"] for n in range(80)
    ]  # further down than a header is looked for at first
    lines = [HEAD, *many, BLANK, *below]
    cells = {f"{chr(65 + j)}{i}": cell for i, row in enumerate(lines, 1) for j, cell in enumerate(row)}
    spaces, visits = opened(workbook(("แผ่นงาน", cells)), "ก.xlsx", sender)
    assert len(rows(spaces)) == 80 and list(rows(visits)) == [84, 85]
    assert told(spaces) == told(visits) == []


@SAME_WIDTH
def test_a_table_to_the_right_is_told_of_and_not_read(written: Callable[[Lines], tuple[bytes, str]]) -> None:
    side = [
        ["", *row] for row in [*TRAINERS, ["สมศรี", "จักสาน", "081"], ["สมปอง", "ปั้น", "082"], *[["ก", "ข", "083"]] * 2]
    ]
    lines = [[*left, *right] for left, right in zip([HEAD, *MAIN, ["", "", "", ""]], side, strict=True)]
    table = one(lines, written)
    assert table.headers == HEAD and list(rows(table)) == [2, 3, 4, 5, 6]
    assert told(table) == [(1, 6, 6)]


def test_a_remark_of_its_own_to_the_right_is_a_column_still() -> None:
    lines = [[*HEAD, "", "หมายเหตุ"], [*MAIN[0], "", "ย้าย"], *MAIN[1:]]
    assert one(lines).headers == [*HEAD, "หมายเหตุ"]


@SAME_WIDTH
@pytest.mark.parametrize(
    "after",
    [
        [["เอส", "ศาลา", "hub", "ไม่ทราบ"], ["S-9", "ศาลา ฌ", "hub", "1/3/2568"]],  # a faulty row before good ones
        [["เอส", "ศาลา", "hub", "ไม่ทราบ"]],  # a faulty row alone
        [HEAD, ["S-9", "ศาลา ฌ", "hub", "1/3/2568"]],  # the header printed again
        [["ตำบลแจ้ซ้อน"], ["S-9", "ศาลา ฌ", "hub", "1/3/2568"], ["S-10", "ศาลา ญ", "hub", "1/3/2568"]],  # a block's title
        [["ลงชื่อ ....................", "ผู้รายงาน"], ["(นายสมชาย ใจดี)", "ประธาน"]],
        [["รวม", "ห้าแห่ง", "เปิดแล้ว"], ["ยังไม่เปิด", "ไม่มี", "ไม่มี"]],
    ],
    ids=["faulty", "alone", "again", "block", "signed", "sum"],
)
def test_what_is_no_other_table_is_read_as_before(after: Lines, written: Callable[[Lines], tuple[bytes, str]]) -> None:
    table = one([HEAD, *MAIN, BLANK, *after], written)
    found = set(rows(table))
    assert told(table) == [] and {2, 3, 4, 5, 6} <= found
    assert {8 + i for i, row in enumerate(after) if row[0].startswith("S-")} <= found


def test_records_apart_from_each_other_are_all_read_in_no_time() -> None:
    lines = [HEAD] + [line for n in range(4_000) for line in ([f"S-{n}", "ศาลา", "hub", "ไม่ทราบ"], BLANK)]
    table = one(lines)
    assert len(rows(table)) == 4_000 and told(table) == []


def test_a_table_below_is_followed_from_block_to_block_of_a_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "BLOCK_BYTES", 4_000)
    many = [[f"S-{n}", "ศาลา", "hub", "1/3/2568"] for n in range(300)]
    others = [["สมชาย", "ทอผ้า", "วิทยากร", "ไม่มี"] for _ in range(300)]
    table = one([HEAD, *many, BLANK, ["ชื่อวิทยากร", "ความถนัด", "หน้าที่", "เบอร์โทร"], *others], as_saved_text)
    assert len(rows(table)) == 300 and told(table) == [(303, 1, 300)]


def test_rows_of_another_width_without_a_blank_row_before_them_are_broken_rows() -> None:
    table = one([HEAD, *MAIN, ["ก", "ข"], ["ค", "ง"]], as_typed_text)
    assert list(rows(table)) == [2, 3, 4, 5, 6] and [row for row, _ in table.broken] == [7, 8] and told(table) == []
