"""Interest that runs on what is really owed, and what closes a loan with it, by hand-checked figures."""

from decimal import Decimal

import pytest

from tests.engine.strategies import Document
from tests.engine.test_prepayments import MOVED, TERMS, allocated, column, event, prepay, state

MATURED: Document = TERMS | {
    "method": "interest_only",
    "principal": "10000",
    "installments": 1,
    "day_count": "actual/365",
}


def test_interest_after_the_last_due_date_is_rounded_with_that_of_the_last_row() -> None:
    """10,000 · 0.12 · 33 / 365 is 108.4932; 31 days alone are 101.92 and two 6.58."""
    found = state("2026-02-12", terms=MATURED, accrual="actual")
    assert found["as_of"]["outstanding"]["interest"] == "108.49"


def test_a_day_that_changes_nothing_owed_does_not_cut_the_interest_after_the_last_due_date() -> None:
    """Four days on 6,000 bear 7.89; cut in the middle they would be twice 3.95."""
    events = [event("repay", "2026-02-12", amount="4108.50"), event("fee", "2026-02-14", name="visit", amount="1")]
    terms = MATURED | {"interest_rounding": "stretch"}
    found = state("2026-02-16", *events, terms=terms, accrual="actual")
    assert found["transactions"][0]["allocated"]["interest"] == "108.50"
    assert (found["as_of"]["outstanding"]["principal"], found["as_of"]["due_now"]["interest"]) == ("6000.00", "7.89")


@pytest.mark.parametrize("on", ["2026-02-10", "2026-02-12"])
def test_principal_is_not_late_while_its_moved_due_date_is_still_to_come(on: str) -> None:
    visit = event("fee", on, name="visit", amount="1")
    assert column(state(on, visit, terms=MOVED, accrual="actual"), "interest")[:2] == ["60.00", "50.25"]
    found = state(
        "2026-02-18", visit, event("fee", "2026-02-18", name="call", amount="1"), terms=MOVED, accrual="actual"
    )
    assert column(found, "interest")[1] == "57.56", "seven of 28 days on 5,024.71, 21 on 6,000 from the due date on"


@pytest.mark.parametrize("on", ["2026-03-10", "2026-03-12", None])
def test_arrears_bear_interest_while_a_moved_due_date_is_still_to_come_whatever_else_happens(on: str | None) -> None:
    """Row 1 is unpaid, row 2 due on 17 March. Until then 5,024.71 are owed or late in row 3, of which the schedule has
    4,049.42; from then on 6,000."""
    days_off = [f"2026-03-{day}" for day in range(10, 17)]
    terms = TERMS | {"non_working_days": {"holidays": days_off, "move": "next"}}
    events = [event("fee", on, name="visit", amount="1")] if on else []
    found = state("2026-03-20", *events, terms=terms, accrual="actual")
    assert column(found, "interest")[:3] == ["60.00", "60.00", "57.80"]


@pytest.mark.parametrize(("move", "interest"), [("previous", "360.00"), ("next", "359.03")])
def test_arrears_bear_interest_from_the_end_of_a_period_whose_due_date_was_moved(move: str, interest: str) -> None:
    """Nothing is paid of 12,000 at 3 % a month. Row 4's period ends on Sunday 10 May; until the 11th, its 1,000 are
    not late where its due date was moved on, so that row 5 bears nothing on them for one day of 31."""
    found = state(
        "2026-06-01",
        terms={
            "currency": "CNY",
            "principal": "12000.00",
            "annual_rate": "36",
            "disbursed_on": "2026-01-10",
            "installments": 12,
            "method": "equal_principal",
            "non_working_days": {"weekdays": [6, 7], "move": move},
        },
        accrual="actual",
    )
    assert column(found, "interest")[:5] == ["360.00", "360.00", "360.00", "360.00", interest]


@pytest.mark.parametrize(("on", "interest"), [("2026-02-10", "0.00"), ("2026-02-11", "60.00")])
def test_interest_to_the_next_due_date_is_asked_once_a_day_of_its_period_has_passed(on: str, interest: str) -> None:
    """Row 1 asks for nothing and its due date was moved to the 17th; the period of row 2 begins on the 10th."""
    days_off = [f"2026-02-{day}" for day in range(10, 17)]
    terms = TERMS | {"non_working_days": {"holidays": days_off, "move": "next"}, "grace": {"principal": 1}}
    paid = event("repay", "2026-02-09", amount="60.00")
    found = state(on, paid, terms=terms, prepayment="next_installments", payoff={"interest_to": "next_due_date"})
    assert found["as_of"]["payoff"] == f"{6000 + Decimal(interest):.2f}"


