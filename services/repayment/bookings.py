"""Booking money on a loan: which events a sum becomes, and what follows when it closes the loan.

Joins the transaction of whoever holds the loan's row locked.
"""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.desk.handoff_records import close_handoffs, open_handoff
from services.desk.handoff_states import HandoffKind
from services.engine.events import Event, EventType
from services.engine.state import LoanState, Status
from services.lending import loan_record
from services.lending.credit_line_views import CreditLine
from services.lending.credit_lines import credit_line
from services.lending.loan_figures import next_due
from services.lending.loan_record import LoanRecord
from services.lending.loan_states import LoanStatus
from services.messages.outbox import MessageClass, enqueue
from services.models import LoanRow, PaymentRow
from services.money import Money
from services.references import new_reference
from services.repayment.payment_records import booked_positions, cancel_open
from services.repayment.payment_states import PaymentStatus, move
from services.repayment.payment_views import Aim, Allocation, Channel, Receipt
from services.wording import Label


def events_for(record: LoanRecord, aim: Aim, amount: Money, on: date) -> list[Event]:
    """What paying `amount` on the day means to the loan.

    An amount that reaches the payoff closes the loan, whatever it was meant for, and what lies above it is held for the
    borrower. Money after a write-off is a recovery. Principal is paid early with what is left of the amount after
    whatever is due.
    """
    state = record.state(on)
    if state.status is Status.WRITTEN_OFF:
        return [Event(on=on, type=EventType.RECOVER, amount=amount)]
    payoff = state.payoff
    if payoff and amount >= payoff:
        surplus = amount - payoff
        rest = [Event(on=on, type=EventType.REPAY, amount=surplus)] if surplus else []
        return [Event(on=on, type=EventType.PAYOFF), *rest]
    due = state.due_now.total
    if aim is not Aim.EARLY or not payoff or amount <= due:
        return [Event(on=on, type=EventType.REPAY, amount=amount)]
    first = [Event(on=on, type=EventType.REPAY, amount=due)] if due else []
    return [*first, Event(on=on, type=EventType.PREPAY, amount=amount - due)]


def allocation_of(state: LoanState, positions: Sequence[int], currency: str) -> Allocation:
    """How the events at those positions of the record were spread, in one sum."""
    parts = [movement.allocated for movement in state.transactions if movement.event in positions]
    return Allocation(
        penalty=Money.total((part.penalty for part in parts), currency),
        fees=Money.total((part.fee for part in parts), currency),
        interest=Money.total((part.interest for part in parts), currency),
        principal=Money.total((part.principal for part in parts), currency),
        unallocated=Money.total((part.unallocated for part in parts), currency),
    )


async def book(
    session: AsyncSession, loan: LoanRow, payment: PaymentRow, amount: Money, on: date, now: datetime
) -> Receipt:
    """Settle the payment with `amount`, received on the day `on` of the lender's calendar.

    Whatever state the loan is in, the money is booked; what nothing is owed for is held for the borrower and a cashier
    is told. The borrower is owed a message. Raises IllegalPaymentMove when the payment is settled already.
    """
    move(payment, PaymentStatus.SETTLED)
    payment.amount_minor = amount.minor
    payment.settled_at = now
    await session.flush()
    record = await loan_record.load(session, loan)
    closed = False
    for event in events_for(record, Aim(payment.aim), amount, on):
        recorded = await loan_record.record(session, loan, event, now, payment.id)
        closed = closed or recorded.ended
    receipt = await receipt_of(session, loan, payment)
    following = await loan_record.load(session, loan)
    line = await credit_line(session, loan, following, following.state(max(on, receipt.paid_on)))
    await _announce_receipt(session, loan, receipt, line, now)
    if receipt.allocation.unallocated:
        await report_incident(session, loan, payment, "surplus", receipt.allocation.unallocated, now)
    if closed:
        await conclude(session, loan, str(payment.id), now)
    return receipt


