"""A steward releases or rejects a held delivery: once, with a reason, and the next night does it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from delivery_desk import LEAN, NOW, PERSON_HEADERS, SPACE, Desk, DeskMaker, person, table

from equity.delivery import register
from equity.delivery.decisions import RefusedError, decide
from equity.delivery.register import Delivery
from equity.warehouse.connect import connect
from equity.warehouse.roles import STEWARD

GUARDED = LEAN | {"hold_if_rows_fall_below": 0.5}


@pytest.fixture
def collapsed(make_desk: DeskMaker) -> tuple[Desk, Delivery]:
    """A whole list of ten, then one of three, which is held."""
    desk = make_desk(GUARDED, SPACE)
    desk.send_people(*(person(n) for n in range(10)))
    held = desk.send_people(*(person(n) for n in range(3)))
    assert held.hold_code == "rows_collapsed"
    return desk, held


def test_an_empty_list_after_others_is_held_whatever_the_spec_says(make_desk: DeskMaker) -> None:
    desk = make_desk(LEAN | {"hold_if_rows_fall_below": None}, SPACE)
    desk.send_people(*(person(n) for n in range(3)))
    held = desk.send_people()
    assert (held.state, held.hold_code, held.hold_detail["rows"]) == ("held", "rows_collapsed", 0)
    assert living(desk) == 3
    say(desk, held)
    desk.discover()
    assert desk.process(held.delivery_id).state == "loaded" and living(desk) == 0


def say(desk: Desk, delivery: Delivery, word: Any = "released", *, reason: str = "ผู้ส่งยืนยัน", **more: Any) -> None:
    given = {"record_types": {"participant"}, "lists": {"participant"}} | more
    with psycopg.connect(desk.installation.url(STEWARD)) as connection:
        decide(connection, delivery.delivery_id, word, reason, "สมศรี", **given)


def now(desk: Desk, delivery: Delivery) -> Delivery:
    with connect(desk.place.database) as connection:
        return register.get(connection, delivery.delivery_id)


def living(desk: Desk) -> int:
    latest = {row["record_key"]: row["is_deleted"] for row in desk.raw()}
    return sum(not deleted for deleted in latest.values())


def test_a_released_list_is_loaded_by_the_next_night_and_known_since_then(collapsed: tuple[Desk, Delivery]) -> None:
    desk, held = collapsed
    say(desk, held)
    assert now(desk, held).state == "held" and living(desk) == 10, "a decision alone changes nothing"
    assert desk.discover() == [held.delivery_id]
    done = desk.process(held.delivery_id)
    assert done.state == "loaded" and living(desk) == 3
    night = NOW + timedelta(days=desk.day)
    assert {row["known_from"] for row in desk.raw() if row["is_deleted"]} == {night}
    (kept,) = desk.ask("select * from ops.decision where delivery_id = %s", held.delivery_id)
    assert (kept["decided_by"], kept["reason"], kept["hold_code"]) == ("สมศรี", "ผู้ส่งยืนยัน", "rows_collapsed")
    assert kept["hold_detail"]["before"] == 10 and kept["taken_up_at"] == night
    (row,) = desk.ask("select night from ops.delivery where delivery_id = %s", held.delivery_id)
    assert row["night"] == done.night and desk.discover() == [], "that night tells of it, and it is done"


def test_it_is_decided_once(collapsed: tuple[Desk, Delivery]) -> None:
    desk, held = collapsed
    say(desk, held)
    with pytest.raises(RefusedError, match="decided on already"):
        say(desk, held, "rejected")
    desk.discover()
    with pytest.raises(RefusedError, match="is landed, not held"):
        say(desk, held)
    desk.process(held.delivery_id)
    with pytest.raises(RefusedError, match="is loaded, not held"):
        say(desk, held)
    assert len(desk.ask("select from ops.decision where delivery_id = %s", held.delivery_id)) == 1


def test_killed_after_taking_up_the_next_night_goes_on(collapsed: tuple[Desk, Delivery]) -> None:
    desk, held = collapsed
    say(desk, held)
    desk.discover()
    first = now(desk, held).taken_up_at
    assert desk.discover() == [held.delivery_id]
    assert desk.process(held.delivery_id).state == "loaded"
    assert now(desk, held).taken_up_at == first


def test_a_rejected_one_is_never_read(collapsed: tuple[Desk, Delivery]) -> None:
    desk, held = collapsed
    say(desk, held, "rejected")
    assert desk.discover() == []
    done = now(desk, held)
    assert (done.state, done.hold_code) == ("rejected", "rows_collapsed") and living(desk) == 10


def test_an_older_list_is_not_released_over_a_newer_one(collapsed: tuple[Desk, Delivery]) -> None:
    desk, held = collapsed
    later = desk.send_people(*(person(n) for n in range(9)))
    with pytest.raises(RefusedError, match=rf"delivery {later.delivery_id}, which came later"):
        say(desk, held, although_newer=True)
    with pytest.raises(RefusedError, match="--although-newer"):
        say(desk, held, lists=())
    say(desk, held, "rejected")


def test_a_list_that_is_overtaken_in_its_own_night_is_not_loaded(collapsed: tuple[Desk, Delivery]) -> None:
    desk, held = collapsed
    desk.put("participant_new.csv", table(PERSON_HEADERS, [person(n) for n in range(8)]))
    (second,) = desk.discover()
    say(desk, held)
    newer = desk.process(second)
    (first,) = desk.discover()
    older = desk.process(first)
    assert (first, older.hold_code, older.hold_detail) == (
        held.delivery_id, "overtaken", {"place": "", "reference": newer.reference},
    )  # fmt: skip
    assert living(desk) == 8


def test_a_column_of_another_type_is_released_by_its_name_alone(make_desk: DeskMaker) -> None:
    desk = make_desk(LEAN)
    desk.send_people(person(1))
    rows = [person(n, joined_on="เร็ว ๆ นี้", income="มาก") for n in range(2, 22)]
    held = desk.send(table(PERSON_HEADERS, [*rows, person(1)]))
    assert held.hold_code == "type_changed" and held.hold_detail
    say(desk, held)
    desk.discover()
    again = desk.process(held.delivery_id)
    assert again.hold_code == "type_changed" and again.hold_detail, "the other column was not released"
    assert again.hold_detail["columns"] != held.hold_detail["columns"]
    say(desk, held)
    desk.discover()
    assert desk.process(held.delivery_id).state == "loaded"
    assert desk.five(held) == (21, 0, 1, 0, 20)


def test_what_no_word_can_mend_is_not_released(make_desk: DeskMaker) -> None:
    desk = make_desk(LEAN)
    torn = desk.send(table([*PERSON_HEADERS, "แถวที่ในไฟล์", "สิ่งที่ต้องแก้ไข", "ถูกต้องตามนี้แล้ว"], [[*person(1), "2", "x", ""]]))
    assert torn.hold_code == "torn_workbook"
    with pytest.raises(RefusedError, match="another file"):
        say(desk, torn)
    say(desk, torn, "rejected")


def test_a_spec_that_was_changed_reads_it_again(make_desk: DeskMaker) -> None:
    desk = make_desk(LEAN)
    headers = ["รหัสสมาชิก" if header == "รหัส" else header for header in PERSON_HEADERS]
    held = desk.send(table(headers, [person(1)]))
    assert held.hold_code == "missing_column"
    say(desk, held)
    fields = LEAN["fields"] | {"partner_person_ref": ["รหัส", "รหัสสมาชิก"]}
    desk.source = type(desk.source).model_validate(
        desk.source.model_dump(exclude={"versions"})
        | {"versions": [{"since": "2026-01-01", "tables": [LEAN | {"fields": fields}]}]}
    )
    desk.discover()
    assert desk.process(held.delivery_id).state == "loaded"
