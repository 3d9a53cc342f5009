"""What events do to a loan, by hand-checked figures."""

from datetime import date
from typing import Any

import pytest

from services.engine import Event, Policy, Terms, payoff_quote, preview, replay
from services.engine.ledger import Account, balances
from tests.engine.answers import ask
from tests.engine.strategies import Document

TERMS: Document = {
    "currency": "CNY",
    "principal": "6000",
    "annual_rate": "12",
    "disbursed_on": "2026-01-10",
    "installments": 6,
}
"""Six installments of 1,035.29: interest 60.00, 50.25, 40.40, 30.45, 20.40, 10.25, due on the 10th from February."""


def state(as_of: str, *events: Document, terms: Document | None = None, **policy: object) -> Any:
    document = {"terms": TERMS | (terms or {}), "policy": policy, "events": list(events), "as_of": as_of}
    return ask("replay", document)


def repay(on: str, amount: str, kind: str = "repay") -> Document:
    return {"on": on, "type": kind, "amount": amount}


def allocated(state: Any, place: int = -1) -> dict[str, str]:
    """What a transaction settled, without the components that it did not touch."""
    return {name: part for name, part in state["transactions"][place]["allocated"].items() if part != "0.00"}


# -- allocation ------------------------------------------------------------------------------------------------------


def test_the_oldest_installment_is_settled_before_the_next() -> None:
    found = state("2026-03-10", repay("2026-03-10", "1100"))
    assert allocated(found) == {"interest": "110.25", "principal": "989.75"}
    assert found["rows"][0]["settled_on"] == "2026-03-10"
    assert found["rows"][1]["paid"]["interest"] == "50.25"


def test_by_component_all_interest_comes_before_any_principal() -> None:
    found = state("2026-03-10", repay("2026-03-10", "100"), allocate_by="component")
    assert allocated(found) == {"interest": "100.00"}
    assert found["rows"][1]["paid"]["interest"] == "40.00"


def test_the_order_of_components_is_the_policy_s() -> None:
    order = ["principal", "interest", "fee", "penalty"]
    assert allocated(state("2026-02-10", repay("2026-02-10", "980"), allocation=order)) == {
        "interest": "4.71",
        "principal": "975.29",
    }


def test_arrears_have_an_order_of_their_own() -> None:
    orders = {"arrears": ["principal", "interest", "fee", "penalty"]}
    assert allocated(state("2026-02-10", repay("2026-02-10", "60"), allocation=orders)) == {"interest": "60.00"}
    assert allocated(state("2026-02-11", repay("2026-02-11", "60"), allocation=orders)) == {"principal": "60.00"}


def test_a_back_dated_payment_changes_what_followed() -> None:
    penalty = {"annual_rate": "18"}
    late = state("2026-03-25", repay("2026-03-20", "1035.29"), penalty=penalty)
    again = state("2026-03-25", repay("2026-03-20", "1035.29"), repay("2026-02-10", "1035.29"), penalty=penalty)
    assert (late["as_of"]["due_now"]["total"], again["as_of"]["due_now"]["total"]) == ("1060.91", "4.87")
    assert [made["on"] for made in again["transactions"]] == ["2026-02-10", "2026-03-20"]


def test_paying_ahead_settles_coming_installments_with_their_whole_interest() -> None:
    found = state("2026-02-10", repay("2026-02-10", "2070.58"), prepayment="next_installments")
    assert allocated(found) == {"interest": "110.25", "principal": "1960.33"}
    assert found["rows"][1]["settled_on"] == "2026-02-10"
    assert found["as_of"]["next_due"] == {"on": "2026-04-10", "amount": "1035.29"}


def test_money_that_no_row_can_take_is_kept_and_given_back() -> None:
    found = state("2026-01-20", repay("2026-01-20", "7000"))
    assert found["as_of"]["status"] == "overpaid"
    assert allocated(found)["unallocated"] == "980.65"
    given = state("2026-01-21", repay("2026-01-20", "7000"), repay("2026-01-21", "980.65", "refund"))
    assert given["as_of"]["status"] == "closed"


# -- prepayment and payoff -------------------------------------------------------------------------------------------


def test_a_prepayment_on_a_due_date_takes_no_interest() -> None:
    found = state("2026-02-10", repay("2026-02-10", "1035.29"), repay("2026-02-10", "1000", "prepay"))
    assert allocated(found) == {"principal": "1000.00"}
    assert found["rows"][0]["principal"] == "1975.29"
    assert found["rows"][1]["interest"] == "40.25"
    assert len(found["rows"]) == 5


def test_a_prepayment_can_take_the_interest_of_the_prepaid_principal_alone() -> None:
    found = state("2026-01-25", repay("2026-01-25", "1000", "prepay"), prepay_interest="on_prepaid")
    assert allocated(found) == {"interest": "4.82", "principal": "995.18"}
    assert found["as_of"]["outstanding"]["interest"] == "24.21"


