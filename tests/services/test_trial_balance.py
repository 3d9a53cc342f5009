"""The trial balance: the two sides agree, and every figure is what the engine says of the day."""

from datetime import date, timedelta

import pytest

from services.accounting.books import Books
from services.accounting.trial_balance import COLUMNS, TrialBalance
from services.configuration.chart_of_accounts import load_chart_of_accounts
from services.db import Database
from services.engine.ledger import Account, balances
from services.lending import loan_record
from services.models import LoanRow
from services.money import Money
from services.repayment.payment_views import Aim
from tests.builders import cny
from tests.services.desk import CONFIG, MANAGER
from tests.services.lending import Lending, open_lending

CHART = load_chart_of_accounts(CONFIG)


@pytest.fixture
def lending(either: Database) -> Lending:
    return open_lending(either)


async def trial_balance(
    lending: Lending, on: date, since: date | None = None, recorded_by: date | None = None
) -> TrialBalance:
    books = Books(lending.database, CHART, "Asia/Shanghai")
    return await books.trial_balance(since or on.replace(day=1), on, recorded_by)


async def of_the_engine(lending: Lending, on: date) -> dict[Account, Money]:
    """What replays of all loans to the day say together."""
    held = dict.fromkeys(Account, cny("0"))
    async with lending.database.reading() as session:
        for loan_id in (1, 2):
            loan = await session.get_one(LoanRow, loan_id)
            if loan.disbursed_on <= on:
                state = (await loan_record.load(session, loan)).state(on)
                for account, amount in balances(state.ledger, "CNY").items():
                    held[account] += amount
    return held


async def two_loans(lending: Lending) -> None:
    """The second a week after the first; an installment of the first is paid, that of the second found late."""
    first, second = await lending.borrower(), await lending.borrower()
    one = await lending.loan(first, amount="5000", term=6)
    lending.wait_days(7)
    other = await lending.loan(second, amount="9000", term=3)
    lending.go_to(one.first_due_on)
    paid = await lending.repayments.open(first, one.id, Aim.DUE)
    await lending.repayments.confirm(paid.reference, "TG-1", paid.amount.minor, "CNY")
    lending.go_to(other.first_due_on + timedelta(days=30))
    await lending.loans.accrue_all()
    late = await lending.repayments.open(second, other.id, Aim.DUE)
    await lending.repayments.choose_transfer(second, late.id)
    await lending.repayments.confirm_transfer(MANAGER, late.id, received_on=other.first_due_on)


async def test_on_every_day_each_account_holds_what_the_engine_says(lending: Lending) -> None:
    await two_loans(lending)
    for back in (0, 1, 20, 35, 36, 50, 58, 65):
        on = lending.today - timedelta(days=back)
        found = (await trial_balance(lending, on)).balances.get("CNY", {})
        expected = await of_the_engine(lending, on)
        assert {a: m for a, m in found.items() if m} == {a: m for a, m in expected.items() if m}, on


async def test_both_sides_of_every_pair_of_columns_agree(lending: Lending) -> None:
    await two_loans(lending)
    found = await trial_balance(lending, lending.today)
    (total,) = found.totals()
    _, _, currency, *sums = total
    assert currency == "CNY"
    assert sums[0::2] == sums[1::2]
    for row in found.rows:
        assert row.closing == row.opening + row.posted.debits - row.posted.credits
        assert len(row.cells("en")) == len(COLUMNS)


async def test_the_opening_of_a_month_is_the_closing_of_the_one_before(lending: Lending) -> None:
    await two_loans(lending)
    before = await trial_balance(lending, date(2025, 12, 31))
    after = await trial_balance(lending, date(2026, 1, 31))
    closing = {row.booked.code: row.closing for row in before.rows if row.closing}
    assert {row.booked.code: row.opening for row in after.rows if row.opening} == closing


async def test_a_month_can_be_seen_as_it_stood_before_late_entries(lending: Lending) -> None:
    await two_loans(lending)
    on = date(2025, 12, 31)
    stood = await trial_balance(lending, on, recorded_by=lending.today - timedelta(days=1))
    now = await trial_balance(lending, on)
    assert stood.balances["CNY"][Account.CASH] < now.balances["CNY"][Account.CASH]


async def test_rows_stand_in_the_order_of_their_codes_with_names_in_the_language(lending: Lending) -> None:
    await two_loans(lending)
    rows = (await trial_balance(lending, lending.today)).rows
    codes = [row.booked.code for row in rows]
    assert codes == sorted(codes)
    assert rows[0].cells("zh_Hans")[:3] == ("1002", "银行存款", "CNY")


async def test_before_the_first_loan_there_is_nothing_to_show(lending: Lending) -> None:
    found = await trial_balance(lending, lending.today)
    assert found.rows == []
    assert list(found.totals()) == []
