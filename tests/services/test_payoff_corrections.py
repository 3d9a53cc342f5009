"""What becomes of a payoff when something is booked that happened before it: all the money that came stays booked."""

import pytest
from sqlalchemy import select

from services.consistency.book_checks import payments
from services.db import Database
from services.lending.loan_states import LoanStatus
from services.lending.loan_views import LoanView
from services.messages.message_params import decode_params
from services.models import HandoffRow, LoanRow, PaymentRow
from services.money import Money
from services.repayment.payment_views import Aim, Payment, Receipt
from services.wording import Label
from simulation.invariants.books import wrong_books
from tests.builders import cny
from tests.services.desk import CASHIER, MANAGER
from tests.services.lending import Lending, open_lending


@pytest.fixture
def lending(database: Database) -> Lending:
    return open_lending(database)


async def paid(lending: Lending, payment: Payment) -> Receipt:
    return await lending.repayments.confirm(payment.reference, f"TG{payment.id}", payment.amount.minor, "CNY")


async def paid_off(lending: Lending, borrower: int, loan_id: int) -> Payment:
    payoff = await lending.repayments.open(borrower, loan_id, Aim.PAYOFF)
    assert (await paid(lending, payoff)).loan_closed
    return payoff


async def row(lending: Lending, loan_id: int) -> LoanRow:
    async with lending.database.reading() as session:
        return await session.get_one(LoanRow, loan_id)


async def surpluses(lending: Lending) -> list[object]:
    """Amounts of which cashiers were told that nothing is owed for them."""
    surplus = Label("terms.incident_surplus")
    async with lending.database.reading() as session:
        rows = await session.scalars(select(HandoffRow).where(HandoffRow.kind == "incident").order_by(HandoffRow.id))
        details = [decode_params(each.details) for each in rows]
    return [each["amount"] for each in details if each["what"] == surplus]


async def assert_books_agree(lending: Lending) -> None:
    async with lending.database.reading() as session:
        assert await wrong_books(session) == []
        assert [found async for found in payments(session)] == []


class PaidOff:
    """A loan of which 1,000 came by transfer, not booked yet; two days later it was paid off as if they had not."""

    def __init__(self, lending: Lending, borrower: int, loan_id: int, transfer: Payment, payoff: Payment) -> None:
        self._lending = lending
        self.borrower, self.loan_id = borrower, loan_id
        self.transfer, self.payoff = transfer, payoff
        self._came_on = transfer.opened_at.date()

    @classmethod
    async def open(cls, lending: Lending, after_days: int = 0) -> "PaidOff":
        borrower = await lending.borrower()
        loan_id = (await lending.loan(borrower)).id
        lending.wait_days(after_days)
        transfer = await lending.repayments.open(borrower, loan_id, Aim.OTHER, "1000")
        await lending.repayments.choose_transfer(borrower, transfer.id)
        await lending.repayments.attach_receipt(borrower, transfer.id, b"photo")
        lending.wait_days(2)
        payoff = await lending.repayments.open(borrower, loan_id, Aim.PAYOFF)
        await paid(lending, payoff)
        lending.wait_days(1)
        return cls(lending, borrower, loan_id, transfer, payoff)

    async def book_the_transfer(self) -> None:
        """On the day on which it came."""
        await self._lending.repayments.confirm_transfer(CASHIER, self.transfer.id, self._came_on)

    async def view(self) -> LoanView:
        return await self._lending.loans.get(self.borrower, self.loan_id)

    async def receipts(self) -> list[Receipt]:
        receipts = await self._lending.repayments.list(self.borrower, self.loan_id)
        return sorted(receipts, key=lambda receipt: receipt.paid_on)


async def owed_had_it_been_known(lending: Lending) -> Money:
    """The payoff of the same loan, 1,000 of which were booked on the day on which they came."""
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    lending.wait_days(10)
    await paid(lending, await lending.repayments.open(borrower, loan.id, Aim.OTHER, "1000"))
    lending.wait_days(2)
    return (await lending.loans.payoff_quote(borrower, loan.id)).amount


