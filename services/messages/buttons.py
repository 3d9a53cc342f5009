"""Taking the buttons off messages that were sent and no longer ask for anything.

Owed in the transaction that made the message outdated and delivered by the sender like a message of its own, it says
nothing to anybody: it edits what stands in the chat already. Each message loses its buttons once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, String, cast, exists, literal, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from services.messages.outbox import MessageClass, MessageStatus, Owed, enqueue_all
from services.models import OutboxRow

BUTTONS_OFF: Final = "buttons_off"
"""Kind of the outbox's entries that take the buttons off a message."""


@dataclass(frozen=True, slots=True)
class JustSent:
    """A message that Telegram has accepted a moment ago."""

    id: int
    kind: str
    borrower_id: int | None
    loan_id: int | None
    params: Mapping[str, Any]
    """As stored, see `services.messages.message_params`."""
    telegram_message_id: int | None
    outdated: bool
    """Withdrawn while it was on its way."""


async def with_buttons(session: AsyncSession, *conditions: ColumnElement[bool]) -> list[OutboxRow]:
    """The messages to borrowers that meet every condition, stand in the chat and have not been asked to lose their
    buttons, oldest first."""
    entry = aliased(OutboxRow)
    key = literal("outbox:") + cast(OutboxRow.id, String) + literal(":buttons")
    asked = exists().where(entry.dedupe_key == key, entry.status != MessageStatus.WITHDRAWN)
    query = select(OutboxRow).where(
        OutboxRow.status == MessageStatus.SENT,
        OutboxRow.telegram_message_id.is_not(None),
        OutboxRow.borrower_id.is_not(None),
        ~asked,
        *conditions,
    )
    return list(await session.scalars(query.order_by(OutboxRow.id)))


async def take_off(session: AsyncSession, messages: Iterable[OutboxRow | JustSent], now: datetime) -> None:
    """Owe, in the caller's transaction, that the buttons of these sent messages go."""
    owed = {
        message.id: Owed(
            BUTTONS_OFF,
            MessageClass.UPKEEP,
            {"message_id": message.telegram_message_id},
            f"outbox:{message.id}:buttons",
            message.borrower_id,
        )
        for message in messages
    }
    # Always in the same order: two transactions that owe the same would else wait for each other.
    await enqueue_all(session, [owed[each] for each in sorted(owed)], now)
