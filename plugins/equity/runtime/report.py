"""What became of a night: one structure, told as JSON for programs and as text for people. No personal data in either."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.rows import dict_row

from equity.delivery.holds import sentence
from equity.settings import SPECS
from equity.sources.spec import readable_sources
from equity.warehouse.roles import OWNER

if TYPE_CHECKING:
    from equity.runtime.services import Installation

COUNTS = ("received", "loaded", "unchanged", "repeated", "quarantined")


@dataclass
class SourceReport:
    """One source's night."""

    name: str
    deliveries: int = 0
    received: int = 0
    loaded: int = 0
    unchanged: int = 0
    repeated: int = 0
    quarantined: int = 0
    resent: int = 0
    deleted: int = 0
    postponed: bool = False
    late: bool = False
    last_delivery: date | None = None
    promised_days: float | None = None
    failure: str | None = None
    held: list[dict[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    workbooks: list[str] = field(default_factory=list)


@dataclass
class NightReport:
    """A whole night."""

    night: date
    state: str
    reason: str | None
    sources: dict[str, SourceReport]
    persons: int
    indicators: int
    bulletin: str | None

    def as_json(self) -> dict[str, Any]:
        """The form that `equity status --json` prints."""
        keys = (
            "deliveries", *COUNTS, "held", "workbooks", "resent", "deleted",
            "late", "last_delivery", "promised_days", "failure", "notes",
        )  # fmt: skip
        return {
            "night": self.night.isoformat(),
            "state": self.state,
            "reason": self.reason,
            "sources": {
                name: {key: _plain(getattr(source, key)) for key in keys} for name, source in self.sources.items()
            },
            "persons": self.persons,
            "indicators": self.indicators,
            "bulletin": self.bulletin,
        }

    def as_text(self) -> str:
        """A summary for the operator, plain enough for a log."""
        head = f"{'source':<28}{'deliveries':>11}" + "".join(f"{name:>13}" for name in COUNTS)
        lines = [
            f"Night of {self.night.isoformat()}: {self.state}" + (f" ({self.reason})" if self.reason else ""),
            "",
            head,
        ]
        lines.append("-" * len(head))
        for name, source in self.sources.items():
            counts = "".join(f"{getattr(source, count):>13,}" for count in COUNTS)
            lines.append(f"{name:<28}{source.deliveries:>11}{counts}")
        lines.append("")
        for name, source in self.sources.items():
            for held in source.held:
                lines.append(f"held      {name}: {held['delivery']}: {held['reason']}")
            if source.resent:
                lines.append(f"resent    {name}: {source.resent} file(s) that had come before; nothing was done again")
            if source.deleted:
                lines.append(f"deleted   {name}: {source.deleted} row(s) are no longer in the partner's snapshot")
            if source.postponed:
                lines.append(f"postponed {name}: rows without a readable key: nothing is taken as deleted this time")
            if source.late:
                lines.append(f"late      {name}: {_late(source)}")
            if source.failure:
                lines.append(f"failed    {name}: {source.failure}")
            lines.extend(f"note      {name}: {note}" for note in source.notes)
        lines.append(f"persons    {self.persons:,}")
        lines.append(f"indicators {self.indicators}")
        for name, source in self.sources.items():
            lines.extend(f"workbook   {name}: {place}" for place in source.workbooks)
        lines.append(f"bulletin   {self.bulletin or 'not published yet'}")
        return "\n".join(lines)


def last_night(connection: psycopg.Connection) -> date | None:
    """The latest night that was played here or run by the clock, to its end or not."""
    row = connection.execute(
        "select max(night) from (select night from ops.night union all select night from ops.source_night) as nights"
    ).fetchone()
    return row[0] if row else None


def _state(cursor: psycopg.Cursor[dict[str, Any]], night: date) -> tuple[str, str | None]:
    """State and reason: as noted where nights are played by hand, else from the sources' turns."""
    noted = cursor.execute("select state, reason from ops.night where night = %s", [night]).fetchone()
    if noted:
        return noted["state"], noted["reason"]
    turns = cursor.execute(
        """select bool_and(closed_at is not null) as closed, string_agg(source, ', ') filter (where failure is not null) as failed
        from ops.source_night where night = %s""",
        [night],
    ).fetchone()
    if turns is None or turns["closed"] is None:
        return "unknown", None
    if not turns["closed"]:
        return "running", None
    return ("failed", f"failed: {turns['failed']}") if turns["failed"] else ("done", None)


def night_report(
    connection: psycopg.Connection, night: date, bulletin: Path, demo: Path | None = None, *,
    declared: Collection[str] | None = None, wrong: Mapping[str, str] | None = None,
) -> NightReport:  # fmt: skip
    """Gather a night from the register.

    Args:
        connection: as the owner.
        night: which one.
        bulletin: where bulletins are kept.
        demo: maps the demo partners' outboxes to local paths.
        declared: the sources that have a spec today: of others nothing is expected any more.
        wrong: what is wrong with a source's spec, by source; its turn cannot have gone well.

    """
    cursor = connection.cursor(row_factory=dict_row)
    state, reason = _state(cursor, night)
    sources = {
        row["source"]: SourceReport(row["partner_name_th"])
        for row in cursor.execute("select source, partner_name_th from ops.source order by source")
    }
    for row in cursor.execute(
        """select d.source, count(distinct d.delivery_id) as deliveries, bool_or(t.deletions_postponed) as postponed,
            coalesce(sum(rows_received), 0) as received, coalesce(sum(rows_loaded), 0) as loaded,
            coalesce(sum(rows_unchanged), 0) as unchanged, coalesce(sum(rows_repeated), 0) as repeated,
            coalesce(sum(rows_quarantined), 0) as quarantined, coalesce(sum(rows_deleted), 0) as deleted
        from ops.delivery d left join ops.delivery_table t using (delivery_id) where d.night = %s group by 1""",
        [night],
    ):
        source = sources[row.pop("source")]
        source.postponed = bool(row.pop("postponed"))
        for name, value in row.items():
            setattr(source, name, int(value))
    for row in cursor.execute(
        """select source, name, state, hold_code, hold_detail, notes, answer_place from ops.delivery
        where night = %s order by delivery_id""",
        [night],
    ):
        source = sources[row["source"]]
        if row["hold_code"]:
            source.held.append(
                {"delivery": row["name"], "reason": sentence(row["hold_code"], row["hold_detail"], "en")}
            )
        if row["answer_place"]:
            source.workbooks.append(_local(row["answer_place"], demo))
        if absent := (row["notes"] or {}).get("tables_not_found"):
            source.notes.append(f"{row['name']}: no sheet for {', '.join(absent)}")
        for record_type, headers in ((row["notes"] or {}).get("unknown_columns") or {}).items():
            source.notes.append(f"{row['name']}: {record_type}: unknown columns, not loaded: {', '.join(headers)}")
        for other in (row["notes"] or {}).get("tables_not_read") or ():
            words = f"another table at row {other['row']} was not read ({other['rows']} rows)"
            source.notes.append(f"{row['name']}: {other['place']}: {words}")
    for row in cursor.execute(
        """select s.source, count(*) as resent from ops.sighting s join ops.delivery d using (delivery_id)
        where s.night = %s and (s.name <> d.name or d.night <> s.night) group by 1""",
        [night],
    ):
        sources[row["source"]].resent = row["resent"]
    for row in cursor.execute("select source, failure from ops.source_night where night = %s", [night]):
        sources[row["source"]].failure = row["failure"]
    for name, fault in (wrong or {}).items():
        sources.setdefault(name, SourceReport(name)).failure = _first(name, fault)
    _watch_promises(cursor, night, {n: s for n, s in sources.items() if declared is None or n in declared})
    persons = cursor.execute(
        "select count(distinct person_key) as n from link.membership where known_to is null"
    ).fetchone()
    assert persons is not None  # noqa: S101
    page = bulletin / "current" / "index.html"
    return NightReport(
        night, state, reason, sources, persons["n"],
        _indicators(connection), str(page) if page.exists() else None,
    )  # fmt: skip


def report(installation: Installation, night: date) -> NightReport:
    """The night's report, read as the owner."""
    with psycopg.connect(installation.url(OWNER)) as connection:
        sources, wrong = readable_sources(SPECS)
        return night_report(
            connection, night, installation.home.bulletin, installation.home.path / "demo",
            declared=sources, wrong=wrong,
        )  # fmt: skip


def _watch_promises(cursor: psycopg.Cursor[dict[str, Any]], night: date, sources: Mapping[str, SourceReport]) -> None:
    """Who promised to send, when something came last, and who is late; a source that never sent counts from its first turn."""
    for row in cursor.execute(
        """select source, last_delivery, extract(epoch from promised_every) / 86400 as days,
            coalesce(last_delivery, first_turn) + promised_every < %s::date as late
        from ops.source s
        left join (select source, max(night) as last_delivery from ops.delivery group by 1) d using (source)
        left join (select source, min(night) as first_turn from ops.source_night group by 1) n using (source)
        where promised_every is not null""",
        [night],
    ):
        if source := sources.get(row["source"]):
            source.late, source.last_delivery = bool(row["late"]), row["last_delivery"]
            source.promised_days = float(row["days"])


def _first(name: str, fault: str) -> str:
    """The first of a spec's faults, and where to read the rest."""
    first, *more = fault.splitlines()
    return f"{first} (and {len(more)} more: `equity source check {name}`)" if more else first


def _late(source: SourceReport) -> str:
    days = source.promised_days or 0
    promise = f"{days:.0f} days" if days >= 1 else f"{days * 24:.0f} hours"
    since = f"nothing came since {source.last_delivery}" if source.last_delivery else "nothing has come yet"
    return f"{since}; the partner promised to send every {promise}"


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _indicators(connection: psycopg.Connection) -> int:
    """How many indicators have figures; none before the first build."""
    if connection.execute("select to_regclass('reporting.indicator')").fetchone() == (None,):
        return 0
    row = connection.execute("select count(distinct indicator_id) from reporting.indicator").fetchone()
    return int(row[0]) if row else 0


def _local(place: str, demo: Path | None) -> str:
    """Where a demo partner's outbox lies on this machine; any other place stays as it is."""
    if demo is not None and not Path(place).exists():
        name = place.rsplit("/", 1)[-1]
        reference = place.rsplit("#", 1)[-1]
        for path in (
            demo / "lampang_luang" / "sftp" / "incoming" / name,
            demo / "abe" / "feedback" / f"{reference}.xlsx",
        ):
            if path.exists():
                return str(path)
    return place
