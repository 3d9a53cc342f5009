"""How an installment's interest is explained to its borrower."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from services.db import Database
from services.engine.events import Event
from services.engine.explained import Adjustment, FlatShare, Treatment
from services.engine.policy import Policy
from services.engine.terms import Terms
from services.errors import NotFound
from services.lending.interest_figures import interest_view
from services.lending.interest_views import Counting, InterestView
from services.lending.loan_record import LoanRecord
from services.models import LoanRow
from services.repayment.payment_views import Aim
from tests.builders import cny
from tests.services.lending import Lending, open_lending

TERMS: dict[str, object] = {
    "currency": "CNY",
    "principal": "12000",
    "annual_rate": "14.4",
    "disbursed_on": "2026-03-05",
    "installments": 6,
}


@pytest.fixture
def lending(database: Database) -> Lending:
    return open_lending(database)


def view(
    on: str,
    installment: int | None = None,
    events: Sequence[dict[str, object]] = (),
    policy: dict[str, object] | None = None,
    **terms: object,
) -> InterestView:
    record = LoanRecord(
        Terms.from_json(TERMS | terms),
        Policy.from_json(policy or {}, "CNY"),
        [Event.from_json(event, "CNY") for event in events],
    )
    return interest_view(LoanRow(id=7, reference="L-7"), record, date.fromisoformat(on), installment)


async def test_without_a_number_it_is_the_next_installment_and_what_has_run_up_by_today(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower, amount="5000", term=6)
    lending.wait_days(10)
    found = await lending.loans.interest(borrower, loan.id)
    (line,) = found.lines
    row = (await lending.loans.get(borrower, loan.id)).rows[0]
    assert (found.number, found.last, found.earlier, found.later) == (1, 6, None, 2)
    assert (line.start, line.end, line.balance) == (loan.disbursed_on, loan.first_due_on, cny("5000"))
    assert found.amount == found.computed == line.amount == row.interest
    assert found.accrued is not None
    assert cny("0") < found.accrued < found.amount


async def test_the_oldest_overdue_installment_comes_first_with_its_penalty(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    lending.go_to(loan.first_due_on + timedelta(days=40))
    found, shown = await lending.loans.interest(borrower, loan.id), await lending.loans.get(borrower, loan.id)
    assert (found.number, found.accrued) == (1, None)
    later = await lending.loans.interest(borrower, loan.id, 2)
    penalties = [each.penalty.charged for each in (found, later) if each.penalty is not None]
    assert len(penalties) == 2
    assert sum(penalties, start=cny("0")) == shown.due_now.penalty


async def test_the_figures_of_all_installments_are_those_of_the_repayment_plan(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    lending.wait_days(12)
    payment = await lending.repayments.open(borrower, loan.id, Aim.EARLY, cny("1500"))
    await lending.repayments.confirm(payment.reference, "TG1", payment.amount.minor, "CNY")
    rows = (await lending.loans.get(borrower, loan.id)).rows
    found = [await lending.loans.interest(borrower, loan.id, row.number) for row in rows]
    assert [each.amount for each in found] == [row.interest for row in rows]
    assert len(found[0].lines) == 2


async def test_a_number_that_is_gone_shows_the_current_installment(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    assert (await lending.loans.interest(borrower, loan.id, 70)).number == 1


async def test_nobody_else_reads_it(lending: Lending) -> None:
    loan = await lending.loan(await lending.borrower())
    with pytest.raises(NotFound):
        await lending.loans.interest(await lending.borrower(), loan.id)
    with pytest.raises(NotFound):
        await lending.loans.interest(await lending.borrower(), 4711)


def test_interest_that_waited_is_one_line_with_the_own_where_nothing_changed() -> None:
    found = view("2026-03-05", method="bullet")
    (line,) = found.lines
    assert (found.number, found.earlier, found.later) == (6, None, None)
    assert (line.start, line.end, line.days, line.amount) == (
        date(2026, 3, 5),
        date(2026, 9, 5),
        184,
        cny("864"),
    )


def test_waiting_interest_names_the_installment_that_asks_for_it() -> None:
    found = view("2026-03-05", 1, grace={"interest_payment": 2})
    assert (found.treatment, found.amount, found.waits_for) == (Treatment.DEFERRED, cny("144"), 3)


def test_interest_that_joins_the_principal_can_be_looked_at() -> None:
    found = view("2026-03-05", 1, grace={"interest_payment": 1, "capitalise": True})
    assert (found.treatment, found.amount, found.later) == (Treatment.CAPITALISED, cny("144"), 2)


def test_flat_interest_names_what_is_shared() -> None:
    found = view("2026-03-05", method="flat", annual_rate="12")
    assert found.flat == FlatShare(cny("720"), 6)
    assert (found.lines[0].balance, found.amount) == (cny("12000"), cny("120"))


def test_a_settled_loan_shows_its_last_installment() -> None:
    payoff = {"on": "2026-03-15", "type": "payoff"}
    found = view("2026-04-20", events=[payoff])
    assert (found.number, found.last, found.amount, found.accrued) == (1, 1, cny("46.45"), None)


def test_a_limit_on_costs_is_named() -> None:
    found = view("2026-03-05", 2, cost_cap="2")
    assert (found.computed, found.amount, found.adjustment) == (cny("120.71"), cny("96"), Adjustment.COST_CAP)


def test_a_limit_on_penalty_and_fixed_charges_are_told_apart() -> None:
    charge = {"on": "2026-04-10", "type": "fee", "name": "visit", "amount": "20", "counts_as": "penalty"}
    charge["due_on"] = "2026-04-05"
    rule = {"penalty": {"annual_rate": "36.5", "cap_percent_of_principal": "0.5"}}
    found = view("2026-07-05", 1, events=[charge], policy=rule)
    assert found.penalty is not None
    assert (found.penalty.total, found.penalty.charged, found.penalty.fixed) == (cny("176.62"), cny("60"), cny("20"))


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ({}, Counting.MONTHS),
        ({"unit": "week"}, Counting.WEEKS),
        ({"unit": "day", "every": 30}, Counting.DAYS),
        ({"interest_period": "daily"}, Counting.THIRTY_360),
        ({"day_count": "actual/360"}, Counting.ACTUAL_360),
        ({"day_count": "actual/364"}, Counting.ACTUAL_364),
        ({"day_count": "actual/365"}, Counting.ACTUAL_365),
        ({"day_count": "actual/actual"}, Counting.ACTUAL_ACTUAL),
        ({"day_count": "actual/365", "interest_period": "per_period"}, Counting.MONTHS),
    ],
)
def test_the_way_of_counting_days_is_told(terms: dict[str, object], expected: Counting) -> None:
    assert view("2026-03-05", **terms).counting is expected  # type: ignore[arg-type]  # terms are keywords


def test_only_a_figure_that_was_rounded_says_so() -> None:
    assert view("2026-03-05", 1).is_exact
    assert not view("2026-03-05", 1, day_count="actual/365").is_exact
