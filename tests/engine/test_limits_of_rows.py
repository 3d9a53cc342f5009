"""What holds rows back, by hand-checked figures: cost caps, balloons, plans, grace; and rows at full precision."""

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
"""1 % a month."""
INTEREST_ONLY: Document = TERMS | {"method": "interest_only"}


def quote(terms: Document, **changes: object) -> Any:
    return ask("quote", terms | changes)


def column(found: Any, name: str) -> list[str]:
    return [row[name] for row in found["rows"]]


def fee(when: str, amount: str) -> Document:
    return {"name": when, "amount": amount, "when": when}


# -- cost cap --------------------------------------------------------------------------------------------------------


def test_a_cost_cap_counts_every_fee_and_cuts_interest_before_fees() -> None:
    """Of 300.00 the fees at disbursement take 90.00; row 1 asks for 100.40 and 10.00, row 2 finds 99.60."""
    fees = [fee("disbursement", "50"), fee("disbursement_added", "40"), fee("every_installment", "10")]
    found = quote(INTEREST_ONLY, principal="10000", installments=3, cost_cap="3", fees=fees)
    assert column(found, "interest") == ["100.40", "99.60", "0.00"]
    assert column(found, "fees") == ["10.00", "0.00", "0.00"]
    assert column(found, "principal") == ["0.00", "0.00", "10040.00"]
    assert found["cost_of_credit"] == "300.00"


def test_a_cost_cap_that_fees_exceed_leaves_no_interest() -> None:
    found = quote(INTEREST_ONLY, installments=3, cost_cap="1", fees=[fee("disbursement", "61")])
    assert column(found, "interest") == ["0.00", "0.00", "0.00"]


@pytest.mark.parametrize(
    ("fees", "net", "principal", "cost"),
    [
        ([fee("disbursement", "61")], "5940.00", "6000.00", "60.00"),
        ([fee("disbursement_added", "61")], "6000.00", "6060.00", "60.00"),
        ([fee("disbursement", "50"), fee("disbursement_added", "40")], "5980.00", "6040.00", "60.00"),
    ],
)
def test_fees_at_disbursement_are_cut_to_the_cost_cap_too(
    fees: list[Document], net: str, principal: str, cost: str
) -> None:
    found = quote(INTEREST_ONLY, installments=3, cost_cap="1", fees=fees)
    assert (found["net_disbursed"], found["totals"]["principal"], found["cost_of_credit"]) == (net, principal, cost)


def test_fees_at_disbursement_are_cut_in_whole_steps() -> None:
    """Of 60.60 the row's step of 1 leaves 60."""
    found = quote(INTEREST_ONLY, installments=3, cost_cap="1.01", round_to="1", fees=[fee("disbursement", "61")])
    assert (found["net_disbursed"], found["cost_of_credit"]) == ("5940.00", "60.00")


def test_interest_joins_the_principal_only_as_far_as_all_earlier_costs_leave_room() -> None:
    """Of 150.00 the fees at disbursement take 10.00 and row 0 takes 19.37; each row's fee of 1.00 comes first.

    Row 1 capitalises the whole of 6,006 · 1 %. That leaves 150 − 10 − 19.37 − 2 − 60.06 = 58.57 for row 2, and less
    than nothing for row 3.
    """
    found = quote(
        INTEREST_ONLY,
        installments=5,
        first_due_on="2026-02-20",
        broken_period="at_disbursement",
        cost_cap="2.5",
        grace={"interest_payment": 3, "capitalise": True},
        fees=[fee("disbursement", "4"), fee("disbursement_added", "6"), fee("every_installment", "1")],
    )
    assert column(found, "interest") == ["19.37", *["0.00"] * 5]
    assert column(found, "fees") == ["0.00", "1.00", "1.00", "0.00", "0.00", "0.00"]
    assert column(found, "balance") == ["6006.00", "6066.06", "6124.63", "6124.63", "6124.63", "0.00"]
    assert found["cost_of_credit"] == "150.00"


