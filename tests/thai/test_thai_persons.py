"""Person lines of thai-data.md: names, national ids, phones."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equity.thai.names import _read_name, name_key, name_key_text, parse_prefixes, split_full_names
from equity.thai.national_ids import check_digit, checksum_binds, checksum_ok, parse_national_ids
from equity.thai.phones import parse_phones
from equity.thai.problems import PROBLEMS


def read(parser, text):
    parsed = parser(pa.array([text], pa.string()))
    extras = {name: column[0].as_py() for name, column in parsed.extras.items()}
    return parsed.values[0].as_py(), parsed.problems[0].as_py(), extras


# --- national ids ----------------------------------------------------------------------------------------------------

TWELVE = st.text(alphabet="0123456789", min_size=12, max_size=12)


def ok(*ids):
    return checksum_ok(pa.array(ids, pa.string())).to_pylist()


def test_valid_ids_of_the_document_pass():
    assert ok("3100600445635", "1234545678781", "1112034563562") == [True] * 3


def test_invalid_ids_of_the_document_fail():
    assert ok("1101700230705", "1234545678789") == [False] * 2


def test_checksum_of_null_g_code_and_junk():
    assert ok(None, "G644200000001", "123", "", "๓๑๐๐๖๐๐๔๔๕๖๓๕") == [None, True, False, False, False]
    assert checksum_ok(pa.array(["x", "3100600445635", "1101700230705"]).slice(1)).to_pylist() == [True, False]


@given(TWELVE, st.integers(0, 12), st.integers(1, 9))
@settings(max_examples=100, deadline=None)
def test_a_generated_id_passes_and_one_changed_digit_fails(twelve, place, step):
    good = twelve + check_digit(twelve)
    assert ok(good) == [True]
    changed = good[:place] + str((int(good[place]) + step) % 10) + good[place + 1 :]
    remainders = [sum(int(digit) * (13 - i) for i, digit in enumerate(number[:12])) % 11 for number in (good, changed)]
    # The formula's two blind spots: the third digit weighs 11, so modulo 11 nothing; and eleven remainders are folded
    # into ten digits, so 0 and 10 share the check digit 1.
    twins = place == 2 or (place < 12 and set(remainders) == {0, 10})
    assert ok(changed) == [twins]


@given(TWELVE.filter(lambda twelve: twelve[0] != "9"))
@settings(max_examples=60, deadline=None)
def test_a_generated_id_survives_every_writing(twelve):
    good = twelve + check_digit(twelve)
    thai = good.translate(str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙"))
    dashed = f"{good[0]}-{good[1:5]}-{good[5:10]}-{good[10:12]}-{good[12]}"
    for text in (good, thai, dashed, dashed.replace("-", " "), f" {good}", f"'{good}", f"{good}.0"):
        assert read(parse_national_ids, text)[:2] == (good, None)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("0100600445638", "no_status"),
        ("3100600445635", "citizen"),
        ("5100600445635", "citizen"),
        ("6100600445635", "non_thai"),
        ("7100600445635", "non_thai"),
        ("8100600445635", "permanent_or_naturalised"),
        ("G644200000001", "g_code"),
        ("g64-42-00000001", "g_code"),
    ],
)
def test_kinds_of_ids_and_stateless_children_are_kept(text, kind):
    value, problem, extras = read(parse_national_ids, text)
    assert (value is not None, problem, extras["kind"]) == (True, None, kind)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("3.1006E+12", "excel_damage"),
        ("3E+12", "excel_damage"),
        ("9100600445635", "first_digit_9"),
        ("31006004456", "wrong_length"),
        ("31006004456351", "wrong_length"),
        ("G6442", "wrong_length"),
        ("ไม่มี", "unreadable"),
        ("-", "unreadable"),
        ("AB1234567", "unreadable"),
    ],
)
def test_ids_that_cannot_be_read(text, problem):
    assert read(parse_national_ids, text) == (None, f"national_id.{problem}", {"kind": None})


def test_text_number_with_dashes_of_the_document():
    assert read(parse_national_ids, "1-1002-00300-40-5")[:2] == ("1100200300405", None)


def test_lost_leading_zero_is_restored_where_the_check_digit_agrees():
    whole = "0" + "10060044563" + check_digit("010060044563")
    restored = (whole, "national_id.leading_zero_restored", {"kind": "no_status"})
    assert read(parse_national_ids, whole[1:]) == read(parse_national_ids, whole[1:] + ".0") == restored
    wrong = whole[1:-1] + str((int(whole[-1]) + 1) % 10)
    assert read(parse_national_ids, wrong)[1] == "national_id.wrong_length"


def test_wrong_check_digit_is_no_problem_of_reading_and_binds_by_first_digit():
    assert read(parse_national_ids, "1101700230705")[1] is None
    ids = pa.array(["1101700230705", "8101700230705", "0101700230705", "6101700230705", "7101700230705", None])
    assert checksum_binds(ids).to_pylist() == [True, True, False, False, False, None]


def test_blank_ids_are_null():
    assert read(parse_national_ids, " ") == read(parse_national_ids, None) == (None, None, {"kind": None})
    assert len(parse_national_ids(pa.array([], pa.string())).values) == 0


# --- prefixes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name", "sex", "child"),
    [
        ("ด.ช.", "เด็กชาย", "male", True),
        ("ดช", "เด็กชาย", "male", True),
        ("ด. ญ.", "เด็กหญิง", "female", True),
        ("น.ส.", "นางสาว", "female", False),
        ("นาย", "นาย", "male", False),
        ("นาง ", "นาง", "female", False),
        ("MISS", "นางสาว", "female", False),
        ("ว่าที่ ร.ต.", "ว่าที่ร้อยตรี", None, False),
        ("ว่าที่ร้อยตรีหญิง", "ว่าที่ร้อยตรีหญิง", "female", False),
        ("พ.ต.อ.", "พันตำรวจเอก", None, False),
        ("จ.ส.อ.", "จ่าสิบเอก", None, False),
        ("พระมหา", "พระมหา", "male", False),
        ("สามเณร", "สามเณร", "male", None),
        ("แม่ชี", "แม่ชี", "female", None),
        ("ผศ. ดร.", "ผศ.ดร.", None, False),
        ("พญ.", "แพทย์หญิง", "female", False),
        ("ม.ล.", "หม่อมหลวง", None, None),
    ],
)
def test_prefixes_are_evidence_of_sex_and_age(text, name, sex, child):
    assert read(parse_prefixes, text) == (name, None, {"sex": sex, "child": child})


def test_unknown_prefix_is_kept_and_flagged():
    assert read(parse_prefixes, " ลุง ") == ("ลุง", "name.unknown_prefix", {"sex": None, "child": None})
    assert read(parse_prefixes, "")[:2] == (None, None)


# --- full names ------------------------------------------------------------------------------------------------------

FIRST = ("สมชาย", "สมหญิง", "ณัฐพล", "กนกวรรณ", "วิไล", "ธนพร", "เดชา", "พลอยไพลิน", "ดารุณี", "อรทัย", "นภา", "ศรีสุดา")
LAST = ("ใจดี", "วงศ์ษา", "แก้วมา", "ณ ลำปาง", "จันทร์เรือน", "นายหว่าง")
PREFIXES = {
    "ด.ช.": "เด็กชาย",
    "ด.ญ.": "เด็กหญิง",
    "เด็กชาย": "เด็กชาย",
    "เด็กหญิง": "เด็กหญิง",
    "นาย": "นาย",
    "นาง": "นาง",
    "นางสาว": "นางสาว",
    "น.ส.": "นางสาว",
    "น.ส": "นางสาว",
    "ด.ช": "เด็กชาย",
    "พ.ต.ท.": "พันตำรวจโท",
    "ร้อยเอก": "ร้อยเอก",
    "ว่าที่ ร.ต.": "ว่าที่ร้อยตรี",
    "พระ": "พระ",
    "พระครู": "พระครู",
    "ดร.": "ดร.",
    "": None,
}


@given(
    st.sampled_from(sorted(PREFIXES)),
    st.sampled_from(["", " ", "  "]),
    st.sampled_from(FIRST),
    st.sampled_from(LAST),
    st.sampled_from(["", " (ต้น)", "(ต้น)", " ชื่อเล่น ต้น", " [น้องต้น]"]),
)
@settings(max_examples=150, deadline=None)
def test_glued_prefixes_are_stripped_and_kept(written, gap, first, last, nickname):
    value, problem, extras = read(split_full_names, f"{written}{gap}{first}  {last}{nickname}")
    assert (value, problem, extras["last_name"]) == (first, None, last)
    assert extras["name_prefix"] == PREFIXES[written]
    assert extras["nickname"] == ("ต้น" if nickname else None)


@pytest.mark.parametrize(
    ("text", "prefix", "first"),
    [
        ("นางสาวิตรี ใจดี", "นาง", "สาวิตรี"),
        ("นางสาวสาวิตรี ใจดี", "นางสาว", "สาวิตรี"),
        ("นายิกา ใจดี", None, "นายิกา"),
        ("นางฟ้า ใจดี", None, "นางฟ้า"),
        ("นางงาม ใจดี", "นาง", "งาม"),
        ("นายพล ใจดี", "นาย", "พล"),
        ("นาย ก้อ ใจดี", "นาย", "ก้อ"),
        ("ดชสมชาย ใจดี", "เด็กชาย", "สมชาย"),
        ("คุณวุฒิ ใจดี", None, "คุณวุฒิ"),
        ("คุณ วุฒิ ใจดี", "คุณ", "วุฒิ"),
        ("พลอย ใจดี", None, "พลอย"),
        ("อรทัย ใจดี", None, "อรทัย"),
        ("นาย ดร.สมชาย ใจดี", "นาย", "สมชาย"),
        ("1. นายสมชาย ใจดี", "นาย", "สมชาย"),
        ("ร.ต.อรทัย ใจดี", "ร้อยตรี", "อรทัย"),
        ("น.สสุดา ใจดี", "นางสาว", "สุดา"),
        ("Mr. Somchai Jaidee", "นาย", "Somchai"),
        ("นายสมชาย\nใจดี", "นาย", "สมชาย"),
        ("ด.ช.สมชาย ใจดี\n(ต้น)", "เด็กชาย", "สมชาย"),
    ],
)
def test_names_that_begin_like_a_prefix(text, prefix, first):
    value, problem, extras = read(split_full_names, text)
    assert (value, problem, extras["name_prefix"]) == (first, None, prefix)


@pytest.mark.parametrize(
    "text",
    [
        "นายสมชาย ใจดี, นางสมศรี ใจดี",
        "สมชาย ใจดี / สมศรี ใจดี",
        "สมชาย ใจดี และ สมศรี ใจดี",
        "นายสมชาย ใจดี นางสมศรี ใจดี",
        "สมชาย ใจดี\nสมศรี ใจดี",
        "นายสมชาย ใจดี\r\nนางสมศรี",
    ],
)
def test_two_names_in_one_cell(text):
    value, problem, extras = read(split_full_names, text)
    assert (value, problem, set(extras.values())) == (None, "name.two_persons", {None})


def test_und_is_a_name_in_the_south():
    assert read(split_full_names, "มะและ และห์")[:2] == ("มะและ", None)


def test_no_last_name_and_no_name():
    assert read(split_full_names, "ด.ช.สมชาย")[:2] == ("สมชาย", "name.no_last_name")
    assert read(split_full_names, "นาย")[:2] == (None, "name.unreadable")
    assert read(split_full_names, "-")[:2] == (None, "name.unreadable")
    assert read(split_full_names, " ")[:2] == (None, None)


def test_former_surname_is_no_nickname():
    assert read(split_full_names, "สมศรี ใจดี (เดิม ใจงาม)")[2]["nickname"] is None


@given(st.text(alphabet=st.sampled_from("นาย ด.ชส()\n,/และกข์ิ1"), max_size=16))
@settings(max_examples=150, deadline=None)
def test_no_name_raises_and_every_code_is_known(text):
    value, problem, _ = read(split_full_names, text)
    assert problem is None or problem in PROBLEMS
    assert problem is None or (value is None) == PROBLEMS[problem].fatal


SYLLABLES = [
    "นาย",
    "นาง",
    "นางสาว",
    "ด.ช.",
    "พระ",
    "ดช",
    "พล",
    "พลเอก",
    "คุณ",
    "ครู",
    "ดร.",
    "สม",
    "ชัย",
    "ณ",
    "และ",
    "ิกา",
    "ฟ้า",
    "สาว",
    "ิตรี",
    "A",
    "(ต้น)",
    ",",
    "-",
    "1",
    "ศรี",
    "ยศ",
]


@given(st.lists(st.lists(st.sampled_from(SYLLABLES), min_size=1, max_size=3).map("".join), min_size=1, max_size=4))
@settings(max_examples=300, deadline=None)
def test_the_kernel_reads_plain_names_as_the_slow_reader_does(words):
    text = " ".join(words)
    slow = _read_name(text)
    value, problem, extras = read(split_full_names, text)
    assert (value, problem, *extras.values()) == slow


def test_a_column_reads_as_its_rows_do():
    texts = [f"{p}{f} {last}" for p in PREFIXES for f in FIRST for last in LAST] + ["นางฟ้า ใจดี", "ว่าที่ร.ต. ก ข", None]
    parsed = split_full_names(pa.array(texts))
    for i, text in enumerate(texts):
        extras = {name: column[i].as_py() for name, column in parsed.extras.items()}
        assert (parsed.values[i].as_py(), parsed.problems[i].as_py(), extras) == read(split_full_names, text)


@pytest.mark.parametrize(
    "spellings",
    [
        ("พงศ์", "พงษ์", "พงส์"),
        ("ณัฐพล", "นัฐพล"),
        ("กรกฎา", "กรกฏา"),
        ("อำพร", "อัมพร"),
        ("สิทธิ์", "สิทธ์"),
        ("น้อย", "นอย"),
        ("กรรณิการ์", "กรณิการ์"),
        ("ศรีสุดา", "สรีสุดา", "ษรีสุดา"),
        ("เพ็ญ", "เพญ"),
        ("ณ ลำปาง", "ณลำปาง"),
        ("Somchai", "SOMCHAI", "som-chai"),
    ],
)
def test_spellings_of_one_name_share_a_key(spellings):
    assert len(set(name_key(pa.array(spellings)).to_pylist())) == 1


def test_key_keeps_different_names_apart_and_is_null_for_nothing():
    keys = name_key(pa.array(["ญาณี", "ยานี", "สมชาย", "สมหญิง", "..", None])).to_pylist()
    assert len(set(keys[:4])) == 4
    assert keys[4:] == [None, None]
    assert name_key_text("พงษ์") == "พง"


# --- phones ----------------------------------------------------------------------------------------------------------


@given(st.sampled_from("689"), st.text(alphabet="0123456789", min_size=8, max_size=8))
@settings(max_examples=60, deadline=None)
def test_any_mobile_in_any_writing(lead, rest):
    phone = f"0{lead}{rest}"
    thai = phone.translate(str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙"))
    writings = (
        *(phone, thai, f"{phone[:3]}-{phone[3:]}", f"{phone[:3]}-{phone[3:6]}-{phone[6:]}", f"+66{phone[1:]}"),
        *(f"+66 {phone[1:3]} {phone[3:]}", f"66{phone[1:]}", f"+66(0){phone[1:]}", f"โทร. {phone}", f"{phone} (แม่)"),
        f"'{phone}",
    )
    for text in writings:
        assert read(parse_phones, text)[:2] == (phone, None), text
    for text in (phone[1:], phone[1:] + ".0"):
        assert read(parse_phones, text)[:2] == (phone, "phone.leading_zero_restored")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("054-222222", ("054222222", None, {"second": None})),
        ("054-222222 ต่อ 12", ("054222222", None, {"second": None})),
        ("54222222", ("054222222", "phone.leading_zero_restored", {"second": None})),
        ("081-2345678, 089-8765432", ("0812345678", "phone.several", {"second": "0898765432"})),
        ("0812345678 หรือ 054222222", ("0812345678", "phone.several", {"second": "054222222"})),
        ("0812345678\n0898765432", ("0812345678", "phone.several", {"second": "0898765432"})),
        ("0812345678, 0812345678", ("0812345678", None, {"second": None})),
        ("12345", (None, "phone.unreadable", {"second": None})),
        ("081234567", (None, "phone.unreadable", {"second": None})),
        ("ไม่มี", (None, "phone.unreadable", {"second": None})),
        ("", (None, None, {"second": None})),
        (None, (None, None, {"second": None})),
    ],
)
def test_phones(text, expected):
    assert read(parse_phones, text) == expected
