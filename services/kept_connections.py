"""Connections that stay at hand between their uses.

To take one from SQLAlchemy's pool and to give it back costs more than a small query of a SQLite file. Whoever comes
next finds the connection as it is: only one that is known to be in no transaction is kept.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.connections import is_in_transaction


class KeptConnections:
    """Those of one engine, `most` at the same time: whoever comes then waits, in the order of coming. The engine's
    pool must have so many to spare. `looking` tells that no statement begins a transaction in the database. Belong to
    the running loop.
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
            if _holds_transaction(connection) and not self._looking:
                await connection.rollback()
        except BaseException:
            await connection.close()
            raise
        if _is_free(connection):
            self._idle.append(connection)
        else:
            # The pool undoes what is left, or has it opened anew.
            await connection.close()

    async def close(self) -> None:
        """Give back those that nobody uses."""
        idle, self._idle = self._idle, []
        for connection in idle:
            await connection.close()


def _holds_transaction(connection: AsyncConnection) -> bool:
    """Whether SQLAlchemy has one for it, also one that it takes for ended because its commit failed: until that is
    rolled back no other can begin, whatever has become of the database's."""
    known = connection.sync_connection
    return known is not None and known.get_transaction() is not None


def _is_free(connection: AsyncConnection) -> bool:
    known = connection.sync_connection
    return known is not None and not known.invalidated and not is_in_transaction(known.connection.driver_connection)
