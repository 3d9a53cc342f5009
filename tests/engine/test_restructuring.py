"""Loans that are drawn on again, extended, rescheduled, or disbursed in parts, by hand-checked figures."""

from typing import Any

import pytest

from tests.engine.answers import ask, refusal
from tests.engine.strategies import Document

TERMS: Document = {
    "currency": "CNY",
    "principal": "6000",
    "annual_rate": "12",
    "disbursed_on": "2026-01-10",
    "installments": 6,
}
"""Six installments of 1,035.29: interest 60.00, 50.25, 40.40, 30.45, 20.40, 10.25, due on the 10th from February."""
LINE: Document = TERMS | {"method": "revolving", "installments": 0, "principal": "10000", "day_count": "actual/360"}


def state(as_of: str, *events: Document, terms: Document = TERMS, **policy: object) -> Any:
    return ask("replay", {"terms": terms, "policy": policy, "events": list(events), "as_of": as_of})


def event(kind: str, on: str, **details: object) -> Document:
    return {"type": kind, "on": on} | details


def column(found: Any, name: str) -> list[str]:
    return [row[name] for row in found["rows"]]


# -- tranches --------------------------------------------------------------------------------------------------------


def test_a_tranche_raises_the_installment_from_its_own_row_on() -> None:
    found = ask("quote", TERMS | {"tranches": [{"on": "2026-02-25", "amount": "4000"}]})
    assert column(found, "interest")[:2] == ["60.00", "68.82"], "5,024.71 for 15 days of 28 and 9,024.71 for 13"
    assert column(found, "total") == ["1035.29", *["1855.08"] * 4, "1855.07"]
    assert (found["net_disbursed"], found["cost_of_credit"]) == ("10000.00", "310.68")


def test_a_loan_drawn_in_parts_may_be_repaid_in_one_sum() -> None:
    found = ask("quote", TERMS | {"method": "bullet", "tranches": [{"on": "2026-04-10", "amount": "4000"}]})
    assert column(found, "total")[:-1] == ["0.00"] * 5
    assert found["rows"][-1]["interest"] == "480.00", "six months on 6,000 and three on 4,000"
    assert found["rows"][-1]["principal"] == "10000.00"


def test_a_tranche_is_in_the_books_from_its_day_on() -> None:
    terms = TERMS | {"tranches": [{"on": "2026-02-25", "amount": "4000"}]}
    assert state("2026-02-24", terms=terms)["as_of"]["outstanding"]["principal"] == "6000.00"
    found = state("2026-02-25", terms=terms)
    assert found["as_of"]["outstanding"]["principal"] == "10000.00"
    assert [entry["amount"] for entry in found["ledger"] if entry["credit"] == "cash"] == ["6000.00", "4000.00"]


def test_a_loan_that_is_paid_off_has_no_more_tranches() -> None:
    terms = TERMS | {"tranches": [{"on": "2026-02-25", "amount": "4000"}]}
    found = state("2026-06-10", event("payoff", "2026-02-10"), terms=terms)
    assert (found["as_of"]["status"], found["as_of"]["outstanding"]["total"]) == ("closed", "0.00")


def test_the_plan_of_a_custom_loan_grows_in_proportion() -> None:
    terms = TERMS | {
        "method": "custom",
        "installments": 3,
        "principal_plan": ["1000", "2000", "3000"],
        "tranches": [{"on": "2026-02-10", "amount": "2500"}],
    }
    assert column(ask("quote", terms), "principal") == ["1000.00", "3000.00", "4500.00"]


# -- revolving -------------------------------------------------------------------------------------------------------


def test_a_line_bears_interest_by_the_day_on_what_is_drawn() -> None:
    draw = event("draw", "2026-02-01", amount="5000")
    assert state("2026-03-01", draw, terms=LINE)["as_of"]["outstanding"]["interest"] == "213.33", (
        "22 days on 10,000 and 28 on 15,000"
    )
    found = state("2026-03-01", draw, event("repay", "2026-03-01", amount="8000"), terms=LINE)
    assert found["transactions"][-1]["allocated"]["interest"] == "213.33"
    assert found["as_of"]["outstanding"]["principal"] == "7213.33"


def test_a_line_without_installments_has_no_rows_and_is_never_overdue() -> None:
    found = state("2027-01-10", terms=LINE)
    assert (found["rows"], found["as_of"]["next_due"], found["as_of"]["days_past_due"]) == ([], None, 0)
    assert found["as_of"]["payoff"] == "11216.67", "365 days of 360 at 12 % on 10,000"


def test_a_line_that_was_paid_off_can_be_drawn_on_again() -> None:
    found = state("2026-05-01", event("payoff", "2026-03-01"), event("draw", "2026-04-01", amount="3000"), terms=LINE)
    assert (found["as_of"]["payoff"], found["as_of"]["status"]) == ("3030.00", "active")


def test_a_line_counts_whole_months_where_interest_runs_by_periods() -> None:
    terms = LINE | {"day_count": "30/360", "disbursed_on": "2026-01-31"}
    assert state("2026-02-28", terms=terms)["as_of"]["outstanding"]["interest"] == "100.00"
    assert state("2026-03-31", terms=terms)["as_of"]["outstanding"]["interest"] == "200.00"
    assert state("2026-03-14", terms=terms)["as_of"]["outstanding"]["interest"] == "145.16", "14 of the 31 days"


def test_a_line_with_installments_asks_for_interest_each_period_and_principal_at_the_end() -> None:
    terms = TERMS | {"method": "revolving", "installments": 3}
    found = state("2026-01-20", event("draw", "2026-01-20", amount="3000"), terms=terms)
    assert column(found, "interest") == ["80.32", "90.00", "90.00"], "3,000 for 21 of 31 days"
    assert column(found, "principal") == ["0.00", "0.00", "9000.00"]


