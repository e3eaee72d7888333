"""Epochs: what was known when identities were resolved and figures published is never added to afterwards."""

from alembic import op

revision = "0006"
down_revision = "0005"

EPOCHS = """
create table ops.epoch (
    known_at timestamptz primary key,
    resolved_at timestamptz not null default now()
);
grant select on ops.epoch to equity_ingest, equity_link, equity_transform, equity_steward;
grant insert on ops.epoch to equity_link;
"""

# since when the rows of a delivery are known: decided when it is loaded
KNOWN_FROM = """
alter table ops.delivery add column known_from timestamptz;
update ops.delivery set known_from = greatest(received_at,
    (select max(taken_up_at) from ops.decision where decision.delivery_id = delivery.delivery_id))
where state = 'loaded';
alter table ops.delivery add constraint known_when_loaded check (state <> 'loaded' or known_from is not null);
insert into ops.epoch (known_at)
select max(known_from) from ops.delivery having max(known_from) is not null and exists (select from link.membership);
"""


def upgrade() -> None:
    """Apply."""
    op.execute(EPOCHS)
    op.execute(KNOWN_FROM)


def downgrade() -> None:
    """Take back."""
    op.execute("alter table ops.delivery drop column known_from; drop table ops.epoch")
