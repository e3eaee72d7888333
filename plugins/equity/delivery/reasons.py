"""Reasons: why a cell is wrong, and in which rows. Light to import: what only tells of findings needs no checks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

Severity = Literal["critical", "warning", "info"]


@dataclass(frozen=True)
class Reason:
    """Why a cell is wrong, in words for the sender."""

    code: str
    severity: Severity
    cells: tuple[str, ...]
    th: str
    en: str


@dataclass(frozen=True)
class Finding:
    """One reason and the rows of the block (positions, ascending) for which it holds."""

    reason: Reason
    rows: np.ndarray
