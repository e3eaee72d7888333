"""Text lines of thai-data.md."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equity.thai.columns import Parsed, as_strings, by_unique
from equity.thai.problems import PROBLEMS
from equity.thai.text import DecodeError, arabic_digits, clean, clean_text, decode, sort_key

THAI = st.text(
    alphabet=st.sampled_from("กนำาเแโใไะัิีึืุู็่้๊๋์ํๆ๑5aé \t\n\u00a0\u200b\ufeff\u0301-") | st.characters(codec="utf-8"),
    max_size=14,
)


def one(function, text):
    return function(pa.array([text], pa.string()))[0].as_py()


SAMPLE = "ชื่อ,นามสกุล\nสมชาย,“ใจดี”\u00a0…\n"


@pytest.mark.parametrize(
    ("encoding", "used"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("cp874", "cp874"),
    ],
)
def test_decode_detects_each_encoding(encoding, used):
    assert decode(SAMPLE.encode(encoding)) == (SAMPLE, used)


def test_decode_windows_874_keeps_a0_and_curly_quotes_even_if_tis620_is_pinned():
    assert decode(SAMPLE.encode("cp874"), "TIS-620") == (SAMPLE, "cp874")
    assert decode(SAMPLE.encode("cp874"), "windows-874")[0] == SAMPLE


def test_decode_pinned_utf8_drops_the_mark_and_refuses_other_bytes():
    assert decode(SAMPLE.encode("utf-8-sig"), "utf-8")[0] == SAMPLE
    with pytest.raises(DecodeError) as caught:
        decode(SAMPLE.encode("cp874"), "utf-8")
    assert (caught.value.offset, caught.value.encodings) == (0, ("utf-8",))


def test_decode_names_the_first_bad_byte():
    good = ("โรงเรียน" * 5).encode()
    with pytest.raises(DecodeError) as caught:
        decode(good + b"\xff" + good)
    assert caught.value.offset == len(good)
    assert caught.value.encodings == ("utf-8", "cp874")


def test_decode_bytes_that_fit_nowhere():
    with pytest.raises(DecodeError) as caught:
        decode(b"abc\xa1\xa2\xdb\xfc")
    assert caught.value.offset == 5


def test_decode_empty_and_ascii():
    assert decode(b"") == ("", "utf-8")
    assert decode(b"a,b\n") == ("a,b\n", "utf-8")


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("น\u0e4d\u0e32", "นำ"),
        ("น\u0e4d\u0e49\u0e32", "น้ำ"),
        ("น\u0e49\u0e4d\u0e32", "น้ำ"),
        ("นำ้", "น้ำ"),
        ("เเม่", "แม่"),
        ("ก\u200bข\u200cค\u200dง\ufeff", "กขคง"),
        ("สมชาย\u00a0ใจดี", "สมชาย ใจดี"),
        ("ที่่", "ที่"),
        ("สีี", "สี"),
        ("ก่ิง", "กิ่ง"),
        ("มาา", "มา"),
        ("  ก   ข\r\n ค\t", "ก ข ค"),
        ("   ", None),
        ("", None),
        ("\u200b", None),
        ("a\x00b", "ab"),
        ("๑๒", "๑๒"),
        ("คุณครูน้ำผึ้ง เรียนรู้", "คุณครูน้ำผึ้ง เรียนรู้"),
        ("cafe\u0301", "café"),
        (None, None),
    ],
)
def test_clean_normalises_explicitly(raw, cleaned):
    assert one(clean, raw) == cleaned


@given(st.lists(THAI, max_size=8))
@settings(max_examples=150, deadline=None)
def test_clean_is_idempotent_and_agrees_with_the_single_string_form(texts):
    once = clean(pa.array(texts, pa.string()))
    assert clean(once) == once
    assert [value or "" for value in once.to_pylist()] == [clean_text(text) for text in texts]


def test_thai_digits_become_arabic():
    assert one(arabic_digits, "๐๑๒๓๔๕๖๗๘๙ ก9") == "0123456789 ก9"


def test_sort_key_gives_dictionary_order():
    words = [
        "กา",
        "ก่า",
        "ก้า",
        "กาบ",
        "การ",
        "การ์",
        "กำ",
        "กี่",
        "เก็บ",
        "เกา",
        "แก้ว",
        "ใกล้",
        "ไก่",
        "ข้าว",
        "งาว",
        "แม่ทะ",
        "แม่พริก",
    ]
    shuffled = [*words[1::2], *words[::2]]
    assert sorted(shuffled, key=lambda word: one(sort_key, word)) == words


@given(st.lists(THAI, min_size=2, max_size=6))
@settings(max_examples=50, deadline=None)
def test_sort_key_ignores_rows_around(texts):
    column = pa.array(texts, pa.string())
    assert sort_key(column).to_pylist() == [one(sort_key, text) for text in texts]


@pytest.mark.parametrize(
    "array",
    [
        pa.chunked_array([["ก", None], ["ข"]]),
        pa.array(["ก", None, "ข"], pa.large_string()),
        pa.array(["ก", None, "ข"]).dictionary_encode(),
        pa.array(["x", "ก", None, "ข", "y"]).slice(1, 3),
        pa.array(["ก", None, "ข"], pa.string_view()),
    ],
)
def test_columns_of_any_string_type_are_taken(array):
    assert as_strings(array).to_pylist() == ["ก", None, "ข"]
    assert clean(array).to_pylist() == ["ก", None, "ข"]


def test_columns_without_rows_or_values():
    assert clean(pa.array([], pa.string())).to_pylist() == []
    assert clean(pa.nulls(2)).to_pylist() == [None, None]
    assert clean(pa.chunked_array([], pa.string())).to_pylist() == []
    with pytest.raises(TypeError):
        clean(["ก"])


@pytest.mark.parametrize("text", ["P-001", "081-234", "", None])
@pytest.mark.parametrize("odd", [" a", "ก\u200b", "\x7f", "", "๑"])
def test_what_is_plain_ascii_is_clean_wherever_it_stands(text, odd):
    column = pa.array([odd, text, text, odd], pa.string())
    assert clean(column.slice(1, 2)).to_pylist() == [text or None] * 2
    assert clean(column).to_pylist()[1:3] == [text or None] * 2
    assert clean(column).to_pylist()[0] == (clean_text(odd) or None)
    assert arabic_digits(column.slice(1, 2)).to_pylist() == [text] * 2


def test_by_unique_sees_each_value_once_and_spreads_all_kinds_of_answers():
    seen = []

    def lengths(distinct):
        seen.extend(distinct.to_pylist())
        count = pa.array([len(v) for v in seen])
        return Parsed(count, pa.nulls(len(distinct), pa.string()), {"twice": pa.array([2 * len(v) for v in seen])})

    parsed = by_unique(pa.array(["ก", "ขข", None, "ก"]), lengths)
    assert sorted(seen) == ["ก", "ขข"]
    assert parsed.values.to_pylist() == [1, 2, None, 1]
    assert parsed.extras["twice"].to_pylist() == [2, 4, None, 2]
    with pytest.raises(ValueError, match="distinct"):
        by_unique(pa.array(["ก"]), lambda distinct: pa.array([], pa.string()))


def test_every_problem_speaks_thai_and_english():
    assert len(PROBLEMS) == 29
    for code, problem in PROBLEMS.items():
        assert code == problem.code
        assert any("ก" <= letter <= "ฮ" for letter in problem.th)
        assert problem.en.isascii() or "ใช่" in problem.en or "เด็กชาย" in problem.en or "พ.ศ." in problem.en
        assert clean_text(problem.th) == problem.th
