"""What holds in the database whatever people did."""

from sqlalchemy import select

from services.engine.ledger import Account
from services.lending.loan_views import LoanView
from services.models import LoanRow
from services.money import Money
from simulation.invariants.books import senseless_entries, wrong_books
from simulation.invariants.states import contradictions
from tests.conversations.town import Town


async def nothing_is_corrupted(town: Town) -> None:
    """Every state is a known one, no borrower has two applications under way, a loan only follows from a signed
    contract, money is booked only on the word of the gateway or a cashier, and every ledger balances to the cent."""
    await town.services.loans.accrue_all()
    async with town.process.database.reading() as session:
        assert await contradictions(session) == []
        assert await wrong_books(session) == []
        assert await senseless_entries(session) == []
        loans = (await session.scalars(select(LoanRow))).all()
    for loan in loans:
        await _is_shown_as_booked(town, await town.services.loans.get(loan.borrower_id, loan.id))


async def _is_shown_as_booked(town: Town, loan: LoanView) -> None:
    """The figures that the borrower is shown are the ledger's."""
    balances, zero = await town.services.loans.trial_balance(loan.id), Money.zero(loan.principal.currency)
    shown = {
        Account.LOAN_PRINCIPAL: loan.outstanding.principal,
        Account.INTEREST_RECEIVABLE: loan.outstanding.interest,
        Account.FEE_RECEIVABLE: loan.outstanding.fees,
        Account.PENALTY_RECEIVABLE: loan.outstanding.penalty,
    }
    assert {account: balances.get(account, zero) for account in shown} == shown
    received = await town.services.repayments.list(loan.borrower_id, loan.id)
    assert Money.total((receipt.amount for receipt in received), zero.currency) == loan.paid_total
