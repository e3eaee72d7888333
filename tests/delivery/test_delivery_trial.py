"""A dry run: what would be loaded, held, repeated and superseded, row by row, and nothing written anywhere."""

from __future__ import annotations

import io
import json
import random
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from delivery_desk import LEAN, PARTICIPANT, PERSON_HEADERS, SPACE, SPACE_HEADERS, person, space, table

from equity.delivery import trial as trial_module
from equity.delivery.trial import Trial, as_line, try_delivery
from equity.settings import PROJECT
from equity.sources.readers import table as table_module
from equity.sources.spec import Source

NOW = datetime(2026, 3, 2, 5, tzinfo=UTC)


def source(*tables: dict[str, Any], by: str = "folder", **version: Any) -> Source:
    return Source.model_validate(
        {
            "source": "a_club",
            "partner": {"family": "unit", "name": {"th": "ชมรม", "en": "A club"}, "area": "5201"},
            "fetch": {"by": by, "connection": "a_drop"},
            "versions": [{"since": date(2026, 1, 1), "tables": list(tables), **version}],
        }
    )


CLUB = source(LEAN, SPACE)


def tried(
    rows: list[list[str]], headers: list[str] = PERSON_HEADERS, name: str = "participant_1.csv", club: Source = CLUB
) -> Trial:
    return try_delivery(club, name, table(headers, rows), NOW)


def statuses(trial: Trial) -> list[str]:
    return [row["_status"] for row in trial.rows()]


# --- counts


def test_good_rows_are_loaded() -> None:
    trial = tried([person(i) for i in range(4)])
    told = trial.as_json()
    assert (told["state"], told["reason"], told["name_fits_the_spec"]) == ("loaded", None, True)
    assert (told["received"], told["loaded"], told["held"], told["repeated"], told["superseded"]) == (4, 4, 0, 0, 0)
    assert statuses(trial) == ["loaded"] * 4


def test_a_row_with_a_critical_fault_is_held_and_says_why() -> None:
    trial = tried([person(1), person(2, joined_on=""), person(3)])
    assert statuses(trial) == ["loaded", "held", "loaded"]
    held = list(trial.rows())[1]
    assert [reason["code"] for reason in held["_reasons"] if reason["severity"] == "critical"] == ["joined_on.missing"]
    (reason,) = [r for r in trial.as_json()["tables"][0]["reasons"] if r["code"] == "joined_on.missing"]
    assert (reason["count"], reason["cells"]) == (1, ["joined_on"]) and reason["th"] != reason["en"]


def test_the_same_row_again_is_repeated() -> None:
    trial = tried([person(1), person(2), person(1), person(1)])
    assert statuses(trial) == ["loaded", "loaded", "repeated", "repeated"]


def test_of_one_key_the_last_row_counts() -> None:
    trial = tried([person(1, income="1"), person(2), person(1, income="2"), person(1, income="3")])
    assert statuses(trial) == ["superseded", "loaded", "superseded", "loaded"]
    assert trial.as_json()["superseded"] == 2


def test_keys_that_are_sorted_in_parts_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = random.Random(5)
    rows = [
        person(chosen.randrange(9), income=chosen.choice("123"), joined_on=chosen.choice(["", *["1/6/2568"] * 9]))
        for _ in range(120)
    ]
    whole = statuses(tried(rows))
    assert set(whole) == {"loaded", "held", "repeated", "superseded"}
    monkeypatch.setattr(trial_module, "SORTED", 7)
    assert statuses(tried(rows)) == whole
    latest: dict[str, tuple[int, list[str]]] = {}  # row by row, in plain words
    expected = ["held"] * len(rows)
    for i, row in enumerate(rows):
        if whole[i] == "held":
            continue
        before = latest.get(row[0])
        expected[i] = "repeated" if before and before[1] == row else "loaded"
        if before and before[1] != row:
            expected[before[0]] = "superseded"
        if not before or before[1] != row:
            latest[row[0]] = i, row
    assert whole == expected


def test_rows_are_told_block_by_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_module, "BLOCK_ROWS", 10)
    trial = tried([person(i) for i in range(200)])
    told: list[dict[str, Any]] = []

    class EnoughError(Exception):
        pass

    def tell(row: dict[str, Any]) -> None:
        told.append(row)
        if len(told) == 15:
            raise EnoughError

    with monkeypatch.context() as patch:
        seen = Counter[str]()
        lines = trial_module._lines
        patch.setattr(trial_module, "_lines", lambda *given: (seen.update(["block"]), lines(*given))[1])
        with pytest.raises(EnoughError):
            trial.tell_rows(tell)
    assert seen["block"] == 2  # the other eighteen were never made


def test_a_row_that_goes_back_to_an_earlier_content_counts_last() -> None:
    assert statuses(tried([person(1, income="1"), person(1, income="2"), person(1, income="1")])) == [
        "superseded", "superseded", "loaded",
    ]  # fmt: skip


