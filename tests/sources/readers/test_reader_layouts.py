"""Tables as offices lay them out: merged cells, headers of several rows, values above blocks, several sheets as one."""

from __future__ import annotations

from typing import Any

import pytest
from reader_tables import FIELDS, opened, rows, source, workbook

from equity.sources.readers import OpenTable, Unreadable

HEAD = {"A1": "รหัส", "B1": "ชื่อ แหล่ง", "C1": "ประเภท", "D1": "วันที่เปิด"}


def one(cells: dict[str, Any], **table: Any) -> OpenTable:
    (found,) = opened(workbook(("แผ่นงาน", cells)), "ก.xlsx", source(table))
    return found


# --- merged cells


@pytest.mark.parametrize("shift", ["A", "C"])
def test_a_cell_merged_over_several_rows_stands_in_each_of_them(shift: str) -> None:
    """Also where the table begins in column C: a reader counts columns from the first that holds something."""
    a, b, c, d = (chr(ord(shift) + i) for i in range(4))
    cells = {
        f"{a}1": "รหัส", f"{b}1": "ชื่อ แหล่ง", f"{c}1": "ประเภท", f"{d}1": "วันที่เปิด",
        f"{a}2:{a}4": "S1", f"{b}2": "x", f"{b}3": "y", f"{b}4": "z", f"{c}2:{c}3": "hub", f"{c}4": "home",
        f"{a}5": "S2", f"{b}5": "w",
    }  # fmt: skip
    assert [row[:3] for row in rows(one(cells)).values()] == [
        ["S1", "x", "hub"], ["S1", "y", "hub"], ["S1", "z", "home"], ["S2", "w", None],
    ]  # fmt: skip


def test_a_merged_cell_makes_no_records_of_rows_that_are_empty_otherwise() -> None:
    cells = HEAD | {"A2": "S1", "B2": "x", "A3": "S2", "B3": "y", "D3:D6": "หมายเหตุ"}
    assert list(rows(one(cells))) == [2, 3]


def test_a_cell_merged_over_rows_and_columns_fills_its_first_column() -> None:
    cells = HEAD | {"A2:B3": "S1", "C2": "hub", "C3": "home"}
    assert list(rows(one(cells)).values()) == [["S1", None, "hub", None], ["S1", None, "home", None]]


def test_thousands_of_merged_cells_are_filled_at_once() -> None:
    cells: dict[str, Any] = dict(HEAD)
    for i in range(2, 4_000, 2):
        cells |= {f"A{i}:A{i + 1}": f"S{i}", f"B{i}": "x", f"B{i + 1}": "y"}
    found = rows(one(cells))
    assert len(found) == 3_998 and found[3_999][0] == "S3998"


# --- headers


def test_a_header_of_three_rows() -> None:
    cells = {
        "A1": "ทะเบียน",
        "A2:A4": "รหัส", "B2:D2": "ข้อมูลแหล่ง", "B3:B4": "ชื่อ แหล่ง", "C3:D3": "รายละเอียด", "C4": "ประเภท", "D4": "วันที่เปิด",
        "A5": "S1", "B5": "ศาลา", "C5": "hub", "D5": "2567",
    }  # fmt: skip
    deep = {"name": "ข้อมูลแหล่ง / ชื่อ แหล่ง", "kind": "ข้อมูลแหล่ง / รายละเอียด / ประเภท",
            "opened_on": "ข้อมูลแหล่ง / รายละเอียด / วันที่เปิด"}  # fmt: skip
    found = one(cells, header={"rows": 3}, fields=FIELDS | deep)
    assert found.headers == ["รหัส", *deep.values()]
    assert rows(found) == {5: ["S1", "ศาลา", "hub", "2567"]}


def test_the_last_row_of_a_header_alone_names_a_column_that_the_spec_knows() -> None:
    cells = {"A1": "รหัส", "B1": "ข้อมูล", "B2": "ชื่อ แหล่ง", "C2": "ประเภท", "D2": "วันที่เปิด", "A3": "S1", "B3": "x"}
    assert one(cells, header={"rows": 2}).headers == ["รหัส", "ชื่อ แหล่ง", "ประเภท", "วันที่เปิด"]