def test_only_a_revolving_loan_is_drawn_on_again() -> None:
    drawn = {"terms": TERMS, "events": [event("draw", "2026-02-01", amount="1")], "as_of": "2026-03-01"}
    assert refusal("replay", drawn)["field"] == "events[0].type"


# -- extension -------------------------------------------------------------------------------------------------------


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


# -- rescheduling ----------------------------------------------------------------------------------------------------


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


# -- interest on what is really owed ---------------------------------------------------------------------------------


def test_arrears_bear_the_loan_s_rate_where_interest_follows_what_is_owed() -> None:
    events = [event("repay", "2026-02-10", amount="1035.29"), event("repay", "2026-03-25", amount="1035.29")]
    found = state("2026-04-10", *events, accrual="actual")
    assert found["rows"][2]["interest"] == "45.16", "5,024.71 for 15 days of 31 and 4,039.67 for 16"
    assert found["rows"][2]["total"] == "1035.29", "the installment stays as it is"


def test_money_paid_on_the_due_date_bears_nothing_more() -> None:
    paid = [event("repay", f"2026-{month:02}-10", amount="1035.29") for month in (2, 3, 4)]
    assert column(state("2026-04-10", *paid, accrual="actual"), "interest") == column(state("2026-04-10"), "interest")


def test_what_is_owed_after_the_last_due_date_goes_on_bearing_interest() -> None:
    terms = TERMS | {"method": "interest_only", "installments": 1}
    assert state("2026-04-10", terms=terms)["as_of"]["outstanding"]["interest"] == "60.00"
    found = state("2026-04-10", terms=terms, accrual="actual")
    assert found["as_of"]["outstanding"]["interest"] == "180.00"
    assert found["as_of"]["due_now"]["interest"] == "180.00"


# -- the rate an installment is settled at ---------------------------------------------------------------------------


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


# -- limits on lateness ----------------------------------------------------------------------------------------------


def test_in_duplum_stops_what_is_added_for_lateness_at_the_principal() -> None:
    terms = TERMS | {"method": "interest_only", "installments": 1, "annual_rate": "600"}
    penalty = {"annual_rate": "730"}
    assert state("2026-05-10", terms=terms, penalty=penalty)["as_of"]["outstanding"]["penalty"] == "10680.00"
    found = state("2026-05-10", terms=terms, penalty=penalty, in_duplum=True)
    assert found["as_of"]["outstanding"]["penalty"] == "3000.00", "with 3,000.00 of interest as much as the principal"


def test_interest_that_was_stopped_in_duplum_is_not_asked_for_later() -> None:
    terms = LINE | {"annual_rate": "1200"}
    stopped = state("2026-03-11", terms=terms, in_duplum=True)
    assert stopped["as_of"]["outstanding"]["interest"] == "10000.00", "60 days of 33.33 come to 20,000"
    paid = state("2026-03-11", event("repay", "2026-03-11", amount="4000"), terms=terms, in_duplum=True)
    assert paid["as_of"]["outstanding"]["interest"] == "6000.00"


def test_new_terms_on_the_day_of_a_tranche_take_it_over() -> None:
    terms = TERMS | {"tranches": [{"on": "2026-01-10", "amount": "500"}]}
    found = state("2026-01-10", new("6500", on="2026-01-10", annual_rate="0"), terms=terms)
    assert column(found, "balance") == ["6500.00", "4875.00", "3250.00", "1625.00", "0.00"]


def test_a_late_fee_may_come_again_with_every_later_due_date() -> None:
    fee = {"amount": "10", "after_days": 3}
    assert column(state("2026-05-20", late_fee=fee), "fees")[:4] == ["10.00"] * 4
    again = fee | {"once_per_installment": False}
    assert column(state("2026-05-20", late_fee=again), "fees")[:4] == ["40.00", "30.00", "20.00", "10.00"]


# -- what is kept as the schedule is laid out anew -------------------------------------------------------------------


@pytest.mark.parametrize("parts", [["4000"], ["1000", "3000"], ["3000", "1000"], ["2000", "2000"]])
def test_a_share_that_is_kept_stays_through_interest_that_joins_the_principal(parts: list[str]) -> None:
    terms = TERMS | {
        "installments": 3,
        "method": "equal_principal",
        "grace": {"interest_payment": 1, "capitalise": True},
    }
    paid = [event("repay", "2026-01-10", amount=amount) for amount in parts]
    assert state("2026-01-10", *paid, terms=terms)["rows"][0]["principal"] == "6000.00"


def test_a_plan_grows_in_proportion_from_the_row_of_the_tranche_on() -> None:
    terms = TERMS | {
        "method": "custom",
        "installments": 3,
        "principal_plan": ["1000", "2000", "3000"],
        "tranches": [{"on": "2026-02-20", "amount": "2500"}],
    }
    assert column(ask("quote", terms), "principal") == ["1000.00", "3000.00", "4500.00"]
    early = event("prepay", "2026-01-10", amount="3000")
    found = state("2026-01-10", early, terms=terms | {"tranches": []}, prepayment="reduce_installment")
    assert column(found, "principal") == ["3500.00", "1000.00", "1500.00"]


def test_a_plan_that_holds_nothing_more_leaves_a_tranche_to_the_last_row() -> None:
    terms = TERMS | {
        "method": "custom",
        "installments": 3,
        "principal_plan": ["6000", "0", "0"],
        "tranches": [{"on": "2026-02-20", "amount": "2500"}],
    }
    assert column(ask("quote", terms), "principal") == ["6000.00", "0.00", "2500.00"]
