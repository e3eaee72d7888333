"""JSON: pages of a pull, documents, one item a line."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reader_tables import opened, rows, source

from equity.sources.readers import Unreadable
from equity.sources.readers import table as blocks
from equity.sources.readers.items import columns_of, columns_of_rows, flat_rows
from equity.sources.spec import Source


def pull(*pages: Any) -> bytes:
    return b"\n".join(page if isinstance(page, bytes) else json.dumps(page).encode() for page in pages)


def api(**changes: Any) -> Source:
    table = {
        "record_type": "enrolment", "sends": "changes", "path": "/v1/e", "rows": "items",
        "fields": {
            "partner_record_ref": "no", "partner_person_ref": "learner.id", "provider": "learner.school.name", "kind": "kind",
            "started_on": "from",
        },
    }  # fmt: skip
    return source(table | changes, by="rest")


def test_nested_paths_lists_missing_keys_and_all_kinds_of_values() -> None:
    first = {
        "no": 1, "learner": {"id": "L1", "school": {"name": "บ้านแลง"}}, "kind": ["a", "b"], "from": None,
        "ok": True, "share": 0.5, "none": [], "extra": {"x": {"y": 1}},
    }  # fmt: skip
    (table,) = opened(pull({"items": [first, {"no": "2"}], "page": 1}, {"items": []}), "/v1/e", api())
    assert table.headers[:5] == ["no", "learner.id", "learner.school.name", "kind", "from"]
    at = {header: i for i, header in enumerate(table.headers)}
    found = rows(table)
    assert [found[1][at[h]] for h in ("no", "learner.id", "learner.school.name", "kind", "from")] == [
        "1", "L1", "บ้านแลง", "a,b", None,
    ]  # fmt: skip
    assert [found[1][at[h]] for h in ("ok", "share", "none", "extra.x.y")] == ["true", "0.5", None, "1"]
    assert found[2] == ["2"] + [None] * (len(table.headers) - 1)
    assert set(table.unknown()) == {"ok", "share", "none", "extra.x.y"}


def test_rows_are_numbered_over_all_pages_of_a_pull(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK_ROWS", 4)
    pages = [{"items": [{"no": f"{page}-{i}"} for i in range(3)]} for page in range(3)]
    (table,) = opened(pull(*pages), "/v1/e", api())
    read = list(table.blocks)
    assert [block.row_no.tolist() for block in read] == [[1, 2, 3, 4], [5, 6, 7, 8], [9]]
    assert read[1].columns["no"].to_pylist() == ["1-1", "1-2", "2-0", "2-1"]


def test_a_pull_that_is_a_bare_list() -> None:
    (table,) = opened(pull([{"no": "1"}, {"no": "2"}]), "/v1/e", api(rows=None))
    assert rows(table) == {1: ["1"], 2: ["2"]}


@pytest.mark.parametrize(
    ("data", "code", "page"),
    [
        (pull({"items": []}, b"<html>down</html>"), "unreadable_json", 2),
        (pull({"data": []}), "rows_not_found", 1),
        (pull({"items": {"no": 1}}), "rows_not_found", 1),
        (pull(b'"text"'), "rows_not_found", 1),
    ],
)
def test_a_pull_that_is_no_list_of_items_is_refused(data: bytes, code: str, page: int) -> None:
    with pytest.raises(Unreadable) as hold:
        opened(data, "/v1/e", api())
    assert hold.value.code == code and hold.value.detail["page"] == page


@pytest.mark.parametrize("item", ["text", 5, None, ["a"]])
def test_an_item_that_is_no_object_is_refused(item: Any) -> None:
    with pytest.raises(Unreadable) as hold:
        opened(pull({"items": [{"no": "1"}, item]}), "/v1/e", api())
    assert hold.value.code == "rows_not_found"


KEYS = st.sampled_from(["a", "b", "a.b", "b.a", "", "a/b"])
VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**63),
        st.floats(-1e9, 1e9),
        st.sampled_from(["", "ก", "\ud83d", "x"]),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(st.dictionaries(KEYS, VALUES, max_size=4), max_size=5))
def test_items_column_by_column_are_what_they_are_row_by_row(items: list[dict[str, Any]]) -> None:
    said = [flat for item in items for flat in flat_rows(item, None)]
    at_once, singly = columns_of(items), columns_of_rows(said)
    assert {name: column.to_pylist() for name, column in at_once.items()} == {
        name: column.to_pylist() for name, column in singly.items()
    }


def test_digits_are_kept_on_the_page_that_has_them_and_other_pages_read_as_alone() -> None:
    pages = [
        b'{"items": [{"no": 1.50, "kind": {"x": [0.5]}}]}',
        b'{"items": [{"no": 12345678901234567890123, "kind": 2.50}]}',
    ]
    (table,) = opened(pull(*pages), "/v1/e", api())
    at = table.headers.index("no")
    assert [row[at] for row in rows(table).values()] == ["1.5", "12345678901234567890123"]


def test_pages_that_are_small_are_gathered_and_each_row_knows_its_page(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = [{"items": [{"no": f"{page}-{i}", "kind": page or None} for i in range(page)]} for page in range(5)]
    for most in (40, 200, 1 << 20):  # bytes of a page that are parsed at once, and gathered
        monkeypatch.setattr("equity.sources.readers.jsons.AT_ONCE", most)
        (table,) = opened(pull(*pages), "/v1/e", api())
        (block,) = table.blocks
        assert block.row_no.tolist() == list(range(1, 11)) and block.pages is not None
        assert [f"{page - 1}-{place - 1}" for page, place in block.pages.tolist()] == block.columns["no"].to_pylist()


def test_members_that_would_repeat_too_much_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("equity.sources.readers.jsons.REPEATED", 10_000)
    item = {**dict.fromkeys(map(str, range(100))), "visits": [{}] * 30}  # without a letter, and still of some size
    with pytest.raises(Unreadable) as hold:
        opened(pull({"items": [item]}), "/v1/e", api(repeat="visits"))
    assert hold.value.code == "too_large"


def test_half_a_letter_deep_within_an_item_is_no_depth() -> None:
    (table,) = opened(pull(b'{"items": [{"no": "1", "kind": [{"x": "\\ud83d"}]}]}'), "/v1/e", api())
    assert rows(table) == {1: ["1", '{"x":"?"}']}
