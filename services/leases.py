"""Work that exactly one of several processes does: whoever holds the lease of its name."""

from datetime import timedelta
from typing import Any, Final, cast

from sqlalchemy import CursorResult, delete, or_

from services.clock import Clock
from services.db import Database
from services.models import LeaseRow
from services.upserts import insert_into

LASTS: Final = timedelta(seconds=30)
"""How long a lease holds without being renewed: after a crash another process takes over that much later."""


class Leases:
    """Leases of one process, under its own name."""

    def __init__(self, database: Database, clock: Clock, holder: str) -> None:
        self._database = database
        self._clock = clock
        self._holder = holder

    async def hold(self, name: str, lasts: timedelta = LASTS) -> bool:
        """Take or renew the lease; answers whether it is held until `lasts` from here on."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            statement = insert_into(session, LeaseRow).values(name=name, holder=self._holder, until=now + lasts)
            statement = statement.on_conflict_do_update(
                index_elements=["name"],
                set_={"holder": statement.excluded.holder, "until": statement.excluded.until},
                where=or_(LeaseRow.holder == self._holder, LeaseRow.until <= now),
            )
            return cast("CursorResult[Any]", await session.execute(statement)).rowcount == 1

    async def give_back(self) -> None:
        """Let others have what this process holds: at a normal stop nobody waits for the leases to run out."""
        async with self._database.transaction() as session:
            await session.execute(delete(LeaseRow).where(LeaseRow.holder == self._holder))
