"""Repaying by bank transfer."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from services.db import Database
from services.errors import NotAllowed
from services.messages.message_params import decode_params
from services.models import HandoffRow, OutboxRow
from services.repayment.payment_rules import AmountUnreadable, DateOutOfRange
from services.repayment.payment_states import IllegalPaymentMove, PaymentStatus
from services.repayment.payment_views import Aim, Payment, RejectReason
from services.wording import Label
from tests.builders import cny
from tests.services.desk import CASHIER, OPERATOR
from tests.services.lending import Lending, open_lending


@pytest.fixture
def lending(database: Database) -> Lending:
    return open_lending(database)


async def opened(lending: Lending, borrower: int) -> Payment:
    loan = await lending.loan(borrower)
    lending.go_to(loan.first_due_on)
    payment = await lending.repayments.open(borrower, loan.id, Aim.DUE)
    await lending.repayments.choose_transfer(borrower, payment.id)
    return payment


async def receipts_to_confirm(lending: Lending) -> list[tuple[int | None, str]]:
    async with lending.database.reading() as session:
        rows = await session.scalars(select(HandoffRow).where(HandoffRow.kind == "transfer_receipt"))
        return [(row.payment_id, row.status) for row in rows]


async def test_the_instructions_name_account_amount_and_reference(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    payment = await lending.repayments.open(borrower, loan.id, Aim.OTHER, "800")
    told = await lending.repayments.choose_transfer(borrower, payment.id)
    account = lending.lender.transfer_account
    assert (told.bank, told.holder, told.number) == (account.bank, account.holder, account.number)
    assert (told.amount, told.reference) == (cny("800"), payment.reference)
    assert told.valid_until > payment.valid_until


async def test_a_receipt_calls_a_cashier_who_books_the_money(lending: Lending) -> None:
    borrower = await lending.borrower()
    payment = await opened(lending, borrower)
    waiting = await lending.repayments.attach_receipt(borrower, payment.id, b"photo")
    assert waiting.status is PaymentStatus.AWAITING_CONFIRMATION
    assert await receipts_to_confirm(lending) == [(payment.id, "open")]
    receipt = await lending.repayments.confirm_transfer(CASHIER, payment.id)
    assert receipt.amount == payment.amount
    assert receipt.paid_on == lending.today
    assert await receipts_to_confirm(lending) == [(payment.id, "closed")]


async def test_a_second_photo_of_the_same_receipt_calls_nobody_again(lending: Lending) -> None:
    borrower = await lending.borrower()
    payment = await opened(lending, borrower)
    await lending.repayments.attach_receipt(borrower, payment.id, b"one")
    await lending.repayments.attach_receipt(borrower, payment.id, b"two")
    assert lending.receipts.received == [(payment.id, b"one"), (payment.id, b"two")]
    assert len(await receipts_to_confirm(lending)) == 1


async def test_a_receipt_is_still_taken_after_the_payment_expired(lending: Lending) -> None:
    borrower = await lending.borrower()
    payment = await opened(lending, borrower)
    lending.wait_days(2)
    await lending.repayments.expire_due()
    waiting = await lending.repayments.attach_receipt(borrower, payment.id, b"photo")
    assert waiting.status is PaymentStatus.AWAITING_CONFIRMATION


async def test_no_receipt_is_taken_for_a_settled_payment(lending: Lending) -> None:
    borrower = await lending.borrower()
    payment = await opened(lending, borrower)
    await lending.repayments.confirm_transfer(CASHIER, payment.id)
    with pytest.raises(IllegalPaymentMove):
        await lending.repayments.attach_receipt(borrower, payment.id, b"photo")
    assert lending.receipts.received == []


async def test_the_cashier_books_what_really_came_on_the_day_it_came(lending: Lending) -> None:
    borrower = await lending.borrower()
    payment = await opened(lending, borrower)
    came_on = lending.today
    lending.wait_days(3)
    receipt = await lending.repayments.confirm_transfer(CASHIER, payment.id, came_on, cny("500"))
    assert (receipt.amount, receipt.paid_on) == (cny("500"), came_on)
    assert not receipt.allocation.penalty


async def test_money_is_never_booked_before_the_payout_nor_in_the_future(lending: Lending) -> None:
    payment = await opened(lending, await lending.borrower())
    for day in (lending.today + timedelta(days=1), lending.today - timedelta(days=400)):
        with pytest.raises(DateOutOfRange):
            await lending.repayments.confirm_transfer(CASHIER, payment.id, day)
    with pytest.raises(AmountUnreadable):
        await lending.repayments.confirm_transfer(CASHIER, payment.id, amount=cny("0"))


async def test_a_transfer_is_booked_once(lending: Lending) -> None:
    payment = await opened(lending, await lending.borrower())
    await lending.repayments.confirm_transfer(CASHIER, payment.id)
    with pytest.raises(IllegalPaymentMove):
        await lending.repayments.confirm_transfer(CASHIER, payment.id)


async def test_a_rejection_names_its_reason_and_another_receipt_may_follow(lending: Lending) -> None:
    borrower = await lending.borrower()
    payment = await opened(lending, borrower)
    await lending.repayments.attach_receipt(borrower, payment.id, b"photo")
    await lending.repayments.reject_transfer(CASHIER, payment.id, RejectReason.UNREADABLE)
    assert (await lending.repayments.get(borrower, payment.id)).status is PaymentStatus.REJECTED
    async with lending.database.reading() as session:
        told = (await session.scalars(select(OutboxRow).where(OutboxRow.kind == "transfer_rejected"))).one()
    assert decode_params(told.params)["reason"] == Label("terms.reject_reason_unreadable")
    again = await lending.repayments.attach_receipt(borrower, payment.id, b"sharper")
    assert again.status is PaymentStatus.AWAITING_CONFIRMATION
    assert await receipts_to_confirm(lending) == [(payment.id, "closed"), (payment.id, "open")]


async def test_only_a_cashier_confirms_or_rejects(lending: Lending) -> None:
    borrower = await lending.borrower()
    payment = await opened(lending, borrower)
    await lending.repayments.attach_receipt(borrower, payment.id, b"photo")
    with pytest.raises(NotAllowed):
        await lending.repayments.confirm_transfer(OPERATOR, payment.id)
    with pytest.raises(NotAllowed):
        await lending.repayments.reject_transfer(OPERATOR, payment.id, RejectReason.DUPLICATE)
