"""Of which days of printed tables a build kept our figures, so that a replay need not build every night again."""

from alembic import op

revision = "0008"
down_revision = "0007"

DAYS = """
alter table ops.build add column compared_days date[] not null default '{}';
comment on column ops.build.compared_days is
    'Days that printed tables are about, of which this build kept our figures beside those of its own night.';
"""
# what was built before is known from the figures that are there
BACKWARDS = """
do $$
begin
    if to_regclass('reporting.figure') is not null then
        update ops.build set compared_days = days
        from (
            select built.known_at, array_agg(distinct figure.as_of) as days
            from ops.build as built
            inner join reporting.figure as figure on built.known_at = figure.known_at
            where figure.as_of not in (select same.as_of from ops.build as same where same.known_at = built.known_at)
            group by built.known_at
        ) as compared
        where build.known_at = compared.known_at;
    end if;
end
$$;
"""


def upgrade() -> None:
    """Apply."""
    op.execute(DAYS)
    op.execute(BACKWARDS)


def downgrade() -> None:
    """Take back."""
    op.execute("alter table ops.build drop column compared_days")
