"""Money that comes before its due date, by hand-checked figures: the interest it takes, the rows it leaves."""

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
    assert column(found, "interest") == ["0.00", "0.00", "180.00", "51.80", "51.80", "51.80"]
    assert found["rows"][2]["settled_on"] == "2026-02-25"


def test_rows_that_the_next_interest_keeps_shrink_from_the_last_on() -> None:
    """60.00 of row 1 wait in row 2. 440 and 4,560 of principal are repaid before the next due date: row 2 ends."""
    terms = TERMS | {"grace": {"interest_payment": 1}}
    found = state(
        "2026-01-25", prepay("2026-01-20", "500"), prepay("2026-01-25", "5000"), terms=terms, prepay_interest="next_due"
    )
    assert allocated(found, 0) == {"interest": "60.00", "principal": "440.00"}
    assert allocated(found) == {"principal": "5000.00"}
    assert (column(found, "principal"), column(found, "interest")) == (["6000.00"], ["60.00"])
    assert found["as_of"]["outstanding"]["total"] == "560.00"


def test_a_row_whose_interest_was_paid_asks_for_no_more_once_all_principal_is_repaid_before_it() -> None:
    """3,300 at 3 % a month: 99.00 to the next due date, which wait in row 2. 1,061 and 1,660 of principal are repaid,
    so that 579 of row 1 are all that is left. With interest on what is owed period 1 has borne less than 99.00."""
    terms = {
        "currency": "CNY",
        "principal": "3300",
        "annual_rate": "36",
        "disbursed_on": "2026-01-10",
        "installments": 3,
        "grace": {"interest_payment": 1},
    }
    events = [prepay("2026-01-20", "1160"), prepay("2026-01-25", "1660")]
    found = state("2026-01-25", *events, terms=terms, prepay_interest="next_due", accrual="actual")
    assert [allocated(found, place) for place in (0, 1)] == [
        {"interest": "99.00", "principal": "1061.00"},
        {"principal": "1660.00"},
    ]
    assert (column(found, "principal"), column(found, "interest")) == (["3300.00", "0.00"], ["0.00", "99.00"])
    assert found["as_of"]["outstanding"]["total"] == found["as_of"]["payoff"] == "579.00"


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


FEES: Document = TERMS | {"fees": [{"name": "service", "amount": "5", "when": "every_installment"}]}
PAID_AHEAD: Document = event("repay", "2026-01-20", amount="100")
"""Row 1's fee and interest, and 35.00 of its principal."""


def test_a_fee_for_paying_off_early_is_asked_for_beside_a_fee_that_was_paid_ahead() -> None:
    """1 % of 5,965.00 are 59.65."""
    policy = {"prepayment": "next_installments", "payoff": {"fee_percent_of_principal": "1"}}
    found = state("2026-01-25", PAID_AHEAD, event("payoff", "2026-01-25"), terms=FEES, **policy)
    assert allocated(found) == {"fee": "59.65", "principal": "5965.00"}
    assert found["rows"][0]["paid"]["fees"] == "64.65"
    assert found["as_of"]["outstanding"]["total"] == "0.00"


def test_a_charge_is_due_on_its_day_though_the_rows_own_fee_was_paid_ahead() -> None:
    visit = event("fee", "2026-01-25", name="visit", amount="3")
    found = state("2026-01-25", PAID_AHEAD, visit, terms=FEES, prepayment="next_installments")
    assert found["as_of"]["due_now"]["fees"] == found["as_of"]["outstanding"]["fees"] == "3.00"


def test_on_a_moved_due_date_interest_is_taken_to_that_day_alone() -> None:
    """60.00 of row 1, and seven of row 2's 28 days: 12.56 of 50.25."""
    found = state("2026-02-17", event("payoff", "2026-02-17"), terms=MOVED, payoff={"interest_to": "next_due_date"})
    assert allocated(found) == {"interest": "72.56", "principal": "6000.00"}


def test_a_fee_that_was_paid_ahead_is_earned_once() -> None:
    found = state("2026-02-10", PAID_AHEAD, terms=FEES, prepayment="next_installments")
    earned = [entry["amount"] for entry in found["ledger"] if entry["credit"] == "fee_income"]
    assert earned == ["5.00"]
    assert found["as_of"]["outstanding"]["fees"] == found["as_of"]["due_now"]["fees"] == "0.00"
