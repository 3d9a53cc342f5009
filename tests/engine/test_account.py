"""An account that is asked several questions answers each as a replay of its own would."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.engine import EngineError, Event, LoanAccount, Policy, Terms, explain, payoff_quote, replay
from services.engine.day_end import DayEnd
from services.engine.ledger import balances
from services.engine.policy import Component
from services.engine.state import Sums
from tests.engine.profiles import examples
from tests.engine.strategies import Document, scenarios

History = tuple[Terms, Policy, Sequence[Event]]

TERMS = {
    "currency": "CNY",
    "principal": "1200.00",
    "annual_rate": "12",
    "disbursed_on": "2026-01-15",
    "installments": 12,
}
POLICY = {"penalty": {"annual_rate": "18"}, "accrual": "actual"}


def read(terms: Document, policy: Document, events: Sequence[Document]) -> History:
    agreed = Terms.from_json(terms)
    return (
        agreed,
        Policy.from_json(policy, agreed.currency),
        tuple(Event.from_json(event, agreed.currency) for event in events),
    )


def paid(on: str, amount: str) -> Document:
    return {"on": on, "type": "repay", "amount": amount}


def outcome(question: Callable[..., object], *arguments: object) -> object:
    """The answer, or the refusal in its place."""
    try:
        return question(*arguments)
    except EngineError as refusal:
        return refusal.answer()


def end_of(terms: Terms, policy: Policy, events: Sequence[Event], day: date) -> DayEnd:
    """What a replay says of the figures that move from day to day."""
    state = replay(terms, policy, events, day)
    asking = [row for row in state.rows if row.total or row.paid.principal + row.paid.interest + row.paid.fees]
    return DayEnd(
        on=day,
        held={account: held.minor for account, held in balances(state.ledger, terms.currency).items()},
        outstanding=minor(state.outstanding),
        due=minor(state.due_now),
        unpaid=tuple(row.due_on for row in asking if row.settled_on is None),
    )


def minor(sums: Sums) -> dict[Component, int]:
    return {
        Component.PRINCIPAL: sums.principal.minor,
        Component.INTEREST: sums.interest.minor,
        Component.FEE: sums.fees.minor,
        Component.PENALTY: sums.penalty.minor,
    }


QUESTIONS: dict[str, Callable[..., object]] = {
    "state": replay,
    "payoff": payoff_quote,
    "interest": explain,
    "day_end": end_of,
}


@examples()
@given(scenarios(), st.lists(st.tuples(st.integers(-1, 600), st.sampled_from(sorted(QUESTIONS)))))
def test_every_answer_is_that_of_a_replay(scenario: Document, questions: list[tuple[int, str]]) -> None:
    try:
        history = read(scenario["terms"], scenario["policy"], scenario["events"])
    except EngineError:
        assume(False)
        raise
    account = LoanAccount(*history)
    for days, name in questions:
        on = history[0].disbursed_on + timedelta(days=days)
        assert outcome(getattr(account, name), on) == outcome(QUESTIONS[name], *history, on), (name, on)


def test_a_question_leaves_no_trace_in_the_next_answer() -> None:
    account = LoanAccount(*read(TERMS, POLICY, [paid("2026-02-20", "50.00"), paid("2026-04-20", "400.00")]))
    days = [date(2026, 3, 1), date(2026, 3, 2), date(2026, 5, 1)]
    first = [account.state(day) for day in days]
    account.interest(days[-1])
    account.payoff(days[0])
    assert [account.state(day) for day in days] == first


def test_a_payment_reversed_later_counts_on_the_days_before() -> None:
    events = [paid("2026-02-15", "106.62"), {"on": "2026-03-01", "type": "reverse", "event": 0}]
    account = LoanAccount(*read(TERMS, POLICY, events))
    assert account.state(date(2026, 3, 1)).days_past_due == 14
    assert account.state(date(2026, 2, 28)).days_past_due == 0
    assert account.state(date(2026, 3, 2)).days_past_due == 15


def test_a_question_that_is_refused_spoils_nothing() -> None:
    account = LoanAccount(*read(TERMS, POLICY, [paid("2026-02-15", "106.62")]))
    before = account.payoff(date(2026, 3, 1))
    with pytest.raises(EngineError):
        account.payoff(date(2026, 1, 14))
    assert account.payoff(date(2026, 3, 1)) == before


def test_what_has_accrued_in_a_row_that_began_since_the_last_question_is_told() -> None:
    history = read(TERMS, {}, [])
    account = LoanAccount(*history)
    for day in (date(2026, 2, 20), date(2026, 3, 10), date(2026, 4, 20)):
        assert account.state(day) == replay(*history, day)
        assert account.payoff(day) == payoff_quote(*history, day)


def test_a_payment_that_is_taken_back_on_its_day_counts_neither_before_nor_after() -> None:
    events = [paid("2026-02-15", "106.62"), {"on": "2026-02-15", "type": "reverse", "event": 0}]
    history = read(TERMS, POLICY, events)
    account = LoanAccount(*history)
    for day in (date(2026, 2, 14), date(2026, 2, 15), date(2026, 2, 16)):
        assert account.state(day) == replay(*history, day)


def test_penalty_is_explained_as_a_replay_explains_it_on_every_day() -> None:
    visit: Document = {"on": "2026-03-05", "type": "fee", "name": "visit", "amount": "10.00"}
    penalty = {"annual_rate": "18", "base": "overdue_principal_and_interest", "compound": True}
    history = read(TERMS, {"penalty": penalty}, [paid("2026-02-25", "50.00"), visit, paid("2026-03-10", "20.00")])
    account = LoanAccount(*history)
    for day in (date(2026, 2, 20), date(2026, 3, 4), date(2026, 3, 5), date(2026, 3, 10), date(2026, 3, 20)):
        assert account.interest(day) == explain(*history, day)


def test_a_prepayment_on_the_day_asked_about_cuts_a_row_that_was_looked_at_before() -> None:
    events = [paid("2026-02-18", "50.00"), {"on": "2026-02-25", "type": "prepay", "amount": "300.00"}]
    history = read(TERMS, {}, events)
    account = LoanAccount(*history)
    for day in (date(2026, 2, 20), date(2026, 2, 25), date(2026, 3, 1)):
        assert account.state(day) == replay(*history, day)


def test_a_payoff_quote_is_what_a_replay_says_with_the_fee_for_paying_early() -> None:
    history = read(TERMS, POLICY | {"payoff": {"fee_percent_of_principal": "2"}}, [])
    quoted = payoff_quote(*history, date(2026, 1, 25))
    assert quoted.fee.minor == 2_400
    assert quoted.total == replay(*history, date(2026, 1, 25)).payoff