def test_a_prepayment_can_take_the_next_due_interest_whole() -> None:
    found = state("2026-01-25", repay("2026-01-25", "1000", "prepay"), prepay_interest="next_due")
    assert allocated(found) == {"interest": "60.00", "principal": "940.00"}
    assert found["rows"][0]["interest"] == "60.00"


@pytest.mark.parametrize("method", ["equal_principal", "interest_only", "bullet", "flat", "custom"])
@pytest.mark.parametrize("effect", ["reduce_term", "reduce_installment"])
def test_every_method_takes_a_prepayment(method: str, effect: str) -> None:
    terms: Document = {"method": method}
    if method == "custom":
        terms["principal_plan"] = ["0", "1000", "1000", "0", "2000", "2000"]
    found = state("2026-02-25", repay("2026-02-25", "1500", "prepay"), terms=terms, prepayment=effect)
    principals = [int(row["principal"].replace(".", "")) for row in found["rows"]]
    assert sum(principals) == 600_000
    assert min(principals) >= 0
    assert found["rows"][-1]["balance"] == "0.00"
    assert len(found["rows"]) <= 6
    if effect == "reduce_installment" and method != "custom":
        assert len(found["rows"]) == 6


def test_a_payoff_on_the_next_due_date_s_terms_pays_the_period_s_whole_interest() -> None:
    assert state("2026-01-25")["as_of"]["payoff"] == "6029.03"
    assert state("2026-01-10", payoff={"interest_to": "next_due_date"})["as_of"]["payoff"] == "6060.00"
    assert state("2026-01-25", payoff={"interest_to": "next_due_date"})["as_of"]["payoff"] == "6060.00"
    assert state("2026-02-10", payoff={"interest_to": "next_due_date"})["as_of"]["payoff"] == "6060.00"


def test_a_payoff_fee_ends_with_the_term() -> None:
    fee = {"fee_percent_of_principal": "2"}
    assert state("2026-01-10", payoff=fee)["as_of"]["payoff"] == "6120.00"
    assert state("2026-07-10", payoff=fee)["as_of"]["payoff"] == "6211.75"


def test_a_last_remainder_is_forgiven_at_closure() -> None:
    found = state("2026-01-25", repay("2026-01-25", "6028.80"), close_within="0.50")
    assert found["as_of"]["status"] == "closed"
    assert found["as_of"]["outstanding"]["total"] == "0.00"
    assert state("2026-01-25", repay("2026-01-25", "6028.80"))["as_of"]["status"] == "active"


def test_a_loan_repaid_as_scheduled_closes_with_its_last_row() -> None:
    events = [repay(f"2026-{month:02}-10", "1035.29") for month in range(2, 7)]
    found = state("2026-07-10", *events, repay("2026-07-10", "1035.30"))
    assert found["as_of"]["status"] == "closed"
    assert {row["settled_on"] for row in found["rows"]} == {row["due_on"] for row in found["rows"]}


# -- penalties, fees, waivers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "owed"),
    [
        ({"annual_rate": "36.5"}, "14.63"),
        ({"annual_rate": "36.5", "base": "overdue_principal_and_interest"}, "15.53"),
        ({"multiple_of_rate": "1.5"}, "7.21"),
        ({"annual_rate": "36.5", "round": "day"}, "14.70"),
        ({"annual_rate": "36.5", "grace_days": 14}, "14.63"),
        ({"annual_rate": "36.5", "grace_days": 15}, "0.00"),
        ({"annual_rate": "36.5", "grace_days": 5, "grace_free": True}, "9.75"),
        ({"annual_rate": "36.5", "compound": True}, "14.73"),
        ({"annual_rate": "36.5", "cap_percent_of_principal": "0.1"}, "6.00"),
    ],
)
def test_penalty_after_fifteen_days_on_975_29(rule: Document, owed: str) -> None:
    assert state("2026-02-25", penalty=rule)["as_of"]["outstanding"]["penalty"] == owed


def test_what_is_paid_within_the_grace_days_bears_no_penalty() -> None:
    rule = {"annual_rate": "36.5", "grace_days": 5}
    found = state("2026-02-20", repay("2026-02-14", "560"), penalty=rule)
    assert found["as_of"]["outstanding"]["penalty"] == "4.75"


def test_a_late_fee_is_charged_once_on_the_day_after_its_days() -> None:
    fee = {"amount": "20", "after_days": 3}
    assert state("2026-02-13", late_fee=fee)["as_of"]["outstanding"]["fees"] == "0.00"
    assert state("2026-02-14", late_fee=fee)["as_of"]["outstanding"]["fees"] == "20.00"
    assert state("2026-03-09", late_fee=fee)["as_of"]["outstanding"]["fees"] == "20.00"
    assert state("2026-02-14", repay("2026-02-13", "1035.29"), late_fee=fee)["as_of"]["outstanding"]["fees"] == "0.00"


