"""Where a partner's people live, by the places that a sample names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from equity.onboarding.recognise import PLACE, Recognised
from equity.thai import places

HOME = "52"
MOST = 0.6  # of the rows that name a place


def area(recognised: Sequence[Recognised]) -> str:
    """The area that most rows name: a tambon when most agree, else their amphoe, else the province."""
    codes = Counter[str]()
    for table in recognised:
        codes.update(named(table))
    for digits in (6, 4, 2):
        cut = Counter[str]()
        for code, rows in codes.items():
            cut[code[:digits]] += rows
        if cut and cut.most_common(1)[0][1] > MOST * codes.total():
            return cut.most_common(1)[0][0]
    return HOME


def named(table: Recognised) -> Counter[str]:
    """How many rows name which place: its code as far as it is known, of another province the province's alone."""
    columns: dict[str, pa.Array] = {}
    for column in table.columns:
        cells = table.found.columns.get(column.source)
        if cells is None:
            continue
        if column.part == "address":
            cut = places.split_addresses(cells)
            columns |= {name: cut[name.removesuffix("_code")] for name in PLACE}
        elif len(column.fields) == 1 and column.fields[0] in PLACE:
            columns.setdefault(column.fields[0], cells)
    if not columns:
        return Counter()
    found = places.lampang().resolve(*(columns.get(name) for name in PLACE))
    codes = pc.coalesce(found.values, found.extras["amphoe_code"], found.extras["province_code"])
    return Counter(codes.drop_null().to_pylist())


def elsewhere(table: Recognised) -> int:
    """How many rows name a place of which the platform only keeps the province."""
    kept_whole = places.lampang().provinces
    return sum(rows for code, rows in named(table).items() if code[:2] not in kept_whole)
