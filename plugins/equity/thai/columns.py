"""What every reader of a column shares: its answer, and the means to work on distinct values only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

STRING = pa.string()


@dataclass(frozen=True)
class Parsed:
    """One column read.

    Attributes:
        values: typed array of length *n*; null where the cell is absent or could not be read.
        problems: ``pa.string()`` of length *n*; a code of :data:`equity.thai.problems.PROBLEMS`, null where fine.
        extras: further columns of length *n*; each parser's docstring names its own.

    """

    values: pa.Array
    problems: pa.Array
    extras: dict[str, pa.Array] = field(default_factory=dict)


T = TypeVar("T", pa.Array, Parsed, dict[str, pa.Array])


def as_strings(array: Any) -> pa.Array:
    """Give any Arrow column as one ``pa.string()`` array of the same length.

    Takes chunked, dictionary, large-string, view, null, number, boolean and date arrays.

    Raises:
        TypeError: when ``array`` is no Arrow array.
        pyarrow.ArrowNotImplementedError: for types without a text form (lists, structs).

    """
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks() if array.num_chunks != 1 else array.chunk(0)
        if isinstance(array, pa.ChunkedArray):  # more text than one array holds in some versions
            array = pa.concat_arrays(array.chunks)
    if not isinstance(array, pa.Array):
        raise TypeError(f"expected a pyarrow Array or ChunkedArray, got {type(array).__name__}")
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if array.type != STRING:
        array = array.cast(STRING)
    return array


def by_unique(array: Any, function: Callable[[pa.Array], T]) -> T:
    """Run ``function`` on the distinct values of ``array`` and spread its answer back over the column.

    Args:
        array: string column of length *n*, nulls allowed.
        function: takes a ``pa.string()`` array of *k* distinct values without nulls; gives a ``pa.Array``, a ``Parsed``
            or a dictionary of arrays, each of length *k*. It must judge each value by itself.

    Returns:
        The same kind of answer with length *n*; null wherever ``array`` is null.

    Raises:
        ValueError: when the function's answer has another length than its input.

    """
    encoded = as_strings(array).dictionary_encode()
    distinct, indices = encoded.dictionary, encoded.indices
    answer: Any = function(distinct)

    def spread(column: pa.Array) -> pa.Array:
        if len(column) != len(distinct):
            raise ValueError(f"the function gave {len(column)} values for {len(distinct)} distinct ones")
        return column.take(indices)

    spread_out: Any
    if isinstance(answer, Parsed):
        extras = {name: spread(column) for name, column in answer.extras.items()}
        spread_out = Parsed(spread(answer.values), spread(answer.problems), extras)
    elif isinstance(answer, dict):
        spread_out = {name: spread(column) for name, column in answer.items()}
    else:
        spread_out = spread(answer)
    return spread_out


def text_by_unique(array: Any, function: Callable[[str], str | None]) -> pa.Array:
    """Apply a plain text function to each distinct value; length *n* in, length *n* out, null in null out."""
    return by_unique(array, lambda distinct: pa.array([function(v) for v in distinct.to_pylist()], STRING))


def parsed_rows(rows: Iterable[tuple[Any, ...]], value_type: pa.DataType, extras: Mapping[str, pa.DataType]) -> Parsed:
    """Build a ``Parsed`` from row tuples ``(value, problem, *extras in the order of the mapping)``."""
    columns = list(zip(*rows, strict=True)) or [()] * (2 + len(extras))
    return Parsed(
        pa.array(columns[0], value_type),
        pa.array(columns[1], STRING),
        {name: pa.array(columns[2 + i], kind) for i, (name, kind) in enumerate(extras.items())},
    )


def nulls(like: pa.Array, kind: pa.DataType = STRING) -> pa.Array:
    """Give a null array as long as ``like``."""
    return pa.nulls(len(like), kind)


def is_like(array: pa.Array, pattern: str) -> pa.Array:
    """Boolean array without nulls: does the RE2 ``pattern`` occur in each value (null counts as no)."""
    return pc.fill_null(pc.match_substring_regex(array, pattern), False)


def patch(array: pa.Array, mask: pa.Array, replacements: pa.Array) -> pa.Array:
    """Put ``replacements`` (as many as ``mask`` has trues) where ``mask`` is true."""
    return pc.replace_with_mask(array, mask, replacements)


def patch_parsed(whole: Parsed, mask: pa.Array, part: Parsed) -> Parsed:
    """Put the rows of ``part`` into ``whole`` where ``mask`` is true; extras of ``whole`` decide which are kept."""
    return Parsed(
        patch(whole.values, mask, part.values),
        patch(whole.problems, mask, part.problems),
        {name: patch(column, mask, part.extras[name]) for name, column in whole.extras.items()},
    )


def letters_of(array: pa.Array) -> np.ndarray:
    """Give the UTF-8 bytes of a ``pa.string()`` array, one value behind the other, without copying them."""
    _, offsets, data = array.buffers()
    if data is None or not len(array):
        return np.array([], dtype=np.uint8)
    first, last = np.frombuffer(offsets, dtype=np.int32)[[array.offset, array.offset + len(array)]]
    return np.frombuffer(data, dtype=np.uint8)[first:last]


def any_true(mask: pa.Array) -> bool:
    """Whether a boolean array holds a true."""
    return bool(pc.any(mask, min_count=0).as_py())


def join_present(columns: Sequence[pa.Array], separator: str) -> pa.Array:
    """The texts of each row that are there, with the separator between them; null where none is.

    (Arrow's own join with ``null_handling="skip"`` drops rows in which all are null.)
    """
    nothing = pa.array([""] * len(columns[0]), STRING)
    joined = pc.binary_join_element_wise(nothing, *columns, separator, null_handling="skip")
    joined = pc.utf8_slice_codeunits(joined, len(separator))
    return pc.if_else(pc.equal(joined, ""), pa.scalar(None, STRING), joined)
