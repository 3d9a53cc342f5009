"""Money that comes before its due date, by hand-checked figures: the interest it takes, the rows it leaves."""

from decimal import Decimal
from typing import Any

import pytest

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
DEFERRED: Document = TERMS | {"method": "interest_only", "grace": {"interest_payment": 2}}
"""60.00 of each of the first two periods wait for row 3."""
CAPITALISED: Document = TERMS | {"method": "interest_only", "grace": {"interest_payment": 2, "capitalise": True}}
MOVED: Document = TERMS | {
    "non_working_days": {"holidays": [f"2026-02-{day}" for day in range(10, 17)], "move": "next"},
}
"""Row 1 is due on 17 February, though its period ends on the 10th."""


def state(as_of: str, *events: Document, terms: Document = TERMS, **policy: object) -> Any:
    return ask("replay", {"terms": terms, "policy": policy, "events": list(events), "as_of": as_of})


def event(kind: str, on: str, **details: object) -> Document:
    return {"type": kind, "on": on} | details


def prepay(on: str, amount: str) -> Document:
    return event("prepay", on, amount=amount)


def column(found: Any, name: str) -> list[str]:
    return [row[name] for row in found["rows"]]


def allocated(found: Any, place: int = -1) -> dict[str, str]:
    """What a transaction settled, without the components that it did not touch."""
    return {name: part for name, part in found["transactions"][place]["allocated"].items() if part != "0.00"}


# -- the interest that a prepayment takes ----------------------------------------------------------------------------


@pytest.mark.parametrize("amount", ["0.01", "20.00", "29.03"])
def test_a_prepayment_below_the_accrued_interest_repays_no_principal(amount: str) -> None:
    found = state("2026-01-25", prepay("2026-01-25", amount))
    assert allocated(found) == {"interest": amount}
    assert column(found, "principal") == ["975.29", "985.04", "994.89", "1004.84", "1014.89", "1025.05"]
    assert found["as_of"]["outstanding"]["principal"] == "6000.00"


def test_interest_that_waits_for_a_later_row_is_taken_too() -> None:
    """60.00 of row 1 and 32.14 of row 2, so that 907.86 are repaid; row 3 asks for 60 + 32.14 + 23.64 and 50.92."""
    found = state("2026-02-25", prepay("2026-02-25", "1000"), terms=DEFERRED)
    assert allocated(found) == {"interest": "92.14", "principal": "907.86"}
    assert column(found, "interest") == ["0.00", "0.00", "166.70", "50.92", "50.92", "50.92"]
    assert found["rows"][2]["paid"]["interest"] == "92.14"
    assert found["as_of"]["next_due"] == {"on": "2026-04-10", "amount": "74.56"}


def test_the_interest_of_the_prepaid_principal_counts_what_waits() -> None:
    """92.142857 of interest on 6,000: 984.88 and its share of 15.12 make 1,000."""
    found = state("2026-02-25", prepay("2026-02-25", "1000"), terms=DEFERRED, prepay_interest="on_prepaid")
    assert allocated(found) == {"interest": "15.12", "principal": "984.88"}


def test_the_next_interest_that_is_due_holds_what_waits() -> None:
    found = state("2026-02-25", prepay("2026-02-25", "1000"), terms=DEFERRED, prepay_interest="next_due")
    assert allocated(found) == {"interest": "180.00", "principal": "820.00"}
    assert found["rows"][2]["settled_on"] == "2026-02-25"


def test_on_a_due_date_nothing_of_the_next_interest_is_taken() -> None:
    events = [event("repay", "2026-02-10", amount="1035.29"), prepay("2026-02-10", "1000")]
    assert allocated(state("2026-02-10", *events, prepay_interest="next_due")) == {"principal": "1000.00"}


def test_the_next_interest_that_is_due_is_not_that_which_joins_the_principal() -> None:
    """Row 3 is the next that asks for interest: 1 % of 6,120.60."""
    found = state("2026-02-25", prepay("2026-02-25", "1000"), terms=CAPITALISED, prepay_interest="next_due")
    assert allocated(found) == {"interest": "61.21", "principal": "938.79"}
    assert [row["paid"]["interest"] for row in found["rows"][:3]] == ["0.00", "0.00", "61.21"]


@pytest.mark.parametrize("how", ["accrued", "on_prepaid"])
def test_interest_that_joins_the_principal_is_not_taken(how: str) -> None:
    """Row 2 adds 6,060 · 1 % · 15 / 28 + 5,060 · 1 % · 13 / 28 = 55.96; later rows bear 1 % of 5,115.96."""
    found = state("2026-02-25", prepay("2026-02-25", "1000"), terms=CAPITALISED, prepay_interest=how)
    assert allocated(found) == {"principal": "1000.00"}
    assert column(found, "balance") == ["6060.00", *["5115.96"] * 4, "0.00"]
    assert column(found, "interest") == ["0.00", "0.00", *["51.16"] * 4]


def test_a_period_that_ended_before_its_late_due_date_bears_interest_beside_the_running_one() -> None:
    """60.00 of row 1 and four of 28 days of 50.25; or of both, 67.1782, the share of 988.93 out of 6,000."""
    found = state("2026-02-14", prepay("2026-02-14", "1000"), terms=MOVED)
    assert allocated(found) == {"interest": "67.18", "principal": "932.82"}
    assert [row["paid"]["interest"] for row in found["rows"][:2]] == ["60.00", "7.18"]
    found = state("2026-02-14", prepay("2026-02-14", "1000"), terms=MOVED, prepay_interest="on_prepaid")
    assert allocated(found) == {"interest": "11.07", "principal": "988.93"}


