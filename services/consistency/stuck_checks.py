"""What waits longer than anything should: messages, handoffs, and what ought to have ended by itself."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.consistency.findings import Finding, Kind, first_rows
from services.desk.handoff_states import HandoffKind, HandoffStatus
from services.extensions.extension_states import OPEN as EXTENSION_OPEN
from services.lending.draw_states import DrawStatus
from services.messages.outbox import MessageStatus
from services.models import DrawRow, ExtensionRow, HandoffRow, InboxRow, OfferRow, OutboxRow, PaymentRow
from services.origination.offer_states import OfferStatus
from services.repayment.payment_states import PaymentStatus

CLAIM: Final = timedelta(minutes=30)
"""A claim lasts seconds, and is given back after minutes when its owner vanished."""
DELIVERY: Final = timedelta(hours=12)
"""So late no message is that could be sent."""
UNTAKEN: Final = timedelta(days=2)
"""A weekend."""
UNDONE: Final = timedelta(days=7)
OVERDUE: Final = timedelta(days=1)
"""The daily work ends what is over; a day later it has not done so."""


async def messages(session: AsyncSession, now: datetime) -> AsyncIterator[Finding]:
    """Claims that nobody gives back, and messages that nobody sends."""
    claimed = select(OutboxRow.id).where(OutboxRow.status == MessageStatus.CLAIMED, OutboxRow.claimed_at <= now - CLAIM)
    async for (row_id,) in first_rows(session, claimed):
        yield Finding(Kind.STUCK_MESSAGE, f"outbox:{row_id}", "it was claimed long ago")
    unsent = select(OutboxRow.id, OutboxRow.attempts).where(
        OutboxRow.status == MessageStatus.PENDING,
        OutboxRow.next_attempt_at <= now - DELIVERY,
        OutboxRow.borrower_id.is_not(None),
    )
    async for row_id, attempts in first_rows(session, unsent):
        yield Finding(Kind.STUCK_MESSAGE, f"outbox:{row_id}", f"it should have gone long ago, attempts: {attempts}")
    unprocessed = select(InboxRow.update_id).where(InboxRow.claimed_by.is_not(None), InboxRow.claimed_at <= now - CLAIM)
    async for (update_id,) in first_rows(session, unprocessed):
        yield Finding(Kind.STUCK_MESSAGE, f"inbox:{update_id}", "it was claimed long ago")


async def handoffs(session: AsyncSession, now: datetime) -> AsyncIterator[Finding]:
    """Handoffs that no officer takes, or that one took and never ended."""
    row = HandoffRow
    untaken = (row.status == HandoffStatus.OPEN) & (row.opened_at <= now - UNTAKEN)
    undone = (row.status == HandoffStatus.CLAIMED) & (row.claimed_at <= now - UNDONE)
    query = select(row.reference, row.kind, row.status).where(
        row.status.in_((HandoffStatus.OPEN, HandoffStatus.CLAIMED)), or_(untaken, undone)
    )
    async for reference, kind, status in first_rows(session, query.order_by(row.opened_at)):
        yield Finding(Kind.WAITING_HANDOFF, f"handoff:{reference}", f"{kind}, {status} for days")


async def half_way(session: AsyncSession, now: datetime) -> AsyncIterator[Finding]:
    """What ran out and was not ended, and transfers that wait for a cashier who was never told."""
    over = now - OVERDUE
    still_open = {
        "offer": select(OfferRow.reference).where(OfferRow.status == OfferStatus.OPEN, OfferRow.expires_at < over),
        "draw": select(DrawRow.reference).where(DrawRow.status == DrawStatus.OPEN, DrawRow.valid_until < over),
        "payment": select(PaymentRow.reference).where(
            PaymentRow.status == PaymentStatus.OPEN, PaymentRow.valid_until < over
        ),
        "extension": select(ExtensionRow.reference).where(
            ExtensionRow.status.in_(EXTENSION_OPEN), ExtensionRow.valid_until < over
        ),
    }
    for what, query in still_open.items():
        async for (reference,) in first_rows(session, query):
            yield Finding(Kind.HALF_WAY, f"{what}:{reference}", "its time is over and it is still open")
    async for (reference,) in first_rows(session, _unheard_transfers()):
        yield Finding(Kind.HALF_WAY, f"payment:{reference}", "it waits for a cashier, and no card says so")


def _unheard_transfers() -> Select[*tuple[Any, ...]]:
    told = select(HandoffRow.id).where(
        HandoffRow.payment_id == PaymentRow.id,
        HandoffRow.kind == HandoffKind.TRANSFER_RECEIPT,
        HandoffRow.status != HandoffStatus.CLOSED,
    )
    waiting = PaymentRow.status == PaymentStatus.AWAITING_CONFIRMATION
    return select(PaymentRow.reference).where(waiting, ~told.exists())
