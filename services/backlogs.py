"""What waits, for those who watch the bot: counts and ages, nothing of a person."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select

from services.clock import Clock
from services.db import Database
from services.desk.handoff_states import HandoffStatus
from services.messages.outbox import MessageClass, MessageStatus
from services.models import HandoffRow, OutboxRow


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much waits, and for how long the oldest of it has; zero where nothing waits."""

    count: int
    oldest: timedelta


class Backlogs:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def messages(self) -> Mapping[str, Backlog]:
        """Messages that are due and were not sent, for every message class. What waits for its hour is not due."""
        now = self._clock.now()
        query = (
            select(OutboxRow.message_class, func.count(), func.min(OutboxRow.next_attempt_at))
            .where(
                OutboxRow.status.in_((MessageStatus.PENDING, MessageStatus.CLAIMED)), OutboxRow.next_attempt_at <= now
            )
            .group_by(OutboxRow.message_class)
        )
        async with self._database.reading() as session:
            rows = (await session.execute(query)).all()
        waiting = {message_class: Backlog(count, now - oldest) for message_class, count, oldest in rows}
        return {each.value: waiting.get(each.value, Backlog(0, timedelta())) for each in MessageClass}

    async def handoffs(self) -> Backlog:
        """Matters that nobody has closed, claimed ones too."""
        query = select(func.count(), func.min(HandoffRow.opened_at)).where(HandoffRow.status != HandoffStatus.CLOSED)
        async with self._database.reading() as session:
            count, oldest = (await session.execute(query)).one()
        return Backlog(count, self._clock.now() - oldest if oldest else timedelta())