async def unbook(session: AsyncSession, loan: LoanRow, payment: PaymentRow, on: date, now: datetime) -> None:
    """Reverse everything that the payment became, on the day `on`. A certificate that it brought is void.

    Raises IllegalPaymentMove when the payment is not booked.
    """
    move(payment, PaymentStatus.REVERSED)
    for position in await booked_positions(session, payment.id):
        event = Event(on=on, type=EventType.REVERSE, event=position)
        await loan_record.record(session, loan, event, now)
    if loan.status == LoanStatus.ACTIVE:
        loan.certificate_reference = loan.certificate_sha256 = loan.certificate_storage_key = None


async def receipt_of(session: AsyncSession, loan: LoanRow, payment: PaymentRow) -> Receipt:
    """The receipt of a settled payment, the same whenever it is asked for: the loan as this payment left it."""
    positions = await booked_positions(session, payment.id)
    record = (await loan_record.load(session, loan)).up_to(positions[-1])
    paid_on = record.events[-1].on
    state = record.state(paid_on)
    return Receipt(
        payment_id=payment.id,
        payment_reference=payment.reference,
        loan_id=loan.id,
        loan_reference=loan.reference,
        amount=Money.from_minor(payment.amount_minor, payment.currency),
        allocation=allocation_of(state, positions, loan.currency),
        outstanding_after=state.outstanding.total,
        due_now_after=state.due_now.total,
        next_due=next_due(state),
        loan_closed=record.status(state) is LoanStatus.CLOSED,
        paid_on=paid_on,
    )


async def report_incident(
    session: AsyncSession, loan: LoanRow, payment: PaymentRow, what: str, amount: Money, now: datetime
) -> None:
    """Tell the cashiers about money that does not fit; `what` is a word of `terms.incident_*`."""
    await open_handoff(
        session,
        now=now,
        kind=HandoffKind.INCIDENT,
        borrower_id=loan.borrower_id,
        loan_id=loan.id,
        payment_id=payment.id,
        details={"what": Label(f"terms.incident_{what}"), "amount": amount, "payment": payment.reference},
        dedupe_key=f"payment:{payment.id}:{what}",
    )


async def conclude(session: AsyncSession, loan: LoanRow, occasion: str, now: datetime) -> None:
    """What follows when a loan is paid: a certificate, no more open payments, no officer on its arrears. `occasion`
    names what closed it, the payment as a rule."""
    if loan.status != LoanStatus.CLOSED:
        return
    loan.certificate_reference = new_reference("Z")
    await cancel_open(session, loan.id, (None, *Channel))
    await close_handoffs(session, now=now, kinds=(HandoffKind.ESCALATION,), loan_id=loan.id)
    await enqueue(
        session,
        now=now,
        kind="loan_settled",
        borrower_id=loan.borrower_id,
        message_class=MessageClass.SERVICE,
        params={
            "loan_id": loan.id,
            "reference": loan.reference,
            "settled_on": loan.closed_on,
            "certificate_reference": loan.certificate_reference,
        },
        # A loan that a reversal opened again closes a second time.
        dedupe_key=f"loan:{loan.id}:settled:{occasion}",
        loan_id=loan.id,
    )


async def _announce_receipt(
    session: AsyncSession, loan: LoanRow, receipt: Receipt, line: CreditLine | None, now: datetime
) -> None:
    due = receipt.next_due
    await enqueue(
        session,
        now=now,
        kind="payment_received",
        borrower_id=loan.borrower_id,
        message_class=MessageClass.SERVICE,
        params={
            "loan_id": loan.id,
            "reference": loan.reference,
            "payment_reference": receipt.payment_reference,
            "amount": receipt.amount,
            "paid_on": receipt.paid_on,
            "penalty": receipt.allocation.penalty,
            "fees": receipt.allocation.fees,
            "interest": receipt.allocation.interest,
            "principal": receipt.allocation.principal,
            "unallocated": receipt.allocation.unallocated,
            "outstanding_after": receipt.outstanding_after,
            "due_now_after": receipt.due_now_after,
            "next_due_on": None if due is None else due.on,
            "next_due_amount": None if due is None else due.amount,
            "loan_closed": receipt.loan_closed,
            "available": None if line is None or receipt.loan_closed else line.available,
        },
        dedupe_key=f"payment:{receipt.payment_id}:received",
        loan_id=loan.id,
    )
