"""A ticket for every wrong cell or row: what was told to the sender, since when, and what became of it."""

from alembic import op

revision = "0003"
down_revision = "0002"

TICKETS = """
create table ops.ticket (
    ticket_id bigint generated always as identity primary key,
    source text not null references ops.source,
    record_type text not null,
    record_key uuid,
    field text not null,
    code text not null,
    severity text not null check (severity in ('critical', 'warning')),
    state text not null default 'open' check (state in ('open', 'corrected', 'accepted', 'withdrawn')),
    place text not null,
    row_no integer not null,
    value_hash uuid,
    opened_by bigint not null references ops.delivery,
    opened_at timestamptz not null,
    closed_by bigint references ops.delivery,
    closed_at timestamptz,
    check ((state = 'open') = (closed_at is null)),
    check (state <> 'accepted' or severity = 'warning')
);
create unique index on ops.ticket (source, record_type, record_key, field, code) where state = 'open' and record_key is not null;
create index on ops.ticket (source, record_type, record_key) where state = 'accepted';
create table ops.reminder (
    reminder_id bigint generated always as identity primary key,
    source text not null references ops.source,
    sent_at timestamptz not null,
    tickets integer not null check (tickets > 0),
    place text
);

grant select on ops.ticket, ops.reminder to equity_ingest, equity_link, equity_transform, equity_steward;
grant insert, update on ops.ticket to equity_ingest;
grant insert on ops.reminder to equity_ingest;
"""


# a row's delivery says its source, and is checked; checking the source again cost a fifth of loading a million rows
ONE_KEY_IS_ENOUGH = """
do $$ declare found record; begin
    for found in select conrelid::regclass as of_table, conname from pg_constraint
        where contype = 'f' and confrelid = 'ops.source'::regclass
            and (connamespace = 'raw'::regnamespace or conrelid = 'vault.person'::regclass)
    loop execute format('alter table %s drop constraint %I', found.of_table, found.conname); end loop;
end $$
"""


def upgrade() -> None:
    """Apply."""
    op.execute(TICKETS)
    op.execute(ONE_KEY_IS_ENOUGH)


def downgrade() -> None:
    """Take back."""
    op.execute("drop table ops.reminder; drop table ops.ticket;")