def test_interest_joins_the_principal_in_whole_steps() -> None:
    """The cap of 90.60 leaves 30 of the 61 of row 2, and nothing that row 3 may hold."""
    grace = {"interest_payment": 2, "capitalise": True}
    found = quote(INTEREST_ONLY, installments=3, cost_cap="1.51", round_to="1", grace=grace)
    assert column(found, "balance") == ["6060.00", "6090.00", "0.00"]
    assert column(found, "interest") == ["0.00", "0.00", "0.00"]


def test_a_cost_cap_cuts_rows_to_what_they_may_hold() -> None:
    """Of 90.60, row 1 takes 60 and the fee of 5, row 2 25 of its 60; the 0.60 that are left fit nowhere."""
    fees = [fee("every_installment", "5")]
    found = quote(INTEREST_ONLY, installments=3, cost_cap="1.51", round_to="1", fees=fees)
    assert column(found, "interest") == ["60.00", "25.00", "0.00"]
    assert column(found, "fees") == ["5.00", "0.00", "0.00"]
    found = quote(INTEREST_ONLY, installments=3, cost_cap="1.06", round_to="1", fees=fees)
    assert (column(found, "interest"), column(found, "fees")) == (["60.00", "0.00", "0.00"], ["3.00", "0.00", "0.00"])


def test_an_installment_is_derived_again_where_the_cap_stops_interest_from_joining_the_principal() -> None:
    """6,000 and the 30.00 that the cap leaves, over two months at 1 %: 6,030 · 0.01 / (1 − 1.01⁻²)."""
    grace = {"interest_payment": 1, "principal": 1, "capitalise": True}
    found = quote(TERMS, installments=3, cost_cap="0.5", grace=grace)
    assert (found["rows"][0]["balance"], found["rows"][1]["principal"]) == ("6030.00", "3000.00")
    assert column(found, "interest") == ["0.00", "0.00", "0.00"]


@pytest.mark.parametrize(("rate", "refused"), [("1859", False), ("1860", True)])
def test_interest_at_disbursement_leaves_something_of_the_payout(rate: str, refused: bool) -> None:
    """100.00 less a fee of 50.00; at 1,860 % ten of 31 days bear 50.00."""
    terms = TERMS | {"principal": "100", "first_due_on": "2026-02-20", "broken_period": "at_disbursement"}
    terms |= {"annual_rate": rate, "fees": [fee("disbursement", "50")]}
    if refused:
        assert refusal("quote", terms)["field"] == "broken_period"
    else:
        assert quote(terms)["net_disbursed"] == "0.03"


@pytest.mark.parametrize("unrounded", [False, True])
def test_a_fee_of_the_first_installment_is_of_no_other(unrounded: bool) -> None:
    fees = [fee("first_installment", "7"), fee("every_installment", "2")]
    assert column(quote(TERMS, installments=3, fees=fees, unrounded=unrounded), "fees") == ["9.00", "2.00", "2.00"]


# -- balloon, grace, plans -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unrounded", [False, True])
def test_a_fixed_installment_never_eats_into_the_balloon(unrounded: bool) -> None:
    terms = TERMS | {"balloon": {"amount": "2000"}, "installment_amount": "2060", "unrounded": unrounded}
    found = quote(terms)
    assert column(found, "principal") == ["2000.00", "2000.00", "0.00", "0.00", "0.00", "2000.00"]
    assert column(found, "interest") == ["60.00", "40.00", "20.00", "20.00", "20.00", "20.00"]


@pytest.mark.parametrize("unrounded", [False, True])
def test_the_balloon_is_the_future_value_of_the_annuity_at_any_precision(unrounded: bool) -> None:
    """(100,000 · 1.005³ − 30,000) · 0.005 / (1.005³ − 1) = 23,717.0546."""
    terms = TERMS | {"principal": "100000", "annual_rate": "6", "installments": 3, "balloon": {"percent": "30"}}
    found = quote(terms, unrounded=unrounded)
    assert found["installment"] == "23717.05"
    assert column(found, "balance") == ["76782.95", "53449.81", "0.00"]


