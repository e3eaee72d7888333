"""Date lines of thai-data.md."""

from datetime import date, timedelta

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equity.thai import dates as dates_module
from equity.thai.dates import (
    THAI_MONTHS,
    THAI_MONTHS_SHORT,
    academic_year,
    academic_year_days,
    age_on,
    fiscal_year,
    fiscal_year_days,
    grade_one_intake,
    parse_dates,
    roster_rounds,
    thai_date,
)

WEEKDAYS = ("จันทร์", "อังคาร", "พุธ", "พฤหัสบดี", "ศุกร์", "เสาร์", "อาทิตย์")
THAI_DIGITS = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")


def read(text, **options):
    parsed = parse_dates(pa.array([text], pa.string()), **options)
    return parsed.values[0].as_py(), parsed.problems[0].as_py(), parsed.extras["precision"][0].as_py()


WRITINGS = {
    "slashes B.E.": lambda d: f"{d.day}/{d.month}/{d.year + 543}",
    "padded dots B.E.": lambda d: f"{d.day:02d}.{d.month:02d}.{d.year + 543}",
    "dashes B.E.": lambda d: f"{d.day}-{d.month}-{d.year + 543}",
    "spaces B.E.": lambda d: f"{d.day} {d.month} {d.year + 543}",
    "slashes C.E.": lambda d: f"{d.day:02d}/{d.month:02d}/{d.year}",
    "ISO": lambda d: d.isoformat(),
    "ISO timestamp": lambda d: f"{d} 00:00:00",
    "ISO T": lambda d: f"{d}T13:45:10.5",
    "B.E. timestamp": lambda d: f"{d.year + 543}-{d.month:02d}-{d.day:02d} 00:00:00",
    "compact": lambda d: d.strftime("%Y%m%d"),
    "compact B.E.": lambda d: f"{d.year + 543}{d.month:02d}{d.day:02d}",
    "serial": lambda d: str((d - date(1899, 12, 30)).days),
    "serial as float": lambda d: f"{(d - date(1899, 12, 30)).days}.0",
    "serial with time": lambda d: f"{(d - date(1899, 12, 30)).days}.5",
    "Thai": thai_date,
    "Thai with era": lambda d: f"{d.day} {THAI_MONTHS[d.month - 1]} พ.ศ. {d.year + 543}",
    "Thai C.E.": lambda d: f"{d.day} {THAI_MONTHS[d.month - 1]} ค.ศ. {d.year}",
    "Thai short": lambda d: f"{d.day} {THAI_MONTHS_SHORT[d.month - 1]} {d.year + 543}",
    "Thai short without dots": lambda d: f"{d.day}{THAI_MONTHS_SHORT[d.month - 1].replace('.', '')}{d.year + 543}",
    "Thai short dashes": lambda d: f"{d.day}-{THAI_MONTHS_SHORT[d.month - 1]}-{d.year + 543}",
    "Thai short era glued": lambda d: f"{d.day} {THAI_MONTHS_SHORT[d.month - 1]}พ.ศ.{d.year + 543}",
    "weekday": lambda d: f"วัน{WEEKDAYS[d.weekday()]}ที่ {thai_date(d)}",
    "weekday bare": lambda d: f"{WEEKDAYS[d.weekday()]} {d.day}/{d.month}/{d.year + 543}",
    "words before": lambda d: f"วันที่ {d.day} เดือน {THAI_MONTHS[d.month - 1]} พ.ศ. {d.year + 543}",
    "Thai digits": lambda d: thai_date(d).translate(THAI_DIGITS),
    "Thai digits slashes": lambda d: f"{d.day}/{d.month}/{d.year + 543}".translate(THAI_DIGITS),
    "English": lambda d: d.strftime("%d %B %Y"),
    "English American": lambda d: d.strftime("%B %d, %Y"),
    "English short": lambda d: d.strftime("%d-%b-%Y"),
    "year first slashes": lambda d: f"{d.year + 543}/{d.month}/{d.day}",
    "misspelt": lambda d: thai_date(d).replace("ฎ", "ฏ").replace("ศจ", "ษจ").replace("์", ""),
    "hour and minute": lambda d: f"{d.day}/{d.month}/{d.year + 543} 10.30 น.",
}


@given(st.dates(date(1928, 1, 1), date(2056, 12, 31)))
@settings(max_examples=150, deadline=None)
def test_any_day_in_any_writing_parses_back(day):
    parsed = parse_dates(pa.array([write(day) for write in WRITINGS.values()]))
    wrong = {
        name: (write(day), value, problem)
        for (name, write), value, problem in zip(
            WRITINGS.items(), parsed.values.to_pylist(), parsed.problems.to_pylist(), strict=True
        )
        if value != day or problem is not None
    }
    assert wrong == {}


