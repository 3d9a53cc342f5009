"""Connections for a block of work, of which nothing is left at its end but what was committed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine


@asynccontextmanager
async def lent(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One from the pool. What is not committed at the end of the block is undone."""
    async with engine.connect() as connection:
        try:
            yield connection
        finally:
            await _end_transaction(connection)


class KeptConnections:
    """Those of one engine that stay at hand between their uses: to take one from SQLAlchemy's pool and to give it back
    costs more than a small query of a SQLite file.

    `most` are lent at the same time: whoever comes then waits, in the order of coming. The engine's pool must have so
    many to spare. `looking` tells that no statement begins a transaction in the database. Belong to the running loop.
    """

    def __init__(self, engine: AsyncEngine, most: int, *, looking: bool = False) -> None:
        self._engine = engine
        self._looking = looking
        self._places = asyncio.Semaphore(most)
        self._idle: list[AsyncConnection] = []

    @property
    def idle(self) -> int:
        """How many wait for their next use."""
        return len(self._idle)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection]:
        """One for the block. What is not committed at its end is undone."""
        async with self._places:
            connection = self._idle.pop() if self._idle else await self._engine.connect()
            try:
                yield connection
            finally:
                await self._take_back(connection)

    async def _take_back(self, connection: AsyncConnection) -> None:
        try:
            if not self._looking:
                await _end_transaction(connection)
        except BaseException:
            await connection.close()
            raise
        if connection.invalidated:
            await connection.close()
        else:
            self._idle.append(connection)

    async def close(self) -> None:
        """Give back those that nobody uses."""
        idle, self._idle = self._idle, []
        for connection in idle:
            await connection.close()


async def _end_transaction(connection: AsyncConnection) -> None:
    """Undo what is not committed. After a commit that failed SQLAlchemy takes the transaction for ended; where the
    database's goes on, the next one to use the connection would commit what belongs to it."""
    if connection.in_transaction():
        try:
            await connection.rollback()
        except Exception:  # noqa: BLE001 - whatever went wrong with it, this connection is used no more
            # Nobody answers any more: with the connection goes its transaction. What the work failed of is told.
            await connection.invalidate()
    if not connection.invalidated and _driver_is_in_transaction(connection):
        await connection.invalidate()


def _driver_is_in_transaction(connection: AsyncConnection) -> bool:
    if connection.sync_connection is None:
        return False
    driven: Any = connection.sync_connection.connection.driver_connection
    # aiosqlite says it by a property, asyncpg by a method.
    return bool(driven.in_transaction if hasattr(driven, "in_transaction") else driven.is_in_transaction())
