"""Floating rates of running loans, on SQLite and on PostgreSQL: changed on their day, once, and told."""

import asyncio
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from services.configuration.reference_rates import ReferenceRates
from services.db import Database
from services.lending.loan_views import Loan, LoanView
from services.messages.message_params import decode_params
from services.models import LoanEventRow, OfferRow, OutboxRow
from services.repayment.payment_views import Aim
from services.wording import Label, Percent
from tests.builders import SHANGHAI, cny
from tests.services.floating import business, floating_lending, rate_changes, reference_rates
from tests.services.lending import Lending, open_lending
from tests.services.test_loan_record import assert_agreement

LPR = {date(2020, 1, 1): "3.00", date(2025, 12, 22): "2.80", date(2026, 3, 20): "2.50"}
RATES = reference_rates(LPR)
NEW_YEAR, APRIL = date(2026, 1, 1), date(2026, 4, 1)


@pytest.fixture
def lending(either: Database) -> Lending:
    """Its business loan is repriced each quarter."""
    return floating_lending(either, RATES, repriced="quarter")


async def lent(lending: Lending, **asked: str) -> tuple[int, Loan]:
    """A borrower with a business loan paid out on 5 November 2025, at 9 %."""
    borrower = await lending.borrower()
    return borrower, await lending.loan(borrower, product="business", amount="30000", term=12, **asked)


async def changes_of(lending: Lending, loan: Loan) -> list[tuple[str, str]]:
    query = select(LoanEventRow).where(LoanEventRow.loan_id == loan.id, LoanEventRow.kind == "extend")
    async with lending.database.reading() as session:
        rows = await session.scalars(query.order_by(LoanEventRow.position))
        return [(row.effective_on.isoformat(), row.event["annual_rate"]) for row in rows]


async def news_of(lending: Lending, loan: Loan) -> list[OutboxRow]:
    async with lending.database.reading() as session:
        query = select(OutboxRow).where(OutboxRow.loan_id == loan.id, OutboxRow.kind == "rate_changed")
        return list(await session.scalars(query.order_by(OutboxRow.id)))


async def test_on_the_repricing_day_the_rate_changes_and_the_books_agree(lending: Lending) -> None:
    borrower, loan = await lent(lending)
    before = await lending.loans.get(borrower, loan.id)
    lending.go_to(NEW_YEAR)
    assert await rate_changes(lending, RATES).record_due() == 1
    assert await changes_of(lending, loan) == [("2026-01-01", "8.8")]
    after = await lending.loans.get(borrower, loan.id)
    assert (after.annual_rate, after.current_rate) == (Percent(Decimal("9.00")), Percent(Decimal("8.8")))
    assert (before.rows[0].total, before.rows[-1].due_on) == (after.rows[0].total, after.rows[-1].due_on)
    assert after.rows[5].total < before.rows[5].total
    await assert_agreement(lending, borrower, loan.id)


async def test_before_that_day_nothing_changes_however_often_it_is_asked(lending: Lending) -> None:
    _, loan = await lent(lending)
    lending.go_to(NEW_YEAR - timedelta(days=1))
    assert await rate_changes(lending, RATES).record_due() == 0
    lending.go_to(NEW_YEAR)
    assert [await rate_changes(lending, RATES).record_due() for _ in range(3)] == [1, 0, 0]
    assert len(await news_of(lending, loan)) == 1


async def test_after_days_of_absence_each_change_is_dated_its_own_day_and_told_once(lending: Lending) -> None:
    borrower, loan = await lent(lending)
    lending.go_to(date(2026, 4, 20))
    await lending.loans.accrue_all()
    assert await rate_changes(lending, RATES).record_due() == 1
    assert await changes_of(lending, loan) == [("2026-01-01", "8.8"), ("2026-04-01", "8.5")]
    (news,) = await news_of(lending, loan)
    said = decode_params(news.params)
    assert (said["before"], said["rate"], said["since"]) == (Percent(Decimal("8.8")), Percent(Decimal("8.5")), APRIL)
    await assert_agreement(lending, borrower, loan.id)


