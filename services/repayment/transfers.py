"""Bank transfers: instructions and receipt from the borrower, confirmation or rejection by a cashier.

Joins no other use case: every method is one transaction, and only `confirm` moves money.
"""

from datetime import date, datetime

from services.clock import Clock, local_date
from services.configuration.lender import Lender
from services.configuration.staff import Permission, Staff
from services.db import Database
from services.desk.handoff_records import open_handoff, settle_handoff
from services.desk.handoff_states import HandoffKind
from services.desk.staff_actions import record_action
from services.gateways import ReceiptKeeper
from services.lending import loan_record
from services.lending.loan_figures import end_of_day
from services.lending.terms_in_force import running_since
from services.messages.message_params import MessageParams
from services.messages.outbox import MessageClass, enqueue
from services.models import LoanRow, PaymentRow
from services.money import Money
from services.repayment.bookings import book
from services.repayment.payment_records import find_payment, lock_payment, view
from services.repayment.payment_rules import AmountUnreadable, require_date, require_payable
from services.repayment.payment_states import IllegalPaymentMove, PaymentStatus, label, may, move
from services.repayment.payment_views import Channel, Payment, Receipt, RejectReason, TransferInstructions


class Transfers:
    """Repaying by bank transfer."""

    def __init__(self, database: Database, clock: Clock, lender: Lender, receipts: ReceiptKeeper, staff: Staff) -> None:
        self._database = database
        self._clock = clock
        self._lender = lender
        self._receipts = receipts
        self._staff = staff

    async def choose(self, borrower_id: int, payment_id: int) -> TransferInstructions:
        """Where to send the money; the figures then hold until the end of the lender's day."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            payment = await find_payment(session, payment_id, borrower_id)
            await lock_payment(session, payment)
            require_payable(payment, now)
            payment.channel = Channel.TRANSFER
            payment.valid_until = end_of_day(self._day(now), self._lender.time_zone)
            return self._instructions(payment)

    async def attach_receipt(self, borrower_id: int, payment_id: int, data: bytes) -> Payment:
        """Keep the receipt and call a cashier. Another receipt for a payment that waits is kept beside the first."""
        async with self._database.reading() as session:
            payment = await find_payment(session, payment_id, borrower_id)
            _require_receivable(payment)
        await self._receipts.add_receipt(borrower_id, payment_id, data)
        now = self._clock.now()
        async with self._database.transaction() as session:
            payment = await find_payment(session, payment_id, borrower_id)
            loan = await lock_payment(session, payment)
            _require_receivable(payment)
            if payment.status != PaymentStatus.AWAITING_CONFIRMATION:
                move(payment, PaymentStatus.AWAITING_CONFIRMATION)
                payment.channel = Channel.TRANSFER
                payment.rejected_because = None
                await open_handoff(
                    session,
                    now=now,
                    kind=HandoffKind.TRANSFER_RECEIPT,
                    borrower_id=borrower_id,
                    loan_id=loan.id,
                    payment_id=payment.id,
                )
            return view(payment, loan, now)

    async def confirm(
        self, staff_id: int, payment_id: int, received_on: date | None = None, amount: Money | None = None
    ) -> Receipt:
        """Book what the cashier found on the account."""
        self._staff.require(staff_id, Permission.CONFIRM_RECEIPTS)
        now = self._clock.now()
        async with self._database.transaction() as session:
            payment = await find_payment(session, payment_id)
            loan = await lock_payment(session, payment)
            received = Money.from_minor(payment.amount_minor, payment.currency) if amount is None else amount
            on = received_on or self._day(now)
            _require_positive(received)
            require_date(on, running_since(await loan_record.load(session, loan)), self._day(now))
            payment.channel = Channel.TRANSFER
            payment.settled_by = staff_id
            receipt = await book(session, loan, payment, received, on, now)
            details: MessageParams = {"amount": received, "received_on": on}
            subject = f"payment:{payment.id}"
            record_action(
                session, now=now, staff_id=staff_id, action="confirmed_transfer", subject=subject, details=details
            )
            await settle_handoff(
                session, self._staff, staff_id, now=now, kind=HandoffKind.TRANSFER_RECEIPT, payment_id=payment.id
            )
            return receipt

    async def reject(self, staff_id: int, payment_id: int, reason: RejectReason) -> None:
        """Tell the borrower that the money was not found."""
        self._staff.require(staff_id, Permission.CONFIRM_RECEIPTS)
        now = self._clock.now()
        async with self._database.transaction() as session:
            payment = await find_payment(session, payment_id)
            loan = await lock_payment(session, payment)
            move(payment, PaymentStatus.REJECTED)
            payment.rejected_because = reason
            record_action(
                session,
                now=now,
                staff_id=staff_id,
                action="rejected_transfer",
                subject=f"payment:{payment.id}",
                details={"reason": reason.label},
            )
            await settle_handoff(
                session, self._staff, staff_id, now=now, kind=HandoffKind.TRANSFER_RECEIPT, payment_id=payment.id
            )
            await enqueue(
                session,
                now=now,
                kind="transfer_rejected",
                borrower_id=payment.borrower_id,
                message_class=MessageClass.SERVICE,
                params=_rejection(payment, loan, reason),
                dedupe_key=f"payment:{payment.id}:rejected:{int(now.timestamp())}",
                loan_id=loan.id,
            )

    def _instructions(self, payment: PaymentRow) -> TransferInstructions:
        account = self._lender.transfer_account
        return TransferInstructions(
            payment_id=payment.id,
            bank=account.bank,
            holder=account.holder,
            number=account.number,
            amount=Money.from_minor(payment.amount_minor, payment.currency),
            reference=payment.reference,
            valid_until=payment.valid_until,
        )

    def _day(self, instant: datetime) -> date:
        return local_date(instant, self._lender.time_zone)


def _require_receivable(payment: PaymentRow) -> None:
    waiting = payment.status == PaymentStatus.AWAITING_CONFIRMATION
    if not waiting and not may(payment, PaymentStatus.AWAITING_CONFIRMATION):
        raise IllegalPaymentMove(state=label(PaymentStatus(payment.status)))


def _require_positive(amount: Money) -> None:
    if amount <= Money.zero(amount.currency):
        raise AmountUnreadable(minimum=Money.from_minor(1, amount.currency), maximum=amount)


def _rejection(payment: PaymentRow, loan: LoanRow, reason: RejectReason) -> MessageParams:
    return {
        "payment_id": payment.id,
        "payment_reference": payment.reference,
        "loan_id": loan.id,
        "loan_reference": loan.reference,
        "amount": Money.from_minor(payment.amount_minor, payment.currency),
        "reason": reason.label,
    }
