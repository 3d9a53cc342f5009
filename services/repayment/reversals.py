"""Taking a booked payment back because its money was: a direct debit or a transfer that the bank returned."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.clock import Clock, local_date
from services.configuration.lender import Lender
from services.configuration.staff import Permission, Staff
from services.db import Database
from services.desk.staff_actions import record_action
from services.lending import loan_record
from services.messages.outbox import MessageClass, enqueue
from services.models import LoanRow, PaymentRow
from services.money import Money
from services.repayment.bookings import receipt_of, unbook
from services.repayment.payment_records import find_by_reference, find_payment, lock_payment
from services.repayment.payment_states import IllegalPaymentMove, PaymentStatus, label
from services.repayment.payment_views import Receipt, TakenBack


class Reversals:
    """What a cashier does about money that went back."""

    def __init__(self, database: Database, clock: Clock, lender: Lender, staff: Staff) -> None:
        self._database = database
        self._clock = clock
        self._lender = lender
        self._staff = staff

    async def find(self, staff_id: int, reference: str) -> Receipt:
        """The booked payment of that reference, however it is typed.

        Raises NotAllowed, NotFound, IllegalPaymentMove.
        """
        self._staff.require(staff_id, Permission.CONFIRM_RECEIPTS)
        async with self._database.reading() as session:
            payment = await find_by_reference(session, reference.strip().upper())
            if payment.status != PaymentStatus.SETTLED:
                raise IllegalPaymentMove(state=label(PaymentStatus(payment.status)))
            loan = await session.get_one(LoanRow, payment.loan_id)
            return await receipt_of(session, loan, payment)

    async def reverse(self, staff_id: int, payment_id: int) -> TakenBack:
        """The loan is as if the payment had never come, from today on, and the borrower is told.

        Raises NotAllowed, NotFound, IllegalPaymentMove.
        """
        self._staff.require(staff_id, Permission.CONFIRM_RECEIPTS)
        now = self._clock.now()
        today = local_date(now, self._lender.time_zone)
        async with self._database.transaction() as session:
            payment = await find_payment(session, payment_id)
            loan = await lock_payment(session, payment)
            certificate = loan.certificate_reference
            await unbook(session, loan, payment, today, now)
            state = (await loan_record.load(session, loan)).state(today)
            taken = TakenBack(
                payment_reference=payment.reference,
                loan_reference=loan.reference,
                amount=Money.from_minor(payment.amount_minor, payment.currency),
                outstanding=state.outstanding.total,
                due_now=state.due_now.total,
                void_certificate=None if certificate == loan.certificate_reference else certificate,
            )
            subject = f"payment:{payment.id}"
            record_action(session, now=now, staff_id=staff_id, action="reversed_payment", subject=subject)
            await self._tell(session, loan, payment, taken)
            return taken

    async def _tell(self, session: AsyncSession, loan: LoanRow, payment: PaymentRow, taken: TakenBack) -> None:
        await enqueue(
            session,
            now=self._clock.now(),
            kind="payment_reversed",
            borrower_id=payment.borrower_id,
            message_class=MessageClass.SERVICE,
            params={
                "loan_id": loan.id,
                "loan_reference": taken.loan_reference,
                "payment_reference": taken.payment_reference,
                "amount": taken.amount,
                "outstanding": taken.outstanding,
                "due_now": taken.due_now,
                "void_certificate": taken.void_certificate,
            },
            dedupe_key=f"payment:{payment.id}:reversed",
            loan_id=loan.id,
        )
