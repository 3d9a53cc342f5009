"""Updates that were given up: officers are told, and the operator has them handled again or drops them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.clock import Clock
from services.db import Database
from services.inbox.inbox_states import InboxStatus
from services.messages.outbox import MessageClass, changed_rows, enqueue
from services.models import InboxRow

QUARANTINED: Final = "updates_quarantined"
"""Kind of the outbox's messages that tell the desk of it."""


@dataclass(frozen=True, slots=True)
class GivenUp:
    """An update in quarantine. `chat` is its lane; what was written stays sealed."""

    update_id: int
    chat: str
    received_at: datetime
    given_up_at: datetime
    attempts: int
    failure: str
    acted: bool


class Quarantine:
    """What the operator can do about updates that were given up."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def list(self) -> Sequence[GivenUp]:
        """Every update in quarantine, oldest first."""
        query = select(InboxRow).where(InboxRow.status == InboxStatus.QUARANTINED).order_by(InboxRow.update_id)
        async with self._database.reading() as session:
            rows = (await session.scalars(query)).all()
        return [
            GivenUp(
                row.update_id,
                row.lane,
                row.received_at,
                row.done_at or row.received_at,
                row.attempts,
                row.failure or "",
                row.acted,
            )
            for row in rows
        ]

    async def retry(self, update_id: int) -> bool:
        """Have the update handled again, with all its attempts; False when it is not in quarantine. One that has acted
        does not act again: the person is shown where they stand."""
        again = {
            "status": InboxStatus.PENDING,
            "done_at": None,
            "attempts": 0,
            "next_attempt_at": self._clock.now(),
            "failure": None,
        }
        return await self._changed(update(InboxRow).values(again), update_id)

    async def drop(self, update_id: int) -> bool:
        """Forget the update; False when it is not in quarantine."""
        return await self._changed(delete(InboxRow), update_id)

    async def _changed(self, statement: Any, update_id: int) -> bool:
        here = (InboxRow.update_id == update_id, InboxRow.status == InboxStatus.QUARANTINED)
        async with self._database.transaction() as session:
            return await changed_rows(session, statement.where(*here)) == 1


async def tell_desk(session: AsyncSession, now: datetime) -> None:
    """Owe the officers, in the caller's transaction, word that updates are in quarantine: once an hour at most."""
    await enqueue(
        session,
        now=now,
        kind=QUARANTINED,
        borrower_id=None,
        message_class=MessageClass.DESK,
        params={},
        dedupe_key=f"quarantine:{now:%Y-%m-%dT%H}",
    )
