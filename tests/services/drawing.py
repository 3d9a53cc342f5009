"""Lines that are opened, drawn on and repaid, for tests."""

from sqlalchemy import select

from services.lending.credit_line_views import CreditLine, Draw
from services.lending.loan_views import Loan, LoanView
from services.models import OutboxRow
from services.repayment.payment_views import Aim
from tests.services.desk import CASHIER
from tests.services.lending import Lending

PHRASE = "我同意签署"


async def opened(lending: Lending, borrower: int, *, limit: str = "20000", first: str = "5000") -> Loan:
    """A line of twelve months whose first draw was paid out today."""
    asked = {"product": "line", "method": "revolving", "amount": limit, "first_draw": first, "term": 12}
    return await lending.loan(borrower, **asked)


async def requested(lending: Lending, borrower: int, loan_id: int, amount: str) -> Draw:
    """A draw that waits for its payout."""
    draw = await lending.draws.open(borrower, loan_id, amount)
    return await lending.draws.confirm(borrower, draw.id, PHRASE, "zh_Hans")


async def drawn(lending: Lending, borrower: int, loan_id: int, amount: str) -> Draw:
    """A draw paid out today."""
    draw = await requested(lending, borrower, loan_id, amount)
    return await lending.draw_payouts.pay_out(CASHIER, draw.id, f"BANK-{draw.id:04}")


async def repaid(lending: Lending, borrower: int, loan_id: int, aim: Aim, amount: str | None = None) -> None:
    payment = await lending.repayments.open(borrower, loan_id, aim, amount)
    await lending.repayments.confirm(payment.reference, f"TG-{payment.id}", payment.amount.minor, "CNY")


async def seen(lending: Lending, borrower: int, loan_id: int) -> tuple[LoanView, CreditLine]:
    view = await lending.loans.get(borrower, loan_id)
    assert view.line is not None
    return view, view.line


async def books_balance(lending: Lending, borrower: int, loan_id: int) -> None:
    """The ledger holds what the borrower is shown."""
    await lending.loans.accrue_all()
    view = await lending.loans.get(borrower, loan_id)
    held = await lending.loans.trial_balance(loan_id)
    assert held["loan_principal"] == view.outstanding.principal
    assert held["interest_receivable"] == view.outstanding.interest
    assert held["fee_receivable"] == view.outstanding.fees
    assert sum(amount.minor for amount in held.values()) == 0


async def kinds_told(lending: Lending, borrower: int) -> set[str]:
    async with lending.database.reading() as session:
        told = await session.scalars(select(OutboxRow.kind).where(OutboxRow.borrower_id == borrower))
        return set(told)
