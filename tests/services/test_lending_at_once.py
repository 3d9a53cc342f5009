"""Two things at once: on SQLite, where writers queue, and on PostgreSQL, where rows are locked."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from services.db import Database
from services.models import LedgerEntryRow, LoanEventRow, LoanRow, PaymentRow
from services.origination.contract_records import AlreadySigned
from services.repayment.payment_states import IllegalPaymentMove
from services.repayment.payment_views import Aim, Payment, Receipt
from tests.builders import cny
from tests.services.desk import CASHIER, MANAGER
from tests.services.lending import CHAT, Lending, open_lending


@pytest.fixture
def lending(either: Database) -> Lending:
    return open_lending(either)


async def confirm(lending: Lending, payment: Payment, provider_reference: str) -> Receipt:
    return await lending.repayments.confirm(payment.reference, provider_reference, payment.amount.minor, "CNY")


async def events_of(lending: Lending, loan_id: int) -> int:
    async with lending.database.reading() as session:
        query = select(func.count(LoanEventRow.id)).where(LoanEventRow.loan_id == loan_id)
        return await session.scalar(query) or 0


async def assert_balanced(lending: Lending, borrower: int, loan_id: int) -> None:
    await lending.loans.accrue_all()
    view = await lending.loans.get(borrower, loan_id)
    held = await lending.loans.trial_balance(loan_id)
    owed = ("loan_principal", "interest_receivable", "fee_receivable", "penalty_receivable")
    assert sum(held[account].minor for account in owed) == view.outstanding.total.minor
    assert held["cash"] == view.paid_total - view.principal


async def test_two_confirmations_of_one_payment_book_it_once(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    payment = await lending.repayments.open(borrower, loan.id, Aim.OTHER, "700")
    receipts = await asyncio.gather(*(confirm(lending, payment, "TG-1") for _ in range(4)))
    assert all(receipt == receipts[0] for receipt in receipts)
    assert await events_of(lending, loan.id) == 1
    assert (await lending.loans.get(borrower, loan.id)).paid_total == cny("700")
    await assert_balanced(lending, borrower, loan.id)


async def test_two_payments_at_once_are_both_booked_whole(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    lending.wait_days(40)
    first = await lending.repayments.open(borrower, loan.id, Aim.OTHER, "700")
    await lending.repayments.choose_transfer(borrower, first.id)
    second = await lending.repayments.open(borrower, loan.id, Aim.OTHER, "800")
    await asyncio.gather(lending.repayments.confirm_transfer(CASHIER, first.id), confirm(lending, second, "TG-2"))
    assert (await lending.loans.get(borrower, loan.id)).paid_total == cny("1500")
    assert await events_of(lending, loan.id) == 2
    await assert_balanced(lending, borrower, loan.id)


async def test_payments_on_two_loans_do_not_disturb_each_other(lending: Lending) -> None:
    borrowers = [await lending.borrower() for _ in range(4)]
    loans = [await lending.loan(borrower) for borrower in borrowers]
    payments = [
        await lending.repayments.open(borrower, loan.id, Aim.PAYOFF)
        for borrower, loan in zip(borrowers, loans, strict=True)
    ]
    receipts = await asyncio.gather(*(confirm(lending, payment, f"TG-{payment.id}") for payment in payments))
    assert all(receipt.loan_closed for receipt in receipts)
    held = await lending.loans.trial_balance()
    assert not any(held[account] for account in ("loan_principal", "interest_receivable", "cash"))


async def test_a_payment_during_the_daily_accrual_keeps_the_ledger_true(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    lending.wait_days(45)
    payment = await lending.repayments.open(borrower, loan.id, Aim.DUE)
    await asyncio.gather(lending.loans.accrue_all(), confirm(lending, payment, "TG-1"), lending.loans.accrue_all())
    await assert_balanced(lending, borrower, loan.id)


async def test_the_daily_accrual_run_twice_at_once_posts_once(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    lending.wait_days(20)
    await asyncio.gather(lending.loans.accrue_all(), lending.loans.accrue_all())
    async with lending.database.reading() as session:
        accruals = select(LedgerEntryRow.effective_on).where(LedgerEntryRow.memo == "accrual")
        booked = (await session.scalars(accruals.order_by(LedgerEntryRow.id))).all()
    assert booked == [lending.today - timedelta(days=ago) for ago in reversed(range(20))]
    await assert_balanced(lending, borrower, loan.id)


async def test_two_cashiers_confirm_a_transfer_once(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    payment = await lending.repayments.open(borrower, loan.id, Aim.DUE)
    await lending.repayments.attach_receipt(borrower, payment.id, b"photo")
    outcomes = await asyncio.gather(
        *(lending.repayments.confirm_transfer(officer, payment.id) for officer in (CASHIER, MANAGER)),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes if isinstance(outcome, Exception)] == [IllegalPaymentMove]
    assert await events_of(lending, loan.id) == 1


async def test_one_payout_confirmed_twice_makes_one_loan(lending: Lending) -> None:
    offer = await lending.signed(await lending.borrower())
    first, second = await asyncio.gather(
        *(lending.loans.disburse(CASHIER, offer.application_id, "BANK-7") for _ in range(2))
    )
    assert first == second
    async with lending.database.reading() as session:
        assert await session.scalar(select(func.count(LoanRow.id))) == 1


async def test_a_contract_is_signed_once(lending: Lending) -> None:
    borrower = await lending.borrower()
    offer = await lending.offer(borrower)
    contract = await lending.contracts.issue(borrower, offer.id, "en")
    outcomes = await asyncio.gather(
        *(lending.contracts.sign(borrower, contract.id, "I agree to sign", CHAT) for _ in range(2)),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes if isinstance(outcome, Exception)] == [AlreadySigned]


async def test_two_payments_opened_at_once_leave_one_open(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    await asyncio.gather(*(lending.repayments.open(borrower, loan.id, Aim.DUE) for _ in range(3)))
    async with lending.database.reading() as session:
        statuses = (await session.scalars(select(PaymentRow.status))).all()
    assert sorted(statuses) == ["cancelled", "cancelled", "open"]
