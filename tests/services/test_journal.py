"""The journal of the database: every entry under the lender's codes, by either kind of day, traceable to its cause."""

import csv
from collections import defaultdict
from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from services.accounting.beancount_journal import BeancountJournal
from services.accounting.books import Books
from services.accounting.csv_journal import COLUMNS, CsvJournal, rows_as_csv
from services.accounting.journal import JournalEntry, JournalFormat
from services.accounting.selection import Days, Selection
from services.configuration.chart_of_accounts import (
    FILE,
    AccountsFile,
    ChartOfAccounts,
    load_chart_of_accounts,
)
from services.configuration.reading import check, read_toml
from services.db import Database
from services.engine.events import Event, EventType
from services.engine.ledger import Account
from services.lending import loan_record
from services.lending.loan_views import Loan
from services.models import LedgerEntryRow, LoanEventRow
from services.repayment.payment_views import Aim
from tests.builders import OPENING_DAY, cny
from tests.services.beans import figures, figures_of
from tests.services.desk import CONFIG, MANAGER
from tests.services.lending import Lending, open_lending

CHART = load_chart_of_accounts(CONFIG)
ALL = Selection()
ZONE = "Asia/Shanghai"


@pytest.fixture
def lending(either: Database) -> Lending:
    return open_lending(either)


def books(lending: Lending, chart: ChartOfAccounts = CHART) -> Books:
    return Books(lending.database, chart, ZONE)


async def entries(lending: Lending, selection: Selection = ALL) -> list[JournalEntry]:
    async with books(lending).journal(selection) as journal:
        return [entry async for entry in journal.entries]


async def written(
    lending: Lending, style: JournalFormat, selection: Selection = ALL, chart: ChartOfAccounts = CHART
) -> str:
    async with books(lending, chart).journal(selection) as journal:
        pieces = [style.head(journal.frame)]
        pieces += [style.entry(entry) async for entry in journal.entries]
        return "".join([*pieces, style.tail(journal.frame)])


async def beancount(lending: Lending, selection: Selection = ALL, chart: ChartOfAccounts = CHART) -> str:
    return await written(lending, BeancountJournal(chart, "test"), selection, chart)


async def csv_rows(lending: Lending, selection: Selection = ALL) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(await written(lending, CsvJournal(CHART, "zh_Hans"), selection))))


async def record(lending: Lending, loan_id: int, event: Event) -> None:
    async with lending.database.transaction() as session:
        loan = await loan_record.lock_loan(session, loan_id)
        await loan_record.record(session, loan, event, lending.clock.now())


async def live(lending: Lending) -> Loan:
    """A loan over five months, looked after every day: paid, overpaid, found late, reversed."""
    borrower = await lending.borrower()
    loan = await lending.loan(borrower, amount="5000", term=6)
    await pass_days(lending, (loan.first_due_on - lending.today).days)
    first = await lending.repayments.open(borrower, loan.id, Aim.DUE)
    await lending.repayments.confirm(first.reference, "TG-1", first.amount.minor, "CNY")
    await pass_days(lending, 40)
    late = await lending.repayments.open(borrower, loan.id, Aim.DUE)
    await lending.repayments.choose_transfer(borrower, late.id)
    await lending.repayments.confirm_transfer(MANAGER, late.id, received_on=lending.today - timedelta(days=9))
    await pass_days(lending, 20)
    bounced = await lending.repayments.open(borrower, loan.id, Aim.DUE)
    await lending.repayments.confirm(bounced.reference, "TG-2", bounced.amount.minor, "CNY")
    await pass_days(lending, 3)
    await lending.reversals.reverse(MANAGER, bounced.id)
    await pass_days(lending, 10)
    await record(lending, loan.id, Event(on=lending.today, type=EventType.REPAY, amount=cny("9000")))
    return loan


async def pass_days(lending: Lending, days: int) -> None:
    for _ in range(days):
        lending.wait_days(1)
        await lending.loans.accrue_all()


async def test_beancount_accepts_the_whole_journal_and_finds_the_ledgers_balances(lending: Lending) -> None:
    await live(lending)
    held = await lending.loans.trial_balance()
    text = await beancount(lending)
    assert figures_of(text) == figures({Account(account): amount for account, amount in held.items()})