def test_a_fee_is_owed_at_once_or_with_its_installment() -> None:
    now = {"on": "2026-01-20", "type": "fee", "name": "visit", "amount": "15"}
    assert state("2026-01-20", now)["as_of"]["due_now"]["fees"] == "15.00"
    later = now | {"due_on": "2026-03-01"}
    assert state("2026-01-20", later)["as_of"]["due_now"]["fees"] == "0.00"
    assert state("2026-03-10", later)["as_of"]["due_now"]["fees"] == "15.00"
    assert state("2026-03-10", later)["rows"][1]["fees"] == "15.00"
    penalty = now | {"counts_as": "penalty"}
    assert state("2026-01-20", penalty)["as_of"]["due_now"]["penalty"] == "15.00"


FEE: Document = {"fees": [{"name": "service", "amount": "10", "when": "every_installment"}]}


def test_a_scheduled_fee_alone_keeps_a_loan_overdue_and_a_later_charge_does_not() -> None:
    last = {"allocation": ["penalty", "principal", "interest", "fee"]}
    assert state("2026-02-15", repay("2026-02-10", "1035.29"), terms=FEE, **last)["as_of"]["days_past_due"] == 5
    assert state("2026-02-15", repay("2026-02-10", "1025.29"), terms=FEE, **last)["as_of"]["days_past_due"] == 5
    paid = repay("2026-02-10", "1045.29")
    found = state("2026-02-15", paid, terms=FEE)
    assert (found["as_of"]["days_past_due"], found["rows"][0]["settled_on"]) == (0, "2026-02-10")
    visit = {"on": "2026-02-11", "type": "fee", "name": "visit", "amount": "15", "due_on": "2026-02-10"}
    charged = state("2026-02-15", paid, visit, terms=FEE)
    assert charged["as_of"]["days_past_due"] == 0
    assert charged["as_of"]["due_now"]["fees"] == "15.00"
    assert charged["rows"][0]["settled_on"] is None


def test_penalty_on_the_whole_of_what_is_overdue_counts_fees_too() -> None:
    rule = {"annual_rate": "36.5", "base": "overdue_total"}
    assert state("2026-02-25", terms=FEE, penalty=rule)["as_of"]["outstanding"]["penalty"] == "15.68"
    rule["base"] = "overdue_principal_and_interest"
    assert state("2026-02-25", terms=FEE, penalty=rule)["as_of"]["outstanding"]["penalty"] == "15.53"


def test_a_charge_that_counts_as_penalty_is_owed_with_the_penalties() -> None:
    charge = {"on": "2026-02-20", "type": "fee", "name": "letter", "amount": "15", "counts_as": "penalty"}
    found = state("2026-02-25", charge, penalty={"annual_rate": "36.5"})
    assert found["as_of"]["outstanding"]["penalty"] == found["as_of"]["due_now"]["penalty"] == "29.63"
    assert found["as_of"]["outstanding"]["fees"] == "0.00"
    assert state("2026-03-10", charge, penalty={"annual_rate": "36.5"})["as_of"]["due_now"]["penalty"] == "42.31"


def test_a_row_that_asks_for_nothing_is_settled_on_its_due_date() -> None:
    rows = state("2026-03-09", terms={"method": "bullet"})["rows"]
    assert [row["settled_on"] for row in rows] == ["2026-02-10", None, None, None, None, None]


def test_a_row_shows_what_was_paid_of_each_component() -> None:
    row = state("2026-02-10", repay("2026-02-10", "1000"))["rows"][0]
    assert row["paid"] == {"principal": "940.00", "interest": "60.00", "fees": "0.00", "penalty": "0.00"}


def test_a_waiver_forgives_the_oldest_and_makes_a_settlement() -> None:
    waiver = {"on": "2026-02-10", "type": "waive", "of": "interest", "amount": "60"}
    found = state("2026-02-10", waiver, {"on": "2026-02-10", "type": "payoff"})
    assert found["transactions"][-1]["amount"] == "6000.00"
    assert found["as_of"]["status"] == "settled"


def test_a_waiver_of_more_than_is_owed_is_left_over() -> None:
    found = state("2026-02-10", {"on": "2026-02-10", "type": "waive", "of": "penalty", "amount": "5"})
    assert allocated(found) == {"unallocated": "5.00"}


def test_a_cost_cap_leaves_no_room_for_penalties() -> None:
    found = state("2026-12-10", terms={"cost_cap": "3.6"}, penalty={"annual_rate": "36.5"})
    outstanding = found["as_of"]["outstanding"]
    assert (outstanding["interest"], outstanding["penalty"]) == ("211.75", "4.25")


# -- reversal, write-off, recovery -----------------------------------------------------------------------------------


