"""Repaying through the gateway: every aim, every refusal, and money that does not come as planned."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from services.db import Database
from services.errors import NotAllowed, NotFound
from services.lending.loan_states import IllegalLoanMove, LoanStatus
from services.lending.loan_views import LoanView
from services.messages.message_params import decode_params
from services.models import HandoffRow, LoanEventRow, OutboxRow, PaymentRow
from services.money import Money
from services.repayment.payment_rules import (
    AmountAboveOwed,
    AmountTooSmall,
    AmountUnreadable,
    OtherCurrency,
    PaymentExpired,
    PaymentMismatch,
)
from services.repayment.payment_states import IllegalPaymentMove, PaymentStatus
from services.repayment.payment_views import Aim, Allocation, Payment, Receipt
from services.wording import Label
from tests.builders import cny
from tests.services.desk import MANAGER, OPERATOR
from tests.services.lending import Lending, open_lending


@pytest.fixture
def lending(database: Database) -> Lending:
    return open_lending(database)


async def paid(lending: Lending, payment: Payment, provider_reference: str = "TG1") -> Receipt:
    return await lending.repayments.confirm(
        payment.reference, provider_reference, payment.amount.minor, payment.amount.currency
    )


async def incidents(lending: Lending) -> list[Label]:
    async with lending.database.reading() as session:
        rows = await session.scalars(select(HandoffRow).where(HandoffRow.kind == "incident").order_by(HandoffRow.id))
        return [decode_params(row.details)["what"] for row in rows]  # type: ignore[misc]  # always a label


def whole(allocation: Allocation) -> Money:
    parts = (allocation.penalty, allocation.fees, allocation.interest, allocation.principal, allocation.unallocated)
    return Money.total(parts, "CNY")


async def test_the_options_name_what_is_due_what_comes_and_what_closes(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    lending.wait_days(10)
    options = await lending.repayments.options(borrower, loan.id)
    assert not options.due_now.total
    assert options.next_installment is not None
    assert (options.next_installment.on, options.next_installment.amount) == (loan.first_due_on, loan.first_due)
    assert options.payoff.amount == options.payoff.breakdown.total + options.payoff.fee
    assert options.payoff.interest_saved > cny("0")
    assert options.payoff.valid_until > lending.clock.now()


async def test_paying_what_a_reminder_asks_before_its_date_settles_that_installment(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    lending.go_to(loan.first_due_on - timedelta(days=3))
    payment = await lending.repayments.open(borrower, loan.id, Aim.DUE)
    assert payment.amount == loan.first_due
    receipt = await paid(lending, payment)
    view = await lending.loans.get(borrower, loan.id)
    assert view.rows[0].settled_on == lending.today
    assert receipt.next_due is not None
    assert receipt.next_due.number == 2
    lending.go_to(loan.first_due_on)
    assert not (await lending.loans.get(borrower, loan.id)).due_now.total


@pytest.mark.parametrize(
    ("aim", "amount"),
    [(Aim.DUE, None), (Aim.OTHER, "1,500"), (Aim.OTHER, "三百"), (Aim.EARLY, "2k"), (Aim.PAYOFF, None)],
)
@pytest.mark.parametrize("days", [0, 10, 30, 45, 100])
async def test_a_payment_does_what_its_preview_said(lending: Lending, aim: Aim, amount: str | None, days: int) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    lending.wait_days(days)
    preview = await lending.repayments.preview(borrower, loan.id, aim, amount)
    receipt = await paid(lending, await lending.repayments.open(borrower, loan.id, aim, amount))
    assert receipt.amount == preview.amount == whole(preview.allocation)
    assert receipt.allocation == preview.allocation
    assert receipt.outstanding_after == preview.left_after
    assert receipt.next_due == preview.next_due_after
    assert receipt.loan_closed == preview.closes_loan == (aim is Aim.PAYOFF)
    view = await lending.loans.get(borrower, loan.id)
    assert view.outstanding.total == receipt.outstanding_after


async def test_a_late_partial_payment_settles_penalty_before_principal(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    lending.go_to(loan.first_due_on + timedelta(days=7))
    view = await lending.loans.get(borrower, loan.id)
    assert view.days_past_due == 7
    assert view.due_now.penalty > cny("0")
    receipt = await paid(lending, await lending.repayments.open(borrower, loan.id, Aim.OTHER, "100"))
    assert receipt.allocation.penalty == view.due_now.penalty
    assert receipt.allocation.interest == view.due_now.interest
    assert (await lending.loans.get(borrower, loan.id)).due_now.total == view.due_now.total - cny("100")


async def test_paying_early_repays_principal_and_saves_interest(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    lending.go_to(loan.first_due_on)
    before = await lending.loans.get(borrower, loan.id)
    receipt = await paid(lending, await lending.repayments.open(borrower, loan.id, Aim.EARLY, "2000"))
    after = await lending.loans.get(borrower, loan.id)
    assert whole(receipt.allocation) == cny("2000")
    assert receipt.allocation.interest == before.due_now.interest
    assert interest_of(after) < interest_of(before)
    assert not after.due_now.total


def interest_of(view: LoanView) -> Money:
    return Money.total((row.interest for row in view.rows), "CNY")


async def test_an_amount_of_ones_own_is_held_within_what_is_owed(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower, amount="5000")
    with pytest.raises(AmountAboveOwed) as above:
        await lending.repayments.open(borrower, loan.id, Aim.OTHER, "5000.01")
    assert above.value.params["maximum"] == cny("5000")
    with pytest.raises(AmountTooSmall):
        await lending.repayments.preview(borrower, loan.id, Aim.OTHER, "0.5")
    for typed in ("a lot", "", None, "12.345", "9" * 39):
        with pytest.raises((AmountUnreadable, AmountAboveOwed)):
            await lending.repayments.preview(borrower, loan.id, Aim.OTHER, typed)


async def test_an_amount_that_reaches_the_payoff_closes_the_loan_whatever_it_was_meant_for(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    lending.wait_days(40)
    payoff = (await lending.loans.payoff_quote(borrower, loan.id)).amount
    receipt = await paid(lending, await lending.repayments.open(borrower, loan.id, Aim.OTHER, payoff))
    assert receipt.loan_closed
    assert not receipt.outstanding_after


async def test_a_closed_loan_asks_for_nothing(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    await paid(lending, await lending.repayments.open(borrower, loan.id, Aim.PAYOFF))
    with pytest.raises(IllegalLoanMove):
        await lending.repayments.open(borrower, loan.id, Aim.DUE)
    with pytest.raises(IllegalLoanMove):
        await lending.repayments.options(borrower, loan.id)


async def test_closing_tells_the_borrower_and_cancels_what_was_open(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    transfer = await lending.repayments.open(borrower, loan.id, Aim.DUE)
    await lending.repayments.choose_transfer(borrower, transfer.id)
    await paid(lending, await lending.repayments.open(borrower, loan.id, Aim.PAYOFF))
    assert (await lending.repayments.get(borrower, transfer.id)).status is PaymentStatus.CANCELLED
    async with lending.database.reading() as session:
        kinds = (await session.scalars(select(OutboxRow.kind).where(OutboxRow.loan_id == loan.id))).all()
    assert {"payment_received", "loan_settled"} <= set(kinds)


async def test_the_same_confirmation_twice_books_once_and_answers_the_same(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    payment = await lending.repayments.open(borrower, loan.id, Aim.DUE)
    first = await paid(lending, payment, "TG-1")
    lending.wait_days(3)
    assert await paid(lending, payment, "TG-1") == first
    assert await lending.repayments.list(borrower, loan.id) == [first]


async def test_money_paid_twice_for_one_invoice_is_booked_twice_and_reported(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    payment = await lending.repayments.open(borrower, loan.id, Aim.DUE)
    first = await paid(lending, payment, "TG-1")
    second = await paid(lending, payment, "TG-2")
    assert second.payment_id != first.payment_id
    assert (await lending.loans.get(borrower, loan.id)).paid_total == payment.amount + payment.amount
    assert await incidents(lending) == [Label("terms.incident_paid_twice")]
    assert await paid(lending, payment, "TG-2") == second


async def test_money_above_the_payoff_is_held_for_the_borrower_and_reported(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    payment = await lending.repayments.open(borrower, loan.id, Aim.PAYOFF)
    receipt = await lending.repayments.confirm(payment.reference, "TG1", payment.amount.minor + 1234, "CNY")
    assert receipt.loan_closed
    assert receipt.allocation.unallocated == cny("12.34")
    view = await lending.loans.get(borrower, loan.id)
    assert (view.status, view.surplus) == (LoanStatus.CLOSED, cny("12.34"))
    assert set(await incidents(lending)) == {Label("terms.incident_surplus"), Label("terms.incident_other_amount")}


async def test_money_that_comes_after_the_payment_expired_is_booked(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    payment = await lending.repayments.open(borrower, loan.id, Aim.DUE)
    lending.wait_days(1)
    assert await lending.repayments.expire_due() == 1
    assert await lending.repayments.expire_due() == 0
    assert (await paid(lending, payment)).paid_on == lending.today


async def test_money_is_booked_on_the_lenders_day_of_the_payment(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    payment = await lending.repayments.open(borrower, loan.id, Aim.DUE)
    paid_at = lending.clock.now()
    paid_on = lending.today
    lending.wait_days(2)
    receipt = await lending.repayments.confirm(payment.reference, "TG1", payment.amount.minor, "CNY", paid_at)
    assert receipt.paid_on == paid_on


async def test_another_currency_is_not_booked_but_reported(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    payment = await lending.repayments.open(borrower, loan.id, Aim.DUE)
    with pytest.raises(OtherCurrency):
        await lending.repayments.confirm(payment.reference, "TG1", payment.amount.minor, "USD")
    assert await incidents(lending) == [Label("terms.incident_other_currency")]
    async with lending.database.reading() as session:
        assert (await session.scalars(select(LoanEventRow))).all() == []


async def test_the_check_before_payment_lets_the_right_payment_pass(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    payment = await lending.repayments.open(borrower, loan.id, Aim.DUE)
    checkout = await lending.repayments.checkout(borrower, payment.id)
    assert (checkout.kind, checkout.reference, checkout.amount) == ("invoice", payment.reference, payment.amount)
    await lending.repayments.check(payment.reference, payment.amount.minor, "CNY", borrower)


async def test_the_check_before_payment_refuses_every_other(lending: Lending) -> None:
    borrower, stranger = await lending.borrower(), await lending.borrower()
    loan = await lending.loan(borrower)
    payment = await lending.repayments.open(borrower, loan.id, Aim.DUE)
    minor = payment.amount.minor
    with pytest.raises(PaymentMismatch):
        await lending.repayments.check(payment.reference, minor - 1, "CNY", borrower)
    with pytest.raises(PaymentMismatch):
        await lending.repayments.check(payment.reference, minor, "USD", borrower)
    with pytest.raises(NotFound):
        await lending.repayments.check(payment.reference, minor, "CNY", stranger)
    with pytest.raises(NotFound):
        await lending.repayments.check("P0000000", minor, "CNY", borrower)
    lending.clock.advance(timedelta(minutes=lending.lender.payment_valid_minutes, seconds=1))
    with pytest.raises(PaymentExpired):
        await lending.repayments.check(payment.reference, minor, "CNY", borrower)
    assert (await lending.repayments.get(borrower, payment.id)).status is PaymentStatus.EXPIRED


async def test_the_check_before_payment_refuses_what_is_settled_or_no_longer_owed(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    first = await lending.repayments.open(borrower, loan.id, Aim.PAYOFF)
    await lending.repayments.choose_transfer(borrower, first.id)
    second = await lending.repayments.open(borrower, loan.id, Aim.OTHER, "3000")
    await paid(lending, second)
    with pytest.raises(IllegalPaymentMove):
        await lending.repayments.check(second.reference, second.amount.minor, "CNY", borrower)
    with pytest.raises(AmountAboveOwed):
        await lending.repayments.check(first.reference, first.amount.minor, "CNY", borrower)


async def test_a_fresh_payment_replaces_the_one_that_nothing_came_for(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    first = await lending.repayments.open(borrower, loan.id, Aim.DUE)
    second = await lending.repayments.open(borrower, loan.id, Aim.OTHER, "300")
    assert (await lending.repayments.get(borrower, first.id)).status is PaymentStatus.CANCELLED
    assert (await lending.repayments.cancel(borrower, second.id)).status is PaymentStatus.CANCELLED
    with pytest.raises(IllegalPaymentMove):
        await lending.repayments.checkout(borrower, second.id)


async def test_a_payment_is_good_until_the_lenders_day_ends_at_most(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    lending.clock.advance(timedelta(hours=11, minutes=50))
    payment = await lending.repayments.open(borrower, loan.id, Aim.DUE)
    assert payment.valid_until - lending.clock.now() < timedelta(minutes=10)


async def test_a_reversed_payment_is_taken_back_once_and_by_a_cashier_only(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    payment = await lending.repayments.open(borrower, loan.id, Aim.OTHER, "500")
    await paid(lending, payment)
    with pytest.raises(NotAllowed):
        await lending.reversals.reverse(OPERATOR, payment.id)
    await lending.reversals.reverse(MANAGER, payment.id)
    with pytest.raises(IllegalPaymentMove):
        await lending.reversals.reverse(MANAGER, payment.id)
    view = await lending.loans.get(borrower, loan.id)
    assert view.outstanding.principal == cny("5000")
    assert not view.paid_total
    assert await lending.repayments.list(borrower, loan.id) == []


async def test_nothing_of_somebody_elses_loan_or_payment_can_be_reached(lending: Lending) -> None:
    borrower, stranger = await lending.borrower(), await lending.borrower()
    loan = await lending.loan(borrower)
    payment = await lending.repayments.open(borrower, loan.id, Aim.DUE)
    repayments = lending.repayments
    for attempt in (
        repayments.options(stranger, loan.id),
        repayments.preview(stranger, loan.id, Aim.DUE),
        repayments.open(stranger, loan.id, Aim.DUE),
        repayments.get(stranger, payment.id),
        repayments.cancel(stranger, payment.id),
        repayments.checkout(stranger, payment.id),
        repayments.choose_transfer(stranger, payment.id),
        repayments.attach_receipt(stranger, payment.id, b"receipt"),
        repayments.list(stranger, loan.id),
    ):
        with pytest.raises(NotFound):
            await attempt
    async with lending.database.reading() as session:
        assert len((await session.scalars(select(PaymentRow))).all()) == 1
