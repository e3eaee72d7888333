"""Tickets: opened with the first telling, closed by whatever brings it right, never asked twice about what is right."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
from delivery_desk import PERSON_HEADERS, Desk, person

from equity.delivery.register import Delivery
from equity.delivery.to_correct import CORRECT, MARK


def tickets(desk: Desk) -> list[tuple[str, str, str, str]]:
    rows = desk.ask("select field, code, severity, state from ops.ticket where source = {source} order by ticket_id")
    return [tuple(row.values()) for row in rows]  # type: ignore[misc]


def states(desk: Desk) -> list[str]:
    return [state for *_, state in tickets(desk)]


def test_a_wrong_cell_has_one_ticket_however_often_it_comes(desk: Desk) -> None:
    desk.send_people(person(1, income="มาก"), person(2))
    assert tickets(desk) == [("baseline_monthly_income", "number.not_a_number", "critical", "open")]
    desk.send_people(person(1, income="มาก"), person(2), person(3))
    assert states(desk) == ["open"]
    (ticket,) = desk.ask("select opened_by, closed_by, row_no from ops.ticket where source = {source}")
    first = desk.ask("select min(delivery_id) as id from ops.delivery where source = {source}")[0]["id"]
    assert (ticket["opened_by"], ticket["closed_by"], ticket["row_no"]) == (first, None, 2)


def test_a_correction_in_any_later_delivery_closes_the_ticket(desk: Desk) -> None:
    desk.send_people(person(1, income="มาก", phone="12"), person(2))
    assert sorted(states(desk)) == ["open", "open"]
    told = desk.send_people(person(1, phone="12"), person(2))
    assert {(field, state) for field, _, _, state in tickets(desk)} == {
        ("baseline_monthly_income", "corrected"), ("phone", "open"),
    }  # fmt: skip
    closed = desk.ask("select closed_by from ops.ticket where source = {source} and state = 'corrected'")
    assert closed == [{"closed_by": told.delivery_id}]


def test_a_record_that_is_gone_from_the_whole_list_takes_its_ticket_along(desk: Desk) -> None:
    desk.send_people(person(1, income="มาก"), person(2))
    desk.send_people(person(2))
    assert states(desk) == ["withdrawn"]


def test_no_value_is_kept(desk: Desk) -> None:
    desk.send_people(person(1, phone="ไม่บอกเบอร์"), person(2))
    (row,) = desk.ask("select to_jsonb(ticket)::text as whole from ops.ticket where source = {source}")
    assert "ไม่บอก" not in row["whole"] and "P-0001" not in row["whole"]


def sent_back(desk: Desk, answered: Delivery, change: Any) -> Delivery:
    """The workbook that answered a delivery comes back as one, after `change(sheet, columns)`."""
    book = openpyxl.load_workbook(io.BytesIO(desk.outbox.delivered[answered.reference]))
    sheet = next(s for s in book.worksheets if any(cell.value == PERSON_HEADERS[0] for cell in s[1]))
    change(sheet, {cell.value: cell.column for cell in sheet[1]})
    buffer = io.BytesIO()
    book.save(buffer)
    return desk.send(buffer.getvalue(), f"แก้ไข_{answered.reference}_participant.xlsx")


def test_the_workbook_itself_sent_back_corrects_and_deletes_nobody(desk: Desk) -> None:
    answered = desk.send_people(person(1, income="มาก"), person(2))

    def correct(sheet: Any, at: dict[str, int]) -> None:
        sheet.cell(2, at["รายได้"]).value = "4,200"

    back = sent_back(desk, answered, correct)
    assert back.state == "loaded" and desk.five(back) == (1, 1, 0, 0, 0)
    assert states(desk) == ["corrected"]
    assert not any(row["is_deleted"] for row in desk.raw())
    assert {row["baseline_monthly_income"] for row in desk.raw()} == {3500.0, 4200.0}


def test_what_is_called_right_is_not_asked_about_again_until_it_changes(desk: Desk) -> None:
    answered = desk.send_people(person(1, phone="12"), person(2))
    assert [(severity, state) for _, _, severity, state in tickets(desk)] == [("warning", "open")]

    def agree(sheet: Any, at: dict[str, int]) -> None:
        sheet.cell(2, at[MARK]).value = CORRECT

    sent_back(desk, answered, agree)
    assert states(desk) == ["accepted"]
    again = desk.send_people(person(1, phone="12"), person(2), person(3))
    assert states(desk) == ["accepted"] and again.reference not in desk.outbox.delivered
    changed = desk.send_people(person(1, phone="34"), person(2), person(3))
    assert states(desk) == ["accepted", "open"] and changed.reference in desk.outbox.delivered


def test_what_is_surely_wrong_cannot_be_called_right(desk: Desk) -> None:
    answered = desk.send_people(person(1, income="มาก"), person(2))

    def agree(sheet: Any, at: dict[str, int]) -> None:
        sheet.cell(2, at[MARK]).value = CORRECT

    sent_back(desk, answered, agree)
    assert states(desk) == ["open"]
