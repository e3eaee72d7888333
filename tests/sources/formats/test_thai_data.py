"""Thai data as it really arrives, each line of the paper of that name with a fixture of its own, through a whole delivery.

What single functions do with single values is proved in tests/thai; here a file goes in and rows come out. The line is
the id of each case, or stands in the docstring.
"""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from functools import cache
from typing import Any

import openpyxl
import pytest
from format_samples import NOON, PERSON_HEADERS, SPACE, Sample, book, lines, sender, shared, tried

from equity.delivery.trial import Trial, try_delivery
from equity.sources.spec import Source
from equity.thai.places import Area, Gazetteer

FIELDS: dict[str, Any] = {
    "partner_person_ref": "รหัส", "national_id": "เลขบัตร", "name_prefix": "คำนำหน้า", "first_name": "ชื่อ", "last_name": "สกุล", "sex": "เพศ",
    "phone": "โทร", "birth_date": "วันเกิด", "project_ref": "โครงการ", "joined_on": "เข้าร่วม", "target_groups": "กลุ่ม",
    "baseline_monthly_income": {"header": "รายได้", "-": "zero", "ไม่มี": "unknown", ".": "unknown"},
}  # fmt: skip
HEADERS = ("รหัส", "เลขบัตร", "คำนำหน้า", "ชื่อ", "สกุล", "เพศ", "โทร", "วันเกิด", "โครงการ", "เข้าร่วม", "กลุ่ม", "รายได้", "ชื่อ-สกุล", "ที่อยู่",
           "ตำบล", "อำเภอ", "จังหวัด")  # fmt: skip
GOOD = dict(
    zip(
        HEADERS,
        ("P1", "", "นาย", "สมชาย", "ใจดี", "", "", "15/03/2540", "K1", "1/6/2568", "", "", "", "", "", "", ""),
        strict=True,
    )
)


def people(parts: dict[str, Any] | None = None, encoding: str | None = None, **changes: Any) -> Source:
    fields = {name: column for name, column in FIELDS.items() if not (parts and "full_name" in parts and name in (
        "name_prefix", "first_name", "last_name"))}  # fmt: skip
    ignore = [header for header in HEADERS if header not in str(fields) + str(parts)]
    return sender(
        {
            "record_type": "participant",
            "sends": "everything",
            "fields": fields | changes,
            "parts": parts or {},
            "ignore": ignore,
        },
        encoding=encoding,
    )


def file(*rows: dict[str, str]) -> str:
    return lines(HEADERS, *((GOOD | {"รหัส": f"P{i}"} | row).values() for i, row in enumerate(rows, 1)))


def delivered(text: str | bytes, source: Source | None = None, name: str = "a.csv") -> list[dict[str, Any]]:
    """The rows of a delivery, after its counts were found to balance."""
    data = text if isinstance(text, bytes) else text.encode()
    return rows_of(tried(Sample(name, data, source or people())))


def rows_of(trial: Trial) -> list[dict[str, Any]]:
    told = trial.as_json()
    assert told["state"] == "loaded", told["reason"]
    rows = list(trial.rows())
    assert len(rows) == told["received"] == told["loaded"] + told["held"] + told["repeated"] + told["superseded"]
    return rows


def one(source: Source | None = None, /, **cells: str) -> dict[str, Any]:
    (row,) = delivered(file(cells), source)
    return row


@cache
def together(
    header: str, values: tuple[str, ...], names: bool = False, born: str = "15/03/2540"
) -> dict[str, dict[str, Any]]:
    """Value → its row, of one delivery that holds all of them."""
    source = people({"full_name": "ชื่อ-สกุล"}) if names else people()
    rows = delivered(file(*({"วันเกิด": born, header: value} for value in values)), source)
    return dict(zip(values, rows, strict=True))


def firsts(table: list[Any]) -> tuple[str, ...]:
    return tuple(entry if isinstance(entry, str) else entry[0] for entry in table)


def codes(row: dict[str, Any]) -> list[str]:
    return [reason["code"] for reason in row["_reasons"]]


# --- Text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp874"])
@pytest.mark.parametrize("pin", [False, True])
def test_encodings(encoding: str, pin: bool) -> None:
    """Encodings: UTF-8, UTF-8 with BOM, UTF-16 (Excel "Unicode text"), Windows-874, never tis_620; detect; the contract pins it."""
    text = file({"ชื่อ": "“สมชาย”\u00a0…", "สกุล": "แก้วคำ"})
    pinned = {"utf-8-sig": "utf-8", "cp874": "tis-620"}.get(encoding, encoding)
    source = people(encoding=pinned if pin else None)
    (row,) = delivered(text.encode(encoding), source)
    assert (row["first_name"], row["last_name"]) == ("“สมชาย” …", "แก้วคำ")


def test_unicode_text_of_excel() -> None:
    """… UTF-16 (Excel "Unicode text") is delimited by tabs."""
    (row,) = delivered(file({}).replace(",", "\t").encode("utf-16"), name="a.txt")
    assert row["first_name"] == "สมชาย"


def test_bytes_that_decode_in_none() -> None:
    """On bytes that decode in none, reject the delivery and name the first bad byte offset."""
    good = file({}).encode()
    trial = tried(Sample("a.csv", good + b"P2,\xff\xfe", people()))
    assert trial.state == "rejected" and trial.hold and trial.hold.detail["offset"] == len(good) + 3