async def test_the_same_figures_come_out_whether_found_on_the_day_or_later(database: Database) -> None:
    async def rows(late: bool) -> list[tuple[object, ...]]:
        lending = floating_lending(database, RATES, repriced="quarter")
        borrower, loan = await lent(lending)
        for day in (NEW_YEAR, APRIL, date(2026, 4, 20)):
            lending.go_to(day)
            if not late or day == date(2026, 4, 20):
                await rate_changes(lending, RATES).record_due()
                await lending.loans.accrue_all()
        view = await lending.loans.get(borrower, loan.id)
        return [(row.due_on, row.principal, row.interest, row.total) for row in view.rows]

    assert await rows(late=False) == await rows(late=True)


async def test_two_runs_at_once_change_the_rate_once(lending: Lending) -> None:
    _, loan = await lent(lending)
    lending.go_to(NEW_YEAR)
    done = await asyncio.gather(*(rate_changes(lending, RATES).record_due() for _ in range(3)))
    assert sum(done) == 1
    assert await changes_of(lending, loan) == [("2026-01-01", "8.8")]


async def test_every_loan_is_looked_at_page_by_page(lending: Lending) -> None:
    loans = [(await lent(lending))[1] for _ in range(3)]
    lending.go_to(NEW_YEAR)
    assert await rate_changes(lending, RATES, page=2).record_due() == 3
    assert [len(await changes_of(lending, loan)) for loan in loans] == [1, 1, 1]


async def test_a_table_corrected_later_corrects_the_loan_from_its_own_day(lending: Lending) -> None:
    borrower, loan = await lent(lending)
    lending.go_to(NEW_YEAR)
    await rate_changes(lending, RATES).record_due()
    before = await view(lending, borrower, loan)
    lending.go_to(date(2026, 2, 10))
    await lending.loans.accrue_all()
    corrected = reference_rates(LPR | {date(2025, 12, 22): "2.70"})
    assert await rate_changes(lending, corrected).record_due() == 1
    assert await changes_of(lending, loan) == [("2026-01-01", "8.8"), ("2026-01-01", "8.7")]
    after = await view(lending, borrower, loan)
    assert [later.interest < earlier.interest for earlier, later in zip(before.rows, after.rows, strict=True)] == [
        False,
        *[True] * 11,
    ]
    await assert_agreement(lending, borrower, loan.id)


async def test_a_rise_learned_late_leaves_alone_what_has_fallen_due(lending: Lending) -> None:
    borrower, loan = await lent(lending)
    lending.go_to(NEW_YEAR)
    await rate_changes(lending, RATES).record_due()
    lending.go_to(date(2026, 2, 10))
    await lending.loans.accrue_all()
    corrected = reference_rates(LPR | {date(2025, 12, 22): "2.90"})
    assert await rate_changes(lending, corrected).record_due() == 1
    assert await changes_of(lending, loan) == [("2026-01-01", "8.8"), ("2026-02-05", "8.9")]
    assert (await lending.loans.get(borrower, loan.id)).current_rate == Percent(Decimal("8.9"))
    assert len(await news_of(lending, loan)) == 2
    await assert_agreement(lending, borrower, loan.id)


async def test_a_loan_that_is_over_is_left_alone(lending: Lending) -> None:
    borrower, loan = await lent(lending)
    payment = await lending.repayments.open(borrower, loan.id, Aim.PAYOFF)
    await lending.repayments.confirm(payment.reference, "TG1", payment.amount.minor, "CNY")
    lending.go_to(NEW_YEAR)
    assert await rate_changes(lending, RATES).record_due() == 0


async def test_the_news_wait_for_the_borrowers_hour_and_no_payment_takes_them_back(lending: Lending) -> None:
    borrower, loan = await lent(lending)
    lending.clock.advance_to(datetime.combine(NEW_YEAR, time(3), SHANGHAI))
    await rate_changes(lending, RATES).record_due()
    payment = await lending.repayments.open(borrower, loan.id, Aim.OTHER, cny("500"))
    await lending.repayments.confirm(payment.reference, "TG1", payment.amount.minor, "CNY")
    (news,) = await news_of(lending, loan)
    assert news.status == "pending"
    assert news.next_attempt_at.astimezone(SHANGHAI) == datetime.combine(NEW_YEAR, time(9), SHANGHAI)


async def test_news_found_at_night_wait_for_the_morning(lending: Lending) -> None:
    _, loan = await lent(lending)
    lending.clock.advance_to(datetime.combine(NEW_YEAR, time(23), SHANGHAI))
    await rate_changes(lending, RATES).record_due()
    (news,) = await news_of(lending, loan)
    assert news.next_attempt_at.astimezone(SHANGHAI) == datetime.combine(date(2026, 1, 2), time(8), SHANGHAI)