def test_interest_paid_with_an_earlier_prepayment_is_not_taken_again() -> None:
    """Ten days bear 19.3548: 3.22 with 996.78. With five more on 5,003.22, 8.0697, and less the 3.22 that are paid, it
    is 24.2045 on 5,003.22: 4.81 with 995.19."""
    events = [prepay("2026-01-20", "1000"), prepay("2026-01-25", "1000")]
    found = state("2026-01-25", *events, prepay_interest="on_prepaid")
    assert allocated(found, 0) == {"interest": "3.22", "principal": "996.78"}
    assert allocated(found) == {"interest": "4.81", "principal": "995.19"}


# -- what is left ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "left", "unallocated", "status"),
    [
        ("6029.02", "0.01", None, "active"),
        ("6029.03", "0.00", None, "closed"),
        ("6029.04", "0.00", "0.01", "overpaid"),
    ],
)
def test_all_that_is_owed_to_the_cent_closes_the_loan(
    amount: str, left: str, unallocated: str | None, status: str
) -> None:
    found = state("2026-01-25", prepay("2026-01-25", amount))
    assert (found["as_of"]["outstanding"]["total"], allocated(found).get("unallocated")) == (left, unallocated)
    assert found["as_of"]["status"] == status
    assert [(entry["debit"], entry["credit"]) for entry in found["ledger"][1:4]] == [
        ("interest_receivable", "interest_income"),
        ("cash", "interest_receivable"),
        ("cash", "loan_principal"),
    ]


def test_the_last_cent_ahead_is_prepaid_like_any_other() -> None:
    found = state("2026-01-25", prepay("2026-01-25", "6029.02"), prepay("2026-01-25", "0.01"))
    assert (allocated(found), found["as_of"]["status"]) == ({"principal": "0.01"}, "closed")


def test_nothing_is_prepaid_once_all_is_due() -> None:
    found = state("2026-07-20", prepay("2026-07-20", "100"))
    assert allocated(found) == {"unallocated": "100.00"}
    assert found["as_of"]["outstanding"]["total"] == "6211.75"


@pytest.mark.parametrize(("amount", "status"), [("6028.53", "closed"), ("6028.52", "active")])
def test_a_remainder_up_to_the_limit_is_forgiven(amount: str, status: str) -> None:
    found = state("2026-01-25", event("repay", "2026-01-25", amount=amount), close_within="0.50")
    assert found["as_of"]["status"] == status
    if status == "closed":
        assert (found["ledger"][-1]["debit"], found["ledger"][-1]["amount"]) == ("loss", "0.50")


def test_a_remainder_that_is_due_is_forgiven_with_the_principal_lost() -> None:
    paid = [event("repay", f"2026-{month:02}-10", amount="1035.29") for month in range(2, 7)]
    found = state("2026-07-10", *paid, event("repay", "2026-07-10", amount="1035.00"), close_within="0.50")
    assert (found["as_of"]["status"], found["rows"][-1]["settled_on"]) == ("closed", "2026-07-10")
    last = found["ledger"][-1]
    assert (last["debit"], last["credit"], last["amount"]) == ("loss", "loan_principal", "0.30")


def test_paying_every_coming_row_leaves_the_rest_unallocated() -> None:
    found = state("2026-02-10", event("repay", "2026-02-10", amount="7000"), prepayment="next_installments")
    assert allocated(found) == {"interest": "211.75", "principal": "6000.00", "unallocated": "788.25"}
    assert {row["settled_on"] for row in found["rows"]} == {"2026-02-10"}


def test_interest_that_is_yet_to_join_the_principal_is_not_repaid_with_the_coming_rows() -> None:
    """Five rows of 1,248.60 hold 183.00 of interest and 6,060.00 of principal, of which 6,000.00 were lent."""
    terms = TERMS | {"grace": {"interest_payment": 1, "capitalise": True}}
    found = state(
        "2026-01-20", event("repay", "2026-01-20", amount="7000"), terms=terms, prepayment="next_installments"
    )
    assert allocated(found) == {"interest": "183.00", "principal": "6000.00", "unallocated": "817.00"}
    assert found["as_of"]["outstanding"] == {
        "principal": "0.00",
        "interest": "19.35",
        "fees": "0.00",
        "penalty": "0.00",
        "total": "19.35",
    }


def test_flat_interest_of_rows_that_a_prepayment_ends_is_not_asked_for() -> None:
    terms = TERMS | {"method": "flat"}
    found = state("2026-03-10", event("repay", "2026-03-10", amount="2120"), prepay("2026-03-10", "2000"), terms=terms)
    assert column(found, "interest") == ["60.00"] * 4
    assert column(found, "principal") == ["1000.00", "3000.00", "1000.00", "1000.00"]


def test_the_installment_that_is_kept_is_the_one_that_holds_from_the_next_row_on() -> None:
    """The worked example W: from row 2 on 7,582.68 for the rate to come. 21,556.02 bear 0.45 % in row 2."""
    terms = TERMS | {"principal": "30000", "annual_rate": "6", "disbursed_on": "2026-01-01", "installments": 4}
    terms["rate_changes"] = [{"on": "2026-02-15", "annual_rate": "4.8"}]
    events = [event("repay", "2026-02-01", amount="7593.98"), prepay("2026-02-01", "1000")]
    found = state("2026-02-01", *events, terms=terms)
    assert column(found, "total") == ["8593.98", "7582.68", "7582.68", "6570.12"]
    assert column(found, "interest") == ["150.00", "97.00", "56.28", "26.18"]


# -- interest on what is owed ----------------------------------------------------------------------------------------

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
