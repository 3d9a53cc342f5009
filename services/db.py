"""Connections and transactions, the same on SQLite and PostgreSQL."""

from collections.abc import AsyncIterator, Callable, MutableMapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any, TypeAlias, TypeVar

from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
)
from sqlalchemy.pool import QueuePool

from services.connections import DEFAULT_OPTIONS, READERS, EngineOptions, create_engine, create_reading_engine
from services.kept_connections import KeptConnections
from services.units import UnitOfWork, unit_under_way

OnCommit = Callable[[MutableMapping[Any, Any]], None]
"""Learns of a commit by the notes that the transaction left in `session.info`."""
_Lent = TypeVar("_Lent")
Lend: TypeAlias = Callable[[], AbstractAsyncContextManager[_Lent]]
"""Gives a connection or a session for a block."""


class Database:
    """One database, SQLite (`sqlite+aiosqlite:///…`) or PostgreSQL (`postgresql+asyncpg://…`)."""

    def __init__(self, url: str, options: EngineOptions = DEFAULT_OPTIONS) -> None:
        self.engine: AsyncEngine = create_engine(url, options)
        self._reading: AsyncEngine = create_reading_engine(url, options)
        sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        views = async_sessionmaker(self._reading, expire_on_commit=False)
        self._snapshots = sessions
        self._sessions: Lend[AsyncSession] = sessions
        self._views: Lend[AsyncSession] = views
        self._look: Lend[AsyncConnection] = self._reading.connect
        self._write: Lend[AsyncConnection] = self.engine.connect
        self._kept: Sequence[KeptConnections] = ()
        self._locks_at_once = self.engine.dialect.name == "sqlite"
        if self._locks_at_once:
            readers = KeptConnections(self._reading, most=READERS, looking=True)
            # SQLite has one writer: waiting here is fair and wakes at once, its own waiting is neither.
            writer = KeptConnections(self.engine.execution_options(sqlite_begin="IMMEDIATE"), most=1)
            self._look, self._write, self._kept = readers.connection, writer.connection, (readers, writer)
            self._views = partial(_session_over, self._look, views)
            self._sessions = partial(_session_over, self._write, sessions)
        self._on_commit: list[OnCommit] = []

    @property
    def engines(self) -> tuple[AsyncEngine, AsyncEngine]:
        """That of the transactions, and that of looking only."""
        return self.engine, self._reading

    @property
    def connections_in_use(self) -> int:
        """How many connections somebody works with just now."""
        pools = [pool for engine in self.engines if isinstance(pool := engine.sync_engine.pool, QueuePool)]
        return sum(pool.checkedout() for pool in pools) - sum(kept.idle for kept in self._kept)

    def on_commit(self, told: OnCommit) -> None:
        """Have `told` called after every transaction that was committed. It must be quick and not raise."""
        self._on_commit.append(told)

    def unit_of_work(self) -> UnitOfWork:
        """A transaction for several use cases, see `services.units`."""
        return UnitOfWork(self._begun, self._committed)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """One use case: commits at the end, rolls everything back on any error. Inside a unit of work it is part of
        that, and the unit commits. SQLite takes the write lock at once, so what was read inside stays true until the
        commit; on PostgreSQL lock the rows with `with_for_update()`."""
        unit = unit_under_way()
        if unit is not None:
            async with unit.joined() as session:
                yield session
            return
        async with self._sessions() as session, session.begin():
            if self._locks_at_once:
                await session.connection()
            yield session
        self._committed(session.info)

    @asynccontextmanager
    async def changing(self) -> AsyncIterator[AsyncConnection]:
        """As `transaction`, for statements that need no session around them."""
        unit = unit_under_way()
        if unit is not None:
            async with unit.joined() as session:
                yield await session.connection()
            return
        async with AsyncExitStack() as stack:
            connection = await self._begun(stack)
            yield connection
            await connection.commit()
        self._committed({})

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session for looking only; nothing it holds is written, and each of its queries sees what is committed by
        then. Inside a unit of work it sees what the unit changed."""
        unit = unit_under_way()
        if unit is not None and unit.changed:
            async with unit.looking() as session:
                yield session
            return
        async with self._views() as session:
            yield session

    @asynccontextmanager
    async def looking(self) -> AsyncIterator[AsyncConnection]:
        """As `reading`, for statements that need no session around them."""
        unit = unit_under_way()
        if unit is not None and unit.connection is not None:
            yield unit.connection
            return
        async with self._look() as connection:
            yield connection

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncSession]:
        """A session for looking only, in which every query sees the database as the first one found it."""
        async with self._snapshots() as session:
            if self.engine.dialect.name != "sqlite":
                await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield session

    async def _begun(self, stack: AsyncExitStack) -> AsyncConnection:
        """A connection with its transaction begun, the write lock of SQLite taken."""
        async with AsyncExitStack() as opened:
            connection = await opened.enter_async_context(self._write())
            await connection.begin()
            await stack.enter_async_context(opened.pop_all())
        return connection

    def _committed(self, notes: MutableMapping[Any, Any]) -> None:
        for told in self._on_commit:
            told(notes)

    async def close(self) -> None:
        for kept in self._kept:
            await kept.close()
        await self.engine.dispose()
        await self._reading.dispose()


@asynccontextmanager
async def _session_over(
    lend: Lend[AsyncConnection], sessions: async_sessionmaker[AsyncSession]
) -> AsyncIterator[AsyncSession]:
    async with lend() as connection, sessions(bind=connection) as session:
        yield session
