"""The books are true on every day: what is dated up to a day adds up to what the engine says of that day."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from services.db import Database
from services.engine.events import Event, EventType
from services.engine.ledger import Account, balances
from services.engine.policy import Component
from services.lending import loan_record
from services.lending.booking_days import DAILY_FOR, booking_days
from services.lending.loan_states import LoanStatus
from services.models import LedgerEntryRow, LoanEventRow, LoanRow
from services.money import Money
from services.repayment.payment_views import Aim
from tests.builders import cny
from tests.services.desk import MANAGER
from tests.services.lending import Lending, open_lending


@pytest.fixture
def lending(either: Database) -> Lending:
    return open_lending(either)


async def entries_of(lending: Lending, loan_id: int) -> list[LedgerEntryRow]:
    query = select(LedgerEntryRow).where(LedgerEntryRow.loan_id == loan_id).order_by(LedgerEntryRow.id)
    async with lending.database.reading() as session:
        return list(await session.scalars(query))


async def record(lending: Lending, loan_id: int, event: Event) -> None:
    async with lending.database.transaction() as session:
        loan = await loan_record.lock_loan(session, loan_id)
        await loan_record.record(session, loan, event, lending.clock.now())


def summed(rows: list[LedgerEntryRow], by: date) -> dict[Account, Money]:
    held = dict.fromkeys(Account, cny("0"))
    for row in rows:
        if row.effective_on <= by:
            held[Account(row.debit)] += Money.from_minor(row.amount_minor, "CNY")
            held[Account(row.credit)] -= Money.from_minor(row.amount_minor, "CNY")
    return held


async def assert_true_on_every_day(lending: Lending, loan_id: int) -> None:
    rows = await entries_of(lending, loan_id)
    async with lending.database.reading() as session:
        loan = await session.get_one(LoanRow, loan_id)
        held = await loan_record.load(session, loan)
    day = loan.disbursed_on
    while day <= max(row.effective_on for row in rows):
        assert summed(rows, day) == balances(held.state(day).ledger, "CNY"), day
        day += timedelta(days=1)


async def assert_each_entry_leads_to_its_cause(lending: Lending) -> None:
    """An event of the same loan that is not dated later; or a day's accrual; or the disbursement."""
    query = select(LedgerEntryRow, LoanEventRow, LoanRow).join(LoanRow, LoanRow.id == LedgerEntryRow.loan_id)
    query = query.outerjoin(LoanEventRow, LoanEventRow.id == LedgerEntryRow.event_id)
    async with lending.database.reading() as session:
        found = (await session.execute(query)).all()
    assert found
    for entry, event, loan in found:
        if entry.event_id is not None:
            assert (event.loan_id, event.kind) == (entry.loan_id, entry.memo)
            assert event.effective_on <= entry.effective_on
        elif entry.memo == loan_record.DISBURSEMENT:
            assert entry.effective_on == loan.disbursed_on
        else:
            assert entry.memo == loan_record.ACCRUAL


steps = st.lists(
    st.tuples(
        st.sampled_from(["wait", "pay", "found late", "reverse", "fee", "waive", "payoff", "write off"]),
        st.integers(min_value=1, max_value=3000),
        st.integers(min_value=0, max_value=40),
    ),
    min_size=1,
    max_size=7,
)


@given(steps=steps)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_whatever_happens_and_whenever_it_is_learned_each_day_is_true(
    database: Database, steps: list[tuple[str, int, int]]
) -> None:
    lending = open_lending(database)
    borrower = await lending.borrower()
    loan = await lending.loan(borrower, amount="5000", term=3)
    settled: list[int] = []
    for kind, yuan, days in steps:
        await happen(lending, borrower, loan.id, kind, cny(str(yuan)), days, settled)
    await lending.loans.accrue_all()
    await assert_true_on_every_day(lending, loan.id)
    await assert_each_entry_leads_to_its_cause(lending)


async def happen(
    lending: Lending, borrower: int, loan_id: int, kind: str, amount: Money, days: int, settled: list[int]
) -> None:
    view = await lending.loans.get(borrower, loan_id)
    back = max(view.disbursed_on, lending.today - timedelta(days=days))
    match kind:
        case "wait":
            lending.wait_days(days)
            await lending.loans.accrue_all()
        case "fee":
            await record(lending, loan_id, Event(on=back, type=EventType.FEE, name="letter", amount=amount))
        case "waive":
            waiver = Event(on=lending.today, type=EventType.WAIVE, of=Component.PENALTY, amount=amount)
            await record(lending, loan_id, waiver)
        case "write off" if view.status is LoanStatus.ACTIVE:
            await record(lending, loan_id, Event(on=lending.today, type=EventType.WRITE_OFF))
        case "reverse" if settled:
            await lending.reversals.reverse(MANAGER, settled.pop())
        case "pay" | "found late" | "payoff" if view.payoff:
            payment = await lending.repayments.open(
                borrower, loan_id, Aim.PAYOFF if kind == "payoff" else Aim.OTHER, min(amount, view.payoff)
            )
            settled.append(payment.id)
            if kind == "found late":
                await lending.repayments.confirm_transfer(MANAGER, payment.id, back, amount)
            else:
                await lending.repayments.confirm(payment.reference, f"TG{payment.id}", payment.amount.minor, "CNY")