NORMALISED = [
        ("นํ\u0e32ชัย", "นำชัย"), ("น\u0e4d้\u0e32ใส", "น้ำใส"), ("เเก้ว", "แก้ว"), ("สม\u200bช\u200cา\u200dย\ufeff", "สมชาย"), ("สม\u00a0ชาย", "สม ชาย"),
        ("แก้้ว", "แก้ว"), ("คำำ", "คำ"), ("สม   ชาย", "สม ชาย"),
    ]  # fmt: skip


@pytest.mark.parametrize(("sent", "read"), NORMALISED)
def test_normalising(sent: str, read: str) -> None:
    """Normalise explicitly: nikhahit + sara aa → sara am, two sara e → แ, zero-width dropped, U+00A0 → space, repeated marks → one."""
    assert together("สกุล", firsts(NORMALISED))[sent]["last_name"] == read


def test_the_raw_text_is_kept() -> None:
    """… Keep the raw text too: what the officer sees in the correction workbook is what was sent."""
    trial = tried(Sample("a.csv", file({"สกุล": "เเก้ว", "วันเกิด": "๓๑/๐๒/๒๕๔๐"}).encode(), people()))
    book_ = openpyxl.load_workbook(io.BytesIO(trial.workbook() or b""))
    shown = {str(cell.value) for sheet in book_.worksheets for row in sheet.iter_rows() for cell in row if cell.value}
    assert {"เเก้ว", "๓๑/๐๒/๒๕๔๐"} <= shown


def test_thai_digits() -> None:
    """Thai digits ๐–๙ → 0–9 in numbers, dates, IDs and addresses."""
    source = people({"address": "ที่อยู่"})
    row = one(
        source,
        เลขบัตร="๓๑๐๐๖๐๐๔๔๕๖๓๕",
        วันเกิด="๑๕/๐๓/๒๕๔๐",
        รายได้="๓,๕๐๐",
        โทร="๐๘๑๒๓๔๕๖๗๘",
        ที่อยู่="๑๒/๓ หมู่ ๔ ต.แจ้ซ้อน อ.เมืองปาน",
        โครงการ="ก-๑",
    )
    assert (row["national_id"], row["birth_date"], row["baseline_monthly_income"]) == (
        "3100600445635",
        "1997-03-15",
        3500,
    )
    assert (row["phone"], row["house_no"], row["moo"], row["project_ref"]) == ("0812345678", "12/3", "4", "ก-1")


@pytest.mark.parametrize(
    "sent", ["มหาวิทยาลัยราชภัฏลำปาง", "มหาวิทยาลัยราชภัฎลำปาง", "ม.ราชภัฏลำปาง", "มรภ. ลำปาง", "LPRU", "ราชภัฏลำปาง", "ลป.อุดม"]
)
def test_the_same_organisation_with_two_spellings(sent: str) -> None:
    """ราชภัฏ / ราชภัฎ is one: alias tables, never string equality. Every name that a partner's spec lists is that partner."""
    said = {
        "family": "unit", "name": {"th": "มหาวิทยาลัยราชภัฏลำปาง", "en": "LPRU"}, "aliases": ["ราชภัฏลำปาง", "ลป. อุดม"], "area": "52",
    }  # fmt: skip
    fields = {"mentor_ref": "พี่เลี้ยง", "unit": "หน่วย", "visited_on": "วันที่"}
    version = {"since": "2025-01-01", "tables": [{"record_type": "mentor_visit", "sends": "changes", "fields": fields}]}
    spec = Source.model_validate(
        {
            "source": "two_names",
            "partner": said,
            "fetch": {"by": "folder", "connection": "x", "files": "*"},
            "versions": [version],
        }
    )
    told = try_delivery(spec, "ก.csv", f"พี่เลี้ยง,หน่วย,วันที่\n1,{sent},2/3/2568\n".encode(), NOON)
    assert [row["unit"] for row in told.rows()] == ["มหาวิทยาลัยราชภัฏลำปาง"]


def test_a_header_may_have_several_spellings() -> None:
    """The same column under any of the names that the spec lists."""
    spelled = people(first_name=["ชื่อ", "ชื่อตัว"])
    assert delivered(file({}).replace(",ชื่อ,", ",ชื่อตัว,", 1), spelled)[0]["first_name"] == "สมชาย"


# --- Persons


PREFIXES = [
        ("ด.ช.มานะ แก้วคำ", "เด็กชาย", "มานะ", "male"), ("ด.ญ.มาลี แก้วคำ", "เด็กหญิง", "มาลี", "female"), ("เด็กชายมานะ แก้วคำ", "เด็กชาย", "มานะ", "male"),
        ("เด็กหญิง มาลี แก้วคำ", "เด็กหญิง", "มาลี", "female"), ("นายสมชาย แก้วคำ", "นาย", "สมชาย", "male"), ("นางสายทอง แก้วคำ", "นาง", "สายทอง", "female"),
        ("น.ส.มาลี แก้วคำ", "นางสาว", "มาลี", "female"), ("นางสาวมาลี แก้วคำ", "นางสาว", "มาลี", "female"), ("ส.ต.อ.สมชาย แก้วคำ", None, "สมชาย", None),
        ("พระสมชาย แก้วคำ", None, "สมชาย", None),
    ]  # fmt: skip