def test_a_reversed_payment_leaves_its_trace_in_the_ledger_only() -> None:
    events = (repay("2026-02-10", "1035.29"), {"on": "2026-02-12", "type": "reverse", "event": 0})
    assert state("2026-02-11", *events)["as_of"]["days_past_due"] == 0
    found = state("2026-02-12", *events)
    assert found["as_of"]["days_past_due"] == 2
    assert found["transactions"][0]["allocated"]["principal"] == "0.00"
    assert [entry["memo"] for entry in found["ledger"]].count("reverse") == 1


def test_a_write_off_empties_the_books_and_recoveries_are_income() -> None:
    events = ({"on": "2026-03-10", "type": "write_off"}, repay("2026-04-01", "1000", "recover"))
    found = state("2026-04-01", *events)
    assert found["transactions"][0]["amount"] == "6110.25"
    assert found["as_of"]["outstanding"]["total"] == found["as_of"]["payoff"] == "0.00"
    assert found["as_of"]["status"] == "written_off"
    assert allocated(found) == {"interest": "110.25", "principal": "889.75"}
    whole = state("2026-05-01", *events, repay("2026-05-01", "5110.25", "recover"))
    assert (whole["as_of"]["status"], whole["as_of"]["days_past_due"]) == ("closed", 0)


# -- typed entry points ----------------------------------------------------------------------------------------------


def test_typed_entry_points_agree_with_the_documents() -> None:
    terms, policy = Terms.from_json(TERMS), Policy.from_json({}, "CNY")
    paid = Event.from_json(repay("2026-02-10", "1035.29"), "CNY")
    loan = replay(terms, policy, [paid], date(2026, 2, 25))
    assert loan.to_json() == state("2026-02-25", repay("2026-02-10", "1035.29"))
    sums = balances(loan.ledger, "CNY")
    assert sums[Account.LOAN_PRINCIPAL] == loan.outstanding.principal
    assert sums[Account.INTEREST_RECEIVABLE] == loan.outstanding.interest
    quote = payoff_quote(terms, policy, [paid], date(2026, 2, 25))
    assert quote.total == loan.payoff
    assert str(quote.interest_saved) == "124.83 CNY"


def test_a_preview_is_what_the_payment_then_does() -> None:
    terms, policy = Terms.from_json(TERMS), Policy.from_json({"penalty": {"annual_rate": "18"}}, "CNY")
    payment = Event.from_json(repay("2026-03-01", "1200"), "CNY")
    shown = preview(terms, policy, [], payment)
    assert replay(terms, policy, [payment], date(2026, 3, 1)).transactions[0].allocated == shown
    assert shown.allocated.amount == payment.amount.amount if payment.amount else False


def test_what_an_event_allocated_is_the_sum_of_its_parts_and_a_reversed_event_allocated_nothing() -> None:
    terms, policy = Terms.from_json(TERMS | FEE), Policy.from_json({"penalty": {"annual_rate": "36.5"}}, "CNY")
    written = [repay("2026-02-25", "1100"), {"on": "2026-02-26", "type": "reverse", "event": 0}]
    events = [Event.from_json(event, "CNY") for event in written]
    paid = replay(terms, policy, events[:1], date(2026, 2, 26)).transactions[0]
    assert [str(part.amount) for part in (paid.allocated.penalty, paid.allocated.fee)] == ["14.63", "10.00"]
    assert (paid.allocated.allocated, paid.reversed) == (paid.amount, False)
    undone = replay(terms, policy, events, date(2026, 2, 26)).transactions[0]
    assert (undone.allocated.allocated.minor, undone.reversed) == (0, True)


def test_policies_and_events_survive_being_stored() -> None:
    written: Document = {
        "allocation": {"standard": ["fee", "penalty", "interest", "principal"]},
        "penalty": {"multiple_of_rate": "1.5", "compound": True},
        "late_fee": {"percent": "2", "after_days": 3},
        "payoff": {"interest_to": "next_due_date"},
        "close_within": "1.00",
        "classification": [[0, "late"], [30, "bad"]],
    }
    policy = Policy.from_json(written, "CNY")
    assert Policy.from_json(policy.to_json(), "CNY") == policy
    event = Event.from_json({"on": "2026-03-01", "type": "waive", "of": "fee", "amount": "1"}, "CNY")
    assert Event.from_json(event.to_json(), "CNY") == event


def test_what_has_accrued_by_an_event_belongs_to_time_and_not_to_the_event() -> None:
    late = {"annual_rate": "18.25", "base": "overdue_principal"}
    found = state("2026-03-02", {"on": "2026-03-02", "type": "write_off"}, terms={"installments": 1}, penalty=late)
    earned = [entry["memo"] for entry in found["ledger"] if entry["credit"] == "penalty_income"]
    assert earned == ["accrual"]
