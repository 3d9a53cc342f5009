"""Putting together what people are shown of a loan."""

from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from services.configuration.products import Products
from services.engine.ledger import Account
from services.engine.state import LoanState
from services.lending import ledger, loan_record
from services.lending.loan_figures import components, end_of_day, next_due, schedule_rows
from services.lending.loan_record import LoanRecord
from services.lending.loan_states import LoanStatus
from services.lending.loan_views import LoanFile, LoanMovement, LoanSummary, LoanView, PayoffQuote
from services.lending.terms_in_force import rate_on
from services.models import ApplicationRow, BorrowerRow, LoanRow
from services.money import Money
from services.origination.contract_papers import name_of
from services.origination.contract_records import contract_of_offer
from services.vault import Vault
from services.wording import Label, LocalizedText, Percent


class LoanPresentation:
    """Reads a loan's record and words nothing."""

    def __init__(self, products: Products, vault: Vault) -> None:
        self._products = products
        self._vault = vault

    async def summary(self, session: AsyncSession, loan: LoanRow, as_of: date) -> LoanSummary:
        """The loan on a day of the lender's calendar, in one line."""
        record = await loan_record.load(session, loan)
        state = record.state(as_of)
        return LoanSummary(
            id=loan.id,
            reference=loan.reference,
            product=self.product_name(loan),
            status=LoanStatus(loan.status),
            principal=record.terms.principal,
            outstanding=state.outstanding.total,
            due_now=state.due_now.total,
            next_due=next_due(state),
            days_past_due=state.days_past_due,
        )

    async def view(self, session: AsyncSession, loan: LoanRow, as_of: date) -> LoanView:
        """Everything about the loan on a day of the lender's calendar."""
        record = await loan_record.load(session, loan)
        state = record.state(as_of)
        contract = await contract_of_offer(session, loan.offer_id)
        return LoanView(
            id=loan.id,
            borrower_id=loan.borrower_id,
            reference=loan.reference,
            product_code=loan.product_code,
            product=self.product_name(loan),
            status=LoanStatus(loan.status),
            contract_id=None if contract is None else contract.id,
            contract_reference=None if contract is None else contract.reference,
            principal=record.terms.principal,
            annual_rate=Percent(rate_on(record, as_of)),
            method=record.terms.method,
            disbursed_on=loan.disbursed_on,
            as_of=as_of,
            outstanding=components(state.outstanding),
            due_now=components(state.due_now),
            next_due=next_due(state),
            days_past_due=state.days_past_due,
            classification=state.classification,
            rows=schedule_rows(state),
            payoff=state.payoff,
            paid_total=paid_total(state, loan.currency),
            surplus=state.suspense,
            closed_on=loan.closed_on,
            certificate_available=loan.status == LoanStatus.CLOSED,
        )

    async def file(self, session: AsyncSession, loan: LoanRow, as_of: date) -> LoanFile:
        """The loan with what officers need beside it."""
        borrower = await session.get_one(BorrowerRow, loan.borrower_id)
        application = await session.get_one(ApplicationRow, loan.application_id)
        state = (await loan_record.load(session, loan)).state(as_of)
        held = await ledger.balances(session, loan.id, loan.currency)
        return LoanFile(
            loan=await self.view(session, loan, as_of),
            borrower_name=name_of(borrower, self._vault) or None,
            borrower_phone_masked=borrower.phone_masked,
            payout_account_masked=application.payout_account_masked,
            payout_reference=loan.payout_reference,
            movements=tuple(
                LoanMovement(made.event, made.on, Label(f"terms.event_{made.type}"), made.amount)
                for made in state.transactions
            ),
            trial_balance={account.value: amount for account, amount in held.items()},
        )

    def product_name(self, loan: LoanRow) -> LocalizedText:
        """What the loan's product is called."""
        return self._products.get(loan.product_code).name


def paid_total(state: LoanState, currency: str) -> Money:
    """All cash that came in from the borrower and was not given back."""
    came = Money.total((e.amount for e in state.ledger if e.debit is Account.CASH and e.event is not None), currency)
    went = Money.total((e.amount for e in state.ledger if e.credit is Account.CASH and e.event is not None), currency)
    return came - went


def payoff_view(loan: LoanRow, record: LoanRecord, on: date, time_zone: str) -> PayoffQuote:
    """The payoff of a day of the lender's calendar, valid to its end in the lender's zone."""
    quoted = record.payoff(on)
    return PayoffQuote(
        loan_id=loan.id,
        amount=quoted.total,
        breakdown=components(quoted.amounts),
        fee=quoted.fee,
        interest_saved=quoted.interest_saved,
        as_of=on,
        valid_until=end_of_day(on, time_zone),
    )
