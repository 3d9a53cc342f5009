"""Where interest follows what is owed, it is that of each day's debt: held against a model that knows no rows."""

from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.engine.profiles import examples
from tests.engine.strategies import Document, minor, scenarios
from tests.engine.test_life_properties import balance, state_of

YEARS = {"actual/360": 360, "actual/364": 364, "actual/365": 365}
NOT_BY_DAYS_OWED = (
    "interest_rounding",
    "rate_settlement",
    "rounding",
    "round_to",
    "cost_cap",
    "broken_period",
    "grace",
    "installment_rounding",
    "non_working_days",
)
WITHOUT = ("reschedule", "write_off")


@st.composite
def debts(draw: st.DrawFn) -> Document:
    """Loans whose interest is nothing but balance times rate times days, whatever happens to them."""
    scenario = draw(scenarios(written_off=False))
    terms, policy = scenario["terms"], scenario["policy"]
    if terms["method"] == "flat":
        terms["method"] = "equal_installment"
    for key in NOT_BY_DAYS_OWED:
        terms.pop(key, None)
    terms |= {"day_count": draw(st.sampled_from(sorted(YEARS))), "interest_period": "daily"}
    policy |= {"accrual": "actual", "prepayment": draw(st.sampled_from(["reduce_term", "reduce_installment"]))}
    policy |= {"prepay_interest": "accrued", "in_duplum": False}
    policy["payoff"]["interest_to"] = "payoff_date"
    policy.pop("close_within", None)
    scenario["events"] = [event for event in scenario["events"] if event["type"] not in WITHOUT]
    for event in scenario["events"]:
        if event["type"] == "extend":
            event.pop("annual_rate", None)
    return scenario


def days_of_debt(state: Any, terms: Document, as_of: date) -> Iterator[tuple[int, Fraction]]:
    """Of each day before `as_of`: the principal owed at its end, minor units, and the yearly rate, a fraction."""
    day = date.fromisoformat(terms["disbursed_on"])
    rates = {terms["disbursed_on"]: terms["annual_rate"]}
    rates |= {change["on"]: change["annual_rate"] for change in terms.get("rate_changes", ())}
    while day < as_of:
        so_far = {"ledger": [entry for entry in state["ledger"] if entry["on"] <= day.isoformat()]}
        rate = rates[max(since for since in rates if since <= day.isoformat())]
        yield balance(so_far, "loan_principal"), Fraction(rate) / 100
        day += timedelta(days=1)


@examples(120)
@given(debts())
def test_interest_is_that_of_each_day_s_debt(scenario: Document) -> None:
    state = state_of(scenario)
    terms, as_of = scenario["terms"], date.fromisoformat(scenario["as_of"])
    year = YEARS[terms["day_count"]]
    borne = sum((owed * rate / year for owed, rate in days_of_debt(state, terms, as_of)), start=Fraction(0))
    waived = sum(minor(made["allocated"]["interest"]) for made in state["transactions"] if made["type"] == "waive")
    earned = -balance(state, "interest_income") + waived
    roundings = len(state["rows"]) + 2 * len(state["transactions"]) + len(terms.get("rate_changes", ())) + 2
    assert abs(earned - borne) <= roundings, (earned, float(borne))
