"""Where rules seldom meet: small loans, each of which shows a line of the engine that no other figure depends on."""

from typing import Any

import pytest

from tests.engine.answers import ask
from tests.engine.strategies import Document
from tests.engine.test_prepayments import column, event

YUAN: Document = {"currency": "CNY", "principal": "1000", "annual_rate": "0", "disbursed_on": "2026-01-10"}
ONE: Document = YUAN | {"installments": 1}
"""1,000.00 without interest, due on 10 February."""
PRINCIPAL_FIRST = ["principal", "interest", "fee", "penalty"]


def state(as_of: str, *events: Document, terms: Document = ONE, **policy: object) -> Any:
    return ask("replay", {"terms": terms, "policy": policy, "events": list(events), "as_of": as_of})


def test_the_smallest_loan_has_an_installment() -> None:
    terms = {"currency": "KWD", "principal": "0.001", "annual_rate": "0", "disbursed_on": "2026-01-10"}
    found: Any = ask("quote", terms | {"installments": 1})
    assert found["installment"] == "0.001"


def test_an_exact_balance_is_not_rounded_up_by_what_its_fractions_lose() -> None:
    """8.40 by ninths of 0.93333…: after the third and the sixth it is whole again."""
    terms = YUAN | {"principal": "9.34", "installments": 9, "down_payment": "10", "rounding": "up", "unrounded": True}
    found: Any = ask("quote", terms)
    assert column(found, "balance")[:7] == ["8.40", "7.47", "6.54", "5.60", "4.67", "3.74", "2.80"]


def test_flat_interest_of_a_first_due_date_on_the_day_of_disbursement_is_owed_that_day() -> None:
    """1 % of 100 for the one month of the term, a half with each row."""
    terms = YUAN | {"principal": "100", "annual_rate": "12", "installments": 2, "method": "flat"}
    found = state("2026-01-10", terms=terms | {"first_due_on": "2026-01-10"})
    assert (found["as_of"]["outstanding"]["interest"], found["as_of"]["payoff"]) == ("0.50", "100.50")


def test_nothing_is_borne_on_the_day_of_disbursement() -> None:
    found = state("2026-01-10", terms=ONE | {"first_due_on": "2026-01-10"}, accrual="actual")
    assert found["as_of"]["payoff"] == "1000.00"


def test_a_single_cent_of_interest_that_is_paid_early_is_earned_that_day() -> None:
    terms = ONE | {"principal": "1", "annual_rate": "12"}
    found = state("2026-01-10", event("repay", "2026-01-10", amount="1"), terms=terms, prepay_interest="next_due")
    assert found["as_of"]["outstanding"]["principal"] == "0.01"
    earned = [entry["amount"] for entry in found["ledger"] if entry["credit"] == "interest_income"]
    assert earned == ["0.01"]


def test_new_terms_on_the_day_of_disbursement_begin_with_number_one() -> None:
    terms = ONE | {"principal": "2770"}
    found = state("2026-04-13", event("reschedule", "2026-01-10", terms=terms))
    assert [row["n"] for row in found["rows"]] == [1]


@pytest.mark.parametrize(("grace_days", "penalty"), [(0, "6.00"), (1, "5.50"), (2, "5.50")])
def test_a_payment_on_the_last_day_of_grace_leaves_the_rest_late_from_the_due_date(
    grace_days: int, penalty: str
) -> None:
    """0.1 % a day: 500 for eleven days from the due date; without grace 1,000 for the first of them."""
    rule = {"annual_rate": "36.5", "base": "overdue_principal", "grace_days": grace_days}
    found = state("2026-02-21", event("repay", "2026-02-11", amount="500"), penalty=rule, allocation=PRINCIPAL_FIRST)
    assert found["as_of"]["outstanding"]["penalty"] == penalty


@pytest.mark.parametrize("compound", [False, True])
def test_one_cent_that_is_late_bears_penalty(compound: bool) -> None:
    """Each day's share is rounded up to a cent."""
    rule = {"annual_rate": "18", "round": "day", "compound": compound}
    found = state("2026-02-20", terms=ONE | {"principal": "0.01", "rounding": "up"}, penalty=rule)
    assert found["as_of"]["outstanding"]["penalty"] == "0.10"


def test_a_penalty_that_was_charged_and_paid_takes_nothing_off_what_compounds() -> None:
    """0.1 % a day: 1,000 grow to 1,020.19 in twenty days; the visit that was paid adds and takes nothing."""
    rule = {"annual_rate": "36.5", "compound": True}
    visit = event("fee", "2026-02-15", name="visit", amount="20", counts_as="penalty")
    paid = event("repay", "2026-02-20", amount="20")
    found = state("2026-03-02", visit, paid, penalty=rule)
    assert found["as_of"]["outstanding"]["penalty"] == "20.19"


