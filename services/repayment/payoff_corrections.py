"""Payoffs that something booked later, but earlier in time, makes another sum of.

A payoff takes whatever is owed on its day. Where that is no longer what the payment brought, the payment is taken back
and booked anew on the same day, so that all the money that came stays in the books.

Joins the transaction of whoever holds the loan's row locked.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.engine.events import Event, EventType
from services.engine.state import Transaction
from services.lending import loan_record
from services.models import LoanRow, PaymentRow
from services.money import Money
from services.repayment.payment_events import events_for
from services.repayment.payment_records import payments_by_position, standing_positions
from services.repayment.payment_views import Aim


async def correct_payoffs(session: AsyncSession, loan: LoanRow, now: datetime) -> list[PaymentRow]:
    """Book each payment anew whose payoff does not take what it brought; answers those payments, as they were
    booked."""
    corrected: list[PaymentRow] = []
    while (payment := await _misfit(session, loan)) is not None:
        await _book_anew(session, loan, payment, now, may_close=payment not in corrected)
        corrected.append(payment)
    return corrected


async def _take_back(session: AsyncSession, loan: LoanRow, payment: PaymentRow, now: datetime) -> Sequence[Event]:
    """Reverse everything that the payment became, each on its own day; answers those events."""
    record = await loan_record.load(session, loan)
    positions = await standing_positions(session, payment)
    for position in positions:
        undoing = Event(on=record.events[position].on, type=EventType.REVERSE, event=position)
        await loan_record.record(session, loan, undoing, now)
    return [record.events[position] for position in positions]


async def _book_anew(
    session: AsyncSession, loan: LoanRow, payment: PaymentRow, now: datetime, *, may_close: bool
) -> None:
    amount = Money.from_minor(payment.amount_minor, payment.currency)
    on = (await _take_back(session, loan, payment, now))[0].on
    record = (await loan_record.load(session, loan)).without_reversed()
    # Two payoffs of one day could take each other's place without end: the second time the sum is a plain repayment.
    events = events_for(record, Aim(payment.aim), amount, on) if may_close else []
    for event in events or [Event(on=on, type=EventType.REPAY, amount=amount)]:
        await loan_record.record(session, loan, event, now, rebooked_payment_id=payment.id)


async def _misfit(session: AsyncSession, loan: LoanRow) -> PaymentRow | None:
    """The payment of the earliest payoff that takes another sum than came."""
    record = await loan_record.load(session, loan)
    if not any(event.type is EventType.PAYOFF for event in record.events):
        return None
    made = record.state(max(event.on for event in record.events)).transactions
    payments = await payments_by_position(session, loan.id)
    booked = _booked(made, payments)
    for movement in made:
        payment_id = payments.get(movement.event)
        if movement.type is EventType.PAYOFF and not movement.reversed and payment_id is not None:
            payment = await session.get_one(PaymentRow, payment_id)
            if booked[payment_id] != payment.amount_minor:
                return payment
    return None


def _booked(made: Sequence[Transaction], payments: Mapping[int, int]) -> Counter[int]:
    """Minor units that each payment's standing events take."""
    booked: Counter[int] = Counter()
    for movement in made:
        payment_id = payments.get(movement.event)
        if payment_id is not None and not movement.reversed:
            booked[payment_id] += movement.amount.minor
    return booked