def test_a_header_merged_over_several_columns_numbers_those_that_hold_something() -> None:
    cells = {
        "A1": "รหัส", "B1:D1": "ชื่อ แหล่ง", "E1": "ประเภท", "F1": "วันที่เปิด",
        "A2": "S1", "B2": "ศาลา", "C2": "กลาง", "E2": "hub",
    }  # fmt: skip
    found = one(cells, fields=FIELDS | {"name": {"join": ["ชื่อ แหล่ง", "ชื่อ แหล่ง (2)"]}})
    assert found.headers == ["รหัส", "ชื่อ แหล่ง", "ชื่อ แหล่ง (2)", "ประเภท", "วันที่เปิด"]
    assert rows(found)[2][:3] == ["S1", "ศาลา", "กลาง"]


def test_columns_without_a_name() -> None:
    cells = HEAD | {
        "B1": "รหัส",
        "A1": None,
        "C1": "ชื่อ แหล่ง",
        "D1": "ประเภท",
        "E1": "วันที่เปิด",
        "A2": "1",
        "B2": "S1",
        "F2": "?",
    }
    found = one({place: value for place, value in cells.items() if value})
    assert found.headers == ["(1)", "รหัส", "ชื่อ แหล่ง", "ประเภท", "วันที่เปิด", "วันที่เปิด (2)"]
    assert found.unknown() == ["(1)", "วันที่เปิด (2)"] and rows(found) == {2: ["1", "S1", None, None, None, "?"]}


def test_a_header_printed_again_inside_the_data_is_no_record() -> None:
    cells = dict(HEAD) | {"A2": "S1", "B2": "x", "A3": "S2", "B3": "y"}
    cells |= {f"{column}4": HEAD[f"{column}1"] for column in "ABCD"} | {"A5": "S3", "B5": "ชื่อ แหล่ง"}
    assert list(rows(one(cells))) == [2, 3, 5]


def test_a_total_is_one_however_many_sums_follow() -> None:
    cells = dict(HEAD) | {"A2": "S1", "B2": "x", "C2": "hub", "D2": "1/2/2568"}
    cells |= {"A3": "รวมทั้งสิ้น", "B3": "60 กลุ่ม", "C3": "-", "D3": "3,000"}
    cells |= {"A4": "รวม", "B4": "ศูนย์รวมใจ", "C4": "hub", "D4": "1/2/2568"}  # a space that is called so
    assert list(rows(one(cells, skip=["subtotals"]))) == [2, 4]
    assert list(rows(one(cells))) == [2, 3, 4], "a spec that does not skip them reads all"


# --- values that stand once over their rows


def test_a_value_above_its_block_and_one_in_the_title() -> None:
    cells = {
        "A1": "ทะเบียนแหล่งเรียนรู้ ประเภท: hub", "A2": "รหัส", "B2": "ชื่อ แหล่ง", "A3": "เปิดเมื่อ 1/2/2568", "A4": "S1", "B4": "x",
        "A5": "S2", "B5": "y", "A6": "เปิดเมื่อ", "B6": "3/4/2568", "A7": "S3", "B7": "z",
    }  # fmt: skip
    fields = {"space_ref": "รหัส", "name": "ชื่อ แหล่ง", "kind": {"above": "ประเภท"}, "opened_on": {"above": "เปิดเมื่อ"}}
    found = one(cells, fields=fields)
    assert found.lacking() == [] and found.unknown() == []
    at = [found.headers.index(header) for header in ("รหัส", "ประเภท", "เปิดเมื่อ")]
    assert {n: [row[i] for i in at] for n, row in rows(found).items()} == {
        4: ["S1", "hub", "1/2/2568"], 5: ["S2", "hub", "1/2/2568"], 7: ["S3", "hub", "3/4/2568"],
    }  # fmt: skip


def test_any_line_of_one_cell_above_its_block() -> None:
    cells = {
        "A1": "รหัส", "B1": "ชื่อ แหล่ง", "C1": "วันที่เปิด", "A2": "ศูนย์กลาง", "A3": "S1", "B3": "x", "C3": "2567", "A4": "บ้าน", "A5": "S2",
        "B5": "y", "C5": "2568", "A6": "S3", "B6": "z",
    }  # fmt: skip
    found = one(cells, fields=FIELDS | {"kind": {"above": "*"}})
    at = [found.headers.index(header) for header in ("รหัส", "*")]
    assert [[row[i] for i in at] for row in rows(found).values()] == [["S1", "ศูนย์กลาง"], ["S2", "บ้าน"], ["S3", "บ้าน"]]


