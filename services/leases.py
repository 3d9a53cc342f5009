"""Work that exactly one of several processes does: whoever holds the lease of its name."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import CursorResult, delete, or_, select

from services.clock import Clock
from services.db import Database
from services.models import LeaseRow
from services.upserts import insert_into

logger = logging.getLogger(__name__)

LASTS: Final = timedelta(seconds=30)
"""How long a lease holds without being renewed: after a crash another process takes over that much later."""


class Leases:
    """Leases of one process, under its own name."""

    def __init__(self, database: Database, clock: Clock, holder: str, lasts: timedelta = LASTS) -> None:
        self._database = database
        self._clock = clock
        self._holder = holder
        self.lasts = lasts
        """How long a lease holds without being renewed."""

    @asynccontextmanager
    async def kept(self, name: str) -> AsyncIterator[bool]:
        """Take the lease and renew it until the end of the block; answers whether it is held at all. A database that
        does not answer meanwhile lets the lease run out, and the block goes on."""
        if not await self.hold(name):
            yield False
            return
        over = asyncio.Event()
        renewing = asyncio.create_task(self._renew(name, over))
        try:
            yield True
        finally:
            # Not cancelled: a connection whose query is cancelled is lost.
            over.set()
            await renewing

    async def _renew(self, name: str, over: asyncio.Event) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), self.lasts.total_seconds() / 3)
            if over.is_set():
                return
            try:
                await self.hold(name)
            except Exception as failure:  # noqa: BLE001 - asked again before the lease runs out, or after it has
                logger.debug("a lease could not be renewed", extra={"kind": type(failure).__name__})

    async def hold(self, name: str) -> bool:
        """Take or renew the lease; answers whether it is held from here on for as long as it lasts."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            statement = insert_into(session, LeaseRow).values(name=name, holder=self._holder, until=now + self.lasts)
            statement = statement.on_conflict_do_update(
                index_elements=["name"],
                set_={"holder": statement.excluded.holder, "until": statement.excluded.until},
                where=or_(LeaseRow.holder == self._holder, LeaseRow.until <= now),
            )
            return cast("CursorResult[Any]", await session.execute(statement)).rowcount == 1

    async def let_go(self, name: str) -> None:
        """Let others have that lease at once."""
        async with self._database.transaction() as session:
            await session.execute(delete(LeaseRow).where(LeaseRow.holder == self._holder, LeaseRow.name == name))

    async def mark_done(self, work: str, at: datetime | None = None) -> None:
        """Note that `work` (at most 27 characters) is done as of `at` (aware), by default this moment."""
        done_at = self._clock.now() if at is None else at
        async with self._database.transaction() as session:
            statement = insert_into(session, LeaseRow).values(name=_done(work), holder=self._holder, until=done_at)
            done = {"holder": statement.excluded.holder, "until": statement.excluded.until}
            await session.execute(statement.on_conflict_do_update(index_elements=["name"], set_=done))

    async def done_at(self, work: str) -> datetime | None:
        """As of when some process has done it the last time (UTC); None if none has."""
        query = select(LeaseRow.until).where(LeaseRow.name == _done(work))
        async with self._database.reading() as session:
            done_at: datetime | None = await session.scalar(query)
            return done_at

    async def done_since(self, work: str, asked_at: datetime) -> bool:
        """Whether some process has done it at `asked_at` (UTC) or later."""
        done_at = await self.done_at(work)
        return done_at is not None and done_at >= asked_at

    async def give_back(self) -> None:
        """Let others have what this process holds: at a normal stop nobody waits for the leases to run out."""
        async with self._database.transaction() as session:
            held = (LeaseRow.holder == self._holder, LeaseRow.name.not_like(_done("%")))
            await session.execute(delete(LeaseRow).where(*held))


def _done(work: str) -> str:
    return f"done:{work}"
