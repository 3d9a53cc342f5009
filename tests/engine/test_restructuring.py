"""Loans that are extended or rescheduled, and the rate that each installment is settled at, by hand-checked figures."""

import pytest

from tests.engine.answers import ask, refusal
from tests.engine.hand_checked import TERMS, column, event, state
from tests.engine.strategies import Document

# -- extension ---------------------------------------------------------------------------------------------------------


def test_an_extension_spreads_what_is_not_yet_due_over_more_installments() -> None:
    found = state("2026-03-20", event("extend", "2026-03-10", installments=3))
    assert column(found, "total")[:2] == ["1035.29", "1035.29"]
    assert column(found, "total")[2:] == ["600.41"] * 7, "4,039.67 over seven months at 1 %"
    assert found["rows"][-1]["due_on"] == "2026-10-10"


def test_an_extension_at_maturity_moves_the_principal_and_leaves_the_interest() -> None:
    terms = TERMS | {"method": "interest_only", "installments": 2}
    paid = event("repay", "2026-03-10", amount="120")
    found = state("2026-03-10", paid, event("extend", "2026-03-10", installments=2, annual_rate="18"), terms=terms)
    assert column(found, "interest") == ["60.00", "60.00", "90.00", "90.00"]
    assert column(found, "principal") == ["0.00", "0.00", "0.00", "6000.00"]
    assert (found["as_of"]["status"], found["as_of"]["due_now"]["total"]) == ("active", "0.00")


def test_a_bullet_loan_extended_at_maturity_does_not_ask_for_paid_interest_again() -> None:
    terms = TERMS | {"method": "bullet", "installments": 2}
    paid = event("repay", "2026-03-10", amount="120")
    found = state("2026-03-10", paid, event("extend", "2026-03-10", installments=2), terms=terms)
    assert column(found, "interest") == ["0.00", "120.00", "0.00", "120.00"]
    assert found["as_of"]["outstanding"]["interest"] == "0.00"


def test_after_maturity_an_extension_bears_interest_from_its_own_day() -> None:
    terms = TERMS | {"method": "interest_only", "installments": 1}
    found = state("2026-02-20", event("extend", "2026-02-20", installments=1), terms=terms)
    assert column(found, "interest") == ["60.00", "38.57"], "18 of the 28 days to 10 March"
    assert found["as_of"]["days_past_due"] == 10, "the interest of the first installment is still overdue"


def test_a_loan_is_extended_several_times() -> None:
    twice = [event("extend", "2026-02-10", installments=1), event("extend", "2026-03-10", installments=2)]
    assert len(state("2026-03-10", *twice)["rows"]) == 9


@pytest.mark.parametrize(
    ("details", "field"),
    [
        ({"installments": 1200}, "events[0].installments"),
        ({"installments": -1}, "events[0].installments"),
        ({}, "events[0].installments"),
        ({"installments": 1, "annual_rate": "-1"}, "events[0].annual_rate"),
        ({"installments": 1, "on": "2026-09-01"}, "events[0].installments"),
    ],
)
def test_an_extension_that_cannot_be_is_refused(details: Document, field: str) -> None:
    extension = event("extend", "2026-03-01") | details
    scenario = {"terms": TERMS, "events": [extension], "as_of": "2026-10-01"}
    assert refusal("replay", scenario)["field"] == field


def test_an_extension_does_not_bring_back_a_tranche_that_was_cancelled() -> None:
    """All is repaid on the first day, so that the second tranche is not lent."""
    terms = TERMS | {"installments": 1, "tranches": [{"on": "2026-01-15", "amount": "1000"}]}
    events = [event("repay", "2026-01-10", amount="6000"), event("extend", "2026-01-10", installments=1)]
    found = state("2026-01-20", *events, terms=terms)["as_of"]
    assert (found["outstanding"]["total"], found["status"]) == ("0.00", "closed")


# -- rescheduling ------------------------------------------------------------------------------------------------------


def new(principal: str, on: str = "2026-03-20", **changes: object) -> Document:
    terms = TERMS | {"principal": principal, "disbursed_on": on, "installments": 4} | changes
    return event("reschedule", on, terms=terms)


def test_new_terms_take_the_place_of_the_old_ones() -> None:
    found = state("2026-03-20", new("6000", annual_rate="6"))
    assert column(found, "principal")[:3] == ["0.00"] * 3
    assert column(found, "interest")[:3] == ["60.00", "50.25", "13.03"], "to 20 March: 10 of 31 days of 40.40"
    assert [row["n"] for row in found["rows"]] == [1, 2, 3, 4, 5, 6, 7]
    assert column(found, "interest")[3] == "30.00"
    assert found["as_of"]["due_now"]["total"] == "123.28", "interest stays due"


