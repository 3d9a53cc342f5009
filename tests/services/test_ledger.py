"""Movements balance, and bring the accounts exactly where they are wanted."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.db import Database
from services.engine.ledger import Account
from services.lending.ledger import LedgerOutOfBalance, balances, confirm, movements_between, post
from services.models import LoanRow
from services.money import Money
from tests.builders import cny
from tests.services.lending import Lending, open_lending


@pytest.fixture
def lending(database: Database) -> Lending:
    return open_lending(database)


def balanced(parts: list[int]) -> dict[Account, Money]:
    """Balances that sum to nil: the last account takes the rest."""
    *others, last = Account
    figures = dict(zip(others, parts, strict=True)) | {last: -sum(parts)}
    return {account: Money.from_minor(minor, "CNY") for account, minor in figures.items()}


balances_of_all = st.lists(
    st.integers(min_value=-(10**9), max_value=10**9), min_size=len(Account) - 1, max_size=len(Account) - 1
).map(balanced)


@settings(deadline=None)
@given(held=balances_of_all, wanted=balances_of_all)
def test_movements_bring_every_account_to_what_is_wanted(
    held: dict[Account, Money], wanted: dict[Account, Money]
) -> None:
    reached = dict(held)
    for movement in movements_between(held, wanted, "CNY"):
        assert movement.amount > cny("0")
        assert movement.debit is not movement.credit
        reached[movement.debit] += movement.amount
        reached[movement.credit] -= movement.amount
    assert reached == wanted


@settings(deadline=None)
@given(held=balances_of_all, wanted=balances_of_all)
def test_no_more_movements_are_made_than_accounts_differ(
    held: dict[Account, Money], wanted: dict[Account, Money]
) -> None:
    differing = sum(held[account] != wanted[account] for account in Account)
    assert len(movements_between(held, wanted, "CNY")) <= max(0, differing - 1)


@settings(deadline=None)
@given(held=balances_of_all)
def test_accounts_that_stand_where_they_should_need_no_movement(held: dict[Account, Money]) -> None:
    assert movements_between(held, held, "CNY") == []


def test_an_accrual_and_its_correction_run_between_claim_and_income() -> None:
    accrued = {Account.PENALTY_RECEIVABLE: cny("3"), Account.PENALTY_INCOME: cny("-3")}
    accrual, correction = movements_between({}, accrued, "CNY"), movements_between(accrued, {}, "CNY")
    assert [(m.debit, m.credit) for m in accrual] == [(Account.PENALTY_RECEIVABLE, Account.PENALTY_INCOME)]
    assert [(m.debit, m.credit) for m in correction] == [(Account.PENALTY_INCOME, Account.PENALTY_RECEIVABLE)]


def test_balances_that_do_not_sum_to_nil_are_a_mistake_of_ours() -> None:
    with pytest.raises(LedgerOutOfBalance, match="cash"):
        movements_between({}, {Account.CASH: cny("1")}, "CNY")


async def test_a_ledger_that_differs_from_the_replay_is_a_mistake_of_ours(lending: Lending) -> None:
    loan = await lending.loan(await lending.borrower())
    async with lending.database.reading() as session:
        row = await session.get_one(LoanRow, loan.id)
        held = await balances(session, loan.id, "CNY")
    with pytest.raises(LedgerOutOfBalance, match="loan_principal"):
        confirm(held, held | {Account.LOAN_PRINCIPAL: cny("1")}, row)


async def test_the_balances_of_all_loans_are_the_sum_of_each(lending: Lending) -> None:
    first = await lending.loan(await lending.borrower(), amount="5000")
    second = await lending.loan(await lending.borrower(), amount="3000")
    lending.wait_days(20)
    await lending.loans.accrue_all()
    each = [await lending.loans.trial_balance(loan.id) for loan in (first, second)]
    assert await lending.loans.trial_balance() == {account: each[0][account] + each[1][account] for account in each[0]}


async def test_posting_to_where_the_ledger_stands_inserts_nothing(lending: Lending) -> None:
    loan = await lending.loan(await lending.borrower())
    async with lending.database.transaction() as session:
        row = await session.get_one(LoanRow, loan.id)
        held = await balances(session, loan.id, "CNY")
        at = lending.clock.now()
        assert await post(session, row, {date(2025, 11, 6): held}, at=at, memo="accrual") == []
