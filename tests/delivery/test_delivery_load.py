"""Loading into a real Postgres: what is written, what is not, and that every row is counted once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pytest
from cryptography.exceptions import InvalidTag
from delivery_desk import NIGHT, NOW, PARTICIPANT, PERSON_HEADERS, SPACE, Desk, DeskMaker, person, space, table
from hypothesis import given, settings
from hypothesis import strategies as st

from equity.delivery import landing, register
from equity.delivery import process as process_module
from equity.delivery.load import _json_objects, quarantine_context
from equity.settings import Home
from equity.sources.readers import table as tables_read
from equity.warehouse.roles import INGEST
from equity.warehouse.server import SUPERUSER

VALID, OTHER_VALID = "3100600445635", "1234545678781"


def test_a_first_delivery_row_by_row(full_desk: Desk) -> None:
    delivery = full_desk.send_people(
        person(1, national_id=VALID, birth_date="29/02/2567", income="-", groups="คนพิการ, elderly"),
        person(2, birth_date="2549", income=""),
        person(3, groups="", phone="๐๘๑-๒๓๔ ๕๖๗๘"),
    )
    assert delivery.state == "loaded" and delivery.answered_at is not None and delivery.reference.startswith("LPG-")
    assert full_desk.five(delivery) == (3, 3, 0, 0, 0)
    first, second, third = full_desk.raw()
    assert [row["row_no"] for row in (first, second, third)] == [2, 3, 4]
    assert {row["delivery_id"] for row in full_desk.raw()} == {delivery.delivery_id}
    assert str(first["birth_date"]) == "2024-02-29" and first["birth_date_precision"] == "day"
    assert str(second["birth_date"])[:4] == "2006" and second["birth_date_precision"] == "year"
    assert first["baseline_monthly_income"] == 0 and second["baseline_monthly_income"] is None
    assert third["baseline_monthly_income"] == 3500
    assert first["target_groups"] == ["elderly", "person_with_disability"] and third["target_groups"] is None
    assert first["national_id_kind"] == "citizen" and second["national_id_kind"] is None
    assert str(first["joined_on"]) == "2025-06-01" and first["project_ref"] == "CHS-01"
    assert first["known_from"] == delivery.received_at > NOW
    assert first["is_deleted"] is False and first["sex"] is None
    keys = full_desk.keys.pseudonyms(pa.array(["P-0001"]), f"person:{full_desk.source.source}").to_pylist()
    assert first["partner_person_key"].hex == keys[0]


def test_direct_identifiers_are_in_the_vault_alone_and_encrypted(full_desk: Desk) -> None:
    delivery = full_desk.send_people(person(1, national_id=VALID, first_name="สมชาย"), person(2, first_name="สมหญิง"))
    for relation in ("raw.participant", "vault.person", "ops.delivery", "ops.delivery_table", "ops.sighting"):
        for row in full_desk.ask(f"select t::text as words from {relation} as t"):
            for canary in ("สมชาย", "สมหญิง", VALID, "P-0001", "0800000001"):
                assert canary not in row["words"], relation
                assert canary.encode().hex() not in row["words"], relation
    one, two = full_desk.vault()
    assert one["national_id_valid"] is True and one["national_id_kind"] == "citizen"
    assert len(one["national_id_pseudonym"]) == 16 and two["national_id_pseudonym"] is None
    assert two["national_id_valid"] is None
    context = f"{one['partner_person_key'].hex}:participant".encode()
    opened = json.loads(full_desk.keys.decrypt(bytes(one["payload"]), context, one["key_version"]))
    assert opened == {
        "v": 1, "partner_person_ref": "P-0001", "national_id": VALID, "first_name": "สมชาย", "last_name": "ใจดี",
        "phone": "0800000001",
    }  # fmt: skip
    assert {row["delivery_id"] for row in full_desk.vault()} == {delivery.delivery_id}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.none() | st.text(max_size=8), st.none() | st.text(max_size=8)), min_size=1, max_size=5))
def test_whatever_is_in_a_name_the_vaults_payload_is_json_that_gives_it_back(
    rows: list[tuple[str | None, str | None]],
) -> None:
    columns = {
        name: pa.array([row[i] for row in rows], pa.string()) for i, name in enumerate(("first_name", "last_name"))
    }
    for row, payload in zip(rows, _json_objects(columns), strict=True):
        said = {name: value for name, value in zip(columns, row, strict=True) if value is not None}
        assert json.loads(payload) == {"v": 1} | said


def test_new_changed_unchanged_and_reverted_rows(desk: Desk) -> None:
    desk.send_people(person(1), person(2), person(3))
    second = desk.send_people(person(1), person(2, income="4000"), person(3), person(4))
    assert desk.five(second) == (4, 2, 2, 0, 0)
    third = desk.send_people(person(1), person(2), person(3), person(4))  # the income as it was at first
    assert desk.five(third) == (4, 1, 3, 0, 0)
    versions = [
        row["baseline_monthly_income"] for row in desk.raw() if row["record_key"] == desk.raw()[1]["record_key"]
    ]
    assert versions == [3500, 4000, 3500]
    assert len(desk.raw()) == 6


def test_a_reading_of_the_same_value_in_other_writing_is_no_change(full_desk: Desk) -> None:
    full_desk.send_people(person(1, joined_on="1/6/2568", income="3,500", birth_date="15/03/2540"))
    again = full_desk.send_people(person(1, joined_on="๑ มิ.ย. ๒๕๖๘", income="3500 บาท", birth_date="1997-03-15"))
    assert full_desk.five(again) == (1, 0, 1, 0, 0)


def test_a_change_of_a_direct_identifier_alone_is_a_change(desk: Desk) -> None:
    desk.send_people(person(1), person(2))
    second = desk.send_people(person(1, phone="0899999999"), person(2, income="9"))
    assert desk.five(second) == (2, 2, 0, 0, 0)
    assert [row["delivery_id"] for row in desk.vault()].count(second.delivery_id) == 1, "only the person who changed"
    third = desk.send_people(person(1, phone="0899999999"), person(2, income="9"), person(3))
    assert desk.five(third) == (3, 1, 2, 0, 0)
    assert len(desk.vault()) == 4


def test_a_key_that_stands_twice(desk: Desk) -> None:
    """The same content again is a repeat; other content is a later version of the row."""
    first = desk.send_people(person(1), person(1, income="1"), person(1, income="1"), person(2), person(2))
    assert desk.five(first) == (5, 3, 0, 2, 0)
    second = desk.send_people(person(1), person(1, income="1"), person(2))
    assert desk.five(second) == (3, 2, 1, 0, 0), "reverted and changed again"
    third = desk.send_people(person(1, income="1"), person(1, income="1"), person(1), person(1, income="1"), person(2))
    assert desk.five(third) == (5, 2, 2, 1, 0)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_the_size_of_blocks_changes_nothing(make_desk: DeskMaker, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    files = [
        [
            person(1),
            person(2),
            person(1),
            person(1, income="1"),
            person(2),
            person(3, joined_on="?"),
            person(1, income="1"),
        ],
        [
            person(2),
            person(1, income="1"),
            person(1),
            person(4),
            person(2, income="x"),
            person(4),
            person(5, income="7"),
        ],
        [person(5), person(5, income="7"), person(4)],
    ]
    whole, cut = make_desk(), make_desk()
    for rows in files:
        monkeypatch.setattr(tables_read, "BLOCK_ROWS", 100_000)
        expected = whole.send_people(*rows)
        monkeypatch.setattr(tables_read, "BLOCK_ROWS", size)
        found = cut.send_people(*rows)
        assert cut.counts(found) == whole.counts(expected)
    told = ("row_no", "baseline_monthly_income", "is_deleted", "joined_on", "known_from")
    assert [[row[t] for t in told] for row in cut.raw()] == [[row[t] for t in told] for row in whole.raw()]
    assert len(cut.vault()) == len(whole.vault())


def test_a_snapshot_without_a_row_deletes_it_and_a_later_one_brings_it_back(desk: Desk) -> None:
    desk.send_people(person(1), person(2), person(3))
    second = desk.send_people(person(1), person(3))
    counts = desk.counts(second)["participant"]
    assert (counts.received, counts.unchanged, counts.deleted, counts.postponed, counts.snapshot) == (
        2,
        2,
        1,
        False,
        True,
    )
    tombstone = desk.raw()[-1]
    assert tombstone["is_deleted"] and tombstone["record_key"] == desk.raw()[1]["record_key"]
    assert tombstone["partner_person_key"] == desk.raw()[1]["partner_person_key"]
    assert tombstone["project_ref"] == "CHS-01" and tombstone["joined_on"] is None and tombstone["birth_date"] is None
    assert tombstone["known_from"] == second.received_at
    assert desk.counts(desk.send_people(person(1), person(3), person(4)))["participant"].deleted == 0, "gone once"
    back = desk.send_people(person(1), person(2), person(3), person(4))
    assert desk.five(back) == (4, 1, 3, 0, 0)
    assert not desk.raw()[-1]["is_deleted"] and desk.raw()[-1]["baseline_monthly_income"] == 3500
    assert len(desk.vault()) == 5, "the vault says again whom the row is about"


def test_changes_delete_nothing(desk: Desk) -> None:
    desk.send_spaces(space(1), space(2))
    delivery = desk.send_spaces(space(3))
    counts = desk.counts(delivery)["learning_space"]
    assert (counts.loaded, counts.deleted, counts.snapshot) == (1, 0, False)


def test_a_quarantined_row_is_not_taken_for_a_deleted_one(desk: Desk) -> None:
    desk.send_people(person(1), person(2))
    delivery = desk.send_people(person(1), person(2, joined_on="31/02/2568"))
    counts = desk.counts(delivery)["participant"]
    assert (counts.quarantined, counts.deleted, counts.postponed) == (1, 0, False)


@pytest.mark.parametrize(
    "damage", [b"P-0009;only one cell\r\n", b",,x,,,,CHS-01,1/6/2568,,\r\n"], ids=["broken", "no ref"]
)
def test_deletions_wait_while_it_cannot_be_said_which_rows_are_there(desk: Desk, damage: bytes) -> None:
    desk.send_people(person(1), person(2))
    delivery = desk.send(table(PERSON_HEADERS, [person(1)]) + damage)
    counts = desk.counts(delivery)["participant"]
    assert (counts.received, counts.unchanged, counts.quarantined) == (2, 1, 1)
    assert (counts.deleted, counts.postponed) == (0, True)
    due = desk.send_people(person(1))
    assert desk.counts(due)["participant"].deleted == 1, "the next clean snapshot says it"


def test_deletions_hold_across_blocks(make_desk: DeskMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables_read, "BLOCK_ROWS", 2)
    desk = make_desk()
    desk.send_people(*(person(i) for i in range(7)))
    delivery = desk.send_people(person(0), person(1, joined_on="x"), person(2), person(4), person(6, joined_on=""))
    counts = desk.counts(delivery)["participant"]
    assert (counts.quarantined, counts.unchanged, counts.deleted) == (2, 3, 2)
    deleted = {row["record_key"] for row in desk.raw() if row["is_deleted"]}
    assert deleted == {desk.raw()[3]["record_key"], desk.raw()[5]["record_key"]}


def test_wrong_rows_lie_encrypted_in_quarantine_with_their_reasons(full_desk: Desk) -> None:
    delivery = full_desk.send_people(
        person(1, national_id="1101700230705", joined_on="31/02/2568", first_name="สมชาย"),
        person(2),
        person(3, phone="12"),
    )
    assert full_desk.five(delivery) == (3, 2, 0, 0, 1)
    assert full_desk.counts(delivery)["participant"].flagged == 1
    (wrong,) = full_desk.quarantine()
    assert (wrong["row_no"], wrong["record_type"], wrong["corrected_by"]) == (2, "participant", None)
    assert {(r["code"], r["severity"], *r["cells"]) for r in wrong["reasons"]} == {
        ("national_id.checksum", "critical", "national_id"), ("date.impossible", "critical", "joined_on"),
    }  # fmt: skip
    context = quarantine_context(delivery.delivery_id, "participant", 2)
    opened = json.loads(full_desk.keys.decrypt(bytes(wrong["payload"]), context, wrong["key_version"]))
    sent = dict(
        zip(
            PERSON_HEADERS,
            person(1, national_id="1101700230705", joined_on="31/02/2568", first_name="สมชาย"),
            strict=True,
        )
    )
    assert opened == {header: value for header, value in sent.items() if value}
    with pytest.raises(InvalidTag):
        full_desk.keys.decrypt(bytes(wrong["payload"]), quarantine_context(delivery.delivery_id, "participant", 3), 1)
    (flagged,) = [row for row in full_desk.raw() if row["flags"]]
    assert flagged["flags"] == {"phone": ["phone.unreadable"]} and flagged["row_no"] == 4


def test_a_broken_line_lies_in_quarantine_as_it_was(desk: Desk) -> None:
    delivery = desk.send(table(PERSON_HEADERS, [person(1)]) + "P-0002,สมชาย\r\n".encode())
    assert desk.five(delivery) == (2, 1, 0, 0, 1)
    (wrong,) = desk.quarantine()
    assert wrong["row_no"] == 3 and wrong["record_key"] is None
    assert wrong["reasons"] == [{"code": "row.broken", "severity": "critical", "cells": []}]
    context = quarantine_context(delivery.delivery_id, "participant", 3)
    assert json.loads(desk.keys.decrypt(bytes(wrong["payload"]), context, 1)) == {"line": "P-0002,สมชาย"}


def test_a_corrected_row_closes_its_ticket_by_itself(desk: Desk) -> None:
    desk.send_people(person(1), person(2, joined_on="x"), person(3, joined_on="x"))
    still_wrong = desk.send_people(person(1), person(2, joined_on="y"), person(3))
    two, three, two_again = desk.quarantine()
    assert (two["corrected_by"], three["corrected_by"]) == (None, still_wrong.delivery_id)
    mended = desk.send_people(person(1), person(2), person(3))
    assert [row["corrected_by"] for row in desk.quarantine()] == [
        mended.delivery_id, still_wrong.delivery_id, mended.delivery_id,
    ]  # fmt: skip
    assert two_again["row_no"] == 3 and all(row["corrected_at"] for row in desk.quarantine())


def test_findings_are_counted_by_field_and_code(full_desk: Desk) -> None:
    delivery = full_desk.send_people(
        person(1, joined_on="x"), person(2, joined_on="x"), person(3, phone="12"), person(4, groups="elderly, ชาวนา")
    )
    found = full_desk.ask(
        "select field, code, severity, cells from ops.delivery_finding where delivery_id = %s", delivery.delivery_id
    )
    assert {tuple(row.values()) for row in found} == {
        ("joined_on", "date.unreadable", "critical", 2),
        ("phone", "phone.unreadable", "warning", 1),
        ("target_groups", "code.unknown", "warning", 1),
    }


def test_a_type_without_persons_has_nothing_in_the_vault(desk: Desk) -> None:
    delivery = desk.send_spaces(space(1), space(2, kind="castle"), space(3, opened_on="1/1/2599"))
    assert desk.five(delivery) == (3, 1, 0, 0, 2)
    assert desk.vault() == []
    assert desk.raw("learning_space")[0]["name"] == "ศาลา"


def test_the_database_itself_refuses_counts_that_do_not_balance(desk: Desk) -> None:
    delivery = desk.send_people(person(1))
    with (
        psycopg.connect(desk.installation.url(SUPERUSER)) as connection,
        pytest.raises(psycopg.errors.CheckViolation) as error,
    ):
        connection.execute(
            "update ops.delivery_table set rows_received = rows_received + 1 where delivery_id = %s",
            [delivery.delivery_id],
        )
    assert error.value.diag.constraint_name == "every_row_is_counted"


def test_a_miscount_rolls_the_whole_delivery_back(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    finish = process_module.Loader.finish

    def miscount(self: Any) -> Any:
        self._read += 1
        return finish(self)

    desk.put("participant_1.csv", table(PERSON_HEADERS, [person(1), person(2, joined_on="x")]))
    (delivery_id,) = desk.discover()
    with monkeypatch.context() as patch:
        patch.setattr(process_module.Loader, "finish", miscount)
        with pytest.raises(psycopg.errors.CheckViolation):
            desk.process(delivery_id)
    assert desk.raw() == [] and desk.vault() == [] and desk.quarantine() == []
    assert desk.five(desk.process(delivery_id)) == (2, 1, 0, 0, 1)


# --- exactly once


def test_the_same_bytes_twice_do_nothing(desk: Desk) -> None:
    rows = table(PERSON_HEADERS, [person(1), person(2, joined_on="x")])
    first = desk.send(rows, "participant_a.csv")
    before = (desk.raw(), desk.vault(), desk.quarantine())
    desk.put("participant_b.csv", rows)
    assert desk.discover() == []
    (desk.drop / "participant_a.csv").touch()
    assert desk.discover() == []
    assert desk.process(first.delivery_id).answered_at == first.answered_at
    assert (desk.raw(), desk.vault(), desk.quarantine()) == before
    sightings = desk.ask(
        "select name from ops.sighting where source = {source} and delivery_id = %s", first.delivery_id
    )
    assert {row["name"] for row in sightings} == {"participant_a.csv", "participant_b.csv"}
    assert len(desk.outbox.delivered) == 1


def test_the_same_bytes_from_two_partners_are_two_deliveries(make_desk: DeskMaker) -> None:
    rows = table(PERSON_HEADERS, [person(1)])
    one, two = make_desk(), make_desk()
    assert one.send(rows).state == two.send(rows).state == "loaded"
    assert one.raw()[0]["partner_person_key"] != two.raw()[0]["partner_person_key"], "references of two partners differ"
    assert one.raw()[0]["record_key"] != two.raw()[0]["record_key"]


def test_a_file_seen_before_is_not_fetched_again(desk: Desk) -> None:
    desk.send_people(person(1), name="participant_a.csv")
    fetched: list[str] = []
    offers = desk.origin.offers

    class Counting:
        def offers(self, since: Any) -> Any:
            for offer in offers(since):
                fetched.append(offer.name)
                yield offer

    desk.origin = Counting()
    desk.put("participant_b.csv", table(PERSON_HEADERS, [person(2)]))
    assert len(desk.discover()) == 1
    assert fetched == ["participant_a.csv", "participant_b.csv"]


def test_the_landing_store_holds_what_was_sent_sealed(desk: Desk) -> None:
    data = table(PERSON_HEADERS, [person(1, first_name="สมชาย")])
    delivery = desk.send(data)
    assert landing.fetch(desk.place.landing, delivery.landing_path, desk.keys.landing) == data
    assert delivery.landing_path == f"{desk.source.source}/2026/03/{register.fingerprint(data).hex()}.csv"
    root = desk.drop.parent / "landing"
    files = [path for path in root.rglob("*") if path.is_file()]
    assert sorted((path.parent.name, path.suffix) for path in files) == [
        ("03", ".card"), ("03", ".csv"), ("last", ".arrow"),  # the register's card, and what the next list is held against
    ]  # fmt: skip
    assert not any("สมชาย".encode() in path.read_bytes() for path in files)
    (row,) = desk.ask("select size_bytes, sha256 from ops.delivery where delivery_id = %s", delivery.delivery_id)
    assert row["size_bytes"] == len(data) and bytes(row["sha256"]) == register.fingerprint(data)


def test_the_landing_store_lies_in_the_state_folder_whatever_its_name(tmp_path: Path) -> None:
    home = Home(tmp_path / "ที่เก็บ ของเรา")
    path = landing.landing_path("a_club", NIGHT, register.fingerprint(b"data"), "ทะเบียน.CSV")
    landing.store(home.landing, path, b"data", b"k" * 32)
    assert (home.path / "landing" / "a_club" / "2026" / "03" / f"{register.fingerprint(b'data').hex()}.csv").is_file()
    assert [path.name for path in tmp_path.iterdir()] == ["ที่เก็บ ของเรา"]
    assert landing.fetch(home.landing, path, b"k" * 32) == b"data"
    with pytest.raises(FileNotFoundError):
        landing.fetch(home.landing, "a_club/2026/03/nothing.csv", b"k" * 32)


def test_one_landed_object_in_the_place_of_another_is_not_believed(desk: Desk) -> None:
    """Both are sealed with our key; only the bytes of the delivery itself are the delivery."""
    desk.put("participant_1.csv", table(PERSON_HEADERS, [person(1)]))
    desk.put("participant_2.csv", table(PERSON_HEADERS, [person(2)]))
    first, _ = desk.discover()
    one, two = sorted((desk.drop.parent / "landing").rglob("*.csv"))
    content = {file: file.read_bytes() for file in (one, two)}
    one.write_bytes(content[two])
    two.write_bytes(content[one])
    with pytest.raises(InvalidTag):
        desk.process(first)
    assert desk.raw() == []


def test_a_landed_object_that_was_changed_is_not_believed(desk: Desk) -> None:
    desk.put("participant_1.csv", table(PERSON_HEADERS, [person(1)]))
    (delivery_id,) = desk.discover()
    (file,) = [path for path in (desk.drop.parent / "landing").rglob("*.csv")]
    damaged = bytearray(file.read_bytes())
    damaged[-1] ^= 1
    file.write_bytes(bytes(damaged))
    with pytest.raises(InvalidTag):
        desk.process(delivery_id)
    assert desk.raw() == []


def test_two_tables_of_one_workbook_load_together(make_desk: DeskMaker) -> None:
    import io

    import openpyxl

    book = openpyxl.Workbook()
    people, spaces = book.active, book.create_sheet("แหล่ง")
    people.title = "คน"
    people.append(PERSON_HEADERS)
    people.append(person(1))
    spaces.append(["รหัส", "ชื่อแหล่ง", "ประเภท", "วันที่เปิด"])
    spaces.append(space(1))
    spaces.append(space(2, kind="castle"))
    buffer = io.BytesIO()
    book.save(buffer)
    desk = make_desk(PARTICIPANT | {"files": "*", "sheet": "คน"}, SPACE | {"files": "*", "sheet": "แหล่ง"})
    delivery = desk.send(buffer.getvalue(), "ทะเบียน.xlsx")
    counts = desk.counts(delivery)
    assert {n: (c.received, c.loaded, c.quarantined) for n, c in counts.items()} == {
        "participant": (1, 1, 0), "learning_space": (2, 1, 1),
    }  # fmt: skip
    assert delivery.landing_path.endswith(".xlsx")


def test_everything_is_written_as_the_ingest_role(desk: Desk) -> None:
    """The desk connects as the night does; the role may not look into what it wrote."""
    assert f"//{INGEST}:" in desk.place.database
    desk.send_people(person(1, joined_on="x"))
    with psycopg.connect(desk.place.database) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("select payload from quarantine.record")


def test_a_reference_made_of_what_identifies_a_person_is_a_pseudonym_in_raw(make_desk: DeskMaker) -> None:
    """Where a partner's cases have no number a national ID may tell them apart: raw never holds it."""
    fields = {
        "partner_person_ref": "เลข", "national_id": "บัตร", "first_name": "ชื่อ", "case_ref": "บัตร", "case_stage": "ขั้น",
        "event_on": "วันที่", "worker_ref": "ผู้ช่วย", "referred_to_partner": "ส่งต่อ",
    }  # fmt: skip
    desk = make_desk({"record_type": "case_event", "sends": "changes", "fields": fields})
    told = ["1112034563562", "สมชาย", "found", "2026-01-05", "W1", "รพ.ลำปาง"]
    desk.send(
        table(
            ["เลข", "บัตร", "ชื่อ", "ขั้น", "วันที่", "ผู้ช่วย", "ส่งต่อ"],
            [["P1", *told], ["P1", *told[:2], "planned", "2026-02-05", *told[4:]]],
        )
    )
    rows = desk.raw("case_event")
    assert len(rows) == 2 and len({row["case_ref"] for row in rows}) == 1
    assert (
        rows[0]["case_ref"]
        == desk.keys.pseudonyms(pa.array(["1112034563562"]), f"case_ref:{desk.source.source}")[0].as_py()
    )
    assert rows[0]["referred_to_partner"] == "โรงพยาบาลลำปาง" and "1112034563562" not in str(rows)