def test_a_held_row_neither_repeats_nor_supersedes() -> None:
    trial = tried([person(1), person(1, joined_on=""), person(1)])
    assert statuses(trial) == ["loaded", "held", "repeated"]


def test_flagged_rows_are_counted_once_and_only_when_they_are_loaded() -> None:
    trial = tried([person(1), person(2, phone="12"), person(3, phone="12", joined_on="")])
    (counted,) = trial.as_json()["tables"]
    rows = list(trial.rows())
    assert counted["flagged"] == 1 and [row["_flags"] for row in rows[:2]] == [[], ["phone"]]


def test_every_row_has_one_status() -> None:
    rows = [person(i % 3, income=str(i % 4), joined_on="" if i % 5 == 0 else "1/6/2568") for i in range(40)]
    trial = tried(rows)
    (counted,) = trial.as_json()["tables"]
    assert counted["received"] == 40 == sum(counted[key] for key in ("loaded", "held", "repeated", "superseded"))
    assert Counter(statuses(trial)) == {
        k: counted[k] for k in ("loaded", "held", "repeated", "superseded") if counted[k]
    }


def test_rows_that_have_no_columns_are_held_with_their_number() -> None:
    data = table(PERSON_HEADERS, [person(1), person(2)]) + b"a,b,c\r\n" + table(["x"], [])[:0]
    trial = try_delivery(CLUB, "participant_1.csv", data, NOW)
    broken = [row for row in trial.rows() if row["_reasons"] and row["_reasons"][0]["code"] == "row.broken"]
    assert [row["_row"] for row in broken] == [4] and trial.as_json()["held"] == 1
    assert trial.as_json()["received"] == 3 == len(list(trial.rows()))


def test_blocks_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [person(i % 7, income=str(i % 3), joined_on="" if i % 6 == 0 else "1/6/2568") for i in range(60)]
    whole = list(tried(rows).rows())
    monkeypatch.setattr("equity.sources.readers.table.BLOCK_ROWS", 11)
    assert list(tried(rows).rows()) == whole and len(whole) == 60


# --- rows


def test_a_row_is_told_in_clear_with_canonical_fields() -> None:
    club = source(PARTICIPANT)
    row, *_ = tried([person(7, national_id="1234545678781", income="3,500", groups="ผู้สูงอายุ, คนพิการ")], club=club).rows()
    assert (row["_record_type"], row["_row"], row["_sheet"]) == ("participant", 2, "")
    assert row["partner_person_ref"] == "P-0007" and row["national_id"] == "1234545678781"
    assert row["birth_date"] == "1997-03-15" and row["joined_on"] == "2025-06-01"
    assert row["baseline_monthly_income"] == 3500 and isinstance(row["baseline_monthly_income"], int)
    assert sorted(row["target_groups"]) == ["elderly", "person_with_disability"]
    assert set(row) >= {"_status", "_record_type", "_row", "_flags", "_reasons", *PARTICIPANT["fields"]}
    assert not any("." in key for key in row), "no columns of the checks"


def test_a_row_is_one_line_of_json() -> None:
    lines = [as_line(row) for row in tried([person(1), person(2, first_name="บรรทัด\nใหม่")]).rows()]
    assert all(line.endswith(b"\n") and line.count(b"\n") == 1 for line in lines)
    assert [json.loads(line)["_row"] for line in lines] == [2, 3]


def test_rows_may_be_asked_for_twice() -> None:
    trial = tried([person(1), person(1), person(2, joined_on="")])
    assert list(trial.rows()) == list(trial.rows()) != []


def test_two_tables_of_a_workbook_are_told_in_order() -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, headers, rows in (("คน", PERSON_HEADERS, [person(1)]), ("ที่", SPACE_HEADERS, [space(1), space(1)])):
        sheet = book.create_sheet(title)
        for cells in (headers, *rows):
            sheet.append(cells)
    buffer = io.BytesIO()
    book.save(buffer)
    club = source(LEAN | {"files": "*", "sheet": "คน"}, SPACE | {"files": "*", "sheet": "ที่"})
    trial = try_delivery(club, "a.xlsx", buffer.getvalue(), NOW)
    assert [(t["record_type"], t["place"], t["loaded"], t["repeated"]) for t in trial.as_json()["tables"]] == [
        ("participant", "คน", 1, 0), ("learning_space", "ที่", 1, 1),
    ]  # fmt: skip
    assert [(row["_record_type"], row["_sheet"], row["_status"]) for row in trial.rows()] == [
        ("participant", "คน", "loaded"), ("learning_space", "ที่", "loaded"), ("learning_space", "ที่", "repeated"),
    ]  # fmt: skip


def test_columns_that_are_unknown_or_not_sent_are_told() -> None:
    headers = [*PERSON_HEADERS[:4], "ใหม่", *PERSON_HEADERS[5:]]  # no telephone
    (told,) = tried([person(1)], headers).as_json()["tables"]
    assert (told["unknown_columns"], told["columns_not_sent"]) == (["ใหม่"], ["phone"])


