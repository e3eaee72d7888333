"""The Alembic revision that makes a record type's table in raw."""

from __future__ import annotations

from pathlib import Path

from equity.records import RecordType
from equity.settings import PROJECT

VERSIONS = PROJECT / "plugins" / "equity" / "warehouse" / "migrations" / "versions"
BEFORE = """\
    record_id bigint generated always as identity,
    source text not null,
    delivery_id bigint not null,
    row_no integer not null,
    record_key uuid not null,
    row_hash uuid not null,
"""
AFTER = """\
    known_from timestamptz not null,
    is_deleted boolean not null default false,
    flags jsonb,
"""


def revision(declared: RecordType) -> tuple[Path, str]:
    """The next revision's file and its content."""
    last = max(path.name[:4] for path in VERSIONS.glob("[0-9][0-9][0-9][0-9]_*.py"))
    number = f"{int(last) + 1:04}"
    name = declared.record_type
    person = "    person_hash uuid,\n" if declared.has_person_block else ""
    columns = "".join(f"    {column} {kind},\n" for column, kind in declared.raw_columns().items())
    content = f'''"""{declared.label.en}: its table in raw."""

from alembic import op

revision = "{number}"
down_revision = "{last}"

RAW = """
create table raw.{name} (
{BEFORE}{person}{AFTER}{columns}    primary key (record_key, record_id)
);
create index {name}_delivery on raw.{name} using brin (delivery_id) with (autosummarize = on);
"""

GRANTS = """
grant select, insert on raw.{name} to equity_ingest;
grant select on raw.{name} to equity_transform, equity_link;
"""


def upgrade() -> None:
    """Apply."""
    for part in (RAW, GRANTS):
        op.execute(part)
'''
    return VERSIONS / f"{number}_{name}.py", content
