"""What the bot owed was delivered: nothing is stuck, and every handoff reached the desk."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.desk.handoff_states import HandoffKind
from services.extensions.extension_states import ExtensionStatus
from services.lending.draw_states import DrawStatus
from services.messages.outbox import MessageStatus
from services.models import (
    ApplicationRow,
    DeskMessageRow,
    DrawRow,
    ExtensionRow,
    HandoffRow,
    OutboxRow,
    PaymentRow,
)
from services.origination.application_states import ApplicationStatus
from services.repayment.payment_states import PaymentStatus


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


IN_REVIEW = (ApplicationStatus.SUBMITTED, ApplicationStatus.IN_REVIEW)


async def matters_nobody_has(session: AsyncSession) -> list[str]:
    """What waits for an officer without a handoff that is open or taken."""
    query = select(HandoffRow.kind, HandoffRow.application_id, HandoffRow.loan_id, HandoffRow.payment_id)
    known = set()
    for kind, application, loan, payment in await session.execute(query.where(HandoffRow.closed_at.is_(None))):
        about = {HandoffKind.TRANSFER_RECEIPT: payment, HandoffKind.DRAW: loan, HandoffKind.EXTENSION: loan}
        known.add((HandoffKind(kind), about.get(HandoffKind(kind), application)))
    waiting = (
        (HandoffKind.APPLICATION, select(ApplicationRow.id).where(ApplicationRow.status.in_(IN_REVIEW))),
        (HandoffKind.PAYOUT, select(ApplicationRow.id).where(ApplicationRow.status == ApplicationStatus.ACCEPTED)),
        (
            HandoffKind.TRANSFER_RECEIPT,
            select(PaymentRow.id).where(PaymentRow.status == PaymentStatus.AWAITING_CONFIRMATION),
        ),
        (HandoffKind.DRAW, select(DrawRow.loan_id).where(DrawRow.status == DrawStatus.REQUESTED)),
        (HandoffKind.EXTENSION, select(ExtensionRow.loan_id).where(ExtensionRow.status == ExtensionStatus.REQUESTED)),
    )
    return [
        f"{kind} {number} waits, and nobody was told"
        for kind, rows in waiting
        for number in await session.scalars(rows)
        if (kind, number) not in known
    ]
