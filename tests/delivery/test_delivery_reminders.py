"""Once in a fortnight a partner gets all rows that have waited for long, and nothing else."""

from __future__ import annotations

import io
import threading
from datetime import timedelta
from typing import Any

import openpyxl
import psycopg
import pytest
from delivery_desk import NOW, SPACE, Desk, DeskMaker, person, space

from equity.delivery.reminders import FORTNIGHT, due, remind
from equity.sources.connectors import ConnectorError
from equity.warehouse.connect import connect
from equity.warehouse.server import SUPERUSER

LATER = NOW + timedelta(days=30)


class Box:
    """An outbox that keeps what it was given, by name."""

    def __init__(self) -> None:
        self.given: list[tuple[str, bytes, str]] = []
        self.fails: Exception | None = None

    def deliver(self, name: str, workbook: bytes, reference: str) -> str:
        if self.fails:
            raise self.fails
        self.given.append((name, workbook, reference))
        return f"outbox/{name}"

    @property
    def book(self) -> openpyxl.Workbook:
        """The one workbook that was delivered."""
        ((_, content, _),) = self.given
        return openpyxl.load_workbook(io.BytesIO(content))


@pytest.fixture
def box() -> Box:
    return Box()


def tell(desk: Desk) -> None:
    """Tickets of every row that waits, as loading opens them; those that loading opened are kept."""
    with psycopg.connect(desk.installation.url(SUPERUSER)) as connection:
        connection.execute(
            """insert into ops.ticket (source, record_type, record_key, field, code, severity, place, row_no, opened_by, opened_at)
            select r.source, r.record_type, r.record_key, coalesce(reason -> 'cells' ->> 0, ''), reason ->> 'code',
                reason ->> 'severity', '', r.row_no, r.delivery_id, r.known_from
            from quarantine.record r cross join lateral jsonb_array_elements(r.reasons) reason
            where r.source = %(source)s and r.corrected_by is null and not exists (
                select from ops.ticket t where t.source = r.source and t.record_type = r.record_type
                    and t.code = reason ->> 'code' and t.state = 'open'
                    and coalesce(t.record_key = r.record_key, t.row_no = r.row_no and t.opened_by = r.delivery_id))""",
            {"source": desk.source.source},
        )


def settle(desk: Desk, *, row_no: int, at: Any = NOW + timedelta(days=10)) -> None:
    """The tickets of a row are corrected."""
    with psycopg.connect(desk.installation.url(SUPERUSER)) as connection:
        connection.execute(
            """update ops.ticket set state = 'corrected', closed_by = opened_by, closed_at = %s
            where source = %s and row_no = %s and state = 'open'""",
            [at, desk.source.source, row_no],
        )


def asked(desk: Desk, now: Any = LATER) -> Any:
    with connect(desk.place.database) as connection:
        return due(connection, desk.source.source, now)


def sent(desk: Desk) -> list[dict[str, Any]]:
    return desk.ask("select sent_at, tickets, place from ops.reminder where source = {source} order by 1")


def rows_of(sheet: Any) -> list[Any]:
    """The numbers in a correction sheet's first column."""
    return [cell.value for cell in sheet["A"][1:] if cell.value is not None]


def words_of(book: openpyxl.Workbook) -> str:
    return " ".join(str(cell.value) for row in book["สรุป"].iter_rows() for cell in row if cell.value)


@pytest.fixture
def waiting(make_desk: DeskMaker) -> Desk:
    """Three rows that wait: rows 3, 4 and 5; row 2 is good."""
    desk = make_desk()
    desk.send_people(
        person(1), person(2, joined_on="เมื่อวาน"), person(3, first_name=""), person(4, joined_on="", phone="12")
    )
    tell(desk)
    return desk


def test_due_after_a_fortnight_and_not_before(waiting: Desk) -> None:
    opened = NOW + timedelta(days=1)
    assert asked(waiting, opened + FORTNIGHT) is None
    found = asked(waiting, opened + FORTNIGHT + timedelta(seconds=1))
    assert (found.tickets, found.since, found.settled) == (3, opened, 0)


