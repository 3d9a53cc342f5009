"""Rows that are laid out anew in the middle of a loan, each figure checked by hand."""

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
INTEREST_ONLY: Document = TERMS | {"method": "interest_only"}
MOVED: Document = TERMS | {
    "non_working_days": {"holidays": [f"2026-02-{day}" for day in range(10, 17)], "move": "next"},
}
"""Row 1 is due on 17 February, though its period ends on the 10th."""
LARGER: Document = {
    "type": "reschedule",
    "on": "2026-03-20",
    "terms": TERMS | {"principal": "6500", "disbursed_on": "2026-03-20", "installments": 4},
}
"""6,500 in four installments of 1,665.83, numbered on from the third row, which it closes."""


def state(as_of: str, *events: Document, terms: Document = TERMS, **policy: object) -> Any:
    return ask("replay", {"terms": terms, "policy": policy, "events": list(events), "as_of": as_of})


def event(kind: str, on: str, amount: str | None = None) -> Document:
    return {"type": kind, "on": on} | ({"amount": amount} if amount else {})


def column(found: Any, name: str) -> list[str]:
    return [row[name] for row in found["rows"]]


def allocated(found: Any, place: int = -1) -> dict[str, str]:
    """What a transaction settled, without the components that it did not touch."""
    return {name: part for name, part in found["transactions"][place]["allocated"].items() if part != "0.00"}


def postings(found: Any, memo: str) -> list[tuple[str, str, str]]:
    """Debit, credit and amount of the entries with that memo."""
    return [(entry["debit"], entry["credit"], entry["amount"]) for entry in found["ledger"] if entry["memo"] == memo]


# -- draws and tranches ----------------------------------------------------------------------------------------------


def test_draws_and_a_prepayment_cut_one_row_into_four() -> None:
    """6,000 for 10 days, 9,000 for 5: 33.87 of 1,000 are interest. Then 8,033.87 for 7, 10,033.87 for 9: 81.1426."""
    events = [event("draw", "2026-01-20", "3000"), event("prepay", "2026-01-25", "1000")]
    terms = TERMS | {"method": "revolving", "installments": 3}
    found = state("2026-02-01", *events, event("draw", "2026-02-01", "2000"), terms=terms)
    assert allocated(found, 1) == {"interest": "33.87", "principal": "966.13"}
    assert column(found, "interest") == ["81.14", "100.34", "100.34"]
    assert column(found, "principal") == ["966.13", "0.00", "10033.87"]
    assert column(found, "balance") == ["10033.87", "10033.87", "0.00"]
    assert found["as_of"]["outstanding"]["interest"] == "18.14"


@pytest.mark.parametrize(
    ("installments", "principal"), [(2, ["0.00", "10000.00"]), (3, ["0.00", "1000.00", "9000.00"])]
)
def test_what_is_prepaid_on_the_day_of_a_tranche_is_shown_with_the_row_that_the_tranche_begins(
    installments: int, principal: list[str]
) -> None:
    terms = INTEREST_ONLY | {"installments": installments, "tranches": [{"on": "2026-02-10", "amount": "4000"}]}
    found = state("2026-02-10", event("repay", "2026-02-10", "60"), event("prepay", "2026-02-10", "1000"), terms=terms)
    assert column(found, "principal") == principal
    assert found["rows"][1]["paid"]["principal"] == "1000.00"
    assert column(found, "interest")[:2] == ["60.00", "90.00"]
    assert column(found, "balance")[0] == "10000.00"


def test_what_is_prepaid_at_once_is_not_part_of_a_down_payment() -> None:
    terms = INTEREST_ONLY | {"installments": 2, "down_payment": "20"}
    found = state("2026-01-10", event("prepay", "2026-01-10", "500"), terms=terms)
    assert column(found, "principal") == ["1200.00", "500.00", "4300.00"]
    assert column(found, "interest") == ["0.00", "43.00", "43.00"]
    assert column(found, "balance") == ["4800.00", "4300.00", "0.00"]


