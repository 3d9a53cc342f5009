"""Bringing a database to the present schema, also beside a bot that is at work, and knowing whether it is there."""

from datetime import timedelta
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.connections import DEFAULT_OPTIONS, create_engine
from services.db import Database
from services.migrations.online import LOCK_LIMIT
from services.transient import Backoff, retrying

MIGRATIONS: Final = Path(__file__).parent / "migrations"
HEAD: Final = "head"
MIGRATION_LOCK: Final = 5_046_174
"""Number of the advisory lock under which migrations run on PostgreSQL."""
PATIENCE: Final = Backoff(attempts=120, first=timedelta(milliseconds=500), longest=timedelta(seconds=5))
"""How long `upgrade` waits for its turn, and how often it tries a change that does not get its lock."""


class MigrationsUnderWay(RuntimeError):
    """Another process migrates this database and does not come to an end."""


def _config(connection: Connection | None = None, scripts: Path = MIGRATIONS) -> Config:
    config = Config()
    config.set_main_option("script_location", str(scripts))
    config.attributes["connection"] = connection
    return config


async def upgrade(
    database: Database, *, to: str = HEAD, patience: Backoff = PATIENCE, scripts: Path = MIGRATIONS
) -> None:
    """Run every migration that is still missing up to the revision `to`; of several processes at once only one does.
    A database that a later version has migrated is left as it is, so that this one may be started again beside it.

    On PostgreSQL each migration is a transaction of its own and the bot may be at work: a change that has to wait too
    long for its lock makes room and is tried again. On SQLite all of them are one transaction.
    Raises MigrationsUnderWay.
    """
    if to == HEAD and await _is_ahead(database, scripts):
        return
    if database.engine.dialect.name == "sqlite":
        async with database.engine.connect() as connection:
            await connection.execution_options(sqlite_begin="IMMEDIATE")
            async with connection.begin():
                await connection.run_sync(lambda sync: command.upgrade(_config(sync, scripts), to))
        return
    engine = create_engine(database.engine.url, DEFAULT_OPTIONS.unhurried())
    try:
        async with engine.connect() as connection:
            await _prepare(connection, patience)
            await retrying(lambda: _migrate(connection, scripts, to), patience)
    finally:
        # The advisory lock is the connection's, and ends with it.
        await engine.dispose()


async def _prepare(connection: AsyncConnection, patience: Backoff) -> None:
    """Take the turn. Asking again and again instead of waiting inside the server: a statement that waits there has a
    snapshot, and the migration of the other process may be waiting for that to end."""
    await connection.execution_options(isolation_level="AUTOCOMMIT")
    await connection.execute(text(f"SET lock_timeout = '{LOCK_LIMIT}'"))
    for attempt in range(1, patience.attempts + 1):
        ours = await connection.scalar(text("SELECT pg_try_advisory_lock(:number)"), {"number": MIGRATION_LOCK})
        await connection.rollback()
        if ours:
            await connection.execution_options(isolation_level="READ COMMITTED")
            return
        await patience.sleep(patience.delay(attempt))
    raise MigrationsUnderWay("another process has been migrating this database for too long")


async def _migrate(connection: AsyncConnection, scripts: Path, to: str) -> None:
    try:
        await connection.run_sync(lambda sync: command.upgrade(_config(sync, scripts), to))
    except BaseException:
        await connection.rollback()
        raise


async def is_current(database: Database) -> bool:
    """Whether the database has every migration that this version of the code knows. One of a later version counts:
    migrations leave the version before them at work (docs/decisions/0013), so a process may start after its successor
    has migrated."""
    applied = await applied_revisions(database)
    heads = set(ScriptDirectory.from_config(_config()).get_heads())
    return bool(applied) and (applied == heads or await _is_ahead(database, MIGRATIONS))


async def _is_ahead(database: Database, scripts: Path) -> bool:
    """Whether there are migrations in the database that this version of the code does not know."""
    known = {script.revision for script in ScriptDirectory.from_config(_config(scripts=scripts)).walk_revisions()}
    return not await applied_revisions(database) <= known


async def applied_revisions(database: Database) -> set[str]:
    """The revisions that the database is at; none when it has no schema."""
    async with database.engine.connect() as connection:
        return set(await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_heads()))
