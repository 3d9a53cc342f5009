"""Loans from payout to settlement certificate, as borrowers and officers meet them.

Every figure is a replay of the loan's record to a day of the lender's calendar, and the ledger is brought to the same
figures by `accrue_all`, once a day or oftener.
"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.clock import Clock, local_date
from services.configuration.allowance_rules import Costly
from services.configuration.lender import Lender
from services.configuration.products import Products
from services.configuration.staff import Permission, Staff
from services.db import Database
from services.errors import NotFound
from services.gateways import StatementPaper
from services.lending import daily_accruals, ledger, loan_record
from services.lending.interest_figures import interest_view
from services.lending.interest_views import InterestView
from services.lending.loan_papers import LoanPapers
from services.lending.loan_presentation import LoanPresentation, payoff_view
from services.lending.loan_states import IllegalLoanMove, LoanStatus, label
from services.lending.loan_views import Loan, LoanFile, LoanSummary, LoanView, PayoffQuote
from services.models import ApplicationRow, LoanRow
from services.money import Money
from services.origination import disbursement
from services.people.allowances import spend_first


class LoanNotClosed(IllegalLoanMove):
    """There is no certificate for a loan that is not paid in full; `outstanding` is what is still owed."""

    key = "loans.not_closed"


class Loans:
    """Paying out, looking, settling."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        lender: Lender,
        products: Products,
        staff: Staff,
        presentation: LoanPresentation,
        papers: LoanPapers,
    ) -> None:
        self._database = database
        self._clock = clock
        self._lender = lender
        self._products = products
        self._staff = staff
        self._presentation = presentation
        self._papers = papers

    async def disburse(self, staff_id: int, application_id: int, payout_reference: str) -> Loan:
        """Record that the signed loan was paid out today under the bank's reference; a repetition changes nothing.

        Raises NotAllowed, NotFound, ApplicationMoved, PayoutReferenceMissing, PayoutReferenceTaken,
        AlreadyPaidOut.
        """
        self._staff.require(staff_id, Permission.PAY_OUT)
        reference = disbursement.cleaned_reference(payout_reference)
        now = self._clock.now()
        async with self._database.transaction() as session:
            application = await session.get(ApplicationRow, application_id, with_for_update=True)
            if application is None:
                raise NotFound
            known = await disbursement.paid_out(session, application_id, reference)
            if known is not None:
                return await disbursement.view_paid_out(session, known)
            return await disbursement.pay_out(
                session,
                self._products,
                self._staff,
                application,
                staff_id=staff_id,
                payout_reference=reference,
                on=self._today(),
                now=now,
            )

    async def list(self, borrower_id: int, open_only: bool = False) -> Sequence[LoanSummary]:
        """The borrower's loans, latest first; with `open_only` those that are not over."""
        query = select(LoanRow).where(LoanRow.borrower_id == borrower_id).order_by(LoanRow.id.desc())
        if open_only:
            query = query.where(LoanRow.status.in_((LoanStatus.ACTIVE, LoanStatus.WRITTEN_OFF)))
        async with self._database.reading() as session:
            loans = (await session.scalars(query)).all()
            return [await self._presentation.summary(session, loan, self._today()) for loan in loans]

    async def get(self, borrower_id: int, loan_id: int) -> LoanView:
        """The loan as of today. Raises NotFound."""
        async with self._database.reading() as session:
            return await self._presentation.view(session, await find_loan(session, borrower_id, loan_id), self._today())

    async def interest(self, borrower_id: int, loan_id: int, installment: int | None = None) -> InterestView:
        """How the interest of an installment comes about, as of today: of the one named if there is such a one, else of
        the oldest that is not settled. Raises NotFound."""
        async with self._database.reading() as session:
            loan = await find_loan(session, borrower_id, loan_id)
            return interest_view(loan, await loan_record.load(session, loan), self._today(), installment)

    async def payoff_quote(self, borrower_id: int, loan_id: int) -> PayoffQuote:
        """What closes the loan if paid by the end of the lender's day. Raises NotFound, IllegalLoanMove."""
        async with self._database.reading() as session:
            loan = await find_loan(session, borrower_id, loan_id)
            require_active(loan)
            record = await loan_record.load(session, loan)
            return payoff_view(loan, record, self._today(), self._lender.time_zone)

    async def statement(self, borrower_id: int, loan_id: int) -> StatementPaper:
        """Everything that moved on the loan, with what was owed after it, as of today. Raises NotFound."""
        async with self._database.reading() as session:
            loan = await find_loan(session, borrower_id, loan_id)
            return await self._papers.statement(session, loan, self._today())

    async def statement_document(self, borrower_id: int, loan_id: int, language: str) -> bytes:
        """The statement as PDF. Raises NotFound, TooOften."""
        statement = await self.statement(borrower_id, loan_id)
        await spend_first(self._database, self._lender, borrower_id, Costly.PAPER, self._clock.now())
        return await self._papers.render_statement(statement, language)

    async def certificate(self, borrower_id: int, loan_id: int) -> bytes:
        """The settlement certificate as PDF, rendered once in the borrower's language and kept.

        Raises NotFound, LoanNotClosed, Unavailable.
        """
        async with self._database.reading() as session:
            loan = await find_loan(session, borrower_id, loan_id)
            if loan.status != LoanStatus.CLOSED:
                state = (await loan_record.load(session, loan)).state(self._today())
                raise LoanNotClosed(state=label(LoanStatus(loan.status)), outstanding=state.outstanding.total)
            if loan.certificate_storage_key is not None:
                return await self._papers.stored(loan.certificate_storage_key)
            paper, language = await self._papers.certificate(session, loan)
        data = await self._papers.render_certificate(paper, language)
        key, sha256 = await self._papers.keep(data)
        async with self._database.transaction() as session:
            loan = await loan_record.lock_loan(session, loan_id, borrower_id)
            wanted = loan.certificate_storage_key is None and loan.certificate_reference == paper.reference
            if wanted:
                loan.certificate_storage_key, loan.certificate_sha256 = key, sha256
        if not wanted:
            await self._papers.forget(key)
        return data

    async def for_staff(self, loan_id: int) -> LoanFile:
        """The loan as officers see it. Whoever shows it answers for who sees it. Raises NotFound."""
        async with self._database.reading() as session:
            loan = await session.get(LoanRow, loan_id)
            if loan is None:
                raise NotFound
            return await self._presentation.file(session, loan, self._today())

    async def trial_balance(self, loan_id: int | None = None) -> dict[str, Money]:
        """Balance of every ledger account, debit positive, of one loan or of all; they sum to nil."""
        async with self._database.reading() as session:
            held = await ledger.balances(session, loan_id, self._lender.currency)
            return {account.value: amount for account, amount in held.items()}

    async def accrue_all(self) -> int:
        """Bring the ledger of every active loan to the end of today; answers how many loans it had not reached. A
        second run on the same day posts nothing."""
        return await daily_accruals.accrue_all(self._database, self._clock, self._today())

    def _today(self) -> date:
        return local_date(self._clock.now(), self._lender.time_zone)


def require_active(loan: LoanRow) -> None:
    """Raises IllegalLoanMove when the loan is over."""
    if loan.status != LoanStatus.ACTIVE:
        raise IllegalLoanMove(state=label(LoanStatus(loan.status)))


async def find_loan(session: AsyncSession, borrower_id: int, loan_id: int) -> LoanRow:
    """The borrower's loan. Raises NotFound, also for somebody else's."""
    loan = await session.get(LoanRow, loan_id)
    if loan is None or loan.borrower_id != borrower_id:
        raise NotFound
    return loan
