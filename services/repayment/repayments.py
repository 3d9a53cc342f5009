"""Repayments: choosing what to pay, paying it, and booking the money, by gateway or by bank transfer.

Money moves only with the loan's row locked. A gateway's confirmation counts once, by the provider's own reference; a
transfer counts when a cashier has found it. Money that comes late, twice, or above what is owed is booked all the same.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.audit.acts import Actor, record_act
from services.clock import Clock, local_date
from services.configuration.lender import Lender
from services.db import Database
from services.engine.conditions import Method
from services.gateways import Checkout, PaymentGateway, PaymentRequest
from services.lending import loan_record
from services.lending.loan_figures import components, end_of_day, next_due
from services.lending.loan_presentation import payoff_view
from services.lending.loan_record import LoanRecord, lock_loan
from services.lending.loan_states import LoanStatus
from services.lending.loans import find_loan, require_active
from services.models import LoanRow, PaymentRow
from services.money import Money
from services.references import new_reference
from services.repayment.bookings import book, receipt_of, report_incident
from services.repayment.payment_events import allocation_of, events_for
from services.repayment.payment_records import (
    another,
    cancel_open,
    find_by_reference,
    find_payment,
    find_unbooked_transfer,
    lock_payment,
    view,
)
from services.repayment.payment_rules import (
    AmountAboveOwed,
    OtherCurrency,
    PaymentMismatch,
    amount_for,
    require_payable,
)
from services.repayment.payment_states import PaymentStatus, may, move
from services.repayment.payment_views import (
    Aim,
    Channel,
    Payment,
    Preview,
    Receipt,
    RejectReason,
    RepayOptions,
    TransferInstructions,
)
from services.repayment.transfers import Transfers


class Repayments:
    """Every way of paying a loan back."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        lender: Lender,
        gateway: PaymentGateway,
        transfers: Transfers,
    ) -> None:
        self._database = database
        self._clock = clock
        self._lender = lender
        self._gateway = gateway
        self._transfers = transfers

    @property
    def channels(self) -> Sequence[Channel]:
        """The ways to pay, likeliest first; the gateway only where it can collect."""
        return (Channel.GATEWAY, Channel.TRANSFER) if self._gateway.available else (Channel.TRANSFER,)

    async def options(self, borrower_id: int, loan_id: int) -> RepayOptions:
        """What can be paid today. Raises NotFound, IllegalLoanMove."""
        async with self._database.reading() as session:
            loan, record = await self._active(session, borrower_id, loan_id)
        today = self._today()
        state = record.state(today)
        return RepayOptions(
            loan_id=loan.id,
            loan_reference=loan.reference,
            due_now=components(state.due_now),
            next_installment=next_due(state),
            payoff=payoff_view(loan, record, today, self._lender.time_zone),
            revolving=record.terms.method is Method.REVOLVING,
        )

    async def preview(self, borrower_id: int, loan_id: int, aim: Aim, amount: str | Money | None = None) -> Preview:
        """What paying that today would do; `amount`, as typed or exact, for the aims other and early.

        Raises NotFound, IllegalLoanMove, NothingDue, AmountUnreadable, AmountTooSmall, AmountAboveOwed.
        """
        async with self._database.reading() as session:
            loan, record = await self._active(session, borrower_id, loan_id)
        today = self._today()
        paid = amount_for(aim, amount, record.state(today))
        events = events_for(record, aim, paid, today)
        following = record.after(*events)
        after = following.state(today)
        positions = range(len(record.events), len(record.events) + len(events))
        return Preview(
            loan_id=loan.id,
            aim=aim,
            amount=paid,
            allocation=allocation_of(after, positions, loan.currency),
            left_after=after.outstanding.total,
            next_due_after=next_due(after),
            closes_loan=following.status(after) is not LoanStatus.ACTIVE,
        )

    async def open(self, borrower_id: int, loan_id: int, aim: Aim, amount: str | Money | None = None) -> Payment:
        """Begin a payment, good for the lender's payment minutes and at most until the end of its day. An earlier one
        for the same loan that nothing came for is cancelled. Raises as `preview` does."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            loan = await lock_loan(session, loan_id, borrower_id)
            require_active(loan)
            state = (await loan_record.load(session, loan)).state(self._today())
            await cancel_open(session, loan.id, (None, Channel.GATEWAY))
            payment = PaymentRow(
                reference=new_reference("P"),
                loan_id=loan.id,
                borrower_id=borrower_id,
                aim=aim,
                status=PaymentStatus.OPEN,
                amount_minor=amount_for(aim, amount, state).minor,
                currency=loan.currency,
                opened_at=now,
                valid_until=min(now + timedelta(minutes=self._lender.payment_valid_minutes), self._day_end()),
            )
            session.add(payment)
            await session.flush()
            return view(payment, loan, now)

    async def get(self, borrower_id: int, payment_id: int) -> Payment:
        """Raises NotFound."""
        async with self._database.reading() as session:
            payment = await find_payment(session, payment_id, borrower_id)
            return view(payment, await session.get_one(LoanRow, payment.loan_id), self._clock.now())

    async def unbooked_transfer(self, borrower_id: int, loan_id: int) -> Payment | None:
        """The loan's latest payment, where it is a transfer whose receipt is still to come, looked at or turned down;
        None when it is anything else. Raises NotFound."""
        async with self._database.reading() as session:
            loan = await find_loan(session, borrower_id, loan_id)
            payment = await find_unbooked_transfer(session, loan.id)
            return None if payment is None else view(payment, loan, self._clock.now())

    async def cancel(self, borrower_id: int, payment_id: int) -> Payment:
        """The borrower thinks better of it. Raises NotFound, IllegalPaymentMove."""
        async with self._database.transaction() as session:
            payment = await find_payment(session, payment_id, borrower_id)
            loan = await lock_payment(session, payment)
            move(payment, PaymentStatus.CANCELLED)
            return view(payment, loan, self._clock.now())

    async def checkout(self, borrower_id: int, payment_id: int) -> Checkout:
        """How to pay through the gateway. Raises NotFound, PaymentExpired, IllegalPaymentMove, Unavailable."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            payment = await find_payment(session, payment_id, borrower_id)
            loan = await lock_payment(session, payment)
            require_payable(payment, now)
            payment.channel = Channel.GATEWAY
            request = PaymentRequest(
                reference=payment.reference,
                amount=Money.from_minor(payment.amount_minor, payment.currency),
                loan_reference=loan.reference,
                valid_until=payment.valid_until,
            )
        return await self._gateway.checkout(request)

    async def check(self, reference: str, amount_minor: int, currency: str, borrower_id: int) -> None:
        """Whether the gateway may take this money now; asked just before it does, so it only reads.

        Raises NotFound, PaymentExpired, IllegalPaymentMove, IllegalLoanMove, PaymentMismatch, AmountAboveOwed.
        """
        async with self._database.reading() as session:
            payment = await find_by_reference(session, reference, borrower_id)
            require_payable(payment, self._clock.now())
            if (amount_minor, currency) != (payment.amount_minor, payment.currency):
                raise PaymentMismatch(amount=Money.from_minor(payment.amount_minor, payment.currency))
            _, record = await self._active(session, borrower_id, payment.loan_id)
        payoff = record.state(self._today()).payoff
        if amount_minor > payoff.minor:
            raise AmountAboveOwed(maximum=payoff)

    async def confirm(
        self,
        reference: str,
        provider_reference: str,
        amount_minor: int,
        currency: str,
        paid_at: datetime | None = None,
    ) -> Receipt:
        """Book money that the gateway took, on the lender's day of `paid_at` (now when None). A repetition of the same
        `provider_reference` answers the same receipt and books nothing.

        Money paid a second time for one payment is booked as a payment of its own and reported. Raises NotFound for an
        unknown reference, OtherCurrency.
        """
        now = self._clock.now()
        async with self._database.transaction() as session:
            payment = await find_by_reference(session, reference)
            loan = await lock_payment(session, payment)
            known = await session.scalar(select(PaymentRow).where(PaymentRow.provider_reference == provider_reference))
            if known is not None:
                known_loan = loan if known.loan_id == loan.id else await session.get_one(LoanRow, known.loan_id)
                return await receipt_of(session, known_loan, known)
            if currency != loan.currency:
                received = Money.from_minor(amount_minor, currency)
                await report_incident(session, loan, payment, "other_currency", received, now)
            else:
                return await self._book(session, loan, payment, provider_reference, amount_minor, paid_at or now)
        raise OtherCurrency(amount=received)

    async def choose_transfer(self, borrower_id: int, payment_id: int) -> TransferInstructions:
        """Pay by bank transfer: where to, and the reference to put on it. The figures hold until the end of the
        lender's day. Raises NotFound, PaymentExpired, IllegalPaymentMove."""
        return await self._transfers.choose(borrower_id, payment_id)

    async def attach_receipt(self, borrower_id: int, payment_id: int, data: bytes) -> Payment:
        """Keep the receipt of a transfer and call a cashier, also for a payment that has expired meanwhile.

        Raises NotFound, IllegalPaymentMove, and the refusals of files as documents do.
        """
        return await self._transfers.attach_receipt(borrower_id, payment_id, data)

    async def confirm_transfer(
        self, staff_id: int, payment_id: int, received_on: date | None = None, amount: Money | None = None
    ) -> Receipt:
        """Book a transfer that the cashier found: by default all of it, today.

        Raises NotAllowed, NotFound, IllegalPaymentMove, DateOutOfRange, AmountUnreadable.
        """
        return await self._transfers.confirm(staff_id, payment_id, received_on, amount)

    async def reject_transfer(self, staff_id: int, payment_id: int, reason: RejectReason) -> None:
        """Say that the transfer was not found; the borrower is told why. Raises NotAllowed, NotFound,
        IllegalPaymentMove."""
        await self._transfers.reject(staff_id, payment_id, reason)

    async def list(self, borrower_id: int, loan_id: int) -> Sequence[Receipt]:
        """Receipts of the payments that are booked, oldest first. Raises NotFound."""
        booked = select(PaymentRow).where(PaymentRow.loan_id == loan_id, PaymentRow.status == PaymentStatus.SETTLED)
        async with self._database.reading() as session:
            loan = await find_loan(session, borrower_id, loan_id)
            payments = (await session.scalars(booked.order_by(PaymentRow.settled_at, PaymentRow.id))).all()
            return [await receipt_of(session, loan, payment) for payment in payments]

    async def expire_due(self) -> int:
        """Mark as expired what nobody paid in time; answers how many. Money that comes later is still booked."""
        now = self._clock.now()
        late = select(PaymentRow).where(PaymentRow.status == PaymentStatus.OPEN, PaymentRow.valid_until < now)
        async with self._database.transaction() as session:
            payments = (await session.scalars(late.with_for_update(skip_locked=True))).all()
            for payment in payments:
                move(payment, PaymentStatus.EXPIRED)
        return len(payments)

    async def _book(
        self,
        session: AsyncSession,
        loan: LoanRow,
        payment: PaymentRow,
        provider_reference: str,
        amount_minor: int,
        paid_at: datetime,
    ) -> Receipt:
        now = self._clock.now()
        amount = Money.from_minor(amount_minor, loan.currency)
        if not may(payment, PaymentStatus.SETTLED):
            payment = another(payment, new_reference("P"), now)
            session.add(payment)
            await session.flush()
            await report_incident(session, loan, payment, "paid_twice", amount, now)
        elif amount_minor != payment.amount_minor:
            await report_incident(session, loan, payment, "other_amount", amount, now)
        payment.channel = Channel.GATEWAY
        payment.provider_reference = provider_reference
        record_act(
            session,
            now=now,
            actor=Actor.GATEWAY,
            action="confirmed_payment",
            subject=f"payment:{payment.id}",
            details={"amount": amount},
        )
        on = min(max(local_date(paid_at, self._lender.time_zone), loan.disbursed_on), self._today())
        return await book(session, loan, payment, amount, on, now)

    async def _active(self, session: AsyncSession, borrower_id: int, loan_id: int) -> tuple[LoanRow, LoanRecord]:
        loan = await find_loan(session, borrower_id, loan_id)
        require_active(loan)
        return loan, await loan_record.load(session, loan)

    def _today(self) -> date:
        return local_date(self._clock.now(), self._lender.time_zone)

    def _day_end(self) -> datetime:
        return end_of_day(self._today(), self._lender.time_zone)