@pytest.mark.parametrize("unrounded", [False, True])
def test_a_balloon_of_all_that_is_lent_leaves_an_installment_of_nought_without_interest(unrounded: bool) -> None:
    found = quote(TERMS, annual_rate="0", balloon={"percent": "100"}, unrounded=unrounded)
    assert found["installment"] == "0.00"
    assert column(found, "total") == [*["0.00"] * 5, "6000.00"]


def test_after_grace_the_rows_left_share_the_principal_equally() -> None:
    found = quote(TERMS, method="equal_principal", grace={"principal": 2})
    assert column(found, "principal") == ["0.00", "0.00", *["1500.00"] * 4]
    assert column(found, "interest") == ["60.00", "60.00", "60.00", "45.00", "30.00", "15.00"]


def test_a_share_is_derived_again_after_interest_has_joined_the_principal() -> None:
    """1,000 of 6,000; then 5,060 in five parts."""
    found = quote(TERMS, method="equal_principal", grace={"interest_payment": 1, "capitalise": True})
    assert column(found, "principal") == ["1000.00", *["1012.00"] * 5]
    assert column(found, "interest") == ["0.00", "50.60", "40.48", "30.36", "20.24", "10.12"]


def test_a_plan_grows_with_each_tranche_in_turn() -> None:
    """9,000 that are left grow by half, then 10,500 by a fifth."""
    terms = TERMS | {"method": "custom", "principal": "10000", "installments": 4}
    terms["principal_plan"] = ["1000", "2000", "3000", "4000"]
    tranches = [{"on": "2026-02-10", "amount": "4500"}, {"on": "2026-03-10", "amount": "2100"}]
    assert column(quote(terms, tranches=tranches), "principal") == ["1000.00", "3000.00", "5400.00", "7200.00"]


def test_a_fee_that_joins_the_principal_of_a_plan_is_repaid_with_its_last_amount() -> None:
    terms = TERMS | {"method": "custom", "installments": 3, "principal_plan": ["1000", "2000", "3000"]}
    found = quote(terms, fees=[fee("disbursement_added", "60")])
    assert column(found, "principal") == ["1000.00", "2000.00", "3060.00"]
    assert column(found, "interest") == ["60.60", "50.60", "30.60"]


# -- full precision --------------------------------------------------------------------------------------------------


def test_an_equal_share_keeps_full_precision_where_rows_do() -> None:
    """Running totals of 333.333…, and of 10, 6.666… and 3.333…"""
    found = quote(TERMS, method="equal_principal", principal="1000", installments=3, unrounded=True)
    assert column(found, "principal") == ["333.33", "333.34", "333.33"]
    assert column(found, "interest") == ["10.00", "6.67", "3.33"]


def test_interest_that_joins_the_principal_is_shown_by_running_totals() -> None:
    """12,000 · 1.012² is 12,289.728; 147.476736 of interest a month are 147.48 and then 294.95 in all."""
    grace = {"interest_payment": 2, "capitalise": True}
    terms = INTEREST_ONLY | {"principal": "12000", "annual_rate": "14.4", "installments": 4, "unrounded": True}
    found = quote(terms, grace=grace)
    assert column(found, "balance") == ["12144.00", "12289.73", "12289.73", "0.00"]
    assert column(found, "principal") == ["0.00", "0.00", "0.00", "12289.73"]
    assert column(found, "interest") == ["0.00", "0.00", "147.48", "147.47"]


def test_parts_of_a_cent_that_join_the_principal_are_not_lost() -> None:
    """144.00396 and 145.73201 of interest: 144.00, and then 289.74 in all; 12,000.33 · 1.012² = 12,290.066."""
    terms = INTEREST_ONLY | {"principal": "12000.33", "annual_rate": "14.4", "installments": 3, "unrounded": True}
    found = quote(terms, grace={"interest_payment": 2, "capitalise": True})
    assert column(found, "balance") == ["12144.33", "12290.07", "0.00"]


