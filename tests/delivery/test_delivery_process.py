"""A delivery from landing to answer: what is held, what a killed run leaves, how far a pull has come."""

from __future__ import annotations

import io
import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import openpyxl
import pytest
from delivery_desk import LEAN, NOW, PERSON_HEADERS, SPACE, SPACE_HEADERS, Desk, DeskMaker, Pulls, person, space, table

from equity.delivery import examine as examine_module
from equity.delivery import process as process_module
from equity.delivery import register
from equity.delivery.holds import HOLDS, sentence
from equity.delivery.to_correct import CORRECT, MARK
from equity.delivery.workbook import workbook_name
from equity.warehouse.connect import connect


def workbook(*sheets: tuple[str, list[str], list[list[str]]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, headers, rows in sheets:
        sheet = book.create_sheet(title)
        for row in (headers, *rows):
            sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def nothing_left(desk: Desk, delivery_id: int) -> None:
    """A held delivery has no row anywhere, only its reason."""
    for relation in ("raw.participant", "raw.learning_space", "vault.person", "quarantine.record"):
        assert desk.ask(f"select count(*) from {relation} where delivery_id = %s", delivery_id) == [{"count": 0}], (
            relation
        )
    for relation in ("delivery_table", "delivery_finding", "watermark"):
        assert desk.ask(f"select count(*) from ops.{relation} where delivery_id = %s", delivery_id) == [{"count": 0}]


# --- held


def test_a_snapshot_that_collapsed_is_held_and_the_rest_goes_on(make_desk: DeskMaker) -> None:
    desk = make_desk(LEAN | {"hold_if_rows_fall_below": "60%"}, SPACE)
    desk.send_people(*(person(i) for i in range(10)))
    desk.put("participant_2.csv", table(PERSON_HEADERS, [person(i, income="1") for i in range(5)]))
    desk.put("space_2.csv", table(SPACE_HEADERS, [space(1)]))
    held, fine = (desk.process(delivery_id) for delivery_id in desk.discover())
    assert (held.state, held.hold_code, fine.state) == ("held", "rows_collapsed", "loaded")
    assert held.hold_detail == {"rows": 5, "before": 10, "place": ""}
    nothing_left(desk, held.delivery_id)
    assert len(desk.raw()) == 10 and not any(row["is_deleted"] for row in desk.raw())
    assert held.answered_at is not None and held.reference in desk.outbox.delivered
    summary = openpyxl.load_workbook(io.BytesIO(desk.outbox.delivered[held.reference])).active
    words = [str(cell.value) for row in summary.iter_rows() for cell in row if cell.value]
    assert any("5 แถว จากเดิม 10 แถว" in word for word in words)


@pytest.mark.parametrize(("rows", "state"), [(6, "loaded"), (5, "held")])
def test_the_guard_is_the_share_of_the_last_snapshot_that_loaded(make_desk: DeskMaker, rows: int, state: str) -> None:
    desk = make_desk(LEAN | {"hold_if_rows_fall_below": "60%"})
    desk.send_people(*(person(i) for i in range(10)))
    assert desk.send_people(*(person(i) for i in range(3))).state == "held"
    assert desk.send_people(*(person(i, income="2") for i in range(rows))).state == state, "the held one does not count"


def test_wrong_rows_count_for_the_guard(make_desk: DeskMaker) -> None:
    """A snapshot full of mistakes has not shrunk."""
    desk = make_desk(LEAN | {"hold_if_rows_fall_below": "60%"})
    desk.send_people(*(person(i) for i in range(5)))
    delivery = desk.send_people(person(0), *(person(i, project_ref="") for i in range(1, 5)))
    assert delivery.state == "loaded" and desk.five(delivery) == (5, 0, 1, 0, 4)


def test_an_empty_snapshot_with_a_guard_is_held(make_desk: DeskMaker) -> None:
    desk = make_desk(LEAN | {"hold_if_rows_fall_below": "60%"})
    desk.send_people(person(1))
    delivery = desk.send_people()
    assert (delivery.state, delivery.hold_code) == ("held", "rows_collapsed")


def test_a_first_snapshot_is_not_held_against_anything(make_desk: DeskMaker) -> None:
    assert make_desk(LEAN | {"hold_if_rows_fall_below": "60%"}).send_people(person(1)).state == "loaded"


@pytest.mark.parametrize(
    ("readable", "unreadable", "state"), [(4, 6, "held"), (5, 5, "loaded"), (0, 9, "loaded"), (4, 5, "loaded")]
)
def test_a_column_that_changed_its_type_is_held(desk: Desk, readable: int, unreadable: int, state: str) -> None:
    """More than half unreadable, of ten cells at least."""
    rows = [person(i) for i in range(readable)] + [person(100 + i, joined_on="สีแดง") for i in range(unreadable)]
    delivery = desk.send_people(*rows)
    assert delivery.state == state
    if state == "held":
        assert delivery.hold_code == "type_changed" and delivery.hold_detail == {"columns": ["เข้าร่วม"], "share": 60}
        nothing_left(desk, delivery.delivery_id)
    else:
        assert desk.five(delivery)[4] == unreadable


def test_a_missing_required_column_is_held_by_its_header(desk: Desk) -> None:
    at = PERSON_HEADERS.index("เข้าร่วม")
    rows = [row[:at] + row[at + 1 :] for row in (PERSON_HEADERS, person(1), person(2))]
    delivery = desk.send(table(rows[0], rows[1:]))
    assert (delivery.state, delivery.hold_code) == ("held", "missing_column")
    assert delivery.hold_detail == {"place": "participant", "columns": ["เข้าร่วม"]}
    nothing_left(desk, delivery.delivery_id)
    assert "เข้าร่วม" in sentence("missing_column", delivery.hold_detail)


def test_a_missing_column_that_is_not_required_is_noted_and_an_unknown_one_too(desk: Desk) -> None:
    at = PERSON_HEADERS.index("รายได้")
    headers = [*PERSON_HEADERS[:at], "รายได้ใหม่", *PERSON_HEADERS[at + 1 :]]
    delivery = desk.send(table(headers, [person(1)]))
    assert delivery.state == "loaded" and desk.five(delivery) == (1, 1, 0, 0, 0)
    (row,) = desk.ask("select notes from ops.delivery where delivery_id = %s", delivery.delivery_id)
    assert row["notes"] == {
        "unknown_columns": {"participant": ["รายได้ใหม่"]},
        "columns_not_sent": {"participant": ["baseline_monthly_income"]},
    }


def test_one_bad_table_holds_the_whole_workbook(make_desk: DeskMaker) -> None:
    desk = make_desk(LEAN | {"files": "*", "sheet": "คน"}, SPACE | {"files": "*", "sheet": "แหล่ง"})
    data = workbook(
        ("คน", PERSON_HEADERS, [person(i) for i in range(3)]), ("แหล่ง", ["รหัส", "ชื่อแหล่ง", "หมู่"], [["S-1", "ศาลา", "2"]])
    )
    delivery = desk.send(data, "ทะเบียน.xlsx")
    assert (delivery.state, delivery.hold_code) == ("held", "missing_column")
    assert delivery.hold_detail == {"place": "แหล่ง", "columns": ["ประเภท"]}
    nothing_left(desk, delivery.delivery_id)
    after = workbook(("คน", PERSON_HEADERS, [person(i) for i in range(3)]), ("แหล่ง", SPACE_HEADERS, [space(1)]))
    assert desk.send(after, "ทะเบียน.xlsx").state == "loaded", "the same name with other bytes is a new delivery"


@pytest.mark.parametrize(
    ("name", "data", "state", "code"),
    [
        ("participant_1.csv", b"", "rejected", "empty_file"),
        (
            "participant_1.csv",
            "รหัส,\udc99".encode("utf-8", "surrogateescape") + b"\xff",
            "rejected",
            "unknown_encoding",
        ),
        ("participant_1.xlsx", b"PK nothing", "rejected", "unreadable_workbook"),
        ("participant_1.pdf", b"%PDF", "rejected", "unknown_format"),
        ("participant_1.csv", b"a,b\n1,2\n", "held", "header_not_found"),
        ("notes.csv", b"a,b\n1,2\n", "held", "not_declared"),
    ],
)
def test_what_cannot_be_read_is_answered_with_the_reason(
    desk: Desk, name: str, data: bytes, state: str, code: str
) -> None:
    delivery = desk.send(data, name)
    assert (delivery.state, delivery.hold_code) == (state, code)
    assert delivery.answered_at is not None
    nothing_left(desk, delivery.delivery_id)
    book = openpyxl.load_workbook(io.BytesIO(desk.outbox.delivered[delivery.reference]))
    words = "\n".join(str(cell.value) for row in book["สรุป"].iter_rows() for cell in row if cell.value)
    assert sentence(code, delivery.hold_detail) in words and delivery.reference in words
    assert desk.process(delivery.delivery_id) == delivery, "nothing more to do"


def test_every_hold_has_words_that_its_details_fill() -> None:
    import re

    for code, words in HOLDS.items():
        assert any("\u0e00" <= letter <= "\u0e7f" for letter in words.th), code
        gaps = {language: set(re.findall(r"{(\w+)}", getattr(words, language))) for language in ("th", "en")}
        assert gaps["th"] <= gaps["en"], code
    assert sentence("type_changed", {"columns": ["ก", "ข"], "share": 60}) == HOLDS["type_changed"].th.format(
        columns="ก, ข", share=60
    )
    assert "–" in sentence("type_changed", {}) and sentence("no_such_code", None) == "no_such_code"


# --- killed


class Killed(BaseException):
    """What a SIGKILL looks like to the code: nothing after it runs."""


def test_killed_between_load_and_answer_the_same_workbook_goes_out_later(desk: Desk) -> None:
    rows = [person(1), person(2, joined_on="x"), person(3, phone="12"), person(4, income="=1+1")]
    twin = desk.send(table(PERSON_HEADERS, rows), "participant_twin.csv")
    expected = cells(desk.outbox.delivered[twin.reference])
    desk.put("participant_1.csv", table(PERSON_HEADERS, [*rows, person(9)]))
    (delivery_id,) = desk.discover()
    desk.outbox.fails = Killed()
    with pytest.raises(Killed):
        desk.process(delivery_id)
    before = (desk.raw(), desk.vault(), desk.quarantine())
    with connect(desk.place.database) as connection:
        left = register.get(connection, delivery_id)
    assert left.state == "loaded" and left.answered_at is None
    desk.outbox.fails = None
    assert desk.discover() == [delivery_id], "the next night finds it unfinished"
    done = desk.process(delivery_id)
    assert done.answered_at is not None
    assert (desk.raw(), desk.vault(), desk.quarantine()) == before
    assert cells(desk.outbox.delivered[done.reference])[1:] == expected[1:], "all but the summary's counts"


def test_killed_after_loading_what_was_called_right_is_not_asked_about(desk: Desk, make_desk: DeskMaker) -> None:
    """The workbook is that of a run which was not killed, also where the kill followed the acceptance itself."""
    sent: dict[bool, list[Any]] = {}
    for killed, at in ((False, desk), (True, make_desk())):
        sent[killed] = []
        first = [person(1, phone="12"), person(2, phone="34"), person(3, income="มาก")]
        answered = at.send_people(*first)
        book = openpyxl.load_workbook(io.BytesIO(at.outbox.delivered[answered.reference]))
        sheet = next(s for s in book.worksheets if any(cell.value == MARK for cell in s[1]))
        columns = {cell.value: cell.column for cell in sheet[1]}
        sheet.cell(2, columns[MARK]).value = CORRECT
        sheet.cell(4, columns["รายได้"]).value = "มากมาย"
        buffer = io.BytesIO()
        book.save(buffer)
        for name, data in (
            ("participant_back.xlsx", buffer.getvalue()),
            ("participant_2.csv", table(PERSON_HEADERS, [*first, person(4, phone="56")])),
        ):
            at.put(name, data)
            (delivery_id,) = at.discover()
            if killed:
                at.outbox.fails = Killed()
                with pytest.raises(Killed):
                    at.process(delivery_id)
                at.outbox.fails = None
            done = at.process(delivery_id)
            sent[killed].append(
                [
                    [(place, value) for place, value, _ in sheet if not str(value).count("LPG-")]
                    for sheet in cells(at.outbox.delivered[done.reference])
                ]
            )
    assert sent[True] == sent[False]
    assert "12" not in [value for _, value in sent[True][1][1]]


def test_another_table_on_a_sheet_is_noted_and_told(make_desk: DeskMaker) -> None:
    desk = make_desk(LEAN)
    lines = [PERSON_HEADERS, *(person(n) for n in range(1, 4)), person(4, phone="12")]
    trainers = [["ชื่อวิทยากร", "ความถนัด", "จังหวัด"], ["สมชาย", "ทอผ้า", "ลำปาง"], ["สมหญิง", "ทำขนม", "ลำพูน"]]
    delivery = desk.send(workbook(("สมาชิก", lines[0], [*lines[1:], [], *trainers])), "participant.xlsx")
    assert desk.five(delivery) == (4, 4, 0, 0, 0)
    (row,) = desk.ask("select notes from ops.delivery where delivery_id = %s", delivery.delivery_id)
    assert row["notes"]["tables_not_read"] == [{"place": "สมาชิก", "row": 7, "column": 1, "rows": 2}]
    summary = cells(desk.outbox.delivered[delivery.reference])[0]
    assert any("หัวตารางอยู่แถวที่ 7" in str(value) for _, value, _ in summary)


def cells(data: bytes) -> list[list[tuple[str, Any, str | None]]]:
    book = openpyxl.load_workbook(io.BytesIO(data))
    return [
        [
            (cell.coordinate, cell.value, cell.comment.text if cell.comment else None)
            for row in sheet.iter_rows()
            for cell in row
        ]
        for sheet in book.worksheets
        if sheet.sheet_state == "visible"
    ]


@pytest.mark.parametrize("where", ["examine", "loaded"])
def test_killed_while_loading_nothing_is_left_and_the_next_run_does_all(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    desk.put("participant_1.csv", table(PERSON_HEADERS, [person(1), person(2, joined_on="x")]))
    (delivery_id,) = desk.discover()

    def killed(*_: Any, **__: Any) -> Any:
        raise Killed

    with monkeypatch.context() as patch:
        target = examine_module if where == "examine" else process_module.register
        patch.setattr(target, "_refuse_changed_types" if where == "examine" else where, killed)
        with pytest.raises(Killed):
            desk.process(delivery_id)
    nothing_left(desk, delivery_id)
    with connect(desk.place.database) as connection:
        assert register.get(connection, delivery_id).state == "landed"
    assert desk.five(desk.process(delivery_id)) == (2, 1, 0, 0, 1)


def test_killed_between_landing_and_registering_the_file_is_found_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from equity.delivery import discover as discover_module

    desk.put("participant_1.csv", table(PERSON_HEADERS, [person(1)]))
    with monkeypatch.context() as patch:

        def killed(*_: Any) -> Any:
            raise Killed

        patch.setattr(discover_module.register, "add", killed)
        with pytest.raises(Killed):
            desk.discover()
    (delivery_id,) = desk.discover()
    assert desk.process(delivery_id).state == "loaded"


def test_an_outbox_that_is_down_leaves_the_delivery_unanswered_and_no_more(desk: Desk) -> None:
    desk.put("participant_1.csv", table(PERSON_HEADERS, [person(1, joined_on="x")]))
    (delivery_id,) = desk.discover()
    desk.outbox.fails = OSError("down")
    for _ in range(2):
        with pytest.raises(OSError, match="down"):
            desk.process(delivery_id)
    assert len(desk.quarantine()) == 1
    desk.outbox.fails = None
    done = desk.process(delivery_id)
    assert done.answered_at is not None
    (row,) = desk.ask("select answer_place from ops.delivery where delivery_id = %s", delivery_id)
    assert row["answer_place"] == f"outbox/{workbook_name(done)}"


def test_a_perfect_delivery_is_answered_with_nothing(desk: Desk) -> None:
    delivery = desk.send_people(person(1))
    assert delivery.answered_at is not None and desk.outbox.delivered == {}
    (row,) = desk.ask("select answer_place from ops.delivery where delivery_id = %s", delivery.delivery_id)
    assert row["answer_place"] is None


# --- pulls and watermarks

ENROLMENT: dict[str, Any] = {
    "record_type": "enrolment", "sends": "changes", "path": "/v1/e", "rows": "items",
    "fields": {
        "partner_record_ref": "no", "partner_person_ref": "learner", "provider": "school", "kind": "kind", "started_on": "from",
    },
}  # fmt: skip


def pull(*items: dict[str, Any]) -> bytes:
    return json.dumps({"items": items}).encode()


def enrolment(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "no": f"E{number}",
        "learner": f"L{number}",
        "school": "บ้านแลง",
        "kind": "formal",
        "from": "2025-05-16",
    } | changes


def at(hour: int) -> datetime:
    return datetime(2026, 3, 1, hour, tzinfo=UTC)


@pytest.fixture
def api(make_desk: DeskMaker) -> Desk:
    desk = make_desk(ENROLMENT, by="rest")
    desk.origin = Pulls()
    return desk


def watermark(desk: Desk) -> datetime | None:
    found = desk.ask("select reached from ops.watermark where source = {source} and name = '/v1/e'")
    return found[0]["reached"] if found else None


def test_the_watermark_moves_when_what_was_pulled_is_loaded_and_not_before(api: Desk) -> None:
    api.origin.ready = {"/v1/e": (pull(enrolment(1), enrolment(2, kind="?")), at(10))}
    (delivery_id,) = api.discover()
    assert watermark(api) is None, "landed is not loaded"
    delivery = api.process(delivery_id)
    assert delivery.landing_path.endswith(".ndjson")
    assert api.five(delivery) == (2, 1, 0, 0, 1) and watermark(api) == at(10)
    api.origin.ready = {"/v1/e": (pull(enrolment(2)), at(12))}
    api.process(*api.discover())
    assert watermark(api) == at(12)
    assert api.origin.asked == [{}, {"/v1/e": at(10)}]


def test_a_pull_without_items_is_no_delivery(api: Desk) -> None:
    api.origin.ready = {"/v1/e": (b"", at(10))}
    assert api.discover() == [] and watermark(api) is None


def test_no_pull_is_made_while_an_earlier_one_is_unloaded(api: Desk) -> None:
    api.origin.ready = {"/v1/e": (pull(enrolment(1)), at(10))}
    (first,) = api.discover()
    api.origin.ready = {"/v1/e": (pull(enrolment(1), enrolment(2)), at(11))}
    assert api.discover() == [first]
    api.process(first)
    (second,) = api.discover()
    assert second > first and api.five(api.process(second)) == (2, 1, 1, 0, 0)


def test_a_held_pull_leaves_the_watermark_where_it_was(api: Desk) -> None:
    api.origin.ready = {"/v1/e": (pull(enrolment(1)), at(10))}
    api.process(*api.discover())
    flipped = pull(*(enrolment(i, **{"from": "red"}) for i in range(2, 22)))
    api.origin.ready = {"/v1/e": (flipped, at(11))}
    held = api.process(*api.discover())
    assert (held.state, held.hold_code) == ("held", "type_changed") and watermark(api) == at(10)
    api.origin.ready = {"/v1/e": (pull(enrolment(3)), at(12))}
    api.process(*api.discover())
    assert api.origin.asked[-1] == {"/v1/e": at(10)}, "what was held is asked for again"
    assert watermark(api) == at(12)


def test_a_killed_load_leaves_the_watermark_where_it_was(api: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    api.origin.ready = {"/v1/e": (pull(enrolment(1)), at(10))}
    (delivery_id,) = api.discover()
    loaded = register.loaded

    def killed(*given: Any) -> None:
        loaded(*given)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(process_module.register, "loaded", killed)
        with pytest.raises(Killed):
            api.process(delivery_id)
    assert watermark(api) is None
    api.process(delivery_id)
    assert watermark(api) == at(10)


def test_an_older_pull_that_is_loaded_late_does_not_move_the_watermark_back(api: Desk) -> None:
    api.origin.ready = {"/v1/e": (pull(enrolment(1)), at(12))}
    api.process(*api.discover())
    api.origin.ready = {"/v1/e": (pull(enrolment(2)), at(11))}
    api.process(*api.discover())
    assert watermark(api) == at(12)


def test_a_key_that_no_item_has_is_an_empty_column_not_a_missing_one(api: Desk) -> None:
    item = enrolment(1)
    del item["from"]
    api.origin.ready = {"/v1/e": (pull(item), at(10))}
    delivery = api.process(*api.discover())
    assert delivery.state == "loaded" and api.five(delivery) == (1, 0, 0, 0, 1)
    assert [reason["code"] for reason in api.quarantine()[0]["reasons"]] == ["started_on.missing"]


def test_a_night_is_opened_and_what_it_brought_is_known(desk: Desk) -> None:
    desk.send_spaces(space(1))
    (turn,) = desk.ask("select * from ops.source_night where source = {source}")
    assert turn["closed_at"] is None and turn["failure"] is None
    with connect(desk.place.database) as connection:
        register.note_failure(connection, desk.source.source, turn["night"], "ConnectorError: down")
        register.close_night(connection, desk.source.source, turn["night"])
        assert register.record_types_of(connection, desk.source.source, turn["night"]) == ["learning_space"]
        assert register.record_types_of(connection, desk.source.source, turn["night"] + timedelta(days=1)) == []
    (turn,) = desk.ask("select * from ops.source_night where source = {source}")
    assert turn["closed_at"] and turn["failure"] == "ConnectorError: down"
    with connect(desk.place.database) as connection:
        register.open_night(connection, desk.source.source, turn["night"])
    (turn,) = desk.ask("select * from ops.source_night where source = {source}")
    assert turn["closed_at"] is None and turn["failure"] is None
    assert desk.ask("select received_at from ops.delivery where source = {source}")[0]["received_at"] > NOW


def test_a_delivery_that_does_not_exist_is_said(desk: Desk) -> None:
    with pytest.raises(LookupError, match="there is no delivery 999999"):
        desk.process(999_999)


def test_of_two_lists_that_came_together_the_later_one_is_loaded_last(desk: Desk) -> None:
    desk.put("participant_1.csv", table(PERSON_HEADERS, [person(1), person(2)]))
    desk.put("participant_2.csv", table(PERSON_HEADERS, [person(1, income="9,900")]))
    desk.put("space_1.csv", table(SPACE_HEADERS, [space(1)]))
    first, second, spaces = desk.discover()
    desk.process(spaces)  # other records: it waits for nobody
    assert desk.raw() == []
    later = desk.process(second)
    assert desk.five(later) == (1, 1, 0, 0, 0)
    assert [(row["delivery_id"], row["is_deleted"]) for row in desk.raw()] == [
        (first, False), (first, False), (second, False), (second, True),
    ]  # fmt: skip
    assert desk.five(desk.process(first)) == (2, 2, 0, 0, 0)


def test_two_workers_at_one_source_load_each_list_once_and_answer_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish = process_module.Loader.finish
    deliver = desk.outbox.deliver
    answers: list[str] = []

    def slowly(self: Any) -> Any:
        time.sleep(0.4)
        return finish(self)

    def noted(name: str, workbook: bytes, reference: str) -> str:
        answers.append(reference)
        return deliver(name, workbook, reference)

    monkeypatch.setattr(process_module.Loader, "finish", slowly)
    monkeypatch.setattr(desk.outbox, "deliver", noted)
    for number in (1, 2):
        desk.put(f"participant_{number}.csv", table(PERSON_HEADERS, [person(number), person(3, joined_on="x")]))
    both = desk.discover()
    with ThreadPoolExecutor(2) as workers:
        waiting = [workers.submit(desk.process, delivery_id) for delivery_id in both]
        done = [one.result(timeout=60) for one in waiting]
    assert [delivery.state for delivery in done] == ["loaded", "loaded"]
    assert len(answers) == len(set(answers)) == 2
    assert [desk.five(delivery) for delivery in done] == [(2, 1, 0, 0, 1)] * 2
