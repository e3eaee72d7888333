"""A delivery is never deleted, so that its rows need not ask for it one by one."""

from alembic import op

revision = "0005"
down_revision = "0004"

# checked once a row, for rows that the step writes which holds the delivery's own row: a fifth of loading a million
ROWS_NEED_NOT_ASK = """
do $$ declare found record; begin
    for found in select conrelid::regclass as of_table, conname from pg_constraint
        where contype = 'f' and confrelid = 'ops.delivery'::regclass
            and (connamespace = 'raw'::regnamespace or conrelid = 'vault.person'::regclass)
    loop execute format('alter table %s drop constraint %I', found.of_table, found.conname); end loop;
end $$
"""

DELIVERIES_STAY = """
create function ops.refuse_to_forget() returns trigger language plpgsql as $$
begin
    raise exception 'a delivery is never deleted: rows of raw and vault rest on it'
        using errcode = 'restrict_violation';
end $$;
create trigger deliveries_stay before delete on ops.delivery
    for each row execute function ops.refuse_to_forget();
"""


def upgrade() -> None:
    """Apply."""
    op.execute(ROWS_NEED_NOT_ASK)
    op.execute(DELIVERIES_STAY)


def downgrade() -> None:
    """Take back."""
    op.execute(
        """drop trigger deliveries_stay on ops.delivery; drop function ops.refuse_to_forget();
        do $$ declare rows regclass; begin
            for rows in select oid from pg_class where relkind = 'r'
                and (relnamespace = 'raw'::regnamespace or oid = 'vault.person'::regclass)
            loop execute format('alter table %s add foreign key (delivery_id) references ops.delivery', rows); end loop;
        end $$"""
    )