async def test_a_product_that_moved_on_leaves_running_loans_their_formula(lending: Lending) -> None:
    _, loan = await lent(lending)
    dearer = open_lending(lending.database, rates=RATES, sold=[business(margin="7", repriced="at_once")])
    dearer.go_to(NEW_YEAR)
    await rate_changes(dearer, RATES).record_due()
    assert await changes_of(lending, loan) == [("2026-01-01", "8.8")]


async def test_a_loan_of_a_plain_rate_has_no_formula_and_no_changes(either: Database) -> None:
    lending = open_lending(either)
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    async with lending.database.reading() as session:
        assert await session.scalar(select(OfferRow.id).where(OfferRow.rate_link.is_not(None))) is None
    lending.go_to(date(2026, 4, 1))
    assert await rate_changes(lending, RATES).record_due() == 0
    assert (await lending.loans.get(borrower, loan.id)).floating is None


async def test_a_formula_over_another_reference_rate_waits_for_its_table(lending: Lending) -> None:
    await lent(lending)
    other = ReferenceRates(RATES.table.model_copy(update={"name": "5Y LPR"}), Decimal(4))
    lending.go_to(NEW_YEAR)
    assert await rate_changes(lending, other).record_due() == 0


async def test_the_agreed_rate_holds_from_the_payout_though_the_reference_rate_has_moved(database: Database) -> None:
    lending = floating_lending(database, RATES, repriced="quarter")
    lending.go_to(date(2025, 12, 20))
    borrower = await lending.borrower()
    offer = await lending.signed(borrower, product="business", amount="30000", term=6)
    lending.go_to(date(2025, 12, 23))
    loan = await lending.loans.disburse(9001, offer.application_id, "BANK-LATE-0001")
    assert lending.products.get("business").annual_rate == Decimal("8.80")
    assert (await view(lending, borrower, loan)).current_rate == Percent(Decimal("9.00"))


async def test_a_rate_settled_at_the_due_date_changes_the_whole_installment(database: Database) -> None:
    lending = floating_lending(database, RATES, repriced="quarter", settlement="current")
    borrower, loan = await lent(lending, method="interest_only")
    lending.go_to(NEW_YEAR)
    await rate_changes(lending, RATES).record_due()
    rows = (await view(lending, borrower, loan)).rows
    assert [row.interest for row in rows[:3]] == [cny("225.00"), cny("220.00"), cny("220.00")]
    found = await lending.loans.interest(borrower, loan.id, 2)
    assert [line.rate for line in found.lines] == [Percent(Decimal("8.8"))]


async def test_a_rate_segmented_by_day_is_explained_with_both_rates(lending: Lending) -> None:
    borrower, loan = await lent(lending)
    lending.go_to(NEW_YEAR)
    await rate_changes(lending, RATES).record_due()
    found = await lending.loans.interest(borrower, loan.id, 2)
    lines = [(line.start, line.end, line.rate.value) for line in found.lines]
    assert lines == [
        (date(2025, 12, 5), NEW_YEAR, Decimal("9.00")),
        (NEW_YEAR, date(2026, 1, 5), Decimal("8.8")),
    ]
    assert sum((line.amount for line in found.lines), start=cny("0")) == found.amount


async def test_statement_and_file_name_the_change_and_the_new_rate(lending: Lending) -> None:
    borrower, loan = await lent(lending)
    lending.go_to(NEW_YEAR)
    await rate_changes(lending, RATES).record_due()
    paper = await lending.loans.statement(borrower, loan.id)
    (line,) = [line for line in paper.lines if line.on == NEW_YEAR]
    assert (line.what, line.rate, line.amount) == (Label("terms.event_rate_change"), Percent(Decimal("8.8")), cny("0"))
    assert paper.annual_rate == Percent(Decimal("8.8"))
    (movement,) = (await lending.loans.for_staff(loan.id)).movements
    assert (movement.what, movement.rate) == (Label("terms.event_rate_change"), Percent(Decimal("8.8")))


async def view(lending: Lending, borrower: int, loan: Loan) -> LoanView:
    return await lending.loans.get(borrower, loan.id)
