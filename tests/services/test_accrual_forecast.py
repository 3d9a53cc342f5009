"""What is told of the days ahead is what a replay says when they have come."""

from collections.abc import Sequence
from datetime import date, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from services.engine import EngineError, Event, Policy, Terms, replay
from services.engine.ledger import INCOME, RECEIVABLE, Account, balances
from services.engine.state import LoanState
from services.lending.accrual_forecast import EARNED, HORIZON, Forecast, forecast
from services.lending.loan_figures import asking_rows
from services.lending.loan_record import LoanRecord
from tests.engine.profiles import examples
from tests.engine.strategies import Document, scenarios


def record_of(terms: Document, policy: Document, events: Sequence[Document]) -> LoanRecord:
    agreed = Terms.from_json(terms)
    happened = [Event.from_json(event, agreed.currency) for event in events]
    return LoanRecord(agreed, Policy.from_json(policy, agreed.currency), happened)


def told(record: LoanRecord, reached: date, horizon: int = HORIZON) -> Forecast:
    return forecast(record.day_end, record.day_end(reached), horizon)


def held(state: LoanState, currency: str) -> dict[Account, int]:
    return {account: balance.minor for account, balance in balances(state.ledger, currency).items()}


def unpaid(state: LoanState) -> list[date]:
    return [row.due_on for row in asking_rows(state) if row.settled_on is None]


@examples()
@given(scenarios(), st.integers(0, 90))
def test_each_day_told_is_that_of_a_replay(scenario: Document, waited: int) -> None:
    try:
        record = record_of(scenario["terms"], scenario["policy"], scenario["events"])
        reached = max([record.terms.disbursed_on, *(event.on for event in record.events)]) + timedelta(days=waited)
        ahead = told(record, reached, 12)
        seen = replay(record.terms, record.policy, record.events, reached)
    except EngineError:
        assume(False)
        raise
    currency = record.terms.currency
    books, dates = held(seen, currency), unpaid(seen)
    for place in range(len(ahead.due)):
        day = ahead.since + timedelta(days=place)
        for component, gains in zip(EARNED, ahead.gains, strict=True):
            books[RECEIVABLE[component]] += gains[place]
            books[INCOME[component]] -= gains[place]
        state = replay(record.terms, record.policy, record.events, day)
        assert books == held(state, currency), day
        assert (ahead.due[place], ahead.penalty_due[place]) == (state.due_now.total.minor, state.due_now.penalty.minor)
        assert unpaid(state) == dates
    assert ahead.since == reached


PLAIN = {
    "currency": "CNY",
    "principal": "5000.00",
    "annual_rate": "10.8",
    "disbursed_on": "2025-11-05",
    "installments": 12,
}


def test_an_ordinary_loan_is_told_past_its_next_due_date() -> None:
    ahead = told(record_of(PLAIN, {"penalty": {"annual_rate": "18"}}, []), date(2025, 11, 6))
    assert ahead.until == date(2025, 11, 6) + timedelta(days=HORIZON)
    assert ahead.due[date(2025, 12, 4).toordinal() - ahead.since.toordinal()] == 0
    assert ahead.due[date(2025, 12, 5).toordinal() - ahead.since.toordinal()] > 0
    assert ahead.penalty_due[-1] > 0


def test_the_day_on_which_more_is_lent_is_left_to_a_replay() -> None:
    terms = PLAIN | {"tranches": [{"on": "2025-11-20", "amount": "1000.00"}]}
    assert told(record_of(terms, {}, []), date(2025, 11, 10)).until == date(2025, 11, 19)


def test_the_engines_last_day_ends_what_can_be_told() -> None:
    policy = {"penalty": {"annual_rate": "18", "compound": True, "round": "day"}}
    last = date(2025, 11, 5) + timedelta(days=3660)
    assert told(record_of(PLAIN, policy, []), last - timedelta(days=3)).until == last
