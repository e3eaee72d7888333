"""Place lines of thai-data.md, and numbers in spreadsheets."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equity.thai.numbers import parse_booleans, parse_integers, parse_numbers
from equity.thai.places import LAMPANG_AREAS, Area, Gazetteer, _split_address, lampang, split_addresses
from equity.thai.provinces import PROVINCES
from equity.thai.text import clean_text

G = lampang()
AREAS = list(G.areas.values())


def find(tambon=None, amphoe=None, province=None, gazetteer=G):
    columns = [pa.array([cell], pa.string()) for cell in (tambon, amphoe, province)]
    parsed = gazetteer.resolve(*columns)
    return (
        parsed.values[0].as_py(),
        parsed.extras["amphoe_code"][0].as_py(),
        parsed.extras["province_code"][0].as_py(),
        parsed.problems[0].as_py(),
    )


def test_lampang_has_13_amphoe_and_100_tambon_and_the_country_77_provinces():
    assert (len(G.amphoe), len(G.areas), G.provinces, len(PROVINCES)) == (13, 100, {"52"}, 77)
    assert "521009" not in G.areas
    assert find("521009") == (None, "5210", "52", "place.unknown")


@given(
    st.sampled_from(AREAS),
    st.sampled_from(["", "ต.", "ตำบล", "ตำบล ", "แขวง"]),
    st.sampled_from(["", "อ.", "อำเภอ", "อ. ", "เขต"]),
    st.sampled_from(["ลำปาง", "จ.ลำปาง", "จังหวัดลำปาง", "52", "Lampang", None]),
)
@settings(max_examples=80, deadline=None)
def test_any_tambon_in_any_writing(area, tambon_word, amphoe_word, province):
    expected = (area.tambon_code, area.amphoe_code, "52", None)
    assert find(tambon_word + area.tambon_th, amphoe_word + area.amphoe_th, province) == expected
    assert find(area.tambon_en, area.amphoe_en, province) == expected
    assert find(f"ต.{area.tambon_th} อ.{area.amphoe_th} จ.ลำปาง") == expected
    for code in (area.tambon_code, area.tambon_code + "00", area.tambon_code + "07", area.tambon_code + ".0"):
        assert find(code) == expected
    assert find(area.tambon_code[4:], area.tambon_code[2:4], "52") == expected


def test_moo_of_an_eight_digit_code():
    assert G.resolve(pa.array(["52130407", "52130400"])).extras["moo"].to_pylist() == ["7", None]


def test_codes_of_amphoe_and_province():
    assert find(None, "5213") == (None, "5213", "52", None)
    assert find("521300") == (None, "5213", "52", None)
    assert find("520000") == find("52000000") == find(None, None, "52") == (None, None, "52", None)


def test_mueang_is_mueang_lampang():
    assert find(None, "เมือง", "ลำปาง") == find(None, "อ.เมือง") == find(None, "เมืองลำปาง") == (None, "5201", "52", None)


def test_spelling_variants():
    assert find("แจซ้อน", "เมืองปาน")[0] == find("เเจ้ซ้อน", "เมืองปาน")[0] == find("แจ้ ซ้อน")[0] == "521304"
    assert find("บ้านเสด็จ")[0] == find("บ้านเสดจ")[0] == "520110"


TWINS = Gazetteer(
    {
        code: Area(code, name, "", code[:4], amphoe, "")
        for code, name, amphoe in (
            ("520101", "บ้านใหม่", "เมืองลำปาง"),
            ("520201", "บ้านใหม่", "แม่เมาะ"),
            ("520202", "นาสัก", "แม่เมาะ"),
        )
    }
)


def test_same_tambon_name_under_several_amphoe_is_flagged_not_guessed():
    assert find("บ้านใหม่", gazetteer=TWINS) == (None, None, "52", "place.ambiguous")
    assert find("บ้านใหม่", "แม่เมาะ", gazetteer=TWINS) == ("520201", "5202", "52", None)
    assert find("นาสัก", gazetteer=TWINS) == ("520202", "5202", "52", None)


def test_unknown_names():
    assert find("ไม่มีจริง", "เกาะคา", "ลำปาง") == (None, "5203", "52", "place.unknown")
    assert find("ไม่มีจริง") == (None, None, None, "place.unknown")
    assert find("แจ้ซ้อน", "ไม่มีจริง", "ลำปาง") == (None, None, "52", "place.unknown")
    assert find(None, None, "ไม่มีจริง") == (None, None, None, "place.unknown")


def test_other_provinces_keep_their_province_only():
    assert find("ช้างเผือก", "เมือง", "เชียงใหม่") == (None, None, "50", None)
    assert find(None, None, "กทม.") == find(None, None, "กรุงเทพฯ") == (None, None, "10", None)
    assert find("500101") == find(None, "5001") == find(None, "เมืองเชียงใหม่") == (None, None, "50", None)


@pytest.mark.parametrize("code", sorted(PROVINCES))
def test_every_province_by_name_and_code(code):
    thai, english = PROVINCES[code]
    for text in (thai, f"จ.{thai}", f"จังหวัด{thai}", english, code):
        assert find(None, None, text) == (None, None, code, None)


def test_registrars_offices_are_not_areas():
    assert (
        find(None, "5299")
        == find(None, "5298", "ลำปาง")
        == find("529901")
        == (None, None, "52", "place.registrar_office")
    )


def test_contradictions():
    assert find("แจ้ซ้อน", "เกาะคา") == find("521304", "5203") == (None, "5203", "52", "place.contradiction")
    assert find("521304", None, "เชียงใหม่") == (None, None, "50", "place.contradiction")


def test_blank_places_and_missing_columns():
    assert find() == find(" ", "", None) == (None, None, None, None)
    with pytest.raises(ValueError, match="columns"):
        G.resolve()
    with pytest.raises(ValueError, match="equal length"):
        G.resolve(pa.array(["ก"]), pa.array(["ก", "ข"]))
    assert len(G.resolve(pa.array([], pa.string())).values) == 0


@given(st.text(max_size=10), st.text(max_size=10), st.text(max_size=10))
@settings(max_examples=80, deadline=None)
def test_no_place_raises(tambon, amphoe, province):
    find(tambon, amphoe, province)


def test_gazetteer_file_errors(tmp_path):
    assert LAMPANG_AREAS.exists()
    broken = tmp_path / "broken.csv"
    broken.write_text("tambon_code,tambon_th\n520101,ก\n", encoding="utf-8")
    with pytest.raises(ValueError, match="amphoe_code"):
        Gazetteer.from_csv(broken)
    header = "tambon_code,tambon_th,tambon_en,amphoe_code,amphoe_th,amphoe_en\n"
    broken.write_text(header + "52010,ก,a,5201,ข,b\n", encoding="utf-8")
    with pytest.raises(ValueError, match="line 2"):
        Gazetteer.from_csv(broken)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("12/3 ม.4 ต.แจ้ซ้อน อ.เมืองปาน จ.ลำปาง 52240", ("12/3", "4", "แจ้ซ้อน", "เมืองปาน", "ลำปาง")),
        ("บ้านเลขที่ ๑๒ หมู่ที่ ๔ ตำบลแจ้ซ้อน อำเภอเมืองปาน จังหวัดลำปาง", ("12", "4", "แจ้ซ้อน", "เมืองปาน", "ลำปาง")),
        ("12 หมู่ 4 แจ้ซ้อน เมืองปาน ลำปาง", ("12", "4", "แจ้ซ้อน", "เมืองปาน", "ลำปาง")),
        ("99/1 ถ.พหลโยธิน แขวงลาดยาว เขตจตุจักร กทม. 10900", ("99/1", None, "ลาดยาว", "จตุจักร", "กทม.")),
        ("ต.แจ้ซ้อนอ.เมืองปานจ.ลำปาง", (None, None, "แจ้ซ้อน", "เมืองปาน", "ลำปาง")),
        ("45 บ้านแลง เมืองลำปาง ลำปาง", ("45", None, "บ้านแลง", "เมืองลำปาง", "ลำปาง")),
        ("12/3 หมู่ 4 บ้านทุ่ง ต.บ้านแลง อ.เมือง จ.ลำปาง", ("12/3", "4", "บ้านแลง", "เมือง", "ลำปาง")),
        ("12", ("12", None, None, None, None)),
        (None, (None, None, None, None, None)),
    ],
)
def test_addresses(text, parts):
    split = split_addresses(pa.array([text], pa.string()))
    assert tuple(column[0].as_py() for column in split.values()) == parts
    assert list(split) == ["house_no", "moo", "tambon", "amphoe", "province"]


@given(
    st.sampled_from(["12/3", "เลขที่ 5", "บ้านเลขที่ 7/1/2", ""]),
    st.sampled_from([" ม.4", " หมู่ที่ 12", " หมู่ 1", " ม. 3", "ม.3", ""]),
    st.sampled_from([" ต.แจ้ซ้อน", " ตำบล แจ้ซ้อน", " ต.แจ้ซ้อนอำเภอเกาะคา", " แขวงเขตใหม่", " แจ้ซ้อน", ""]),
    st.sampled_from([" อ.เมืองปาน", " อำเภอเมืองปาน", " เขตจตุจักร", "อ.เมือง", ""]),
    st.sampled_from([" จ.ลำปาง", " จังหวัด ลำปาง", " ลำปาง 52000", " จ.ลำปาง 52240", ""]),
)
@settings(max_examples=200, deadline=None)
def test_the_kernel_splits_plain_lines_as_the_slow_splitter_does(house, moo, tambon, amphoe, province):
    text = clean_text(house + moo + tambon + amphoe + province)
    split = split_addresses(pa.array([text]))
    assert {name: column[0].as_py() for name, column in split.items()} == (
        _split_address(text) if text else dict.fromkeys(split)
    )


# --- numbers ---------------------------------------------------------------------------------------------------------


def read(parser, text):
    parsed = parser(pa.array([text], pa.string()))
    return parsed.values[0].as_py(), parsed.problems[0].as_py()


@given(st.integers(-(10**12), 10**12), st.integers(0, 99))
@settings(max_examples=100, deadline=None)
def test_any_amount_in_any_writing(baht, satang):
    value = float(f"{baht}.{satang:02d}")
    plain, commas = f"{baht}.{satang:02d}", f"{baht:,}.{satang:02d}"
    thai = commas.translate(str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙"))
    writings = [plain, commas, thai, f"{commas} บาท", f"{commas}บาท", f"฿{commas}", f" {commas} บ.", f"{plain}฿"]
    parsed = parse_numbers(pa.array(writings))
    assert parsed.values.to_pylist() == [value] * len(writings)
    assert parsed.problems.null_count == len(writings)


@given(st.integers(-(2**63), 2**63 - 1))
@settings(max_examples=60, deadline=None)
def test_any_integer_is_exact(number):
    assert read(parse_integers, str(number)) == read(parse_integers, f"{number:,}") == (number, None)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("(1,200)", -1200.0),
        ("500.-", 500.0),
        ("1,500.50 บาทถ้วน", 1500.5),
        ("1.5E+05", 150000.0),
        ("−5", -5.0),
        ("5 000", 5000.0),
    ],
)
def test_other_writings_of_numbers(text, value):
    assert read(parse_numbers, text) == (value, None)


def test_ranges_give_their_midpoint_and_ends():
    parsed = parse_numbers(pa.array(["3,000-5,000", "3000 – 5000 บาท", "๓,๐๐๐ ถึง ๕,๐๐๐", "7"]))
    assert parsed.values.to_pylist() == [4000.0, 4000.0, 4000.0, 7.0]
    assert parsed.problems.to_pylist() == ["number.range"] * 3 + [None]
    assert parsed.extras["low"].to_pylist() == [3000.0] * 3 + [None]
    assert parsed.extras["high"].to_pylist() == [5000.0] * 3 + [None]


@pytest.mark.parametrize(
    "text", ["-", "ไม่มี", "n/a", ".", "12,34", "nan", "inf", "1e999", "5%", "1/2", "1.2.3", ",", "()"]
)
def test_junk_is_no_number(text):
    assert read(parse_numbers, text) == (None, "number.not_a_number")
    assert read(parse_integers, text) == (None, "number.not_a_number")


def test_whole_numbers():
    assert read(parse_integers, "3.0") == (3, None)
    assert read(parse_integers, "3.5") == (None, "number.not_whole")
    assert read(parse_integers, "๑,๒๓๔ บาท") == (1234, None)
    assert read(parse_integers, str(2**63)) == (None, "number.too_large")
    assert read(parse_integers, "3-5") == (4, "number.range")
    assert read(parse_integers, "") == (None, None)


@given(st.text(max_size=10))
@settings(max_examples=100, deadline=None)
def test_no_number_raises(text):
    parse_numbers(pa.array([text]))
    parse_integers(pa.array([text]))
    parse_booleans(pa.array([text]))


@pytest.mark.parametrize(
    ("answer", "texts"),
    [
        (
            True,
            [
                "จดแล้ว",
                "จัดทำแล้ว",
                "จดทะเบียนแล้ว",
                "แล้ว",
                "เรียบร้อย",
                "ใช่",
                " ผ่าน",
                "มี",
                "TRUE",
                "Yes",
                "y",
                "1",
                "1.0",
                "๑",
                "✓",
                "✔️",
                "/",
            ],
        ),
        (
            False,
            ["ยังไม่จด", "ยังไม่ได้ทำ", "ไม่จด", "ยังไม่มี", "ไม่ใช่", "ไม่ผ่าน", "ไม่ มี", "False", "no", "N", "0", "✗", "x", "X"],
        ),
    ],
)
def test_booleans(answer, texts):
    parsed = parse_booleans(pa.array(texts))
    assert parsed.values.to_pylist() == [answer] * len(texts)
    assert parsed.problems.null_count == len(texts)


def test_unknown_boolean():
    assert read(parse_booleans, "แดง") == (None, "boolean.unknown")
    for neither in ("ยกเลิกแล้ว", "หมดอายุแล้ว", "ยังไม่ทราบ", "ไม่แน่ใจ"):
        assert read(parse_booleans, neither) == (None, "boolean.unknown")
    assert read(parse_booleans, "") == (None, None)