def test_a_larger_principal_takes_in_what_is_owed_and_pays_out_the_rest() -> None:
    found = state("2026-03-20", new("6500"))
    assert found["transactions"][0]["allocated"]["interest"] == "123.28"
    assert found["as_of"]["outstanding"] == {
        "principal": "6500.00",
        "interest": "0.00",
        "fees": "0.00",
        "penalty": "0.00",
        "total": "6500.00",
    }
    paid_out = [entry["amount"] for entry in found["ledger"] if entry["credit"] == "cash"]
    assert paid_out == ["6000.00", "376.72"]
    assert found["as_of"]["days_past_due"] == 0


def test_interest_after_maturity_ends_where_new_terms_begin() -> None:
    """60.00 of the only month and 21.43 for ten of the 28 days after it; from then on the new rows bear it."""
    terms = TERMS | {"installments": 1}
    again = new("6000", "2026-02-20", installments=2)
    assert state("2026-02-20", again, terms=terms, accrual="actual")["as_of"]["outstanding"]["interest"] == "81.43"
    found = state("2026-03-20", again, terms=terms, accrual="actual")
    assert column(found, "interest")[:2] == ["81.43", "60.00"]
    assert found["as_of"]["outstanding"]["interest"] == "141.43"


def test_what_a_smaller_principal_leaves_is_due_at_once() -> None:
    found = state("2026-03-20", new("5000"))
    assert found["as_of"]["due_now"]["principal"] == "1000.00"
    assert found["as_of"]["outstanding"]["principal"] == "6000.00"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"disbursed_on": "2026-03-19"}, "events[0].terms.disbursed_on"),
        ({"currency": "EUR"}, "events[0].terms.currency"),
        ({"down_payment": "10"}, "events[0].terms.down_payment"),
        ({"installments": 0}, "events[0].terms.installments"),
        ({"fees": [{"name": "a", "amount": "1", "when": "disbursement"}]}, "events[0].terms.fees[0].when"),
    ],
)
def test_new_terms_that_cannot_follow_are_refused(changes: Document, field: str) -> None:
    scenario = {"terms": TERMS, "events": [new("6000") | {}], "as_of": "2026-04-01"}
    scenario["events"][0]["terms"].update(changes)
    assert refusal("replay", scenario)["field"] == field


def test_new_terms_on_the_day_of_a_tranche_take_it_over() -> None:
    terms = TERMS | {"tranches": [{"on": "2026-01-10", "amount": "500"}]}
    found = state("2026-01-10", new("6500", on="2026-01-10", annual_rate="0"), terms=terms)
    assert column(found, "balance") == ["6500.00", "4875.00", "3250.00", "1625.00", "0.00"]


# -- the rate an installment is settled at -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settlement", "interest"),
    [
        ("contract", ["60.00", "60.00", "60.00"]),
        ("current", ["60.00", "90.00", "90.00"]),
        ("segmented", ["60.00", "75.00", "90.00"]),
    ],
)
def test_interest_is_settled_at_contract_current_or_segmented_rate(settlement: str, interest: list[str]) -> None:
    terms = TERMS | {
        "method": "interest_only",
        "installments": 3,
        "rate_changes": [{"on": "2026-02-24", "annual_rate": "18"}],
        "rate_settlement": settlement,
    }
    assert column(ask("quote", terms), "interest") == interest


def test_a_rate_agreed_by_an_extension_holds_at_contract_rate_too() -> None:
    terms = TERMS | {
        "method": "interest_only",
        "installments": 2,
        "rate_changes": [{"on": "2026-02-24", "annual_rate": "6"}],
        "rate_settlement": "contract",
    }
    found = state("2026-03-10", event("extend", "2026-03-10", installments=1, annual_rate="18"), terms=terms)
    assert column(found, "interest") == ["60.00", "60.00", "90.00"]


# -- what is kept as the schedule is laid out anew ---------------------------------------------------------------------


@pytest.mark.parametrize("parts", [["4000"], ["1000", "3000"], ["3000", "1000"], ["2000", "2000"]])
def test_a_share_that_is_kept_stays_through_interest_that_joins_the_principal(parts: list[str]) -> None:
    terms = TERMS | {
        "installments": 3,
        "method": "equal_principal",
        "grace": {"interest_payment": 1, "capitalise": True},
    }
    paid = [event("repay", "2026-01-10", amount=amount) for amount in parts]
    assert state("2026-01-10", *paid, terms=terms)["rows"][0]["principal"] == "6000.00"
