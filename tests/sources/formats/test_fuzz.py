"""Two thousand damaged files, and tables that hypothesis makes up: no error but a hold, and every count balanced.

Most go through all of a dry run but Great Expectations, whose forty milliseconds a file would make minutes of them;
some hundred go through everything.
"""

from __future__ import annotations

import random
from collections import Counter

import pytest
from fast_suite import FastSuite, check
from format_samples import PERSON, PERSON_HEADERS, SPACE, Sample, book, lines, samples, sender
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutations import CELLS, mutated

from equity.delivery import examine as examine_module

FILES, WHOLE = 2_100, 140
HEADERS = ("รหัส", "ชื่อ แหล่ง", "ประเภท", "วันที่เปิด")


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Checks that cost nothing."""
    monkeypatch.setattr(examine_module, "Suite", FastSuite)


@pytest.mark.parametrize("kind", sorted(samples()))
def test_the_samples_are_good_files(kind: str) -> None:
    seen: Counter[str] = Counter()
    check(samples()[kind], seen, kind)
    assert seen == {f"{kind} loaded": 1}


def run(files: range, every: int = 1) -> Counter[str]:
    kinds, others = sorted(samples()), [sample.data for sample in samples().values()]
    seen: Counter[str] = Counter()
    for number in files:
        kind = kinds[number % len(kinds)]
        sample = samples()[kind]
        damaged = mutated(sample.data, others, random.Random(number))
        try:
            check(sample._replace(data=damaged), seen, kind, whole=number // len(kinds) % every == 0)
        except Exception as error:
            error.add_note(f"file {number} ({kind}): mutated(samples()[{kind!r}].data, …, random.Random({number}))")
            raise
    return seen


@pytest.mark.usefixtures("fast")
def test_two_thousand_damaged_files_are_loaded_or_held_and_all_counts_balance() -> None:
    seen = run(range(FILES), every=4)
    assert seen.total() == FILES
    loaded = sum(count for what, count in seen.items() if what.endswith(" loaded"))
    assert FILES * 0.15 < loaded < FILES * 0.85, "damage that is all the same tells little"
    assert len({what.split()[1] for what in seen}) > 10, f"only {sorted(seen)}"


def test_damaged_files_through_every_check() -> None:
    assert run(range(1_000_000, 1_000_000 + WHOLE)).total() == WHOLE


odd = st.one_of(st.sampled_from(CELLS), st.text(st.characters(exclude_categories=["Cs"]), max_size=12))
once = settings(
    max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.mark.usefixtures("fast")
@once
@given(
    st.lists(st.lists(odd, min_size=1, max_size=6), max_size=8), st.sampled_from([",", "\t", "|", ";"]), st.booleans()
)
def test_any_text_table_is_read_or_held(rows: list[list[str]], delimiter: str, quoted: bool) -> None:
    head = [list(HEADERS)]
    text = lines(*head, *rows, delimiter=delimiter) if quoted else "\n".join(delimiter.join(r) for r in head + rows)
    check(Sample("a.csv", text.encode("utf-8", "replace"), sender(SPACE)), Counter(), "text")


@pytest.mark.usefixtures("fast")
@once
@given(st.lists(st.lists(odd, min_size=10, max_size=10), max_size=6))
def test_any_cells_of_persons_are_loaded_or_quarantined(rows: list[list[str]]) -> None:
    seen: Counter[str] = Counter()
    tame = [[cell.replace("\n", " ").replace("\r", " ") for cell in row] for row in rows]
    check(Sample("a.csv", lines(PERSON_HEADERS, *tame).encode("utf-8", "replace"), sender(PERSON)), seen, "persons")
    assert seen.keys() <= {"persons loaded", "persons cell_too_long"}


@pytest.mark.usefixtures("fast")
@once
@given(
    st.lists(
        st.dictionaries(st.sampled_from(["id", "visits", "รหัส", "x"]), st.recursive(
            st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), odd),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["on", "income", "ก"]), inner, max_size=3),
            max_leaves=8)),
        max_size=6),
    st.booleans(),
)  # fmt: skip
def test_any_json_is_read_or_held(items: list[object], nested: bool) -> None:
    import json

    sample = samples()["json-repeat" if nested else "json-pages"]
    data = json.dumps({"items": items}).encode()
    check(sample._replace(data=data), Counter(), "json-repeat" if nested else "json")


@pytest.mark.usefixtures("fast")
@once
@given(st.lists(st.lists(st.one_of(odd, st.integers(-(10**16), 10**16), st.floats(allow_nan=False, allow_infinity=False), st.booleans(),
                                   st.dates(), st.none()), max_size=5), max_size=6))  # fmt: skip
def test_any_workbook_is_read_or_held(rows: list[list[object]]) -> None:
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    cells = [[ILLEGAL_CHARACTERS_RE.sub("", c)[:32_000] if isinstance(c, str) else c for c in row] for row in rows]
    writable = [[f"'{c}" if isinstance(c, str) and c.startswith("=") else c for c in row] for row in cells]
    check(Sample("a.xlsx", book(("ก", [HEADERS, *writable])), sender(SPACE)), Counter(), "workbook")
