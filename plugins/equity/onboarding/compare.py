"""What changed between two deliveries of one source, and what that does to its spec."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from equity.delivery.holds import FLIP_CELLS, FLIP_SHARE, TYPED, sentence
from equity.delivery.normalise import read_plainly
from equity.onboarding.evidence import Profile, profile
from equity.onboarding.layout import Found, find_tables
from equity.onboarding.recognise import recognise
from equity.onboarding.vocabulary import vocabulary
from equity.records import Field
from equity.settings import SPECS
from equity.sources.readers import Unreadable
from equity.sources.readers.grids import fold
from equity.sources.spec import Source, Table
from equity.thai import dates, text

KINDS = ("national_id", "phone", "date", "number", "boolean")


@dataclass
class Change:
    """One difference: where, what, and what to do in the spec (or that nothing is to be done)."""

    place: str
    what: str
    spec: str


@dataclass
class Comparison:
    """All differences of two deliveries."""

    changes: list[Change] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {"changes": [{"place": c.place, "what": c.what, "spec": c.spec} for c in self.changes]}

    def as_text(self) -> str:
        """For people."""
        if not self.changes:
            return "nothing changed in the layout: the spec reads both"
        return "\n".join(f"{c.place}: {c.what}\n    → {c.spec}" for c in self.changes)


def compare(
    old_name: str, old: bytes, new_name: str, new: bytes, spec: Source | None, specs: dict[str, Source]
) -> Comparison:
    """Compare the layouts of two deliveries; without `spec` the one whose headers stand in the old file is asked."""
    known = vocabulary(SPECS)
    told = Comparison()
    both: list[list[Found]] = []
    for name, data in ((old_name, old), (new_name, new)):
        try:
            both.append(find_tables(name, data, known))
        except Unreadable as error:
            told.changes.append(
                Change(name, sentence(error.code, error.detail, "en"), "ask the partner to send it again")
            )
            both.append([])
    before, after = both
    if not before or not after:
        return told
    tables = _tables(spec) if spec else _nearest(before, specs)
    pairs = _pairs(before, after)
    for one, other in pairs:
        told.changes += _changes(one, other, tables)
    for found in before:
        if not any(found is one for one, _ in pairs):
            told.changes.append(
                Change(found.place, "the sheet is gone", "hold, unless other deliveries bring it: ask the partner")
            )
    for found in after:
        if not any(found is other for _, other in pairs):
            meant = recognise(found, known)
            told.changes.append(
                Change(
                    found.place,
                    f"a new sheet, it looks like {meant.record_type}",
                    "declare a table for it, or nothing if it is not ours",
                )
            )
    return told


def _tables(spec: Source) -> list[Table]:
    newest = max(spec.versions, key=lambda version: version.since)
    return list(newest.tables)


def _nearest(found: list[Found], specs: dict[str, Source]) -> list[Table]:
    headers = {fold(header) for table in found for header in table.columns}

    def shared(spec: Source) -> int:
        return sum(len(headers & {fold(h) for h in table.expected_headers()}) for table in _tables(spec))

    best = max(specs.values(), key=shared, default=None)
    return _tables(best) if best and shared(best) >= 3 else []


def _pairs(before: list[Found], after: list[Found]) -> list[tuple[Found, Found]]:
    """Tables of both that are the same one: most headers in common."""
    pairs = []
    left = list(after)
    for one in before:
        mine = {fold(h) for h in one.columns}

        def shared(other: Found, mine: set[str] = mine) -> float:
            theirs = {fold(h) for h in other.columns}
            return len(mine & theirs) / max(1, len(mine | theirs))

        best = max(left, key=shared, default=None)
        if best is not None and (shared(best) > 0.3 or len(before) == len(after) == 1):
            pairs.append((one, best))
            left.remove(best)
    return pairs


def _changes(one: Found, other: Found, tables: list[Table]) -> list[Change]:
    changes: list[Change] = []
    place = other.place
    for what, was, now in (
        ("encoding", one.encoding, other.encoding), ("delimiter", one.delimiter, other.delimiter),
        ("header rows", one.header_rows, other.header_rows),
    ):  # fmt: skip
        if was != now:
            mend = (
                "set header.rows in a new version" if what == "header rows" else f"nothing, unless the spec pins {what}"
            )
            changes.append(Change(place, f"{what}: {was!r} became {now!r}", mend))
    old = {fold(header): header for header in one.columns}
    new = {fold(header): header for header in other.columns}
    gone = [old[key] for key in old if key not in new]
    added = [new[key] for key in new if key not in old]
    renamed = _renamed(one, other, gone, added)
    for was, now in renamed.items():
        fields = _fields_of(was, tables)
        mend = (
            f"add the spelling to {', '.join(fields)}: [{was}, {now}]"
            if fields
            else "nothing: the spec does not read it"
        )
        changes.append(Change(place, f"column {was!r} seems to be called {now!r} now", mend))
    for header in (h for h in gone if h not in renamed):
        fields = _fields_of(header, tables)
        needed = [name for name in fields if any(_needs(table, name) for table in tables)]
        mend = (
            f"deliveries are HELD: {', '.join(needed)} is required" if needed
            else f"{', '.join(fields)} stays empty from now on" if fields else "nothing: the spec does not read it"
        )  # fmt: skip
        changes.append(Change(place, f"column {header!r} is gone", mend))
    for header in (h for h in added if h not in renamed.values()):
        changes.append(
            Change(place, f"column {header!r} is new", "it only warns (unknown column): add it to fields, or to ignore")
        )
    for key in old.keys() & new.keys():
        was_, now_ = profile(one.columns[old[key]]), profile(other.columns[new[key]])
        kind = _kind(was_)
        if kind and was_.filled > 5 and now_.filled > 5 and getattr(was_, kind) > 0.8 and getattr(now_, kind) < 0.5:
            what = f"column {new[key]!r} held {kind.replace('_', ' ')} and mostly does not now"
            changes.append(Change(place, what, _retyped(other.columns[new[key]], new[key], tables)))
    if [key for key in new if key in old] != [key for key in old if key in new]:
        changes.append(Change(place, "columns stand in another order", "nothing: order never matters"))
    if len(other.row_no) < 0.6 * len(one.row_no):
        changes.append(Change(place, f"{len(one.row_no)} rows became {len(other.row_no)}",
                              "a snapshot that shrank so far is held (hold_if_rows_fall_below)"))  # fmt: skip
    return changes


def _retyped(cells: pa.Array, header: str, tables: list[Table]) -> str:
    """What a delivery does with a column of other values: asked of the readers themselves."""
    told = []
    for name in _fields_of(header, tables):
        field = next((t.declared.fields[name] for t in tables if name in t.fields), None)
        unread = unread_share(cells, field) if field else None
        if unread is None:
            told.append(f"{name}: each cell that cannot be read is a warning, or holds its row")
        elif unread > FLIP_SHARE and len(cells.drop_null()) >= FLIP_CELLS:
            told.append(f"deliveries are HELD as re-typed: {unread:.0%} of {name} cannot be read")
        elif unread:
            told.append(f"{unread:.0%} of {name} cannot be read: each such cell is told, or holds its row")
        else:
            told.append(f"nothing: {name} is read from it all the same")
    return "; ".join(told) or "nothing: the spec does not read it"


def unread_share(cells: pa.Array, field: Field) -> float | None:
    """The share of filled cells that a typed field cannot be read from; None for a field that holds no delivery."""
    if field.type not in TYPED:
        return None
    given = text.clean(cells).drop_null()
    read = read_plainly(given, field)
    if read is None:
        read = dates.parse_dates(given)
    return read.values.null_count / len(given) if len(given) else 0.0


def _renamed(one: Found, other: Found, gone: list[str], added: list[str]) -> dict[str, str]:
    """Columns that went and came with the same kind of values, spelled alike or meaning the same."""
    known = vocabulary(SPECS)
    renamed: dict[str, str] = {}
    for was in gone:
        meant = {m.meaning for m in known.matches(was) if m.score >= 0.9}
        for now in added:
            if now in renamed.values():
                continue
            same_meaning = meant & {m.meaning for m in known.matches(now) if m.score >= 0.7}
            same_kind = _kind(profile(one.columns[was])) == _kind(profile(other.columns[now]))
            if same_meaning and same_kind:
                renamed[was] = now
                break
    return renamed


def _kind(seen: Profile) -> str | None:
    return next((kind for kind in KINDS if seen.filled and getattr(seen, kind) > 0.8), None)


def _fields_of(header: str, tables: list[Table]) -> list[str]:
    key = fold(header)
    found = [name for table in tables for name, column in table.fields.items() if key in map(fold, column.headers())]
    found += [
        part for table in tables for part, roles in table.part_headers().items() if key in map(fold, roles.values())
    ]
    return list(dict.fromkeys(found))


def _needs(table: Table, name: str) -> bool:
    declared = table.declared
    return name in declared.key or (name in declared.fields and declared.fields[name].required) or name == "full_name"