async def test_money_that_came_before_a_payoff_leaves_what_the_payoff_brought_too_much(lending: Lending) -> None:
    loan = await PaidOff.open(lending, after_days=10)
    await loan.book_the_transfer()
    whole = loan.payoff.amount
    first, second = await loan.receipts()
    assert (first.amount, first.allocation.unallocated) == (cny("1000"), cny("0"))
    assert second.amount == whole
    assert second.allocation.unallocated == whole - await owed_had_it_been_known(lending)
    view = await loan.view()
    assert (view.status, view.surplus, view.paid_total) == (
        LoanStatus.CLOSED,
        second.allocation.unallocated,
        whole + cny("1000"),
    )
    assert await surpluses(lending) == [second.allocation.unallocated]
    await assert_books_agree(lending)


async def test_the_loan_stays_closed_on_the_day_of_the_payoff_with_the_certificate_it_has(lending: Lending) -> None:
    loan = await PaidOff.open(lending)
    before = await row(lending, loan.loan_id)
    await loan.book_the_transfer()
    after = await row(lending, loan.loan_id)
    assert after.certificate_reference == before.certificate_reference is not None
    assert after.closed_on == before.closed_on is not None


async def test_a_payment_taken_back_from_before_a_payoff_opens_the_loan_for_what_is_missing(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    early = await lending.repayments.open(borrower, loan.id, Aim.OTHER, "700")
    await paid(lending, early)
    lending.wait_days(5)
    payoff = await paid_off(lending, borrower, loan.id)
    lending.wait_days(1)
    await lending.reversals.reverse(MANAGER, early.id)
    view = await lending.loans.get(borrower, loan.id)
    assert view.status is LoanStatus.ACTIVE
    assert cny("662.50") < view.outstanding.total < cny("663"), "45.00 of 700 had been interest of the first row"
    assert (await row(lending, loan.id)).certificate_reference is None
    (receipt,) = await lending.repayments.list(borrower, loan.id)
    assert (receipt.amount, receipt.allocation.unallocated, receipt.loan_closed) == (payoff.amount, cny("0"), False)
    await assert_books_agree(lending)


async def test_so_does_one_of_interest_alone_which_the_payoff_could_have_taken_too(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower, method="interest_only")
    first, *_ = (await lending.loans.get(borrower, loan.id)).rows
    lending.go_to(first.due_on)
    interest = await lending.repayments.open(borrower, loan.id, Aim.DUE)
    assert interest.amount == first.interest
    await paid(lending, interest)
    lending.wait_days(10)
    await paid_off(lending, borrower, loan.id)
    lending.wait_days(5)
    await lending.reversals.reverse(MANAGER, interest.id)
    view = await lending.loans.get(borrower, loan.id)
    assert view.status is LoanStatus.ACTIVE
    assert view.outstanding.total >= interest.amount
    await assert_books_agree(lending)


async def test_a_payment_that_was_corrected_is_taken_back_whole(lending: Lending) -> None:
    loan = await PaidOff.open(lending)
    await loan.book_the_transfer()
    await lending.reversals.reverse(MANAGER, loan.payoff.id)
    view = await loan.view()
    assert (view.status, view.paid_total, view.surplus) == (LoanStatus.ACTIVE, cny("1000"), cny("0"))
    await assert_books_agree(lending)


async def test_money_missing_from_a_loan_with_a_payment_booked_anew_is_found_at_night(lending: Lending) -> None:
    loan = await PaidOff.open(lending)
    await loan.book_the_transfer()
    async with lending.database.transaction() as session:
        (await session.get_one(PaymentRow, loan.transfer.id)).amount_minor += 1
    async with lending.database.reading() as session:
        (found,) = [found async for found in payments(session)]
    assert found.subject == f"loan:{loan.loan_id}"


async def test_two_payoffs_of_one_day_are_booked_whole_whatever_came_before(lending: Lending) -> None:
    loan = await PaidOff.open(lending)
    whole = loan.payoff.amount.minor
    await lending.repayments.confirm(loan.payoff.reference, "TG-again", whole, "CNY")
    await loan.book_the_transfer()
    assert sum(receipt.amount.minor for receipt in await loan.receipts()) == 2 * whole + 100_000
    assert (await loan.view()).status is LoanStatus.CLOSED
    await assert_books_agree(lending)