@given(st.dates(date(1990, 1, 1), date(2025, 12, 31)))
@settings(max_examples=60, deadline=None)
def test_two_digit_years_with_a_pinned_era_parse_back(day):
    text = f"{day.day}/{day.month}/{(day.year + 543) % 100:02d}"
    assert read(text, era="buddhist") == (day, None, "day")
    text = f"{day.day}/{day.month}/{day.year % 100:02d}"
    assert read(text, era="christian", earliest=date(1989, 1, 1), latest=date(2026, 1, 1))[0] == day


@given(
    st.from_regex(r"\A([0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{4}|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2})\Z"),
    st.sampled_from(["dmy", "mdy", "ymd"]),
    st.sampled_from(["auto", "buddhist", "christian"]),
    st.tuples(st.none() | st.dates(date(1900, 1, 1), date(1990, 1, 1)), st.none() | st.dates(date(1990, 1, 1))),
)
@settings(max_examples=400, deadline=None)
def test_the_kernels_read_an_ordinary_day_as_the_slow_way_does(text, order, era, window):
    found = read(text, order=order, era=era, earliest=window[0], latest=window[1])
    assert found == dates_module._read(text, dates_module._Reading(era, order, *window))


@given(st.text(max_size=12))
@settings(max_examples=200, deadline=None)
def test_no_text_raises(text):
    value, _, precision = read(text)
    assert (value is None) == (precision is None)


def test_leap_day_of_a_buddhist_year_converts_before_the_date_is_built():
    assert read("29/02/2567") == (date(2024, 2, 29), None, "day")
    assert read("29/02/2566") == (None, "date.impossible", None)
    assert read("29 กุมภาพันธ์ 2566") == (None, "date.impossible", None)


def test_two_digit_year_that_fits_both_eras_is_flagged():
    assert read("5/1/67") == (date(2024, 1, 5), "date.ambiguous_year", "day")


def test_two_digit_year_decided_by_the_range():
    born = {"earliest": date(1940, 1, 1), "latest": date(1999, 12, 31)}
    assert read("5/1/67", **born) == (date(1967, 1, 5), None, "day")
    assert read("5/1/67", earliest=date(2020, 1, 1), latest=date(2026, 1, 1)) == (date(2024, 1, 5), None, "day")
    assert read("5/1/67", era="christian", **born) == (date(1967, 1, 5), None, "day")
    assert read("5 ม.ค. พ.ศ. 67") == (date(2024, 1, 5), None, "day")
    assert read("5/1/98", era="buddhist", **born) == (date(1955, 1, 5), None, "day")


def test_two_digit_leap_day_excludes_the_era_without_it():
    assert read("29/02/67") == (date(2024, 2, 29), None, "day")


def test_era_may_switch_in_the_middle_of_a_column():
    parsed = parse_dates(pa.array(["05/06/2549", "05/06/2006", "2549-06-05", "2006-06-05"]))
    assert set(parsed.values.to_pylist()) == {date(2006, 6, 5)}


@pytest.mark.parametrize("era", ["auto", "buddhist", "christian"])
def test_four_digit_years_are_never_converted_twice_nor_read_as_the_wrong_era(era):
    assert read("05/06/2006", era=era)[0] == date(2006, 6, 5)
    assert read("05/06/2549", era=era)[0] == date(2006, 6, 5)


def test_excel_serial_of_a_date_typed_with_its_buddhist_year():
    typed = date(2567, 3, 5)
    assert read(str((typed - date(1899, 12, 30)).days))[0] == date(2024, 3, 5)
    assert read("45351") == (date(2024, 2, 29), None, "day")


def test_day_and_month_swapped():
    assert read("05/13/2567") == (date(2024, 5, 13), "date.day_month_swapped", "day")
    assert read("2024-13-05") == (date(2024, 5, 13), "date.day_month_swapped", "day")
    assert read("05/13/2567", order="mdy") == (date(2024, 5, 13), None, "day")


def test_order_of_the_contract():
    assert read("03/04/2567", order="mdy")[0] == date(2024, 3, 4)
    assert read("67/04/03", order="ymd", era="buddhist")[0] == date(2024, 4, 3)
    assert read("2567/04/03", order="dmy")[0] == date(2024, 4, 3)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2549", (date(2006, 1, 1), None, "year")),
        ("2549.0", (date(2006, 1, 1), None, "year")),
        ("พ.ศ. 2549", (date(2006, 1, 1), None, "year")),
        ("ปี ๒๕๔๙", (date(2006, 1, 1), None, "year")),
        ("2006", (date(2006, 1, 1), None, "year")),
        ("00/00/2549", (date(2006, 1, 1), None, "year")),
        ("15/00/2549", (date(2006, 1, 1), None, "year")),
        ("00/05/2549", (date(2006, 5, 1), None, "month")),
        ("05/2549", (date(2006, 5, 1), None, "month")),
        ("2549-05", (date(2006, 5, 1), None, "month")),
        ("พฤษภาคม 2549", (date(2006, 5, 1), None, "month")),
        ("เดือน พ.ค. พ.ศ. 2549", (date(2006, 5, 1), None, "month")),
    ],
)
def test_precision_is_kept(text, expected):
    assert read(text) == expected


