"""Connections and transactions, the same on SQLite and PostgreSQL."""

from collections.abc import AsyncIterator, Callable, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

OnCommit = Callable[[MutableMapping[Any, Any]], None]
"""Learns of a commit by the notes that the transaction left in `session.info`."""
BUSY_TIMEOUT_MS = 15_000
"""How long a SQLite writer waits for another one before it gives up."""


class Database:
    """One database, SQLite (`sqlite+aiosqlite:///…`) or PostgreSQL (`postgresql+asyncpg://…`)."""

    def __init__(self, url: str) -> None:
        self.engine: AsyncEngine = create_async_engine(url)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        self._on_commit: list[OnCommit] = []
        if self.engine.dialect.name == "sqlite":
            _prepare_sqlite(self.engine)

    def on_commit(self, told: OnCommit) -> None:
        """Have `told` called after every transaction that was committed. It must be quick and not raise."""
        self._on_commit.append(told)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """One use case: commits at the end, rolls everything back on any error. SQLite takes the write lock at once,
        so what was read inside stays true until the commit; on PostgreSQL lock the rows with `with_for_update()`."""
        async with self._sessions() as session:
            async with session.begin():
                if self.engine.dialect.name == "sqlite":
                    await session.connection(execution_options={"sqlite_begin": "IMMEDIATE"})
                yield session
            for told in self._on_commit:
                told(session.info)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session for looking only; nothing it holds is written."""
        async with self._sessions() as session:
            yield session

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncSession]:
        """A session for looking only, in which every query sees the database as the first one found it."""
        async with self._sessions() as session:
            if self.engine.dialect.name != "sqlite":
                await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield session

    async def close(self) -> None:
        await self.engine.dispose()


def _prepare_sqlite(engine: AsyncEngine) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def configure(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        # The driver must not open transactions on its own, or BEGIN IMMEDIATE below comes too late.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", f"busy_timeout={BUSY_TIMEOUT_MS}"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Any) -> None:
        mode = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
        connection.exec_driver_sql(f"BEGIN {mode}")
