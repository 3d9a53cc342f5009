"""Which messages about an application keep their buttons: the latest, until the application moves on."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from services.messages.buttons import JustSent, take_off, with_buttons
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


async def after_sending(session: AsyncSession, sent: Collection[JustSent], now: datetime) -> None:
    """Messages have just been sent: those about an application take the buttons off the ones before."""
    latest = {each.borrower_id: each.id for each in sent if each.borrower_id and each.kind in (*KINDS, ENDS)}
    if not latest:
        return
    about = (OutboxRow.borrower_id.in_([each for each in latest if each]), OutboxRow.kind.in_(KINDS))
    standing = await with_buttons(session, *about)
    await take_off(
        session, (each for each in standing if each.borrower_id and each.id != latest[each.borrower_id]), now
    )


def _about(borrower_id: int) -> tuple[ColumnElement[bool], ...]:
    return (OutboxRow.borrower_id == borrower_id, OutboxRow.kind.in_(KINDS))
