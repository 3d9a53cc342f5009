"""Which ways to pay there are, and the transfer that a borrower still has to prove."""

import pytest

from services.db import Database
from services.errors import NotFound
from services.repayment.payment_states import PaymentStatus
from services.repayment.payment_views import Aim, Channel, RejectReason
from services.repayment.repayments import Repayments
from services.repayment.transfers import Transfers
from tests.services.lending import MANAGER, InvoiceGateway, Lending, cny, open_lending, staff


class ClosedGateway(InvoiceGateway):
    """A lender without a payment provider."""

    available = False


@pytest.fixture
def lending(database: Database) -> Lending:
    return open_lending(database)


async def test_the_gateway_comes_first_where_there_is_one(lending: Lending) -> None:
    assert lending.repayments.channels == (Channel.GATEWAY, Channel.TRANSFER)


async def test_without_a_provider_only_transfers_remain(lending: Lending) -> None:
    transfers = Transfers(lending.database, lending.clock, lending.lender, lending.receipts, staff())
    repayments = Repayments(lending.database, lending.clock, lending.lender, ClosedGateway(), transfers)
    assert repayments.channels == (Channel.TRANSFER,)


async def test_a_chosen_transfer_is_remembered_until_it_is_booked(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    payment = await lending.repayments.open(borrower, loan.id, Aim.OTHER, cny("300"))
    assert await lending.repayments.unbooked_transfer(borrower, loan.id) is None
    await lending.repayments.choose_transfer(borrower, payment.id)
    lending.wait_days(2)
    found = await lending.repayments.unbooked_transfer(borrower, loan.id)
    assert found is not None
    assert (found.id, found.status) == (payment.id, PaymentStatus.EXPIRED)
    await lending.repayments.attach_receipt(borrower, payment.id, b"receipt")
    await lending.repayments.reject_transfer(MANAGER, payment.id, RejectReason.UNREADABLE)
    rejected = await lending.repayments.unbooked_transfer(borrower, loan.id)
    assert rejected is not None
    assert rejected.status is PaymentStatus.REJECTED
    await lending.repayments.confirm_transfer(MANAGER, payment.id)
    assert await lending.repayments.unbooked_transfer(borrower, loan.id) is None


async def test_a_transfer_given_up_is_forgotten_with_the_next_payment(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    payment = await lending.repayments.open(borrower, loan.id, Aim.OTHER, cny("300"))
    await lending.repayments.choose_transfer(borrower, payment.id)
    another = await lending.repayments.open(borrower, loan.id, Aim.OTHER, cny("400"))
    await lending.repayments.confirm(another.reference, "charge-1", another.amount.minor, "CNY")
    assert await lending.repayments.unbooked_transfer(borrower, loan.id) is None


async def test_the_transfer_of_somebody_else_is_not_there(lending: Lending) -> None:
    loan = await lending.loan(await lending.borrower())
    with pytest.raises(NotFound):
        await lending.repayments.unbooked_transfer(await lending.borrower(), loan.id)