async def test_each_entry_is_in_the_journal_once_by_day_and_then_by_number(lending: Lending) -> None:
    await live(lending)
    found = await entries(lending)
    async with lending.database.reading() as session:
        stored = await session.scalar(select(func.count(LedgerEntryRow.id)))
    assert len({entry.number for entry in found}) == len(found) == stored
    assert [(entry.on, entry.number) for entry in found] == sorted((entry.on, entry.number) for entry in found)


async def test_csv_has_two_legs_for_an_entry_and_sums_to_the_ledgers_balances(lending: Lending) -> None:
    await live(lending)
    rows = await csv_rows(lending)
    assert len(rows) == 2 * len(await entries(lending))
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        assert bool(row["debit"]) != bool(row["credit"])
        sums[row["code"]] += Decimal(row["debit"] or 0) - Decimal(row["credit"] or 0)
    held = await lending.loans.trial_balance()
    assert sum(sums.values()) == 0
    assert {code: amount for code, amount in sums.items() if amount} == {
        CHART.on(Account(account), OPENING_DAY).code: amount.amount for account, amount in held.items() if amount
    }


async def test_each_line_leads_to_its_event_and_its_payment(lending: Lending) -> None:
    loan = await live(lending)
    found = await entries(lending)
    async with lending.database.reading() as session:
        events = {event.id: event for event in await session.scalars(select(LoanEventRow))}
    assert {entry.loan for entry in found} == {loan.reference}
    for entry in found:
        if entry.event is None:
            assert entry.cause in {"accrual", "disbursement"}
            assert not entry.payment
        else:
            assert (events[entry.event].kind, events[entry.event].loan_id) == (entry.cause, loan.id)
    assert {entry.cause for entry in found} == {"disbursement", "accrual", "repay", "reverse"}
    disbursed = next(entry for entry in found if entry.cause == "disbursement")
    assert disbursed.bank_reference.startswith("BANK")
    reversal = next(entry for entry in found if entry.cause == "reverse")
    bounced = {entry.payment for entry in found if entry.bank_reference == "TG-2" and entry.cause == "repay"}
    assert {reversal.payment} == bounced
    assert all(entry.bank_reference == "" for entry in found if entry.cause == "accrual")


async def test_a_span_of_days_begins_with_what_was_brought_forward(lending: Lending) -> None:
    await live(lending)
    month = Selection(Days(date(2025, 12, 1), date(2025, 12, 31)))
    found = await entries(lending, month)
    assert {entry.on.month for entry in found} == {12}
    text = await beancount(lending, month)
    held = (await books(lending).trial_balance(date(2025, 12, 1), date(2025, 12, 31))).balances["CNY"]
    assert figures_of(text) == figures(dict(held))
    assert "brought forward" in text


async def test_months_one_after_the_other_hold_every_entry_once(lending: Lending) -> None:
    await live(lending)
    firsts = [date(2025, 11, 1), date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)]
    for by_recording in (False, True):
        months = []
        for first, after in zip(firsts, [*firsts[1:], date(2027, 1, 1)], strict=True):
            span = Days(first, after - timedelta(days=1))
            selection = Selection(recorded=span, by_recording=True) if by_recording else Selection(span)
            months += await entries(lending, selection)
        assert sorted(entry.number for entry in months) == sorted(entry.number for entry in await entries(lending))


async def test_what_came_late_for_a_closed_month_is_found_by_when_it_was_recorded(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower, amount="5000", term=6)
    await pass_days(lending, (date(2026, 1, 3) - lending.today).days)
    december = Days(date(2025, 12, 1), date(2025, 12, 31))
    closed = Selection(december, Days(last=lending.today))
    before = await csv_rows(lending, closed)
    lending.wait_days(1)
    payment = await lending.repayments.open(borrower, loan.id, Aim.DUE)
    await lending.repayments.choose_transfer(borrower, payment.id)
    await lending.repayments.confirm_transfer(MANAGER, payment.id, received_on=loan.first_due_on)
    assert await csv_rows(lending, closed) == before
    late = Selection(Days(last=date(2025, 12, 31)), Days(lending.today), by_recording=True)
    came_late = await entries(lending, late)
    assert {entry.cause for entry in came_late} == {"repay"}
    assert {entry.on.month for entry in came_late} == {12}
    both = {row["entry"] for row in before} | {str(entry.number) for entry in came_late}
    assert both == {row["entry"] for row in await csv_rows(lending, Selection(december))}


