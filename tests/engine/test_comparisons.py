"""Two computations that differ in one thing, and what that may change."""

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from tests.engine.profiles import examples
from tests.engine.strategies import CURRENCIES, Document, minor, scenarios, terms, written
from tests.engine.test_life_properties import state_of
from tests.engine.test_quote_properties import quoted


def without_order(state: Any) -> Any:
    """The state with what lists events in their order put into one order."""
    found = json.loads(json.dumps(state))
    for name in ("transactions", "ledger"):
        found[name] = sorted(json.dumps(item, sort_keys=True) for item in found[name])
    return found


@examples()
@given(scenarios(), st.randoms(use_true_random=False))
def test_events_may_be_listed_in_any_order_if_those_of_a_day_keep_theirs(scenario: Document, chance: Any) -> None:
    events = scenario["events"]
    days = sorted({event["on"] for event in events})
    chance.shuffle(days)
    listed = [event for day in days for event in events if event["on"] == day]
    assert state_of(dict(scenario, events=listed)) == state_of(scenario)


@examples()
@given(scenarios(), st.integers(0, 500), st.integers(1, 50_000), st.integers(1, 50_000))
def test_two_charges_of_a_day_may_come_in_either_order(scenario: Document, days: int, one: int, other: int) -> None:
    on = (date.fromisoformat(scenario["terms"]["disbursed_on"]) + timedelta(days=days)).isoformat()
    digits = CURRENCIES[scenario["terms"]["currency"]]
    charges = [
        {"on": on, "type": "fee", "name": name, "amount": written(amount, digits), "counts_as": counts}
        for name, amount, counts in (("visit", one, "fee"), ("letter", other, "penalty"))
    ]
    scenario["terms"].pop("cost_cap", None)
    scenario["policy"].pop("in_duplum")
    first = state_of(dict(scenario, events=[*scenario["events"], *charges]))
    second = state_of(dict(scenario, events=[*scenario["events"], *reversed(charges)]))
    assert without_order(first) == without_order(second)


@examples()
@given(scenarios(), st.integers(0, 500), st.integers(1, 900_000), st.integers(1, 900_000))
def test_two_payments_of_a_day_may_come_in_either_order(scenario: Document, days: int, one: int, other: int) -> None:
    """But where each takes interest by what is repaid, rounded for each payment, or to the next due date; and where
    rows are laid out anew for each that round what they bear from then on together."""
    on = (date.fromisoformat(scenario["terms"]["disbursed_on"]) + timedelta(days=days)).isoformat()
    digits = CURRENCIES[scenario["terms"]["currency"]]
    payments = [{"on": on, "type": "repay", "amount": written(amount, digits)} for amount in (one, other)]
    assume(not capitalises(scenario["terms"]) and not scenario["terms"]["unrounded"])
    scenario["policy"]["prepay_interest"] = "accrued"
    scenario["policy"].pop("close_within", None)
    first = state_of(dict(scenario, events=[*scenario["events"], *payments]))
    second = state_of(dict(scenario, events=[*scenario["events"], *reversed(payments)]))
    assert first["as_of"] == second["as_of"]
    assert in_all(first) == in_all(second), "which row shows interest that waited may differ"


@examples()
@given(scenarios(), st.integers(0, 500), st.integers(1, 50_000))
def test_a_charge_that_nothing_pays_changes_no_interest(scenario: Document, days: int, amount: int) -> None:
    """But where rows keep full precision: a day with an event then rounds what was borne by it."""
    assume(not scenario["terms"]["unrounded"])
    on = (date.fromisoformat(scenario["terms"]["disbursed_on"]) + timedelta(days=days)).isoformat()
    scenario["terms"].pop("cost_cap", None)
    scenario["policy"].pop("in_duplum")
    scenario["events"] = [event for event in scenario["events"] if event["on"] <= on]
    visit = written(amount, CURRENCIES[scenario["terms"]["currency"]])
    fee = {"on": on, "type": "fee", "name": "visit", "amount": visit, "due_on": scenario["as_of"]}
    charged = state_of(dict(scenario, events=[*scenario["events"], fee]))
    assert interest_of(charged) == interest_of(state_of(scenario))


def interest_of(state: Any) -> list[tuple[int, str]]:
    return [(row["n"], row["interest"]) for row in state["rows"]]


def in_all(state: Any) -> dict[str, int]:
    """What the rows ask for together, and what was paid of it."""
    names = ("principal", "interest", "fees")
    asked = {name: sum(minor(row[name]) for row in state["rows"]) for name in names}
    return asked | {f"paid {name}": sum(minor(row["paid"][name]) for row in state["rows"]) for name in names}


def capitalises(agreed: Document) -> bool:
    """Whether interest of the first installments is added to the principal."""
    return bool(agreed.get("grace", {}).get("capitalise"))


@examples(100)
@given(terms(plain=True), st.integers(1, 500))
def test_a_higher_rate_never_costs_less_but_for_what_is_shown_rounded(document: Document, hundredths: int) -> None:
    document["unrounded"] = True
    cheap, dear = quoted(document), quoted(dearer(document, Decimal(hundredths) / 100))
    assert minor(dear["cost_of_credit"]) >= minor(cheap["cost_of_credit"]) - len(cheap["rows"])


def dearer(document: Document, points: Decimal) -> Document:
    """The same terms at rates that are all so many percentage points higher: a higher rate before a change that stays
    as it is repays principal sooner, and can cost less in the end."""

    def raised(rate: str) -> str:
        return str(Decimal(rate) + points)

    changes = [dict(change, annual_rate=raised(change["annual_rate"])) for change in document.get("rate_changes", [])]
    more = dict(document, annual_rate=raised(document["annual_rate"]))
    return more | ({"rate_changes": changes} if changes else {})


@examples(100)
@given(terms(), st.integers(1, 3_000_000))
def test_lending_more_on_the_same_terms_costs_no_less_but_for_what_is_shown_rounded(
    document: Document, minor_units: int
) -> None:
    assume(document["method"] != "custom" and "installment_amount" not in document and "cost_cap" not in document)
    for coarse in ("round_to", "installment_rounding"):
        document.pop(coarse, None)
    document["unrounded"] = True
    principal = minor(document["principal"]) + minor_units
    larger = dict(document, principal=written(principal, CURRENCIES[document["currency"]]))
    small, large = quoted(document), quoted(larger)
    assert minor(large["cost_of_credit"]) >= minor(small["cost_of_credit"]) - len(small["rows"]) - 2
