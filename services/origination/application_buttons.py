"""Which messages about an application keep their buttons: the latest, until the application moves on."""

from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from services.messages.buttons import take_off, with_buttons
from services.models import OutboxRow

KINDS: Final = (
    "application_claimed",
    "information_requested",
    "information_due",
    "offer_ready",
    "offer_expiring",
    "offer_expired",
    "application_declined",
)
"""What a borrower hears of an application. One person has one application under way, so the latest holds."""
ENDS: Final = "loan_disbursed"
"""The application has become a loan."""


async def moved_on(session: AsyncSession, borrower_id: int, now: datetime) -> None:
    """The borrower's application moved on without a message: those before lose their buttons."""
    await take_off(session, await with_buttons(session, *_about(borrower_id)), now)


async def after_sending(session: AsyncSession, sent: OutboxRow, now: datetime) -> None:
    """A message has just been sent: if it is about an application, those before lose their buttons."""
    if sent.borrower_id is None or sent.kind not in (*KINDS, ENDS):
        return
    before = await with_buttons(session, *_about(sent.borrower_id), OutboxRow.id != sent.id)
    await take_off(session, before, now)


def _about(borrower_id: int) -> tuple[ColumnElement[bool], ...]:
    return (OutboxRow.borrower_id == borrower_id, OutboxRow.kind.in_(KINDS))
