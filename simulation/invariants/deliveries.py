"""What the bot owed was delivered: nothing is stuck, and every handoff reached the desk."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.messages.outbox import MessageStatus
from services.models import DeskMessageRow, HandoffRow, OutboxRow


async def stuck_messages(session: AsyncSession, now: datetime) -> list[str]:
    """Messages that were claimed and left, that are due and wait, or that were given up. Asked when all is at rest."""
    rows = await session.scalars(
        select(OutboxRow).where(
            OutboxRow.status.in_((MessageStatus.PENDING, MessageStatus.CLAIMED, MessageStatus.FAILED))
        )
    )
    return [
        f"message {row.id} ({row.kind}) is {row.status} since {row.next_attempt_at:%d %H:%M}, {row.failure}"
        for row in rows
        if row.status != MessageStatus.PENDING or row.next_attempt_at <= now
    ]


async def unheard_handoffs(session: AsyncSession, at_desk: Collection[int], desk: int) -> list[str]:
    """Handoffs of which no card stands at the desk. `at_desk` are the ids of the messages there."""
    cards = select(DeskMessageRow.handoff_id, DeskMessageRow.message_id).where(
        DeskMessageRow.is_card, DeskMessageRow.chat_id == desk
    )
    shown = {handoff for handoff, message in (await session.execute(cards)) if message in at_desk}
    handoffs = await session.scalars(select(HandoffRow))
    return [
        f"handoff {row.id} ({row.kind}, {row.status}) reached nobody"
        for row in handoffs
        if row.id not in shown and (row.closed_at is None or row.closed_by is not None)
    ]
