"""What holds for every loan whatever happens to it."""

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from services.engine.jsonio import run
from tests.engine.profiles import examples
from tests.engine.strategies import Document, minor, scenarios

COMPONENTS = {
    "principal": "loan_principal",
    "interest": "interest_receivable",
    "fees": "fee_receivable",
    "penalty": "penalty_receivable",
}


def state_of(scenario: Document) -> Any:
    """The answer to a valid scenario; an invalid one is not an example."""
    status, out, err = run("replay", json.dumps(scenario))
    if status:
        assert json.loads(err)["error"] in {"invalid_terms", "out_of_range", "invalid_event"}, err
        assume(False)
    return json.loads(out)


def balance(state: Any, account: str) -> int:
    """Debits less credits, minor units."""
    debits = sum(minor(entry["amount"]) for entry in state["ledger"] if entry["debit"] == account)
    owed = sum(minor(entry["amount"]) for entry in state["ledger"] if entry["credit"] == account)
    return debits - owed


@examples()
@given(scenarios())
def test_the_ledger_gives_every_figure(scenario: Document) -> None:
    state = state_of(scenario)
    outstanding = state["as_of"]["outstanding"]
    for component, account in COMPONENTS.items():
        assert balance(state, account) == minor(outstanding[component]), component
    assert all(minor(entry["amount"]) > 0 and entry["debit"] != entry["credit"] for entry in state["ledger"])
    assert balance(state, "borrower_suspense") <= 0


@examples()
@given(scenarios())
def test_no_figure_is_ever_negative(scenario: Document) -> None:
    state = state_of(scenario)
    for row in state["rows"]:
        figures = [row[name] for name in ("principal", "interest", "fees", "total", "balance")]
        figures += row["paid"].values()
        assert not any(figure.startswith("-") for figure in figures), row
    for group in ("outstanding", "due_now"):
        assert not any(figure.startswith("-") for figure in state["as_of"][group].values())
    assert not state["as_of"]["payoff"].startswith("-")


@examples()
@given(scenarios())
def test_what_is_due_never_exceeds_what_is_outstanding(scenario: Document) -> None:
    figures = state_of(scenario)["as_of"]
    for component in COMPONENTS:
        assert minor(figures["due_now"][component]) <= minor(figures["outstanding"][component]), component


@examples(120)
@given(scenarios(), st.sampled_from(["0", "1", "5", "24.5"]))
def test_interest_fees_and_penalties_together_never_pass_the_cost_cap(scenario: Document, cap: str) -> None:
    scenario["events"] = [event for event in scenario["events"] if event["type"] != "reschedule"]
    scenario["terms"] |= {"cost_cap": cap, "unrounded": False}
    state = state_of(scenario)
    cost = -sum(balance(state, account) for account in ("interest_income", "fee_income", "penalty_income"))
    assert cost * 100 <= minor(scenario["terms"]["principal"]) * Decimal(cap)


@examples()
@given(scenarios())
def test_every_payment_is_allocated_to_the_cent(scenario: Document) -> None:
    state = state_of(scenario)
    for made in state["transactions"]:
        if made["type"] in ("repay", "prepay", "payoff", "recover"):
            assert sum(minor(part) for part in made["allocated"].values()) == minor(made["amount"]), made


@examples()
@given(scenarios(written_off=False))
def test_rows_show_all_that_was_paid_and_all_that_was_lent(scenario: Document) -> None:
    state = state_of(scenario)
    paid = {name: sum(minor(row["paid"][name]) for row in state["rows"]) for name in COMPONENTS}
    taken = {"principal": 0, "interest": 0, "fee": 0, "penalty": 0}
    for made in state["transactions"]:
        if made["type"] in ("repay", "prepay", "payoff", "recover", "reschedule"):
            for name in taken:
                taken[name] += minor(made["allocated"][name])
    assume(scenario["terms"]["installments"])
    offered = json.loads(run("quote", json.dumps(scenario["terms"]))[1])["rows"][0]
    withheld = minor(offered["interest"]) if offered["n"] == 0 else 0
    assert paid == {
        "principal": taken["principal"],
        "interest": taken["interest"] + withheld,
        "fees": taken["fee"],
        "penalty": taken["penalty"],
    }
    for row in state["rows"]:
        assert minor(row["paid"]["principal"]) <= minor(row["principal"])
        assert minor(row["paid"]["interest"]) <= minor(row["interest"])
        assert minor(row["paid"]["fees"]) <= minor(row["fees"])
    if "grace" not in scenario["terms"]:
        lent = all_that_was_lent(state)
        asked = sum(minor(row["principal"]) for row in state["rows"])
        coming = sum(
            minor(tranche["amount"])
            for tranche in scenario["terms"].get("tranches", ())
            if tranche["on"] > scenario["as_of"]
        )
        assert lent <= asked <= lent + coming
        assert minor(state["rows"][-1]["balance"]) == 0


def all_that_was_lent(state: Any) -> int:
    """What was ever added to the principal: payouts, fees, and debts that new terms took in."""
    return sum(minor(entry["amount"]) for entry in state["ledger"] if entry["debit"] == "loan_principal")


@examples()
@given(scenarios(written_off=False))
def test_paying_the_payoff_closes_the_loan_at_nought(scenario: Document) -> None:
    before = state_of(scenario)
    scenario["events"].append({"on": scenario["as_of"], "type": "payoff"})
    after = state_of(scenario)
    assert set(after["as_of"]["outstanding"].values()) == set(after["as_of"]["due_now"].values())
    assert minor(after["as_of"]["outstanding"]["total"]) == minor(after["as_of"]["payoff"]) == 0
    assert after["as_of"]["next_due"] is None
    assert after["as_of"]["status"] in ("closed", "overpaid", "settled")
    made = [made for made in after["transactions"] if made["on"] == scenario["as_of"]][-1]
    assert made["amount"] == before["as_of"]["payoff"]


@examples()
@given(scenarios(), st.data())
def test_reversing_an_event_equals_its_never_having_been(scenario: Document, data: st.DataObject) -> None:
    assume(scenario["events"])
    index = data.draw(st.integers(0, len(scenario["events"]) - 1))
    on = date.fromisoformat(scenario["events"][index]["on"]) + timedelta(days=data.draw(st.integers(0, 90)))
    assume(on.isoformat() <= scenario["as_of"])
    without = dict(scenario, events=[event for place, event in enumerate(scenario["events"]) if place != index])
    reversal = {"on": on.isoformat(), "type": "reverse", "event": index}
    reversed_state = state_of(dict(scenario, events=[*scenario["events"], reversal]))
    never = state_of(without)
    assert reversed_state["as_of"] == never["as_of"]
    assert reversed_state["rows"] == never["rows"]


@examples()
@given(scenarios(), st.integers(0, 600))
def test_later_events_change_nothing_before_them(scenario: Document, days: int) -> None:
    as_of = (date.fromisoformat(scenario["terms"]["disbursed_on"]) + timedelta(days=days)).isoformat()
    earlier = [event for event in scenario["events"] if event["on"] <= as_of]
    assert state_of(dict(scenario, as_of=as_of)) == state_of(dict(scenario, as_of=as_of, events=earlier))


@examples()
@given(scenarios())
def test_with_no_events_the_rows_are_those_of_the_quote(scenario: Document) -> None:
    scenario["events"], scenario["policy"] = [], {}
    state = state_of(scenario)
    quoted = json.loads(run("quote", json.dumps(scenario["terms"]))[1])
    for row, offered in zip(state["rows"], quoted["rows"], strict=True):
        assert {name: row[name] for name in offered} == offered
