"""What the models hold already, so that a night makes anew only what changed since."""

from alembic import op

revision = "0007"
down_revision = "0006"

BUILT = """
create table ops.built_delivery (
    delivery_id bigint primary key references ops.delivery
);
comment on table ops.built_delivery is
    'Deliveries whose rows every incremental model holds. Empty: the next build makes all models anew.';
create table ops.rebuild (
    relation text not null,
    first_key text not null,
    second_key text not null,
    primary key (relation, first_key, second_key)
);
comment on table ops.rebuild is
    'Whom a change of identity or of rosters concerns, until a whole build has made their rows anew.';
grant select on ops.built_delivery, ops.rebuild to equity_ingest, equity_link, equity_transform, equity_steward;
grant insert, delete on ops.built_delivery, ops.rebuild to equity_transform;
"""


def upgrade() -> None:
    """Apply."""
    op.execute(BUILT)


def downgrade() -> None:
    """Take back."""
    op.execute("drop table ops.rebuild; drop table ops.built_delivery")
