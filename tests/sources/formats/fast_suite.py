"""Checks that cost next to nothing, and the sums that every dry run must make good."""

from __future__ import annotations

from collections import Counter
from datetime import date

import numpy as np
from format_samples import Sample, tried

from equity.delivery.holds import HOLDS, sentence
from equity.delivery.normalise import Rows
from equity.delivery.reasons import Finding, Reason
from equity.records import RecordType


class FastSuite:
    """Takes every cell that could not be read for critical, and asks nothing else."""

    def __init__(self, declared: RecordType, source: str, received_on: date, delivered: set[str]) -> None:
        del declared, source, received_on, delivered

    def findings(self, rows: Rows) -> list[Finding]:
        """One finding for each column that has a problem."""
        found = []
        for name, problems in rows.problems.items():
            wrong = np.flatnonzero(problems.is_valid().to_numpy(zero_copy_only=False))
            if len(wrong):
                found.append(Finding(Reason("unread", "critical", (name,), "อ่านไม่ได้", "unread"), wrong))
        return found


def check(sample: Sample, seen: Counter[str], kind: str, *, whole: bool = True) -> None:
    """Try a file; every count must balance, every hold have its words; on the whole, every row be told once."""
    trial = tried(sample)
    told = trial.as_json()
    rows = list(trial.rows()) if whole else []
    if trial.hold is not None:
        seen[f"{kind} {trial.hold.code}"] += 1
        assert trial.hold.code in HOLDS, trial.hold.code
        for language in ("th", "en"):
            words = sentence(trial.hold.code, trial.hold.detail, language)
            assert words and "–" not in words.replace(" – ", ""), (trial.hold.code, trial.hold.detail, words)
        assert not rows and told["received"] == 0
    else:
        seen[f"{kind} loaded"] += 1
        assert told["received"] == told["loaded"] + told["held"] + told["repeated"] + told["superseded"]
        if not whole:
            return
        assert len(rows) == told["received"]
        assert Counter(row["_status"] for row in rows) == +Counter(
            {status: told[status] for status in ("loaded", "held", "repeated", "superseded")}
        )
        # members of a repeat group stand in one item
        places = (
            []
            if kind == "json-repeat"
            else [(row["_record_type"], row.get("_sheet"), row["_row"]) for row in rows if row["_status"] != "held"]
        )
        assert len(set(places)) == len(places), "two rows of one place"
    if whole:
        trial.workbook()