def test_interest_taken_before_a_replan_that_rounds_it_to_less_is_no_more_than_paid() -> None:
    """89 days bear 0.89 on 25.13, 0.90 by the rows as they were: the cent stays with row 3, which carries it."""
    terms = TERMS | {
        "principal": "25.14",
        "annual_rate": "7.96",
        "disbursed_on": "2023-12-28",
        "installments": 10,
        "method": "equal_principal",
        "every": 2,
        "day_count": "30/360",
        "interest_rounding": "day",
        "unrounded": True,
        "grace": {"interest_payment": 2},
    }
    events = [event("repay", "2023-12-28", amount="0.01"), prepay("2024-03-27", "1.16")]
    found = state("2024-04-28", *events, terms=terms, prepayment="reduce_term")
    assert column(found, "interest")[:3] == ["0.00", "0.00", "0.90"]
    assert [row["paid"]["interest"] for row in found["rows"]][:3] == ["0.00", "0.00", "0.90"]
    assert found["as_of"]["due_now"]["interest"] == "0.00"


def test_a_payoff_closes_a_loan_whose_principal_was_paid_before_its_interest() -> None:
    """Where principal comes first, 60.00 of interest would still fall due though nothing is owed on the first day."""
    terms = TERMS | {"installments": 1}
    order = {"prepayment": "next_installments", "allocation": ["principal", "interest", "fee", "penalty"]}
    paid = event("repay", "2026-01-10", amount="6000")
    before = state("2026-01-10", paid, terms=terms, **order)["as_of"]
    assert (before["payoff"], before["next_due"]) == ("0.00", {"on": "2026-02-10", "amount": "60.00"})
    after = state("2026-02-10", paid, event("payoff", "2026-01-10"), terms=terms, **order)["as_of"]
    assert (after["status"], after["outstanding"]["total"], after["next_due"]) == ("closed", "0.00", None)


def test_paying_arrears_and_the_rest_on_one_day_costs_what_the_payoff_quote_says() -> None:
    """What is paid of the arrears on the day bears nothing in the days to the next due date."""
    figures = {"accrual": "actual", "payoff": {"interest_to": "next_due_date"}, "prepay_interest": "next_due"}
    arrears = event("repay", "2026-03-01", amount="1035.29")
    quoted = state("2026-03-01", arrears, **figures)["as_of"]["payoff"]
    found = state("2026-03-01", arrears, event("payoff", "2026-03-01"), **figures)
    assert found["transactions"][-1]["amount"] == quoted
    whole = f"{Decimal('1035.29') + Decimal(quoted):.2f}"
    at_once = state("2026-03-01", event("repay", "2026-03-01", amount=whole), **figures)
    assert (at_once["as_of"]["status"], at_once["as_of"]["payoff"]) == ("closed", "0.00")
    assert at_once["transactions"][0]["allocated"]["unallocated"] == "0.00"


@pytest.mark.parametrize(
    ("as_of", "interest"),
    [("2026-02-20", "31.00"), ("2026-03-02", "36.00"), ("2026-03-10", "40.00"), ("2026-03-20", "45.00")],
)
def test_arrears_go_on_bearing_interest_when_all_that_was_to_come_is_repaid(as_of: str, interest: str) -> None:
    """1,000 bear 1.00 a day, the 500 overdue 0.50; ten days of the second period were paid with its principal."""
    terms = TERMS | {"principal": "1000", "annual_rate": "36.5", "method": "equal_principal", "installments": 2}
    terms |= {"day_count": "actual/365"}
    early = event("prepay", "2026-02-20", amount="510")
    found = state(as_of, early, terms=terms, accrual="actual")
    assert found["as_of"]["outstanding"] | {"total": ""} == {
        "principal": "500.00",
        "interest": interest,
        "fees": "0.00",
        "penalty": "0.00",
        "total": "",
    }


def test_a_down_payment_that_is_late_bears_interest_when_all_else_is_repaid_at_once() -> None:
    """A tenth of 10,000 is due at once: 1,000 at 0.1 % a day, and ten days have passed."""
    terms = TERMS | {"principal": "10000", "annual_rate": "36.5", "day_count": "actual/365", "down_payment": "10"}
    found = state("2026-01-20", prepay("2026-01-10", "9000"), terms=terms, accrual="actual")
    assert (found["as_of"]["outstanding"]["principal"], found["as_of"]["outstanding"]["interest"]) == (
        "1000.00",
        "10.00",
    )


def test_a_tranche_that_was_cancelled_is_owed_neither_principal_nor_interest() -> None:
    """182.90 of row 1; of row 2 one day on 5,900 that was paid, then 105 days of 2.90497 on the arrears."""
    terms = TERMS | {"principal": "5900", "annual_rate": "36", "disbursed_on": "2023-12-28", "installments": 2}
    terms |= {"day_count": "actual/360", "tranches": [{"on": "2024-01-30", "amount": "1800"}]}
    found = state("2024-05-13", prepay("2024-01-29", "3500"), terms=terms, accrual="actual")
    assert column(found, "principal") == ["2904.97", "2995.03"]
    assert column(found, "interest") == ["182.90", "310.92"]
    assert (found["as_of"]["due_now"]["total"], found["as_of"]["outstanding"]["total"]) == ("3392.89", "3392.89")


