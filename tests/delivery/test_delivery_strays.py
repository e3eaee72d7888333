"""Rows without a readable key keep one ticket while they come again, and close it with whatever brings them right."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from delivery_desk import LEAN, NOW, PERSON_HEADERS, SPACE_HEADERS, Desk, DeskMaker, Outbox, person, space, table

from equity.delivery.register import Delivery
from equity.delivery.reminders import remind

NAMELESS = ""


def tickets(desk: Desk) -> list[tuple[str, str, int, int]]:
    """Code, state, row and the number of the delivery (the first is 1) that opened each ticket."""
    rows = desk.ask(
        """select code, state, row_no, opened_by - (select min(delivery_id) from ops.delivery where source = {source}) + 1 as nth
        from ops.ticket where source = {source} order by ticket_id"""
    )
    return [(row["code"], row["state"], row["row_no"], row["nth"]) for row in rows]


def states(desk: Desk) -> list[str]:
    return [state for _, state, *_ in tickets(desk)]


MISSING = "partner_person_ref.missing"
REF = "space_ref.missing"


def test_the_same_row_in_the_next_list_keeps_its_ticket_and_its_age(desk: Desk) -> None:
    desk.send_people(person(1, ref=NAMELESS), person(2))
    assert tickets(desk) == [(MISSING, "open", 2, 1)]
    desk.send_people(person(3), person(2), person(1, ref=NAMELESS))
    assert tickets(desk) == [(MISSING, "open", 4, 1)]
    desk.send_people(person(3), person(2), person(1, ref=NAMELESS, phone="0899999999"))
    assert tickets(desk) == [(MISSING, "open", 4, 1)]


def test_what_comes_with_its_key_is_corrected_and_what_is_gone_is_withdrawn(desk: Desk) -> None:
    desk.send_people(person(1, ref=NAMELESS), person(2), person(3, ref=NAMELESS))
    desk.send_people(person(4), person(1), person(2))
    assert sorted(states(desk)) == ["corrected", "withdrawn"]
    assert {row: state for _, state, row, _ in tickets(desk)} == {2: "corrected", 4: "withdrawn"}


def held(desk: Desk) -> list[tuple[int, int, int | None]]:
    """Of each row held the number of its delivery, its row, and the number of the delivery that settled it."""
    rows = desk.ask(
        """select delivery_id - first as nth, row_no, corrected_by - first as by
        from quarantine.record, (select min(delivery_id) - 1 as first from ops.delivery where source = {source}) as f
        where source = {source} order by quarantine_id"""
    )
    return [(row["nth"], row["row_no"], row["by"]) for row in rows]


def test_a_row_held_waits_no_longer_when_it_is_held_again_or_comes_with_its_key(desk: Desk) -> None:
    desk.send_people(person(1, ref=NAMELESS), person(2), person(3, ref=NAMELESS))
    desk.send_people(person(2), person(1, ref=NAMELESS), person(3, ref=NAMELESS))
    assert held(desk) == [(1, 2, 2), (1, 4, 2), (2, 3, None), (2, 4, None)]
    desk.send_people(person(2), person(1), person(3, ref=NAMELESS))
    assert held(desk) == [(1, 2, 2), (1, 4, 2), (2, 3, 3), (2, 4, 3), (3, 4, None)]


def test_a_row_that_moves_up_into_the_place_of_a_stray_does_not_correct_it(desk: Desk) -> None:
    desk.send_people(person(1, ref=NAMELESS), person(2), person(3))
    desk.send_people(person(2), person(3))
    assert states(desk) == ["withdrawn"]


def test_at_its_place_a_row_is_known_though_more_was_changed(desk: Desk) -> None:
    desk.send_people(person(1, ref=NAMELESS), person(2))
    desk.send_people(person(1, phone="0812345678"), person(2))
    assert states(desk) == ["corrected"]


def test_rows_that_are_alike_have_a_ticket_each(desk: Desk) -> None:
    alike = person(1, ref=NAMELESS)
    desk.send_people(alike, alike, person(2))
    desk.send_people(alike, alike, person(2), person(3))
    assert states(desk) == ["open", "open"]
    desk.send_people(alike, person(2), person(3), person(1))
    assert sorted(states(desk)) == ["corrected", "open"]


def test_a_fault_beside_the_missing_key_is_followed_too(desk: Desk) -> None:
    desk.send_people(person(1, ref=NAMELESS, income="มาก"), person(2))
    assert states(desk) == ["open", "open"]
    desk.send_people(person(1, income="มาก"), person(2))
    assert {code: (state, nth) for code, state, _, nth in tickets(desk)} == {
        MISSING: ("corrected", 1), "number.not_a_number": ("open", 1),
    }  # fmt: skip
    desk.send_people(person(1), person(2))
    assert states(desk) == ["corrected", "corrected"]


def test_one_of_two_faults_corrected_closes_one(desk: Desk) -> None:
    desk.send_people(person(1, ref=NAMELESS, income="มาก"), person(2))
    desk.send_people(person(2), person(1, ref=NAMELESS))
    assert {code: (state, nth) for code, state, _, nth in tickets(desk)} == {
        MISSING: ("open", 1), "number.not_a_number": ("corrected", 1),
    }  # fmt: skip


def test_changes_close_it_with_a_good_row_for_the_same_thing(desk: Desk) -> None:
    desk.send_spaces(["", "ศาลากลางบ้าน", "hub", ""], space(2))
    assert tickets(desk) == [(REF, "open", 2, 1)]
    desk.send_spaces(space(3), space(2))  # nothing of it
    desk.send_spaces(space(4), ["", "ศาลากลางบ้าน", "hub", ""])  # again
    assert tickets(desk) == [(REF, "open", 3, 1)]
    told = desk.send_spaces(["S-0077", "ศาลากลางบ้าน", "hub", ""])
    assert states(desk) == ["corrected"]
    assert desk.ask("select closed_by from ops.ticket where source = {source}") == [{"closed_by": told.delivery_id}]


def test_changes_close_it_though_another_cell_was_wrong_too(desk: Desk) -> None:
    desk.send_spaces(["", "ศาลากลางบ้าน", "ไม่ทราบ", ""])
    assert len(states(desk)) == 2
    desk.send_spaces(["S-0077", "ศาลากลางบ้าน", "hub", ""])
    assert states(desk) == ["corrected", "corrected"]


def test_a_row_that_is_alike_and_was_there_before_corrects_nothing(desk: Desk) -> None:
    desk.send_spaces(space(1), space(2))
    desk.send_spaces(["", *space(1)[1:]], space(3, name="อื่น"))
    desk.send_spaces(space(1), space(2), space(3, name="อื่น"), space(5, name="ใหม่"))
    assert states(desk) == ["open"]  # it may be another place of that name
    desk.send_spaces(space(6))
    assert states(desk) == ["corrected"]


def test_what_may_be_said_of_many_corrects_nothing_by_itself(make_desk: DeskMaker) -> None:
    desk = make_desk(
        {
            "record_type": "attendance", "files": "attendance*", "sends": "changes",
            "fields": {"activity_ref": "กิจกรรม", "partner_person_ref": "รหัส", "hours": "ชั่วโมง"},
        }
    )  # fmt: skip
    headers = ["กิจกรรม", "รหัส", "ชั่วโมง"]
    desk.send(table(headers, [["A-1", "", "2"]]), "attendance_1.csv")
    desk.send(table(headers, [["A-1", "P-9", "2"]]), "attendance_2.csv")  # somebody else, or the same: who knows
    desk.send(table(headers, [["A-1", "", "2"], ["A-1", "P-7", "3"]]), "attendance_3.csv")
    assert states(desk) == ["open", "open"]


def returned(desk: Desk, answered: Delivery, **cells: str) -> Delivery:
    """The workbook that answered a delivery comes back with other cells in its first row."""
    book = openpyxl.load_workbook(io.BytesIO(desk.outbox.delivered[answered.reference]))
    sheet: Any = next(s for s in book.worksheets if any(cell.value == SPACE_HEADERS[0] for cell in s[1]))
    at = {cell.value: cell.column for cell in sheet[1]}
    for header, value in cells.items():
        sheet.cell(2, at[header]).value = value
    buffer = io.BytesIO()
    book.save(buffer)
    return desk.send(buffer.getvalue(), f"space_{answered.reference}.xlsx")


def test_a_returned_workbook_says_which_row_it_answers(desk: Desk) -> None:
    answered = desk.send_spaces(space(1), ["", "ศาลา ก", "hub", ""], ["", "ศาลา ข", "hub", ""])
    returned(desk, answered, รหัส="S-0100", ชื่อแหล่ง="ศาลาประชาคม")
    assert {row: state for _, state, row, _ in tickets(desk)} == {3: "corrected", 4: "open"}


@pytest.fixture
def broken_desk(make_desk: DeskMaker) -> Desk:
    return make_desk(LEAN)


def test_a_broken_line_keeps_its_ticket_until_it_is_whole(broken_desk: Desk) -> None:
    desk = broken_desk
    good, broken = [person(n) for n in range(1, 4)], "P-0009,one,two"
    lines = table(PERSON_HEADERS, good)
    desk.send(lines + broken.encode() + b"\r\n")
    assert tickets(desk) == [("row.broken", "open", 5, 1)]
    head, *rest = lines.decode().splitlines()
    desk.send("\r\n".join([head, broken, *rest]).encode())
    assert tickets(desk) == [("row.broken", "open", 2, 1)]
    desk.send_people(person(9), *good)
    assert states(desk) == ["corrected"]


def test_a_reminder_finds_a_stray_in_the_list_that_brought_it_last(desk: Desk) -> None:
    desk.send_people(person(1, ref=NAMELESS), person(2))
    last = desk.send_people(person(2), person(3), person(1, ref=NAMELESS))
    box = Outbox()
    told = remind(desk.place, desk.source, NOW + timedelta(days=30), box)
    assert told and last.reference in told
    book = openpyxl.load_workbook(io.BytesIO(box.delivered[last.reference]))
    (sheet,) = [s for s in book.worksheets if any(cell.value == PERSON_HEADERS[0] for cell in s[1])]
    assert [cell.value for cell in sheet["A"][1:]] == [4]


def test_a_reminder_of_several_files_says_which_row_of_which_file_it_answers(desk: Desk) -> None:
    """Row 2 of both files is a stray; only the first one's is corrected, with another name too."""
    first = desk.send_spaces(["", "ศาลา ก", "hub", ""])
    second = desk.send_spaces(["", "ศาลา ข", "hub", ""])
    box = Outbox()
    remind(desk.place, desk.source, NOW + timedelta(days=30), box)
    book = openpyxl.load_workbook(io.BytesIO(box.delivered[second.reference]))
    (sheet,) = [s for s in book.worksheets if s.title.startswith(first.reference)]
    at = {cell.value: cell.column for cell in sheet[1]}
    sheet.cell(2, at["รหัส"]).value, sheet.cell(2, at["ชื่อแหล่ง"]).value = "S-0100", "ศาลาประชาคม"
    buffer = io.BytesIO()
    book.save(buffer)
    back = desk.send(buffer.getvalue(), "space_back.xlsx")
    told = desk.ask("select opened_by, state, closed_by from ops.ticket where source = {source} order by 1")
    assert told == [
        {"opened_by": first.delivery_id, "state": "corrected", "closed_by": back.delivery_id},
        {"opened_by": second.delivery_id, "state": "open", "closed_by": None},
    ]
