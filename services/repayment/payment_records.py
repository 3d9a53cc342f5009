"""Payments as rows."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.engine.events import EventType
from services.errors import NotFound
from services.lending.loan_record import lock_loan
from services.models import LoanEventRow, LoanRow, PaymentRow
from services.money import Money
from services.repayment.payment_states import PaymentStatus, move
from services.repayment.payment_views import Aim, Channel, Payment


async def find_payment(session: AsyncSession, payment_id: int, borrower_id: int | None = None) -> PaymentRow:
    """The payment. Raises NotFound, also when it belongs to somebody other than `borrower_id`."""
    payment = await session.get(PaymentRow, payment_id)
    if payment is None or (borrower_id is not None and payment.borrower_id != borrower_id):
        raise NotFound
    return payment


async def find_by_reference(session: AsyncSession, reference: str, borrower_id: int | None = None) -> PaymentRow:
    """The payment of that reference. Raises NotFound as `find_payment` does."""
    payment = await session.scalar(select(PaymentRow).where(PaymentRow.reference == reference))
    if payment is None or (borrower_id is not None and payment.borrower_id != borrower_id):
        raise NotFound
    return payment


async def find_unbooked_transfer(session: AsyncSession, loan_id: int) -> PaymentRow | None:
    """The loan's latest payment that was booked or sent as a transfer, unless it is booked or cancelled."""
    of_interest = or_(PaymentRow.channel == Channel.TRANSFER, PaymentRow.status == PaymentStatus.SETTLED)
    query = select(PaymentRow).where(PaymentRow.loan_id == loan_id, of_interest)
    latest = await session.scalar(query.order_by(PaymentRow.id.desc()).limit(1))
    over = (PaymentStatus.SETTLED, PaymentStatus.CANCELLED, PaymentStatus.REVERSED)
    return None if latest is None or latest.status in over else latest


async def lock_payment(session: AsyncSession, payment: PaymentRow) -> LoanRow:
    """Lock the payment's loan, then the payment, and read both afresh; answers the loan."""
    loan = await lock_loan(session, payment.loan_id)
    await session.refresh(payment, with_for_update=True)
    return loan


async def cancel_open(session: AsyncSession, loan_id: int, channels: Sequence[Channel | None]) -> None:
    """Cancel the loan's payments of those channels that nothing came for yet, so that none is made twice."""
    open_ones = select(PaymentRow).where(PaymentRow.loan_id == loan_id, PaymentRow.status == PaymentStatus.OPEN)
    for payment in await session.scalars(open_ones):
        if payment.channel in channels:
            move(payment, PaymentStatus.CANCELLED)


async def booked_positions(session: AsyncSession, payment: PaymentRow) -> Sequence[int]:
    """Positions of the events that the payment became, those that were reversed among them."""
    its_own = or_(LoanEventRow.payment_id == payment.id, LoanEventRow.rebooked_payment_id == payment.id)
    query = select(LoanEventRow.position).where(LoanEventRow.loan_id == payment.loan_id, its_own)
    return (await session.scalars(query.order_by(LoanEventRow.position))).all()


async def payments_by_position(session: AsyncSession, loan_id: int) -> Mapping[int, int]:
    """Which payment brought the money of an event of the loan, by the event's position."""
    brought_by = func.coalesce(LoanEventRow.payment_id, LoanEventRow.rebooked_payment_id)
    query = select(LoanEventRow.position, brought_by).where(LoanEventRow.loan_id == loan_id, brought_by.is_not(None))
    return dict((await session.execute(query)).all())


async def standing_positions(session: AsyncSession, payment: PaymentRow) -> Sequence[int]:
    """Positions of the events that the payment became and that were not reversed since."""
    reversals = select(LoanEventRow.event).where(
        LoanEventRow.loan_id == payment.loan_id, LoanEventRow.kind == EventType.REVERSE
    )
    undone = {event["event"] for event in await session.scalars(reversals)}
    return [position for position in await booked_positions(session, payment) if position not in undone]


def view(payment: PaymentRow, loan: LoanRow, now: datetime) -> Payment:
    """The payment at the instant `now`: one that waited too long is shown as expired."""
    status = PaymentStatus(payment.status)
    if status is PaymentStatus.OPEN and payment.valid_until < now:
        status = PaymentStatus.EXPIRED
    return Payment(
        id=payment.id,
        reference=payment.reference,
        loan_id=loan.id,
        loan_reference=loan.reference,
        borrower_id=payment.borrower_id,
        aim=Aim(payment.aim),
        channel=None if payment.channel is None else Channel(payment.channel),
        status=status,
        amount=Money.from_minor(payment.amount_minor, payment.currency),
        opened_at=payment.opened_at,
        valid_until=payment.valid_until,
    )


def another(payment: PaymentRow, reference: str, now: datetime) -> PaymentRow:
    """A payment for money that came once more under the reference of `payment`."""
    return PaymentRow(
        reference=reference,
        loan_id=payment.loan_id,
        borrower_id=payment.borrower_id,
        aim=Aim.OTHER,
        status=PaymentStatus.OPEN,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        opened_at=now,
        valid_until=now,
    )
