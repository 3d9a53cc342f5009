"""Tables whose rows are only ever inserted: the database itself refuses to change or delete them."""

from alembic import op

REFUSAL = "rows of {table} are only ever inserted"


def make_immutable(table: str) -> None:
    """Have the database refuse UPDATE and DELETE on `table`."""
    refusal = REFUSAL.format(table=table)
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{refusal}' USING ERRCODE = 'restrict_violation'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_immutable BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_refuse()"
    )


def make_mutable(table: str) -> None:
    """Take the refusal away again, for a downgrade."""
    if op.get_bind().dialect.name == "sqlite":
        for act in ("update", "delete"):
            op.execute(f"DROP TRIGGER {table}_no_{act}")
        return
    op.execute(f"DROP TRIGGER {table}_immutable ON {table}")
    op.execute(f"DROP FUNCTION {table}_refuse()")