async def test_a_journal_by_recording_balances_as_well(lending: Lending) -> None:
    await live(lending)
    span = Selection(recorded=Days(date(2026, 1, 1), date(2026, 1, 31)), by_recording=True)
    text = await beancount(lending, span)
    by_recording = await entries(lending, span)
    assert [entry.number for entry in by_recording] == sorted(entry.number for entry in by_recording)
    as_stood = (await books(lending).trial_balance(date(2025, 1, 1), date(2030, 1, 1), date(2026, 1, 31))).balances
    assert figures_of(text) == figures(dict(as_stood["CNY"]))


async def test_a_day_of_recording_is_the_lenders(lending: Lending) -> None:
    """Half past midnight in Shanghai is still the day before in UTC."""
    await lending.loan(await lending.borrower())
    lending.clock.advance(timedelta(hours=12, minutes=30))
    await lending.loans.accrue_all()
    next_day = OPENING_DAY + timedelta(days=1)
    found = await entries(lending, Selection(recorded=Days(next_day, next_day), by_recording=True))
    assert [(entry.cause, entry.on) for entry in found] == [("accrual", next_day)]
    assert found[0].recorded_at is not None
    assert found[0].recorded_at.isoformat() == f"{next_day}T00:30:00+08:00"


async def test_a_code_that_changes_within_the_span_takes_its_balance_along(lending: Lending) -> None:
    await live(lending)
    content = deepcopy(read_toml(CONFIG / FILE))
    content["accounts"]["loan_principal"]["changes"] = [{"since": date(2026, 1, 1), "code": "130301"}]
    chart = ChartOfAccounts(check(AccountsFile, content, Path(FILE)))
    held = {Account(account): amount for account, amount in (await lending.loans.trial_balance()).items()}
    for selection in (
        ALL,
        Selection(Days(date(2025, 12, 10))),
        Selection(recorded=Days(date(2025, 12, 10)), by_recording=True),
    ):
        text = await beancount(lending, selection, chart)
        assert "code changed" in text
        assert figures_of(text) == figures(held)
    async with books(lending, chart).journal(ALL) as journal:
        lines = [CsvJournal(chart, "en").entry(entry) async for entry in journal.entries]
    under_old = [line for line in lines if ",1303," in line]
    under_new = [line for line in lines if ",130301," in line]
    assert under_old
    assert all(line.split(",")[1] < "2026-01-01" for line in under_old)
    assert under_new
    assert all(line.split(",")[1] >= "2026-01-01" for line in under_new)


async def test_nothing_in_a_journal_says_who_borrowed(lending: Lending) -> None:
    await live(lending)
    for text in (await beancount(lending), await written(lending, CsvJournal(CHART, "zh_Hans"))):
        for private in ("李小明", "1101**********1234", "138****8000", "1234"):
            assert private not in text


@pytest.mark.parametrize(
    "selection", [ALL, Selection(Days(date(2030, 1, 1), date(2030, 1, 31))), Selection(Days(last=date(2000, 1, 1)))]
)
async def test_a_journal_without_entries_is_whole(lending: Lending, selection: Selection) -> None:
    assert figures_of(await beancount(lending, selection)) == {}
    assert await csv_rows(lending, selection) == []


async def test_entries_written_meanwhile_are_not_in_a_journal_that_is_open(lending: Lending) -> None:
    loan = await lending.loan(await lending.borrower())
    async with books(lending).journal(ALL) as journal:
        lending.wait_days(2)
        await lending.loans.accrue_all()
        assert [entry.cause async for entry in journal.entries] == ["disbursement"]
    assert len(await entries(lending)) == 3
    assert loan.reference


@given(st.lists(st.text(min_size=0, max_size=8), min_size=1, max_size=4))
def test_no_cell_is_computed_by_a_spreadsheet(cells: list[str]) -> None:
    (shown,) = list(csv.reader(StringIO(rows_as_csv([cells]), newline="")))
    assert len(shown) == len(cells)
    for cell in shown:
        assert not cell.lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
        assert "\n" not in cell
        assert "\r" not in cell


def test_a_cell_that_looks_like_a_formula_stays_readable() -> None:
    assert rows_as_csv([['=HYPERLINK("http://x")', "TG-1"]]) == '"\'=HYPERLINK(""http://x"")",TG-1\r\n'
    assert COLUMNS[0] == "entry"
