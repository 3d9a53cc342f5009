"""Booking money on a loan: which events a sum becomes, and what follows when it closes the loan.

Joins the transaction of whoever holds the loan's row locked.
"""

from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.desk.handoff_records import close_handoffs, open_handoff
from services.desk.handoff_states import HandoffKind
from services.engine.events import Event, EventType
from services.lending import loan_record
from services.lending.credit_line_views import CreditLine
from services.lending.credit_lines import credit_line
from services.lending.loan_figures import next_due
from services.lending.loan_states import LoanStatus
from services.messages.outbox import MessageClass, enqueue
from services.models import LoanRow, PaymentRow
from services.money import Money
from services.references import new_reference
from services.repayment.payment_events import allocation_of, events_for
from services.repayment.payment_records import booked_positions, cancel_open, standing_positions
from services.repayment.payment_states import PaymentStatus, move
from services.repayment.payment_views import Aim, Channel, Receipt
from services.repayment.payoff_corrections import correct_payoffs
from services.wording import Label


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
    await _correct_others(session, loan, now)
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
    for position in await standing_positions(session, payment):
        event = Event(on=on, type=EventType.REVERSE, event=position)
        await loan_record.record(session, loan, event, now)
    await _correct_others(session, loan, now)
    if loan.status == LoanStatus.ACTIVE:
        loan.certificate_reference = loan.certificate_sha256 = loan.certificate_storage_key = None


async def _correct_others(session: AsyncSession, loan: LoanRow, now: datetime) -> None:
    """Payments that a change before them made other sums of are booked anew; a cashier is told of what they leave."""
    for payment in await correct_payoffs(session, loan, now):
        left = (await receipt_of(session, loan, payment)).allocation.unallocated
        if left:
            await report_incident(session, loan, payment, "surplus", left, now)
        if loan.status == LoanStatus.CLOSED and loan.certificate_reference is None:
            await conclude(session, loan, str(payment.id), now)


async def receipt_of(session: AsyncSession, loan: LoanRow, payment: PaymentRow) -> Receipt:
    """The receipt of a settled payment, the same whenever it is asked for: the loan as the booking of this payment left
    it."""
    positions = await booked_positions(session, payment)
    record = (await loan_record.load(session, loan)).up_to(positions[-1])
    paid_on = record.events[-1].on
    # Money may be booked days after it came: what happened meanwhile counts for what is left.
    state = record.state(max(event.on for event in record.events))
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
