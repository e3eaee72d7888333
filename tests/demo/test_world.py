"""The demo world repeats itself, and its truth tells where every planted error stands."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections import Counter, defaultdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pytest
import yaml

from equity.demo import funder, people, published, rajabhat
from equity.demo.tables import CRITICAL_CODES, Delivery, Line
from equity.demo.world import NIGHTS, World
from equity.thai import dates, names, national_ids, phones, places

SCALE = 0.12
SPECS = Path(__file__).parents[2] / "dags" / "sources"
TYPES = Path(__file__).parents[2] / "plugins" / "equity" / "records" / "types"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = World(tmp_path_factory.mktemp("world"), scale=SCALE)
    for night in NIGHTS:
        made.play(night)
    return made


@pytest.fixture(scope="module")
def nights() -> dict[int, list[Delivery]]:
    source = World(Path("unused"), scale=SCALE)
    return {number: source.deliveries(number) for number in range(1, 8)}


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_same_seed_same_bytes_however_the_nights_are_played(world: World, tmp_path: Path) -> None:
    at_once = World(tmp_path / "a", scale=SCALE)
    at_once.play(NIGHTS[-1])
    assert digests(at_once.folder) == digests(world.folder)
    World(tmp_path / "b", scale=SCALE, seed=53).play(NIGHTS[0])
    name = "lampang_luang/sftp/outgoing/participant_20260302.csv"
    assert (tmp_path / "b" / name).read_bytes() != (world.folder / name).read_bytes()


def test_playing_again_changes_nothing(tmp_path: Path) -> None:
    played = World(tmp_path, scale=0.03)
    played.play(NIGHTS[2])
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    World(tmp_path, scale=0.03).play(NIGHTS[0])
    World(tmp_path, scale=0.03).play(NIGHTS[2])
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()} == before
    played.play(date(2026, 4, 1))
    played.play(date(2026, 4, 2))
    assert played.clock() == date(2026, 4, 2)
    with pytest.raises(ValueError, match="another folder"):
        World(tmp_path, scale=0.03, seed=1).play(NIGHTS[3])


def test_night_by_night(world: World) -> None:
    counts = world.truth().counts
    sent = {night: {d for partner in counts[night].values() for d in partner if d[0] != "/"} for night in counts}
    assert len(sent["2026-03-02"]) == 17
    assert sent["2026-03-03"] == {"attendance_20260303.csv", "food_bank_20260303.csv"}
    assert sent["2026-03-04"] == {"ทะเบียนสมาชิก_2569-02_แก้ไข.xlsx", "attendance_20260302_resend.csv", "population.csv"}
    assert sent["2026-03-05"] == {
        "participant_20260305.csv", "บันทึกพี่เลี้ยง_2569-03.xlsx", "นักเรียน_2568_พย_ส่งช้า.txt",
    }  # fmt: skip
    assert sent["2026-03-06"] == {
        "บัญชีกองทุน_2569-01.xlsx", "participant_20260306.csv", "community_group_20260306.csv",
        "ทะเบียนคุมโครงการ_2569-02_ปรับปรุง.xlsx", "นักเรียน_2568_มิย_แก้ไข.txt", "population.csv",
    }  # fmt: skip
    assert sent["2026-03-07"] == {
        "food_bank_20260307.csv", "นักเรียน_2568_พย_ส่งซ้ำ.txt", "out_of_school.csv", "published_figures.csv",
    }  # fmt: skip
    assert sent["2026-03-08"] == {"กิจกรรมและผลลัพธ์_2569-03.xlsx"}
    town = {n: counts[n].get(people.TOWN, {}) for n in counts}
    collapsed = town["2026-03-05"]["participant_20260305.csv"]["participant"]
    assert collapsed["held"] == "rows_collapsed"
    assert collapsed["rows"] < 0.45 * town["2026-03-02"]["participant_20260302.csv"]["participant"]["rows"]
    assert town["2026-03-07"]["food_bank_20260307.csv"]["food_bank_distribution"]["held"] == "type_changed"
    assert len(town["2026-03-06"]["participant_20260306.csv"]["participant"]["deletions"]) == 3
    outgoing = world.folder / "lampang_luang" / "sftp" / "outgoing"
    first, again = (outgoing / f"attendance_20260302{x}.csv" for x in ("", "_resend"))
    assert first.read_bytes() == again.read_bytes()
    schools = world.folder / "schools" / "drop"
    first, again = (schools / f"นักเรียน_2568_พย{x}.txt" for x in ("", "_ส่งซ้ำ"))
    assert first.read_bytes() == again.read_bytes()


def test_size_and_share_of_errors_at_scale_one() -> None:
    deliveries = World(Path("unused")).deliveries(1)
    lines = [line for d in deliveries for part in d.parts for line in part.lines]
    assert 52_000 < len(lines) < 55_000
    everybody = {line.row["_person"].key for line in lines if "_person" in line.row}
    assert 5_900 < len(everybody) < 6_900
    for delivery in deliveries:
        for part in delivery.parts:
            if len(part.lines) > 100:
                wrong = sum(bool(line.faults) for line in part.lines) / len(part.lines)
                assert 0.03 < wrong < 0.06, (delivery.name, part.record_type)
    ids = {p.nid for line in lines if (p := line.row.get("_person"))}
    assert len(ids) == len(everybody)
    assert all(people.is_valid_id(nid) for nid in ids)


def test_the_docs_say_who_plays(nights: dict[int, list[Delivery]]) -> None:
    """docs/data-engineer.md: the record types of each source, and the nights on which something of it comes."""
    page = (SPECS.parents[1] / "docs" / "data-engineer.md").read_text("utf-8")
    table = re.search(r"<!-- demo partners: begin -->\n(.*?)<!-- demo partners: end -->", page, re.S)
    assert table
    said = {}
    for line in table[1].strip().splitlines()[2:]:
        source, types, _, plot = line.strip("|").split("|")
        named = {int(night) for group in re.findall(r"([\d, ]+):", plot) for night in group.split(",")}
        said[source.strip(" `")] = (set(re.findall(r"`(\w+)`", types)), named | {1})
    made: dict[str, tuple[set[str], set[int]]] = {source: (set(), set()) for source in people.SOURCES}
    for night, found in nights.items():
        for delivery in found:
            made[delivery.source][0].update(part.record_type for part in delivery.parts)
            made[delivery.source][1].add(night)
    assert said == made


# --- the truth is where it says


def _sheet_rows(path: Path, sheet: str) -> dict[int, list[Any]]:
    page = openpyxl.load_workbook(path, data_only=True)[sheet]
    return {number: list(cells) for number, cells in enumerate(page.iter_rows(values_only=True), 1)}


def _same(shown: Any, written: Any) -> bool:
    if isinstance(shown, datetime):
        shown = shown.date()
    return shown == (None if written == "" else written)


def test_every_line_of_the_workbooks_stands_at_its_row(world: World, nights: dict[int, list[Delivery]]) -> None:
    tables = {
        (source, table["record_type"]): table
        for source in (people.CLUB, people.FUNDER)
        for table in yaml.safe_load((SPECS / f"{source}.yml").read_text("utf-8"))["versions"][0]["tables"]
    }
    for delivery in (d for found in nights.values() for d in found if d.name.endswith(".xlsx")):
        path = world.folder / delivery.place / delivery.name
        for part in delivery.parts:
            table = tables[delivery.source, part.record_type]
            rows = _sheet_rows(path, table["sheet"].rstrip("*"))
            title = next(n for n, cells in rows.items() if table["header"]["after"] in cells)
            first = min(part.numbers)
            assert title < first - table["header"]["rows"]
            for number, line in zip(part.numbers, part.lines, strict=True):
                shown = rows[number]
                cells = [value for header, value in line.cells().items() if not header.startswith("_")]
                shown = shown[next(i for i in (0, 1) if _same(shown[i], cells[0])) :]
                assert all(map(_same, shown, cells)), (delivery.name, number)
            others = [cells for number, cells in rows.items() if number > first and number not in set(part.numbers)]
            said = [str(next((c for c in cells if c is not None), "")) for cells in others]
            assert all(text.startswith(("รวม", "ลงชื่อ")) or not text for text in said)
            assert "รวมทั้งสิ้น" in said
            _check_headers(rows, first, table)


def _check_headers(rows: dict[int, list[Any]], first: int, table: dict[str, Any]) -> None:
    """Every header that the spec names is there, once line breaks and spaces are taken out."""

    def bare(text: Any) -> str:
        return "".join(str(text or "").split())

    bottom = [bare(text) for text in rows[first - 1]]
    if table["header"]["rows"] == 2:
        above = ""
        joined = []
        for top, under in zip(rows[first - 2], bottom, strict=True):
            above = bare(top) or above
            joined.append(f"{above}/{under}" if under else above)
        bottom = joined
    wanted: list[list[str]] = []
    for said in [*table["fields"].values(), *table.get("parts", {}).values(), *table.get("ignore", [])]:
        header = said["header"] if isinstance(said, dict) and "header" in said else said
        options = list(header.values()) if isinstance(header, dict) else [header]
        wanted += [option if isinstance(option, list) else [option] for option in options]
    assert all(any(bare(spelling) in bottom for spelling in either) for either in wanted), bottom
    assert len([b for b in bottom if b]) == len(wanted)


TEXTS = {people.TOWN: ("cp874", ","), people.ROSTERS: ("utf-16", "\t"), people.REGISTERS: ("utf-8-sig", ",")}


def test_planted_errors_are_in_the_text_files_at_their_lines(world: World, nights: dict[int, list[Delivery]]) -> None:
    tables = {
        (source, table["record_type"]): table
        for source in TEXTS
        for table in yaml.safe_load((SPECS / f"{source}.yml").read_text("utf-8"))["versions"][0]["tables"]
    }
    planted = defaultdict(list)
    for error in world.truth().planted:
        planted[error["delivery"], error["night"]].append(error)
    for number, found in nights.items():
        for delivery in (d for d in found if d.source in TEXTS):
            issue = NIGHTS[number - 1].isoformat() if delivery.source == people.REGISTERS else ""
            content = (world.folder / delivery.place / issue / delivery.name).read_bytes()
            encoding, delimiter = TEXTS[delivery.source]
            read = list(csv.reader(io.StringIO(content.decode(encoding), newline=""), delimiter=delimiter))
            [part] = delivery.parts
            named = [
                header["header"] if isinstance(header, dict) else header
                for header in tables[delivery.source, part.record_type]["fields"].values()
            ]
            assert set(named) <= set(read[0])
            for at, line in zip(part.numbers, part.lines, strict=True):
                cells = line.cells()
                assert read[at - 1] == ["" if cells[h] is None else str(cells[h]) for h in read[0]]
            errors = {(e["row"], e["code"]) for e in planted[delivery.name, NIGHTS[number - 1].isoformat()]}
            if not delivery.held and not delivery.same_as:
                assert errors == {
                    (at, f.code) for at, line in zip(part.numbers, part.lines, strict=True) for f in line.faults
                }


def test_truth_is_consistent(world: World) -> None:
    truth = world.truth()
    required: dict[str, set[str]] = {}
    block = yaml.safe_load((TYPES.parent / "blocks" / "person.yml").read_text("utf-8"))["fields"]
    ref = yaml.safe_load((TYPES.parent / "blocks" / "person_ref.yml").read_text("utf-8"))["fields"]
    for path in TYPES.glob("*.yml"):
        declared = yaml.safe_load(path.read_text("utf-8"))
        fields = dict(declared["fields"])
        for name in declared.get("blocks", []):
            fields |= block if name == "person" else ref
        required[declared["record_type"]] = {name for name, f in fields.items() if f.get("required")}
        for error in (e for e in truth.planted if e["record_type"] == declared["record_type"]):
            assert error["field"] in fields, error
    for error in truth.planted:
        needed = error["field"] in required[error["record_type"]]
        if error["code"].endswith(".missing"):
            assert needed
        if needed or error["field"] in CRITICAL_CODES:
            assert error["severity"] == "critical", error
    critical = Counter(
        (*place, row)
        for place, row in {
            ((e["night"], e["delivery"], e["record_type"]), e["row"])
            for e in truth.planted
            if e["severity"] == "critical"
        }
    )
    for night, sources in truth.counts.items():
        for deliveries in sources.values():
            for name, parts in deliveries.items():
                for record_type, count in parts.items():
                    if "held" in count or "same_as" in count:
                        continue
                    found = sum(key[:3] == (night, name, record_type) for key in critical)
                    assert found == count["wrong"], (night, name)
    assert len(truth.identifiers["canaries"]) == 40
    linkable = [p for p in truth.persons if p["linkable"]]
    shared = [p for p in truth.persons if len({k["source"] for k in p["partners"]}) > 1]
    assert 0.6 * len(shared) < len(linkable) < len(shared) + 5


def test_correction_and_gcode_nights(world: World) -> None:
    per_night = Counter((e["night"], e["source"]) for e in world.truth().planted)
    register = [e for e in world.truth().planted if e["record_type"] in ("participant", "fund_member")]
    club = Counter(e["night"] for e in register if e["source"] == people.CLUB)
    assert 0 < club["2026-03-04"] < 0.45 * club["2026-03-02"]
    town = Counter(e["night"] for e in register if e["source"] == people.TOWN)
    assert 0 < town["2026-03-06"] < 0.45 * town["2026-03-02"]
    assert ("2026-03-04", people.ABE) not in per_night
    later = [
        known
        for person in world.truth().persons
        for known in person["partners"]
        if known["g_code"] and known["national_id_valid"]
    ]
    assert later
    assert all(known["national_id_valid_from"] > "2026-03-02" for known in later)


# --- what is not planted is clean, what is planted is what the readers say

_BIRTHS = ("วันเกิด", "วันเดือนปีเกิด", "learner.birth_date", "person.birth_date")
_IDS = ("เลขประจำตัวประชาชน", "เลขบัตรประชาชน", "learner.citizen_id", "person.citizen_id")
_NAMES = ("ชื่อ-สกุล", "ชื่อ นามสกุล")
_FIRST_NAMES = ("ชื่อ", "learner.first_name", "person.first_name")
_PHONES = ("โทรศัพท์", "เบอร์โทร", "learner.guardian_phone")
_DAYS = (
    *("วันที่เข้าร่วม", "วันที่ออก", "วันที่สมัคร", "วันที่พ้นสภาพ", "วันที่จัด", "วันที่ติดตาม", "วัน เดือน ปี", "วันที่แจ้ง", "วันที่เสร็จ"),
    *(
        "วันที่",
        "วันที่เปิด",
        "เป็นวิทยากรตั้งแต่",
        "วันที่แจก",
        "screened_at",
        "event_date",
        "start_date",
        "end_date",
        "completed_at",
    ),
    *("วันที่เยี่ยม", "วันที่ก่อตั้ง", "เผยแพร่เมื่อ", "เริ่ม", "ข้อมูล ณ วันที่", *funder.STAGE_HEADERS),
)
_READ = ("date.", "national_id.", "name.two", "phone.", "place.")


def _text(value: Any) -> str | None:
    if value is None or value is rajabhat.ABSENT or value == "":
        return None
    return value.isoformat() if isinstance(value, date) else str(value)


def _read(header: str, column: pa.Array, source: str) -> list[str | None] | None:
    if header in _IDS:
        parsed = national_ids.parse_national_ids(column)
        right, binds = national_ids.checksum_ok(parsed.values), national_ids.checksum_binds(parsed.values)
        return [
            problem or (None if ok is not False else f"national_id.checksum{'' if strict else '_other'}")
            for problem, ok, strict in zip(
                parsed.problems.to_pylist(), right.to_pylist(), binds.to_pylist(), strict=True
            )
        ]
    if header in _NAMES:
        return names.split_full_names(column).problems.to_pylist()
    if header in _FIRST_NAMES:
        return [None if p == "name.no_last_name" else p for p in names.split_full_names(column).problems.to_pylist()]
    if header in _PHONES:
        return phones.parse_phones(column).problems.to_pylist()
    if header in _BIRTHS or header in _DAYS:
        birth = header in _BIRTHS
        return dates.parse_dates(
            column,
            era="buddhist" if source == people.TOWN and not birth else "auto",
            earliest=date(1880, 1, 1) if birth else date(2000, 1, 1),
            latest=date(2036, 1, 1) if birth else date(2029, 1, 1),
        ).problems.to_pylist()
    if header == "ที่อยู่":
        parts = places.split_addresses(column)
        return places.lampang().resolve(parts["tambon"], parts["amphoe"], parts["province"]).problems.to_pylist()
    return None


def test_readers_find_what_is_planted_and_nothing_else(nights: dict[int, list[Delivery]]) -> None:
    looked = 0
    for delivery in (d for found in nights.values() for d in found if not d.held):
        for part in (p for p in delivery.parts if p.lines):
            cells = [line.cells() for line in part.lines]
            for header in (h for h in part.lines[0].row if not h.startswith("_")):
                column = pa.array([_text(c[header]) for c in cells], pa.string())
                found = _read(header, column, delivery.source)
                if found is None:
                    continue
                for line, code, text in zip(part.lines, found, column.to_pylist(), strict=True):
                    planted = {f.code for f in line.faults if header in f.cells and f.code.startswith(_READ)}
                    assert planted == ({code} if code else set()), (delivery.name, header, text)
                    looked += bool(planted)
    assert looked > 40


def _flawless(lines: list[Line]) -> list[dict[str, Any]]:
    return [line.row for line in lines if not line.faults]


def test_clean_rows_keep_the_rules(nights: dict[int, list[Delivery]]) -> None:
    for number, found in nights.items():
        night = NIGHTS[number - 1]
        for delivery in (d for d in found if not d.held):
            for part in delivery.parts:
                rows = _flawless(part.lines)
                if not rows:
                    continue
                for header in set(_DAYS) & set(rows[0]):
                    days = dates.parse_dates(pa.array([_text(r[header]) for r in rows], pa.string())).values
                    assert all(day <= night for day in days.to_pylist() if day), (delivery.name, header)
                for row in rows:
                    person = row.get("_person")
                    name = row.get("ชื่อ-สกุล") or row.get("คำนำหน้า") or row.get("learner.title")
                    if person and name:
                        child = name.startswith(("ด.ช.", "ด.ญ.", "เด็ก"))
                        assert child == (person.age(night) < 15), (name, person.birth)
                        female = name.startswith(("ด.ญ.", "เด็กหญิง", "นาง", "น.ส."))
                        assert female == (person.sex == "female")


def test_savings_never_run_below_zero(nights: dict[int, list[Delivery]]) -> None:
    saved: Counter[str] = Counter()
    booked = []
    for found in nights.values():
        for delivery in found:
            for part in (p for p in delivery.parts if p.record_type == "fund_transaction"):
                booked += [line.row["_note"] for line in part.lines if not line.critical and not line.repeat]
    for january in (False, True):
        saved.clear()
        for note in sorted(booked, key=lambda n: n["day"]):
            if january or (note["day"].year, note["day"].month) != (2026, 1):
                saved[note["ref"]] += {"ฝาก": 1, "ถอน": -1}.get(note["kind"], 0) * note["amount"]
                assert saved[note["ref"]] >= 0


def test_keys_are_unique_in_clean_rows(nights: dict[int, list[Delivery]]) -> None:
    keys = {
        "participant": ("รหัสสมาชิก", "รหัสผู้เรียน", "รหัสโครงการ"),
        "attendance": ("รหัสสมาชิก", "รหัสผู้เรียน", "รหัสกิจกรรม"),
        "outcome": ("_key",),
        "fund_member": ("รหัสสมาชิก", "กองทุน"),
        "learner_screening": ("learner.id", "_day"),
        "case_event": ("case_no", "stage", "_event"),
        "fund_transaction": ("เลขที่",),
        "enrolment": ("enrolment_no",),
        "food_bank_distribution": ("เลขที่",),
        "project": ("รหัสโครงการ",),
        "mentor_visit": ("_key",),
        "community_group": ("รหัสกลุ่ม",),
        "product": ("รหัสสินค้า",),
        "knowledge_output": ("ประเภทผลงาน", "ชื่อผลงาน"),
        "population_register": ("รหัสตำบล", "อายุ", "เพศ", "ประเภทที่อยู่", "ข้อมูล ณ วันที่"),
        "school_roster": ("รหัสนักเรียน",),
        "out_of_school_baseline": ("รหัสเด็ก",),
        "published_figure": ("รหัสตัวเลข",),
    }
    for delivery in (d for found in nights.values() for d in found):
        for part in (p for p in delivery.parts if p.record_type in keys):
            seen = [
                tuple(str(line.row[h]) for h in keys[part.record_type] if h in line.row)
                for line in part.lines
                if not line.repeat
            ]
            assert len(seen) == len(set(seen)), delivery.name


# --- what the registers say


def of_type(found: list[Delivery], record_type: str) -> list[Line]:
    return [line for d in found for part in d.parts if part.record_type == record_type for line in part.lines]


def test_the_funders_register_has_the_programmes_totals(nights: dict[int, list[Delivery]]) -> None:
    """S1: in two years 194 projects in 51 provinces, for 14,414 people; and a project at every stage."""
    rows = [line.row for line in of_type(nights[5], "project") if line.row["รหัสโครงการ"].startswith("CCG-6")]
    old = [row for row in rows if row["รหัสโครงการ"][4:6] in ("62", "63")]
    assert (len(old), len({row["จังหวัด"].removeprefix("จ.") for row in old})) == (194, 51)
    people_for = integers([row["เป้าหมาย (คน)"] for row in old])
    assert sum(people_for) == 14_414
    assert {line.row["ขั้นตอนปัจจุบัน"] for line in of_type(nights[1], "project")} >= set(funder.STAGES)
    known = {row["สัญญาเลขที่"] for line in of_type(nights[1], "project") for row in [line.row]}
    assert {"กสศ.67-0412", "กสศ.67-0733", "กสศ.68-0155"} <= known, "the club's own contracts are in it"


def integers(values: list[Any]) -> list[int]:
    return [int(str(value).replace(",", "").translate(str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789"))) for value in values]


def test_population_is_whole_and_the_published_table_is_made_of_it(nights: dict[int, list[Delivery]]) -> None:
    mended = [line.row for line in of_type(nights[3], "population_register")]
    assert len({row["รหัสตำบล"][:6] for row in mended}) == 100
    assert len(mended) == 100 * 25 * 2 * 2
    registered = [row for row in mended if row["ประเภทที่อยู่"] == "ตามทะเบียนบ้าน"]
    counted = Counter()
    for row, count in zip(registered, integers([row["จำนวน"] for row in registered]), strict=True):
        counted.update({band: count for band, years in published.BANDS.items() if int(row["อายุ"]) in years})
    table = [line.row for line in of_type(nights[6], "published_figure")]
    printed = {
        row["ช่วงอายุ"]: value
        for row, value in zip(table, [row["ค่า"] for row in table], strict=True)
        if row["ชื่อตาราง"].startswith("ประชากรวัยเรียนรายอำเภอ") and not row["อำเภอ"]
    }
    wrong = {
        band: integers([printed[f"{band} ปี"]])[0] - count
        for band, count in counted.items()
        if integers([printed[f"{band} ปี"]])[0] != count
    }
    assert wrong == {"12–14": published.ADDED}


def test_what_is_planted_in_published_figures_is_named(world: World, nights: dict[int, list[Delivery]]) -> None:
    figures = world.truth().figures
    within = [what for what in figures if what["about"] == "table"]
    assert len(within) > 20 and {what["kind"] for what in within} >= {
        "other_age_band", "stock_against_flow", "other_scope", "parts_do_not_add_up", "over_100_percent", "mixed_units", "counted_twice",
    }  # fmt: skip
    lines = {line.row["รหัสตัวเลข"]: line for line in of_type(nights[1], "published_figure")}
    assert all(not lines[ref].faults for what in within for ref in what["refs"])
    (over,) = [what for what in within if what["kind"] == "over_100_percent"]
    assert float(lines[over["refs"][0]].row["ค่า"]) > 100
    compared = {ref: what for what in figures if what["about"] == "comparison" for ref in what["refs"]}
    assert set(compared) == {line.row["รหัสตัวเลข"] for line in of_type(nights[6], "published_figure")}
    unlike = {mismatch for what in compared.values() for mismatch in what["mismatches"]}
    assert unlike == {"indicator", "unit", "scope", "age_band", "area", "stock_or_flow", "calendar", "residence"}
    assert all((what["kind"] == "not_comparable") == bool(what["mismatches"]) for what in compared.values())


def test_rosters_and_the_list_know_whom_others_know(world: World, nights: dict[int, list[Delivery]]) -> None:
    by_round: dict[str, set[str]] = {}
    for night in (1, 4):
        for line in of_type(nights[night], "school_roster"):
            by_round.setdefault(line.row["รอบ"].removeprefix("รอบ ")[:4], set()).add(line.row["_person"].key)
    june = by_round["10 ม"]
    november = by_round["10 พ"]
    assert june - november and november - june and len(june & november) > 0.8 * len(june)
    known = {person["person"]: {p["source"] for p in person["partners"]} for person in world.truth().persons}
    assert sum(people.ABE in known[key] for key in june) > 0.3 * len(june)
    listed = {line.row["_person"].key for line in of_type(nights[1], "out_of_school_baseline")}
    assert 0.4 < sum(people.ABE in known[key] for key in listed) / len(listed) < 0.9
    assert not listed & june