def test_a_payoff_fee_is_due_while_a_single_cent_is_not() -> None:
    terms = YUAN | {"principal": "100", "installments": 2, "method": "custom", "principal_plan": ["99.99", "0.01"]}
    policy = {"payoff": {"fee_percent_of_principal": "2.5"}}
    assert state("2026-03-09", terms=terms, **policy)["as_of"]["payoff"] == "102.50"
    assert state("2026-03-10", terms=terms, **policy)["as_of"]["payoff"] == "100.00"


@pytest.mark.parametrize(("as_of", "classification"), [("2026-09-14", "substandard"), ("2026-09-15", "normal")])
def test_the_time_of_observation_begins_when_the_last_arrears_are_cleared(as_of: str, classification: str) -> None:
    """Row 1 was 136 days late and paid on 26 June, row 2 159 and paid on 16 August: thirty days from there."""
    terms = ONE | {"installments": 2}
    payments = [event("repay", "2026-06-26", amount="500"), event("repay", "2026-08-16", amount="500")]
    assert state(as_of, *payments, terms=terms, observation_days=30)["as_of"]["classification"] == classification


def test_the_running_row_keeps_its_installment_where_only_later_ones_shrink() -> None:
    """500 and the 100 repaid early are asked for with row 1; 400 are left."""
    terms = ONE | {"installments": 2}
    policy = {"prepayment": "reduce_installment", "prepay_interest": "next_due", "accrual": "actual"}
    found = state("2026-06-01", event("repay", "2026-01-10", amount="100"), terms=terms, **policy)
    assert column(found, "principal") == ["600.00", "400.00"]


def test_interest_after_the_last_due_date_is_one_entry_where_late_fees_come_once() -> None:
    terms = ONE | {"annual_rate": "12"}
    policy = {"accrual": "actual", "late_fee": {"percent": "1", "after_days": 7, "once_per_installment": True}}
    found = state("2026-06-10", terms=terms, **policy)
    interest = [entry["on"] for entry in found["ledger"] if entry["credit"] == "interest_income"]
    assert interest == ["2026-02-10", "2026-02-18", "2026-06-10"]


def test_a_remainder_that_is_forgiven_leaves_balances_that_follow_from_the_rows() -> None:
    """Row 1 was due; row 2 and half of row 3 come early, and the last 500 are forgiven with the running row."""
    policy = {"prepayment": "next_installments", "close_within": "600"}
    found = state("2026-08-01", event("repay", "2026-02-28", amount="500"), terms=ONE | {"installments": 5}, **policy)
    assert column(found, "principal") == ["200.00", "700.00", "100.00"]
    assert column(found, "balance") == ["800.00", "100.00", "0.00"]


def test_a_plan_enlarged_by_tranches_is_repaid_with_what_stood_in_its_rows() -> None:
    """Plan 100, 200, 300, 400; 900 more on 20 February are spread over the last three in proportion: each doubles.

    800 on the second due date pay rows 1 and 2; the other 300 are shown with row 2 and taken from the last.
    """
    plan = ["100", "200", "300", "400"]
    terms = YUAN | {"installments": 4, "method": "custom", "principal_plan": plan}
    terms |= {"tranches": [{"on": "2026-02-20", "amount": "900"}]}
    found = state("2026-03-20", event("repay", "2026-02-10", amount="100"), terms=terms)
    assert column(found, "principal") == ["100.00", "400.00", "600.00", "800.00"]
    early = state("2026-03-20", event("repay", "2026-03-10", amount="800"), terms=terms)
    assert column(early, "principal") == ["100.00", "700.00", "600.00", "500.00"]


def test_a_plan_that_was_paid_ahead_and_extended_takes_a_later_tranche_in() -> None:
    """0.03 were lent and repaid with six rows; 1,241.33 come after an extension by two, and 0.01 of interest joins."""
    terms = YUAN | {"principal": "0.02", "disbursed_on": "2023-12-28", "first_due_on": "2024-02-07", "installments": 6}
    terms |= {"method": "custom", "principal_plan": ["0.00"] * 4 + ["0.01"] * 2}
    terms |= {"rate_changes": [{"on": "2023-12-29", "annual_rate": "0.01"}]}
    terms |= {"grace": {"interest_payment": 1, "capitalise": True}}
    terms |= {"tranches": [{"on": "2023-12-28", "amount": "0.01"}, {"on": "2023-12-29", "amount": "1241.33"}]}
    paid = [event("repay", "2023-12-28", amount=amount) for amount in (*["0.01"] * 5, "0.03")]
    longer = event("extend", "2023-12-28", installments=2)
    policy = {"prepayment": "next_installments", "accrual": "actual"}
    found = state("2024-07-06", *paid, longer, terms=terms, **policy)
    assert found["as_of"]["outstanding"]["principal"] == "1241.34"
    assert len(found["rows"]) == 8