async def test_days_on_which_nobody_looked_are_booked_each_on_its_own(lending: Lending) -> None:
    loan = await lending.loan(await lending.borrower())
    disbursed_on = lending.today
    lending.wait_days(40)
    await lending.loans.accrue_all()
    accrued = [row for row in await entries_of(lending, loan.id) if row.memo == loan_record.ACCRUAL]
    assert {row.effective_on for row in accrued} == {disbursed_on + timedelta(days=n) for n in range(1, 41)}
    assert {row.recorded_at for row in accrued} == {lending.clock.now()}
    await assert_true_on_every_day(lending, loan.id)


async def test_a_loan_that_is_over_bears_nothing_until_it_is_opened_again(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    lending.wait_days(3)
    payment = await lending.repayments.open(borrower, loan.id, Aim.PAYOFF)
    await lending.repayments.confirm(payment.reference, "TG1", payment.amount.minor, "CNY")
    closed = await entries_of(lending, loan.id)
    lending.wait_days(30)
    await lending.loans.accrue_all()
    assert len(await entries_of(lending, loan.id)) == len(closed)
    await lending.reversals.reverse(MANAGER, payment.id)
    reopened = (await entries_of(lending, loan.id))[len(closed) :]
    assert {(row.effective_on, row.memo) for row in reopened} == {(lending.today, "reverse")}
    await assert_true_on_every_day(lending, loan.id)


async def test_a_payment_found_after_the_month_leaves_each_month_its_own_interest(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    due_on = loan.first_due_on
    lending.go_to(due_on)
    payment = await lending.repayments.open(borrower, loan.id, Aim.DUE)
    await lending.repayments.choose_transfer(borrower, payment.id)
    for _ in range(40):
        lending.wait_days(1)
        await lending.loans.accrue_all()
    await lending.repayments.confirm_transfer(MANAGER, payment.id, received_on=due_on)
    await assert_true_on_every_day(lending, loan.id)
    taken_back = [row for row in await entries_of(lending, loan.id) if row.debit == Account.PENALTY_INCOME]
    assert {row.effective_on.month for row in taken_back} == {12, 1}
    assert {row.memo for row in taken_back} == {"repay"}
    await assert_each_entry_leads_to_its_cause(lending)


async def test_from_the_day_of_a_rate_change_each_day_bears_the_new_rate(lending: Lending) -> None:
    loan = await lending.loan(await lending.borrower(), amount="50000")
    changed_on = lending.today + timedelta(days=10)
    await change_terms(lending, loan.id, {"rate_changes": [{"on": changed_on.isoformat(), "annual_rate": "3.6"}]})
    lending.wait_days(20)
    await lending.loans.accrue_all()
    by_day = {row.effective_on: row.amount_minor for row in await entries_of(lending, loan.id) if row.memo == "accrual"}
    before = [minor for day, minor in by_day.items() if day <= changed_on]
    after = [minor for day, minor in by_day.items() if day > changed_on]
    assert (len(before), len(after)) == (10, 10)
    assert max(after) < min(before)
    await assert_true_on_every_day(lending, loan.id)


async def change_terms(lending: Lending, loan_id: int, changes: Mapping[str, Any]) -> None:
    async with lending.database.transaction() as session:
        loan = await session.get_one(LoanRow, loan_id)
        await session.execute(update(LoanRow).where(LoanRow.id == loan_id).values(terms={**loan.terms, **changes}))


async def test_beyond_a_quarter_only_month_ends_are_booked(lending: Lending) -> None:
    loan = await lending.loan(await lending.borrower(), amount="50000", term=6)
    lending.wait_days(150)
    await lending.loans.accrue_all()
    rows = await entries_of(lending, loan.id)
    accrued = sorted({row.effective_on for row in rows if row.memo == loan_record.ACCRUAL})
    assert accrued == booking_days(loan.disbursed_on + timedelta(days=1), lending.today)
    async with lending.database.reading() as session:
        held = await loan_record.load(session, await session.get_one(LoanRow, loan.id))
    for day in accrued:
        assert summed(rows, day) == balances(held.state(day).ledger, "CNY")


@given(since=st.dates(date(2020, 1, 1), date(2030, 1, 1)), length=st.integers(0, 400))
def test_every_recent_day_and_every_month_end_is_booked(since: date, length: int) -> None:
    until = since + timedelta(days=length)
    days = booking_days(since, until)
    assert days == sorted(set(days))
    assert (days[0], days[-1]) == (since, until)
    for passed in range(length + 1):
        day = since + timedelta(days=passed)
        ends_month = (day + timedelta(days=1)).month != day.month
        assert (day in days) == (day == since or until - day < DAILY_FOR or ends_month)


def test_an_outage_of_years_costs_hardly_more_replays_than_one_of_a_quarter() -> None:
    assert len(booking_days(date(2020, 1, 1), date(2026, 1, 1))) < 92 + 6 * 12 + 2