def test_a_payoff_pays_what_was_lent_by_then_and_ends_the_tranches() -> None:
    """Row 2: 6,000 for 5 of 28 days, 7,000 for 5 more: 10.7143 and 12.5."""
    tranches = [{"on": "2026-02-15", "amount": "1000"}, {"on": "2026-02-25", "amount": "4000"}]
    found = state("2026-03-20", event("payoff", "2026-02-20"), terms=INTEREST_ONLY | {"tranches": tranches})
    assert found["transactions"][0]["amount"] == "7083.21"
    assert column(found, "interest") == ["60.00", "23.21"]
    assert column(found, "principal") == ["0.00", "7000.00"]
    assert column(found, "balance") == ["6000.00", "0.00"]


# -- after new terms -------------------------------------------------------------------------------------------------


def test_a_prepayment_in_the_first_row_of_new_terms() -> None:
    """10.48 have accrued; 65 · 5 / 31 + 60.1048 · 26 / 31 = 60.89, and the installment of 1,665.83 stays."""
    found = state("2026-03-25", LARGER, event("prepay", "2026-03-25", "500"))
    assert allocated(found) == {"interest": "10.48", "principal": "489.52"}
    assert [row["n"] for row in found["rows"]] == [1, 2, 3, 4, 5, 6, 7]
    assert column(found, "interest")[3:] == ["60.89", "44.06", "27.84", "11.46"]
    assert column(found, "principal")[3:] == ["2094.46", "1621.77", "1637.99", "1145.78"]
    assert column(found, "balance") == ["6000.00", "6000.00", "6500.00", "4405.54", "2783.77", "1145.78", "0.00"]


def test_a_prepayment_on_a_due_date_of_new_terms() -> None:
    """4,399.17 bear 1 % from then on."""
    paid = [event("repay", "2026-04-20", "1665.83"), event("prepay", "2026-04-20", "500")]
    found = state("2026-04-20", LARGER, *paid)
    assert column(found, "principal")[3:] == ["2100.83", "1621.84", "1638.06", "1139.27"]
    assert column(found, "interest")[3:] == ["65.00", "43.99", "27.77", "11.39"]
    assert column(found, "balance")[2:] == ["6500.00", "4399.17", "2777.33", "1139.27", "0.00"]


# -- rows paid ahead -------------------------------------------------------------------------------------------------


def test_a_prepayment_larger_than_the_rows_behind_those_paid_ahead_shrinks_the_last_of_these() -> None:
    """Row 3 is paid but for 494.89 of its principal; 3,044.78 lie behind it, and 155.22 more are prepaid."""
    events = [event("repay", "2026-02-10", "2610.98"), event("prepay", "2026-02-10", "3200")]
    found = state("2026-02-10", *events, prepayment="next_installments")
    assert column(found, "principal") == ["4175.29", "985.04", "839.67"]
    assert column(found, "interest") == ["60.00", "50.25", "40.40"]
    assert column(found, "balance") == ["1824.71", "839.67", "0.00"]
    assert found["as_of"]["next_due"] == {"on": "2026-04-10", "amount": "339.67"}


def test_the_running_row_shrinks_by_no_more_than_was_not_prepaid_of_it() -> None:
    """Row 2 is paid but for 485.04 of its principal; 4,039.67 lie behind it, and 160.33 more are prepaid."""
    events = [event("repay", "2026-02-10", "1585.54"), event("prepay", "2026-02-20", "4200")]
    found = state("2026-02-20", *events, prepayment="next_installments")
    assert column(found, "principal") == ["975.29", "5024.71"]
    assert found["rows"][1]["paid"] == {"principal": "4700.00", "interest": "50.25", "fees": "0.00", "penalty": "0.00"}
    assert found["as_of"]["next_due"] == {"on": "2026-03-10", "amount": "324.71"}


def test_a_payoff_keeps_the_fee_and_interest_of_a_row_paid_ahead() -> None:
    """10.00 of interest and the fee of 10.00 of row 2 were paid before their time; a visit of 3.00 with the rest."""
    terms = TERMS | {"fees": [{"name": "service", "amount": "10", "when": "every_installment"}]}
    visit = {"type": "fee", "on": "2026-02-10", "name": "visit", "amount": "3", "due_on": "2026-04-01"}
    events = [event("repay", "2026-02-10", "1065.29"), visit, event("payoff", "2026-02-10")]
    found = state("2026-02-10", *events, terms=terms, prepayment="next_installments")
    assert allocated(found, 0) == {"fee": "20.00", "interest": "70.00", "principal": "975.29"}
    assert allocated(found) == {"fee": "3.00", "principal": "5024.71"}
    assert (column(found, "fees"), column(found, "interest")) == (["13.00", "10.00"], ["60.00", "10.00"])
    assert (column(found, "principal"), found["as_of"]["status"]) == (["6000.00", "0.00"], "closed")
    assert found["as_of"]["outstanding"]["total"] == "0.00"