def test_warnings_remind_nobody(waiting: Desk) -> None:
    with psycopg.connect(waiting.installation.url(SUPERUSER)) as connection:
        connection.execute("update ops.ticket set severity = 'warning' where source = %s", [waiting.source.source])
    assert asked(waiting) is None


def test_one_workbook_with_the_rows_that_wait(waiting: Desk, box: Box) -> None:
    settle(waiting, row_no=4)
    told = remind(waiting.place, waiting.source, LATER, box)
    ((name, _, reference),) = box.given
    assert told == f"outbox/{name}" and reference in name and name.endswith("_รวมแถวที่ยังรอ_2569-04-01.xlsx")
    book = box.book
    (sheet,) = (sheet for sheet in book if sheet.title not in ("สรุป",) and sheet.sheet_state == "visible")
    assert rows_of(sheet) == [3, 5], "row 2 was good, row 4 is corrected"
    said = words_of(book)
    assert "ขอบคุณที่ร่วมส่งข้อมูลมาโดยตลอด ตั้งแต่วันที่ 3 มีนาคม 2569 ท่านช่วยทำให้เรียบร้อยแล้ว 1 จุด" in said
    assert "ทั้งหมด 2 แถว" in said and "participant_1.csv" in said
    assert sent(waiting) == [{"sent_at": LATER, "tickets": 2, "place": told}]


def test_of_a_row_only_what_is_still_open_is_said(waiting: Desk, box: Box) -> None:
    with psycopg.connect(waiting.installation.url(SUPERUSER)) as connection:
        connection.execute(
            "delete from ops.ticket where source = %s and row_no = 5 and severity = 'warning'", [waiting.source.source]
        )
    remind(waiting.place, waiting.source, LATER, box)
    said = words_of(box.book)
    assert "วันที่เข้าร่วม" in said and "โทรศัพท์" not in said


def test_a_warning_on_a_row_that_waits_comes_along(waiting: Desk, box: Box) -> None:
    remind(waiting.place, waiting.source, LATER, box)
    assert "โทรศัพท์" in words_of(box.book)


def test_once_in_a_fortnight(waiting: Desk, box: Box) -> None:
    assert remind(waiting.place, waiting.source, LATER, box)
    for days in (0, 1, 13):
        assert remind(waiting.place, waiting.source, LATER + timedelta(days=days), box) is None
    assert remind(waiting.place, waiting.source, LATER - timedelta(days=5), box) is None, "an old night played again"
    assert remind(waiting.place, waiting.source, LATER + FORTNIGHT, box)
    assert len(box.given) == len(sent(waiting)) == 2


def test_what_was_not_delivered_was_not_sent(waiting: Desk, box: Box) -> None:
    box.fails = ConnectorError("connection out: nobody there")
    with pytest.raises(ConnectorError):
        remind(waiting.place, waiting.source, LATER, box)
    assert sent(waiting) == []
    box.fails = None
    assert remind(waiting.place, waiting.source, LATER + timedelta(days=1), box)
    assert len(sent(waiting)) == 1


