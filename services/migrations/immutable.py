"""Tables whose rows are only ever inserted: the database itself refuses to change or delete them."""

from collections.abc import Sequence

from alembic import op

REFUSAL = "rows of {table} are only ever inserted"


def make_immutable(table: str, columns: Sequence[str] = ()) -> None:
    """Have the database refuse DELETE on `table`, and UPDATE, where `columns` are given of those alone."""
    refusal = REFUSAL.format(table=table)
    update = f"UPDATE OF {', '.join(columns)}" if columns else "UPDATE"
    if op.get_bind().dialect.name == "sqlite":
        for name, act in (("update", update), ("delete", "DELETE")):
            op.execute(
                f"CREATE TRIGGER {table}_no_{name} BEFORE {act} ON {table} BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{refusal}' USING ERRCODE = 'restrict_violation'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_immutable BEFORE {update} OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_refuse()"
    )


def make_mutable(table: str) -> None:
    """Take the refusal away again."""
    if op.get_bind().dialect.name == "sqlite":
        for act in ("update", "delete"):
            op.execute(f"DROP TRIGGER {table}_no_{act}")
        return
    op.execute(f"DROP TRIGGER {table}_immutable ON {table}")
    op.execute(f"DROP FUNCTION {table}_refuse()")
