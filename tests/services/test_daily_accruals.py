"""The daily accrual spends forecasts where it can, and replays where it must."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from services.db import Database
from services.engine.errors import EngineError
from services.engine.events import Event, EventType
from services.engine.ledger import Account, balances
from services.lending import loan_record
from services.lending.accrual_forecast import HORIZON
from services.lending.daily_accruals import accrue_all
from services.lending.loan_views import Loan
from services.models import AccrualForecastRow, LedgerEntryRow, LoanRow
from services.repayment.payment_views import Aim
from tests.services.lending import Lending, open_lending


@pytest.fixture
def lending(either: Database) -> Lending:
    return open_lending(either)


async def forecast_of(lending: Lending, loan: Loan) -> AccrualForecastRow | None:
    async with lending.database.reading() as session:
        return await session.get(AccrualForecastRow, loan.id)


async def entries(lending: Lending) -> int:
    async with lending.database.reading() as session:
        return await session.scalar(select(func.count(LedgerEntryRow.id))) or 0


async def assert_books_hold_what_a_replay_says(lending: Lending, loan: Loan) -> None:
    async with lending.database.reading() as session:
        row = await session.get_one(LoanRow, loan.id)
        record = await loan_record.load(session, row)
        entry = LedgerEntryRow
        query = select(entry.effective_on, entry.debit, entry.credit, entry.amount_minor)
        posted = (await session.execute(query.where(entry.loan_id == loan.id))).all()
    day = loan.disbursed_on
    while day <= lending.today:
        expected = {account: held.minor for account, held in balances(record.state(day).ledger, "CNY").items()}
        booked = dict.fromkeys(expected, 0)
        for on, debit, credit, minor in posted:
            if on <= day:
                booked[Account(debit)] += minor
                booked[Account(credit)] -= minor
        assert booked == expected, day
        day += timedelta(days=1)
    unpaid = [each.due_on for each in record.state(lending.today).rows if each.settled_on is None]
    assert row.next_due_on == min((due_on for due_on in unpaid if due_on >= lending.today), default=None)
    assert row.oldest_unpaid_due_on == min(unpaid, default=None)


async def test_days_on_which_nothing_happens_are_posted_from_one_forecast(lending: Lending) -> None:
    loan = await lending.loan(await lending.borrower())
    lending.wait_days(1)
    await lending.loans.accrue_all()
    told = await forecast_of(lending, loan)
    assert told is not None
    for _ in range(HORIZON - 1):
        lending.wait_days(1)
        assert await lending.loans.accrue_all() == 1
    spent = await forecast_of(lending, loan)
    assert spent is not None
    assert (spent.since, spent.until) == (told.since, told.since + timedelta(days=HORIZON))
    await assert_books_hold_what_a_replay_says(lending, loan)


async def test_a_forecast_is_renewed_before_its_last_day(lending: Lending) -> None:
    loan = await lending.loan(await lending.borrower())
    lending.wait_days(1)
    await lending.loans.accrue_all()
    lending.wait_days(HORIZON)
    await lending.loans.accrue_all()
    renewed = await forecast_of(lending, loan)
    assert renewed is not None
    assert renewed.since == lending.today
    await assert_books_hold_what_a_replay_says(lending, loan)


async def test_missed_days_are_posted_from_the_forecast_each_on_its_own(lending: Lending) -> None:
    loan = await lending.loan(await lending.borrower())
    lending.wait_days(1)
    await lending.loans.accrue_all()
    lending.go_to(loan.first_due_on + timedelta(days=5))
    await lending.loans.accrue_all()
    await assert_books_hold_what_a_replay_says(lending, loan)


async def test_a_second_run_finds_every_loan_reached(lending: Lending) -> None:
    await lending.loan(await lending.borrower())
    lending.wait_days(1)
    assert await lending.loans.accrue_all() == 1
    lending.wait_days(1)
    assert await lending.loans.accrue_all() == 1
    before = await entries(lending)
    assert await lending.loans.accrue_all() == 0
    assert await entries(lending) == before


async def test_whatever_happens_to_a_loan_voids_its_forecast(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    lending.wait_days(2)
    await lending.loans.accrue_all()
    payment = await lending.repayments.open(borrower, loan.id, Aim.OTHER, "100")
    await lending.repayments.confirm(payment.reference, "TG1", payment.amount.minor, "CNY")
    assert await forecast_of(lending, loan) is None
    lending.wait_days(3)
    await lending.loans.accrue_all()
    await assert_books_hold_what_a_replay_says(lending, loan)


async def test_a_back_dated_event_corrects_days_that_were_posted_from_a_forecast(lending: Lending) -> None:
    loan = await lending.loan(await lending.borrower())
    lending.wait_days(1)
    await lending.loans.accrue_all()
    lending.go_to(loan.first_due_on + timedelta(days=10))
    await lending.loans.accrue_all()
    late = Event(on=loan.first_due_on, type=EventType.REPAY, amount=loan.first_due)
    async with lending.database.transaction() as session:
        row = await loan_record.lock_loan(session, loan.id)
        await loan_record.record(session, row, late, lending.clock.now())
    lending.wait_days(2)
    await lending.loans.accrue_all()
    await assert_books_hold_what_a_replay_says(lending, loan)


async def test_a_loan_that_cannot_be_played_keeps_no_other_waiting(lending: Lending) -> None:
    broken, sound = [await lending.loan(await lending.borrower()) for _ in range(2)]
    async with lending.database.transaction() as session:
        terms = (await session.get_one(LoanRow, broken.id)).terms
        changed = update(LoanRow).where(LoanRow.id == broken.id)
        await session.execute(changed.values(terms={**terms, "installments": -1}))
    lending.wait_days(1)
    with pytest.raises(ExceptionGroup, match="could not be accrued") as raised:
        await lending.loans.accrue_all()
    assert raised.group_contains(EngineError)
    assert [failure.__notes__ for failure in raised.value.exceptions] == [[f"loan {broken.id}"]]
    await assert_books_hold_what_a_replay_says(lending, sound)


async def test_more_loans_than_a_page_are_all_reached(lending: Lending) -> None:
    loans = [await lending.loan(await lending.borrower()) for _ in range(5)]
    for _ in range(2):
        lending.wait_days(1)
        assert await accrue_all(lending.database, lending.clock, lending.today, page=2) == len(loans)
    for loan in loans:
        await assert_books_hold_what_a_replay_says(lending, loan)