def test_a_payoff_keeps_interest_that_alone_was_paid_ahead() -> None:
    events = [event("repay", "2026-02-10", "1045.29"), event("payoff", "2026-02-10")]
    found = state("2026-02-10", *events, prepayment="next_installments")
    assert (column(found, "principal"), column(found, "interest")) == (["6000.00", "0.00"], ["60.00", "10.00"])
    assert (found["as_of"]["status"], found["as_of"]["outstanding"]["total"]) == ("closed", "0.00")


def test_a_row_of_which_more_interest_was_paid_than_has_accrued_stays_as_it_is() -> None:
    """20.00 of the 50.25 of row 2 were paid; by 20 February 17.95 have accrued. Later rows bear 1 % of 500 less."""
    events = [event("repay", "2026-02-10", "1055.29"), event("prepay", "2026-02-20", "500")]
    found = state("2026-02-20", *events, prepayment="next_installments")
    assert allocated(found) == {"principal": "500.00"}
    assert column(found, "interest")[:3] == ["60.00", "50.25", "35.40"]
    assert column(found, "principal")[:3] == ["975.29", "1485.04", "999.89"]


def test_a_prepayment_after_a_due_date_that_was_moved_ahead_leaves_the_row_that_is_due_alone() -> None:
    """10 May 2026 is a Sunday, so row 4 is due on the 8th. On the 9th row 5 has not begun: 1,039.94 are left for it."""
    terms = TERMS | {"non_working_days": {"weekdays": [6, 7], "move": "previous"}}
    paid = [event("repay", on, "1035.29") for on in ("2026-02-10", "2026-03-10", "2026-04-10", "2026-05-08")]
    found = state("2026-05-09", *paid, event("prepay", "2026-05-09", "1000"), terms=terms)
    assert allocated(found) == {"principal": "1000.00"}
    assert column(found, "due_on")[3:5] == ["2026-05-08", "2026-06-10"]
    assert column(found, "principal")[3:] == ["2004.84", "1024.89", "15.05"]
    assert column(found, "interest")[3:] == ["30.45", "10.40", "0.15"]


# -- interest that was settled ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("given", "amount", "interest"), [("29.03", "1000", None), ("9.03", "1020", "20.00")])
def test_interest_that_was_waived_is_neither_taken_nor_asked_for_again(
    given: str, amount: str, interest: str | None
) -> None:
    """29.03 have accrued. With 1,000 repaid, the row asks for 29.0323 + 50 · 16 / 31 = 54.84 less what was settled."""
    waiver = {"type": "waive", "of": "interest", "on": "2026-01-25", "amount": given}
    found = state("2026-01-25", waiver, event("prepay", "2026-01-25", amount))
    assert allocated(found).get("interest") == interest
    assert (found["as_of"]["outstanding"]["principal"], found["as_of"]["outstanding"]["interest"]) == (
        "5000.00",
        "0.00",
    )
    assert found["rows"][0]["interest"] == "54.84"
    assert found["as_of"]["next_due"]["amount"] == "1006.26", "980.45 of principal and 25.81"


def test_a_prepayment_of_the_whole_principal_leaves_interest_that_was_to_join_it() -> None:
    terms = TERMS | {"grace": {"interest_payment": 1, "capitalise": True}}
    found = state("2026-01-25", event("prepay", "2026-01-25", "6000"), terms=terms)
    assert allocated(found) == {"principal": "6000.00"}
    (row,) = found["rows"]
    assert (row["principal"], row["interest"], row["fees"], row["balance"]) == ("6000.00", "29.03", "0.00", "0.00")
    assert found["as_of"]["next_due"] == {"on": "2026-02-10", "amount": "29.03"}
    assert found["as_of"]["status"] == "active"
    later = state("2026-03-10", event("prepay", "2026-01-25", "6000"), terms=terms)
    assert later["as_of"]["outstanding"]["total"] == "29.03"