def test_an_empty_cell_that_means_the_one_above_it() -> None:
    cells = HEAD | {"A2": "S1", "C2": "hub", "A3": "S2", "A4": "รวม", "B4": "2", "A5": "S3", "C5": "home", "A6": "S4"}
    found = rows(one(cells, fill=["ประเภท"], skip=["subtotals"]))
    assert {n: row[2] for n, row in found.items()} == {2: "hub", 3: "hub", 5: "home", 6: "home"}


@pytest.mark.parametrize("kind", ["csv", "xlsx", "html"])
def test_the_same_layout_reads_the_same_in_every_format(kind: str) -> None:
    lines = [
        ["ทะเบียน"],
        ["รหัส", "ชื่อ แหล่ง", "ประเภท"],
        ["เปิดเมื่อ 1/2/2568"],
        ["S1", "x", "hub"],
        ["S2", "y", ""],
        ["รวม", "2"],
    ]
    spec = source({"fields": FIELDS | {"opened_on": {"above": "เปิดเมื่อ"}}, "fill": "ประเภท", "skip": ["subtotals"]})
    if kind == "xlsx":
        cells = {f"{'ABC'[j]}{i}": cell for i, line in enumerate(lines, 1) for j, cell in enumerate(line) if cell}
        data = workbook(("ก", cells))
    elif kind == "csv":
        data = "\n".join(",".join(line) for line in lines).encode()
    else:
        data = ("<table>" + "".join("<tr><td>" + "<td>".join(line) for line in lines) + "</table>").encode()
    found = rows(opened(data, "ก.x", spec)[0])
    assert {n: row[:3] for n, row in found.items()} == {4: ["S1", "x", "hub"], 5: ["S2", "y", "hub"]}
    assert all("1/2/2568" in row for row in found.values())


# --- several sheets


def test_several_sheets_are_one_table_and_rows_keep_sheet_and_number() -> None:
    first = {"A1": "หมู่ 1", "A3": "รหัส", "B3": "ชื่อ แหล่ง", "C3": "ประเภท", "D3": "วันที่เปิด", "A4": "S1"}
    second = {
        "A1": "ประเภท",
        "B1": "รหัส",
        "C1": "ชื่อ แหล่ง",
        "D1": "วันที่เปิด",
        "E1": "หมายเหตุ",
        "B2": "S2",
        "E2": "x",
        "B3": "S3",
    }
    data = workbook(("หมู่ 1", first), ("สรุป", {"A1": "รวม 3"}), ("หมู่ 2", second), ("แหล่งอื่น", HEAD | {"A2": "S9"}))
    (found,) = opened(data, "ก.xlsx", source({"sheet": ["หมู่*", "สรุป"], "every_sheet": True}))
    assert found.headers == ["รหัส", "ชื่อ แหล่ง", "ประเภท", "วันที่เปิด", "หมายเหตุ"] and found.place == "หมู่ 1, หมู่ 2"
    read = [(b.place, b.row_no.tolist(), b.columns["รหัส"].to_pylist()) for b in found.blocks]
    assert read == [("หมู่ 1", [4], ["S1"]), ("หมู่ 2", [2, 3], ["S2", "S3"])]


def test_a_cover_sheet_before_the_table_is_passed_over() -> None:
    data = workbook(
        ("ปก", {"A1": "รายงานประจำปี", "B2": "เทศบาล"}), ("ข้อมูล", HEAD | {"A2": "S1"}), ("ข้อมูล 2", HEAD | {"A2": "S2"})
    )
    (found,) = opened(data, "ก.xlsx", source())
    assert found.place == "ข้อมูล" and list(rows(found)) == [2]


def test_no_sheet_has_the_header_and_the_first_is_named() -> None:
    data = workbook(("ปก", {"A1": "รายงาน"}), ("ข้อมูล", {"A1": "x", "B1": "y"}))
    with pytest.raises(Unreadable) as hold:
        opened(data, "ก.xlsx", source())
    assert hold.value.code == "header_not_found" and hold.value.detail["place"] == "ปก"
