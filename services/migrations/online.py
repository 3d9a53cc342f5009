"""Changing the schema beside a bot that is at work: nothing here keeps a writer waiting."""

from collections.abc import Sequence
from typing import Any, Final

from alembic import op

LOCK_LIMIT: Final = "1s"
"""How long a change of the schema waits for its lock. Everybody who comes later waits behind it."""


def create_index(name: str, table: str, columns: Sequence[str], **options: Any) -> None:
    """An index on a table with rows in it, built beside its writers on PostgreSQL. `options` are those of
    `op.create_index`. What came before it in the same migration is committed first."""
    if op.get_bind().dialect.name == "sqlite":
        op.create_index(name, table, columns, **options)
        return
    with op.get_context().autocommit_block():
        # It waits for transactions that began before it, and nobody waits behind it.
        op.execute("SET lock_timeout = 0")
        # One whose building was cut off is there and of no use.
        op.drop_index(name, table_name=table, postgresql_concurrently=True, if_exists=True)
        op.create_index(name, table, columns, postgresql_concurrently=True, **options)
        op.execute(f"SET lock_timeout = '{LOCK_LIMIT}'")


def drop_index(name: str, table: str) -> None:
    """The other way round. No error when it is not there."""
    if op.get_bind().dialect.name == "sqlite":
        op.drop_index(name, table_name=table, if_exists=True)
        return
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")
        op.drop_index(name, table_name=table, postgresql_concurrently=True, if_exists=True)
        op.execute(f"SET lock_timeout = '{LOCK_LIMIT}'")
