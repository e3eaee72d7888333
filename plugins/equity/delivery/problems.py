"""All problems of cells and rows by code: those of the Thai readers, and those of a delivery's own shape."""

from __future__ import annotations

from equity.thai.problems import PROBLEMS as OF_CELLS
from equity.thai.problems import Problem

_OWN = (
    Problem(
        "code.unknown",
        True,
        "ไม่รู้จักคำนี้ โปรดใช้คำตามแบบที่ตกลงกันไว้",
        "This word is none of the agreed ones; please use one of them.",
    ),
    Problem(
        "row.broken",
        True,
        "จำนวนช่องในแถวนี้ไม่ตรงกับหัวตาราง โปรดตรวจเครื่องหมายจุลภาคหรืออัญประกาศที่เกินมา",
        "This line has more or fewer cells than the header; look for a stray comma or quotation mark.",
    ),
)

PROBLEMS: dict[str, Problem] = OF_CELLS | {problem.code: problem for problem in _OWN}
