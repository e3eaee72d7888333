"""The expectations that Great Expectations lacks: Thai national IDs and dates, vectorised.

GX's own range check maps date columns element by element; these compare whole columns (see docs/data-engineer.md).
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import ColumnMapExpectation, ColumnPairMapExpectation
from great_expectations.expectations.metrics.map_metric_provider import (
    ColumnMapMetricProvider,
    ColumnPairMapMetricProvider,
    column_condition_partial,
    column_pair_condition_partial,
)

from equity.thai.national_ids import checksum_ok, parse_national_ids


class NationalIdMetric(ColumnMapMetricProvider):
    """Whether the check digit holds, for the kinds of ID that are asked about."""

    condition_metric_name = "column_values.valid_national_id"
    condition_value_keys = ("kinds",)
    filter_column_isnull = False  # GX would copy the whole frame without the nulls; they are seen to below

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, kinds: list[str], **_: Any) -> pd.Series:  # GX's form
        ids = pa.array(column, pa.string(), from_pandas=True)
        asked = pc.is_in(parse_national_ids(ids).extras["kind"].cast(pa.string()), value_set=pa.array(kinds))
        fine = pc.or_(pc.fill_null(checksum_ok(ids), True), pc.invert(pc.fill_null(asked, False)))
        return pd.Series(fine.to_numpy(zero_copy_only=False), index=column.index)


class ExpectColumnValuesToBeValidNationalId(ColumnMapExpectation):
    """Expect national IDs of the given kinds to have the right check digit (kinds: code list national_id_kind)."""

    map_metric: ClassVar[str] = "column_values.valid_national_id"
    success_keys: ClassVar[tuple[str, ...]] = ("kinds", "mostly")
    kinds: list[str]


class DatesBetweenMetric(ColumnMapMetricProvider):
    """Whether dates lie between two days, both included."""

    condition_metric_name = "column_values.dates_between"
    condition_value_keys = ("earliest", "latest")
    filter_column_isnull = False

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, earliest: str | None, latest: str | None, **_: Any) -> pd.Series:
        days = column.to_numpy(dtype="datetime64[D]")
        wrong = np.zeros(len(days), dtype=bool)  # a comparison with a missing date is false
        if earliest is not None:
            wrong |= days < np.datetime64(earliest)
        if latest is not None:
            wrong |= days > np.datetime64(latest)
        fine = ~wrong
        return pd.Series(fine, index=column.index)


class ExpectColumnDatesToBeBetween(ColumnMapExpectation):
    """Expect dates between `earliest` and `latest`: ISO dates, `received`, or `received-110y`."""

    map_metric: ClassVar[str] = "column_values.dates_between"
    success_keys: ClassVar[tuple[str, ...]] = ("earliest", "latest", "mostly")
    earliest: str | None = None
    latest: str | None = None


class DatesInOrderMetric(ColumnPairMapMetricProvider):
    """Whether one date is not after another; a missing date says nothing."""

    condition_metric_name = "column_pair_values.dates_in_order"
    condition_domain_keys = (
        "batch_id",
        "table",
        "column_A",
        "column_B",
        "row_condition",
        "condition_parser",
        "ignore_row_if",
    )

    @column_pair_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column_A: pd.Series, column_B: pd.Series, **_: Any) -> pd.Series:
        return column_A <= column_B


class ExpectColumnPairDatesToBeInOrder(ColumnPairMapExpectation):
    """Expect the date in column_A not to be after the date in column_B.

    A date that is known by its month or year alone is compared as such: against a day of that year it is in order.
    """

    map_metric: ClassVar[str] = "column_pair_values.dates_in_order"
    domain_keys: ClassVar[tuple[str, ...]] = (*ColumnPairMapExpectation.domain_keys, "ignore_row_if")  # type: ignore[assignment]
    ignore_row_if: str = "either_value_is_missing"


def resolve_day(word: str, received_on: date) -> str:
    """`received` and `received-110y` as an ISO date; an ISO date as it is; raises ValueError for anything else."""
    found = re.fullmatch(r"received(?:([+-])(\d+)y)?", word)
    if not found:
        return date.fromisoformat(word).isoformat()
    years = int(found[2] or 0) * (-1 if found[1] == "-" else 1)
    try:
        return received_on.replace(year=received_on.year + years).isoformat()
    except ValueError:  # 29 February
        return received_on.replace(year=received_on.year + years, day=28).isoformat()
