"""A loan from approval to settlement certificate."""

from datetime import date

import pytest

from services.db import Database
from services.errors import NotFound
from services.loan_states import LoanStatus
from services.loan_views import RowStatus
from services.payment_views import Aim
from tests.services.desk import CASHIER, MANAGER, OPERATOR
from tests.services.lending import CHAT, Lending, cny, open_lending


@pytest.fixture
def lending(database: Database) -> Lending:
    return open_lending(database)


async def test_a_loan_runs_from_approval_to_certificate(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower, amount="5000", term=6)
    lending.go_to(loan.first_due_on)
    for number in range(1, 7):
        view = await lending.loans.get(borrower, loan.id)
        assert view.due_now.total == view.rows[number - 1].total
        payment = await lending.repayments.open(borrower, loan.id, Aim.DUE)
        receipt = await lending.repayments.confirm(payment.reference, f"TG{number}", payment.amount.minor, "CNY")
        assert receipt.loan_closed == (number == 6)
        if receipt.next_due:
            lending.go_to(receipt.next_due.on)
    view = await lending.loans.get(borrower, loan.id)
    assert view.status is LoanStatus.CLOSED
    assert not view.outstanding.total
    assert all(row.status is RowStatus.PAID for row in view.rows)
    assert b"5000" in await lending.loans.certificate(borrower, loan.id)
    assert (await lending.loans.trial_balance(loan.id))["cash"] == view.paid_total - cny("5000")