def test_a_payoff_between_the_end_of_a_period_and_its_due_date_takes_both_rows_interest() -> None:
    """60.00 and four of 28 days of 50.25, shown with the running row and booked once."""
    found = state("2026-02-14", event("payoff", "2026-02-14"), terms=MOVED)
    assert [(row["n"], row["principal"], row["interest"]) for row in found["rows"]] == [(2, "6000.00", "67.18")]
    assert postings(found, "accrual") == [("interest_receivable", "interest_income", "67.18")]
    assert postings(found, "payoff") == [
        ("cash", "interest_receivable", "67.18"),
        ("cash", "loan_principal", "6000.00"),
    ]


def test_interest_paid_of_a_row_whose_due_date_is_to_come_stays_its_own_when_the_loan_is_paid_off() -> None:
    """20.00 of row 1's interest were paid; 40.00 of it, and 7.18 of row 2, close the loan."""
    found = state("2026-02-14", event("prepay", "2026-01-25", "20"), event("payoff", "2026-02-14"), terms=MOVED)
    assert [(row["n"], row["principal"], row["interest"]) for row in found["rows"]] == [
        (1, "0.00", "20.00"),
        (2, "6000.00", "47.18"),
    ]
    assert sum(Decimal(amount) for _, _, amount in postings(found, "accrual")) == Decimal("67.18")
    assert found["as_of"]["outstanding"]["total"] == "0.00"


def test_a_tranche_lent_in_a_row_that_a_payoff_closes_is_shown_with_the_row_that_stays() -> None:
    """1,000 more were lent in row 1's period, which ended before its due date."""
    terms = MOVED | {"tranches": [{"on": "2026-01-20", "amount": "1000"}]}
    found = state("2026-02-14", event("payoff", "2026-02-14"), terms=terms)
    assert (column(found, "principal"), column(found, "balance")) == (["7000.00"], ["0.00"])


def test_a_tranche_that_an_early_repayment_cancelled_is_not_taken_away_again_by_new_terms() -> None:
    """All principal ahead is repaid two days before 100 more would have been lent; row 1 is late, and rescheduled."""
    terms = TERMS | {"tranches": [{"on": "2026-02-22", "amount": "100"}]}
    new = event("reschedule", "2026-02-20") | {
        "terms": TERMS | {"principal": "900", "disbursed_on": "2026-02-20", "installments": 1}
    }
    found = state("2026-02-20", event("prepay", "2026-02-20", "6000"), new, terms=terms)
    assert found["as_of"]["outstanding"]["principal"] == "975.29"
    assert (column(found, "principal")[-1], column(found, "balance")[-1]) == ("900.00", "0.00")


def test_what_new_terms_leave_due_in_a_row_that_was_settled_is_paid_before_later_rows() -> None:
    """1 February is a Sunday: row 1 asked for nothing on 30 January, and on 1 February for the 1,200 that 4,800 leave
    and a month's interest."""
    terms = {
        "currency": "CNY",
        "principal": "6000",
        "annual_rate": "24",
        "disbursed_on": "2026-01-01",
        "installments": 2,
        "method": "bullet",
        "non_working_days": {"weekdays": [6, 7], "move": "previous"},
    }
    new = terms | {"principal": "4800", "annual_rate": "0", "disbursed_on": "2026-02-01", "method": "equal_principal"}
    agreed = event("reschedule", "2026-02-01") | {"terms": new}
    found = state("2026-02-10", agreed, event("repay", "2026-02-10", "1500"), terms=terms)
    assert (column(found, "principal")[0], column(found, "interest")[0]) == ("1200.00", "120.00")
    assert allocated(found) == {"interest": "120.00", "principal": "1380.00"}
    assert column(found, "settled_on")[0] == "2026-02-10"


@pytest.mark.parametrize("on", ["2026-07-10", "2026-08-10"])
def test_a_payoff_at_maturity_or_after_it_pays_all_that_is_due(on: str) -> None:
    found = state(on, event("payoff", on), payoff={"fee_percent_of_principal": "2"})
    assert allocated(found) == {"interest": "211.75", "principal": "6000.00"}
    assert (found["as_of"]["status"], column(found, "settled_on")) == ("closed", [on] * 6)


