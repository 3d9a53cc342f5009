"""A payment whose money went back: found by its number, taken back once, told to the borrower."""

import pytest
from sqlalchemy import select

from services.db import Database
from services.errors import NotFound
from services.lending.loan_states import LoanStatus
from services.models import LoanRow, OutboxRow
from services.money import Money
from services.repayment.payment_states import IllegalPaymentMove, PaymentStatus
from services.repayment.payment_views import Aim, Payment
from simulation.invariants.books import wrong_books
from tests.builders import cny
from tests.services.desk import MANAGER
from tests.services.lending import Lending, open_lending


@pytest.fixture
def lending(database: Database) -> Lending:
    return open_lending(database)


async def paid(lending: Lending, payment: Payment) -> None:
    await lending.repayments.confirm(payment.reference, f"TG{payment.id}", payment.amount.minor, "CNY")


async def told(lending: Lending) -> list[OutboxRow]:
    async with lending.database.reading() as session:
        return list(await session.scalars(select(OutboxRow).where(OutboxRow.kind == "payment_reversed")))


async def test_a_booked_payment_is_found_by_its_number_however_it_is_typed(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    payment = await lending.repayments.open(borrower, loan.id, Aim.OTHER, "700")
    with pytest.raises(IllegalPaymentMove):
        await lending.reversals.find(MANAGER, payment.reference)
    await paid(lending, payment)
    found = await lending.reversals.find(MANAGER, f" {payment.reference.lower()} ")
    assert (found.payment_id, found.amount, found.loan_reference) == (payment.id, cny("700"), loan.reference)
    with pytest.raises(NotFound):
        await lending.reversals.find(MANAGER, "P0000000")


async def test_a_payment_taken_back_is_told_with_what_is_owed_then(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    payment = await lending.repayments.open(borrower, loan.id, Aim.OTHER, "700")
    await paid(lending, payment)
    taken = await lending.reversals.reverse(MANAGER, payment.id)
    assert (taken.amount, taken.outstanding, taken.due_now) == (cny("700"), cny("5000"), cny("0"))
    assert taken.void_certificate is None
    (message,) = await told(lending)
    assert message.borrower_id == borrower
    with pytest.raises(IllegalPaymentMove):
        await lending.reversals.reverse(MANAGER, payment.id)
    with pytest.raises(IllegalPaymentMove):
        await lending.reversals.find(MANAGER, payment.reference)
    assert len(await told(lending)) == 1
    assert (await lending.repayments.get(borrower, payment.id)).status == PaymentStatus.REVERSED
    async with lending.database.reading() as session:
        assert await wrong_books(session) == []


async def test_the_certificate_of_a_loan_that_opens_again_is_named_as_void(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    payoff = await lending.repayments.open(borrower, loan.id, Aim.PAYOFF)
    await paid(lending, payoff)
    async with lending.database.reading() as session:
        certificate = (await session.get_one(LoanRow, loan.id)).certificate_reference
    taken = await lending.reversals.reverse(MANAGER, payoff.id)
    assert taken.void_certificate == certificate is not None
    assert taken.outstanding == payoff.amount > Money.zero("CNY")
    assert (await lending.loans.get(borrower, loan.id)).status is LoanStatus.ACTIVE
