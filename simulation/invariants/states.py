"""Every state is a known one, and none contradicts another: who has what, decided and signed by whom."""

from collections import Counter
from collections.abc import AsyncIterator

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.audit.acts import WITHDREW
from services.engine.events import EventType
from services.extensions.extension_states import OPEN, ExtensionStatus
from services.lending.draw_states import DrawStatus
from services.models import (
    ApplicationRow,
    AuditEntryRow,
    ContractRow,
    DrawRow,
    ExtensionRow,
    HandoffRow,
    LoanEventRow,
    LoanRow,
    OfferRow,
    PaymentRow,
)
from services.origination.application_states import UNDER_WAY, ApplicationStatus
from services.origination.offer_states import OfferStatus
from services.repayment.payment_states import PaymentStatus
from services.repayment.payment_views import Channel


async def contradictions(session: AsyncSession) -> list[str]:
    """A sentence for each contradiction found."""
    checks = (_applications, _withdrawals, _reversals, _origins, _payments, _handoffs, _draws, _extensions)
    return [found for check in checks async for found in check(session)]


async def _applications(session: AsyncSession) -> AsyncIterator[str]:
    rows = {row.id: row for row in await session.scalars(select(ApplicationRow))}
    under_way = Counter(row.borrower_id for row in rows.values() if ApplicationStatus(row.status) in UNDER_WAY)
    for borrower, count in under_way.items():
        if count > 1:
            yield f"borrower {borrower} has {count} applications under way"
    for offer in await session.scalars(select(OfferRow)):
        status = ApplicationStatus(rows[offer.application_id].status)
        if OfferStatus(offer.status) is OfferStatus.OPEN and status is not ApplicationStatus.APPROVED:
            yield f"offer {offer.id} is open, its application {status}"


async def _withdrawals(session: AsyncSession) -> AsyncIterator[str]:
    """Whoever was told that they have withdrawn something has."""
    acts = select(AuditEntryRow.subject).where(AuditEntryRow.action == WITHDREW)
    for subject in await session.scalars(acts):
        kind, number = subject.split(":")
        table = ApplicationRow if kind == "application" else ExtensionRow
        status = await session.scalar(select(table.status).where(table.id == int(number)))
        if status not in (ApplicationStatus.WITHDRAWN, ExtensionStatus.WITHDRAWN):
            yield f"{kind} {number} was withdrawn and is {status}"


async def _reversals(session: AsyncSession) -> AsyncIterator[str]:
    """A payment is taken back by an officer's act, once, and by nothing else."""
    acts = select(AuditEntryRow.subject).where(AuditEntryRow.action == "reversed_payment")
    taken_back = Counter(int(subject.split(":")[1]) for subject in await session.scalars(acts))
    reversed_ones = select(PaymentRow.id).where(PaymentRow.status == PaymentStatus.REVERSED)
    if taken_back != Counter(await session.scalars(reversed_ones)):
        yield f"officers took back the payments {sorted(taken_back.elements())}, others are reversed"


async def _origins(session: AsyncSession) -> AsyncIterator[str]:
    """A loan follows from a signed contract and from an application of the same borrower."""
    signed = select(ContractRow.offer_id).where(ContractRow.signed_at.is_not(None))
    offers = set(await session.scalars(signed))
    query = select(LoanRow, ApplicationRow).join(ApplicationRow, ApplicationRow.id == LoanRow.application_id)
    for loan, application in await session.execute(query):
        if loan.offer_id not in offers:
            yield f"loan {loan.id} has no signed contract"
        if loan.borrower_id != application.borrower_id:
            yield f"loan {loan.id} and its application are of two borrowers"
        if ApplicationStatus(application.status) is not ApplicationStatus.DISBURSED:
            yield f"loan {loan.id} is paid out, its application {application.status}"


async def _payments(session: AsyncSession) -> AsyncIterator[str]:
    """Money is booked on the word of the gateway or of a cashier alone."""
    for payment in await session.scalars(select(PaymentRow)):
        status = PaymentStatus(payment.status)
        settled = status is PaymentStatus.SETTLED
        if settled != (payment.settled_at is not None) and status is not PaymentStatus.REVERSED:
            yield f"payment {payment.id} is {status} and settled at {payment.settled_at}"
        word = payment.settled_by if payment.channel == Channel.TRANSFER else payment.provider_reference
        if settled != bool(word) and status is not PaymentStatus.REVERSED:
            yield f"payment {payment.id} is {status} on the word of {word}"


async def _handoffs(session: AsyncSession) -> AsyncIterator[str]:
    talking = select(HandoffRow.borrower_id, func.count()).where(HandoffRow.talking).group_by(HandoffRow.borrower_id)
    for borrower, count in await session.execute(talking):
        if count > 1:
            yield f"{count} officers talk with borrower {borrower} at once"


async def _draws(session: AsyncSession) -> AsyncIterator[str]:
    """A draw is lent exactly when a cashier paid it out under a reference of the bank's."""
    paid = 0
    for draw in await session.scalars(select(DrawRow)):
        status = DrawStatus(draw.status)
        lent = status is DrawStatus.PAID_OUT
        paid += lent
        marks = (draw.payout_reference, draw.paid_out_by, draw.paid_out_on, draw.event_position is not None)
        if lent != all(marks) or lent != any(marks):
            yield f"draw {draw.id} is {status} and carries {marks}"
        if draw.confirmed_at is None and status in (DrawStatus.REQUESTED, DrawStatus.PAID_OUT, DrawStatus.REFUSED):
            yield f"draw {draw.id} is {status}, but its borrower never confirmed it"
    events = await session.scalar(select(func.count(LoanEventRow.id)).where(LoanEventRow.kind == EventType.DRAW))
    if events != paid:
        yield f"{paid} draws are paid out, the loans know of {events}"


async def _extensions(session: AsyncSession) -> AsyncIterator[str]:
    """An extension that is agreed was granted, read and signed, and is an event of its loan; no other is."""
    rows = list(await session.scalars(select(ExtensionRow)))
    for loan, count in Counter(row.loan_id for row in rows if row.status in OPEN).items():
        if count > 1:
            yield f"{count} extensions of loan {loan} are open"
    for row in rows:
        agreed = row.status == ExtensionStatus.AGREED
        if not agreed == (row.signed_at is not None) == (row.event_position is not None):
            yield f"extension {row.id} is {row.status}, signed at {row.signed_at}, event {row.event_position}"
        if agreed and (row.decided_by is None or row.paper_sha256 is None):
            yield f"extension {row.id} is agreed without a decision or a paper"
    moved = select(func.count(LoanEventRow.id)).where(LoanEventRow.kind.in_(("extend", "reschedule")))
    events, agreed_ones = await session.scalar(moved), sum(row.status == ExtensionStatus.AGREED for row in rows)
    if events != agreed_ones:
        yield f"{agreed_ones} extensions are agreed, the loans know of {events}"