def test_a_tranche_joins_a_balance_of_full_precision() -> None:
    """Row 2 bears 15 of 28 days on 6,000 and 13 on 10,000."""
    found = quote(INTEREST_ONLY, installments=3, unrounded=True, tranches=[{"on": "2026-02-25", "amount": "4000"}])
    assert column(found, "interest") == ["60.00", "78.57", "100.00"]
    assert column(found, "balance") == ["6000.00", "10000.00", "0.00"]
    assert column(found, "principal") == ["0.00", "0.00", "10000.00"]


def test_a_cost_cap_counts_the_fees_of_the_loan_against_those_for_lateness() -> None:
    """Of 60.00 the fees at disbursement take 15.00 and the first row 3.00: 42.00 are left for late fees of 20.00."""
    fees = [fee("disbursement", "10"), fee("disbursement_added", "5"), fee("first_installment", "3")]
    terms = TERMS | {"annual_rate": "0", "cost_cap": "1", "fees": fees}
    policy = {"late_fee": {"amount": "20", "after_days": 2}}
    found = ask("replay", {"terms": terms, "policy": policy, "events": [], "as_of": "2026-05-14"})
    assert column(found, "fees") == ["23.00", "20.00", "2.00", "0.00", "0.00", "0.00"]


def test_a_cost_cap_is_rounded_down_to_the_cent() -> None:
    """1 % of 1,233.55 is 12.3355."""
    assert column(quote(INTEREST_ONLY, principal="1233.55", cost_cap="1"), "interest")[:2] == ["12.33", "0.00"]


def test_a_balance_is_that_after_what_is_lent_on_the_due_date() -> None:
    found = quote(INTEREST_ONLY, installments=3, tranches=[{"on": "2026-02-10", "amount": "4000"}])
    assert column(found, "balance") == ["10000.00", "10000.00", "0.00"]
    assert column(found, "interest") == ["60.00", "100.00", "100.00"]


@pytest.mark.parametrize(
    ("changes", "rate"),
    [({"tranches": [{"on": "2026-01-10", "amount": "4000"}]}, "1.000000"), ({"every": 2}, "0.995049")],
)
def test_the_monthly_rate_counts_months(changes: Document, rate: str) -> None:
    """1 % a month, also of what is lent at once in two parts; 2 % in two months are 1.02^½ − 1 in one."""
    assert quote(INTEREST_ONLY, **changes)["irr_monthly"] == rate


def test_an_installment_is_derived_without_rates_to_come_where_the_current_rate_counts() -> None:
    changes = [{"on": "2026-03-24", "annual_rate": "18"}]
    found = quote(TERMS, rate_changes=changes, rate_settlement="current")
    assert found["installment"] == "1035.29"
    assert column(found, "interest")[:3] == ["60.00", "50.25", "60.60"], "1.5 % of 4,039.67"


def test_rows_may_be_held_to_steps_of_two_cents() -> None:
    """1 % of 5,000.50 is 50.005, and 50.00 the nearest that a row may hold."""
    assert column(quote(INTEREST_ONLY, principal="5000.50", round_to="0.02"), "interest")[0] == "50.00"


def test_a_change_on_a_due_date_is_the_current_rate_of_the_row_that_ends_there() -> None:
    """Row 2 bears 1.5 % of 5,024.71, and five installments of 5,024.71 · 0.015 / (1 − 1.015⁻⁵) follow."""
    found = quote(TERMS, rate_changes=[{"on": "2026-03-10", "annual_rate": "18"}], rate_settlement="current")
    assert column(found, "interest")[:2] == ["60.00", "75.37"]
    assert column(found, "total")[:4] == ["1035.29", "1050.61", "1050.61", "1050.61"]