def test_a_table_that_is_not_read_is_told() -> None:
    data = table(PERSON_HEADERS, [person(1), person(2)]) + "\nอุปกรณ์,จำนวน\nเก้าอี้,4\nโต๊ะ,2\n".encode()
    (told,) = try_delivery(source(PARTICIPANT), "participant_1.csv", data, NOW).as_json()["tables"]
    assert told["received"] == 2
    assert told["tables_not_read"] == [{"place": "", "row": 5, "column": 1, "rows": 2}]


# --- deliveries that are held


@pytest.mark.parametrize(
    ("data", "state", "code"),
    [
        (b"", "rejected", "empty_file"),
        (b"%PDF-1.7", "rejected", "unknown_format"),
        ("สี,กลิ่น\nแดง,หอม\n".encode(), "held", "header_not_found"),
        (
            table([h for h in PERSON_HEADERS if h != "เข้าร่วม"], [person(1)[:7] + person(1)[8:]]),
            "held",
            "missing_column",
        ),
    ],
)
def test_what_is_held_as_a_whole_says_why_and_has_no_rows(data: bytes, state: str, code: str) -> None:
    trial = try_delivery(CLUB, "participant_1.csv", data, NOW)
    told = trial.as_json()
    assert (told["state"], told["reason"]["code"], told["tables"], told["received"]) == (state, code, [], 0)
    assert told["reason"]["th"] != told["reason"]["en"] != ""
    assert list(trial.rows()) == []
    book = openpyxl.load_workbook(io.BytesIO(trial.workbook() or b""))
    words = " ".join(str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell)
    assert told["reason"]["th"].split()[0] in words


def test_a_column_of_another_type_holds() -> None:
    rows = [person(i, joined_on="เร็วๆ นี้") for i in range(12)]
    assert tried(rows).as_json()["reason"]["code"] == "type_changed"


# --- names


def test_a_name_that_no_table_asks_for_is_said_and_tried_with_the_table_that_fits() -> None:
    trial = tried([person(1), person(2)], name="ส่งใหม่ ครั้งที่ 2.csv")
    told = trial.as_json()
    assert (told["name_fits_the_spec"], told["state"], told["loaded"]) == (False, "loaded", 2)
    assert [t["record_type"] for t in told["tables"]] == ["participant"]


def test_a_path_of_a_folder_is_no_part_of_a_files_name() -> None:
    told = tried([space(1)], SPACE_HEADERS, "some/where/space_1.csv").as_json()
    assert (told["file"], told["name_fits_the_spec"], told["loaded"]) == ("space_1.csv", True, 1)


def test_a_pull_is_named_by_its_path() -> None:
    pulled = SPACE | {"path": "/v1/spaces", "rows": "items"}
    club = source({key: value for key, value in pulled.items() if key != "files"}, by="rest")
    data = json.dumps({"items": [dict(zip(SPACE_HEADERS, space(i), strict=True)) for i in (1, 2)]}).encode()
    for name, fits in (("/v1/spaces", True), ("export.json", False)):
        told = try_delivery(club, name, data, NOW).as_json()
        assert (told["name_fits_the_spec"], told["loaded"]) == (fits, 2)


def test_the_rules_of_the_day_hold() -> None:
    later = LEAN | {"fields": {**LEAN["fields"], "phone": "มือถือ"}}
    club = CLUB.model_copy(update={"versions": (*CLUB.versions, source(later, since=date(2026, 6, 1)).versions[0])})
    data = table(PERSON_HEADERS, [person(1)])
    days = {month: try_delivery(club, "participant_1.csv", data, NOW.replace(month=month)) for month in (3, 7)}
    assert {month: trial.tables[0].columns_not_sent for month, trial in days.items()} == {3: [], 7: ["phone"]}


# --- the workbook, and nothing else


def test_the_workbook_is_the_one_that_the_partner_would_get() -> None:
    trial = tried([person(1), person(2, joined_on="")])
    book = openpyxl.load_workbook(io.BytesIO(trial.workbook() or b""))
    words = [str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell]
    assert "P-0002" in words and "P-0001" not in words


def test_where_there_is_nothing_to_say_there_is_no_workbook() -> None:
    assert tried([person(1)]).workbook() is None


def test_nothing_is_written_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file in the working folder, the state folder or the repository's own, and no database is asked for."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EQUITY_HOME", str(tmp_path / "home"))

    def refused(*_: object, **__: object) -> None:
        raise AssertionError("a dry run opens no connection")

    monkeypatch.setattr("psycopg.connect", refused)
    before = {
        path: path.stat().st_mtime_ns for path in (PROJECT / "dags").rglob("*") if "__pycache__" not in path.parts
    }
    trial = tried([person(1), person(2, joined_on="")])
    assert len(list(trial.rows())) == 2 and trial.workbook() and trial.as_json()
    assert list(tmp_path.iterdir()) == []
    assert {path: path.stat().st_mtime_ns for path in before} == before
