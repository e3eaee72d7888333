"""What a steward decides on a held delivery: read it all the same, or be done with it. The next night takes it up.

A released delivery is read again under the rules of the day it was received, with what it was held for waived where that
can be waived: a snapshot that collapsed, a column of another type. Of all else a release means that the spec was changed.
Its rows are known since the night that took it up: nobody knew them before.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, Literal

import psycopg
from psycopg.types.json import Jsonb

Word = Literal["released", "rejected"]
WAIVED = ("rows_collapsed", "type_changed")
READ_AGAIN = ("not_declared", "no_sheet", "header_not_found", "missing_column", "double_column", "rows_not_found")


class RefusedError(Exception):
    """Why it cannot be decided so, in words for the steward."""


def decide(
    connection: psycopg.Connection, delivery_id: int, word: Word, reason: str, by: str,
    *, record_types: Collection[str] | None, lists: Collection[str] = (), although_newer: bool = False,
) -> None:  # fmt: skip
    """Record the decision on a held delivery, once.

    Args:
        connection: as the steward.
        delivery_id: the delivery.
        word: what is decided.
        reason: why, in the steward's words.
        by: who decides.
        record_types: what the delivery is about, as its spec says; None when no spec says it, for all that there is.
        lists: those of them that are sent as whole lists.
        although_newer: release what an older delivery changes, though a newer one was loaded.

    Raises:
        RefusedError: when the delivery is not held, was decided on before, or must not be released.

    """
    found = connection.execute(
        "select state, hold_code, hold_detail, source from ops.delivery where delivery_id = %s", [delivery_id]
    ).fetchone()
    if found is None:
        raise RefusedError(f"there is no delivery {delivery_id}; `equity delivery list` names those that there are")
    state, code, detail, source = found
    if state != "held":
        raise RefusedError(f"delivery {delivery_id} is {state}, not held")
    if word == "released":
        if code not in (*WAIVED, *READ_AGAIN):
            raise RefusedError(f"delivery {delivery_id} is held as {code}: nothing but another file helps")
        _refuse_older(connection, delivery_id, source, record_types, lists, although_newer=although_newer)
    done = connection.execute(
        """insert into ops.decision (delivery_id, decision, hold_code, hold_detail, reason, decided_by)
        values (%s, %s, %s, %s, %s, %s) on conflict do nothing returning decision_id""",
        [delivery_id, word, code, Jsonb(detail), reason.strip(), by.strip()],
    ).fetchone()
    if done is None:
        raise RefusedError(f"delivery {delivery_id} was decided on already; the next night takes it up")


def _refuse_older(
    connection: psycopg.Connection, delivery_id: int, source: str, record_types: Collection[str] | None,
    lists: Collection[str], *, although_newer: bool,
) -> None:  # fmt: skip
    """What was loaded since is newer: an older list would delete and take back what it says."""
    newer = connection.execute(
        """select t.record_type, max(d.delivery_id) from ops.delivery d join ops.delivery_table t using (delivery_id)
        where d.source = %s and d.delivery_id > %s and d.state = 'loaded'
            and (%s::text[] is null or t.record_type = any(%s::text[]))
        group by 1 order by 1""",
        [source, delivery_id, *[None if record_types is None else sorted(record_types)] * 2],
    ).fetchall()
    if not newer:
        return
    record_type, later = newer[0]
    if record_types is None or any(name in lists for name, _ in newer):
        raise RefusedError(
            f"delivery {later}, which came later, has newer {record_type}: an older list would take it back. Reject this one"
        )
    if not although_newer:
        raise RefusedError(
            f"delivery {later}, which came later, has newer {record_type}: of rows that are in both, this one's would count. "
            "If that is right, add --although-newer"
        )


def take_up(connection: psycopg.Connection, source: str, night: date, now: datetime) -> None:
    """Begin a source's night with what was decided: released deliveries are to be read, rejected ones are done with."""
    taken = connection.execute(
        """update ops.decision set taken_up_at = %s from ops.delivery d
        where d.delivery_id = decision.delivery_id and d.source = %s and decision.taken_up_at is null
        returning decision.delivery_id, decision.decision""",
        [now, source],
    ).fetchall()
    for delivery_id, word in taken:
        if word == "rejected":
            query = "update ops.delivery set state = 'rejected' where delivery_id = %s and state = 'held'"
            connection.execute(query, [delivery_id])
        else:
            connection.execute(
                """update ops.delivery set state = 'landed', hold_code = null, hold_detail = null, answered_at = null,
                    answer_place = null, night = %s
                where delivery_id = %s and state = 'held'""",
                [night, delivery_id],
            )


def is_waived(waived: Collection[dict[str, Any]], code: str, columns: Collection[str] = ()) -> bool:
    """Whether a steward released a delivery from this hold; of columns, from those of all of them."""
    holds = [hold for hold in waived if hold["code"] == code]
    named = {column for hold in holds for column in (hold["detail"] or {}).get("columns", ())}
    return bool(holds) and named.issuperset(columns)