def test_what_is_paid_ahead_is_earned_once() -> None:
    """The fee and 10.00 of interest of row 2 come a month early; a visit of 3.00 is charged in between."""
    terms = TERMS | {"fees": [{"name": "service", "amount": "10", "when": "every_installment"}]}
    visit = {"type": "fee", "on": "2026-02-20", "name": "visit", "amount": "3", "due_on": "2026-03-01"}
    found = state(
        "2026-03-10", event("repay", "2026-02-10", "1065.29"), visit, terms=terms, prepayment="next_installments"
    )
    earned = [
        (entry["on"], entry["credit"], entry["amount"]) for entry in found["ledger"] if "income" in entry["credit"]
    ]
    assert [line for line in earned if line[1] == "fee_income"] == [
        ("2026-02-10", "fee_income", "10.00"),
        ("2026-02-10", "fee_income", "10.00"),
        ("2026-02-20", "fee_income", "3.00"),
    ]
    assert sum(float(amount) for _, account, amount in earned if account == "interest_income") == 110.25
    outstanding = found["as_of"]["outstanding"]
    assert (outstanding["principal"], outstanding["interest"], outstanding["fees"]) == ("5024.71", "40.25", "3.00")


def test_an_extension_and_a_prepayment_of_one_day_keep_the_installment_of_the_extension() -> None:
    """The worked example Y, less 500 on the day of the extension: 3,539.67 at 600.41 a month."""
    paid = [event("repay", f"2026-0{month}-10", "1035.29") for month in (2, 3)]
    extension = {"type": "extend", "on": "2026-03-10", "installments": 3}
    found = state("2026-03-10", *paid, extension, event("prepay", "2026-03-10", "500"))
    assert column(found, "total") == ["1035.29", "1535.29", *["600.41"] * 6, "64.36"]
    assert found["transactions"][2]["amount"] == "0.00"


def test_interest_that_joins_the_principal_is_owed_as_principal_from_its_due_date_on() -> None:
    terms = TERMS | {"grace": {"interest_payment": 1, "capitalise": True}}
    before, after = (state(day, terms=terms)["as_of"]["outstanding"] for day in ("2026-02-09", "2026-02-10"))
    assert (before["principal"], before["interest"]) == ("6000.00", "58.06")
    assert (after["principal"], after["interest"], after["total"]) == ("6060.00", "0.00", "6060.00")


def test_what_rows_before_cost_counts_for_the_cap_on_interest_that_joins_the_principal() -> None:
    """Of 150.00 row 1 takes 60.00 and a fee of 1.00. Row 2: 60.60 · 10 / 28 + 55.60 · 18 / 28 = 57.39, and 1.00.

    Row 3 finds 150 − 61 − 58.39 − 1.
    """
    terms = INTEREST_ONLY | {"installments": 4, "cost_cap": "2.5", "grace": {"interest_payment": 3, "capitalise": True}}
    terms["fees"] = [{"name": "service", "amount": "1", "when": "every_installment"}]
    found = state("2026-02-20", event("repay", "2026-02-10", "1"), event("prepay", "2026-02-20", "500"), terms=terms)
    assert allocated(found) == {"principal": "500.00"}
    assert column(found, "balance") == ["6060.00", "5617.39", "5647.00", "0.00"]
    assert column(found, "fees") == ["1.00", "1.00", "1.00", "0.00"]


def test_a_row_of_which_principal_alone_was_paid_ahead_stays_as_it_is() -> None:
    """500 of row 2 were paid early; on 20 February 17.95 have accrued, and 282.05 are prepaid."""
    order = ["principal", "interest", "fee", "penalty"]
    events = [event("repay", "2026-02-10", "1535.29"), event("prepay", "2026-02-20", "300")]
    found = state("2026-02-20", *events, prepayment="next_installments", allocation=order)
    assert allocated(found) == {"interest": "17.95", "principal": "282.05"}
    assert column(found, "interest")[:3] == ["60.00", "50.25", "37.58"]
    assert column(found, "principal")[:2] == ["975.29", "1267.09"]


def test_a_tranche_is_booked_on_its_own_day_whenever_one_asks() -> None:
    terms = INTEREST_ONLY | {"tranches": [{"on": "2026-02-25", "amount": "4000"}]}
    lent = [
        (entry["on"], entry["amount"])
        for entry in state("2026-03-05", terms=terms)["ledger"]
        if entry["credit"] == "cash"
    ]
    assert lent == [("2026-01-10", "6000.00"), ("2026-02-25", "4000.00")]
