"""Which of several senders on one database acts: Telegram's limits are the bot's, so one at a time keeps them."""

import logging
from datetime import timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.db import Database

logger = logging.getLogger(__name__)

LOCK: Final = 0x10A1_11E5_E4DE
"""Number of PostgreSQL's advisory lock."""
GRACE: Final = timedelta(seconds=30)
"""How long what another sender had claimed is left to it when it no longer holds the lock: it may have lost its
connection alone, and record yet what it sent."""


class SoleSender:
    """A claim to be the one that sends.

    On PostgreSQL an advisory lock, held by a connection of its own: the server gives it up with the connection, so the
    sender of a process that was killed is followed at once. A SQLite database has one process and nobody to ask.
    """

    def __init__(self, database: Database, grace: timedelta = GRACE) -> None:
        self._database = database
        self._grace = grace
        self._shared = database.engine.dialect.name == "postgresql"
        self._holding: AsyncConnection | None = None

    @property
    def shared(self) -> bool:
        """Whether other processes may write to the outbox."""
        return self._shared

    @property
    def grace(self) -> timedelta:
        """How long claims of other senders are left to them."""
        return self._grace if self._shared else timedelta(0)

    async def acts(self) -> bool:
        """Whether this sender is the one. Asks the database; False when it does not answer, and the lock is gone then.
        Raises what a database raises that cannot be reached, unless the lock was held."""
        if not self._shared:
            return True
        if self._holding is None:
            return await self._take()
        try:
            await self._holding.execute(select(1))
        except (SQLAlchemyError, OSError) as failure:
            logger.warning("the sender's lock is lost", extra={"why": type(failure).__name__})
            await self._drop()
            return False
        return True

    async def resign(self) -> None:
        """Let another sender act."""
        if self._holding is not None:
            await self._drop()

    async def _take(self) -> bool:
        engine = self._database.engine.execution_options(isolation_level="AUTOCOMMIT")
        connection = await engine.connect()
        try:
            taken = await connection.scalar(select(func.pg_try_advisory_lock(LOCK)))
        except BaseException:
            await connection.invalidate()
            await connection.close()
            raise
        if taken:
            self._holding = connection
        else:
            await connection.close()
        return bool(taken)

    async def _drop(self) -> None:
        """Close the connection itself: back in the pool it would keep the lock."""
        connection, self._holding = self._holding, None
        if connection is not None:
            await connection.invalidate()
            await connection.close()