@pytest.mark.parametrize(("name", "prefix", "first", "sex"), PREFIXES)
def test_prefix_glued_to_the_name(name: str, prefix: str | None, first: str, sex: str | None) -> None:
    """Prefix glued to the name: ด.ช. ด.ญ. เด็กชาย เด็กหญิง นาย นาง น.ส. นางสาว, ranks, monks. Strip, keep, use as evidence of sex."""
    row = together("ชื่อ-สกุล", firsts(PREFIXES), names=True)[name]
    assert (row["first_name"], row["last_name"]) == (first, "แก้วคำ") and row["name_prefix"]
    assert prefix is None or row["name_prefix"] == prefix
    assert sex is None or row["sex"] == sex


def test_a_prefix_is_evidence_of_age_and_changes_at_15() -> None:
    """… as evidence of sex and age. It changes at 15."""
    old, young = delivered(file({"คำนำหน้า": "ด.ช.", "วันเกิด": "15/03/2540"}, {"คำนำหน้า": "ด.ช.", "วันเกิด": "15/03/2560"}))
    assert codes(old) == ["name_prefix.child_title"] and old["_status"] == "loaded" and codes(young) == []


NICKNAMES = [
        ("นายสมชาย ใจดี (ต้น)", "สมชาย", "ใจดี", "ต้น"),
        ("มาลี แก้วคำ (นก) ", "มาลี", "แก้วคำ", "นก"),
        ("นางเพ็ญ  ณ ลำปาง", "เพ็ญ", "ณ ลำปาง", None),
    ]  # fmt: skip


@pytest.mark.parametrize(("name", "first", "last", "nickname"), NICKNAMES)
def test_nickname_in_brackets(name: str, first: str, last: str, nickname: str | None) -> None:
    """Variants: … nickname in brackets."""
    row = together("ชื่อ-สกุล", firsts(NICKNAMES), names=True)[name]
    assert (row["first_name"], row["last_name"], row["nickname"]) == (first, last, nickname)


TWO_NAMES = ["นายสมชาย ใจดี และ นางมาลี ใจดี", "ด.ช.มานะ แก้วคำ\nด.ญ.มานี แก้วคำ", "นายก นาดี/นายข นาดี"]  # fmt: skip


@pytest.mark.parametrize("name", TWO_NAMES)
def test_two_names_in_one_cell(name: str) -> None:
    """Variants: … two names in one cell: nobody can say which is meant."""
    row = together("ชื่อ-สกุล", firsts(TWO_NAMES), names=True)[name]
    assert row["_status"] == "held" and "name.two_persons" in codes(row)


@pytest.mark.parametrize(
    "pair",
    [("ราชภัฏ", "ราชภัฎ"), ("ศักดิ์", "สักดิ์"), ("ณรงค์", "นรงค์"), ("จันทร์", "จันทร"), ("นำ้ใส", "น้ำใส"), ("แก้วคำ", "แก้วคํา")],
)
def test_spelling_variants_stay_two_writings_of_one_record(pair: tuple[str, str]) -> None:
    """Variants: ฏ/ฎ, ศ/ษ/ส, ณ/น, ์ dropped, tone marks, ำ: kept as sent, and the later one supersedes under one reference."""
    first, second = delivered(lines(HEADERS, *((GOOD | {"สกุล": name}).values() for name in pair)))
    same = first["last_name"] == second["last_name"]
    assert (first["_status"], second["_status"]) == (("loaded", "repeated") if same else ("superseded", "loaded"))


def test_a_surname_changed_by_marriage() -> None:
    """Variants: … surname changed by marriage: under one reference the new name counts, and neither is taken for a fault."""
    rows = delivered(
        lines(
            HEADERS,
            (GOOD | {"คำนำหน้า": "น.ส.", "ชื่อ": "มาลี", "สกุล": "ใจดี", "เลขบัตร": "3100600445635"}).values(),
            (GOOD | {"คำนำหน้า": "นาง", "ชื่อ": "มาลี", "สกุล": "แก้วคำ", "เลขบัตร": "3100600445635"}).values(),
        )
    )
    assert [(row["_status"], row["name_prefix"], row["last_name"], codes(row)) for row in rows] == [
        ("superseded", "นางสาว", "ใจดี", []),
        ("loaded", "นาง", "แก้วคำ", []),
    ]


IDS = [
        ("3100600445635", "loaded", None, "citizen"), ("1234545678781", "loaded", None, "citizen"), ("1112034563562", "loaded", None, "citizen"),
        ("1101700230705", "held", "national_id.checksum", None), ("1234545678789", "held", "national_id.checksum", None),
        ("0100600445631", "loaded", None, None), ("0100600445632", "loaded", "national_id.checksum_other", None),
        ("6100600445634", "loaded", "national_id.checksum_other", None), ("7100600445634", "loaded", "national_id.checksum_other", None),
        ("8100600445637", "held", "national_id.checksum", None), ("9100600445634", "held", "national_id.first_digit_9", None),
        ("G644200000001", "loaded", None, "g_code"), ("g-644200000001", "loaded", None, "g_code"),
        ("3.1006E+12", "held", "national_id.excel_damage", None), ("100600445631", "loaded", "national_id.leading_zero_restored", None),
        ("1-1120-34563-56-2", "loaded", None, "citizen"), ("3100600445635.0", "loaded", None, "citizen"), ("'3100600445635", "loaded", None, "citizen"),
        ("1-1002-00300-40-5", "held", "national_id.checksum", None), ("31006004", "held", "national_id.wrong_length", None),
    ]  # fmt: skip


