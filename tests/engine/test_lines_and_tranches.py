"""Loans that are disbursed in parts or drawn on again, by hand-checked figures."""

from tests.engine.answers import ask, refusal
from tests.engine.hand_checked import LINE, TERMS, column, event, state

# -- tranches ----------------------------------------------------------------------------------------------------------


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


# -- revolving ---------------------------------------------------------------------------------------------------------


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