def test_two_workers_send_one(waiting: Desk, box: Box) -> None:
    told: list[str | None] = []
    workers = [
        threading.Thread(target=lambda: told.append(remind(waiting.place, waiting.source, LATER, box)))
        for _ in range(2)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(bool(t) for t in told) == [False, True]
    assert len(box.given) == 1


def test_without_an_outbox_nothing_is_sent(waiting: Desk) -> None:
    assert remind(waiting.place, waiting.source, LATER, None) is None
    assert sent(waiting) == []


def test_nothing_open_nothing_sent(desk: Desk, box: Box) -> None:
    desk.send_people(person(1))
    assert remind(desk.place, desk.source, LATER, box) is None
    assert box.given == []


def test_rows_of_several_deliveries_say_whose_they_are(make_desk: DeskMaker, box: Box) -> None:
    desk = make_desk(SPACE)
    first = desk.send_spaces(space(1), space(2, kind="อะไร"))
    second = desk.send_spaces(space(3, name=""), space(4))
    tell(desk)
    remind(desk.place, desk.source, LATER, box)
    book = box.book
    sheets = [sheet for sheet in book if sheet.title != "สรุป" and sheet.sheet_state == "visible"]
    assert [sheet.title.split()[0] for sheet in sheets] == [first.reference, second.reference]
    assert [rows_of(sheet) for sheet in sheets] == [[3], [2]]
    assert box.given[0][2] == second.reference
    assert f"{first.reference} คือ space_1.csv, {second.reference} คือ space_2.csv" in words_of(book)


def test_a_row_that_came_again_is_taken_from_where_it_came_last(make_desk: DeskMaker, box: Box) -> None:
    desk = make_desk(SPACE)
    desk.send_spaces(space(1), space(2, kind="อะไร"))
    tell(desk)
    again = desk.send_spaces(space(2, kind="นั่นไง"))
    with psycopg.connect(desk.installation.url(SUPERUSER)) as connection:  # as the book of tickets does
        connection.execute("update ops.ticket set row_no = 2 where source = %s", [desk.source.source])
    remind(desk.place, desk.source, LATER, box)
    (sheet,) = (sheet for sheet in box.book if sheet.title != "สรุป" and sheet.sheet_state == "visible")
    assert rows_of(sheet) == [2]
    assert "นั่นไง" in {cell.value for cell in sheet[2]}
    assert box.given[0][2] == again.reference


def test_a_line_that_could_not_be_cut_is_found_again(make_desk: DeskMaker, box: Box) -> None:
    desk = make_desk(SPACE)
    desk.send("รหัส,ชื่อแหล่ง,ประเภท,วันที่เปิด\nS-1,ศาลา,hub,\nS-2,ศาลา,hub,,,,x\n".encode(), "space_1.csv")
    tell(desk)
    assert asked(desk).tickets == 1
    remind(desk.place, desk.source, LATER, box)
    (sheet,) = (sheet for sheet in box.book if sheet.title != "สรุป" and sheet.sheet_state == "visible")
    assert rows_of(sheet) == [3]


def test_a_reminder_may_be_sent_back_as_any_workbook(waiting: Desk, box: Box) -> None:
    remind(waiting.place, waiting.source, LATER, box)
    book = box.book
    sheet = next(sheet for sheet in book if sheet.title != "สรุป" and sheet.sheet_state == "visible")
    heads = [str(cell.value).replace("\n", "") for cell in sheet[1]]
    (at,) = (row for row in range(2, sheet.max_row + 1) if sheet.cell(row, 1).value == 3)
    sheet.cell(at, heads.index("เข้าร่วม") + 1).value = "1/6/2568"
    changed = io.BytesIO()
    book.save(changed)
    came_back = waiting.send(changed.getvalue(), box.given[0][0])
    assert came_back.state == "loaded"
    assert waiting.five(came_back) == (1, 1, 0, 0, 0)


def test_a_delivery_that_cannot_be_read_again_keeps_no_other_back(make_desk: DeskMaker, box: Box, caplog: Any) -> None:
    desk = make_desk(SPACE)
    first = desk.send_spaces(space(2, kind="อะไร"))
    desk.send_spaces(space(3, name=""))
    tell(desk)
    from upath import UPath

    (UPath(desk.place.landing) / first.landing_path).unlink()
    assert remind(desk.place, desk.source, LATER, box)
    (sheet,) = (sheet for sheet in box.book if sheet.title != "สรุป" and sheet.sheet_state == "visible")
    assert rows_of(sheet) == [2]
    assert first.reference in caplog.text


def test_when_no_row_is_found_again_nothing_is_sent_and_the_log_says_so(
    make_desk: DeskMaker, box: Box, caplog: Any
) -> None:
    desk = make_desk(SPACE)
    first = desk.send_spaces(space(2, kind="อะไร", name=""))
    tell(desk)
    from upath import UPath

    (UPath(desk.place.landing) / first.landing_path).unlink()
    assert remind(desk.place, desk.source, LATER, box) is None
    assert box.given == sent(desk) == []
    assert "none of their rows was found again" in caplog.text