@pytest.mark.parametrize(("sent", "status", "code", "kind"), IDS)
def test_national_ids(sent: str, status: str, code: str | None, kind: str | None) -> None:
    """National ID: 13 digits and a check digit; first digit 0 is a legitimate person; 6, 7 warn; 9 does not exist; G-code; Excel damage."""
    row = together("เลขบัตร", firsts(IDS))[sent]
    assert row["_status"] == status and (code is None or code in codes(row)), codes(row)
    assert code is not None or codes(row) == []
    assert kind is None or row["national_id_kind"] == kind


def test_excel_damage_in_a_workbook() -> None:
    """Excel damage: a number cell keeps 13 digits; 3.1006E+12, a lost leading zero, a text number with dashes, a trailing .0."""
    numbers = (3100600445635, 3100600445635.0, "3.1006E+12", "1-1120-34563-56-2", 100600445631)
    rows = [HEADERS, *((GOOD | {"รหัส": f"P{i}", "เลขบัตร": number}).values() for i, number in enumerate(numbers))]
    read = delivered(book(("ก", [list(row) for row in rows])), name="a.xlsx")
    assert [row["national_id"] for row in read] == [
        "3100600445635",
        "3100600445635",
        None,
        "1112034563562",
        "0100600445631",
    ]


def test_one_person_may_change_from_g_code_to_thirteen_digits() -> None:
    """G-code … One person may go G-code → 13 digits → another 13 digits: under one reference the later file supersedes."""
    rows = [(GOOD | {"เลขบัตร": number}).values() for number in ("G644200000001", "6100600445630", "3100600445635")]
    assert [row["_status"] for row in delivered(lines(HEADERS, *rows))][-1] == "loaded"


# --- Dates


DATES = ["15/03/2540", "15-3-2540", "15.03.2540", "15 3 2540", "15 มีนาคม 2540", "15 มี.ค. 2540", "15 มี.ค. พ.ศ. 2540", "๑๕ มีนาคม พ.ศ.๒๕๔๐", "15/03/1997",
     "1997-03-15", "15 มีนาคม ค.ศ. 1997", "15 March 1997", "1997-03-15T00:00:00", "วันที่ 15 มีนาคม 2540"]  # fmt: skip


@pytest.mark.parametrize("sent", DATES)
def test_separators_and_month_names(sent: str) -> None:
    """Buddhist Era = C.E. + 543. Separators / - . and spaces; Thai month names, full and short, with or without พ.ศ."""
    row = together("วันเกิด", firsts(DATES))[sent]
    assert (row["birth_date"], codes(row)) == ("1997-03-15", [])


def test_leap_days() -> None:
    """29/02/2567 is valid (2024-02-29): convert the year before building the date. 29/02/2566 is invalid."""
    good, bad = delivered(file({"เข้าร่วม": "29/02/2567"}, {"เข้าร่วม": "29/02/2566"}))
    assert good["joined_on"] == "2024-02-29" and good["_status"] == "loaded"
    assert bad["_status"] == "held" and "date.impossible" in codes(bad)


def test_two_digit_years() -> None:
    """Two-digit years: the field's range decides; if both fit, keep raw + parsed + the reason, flag ambiguous_year."""
    born = one(วันเกิด="15/3/67")  # B.E. 2567 and C.E. 1967 are both in the past century
    assert "date.ambiguous_year" in codes(born) and "birth_date" in born["_flags"] and born["_status"] == "loaded"
    assert one(เข้าร่วม="1/6/68")["joined_on"] == "2025-06-01" and codes(one(เข้าร่วม="1/6/68")) == []
    assert (
        one(people(birth_date={"header": "วันเกิด", "era": "christian"}), วันเกิด="15/3/67")["birth_date"] == "1967-03-15"
    )


def test_a_file_may_switch_era_in_the_middle_of_a_column() -> None:
    """A file may switch era in the middle of a column. A date already converted must not be converted twice."""
    rows = delivered(
        file({"วันเกิด": "15/03/2540"}, {"วันเกิด": "15/03/1997"}, {"วันเกิด": "1997-03-15"}, {"วันเกิด": "2540-03-15"})
    )
    assert {row["birth_date"] for row in rows} == {"1997-03-15"}
    pinned = people(birth_date={"header": "วันเกิด", "era": "buddhist"})
    assert {row["birth_date"] for row in delivered(file({"วันเกิด": "15/03/2540"}, {"วันเกิด": "15/03/1997"}), pinned)} == {
        "1997-03-15"
    }


def test_excel_serial_dates_and_cells_formatted_as_be() -> None:
    """Excel serial dates in cells formatted as B.E."""
    made = openpyxl.Workbook()
    made.active.append(list(HEADERS))
    for i, (value, form) in enumerate(
        [(datetime(1997, 3, 15), "[$-D07041E]d mmmm yyyy"), (35504, "General"), (35504, "[$-107041E]d/m/yy;@"), (datetime(1997, 3, 15), "dd/mm/bbbb"),
         ("35504", "@")], 2
    ):  # fmt: skip
        made.active.append(list((GOOD | {"รหัส": f"P{i}", "วันเกิด": value}).values()))
        made.active.cell(i, 8).number_format = form
    buffer = io.BytesIO()
    made.save(buffer)
    assert [row["birth_date"] for row in delivered(buffer.getvalue(), name="a.xlsx")] == ["1997-03-15"] * 5