@pytest.mark.parametrize(
    "text", ["ไม่ทราบ", "-", "abc", "12", "1/2", "5 พ.ค.", "1/2/3/4", "256", "5/5/256", "9863", "99999999999"]
)
def test_unreadable(text):
    assert read(text) == (None, "date.unreadable", None)


@pytest.mark.parametrize("text", ["31/04/2560", "32/01/2560", "13/13/2560", "13/2560", "99999999", "01/01/9999"])
def test_impossible(text):
    assert read(text) == (None, "date.impossible", None)


def test_out_of_range_keeps_the_value():
    window = {"earliest": date(2000, 6, 1), "latest": date(2010, 1, 1)}
    assert read("01/01/2567", **window) == (date(2024, 1, 1), "date.out_of_range", "day")
    assert read("2543", **window) == (date(2000, 1, 1), None, "year")


def test_word_for_the_era_against_the_year():
    assert read("5 มีนาคม พ.ศ. 2024") == (date(2024, 3, 5), "date.era_contradiction", "day")


def test_timestamp_with_an_offset_is_taken_to_bangkok():
    assert read("1999-12-31T17:00:00.000Z")[0] == date(2000, 1, 1)
    assert read("2000-01-01T00:00:00+07:00")[0] == date(2000, 1, 1)


def test_blank_is_null_without_a_problem():
    assert read(None) == read(" ") == (None, None, None)


def test_options_are_checked():
    with pytest.raises(ValueError, match="era"):
        read("1", era="thai")
    with pytest.raises(ValueError, match="earliest"):
        read("1", earliest=date(2020, 1, 1), latest=date(2019, 1, 1))


def test_academic_year_runs_from_16_may_to_15_may():
    days = pa.array([date(2024, 5, 15), date(2024, 5, 16), date(2025, 5, 15), None])
    assert academic_year(days).to_pylist() == [2566, 2567, 2567, None]
    assert academic_year_days(2567) == (date(2024, 5, 16), date(2025, 5, 15))


def test_fiscal_year_runs_from_1_october_to_30_september():
    days = pa.array([date(2023, 9, 30), date(2023, 10, 1), date(2024, 9, 30), None])
    assert fiscal_year(days).to_pylist() == [2566, 2567, 2567, None]
    assert fiscal_year_days(2567) == (date(2023, 10, 1), date(2024, 9, 30))


@given(st.dates(date(1960, 1, 1), date(2060, 1, 1)))
@settings(max_examples=50, deadline=None)
def test_calendars_agree_with_their_days(day):
    column = pa.array([day])
    first, last = academic_year_days(academic_year(column)[0].as_py())
    assert first <= day <= last
    first, last = fiscal_year_days(fiscal_year(column)[0].as_py())
    assert first <= day <= last


def test_school_roster_rounds():
    rounds = roster_rounds(2567)
    assert (rounds["june_10"], rounds["nov_10"]) == (date(2024, 6, 10), date(2024, 11, 10))


def test_age_counts_to_the_day_at_16_may():
    births = pa.array([date(2021, 5, 16), date(2021, 5, 17), date(2020, 2, 29), None, date(2024, 5, 17)])
    assert age_on(births, date(2024, 5, 16)).to_pylist() == [3, 2, 4, None, -1]


@given(st.dates(date(1900, 1, 1), date(2020, 1, 1)), st.integers(0, 30000))
@settings(max_examples=60, deadline=None)
def test_age_is_the_number_of_birthdays_passed(birth, days):
    on = birth + timedelta(days=days)
    expected = on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))
    assert age_on(pa.array([birth]), on).to_pylist() == [expected]


def test_grade_one_counts_by_calendar_year():
    births = pa.array([date(2016, 1, 1), date(2016, 12, 31), date(2017, 1, 1)])
    assert grade_one_intake(births).to_pylist() == [2566, 2566, 2567]


def test_dates_for_people():
    assert thai_date(date(2026, 3, 2)) == "2 มีนาคม 2569"
    assert thai_date(date(2026, 3, 2), short=True) == "2 มี.ค. 2569"
