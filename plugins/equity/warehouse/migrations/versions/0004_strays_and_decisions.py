"""Tickets of rows without a key are known again; a steward's word on a held delivery."""

from alembic import op

revision = "0004"
down_revision = "0003"

STRAYS = """
alter table ops.ticket add seen_in bigint references ops.delivery, add row_hash uuid, add row_without text;
comment on column ops.ticket.seen_in is
    'The delivery that brought the row last: place and row_no are those of its file. Null: the one that opened it.';
comment on column ops.ticket.row_hash is
    'Of a row without a key: keyed digest of the fields that nothing was wrong with, by which it is known again.';
comment on column ops.ticket.row_without is 'The fields that are not in row_hash, with commas between.';
create index on ops.ticket (source, record_type) where state = 'open' and record_key is null;
"""

DECISIONS = """
create table ops.decision (
    decision_id bigint generated always as identity primary key,
    delivery_id bigint not null references ops.delivery,
    decision text not null check (decision in ('released', 'rejected')),
    hold_code text not null,
    hold_detail jsonb,
    reason text not null check (reason ~ '\\S'),
    decided_by text not null check (decided_by ~ '\\S'),
    decided_at timestamptz not null default now(),
    taken_up_at timestamptz
);
create index on ops.decision (delivery_id);
create unique index on ops.decision (delivery_id) where taken_up_at is null;
comment on table ops.decision is
    'What a steward decided on a held delivery, and why. The next night takes it up: a released one is read with its hold waived.';
comment on column ops.decision.taken_up_at is
    'The night that took it up; since then the rows of a released delivery are known.';

grant select on ops.decision to equity_ingest, equity_link, equity_transform, equity_steward;
grant insert on ops.decision to equity_steward;
grant update (taken_up_at) on ops.decision to equity_ingest;
"""


def upgrade() -> None:
    """Apply."""
    op.execute(STRAYS)
    op.execute(DECISIONS)


def downgrade() -> None:
    """Take back."""
    op.execute("drop table ops.decision; alter table ops.ticket drop seen_in, drop row_hash, drop row_without;")