def test_a_date_cell_that_was_typed_with_a_buddhist_year() -> None:
    """… B.E. typed into a date cell: Excel stores the year 2540 C.E., and the reader takes it for what it says."""
    rows = [HEADERS, (GOOD | {"วันเกิด": datetime(2540, 3, 15)}).values()]
    assert delivered(book(("ก", [list(row) for row in rows])), name="a.xlsx")[0]["birth_date"] == "1997-03-15"


def test_day_and_month_swapped_and_dates_of_less_than_a_day() -> None:
    """Day/month swapped; only a year (2549); 00/00/2549. Store a precision (day, month, year)."""
    swapped, year, zero, month = delivered(
        file({"วันเกิด": "03/15/2540"}, {"วันเกิด": "2549"}, {"วันเกิด": "00/00/2549"}, {"วันเกิด": "มี.ค. 2549"})
    )
    assert swapped["birth_date"] == "1997-03-15" and "date.day_month_swapped" in codes(swapped)
    assert [row["birth_date_precision"] for row in (swapped, year, zero, month)] == ["day", "year", "year", "month"]
    assert {row["birth_date"][:4] for row in (year, zero, month)} == {"2006"}


def test_academic_years_and_grades() -> None:
    """Calendars: academic year N = 16 May N to 15 May N+1 (B.E.): it arrives as a number, and stays the year that was said."""
    table = {
        "record_type": "learner_screening", "sends": "changes",
        "fields": {"partner_person_ref": "รหัส", "first_name": "ชื่อ", "school": "โรงเรียน", "level": "ระดับ", "academic_year": "ปีการศึกษา", "screened_on": "วันที่", "grade": "ชั้น"},
    }  # fmt: skip
    text = lines(
        ("รหัส", "ชื่อ", "โรงเรียน", "ระดับ", "ปีการศึกษา", "วันที่", "ชั้น"),
        ("L1", "มานะ", "บ้านแลง", "ประถม", "๒๕๖๘", "16 พ.ค. 2568", "ป.1"),
    )
    (row,) = delivered(text, sender(table))
    assert (row["academic_year"], row["screened_on"], row["_status"]) == (2568, "2025-05-16", "loaded")


def test_rounds_of_the_school_roster() -> None:
    """Calendars: … School roster rounds: 10 June, 10 November, end of year, as schools write them."""
    table = {
        "record_type": "school_roster", "sends": "changes",
        "fields": {"partner_person_ref": "รหัส", "first_name": "ชื่อ", "school": "โรงเรียน", "academic_year": "ปีการศึกษา", "round": "รอบ"},
    }  # fmt: skip
    said = {"10 มิ.ย.": "june_10", "๑๐ มิถุนายน": "june_10", "ณ 10 พ.ย.": "nov_10", "10 พฤศจิกายน": "nov_10", "สิ้นปีการศึกษา": "year_end"}  # fmt: skip
    head = ("รหัส", "ชื่อ", "โรงเรียน", "ปีการศึกษา", "รอบ")
    rows = delivered(
        lines(head, *((f"L{i}", "มานะ", "บ้านแลง", "2568", word) for i, word in enumerate(said))), sender(table)
    )
    assert {word: row["round"] for word, row in zip(said, rows, strict=True)} == said


# --- Places


def test_codes_of_places() -> None:
    """DOPA/TIS-1099 codes: 2 province, 4 amphoe, 6 tambon (also with 00 behind), 8 with moo; 521009 does not exist; registrar offices."""
    source = people({"place": {"tambon": "ตำบล", "amphoe": "อำเภอ"}})
    rows = delivered(
        file(
            {"ตำบล": "520101"},
            {"ตำบล": "52010100"},
            {"ตำบล": "521009"},
            {"ตำบล": "๕๒๐๑๐๑"},
            {"อำเภอ": "5299"},
            {"ตำบล": "52010103"},
        ),
        source,
    )
    assert [row["tambon_code"] for row in rows] == ["520101", "520101", None, "520101", None, "520101"]
    assert [row["moo"] for row in rows] == [None] * 5 + ["3"]
    assert rows[2]["_status"] == "loaded" and "place.unknown" in codes(rows[2])
    assert rows[4]["amphoe_code"] is None and "place.registrar_office" in codes(rows[4])


def test_text_addresses() -> None:
    """Text addresses: ต.แจ้ซ้อน อ.เมืองปาน จ.ลำปาง, ตำบล/ต./none, amphoe เมือง = เมืองลำปาง, แขวง/เขต; ambiguous: flag it, guess nothing."""
    source = people({"address": "ที่อยู่"})
    said = ["12 หมู่ 3 ต.แจ้ซ้อน อ.เมืองปาน จ.ลำปาง", "ตำบลแจ้ซ้อน อำเภอเมืองปาน จังหวัดลำปาง", "แจ้ซ้อน เมืองปาน ลำปาง", "ต.พิชัย อ.เมือง จ.ลำปาง", "ต.พิชัย อ.เมืองลำปาง",
            "แขวงจตุจักร เขตจตุจักร กรุงเทพฯ"]  # fmt: skip
    rows = delivered(file(*({"ที่อยู่": text} for text in said)), source)
    found = [row["tambon_code"] for row in rows]
    assert found[0] == found[1] == found[2] and found[0] and found[0].startswith("52")
    assert found[3] == found[4] and found[3] and found[3].startswith("5201")
    assert (found[5], rows[5]["province_code"], rows[5]["_status"]) == (None, "10", "loaded")


