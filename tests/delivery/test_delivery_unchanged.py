"""Rows that a list brings again as they were are not read a second time, and nothing else is different for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from delivery_desk import LEAN, PERSON_HEADERS, SPACE, Desk, person, table

from equity.delivery import examine as examine_module
from equity.delivery import landing
from equity.delivery.normalise import Normaliser, Rows
from equity.runtime.services import Installation
from equity.sources.readers import Block, texts

UNSUSPICIOUS = {"national_id": "เลขบัตร", "last_name": "สกุล", "birth_date": "วันเกิด", "target_groups": "กลุ่ม"}
PEOPLE = [person(number) for number in range(1, 31)]


@pytest.fixture(params=["cells", "lines"])
def desk(warehouse: Installation, tmp_path: Path, request: pytest.FixtureRequest) -> Desk:
    """Rows are told by their cells where a column is not read, else by their lines."""
    if request.param == "cells":
        return Desk(warehouse, tmp_path, LEAN, SPACE)
    return Desk(warehouse, tmp_path, {**LEAN, "fields": {**LEAN["fields"], **UNSUSPICIOUS}, "ignore": []}, SPACE)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[list[int]]]:
    """The row numbers of each block that is normalised."""
    blocks: list[list[int]] = []

    class Noting(Normaliser):
        def __call__(self, block: Block) -> Rows:
            blocks.append(block.row_no.tolist())
            return super().__call__(block)

    monkeypatch.setattr(examine_module, "Normaliser", Noting)
    yield blocks


def send(desk: Desk, rows: list[list[str]], number: int) -> tuple[int, ...]:
    delivery = desk.send(table(PERSON_HEADERS, rows), f"participant_{number}.csv")
    assert delivery.state == "loaded", delivery.hold_code
    return desk.five(delivery)


def test_only_what_changed_is_read(desk: Desk, read: list[list[int]]) -> None:
    assert send(desk, PEOPLE, 1) == (30, 30, 0, 0, 0)
    changed = [*PEOPLE[:10], person(11, income="4,200"), *PEOPLE[11:], person(31)]
    read.clear()
    assert send(desk, changed, 2) == (31, 2, 29, 0, 0)
    assert read == [[12, 32]]
    latest = [row for row in desk.raw() if row["delivery_id"] == desk.raw()[-1]["delivery_id"]]
    assert {row["baseline_monthly_income"] for row in latest} == {4200, 3500}


def test_a_line_that_stood_is_not_even_parsed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[int] = []
    batches = texts._batches

    def noting(*arguments: Any) -> Any:
        for batch, row_no in batches(*arguments):
            parsed.extend(row_no.tolist())
            yield batch, row_no

    send(desk, PEOPLE, 1)
    monkeypatch.setattr(texts, "_batches", noting)
    assert send(desk, [person(31), *PEOPLE[:20], [], *PEOPLE[20:], person(32)], 2)[1] == 2
    is_by_line = desk.source.versions[0].tables[0].ignore == ()
    assert parsed == ([2, 23, 34] if is_by_line else list(range(2, 35)))


def test_lines_that_are_no_rows_are_told_by_their_cells(desk: Desk, read: list[list[int]]) -> None:
    """An address in two lines; then one whose quotation mark swallows what comes, which a line alone would not."""
    people = [*PEOPLE[:5], person(40, phone="1\n2"), *PEOPLE[5:]]
    assert send(desk, people, 1)[0] == 31
    lengths = []
    for number, rows in (
        (2, [*people, person(41)]),
        (3, [person(42), *people, person(41)]),
        (4, [*people, person(43)]),
    ):
        read.clear()
        five = send(desk, rows, number)
        assert (five[1], five[4]) == (1, 0)
        lengths.append(sum(map(len, read)))
    assert lengths[1:] == [2, 2], (
        "read whole once more at most, then by its cells; the row of two lines has its own reason"
    )


def test_a_new_line_that_is_not_surely_a_row_has_the_list_read_whole(desk: Desk, read: list[list[int]]) -> None:
    send(desk, PEOPLE, 1)
    data = table(PERSON_HEADERS, PEOPLE) + table([], [person(31)]).replace(b"\r\n", b"", 1).replace(b"P031", b'P"031')
    delivery = desk.send(data, "participant_2.csv")
    assert desk.five(delivery)[0] == 31 and desk.five(delivery)[2] == 30


def test_a_running_number_that_the_spec_does_not_read_changes_nothing(desk: Desk, read: list[list[int]]) -> None:
    headers = ["ที่", *PERSON_HEADERS]
    for number, people in enumerate((PEOPLE, [person(31), *PEOPLE]), start=1):
        read.clear()
        rows = [[str(i), *row] for i, row in enumerate(people, start=1)]
        delivery = desk.send(table(headers, rows), f"participant_{number}.csv")
    assert desk.five(delivery) == (31, 1, 30, 0, 0)
    assert read == [[2]]


def test_a_row_that_is_gone_is_deleted_and_one_that_is_back_is_loaded(desk: Desk, read: list[list[int]]) -> None:
    send(desk, PEOPLE, 1)
    delivery = desk.send(table(PERSON_HEADERS, PEOPLE[:-1]), "participant_2.csv")
    (counts,) = desk.counts(delivery).values()
    assert (counts.received, counts.unchanged, counts.deleted) == (29, 29, 1)
    assert desk.raw()[-1]["is_deleted"]
    read.clear()
    assert send(desk, PEOPLE[::-1], 3) == (30, 1, 29, 0, 0)
    assert read == [[2]]


def test_a_wrong_row_is_told_every_night_until_it_is_right(desk: Desk, read: list[list[int]]) -> None:
    wrong = [*PEOPLE, person(31, joined_on="x")]
    for number in (1, 2):
        read.clear()
        assert send(desk, wrong if number == 1 else wrong[1:], number)[4] == 1
    assert read == [[31]]
    assert len(desk.outbox.delivered) == 2
    assert send(desk, [*PEOPLE[1:], person(31)], 3) == (30, 1, 29, 0, 0)


def test_the_same_row_twice_is_a_repeat(desk: Desk) -> None:
    send(desk, PEOPLE, 1)
    assert send(desk, [*PEOPLE, PEOPLE[3]], 2) == (31, 0, 30, 1, 0)
    assert send(desk, [*PEOPLE[1:], PEOPLE[3]], 3) == (30, 0, 29, 1, 0)


@pytest.mark.parametrize("later", [False, True])
def test_a_record_in_a_row_as_it_was_and_in_another_is_read_whole(
    desk: Desk, read: list[list[int]], later: bool
) -> None:  # fmt: skip
    send(desk, PEOPLE, 1)
    other = person(5, income="9,900")
    rows = [*PEOPLE, other] if later else [other, *PEOPLE]
    read.clear()
    # the later of two rows is the current one: the other before it is a version, then the old content comes again
    assert send(desk, rows, 2) == ((31, 1, 30, 0, 0) if later else (31, 2, 29, 0, 0))
    assert [len(block) for block in read] == [1, 31]
    current = [row for row in desk.raw() if row["record_key"] == desk.raw()[4]["record_key"]][-1]
    assert current["baseline_monthly_income"] == (9900 if later else 3500)


@pytest.mark.parametrize("why", ["a new month", "another spec", "a delivery in between", "cut off"])
def test_a_list_is_read_whole_when_anything_else_matters(desk: Desk, read: list[list[int]], why: str) -> None:
    send(desk, PEOPLE, 1)
    if why == "a new month":
        desk.day += 40
    elif why == "another spec":
        (version,) = desk.source.versions
        tables = [
            each.model_copy(update={"codes": {"target_groups": {"x": "elderly"}}})
            if each.record_type == "participant"
            else each
            for each in version.tables
        ]
        changed = version.model_copy(update={"tables": tuple(tables)})
        desk.source = desk.source.model_copy(update={"versions": (changed,)})
    elif why == "a delivery in between":
        kept = f"{desk.source.source}/last/participant.arrow"
        before = landing.kept(desk.place.landing, kept, desk.keys.landing)
        assert before is not None
        send(desk, [*PEOPLE, person(31)], 2)
        landing.keep(desk.place.landing, kept, before, desk.keys.landing)
    else:
        (file,) = (desk.drop.parent / "landing" / desk.source.source / "last").iterdir()
        file.write_bytes(file.read_bytes()[:-20])
    read.clear()
    five = send(desk, [*PEOPLE, person(31), person(32)], 3)
    assert five == ((32, 1, 31, 0, 0) if why == "a delivery in between" else (32, 2, 30, 0, 0))
    assert [len(block) for block in read] == [32]


def test_a_few_unreadable_cells_among_many_that_stand_are_no_change_of_type(desk: Desk) -> None:
    send(desk, PEOPLE, 1)
    rows = [person(number, joined_on="?") if number <= 12 else row for number, row in enumerate(PEOPLE, start=1)]
    assert send(desk, rows, 2) == (30, 0, 18, 0, 12)
    flipped = [person(number, joined_on="?") for number in range(1, 31)]
    delivery = desk.send(table(PERSON_HEADERS, flipped), "participant_3.csv")
    assert (delivery.state, delivery.hold_code) == ("held", "type_changed")


def test_nothing_of_a_person_can_be_read_in_what_is_kept(desk: Desk) -> None:
    send(desk, [person(1, first_name="สมชาย")], 1)
    data = landing.kept(desk.place.landing, f"{desk.source.source}/last/participant.arrow", desk.keys.landing)
    assert data is not None and "สมชาย".encode() not in data


def test_changes_alone_are_held_against_nothing(warehouse: Installation, tmp_path: Path) -> None:
    desk = Desk(warehouse, tmp_path, LEAN | {"sends": "changes"})
    send(desk, PEOPLE, 1)
    assert not (tmp_path / "landing" / desk.source.source / "last").exists()
