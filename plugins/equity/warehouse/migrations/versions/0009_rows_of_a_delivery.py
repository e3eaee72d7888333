"""The rows of a delivery are found without reading all of a record type: a night asks for those of the new ones."""

from alembic import op

revision = "0009"
down_revision = "0008"

# rows of a delivery lie together, so a few bytes for each megabyte say where
EVERY_RAW_TABLE = """
do $$
declare
    name text;
begin
    for name in select tablename from pg_tables where schemaname = 'raw' loop
        execute format('{statement}', {arguments});
    end loop;
end
$$;
"""


def upgrade() -> None:
    """Apply."""
    create = "create index %I on raw.%I using brin (delivery_id) with (autosummarize = on)"
    op.execute(EVERY_RAW_TABLE.format(statement=create, arguments="name || '_delivery', name"))


def downgrade() -> None:
    """Take back."""
    op.execute(EVERY_RAW_TABLE.format(statement="drop index raw.%I", arguments="name || '_delivery'"))