def test_the_same_tambon_name_under_several_amphoe(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same tambon name occurs under several amphoe: resolve with the amphoe, and if it stays ambiguous flag it, guess nothing."""
    source = people({"place": {"tambon": "ตำบล", "amphoe": "อำเภอ", "province": "จังหวัด"}})
    # in Lampang no name stands twice, which may change: another gazetteer
    twins = [("520101", "บ้านใหม่", "เมืองลำปาง"), ("520201", "บ้านใหม่", "แม่เมาะ")]
    areas = {code: Area(code, name, "", code[:4], amphoe, "") for code, name, amphoe in twins}
    monkeypatch.setattr("equity.delivery.normalise.places.lampang", lambda: Gazetteer(areas))
    rows = delivered(
        file({"ตำบล": "บ้านใหม่"}, {"ตำบล": "บ้านใหม่", "อำเภอ": "แม่เมาะ"}, {"ตำบล": "บ้านใหม่", "อำเภอ": "เมือง"}), source
    )
    assert [(row["_status"], row["tambon_code"], codes(row)) for row in rows] == [
        ("loaded", None, ["place.ambiguous"]),
        ("loaded", "520201", []),
        ("loaded", "520101", []),
    ]
    assert rows[0]["_flags"] == ["tambon_code"]


def test_registered_address_and_residence_are_two_facts() -> None:
    """Registered address and actual residence are two facts: which one it is goes with the row."""
    source = people({"address": "ที่อยู่"}, residence_kind={"header": "กลุ่ม"}, target_groups={"value": "elderly"})
    said = {"ตามทะเบียนบ้าน": "registered", "ที่อยู่ปัจจุบัน": "actual"}
    rows = delivered(file(*({"ที่อยู่": "ต.แจ้ซ้อน อ.เมืองปาน", "กลุ่ม": word} for word in said)), source)
    assert [(row["residence_kind"], row["tambon_code"]) for row in rows] == [(kind, "521304") for kind in said.values()]


# --- Spreadsheets

SPACE_HEADERS = ["รหัส", "ชื่อ แหล่ง", "ประเภท", "วันที่เปิด"]


def sheet(
    *rows: list[Any], source: Source | None = None, merged: tuple[str, ...] = (), change: Any = None
) -> list[dict[str, Any]]:
    made = openpyxl.load_workbook(io.BytesIO(book(("ทะเบียน", rows), merged=merged)))
    if change:
        change(made.active)
    buffer = io.BytesIO()
    made.save(buffer)
    return delivered(buffer.getvalue(), source or sender(SPACE), "a.xlsx")


def test_title_rows_line_breaks_subtotals_and_signatures() -> None:
    """Title rows above the header; header text with line breaks and double spaces; subtotal and signature rows below."""
    rows = sheet(
        ["ทะเบียนแหล่งเรียนรู้"], ["ประจำปี 2568"], [], ["รหัส", "ชื่อ\n  แหล่ง", "ประเภท ", "วันที่\nเปิด"], ["S1", "ศาลา", "hub", "2567"], ["S2", "วัด", "home", ""],
        ["รวม", "2"], [], ["", "ลงชื่อ ...................... ผู้รายงาน"], ["", "(นางสมศรี ใจดี)"],
        source=sender(SPACE | {"skip": ["subtotals", "signatures"]}),
    )  # fmt: skip
    assert [(row["_row"], row["space_ref"], row["_status"]) for row in rows] == [
        (5, "S1", "loaded"),
        (6, "S2", "loaded"),
    ]


def test_headers_of_two_merged_rows() -> None:
    """Headers of two merged rows."""
    spec = sender(
        SPACE
        | {"header": {"rows": 2}, "fields": SPACE["fields"] | {"kind": "ข้อมูล / ประเภท", "opened_on": "ข้อมูล / วันที่เปิด"}}
    )
    rows = sheet(
        ["รหัส", "ชื่อ แหล่ง", "ข้อมูล", ""],
        ["", "", "ประเภท", "วันที่เปิด"],
        ["S1", "ศาลา", "hub", "1/1/2567"],
        source=spec,
        merged=("C1:D1", "A1:A2", "B1:B2"),
    )
    assert [(row["kind"], row["opened_on"]) for row in rows] == [("hub", "2024-01-01")]


def test_several_sheets() -> None:
    """Several sheets: one for each village, read as one table, each row with its sheet."""
    data = book(*((f"หมู่ {i}", [SPACE_HEADERS, [f"S{i}", "x", "hub", ""]]) for i in (1, 2)), ("สรุป", [["รวม", 2]]))
    rows = delivered(data, sender(SPACE | {"sheet": "หมู่*", "every_sheet": True}), "a.xlsx")
    assert [(row["_sheet"], row["_row"], row["space_ref"]) for row in rows] == [("หมู่ 1", 2, "S1"), ("หมู่ 2", 2, "S2")]


def test_hidden_rows_and_a_filter_left_on() -> None:
    """Hidden rows; a filter left on: they are records like others."""

    def hide(page: Any) -> None:
        page.row_dimensions[3].hidden = True
        page.column_dimensions["B"].hidden = True
        page.auto_filter.ref = "A1:D4"
        page.auto_filter.add_filter_column(0, ["S1"])

    rows = sheet(SPACE_HEADERS, ["S1", "x", "hub", ""], ["S2", "y", "hub", ""], ["S3", "z", "hub", ""], change=hide)
    assert [row["space_ref"] for row in rows] == ["S1", "S2", "S3"]


def test_one_persons_cell_merged_over_several_rows() -> None:
    """One person's cell merged over several rows: each of the rows is that person's."""
    source = people(target_groups={"header": "กลุ่ม"})
    values = [list((GOOD | {"โครงการ": project}).values()) for project in ("K1", "K2", "K3")]
    for row in values[1:]:
        row[0] = row[3] = row[4] = row[7] = None
    made = book(("ก", [list(HEADERS), *values]), merged=["A2:A4", "D2:D4", "E2:E4", "H2:H4"])
    rows = delivered(made, source, "a.xlsx")
    assert [(row["partner_person_ref"], row["first_name"], row["birth_date"], row["project_ref"]) for row in rows] == [
        ("P1", "สมชาย", "1997-03-15", project) for project in ("K1", "K2", "K3")
    ]


def test_columns_renamed_moved_or_added_since_last_month() -> None:
    """Columns renamed, moved or added since last month."""
    rows = sheet(["หมายเหตุ", "ชนิด", "รหัส", "ใหม่", "ชื่อ แหล่ง"], ["", "hub", "S1", "?", "ศาลา"])
    assert [(row["space_ref"], row["name"], row["kind"]) for row in rows] == [("S1", "ศาลา", "hub")]
    trial = tried(Sample("a.xlsx", book(("ก", [["รหัส", "ประเภท", "วันที่เปิด"], ["S1", "hub", ""]])), sender(SPACE)))
    assert trial.hold and trial.hold.code == "missing_column" and "ชื่อ แหล่ง" in str(trial.hold.detail)


def test_formulas_with_cached_values() -> None:
    """Formulas with cached values."""
    import xlsxwriter

    buffer = io.BytesIO()
    made = xlsxwriter.Workbook(buffer)
    page = made.add_worksheet()
    page.write_row(0, 0, SPACE_HEADERS)
    page.write_formula(1, 0, '="S"&1', None, "S1")
    page.write_row(1, 1, ["ศาลา", "hub"])
    page.write_formula(1, 3, "=DATE(2024,2,29)", made.add_format({"num_format": "d/m/yyyy"}), 45351)
    made.close()
    assert [(r["space_ref"], r["opened_on"]) for r in delivered(buffer.getvalue(), sender(SPACE), "a.xlsx")] == [
        ("S1", "2024-02-29")
    ]


def test_xls_as_well_as_xlsx() -> None:
    """.xls as well as .xlsx."""
    from format_samples import XLS

    rows = delivered(XLS.read_bytes(), sender(SPACE), "ทะเบียน.xls")
    assert [row["_row"] for row in rows] == [5, 6, 7, 8] and rows[0]["opened_on"] == "2024-02-29"


BLANKS = [("-", 0), ("ไม่มี", None), (".", None), ("ไม่ระบุ", None), ("n/a", None), ("", None), ("0", 0)]  # fmt: skip


@pytest.mark.parametrize(("sent", "read"), BLANKS)
def test_blanks_mean_zero_or_unknown(sent: str, read: int | None) -> None:
    """-, ไม่มี, ไม่ระบุ, n/a, ., empty: which mean zero and which unknown is the contract's word, per column."""
    row = together("รายได้", firsts(BLANKS))[sent]
    assert row["baseline_monthly_income"] == read and row["_status"] == "loaded" and codes(row) == []
    other = people(baseline_monthly_income={"header": "รายได้", "empty": "zero", "ไม่มี": "zero", "-": "unknown"})
    assert (
        one(other, รายได้="ไม่มี")["baseline_monthly_income"] == 0 and one(other, รายได้="")["baseline_monthly_income"] == 0
    )


def test_blanks_mean_what_the_contract_says() -> None:
    """… which mean zero and which unknown is the contract's word, per column."""
    other = people(baseline_monthly_income={"header": "รายได้", "empty": "zero", "ไม่มี": "zero", "-": "unknown"})
    rows = delivered(file({"รายได้": "ไม่มี"}, {"รายได้": ""}, {"รายได้": "-"}), other)
    assert [row["baseline_monthly_income"] for row in rows] == [0, 0, None]


NUMBERS = [("3,500", 3500, None), ("3500 บาท", 3500, None), ("๓,๕๐๐ บาท", 3500, None), ("3,000-5,000", 4000, "number.range"), ("3,000 - 5,000 บาท", 4000, "number.range"),
     ("3.5 พัน", 3500, None), ("3,500.50", 3500.5, None), ("3,500 บาท/เดือน", 3500, None), ("ประมาณ 3,500 บาท", 3500, "number.about"),
     ("3,500 กว่าบาท", 3500, "number.about"), ("300 บาท/วัน", None, "number.other_unit"), ("3 ครั้ง", None, "number.other_unit"), ("แล้วแต่ฝน", None, "number.not_a_number")]  # fmt: skip


@pytest.mark.parametrize(("sent", "read", "code"), NUMBERS)
def test_numbers(sent: str, read: float | None, code: str | None) -> None:
    """Numbers with thousands commas, บาท and other units, ranges (3,000-5,000), Thai digits, `ประมาณ`."""
    row = together("รายได้", firsts(NUMBERS))[sent]
    assert row["baseline_monthly_income"] == read and codes(row) == ([code] if code else [])


# --- Forms and APIs

FORM = {
    "record_type": "participant", "sends": "everything", "path": "aForm", "rows": "results",
    "fields": {
        "partner_person_ref": "person/id", "first_name": "person/first_name", "last_name": "person/last_name", "project_ref": {"value": "K1"},
        "joined_on": "joined", "target_groups": "groups",
    },
}  # fmt: skip


def submission(number: int, **changes: Any) -> dict[str, Any]:
    base = {
        "_id": number, "_uuid": f"0000-{number}", "_submission_time": "2026-02-01T03:00:00", "_validation_status": {}, "_attachments": [], "_tags": [],
        "_geolocation": [18.29, 99.49], "meta/instanceID": f"uuid:0000-{number}", "person/id": f"P{number}", "person/first_name": "มานะ", "person/last_name": "ใจดี",
        "joined": "2025-06-01", "groups": "elderly person_with_disability",
        "visits": [{"visits/on": "2025-07-01", "visits/income": "3,500"}, {"visits/on": "1 ส.ค. 68", "visits/income": "-"}],
    }  # fmt: skip
    return base | changes


def pulled(*submissions: dict[str, Any], table: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    data = json.dumps(
        {"count": len(submissions), "next": None, "results": list(submissions)}, ensure_ascii=False
    ).encode()
    return rows_of(try_delivery(sender(table or FORM, by="kobo"), "aForm", data, NOON))


def test_kobo_submissions() -> None:
    """Kobo-style submissions: _id, _uuid, _submission_time, _validation_status, group paths (person/first_name), multi-select as codes."""
    (row,) = pulled(submission(1, _validation_status={"uid": "validation_status_approved", "label": "Approved"}))
    assert (row["partner_person_ref"], row["first_name"], row["joined_on"]) == ("P1", "มานะ", "2025-06-01")
    assert row["target_groups"] == ["elderly", "person_with_disability"] and row["_status"] == "loaded"


def test_repeat_groups() -> None:
    """… repeat groups: one row for each member, with what the submission says."""
    table = {
        "record_type": "outcome", "sends": "everything", "path": "aForm", "rows": "results", "repeat": "visits",
        "fields": {"partner_person_ref": "person/id", "followed_up_on": "visits/on", "monthly_income": {"header": "visits/income", "-": "zero"}},
    }  # fmt: skip
    rows = pulled(submission(1), submission(2, visits=[]), submission(3), table=table)
    assert [(row["_row"], row["partner_person_ref"], row["followed_up_on"], row["monthly_income"]) for row in rows] == [
        (1, "P1", "2025-07-01", 3500), (1, "P1", "2025-08-01", 0), (3, "P3", "2025-07-01", 3500), (3, "P3", "2025-08-01", 0),
    ]  # fmt: skip


def test_the_same_submission_sent_twice() -> None:
    """… the same submission sent twice."""
    assert [row["_status"] for row in pulled(submission(1), submission(1), submission(2))] == [
        "loaded",
        "repeated",
        "loaded",
    ]


def test_an_edited_submission() -> None:
    """… an edited submission with a new _uuid and the old one as deprecated: the edited one counts."""
    edited = submission(
        1,
        **{
            "_uuid": "0000-9",
            "meta/deprecatedID": "uuid:0000-1",
            "meta/instanceID": "uuid:0000-9",
            "person/first_name": "มานี",
        },
    )
    first, second = pulled(submission(1), edited)
    assert (first["_status"], second["_status"], second["first_name"]) == ("superseded", "loaded", "มานี")


def test_pages_of_a_pull_empty_days_and_huge_days() -> None:
    """REST: pages …; empty days and huge days: an empty page is a page of no rows, pages are counted, rows say their page."""
    source = sender(FORM | {"rows": "items"}, by="rest")
    pages = [
        {"items": [submission(n) for n in range(start, start + 3)], "total": total} for start, total in ((1, 6), (4, 7))
    ]
    data = b"\n".join(json.dumps(page).encode() for page in [*pages, {"items": []}])
    rows = rows_of(try_delivery(source, "aForm", data, NOON))
    assert [row["_row"] for row in rows] == ["1:1", "1:2", "1:3", "2:1", "2:2", "2:3"]
    assert rows_of(try_delivery(source, "aForm", b'{"items": []}', datetime(2026, 3, 2, tzinfo=UTC))) == []
    many = json.dumps(
        {"items": [{"person/id": f"P{i}", "person/first_name": "ก", "joined": "2025-06-01"} for i in range(20_000)]}
    )
    trial = try_delivery(source, "aForm", many.encode(), NOON)
    assert trial.as_json()["loaded"] == 20_000


def test_all_headers_are_known() -> None:
    assert set(PERSON_HEADERS) & set(HEADERS) and shared([HEADERS])[:2] == b"PK"