@pytest.mark.parametrize(("rounding", "interest"), [("row", "60.00"), ("day", "60.13")])
@pytest.mark.parametrize("due_day", [{}, {"due_day": 31}, {"first_due_on": "2026-02-28", "due_day": 31}])
def test_months_after_a_last_due_date_in_february_end_on_the_due_day_as_those_before(
    rounding: str, interest: str, due_day: Document
) -> None:
    """20.00 a month to 30 April, none of them counted from the 28th; by days 28 of 0.71, 31 of 0.65, 30 of 0.67."""
    terms = {"currency": "CNY", "principal": "1000", "annual_rate": "24", "disbursed_on": "2026-01-31"}
    terms |= {"installments": 1, "interest_rounding": rounding} | due_day
    found = state("2026-04-30", terms=terms, accrual="actual")
    assert found["as_of"]["outstanding"]["interest"] == interest


def test_a_row_free_of_interest_stays_so_whatever_is_owed() -> None:
    terms = TERMS | {"grace": {"interest_charged": 2}}
    found = state("2026-02-20", event("fee", "2026-02-20", name="visit", amount="1"), terms=terms, accrual="actual")
    assert column(found, "interest")[:2] == ["0.00", "0.00"]


def test_the_smallest_remainder_is_forgiven_too() -> None:
    found = state("2026-01-25", event("repay", "2026-01-25", amount="6029.02"), close_within="0.50")
    assert found["as_of"]["status"] == "closed"


def test_a_charge_that_is_owed_at_once_is_due_as_far_as_it_is_unpaid() -> None:
    visit = event("fee", "2026-01-20", name="visit", amount="15")
    found = state("2026-01-20", visit, event("repay", "2026-01-20", amount="10"))
    assert (allocated(found), found["as_of"]["due_now"]["fees"]) == ({"fee": "10.00"}, "5.00")


def test_interest_after_the_last_due_date_is_that_of_the_last_row() -> None:
    """31 days bear 61.15; 28 days and two more, rounded together, 59.18."""
    terms = MATURED | {"principal": "6000", "installments": 2}
    found = state("2026-03-12", terms=terms, accrual="actual")
    assert column(found, "interest") == ["61.15", "59.18"]
    assert found["as_of"]["due_now"]["interest"] == "120.33"


def test_a_row_that_was_paid_ahead_keeps_its_interest_whatever_is_owed() -> None:
    paid = event("repay", "2026-02-10", amount="2070.58")
    found = state("2026-02-20", paid, prepayment="next_installments", accrual="actual")
    assert allocated(found) == {"interest": "110.25", "principal": "1960.33"}
    assert column(found, "interest")[:3] == ["60.00", "50.25", "40.40"]
    assert found["rows"][1]["settled_on"] == "2026-02-10"


def test_interest_that_joined_the_principal_is_not_asked_for_after_the_last_due_date() -> None:
    """10.00 of period 1 are principal. 510 are prepaid, so that row 1 is the last; a month of its 500 bears 5.00."""
    terms = TERMS | {"principal": "1000", "installments": 2, "method": "equal_principal"}
    capitalised = terms | {"grace": {"interest_payment": 1, "capitalise": True}}
    found = state("2026-03-10", prepay("2026-02-10", "510"), terms=capitalised, accrual="actual")
    assert (column(found, "principal"), column(found, "interest")) == (["1010.00"], ["5.00"])
    assert found["as_of"]["due_now"]["total"] == found["as_of"]["outstanding"]["total"] == "505.00"


def test_a_payoff_on_a_last_due_date_before_the_end_of_its_period_pays_that_periods_interest() -> None:
    """28 February is a Saturday. 600 bear 4.29 in 10 of 28 days; 204.29 and their 2.6266 for the other 18 are owed."""
    terms = {
        "currency": "CNY",
        "principal": "600",
        "annual_rate": "24",
        "disbursed_on": "2026-01-31",
        "installments": 2,
        "non_working_days": {"weekdays": [6, 7], "move": "next_same_month"},
    }
    repaid = event("repay", "2026-02-10", amount="400")
    before = state("2026-02-27", repaid, terms=terms, accrual="actual")
    assert before["as_of"]["payoff"] == before["as_of"]["outstanding"]["total"] == "206.91"
    after = state("2026-02-27", repaid, event("payoff", "2026-02-27"), terms=terms, accrual="actual")
    assert allocated(after) == {"principal": "204.29", "interest": "2.62"}
    assert after["as_of"]["status"] == "closed"


def test_interest_on_arrears_finds_what_fees_and_penalties_left_of_the_cost_cap() -> None:
    """Of 100.00 the rows as agreed take 40.00, 26.93 and 13.60; a fee finds 19.47, arrears then bear 40.00 and 0.53."""
    terms = {"currency": "USD", "principal": "2000", "annual_rate": "24", "disbursed_on": "2026-01-10"}
    terms |= {"installments": 3, "cost_cap": "5"}
    visit = event("fee", "2026-01-10", name="visit", amount="50")
    found = state("2026-04-01", visit, terms=terms, accrual="actual")
    assert column(found, "interest") == ["40.00", "40.00", "0.53"]
    assert (found["as_of"]["outstanding"]["fees"], found["as_of"]["outstanding"]["total"]) == ("19.47", "2100.00")
