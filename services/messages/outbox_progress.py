"""How far the outbox is: what waits, how fast it goes, and how long it will take at that speed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.messages.outbox import BULK, MessageClass
from services.messages.outbox_queue import is_pending, of_classes
from services.models import OutboxRow

LOOKED_BACK: Final = timedelta(minutes=1)
"""The rate is that of the last minute, or of the time since the first message in it."""
SECOND: Final = timedelta(seconds=1)
MICROSECOND: Final = timedelta(microseconds=1)
SHORTEST_SPAN: Final = SECOND
TENTH: Final = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class OutboxProgress:
    """The outbox at one instant."""

    waiting_urgent: int
    """Messages due that somebody waits for: to borrowers and to the desk."""
    waiting_bulk: int
    """Notices and upkeep due."""
    put_off: int
    """Messages whose time has not come."""
    sent_last_minute: int
    per_second: Decimal
    """Messages sent a second, to a tenth, see `LOOKED_BACK`; 0 when none was."""
    time_left: timedelta | None
    """Until everything due is sent at that rate; None while nothing is sent."""
    oldest_waiting: timedelta | None
    """How long the first of the messages due has been so; None when none is."""

    @property
    def waiting(self) -> int:
        return self.waiting_urgent + self.waiting_bulk


async def progress(session: AsyncSession, now: datetime) -> OutboxProgress:
    """How far the outbox is at `now`, an aware UTC instant."""
    urgent = [await _waiting(session, (each,), now) for each in (MessageClass.SERVICE, MessageClass.DESK)]
    bulk = await _waiting(session, BULK, now)
    every = select(func.count(OutboxRow.id)).where(is_pending(), OutboxRow.next_attempt_at > now)
    put_off = await session.scalar(every) or 0
    query = select(func.count(OutboxRow.id), func.min(OutboxRow.sent_at)).where(OutboxRow.sent_at > now - LOOKED_BACK)
    sent, first = (await session.execute(query)).one()
    span = max(now - first, SHORTEST_SPAN) if first else SHORTEST_SPAN
    waiting_urgent, waiting = sum(count for count, _ in urgent), sum(count for count, _ in (*urgent, bulk))
    oldest = min((since for _, since in (*urgent, bulk) if since is not None), default=None)
    return OutboxProgress(
        waiting_urgent=waiting_urgent,
        waiting_bulk=bulk[0],
        put_off=put_off,
        sent_last_minute=sent,
        per_second=(Decimal(sent) / (span // MICROSECOND) * (SECOND // MICROSECOND)).quantize(TENTH),
        time_left=span * waiting // sent if sent else None,
        oldest_waiting=now - oldest if oldest else None,
    )


async def _waiting(
    session: AsyncSession, classes: tuple[MessageClass, ...], now: datetime
) -> tuple[int, datetime | None]:
    """How many messages of these classes are due, and since when the first of them is."""
    due = (is_pending(), of_classes(OutboxRow, classes), OutboxRow.next_attempt_at <= now)
    count, since = (
        await session.execute(select(func.count(OutboxRow.id), func.min(OutboxRow.next_attempt_at)).where(*due))
    ).one()
    return count, since
