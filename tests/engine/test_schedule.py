"""What each convention of the terms does to the rows."""

from decimal import Decimal
from typing import Any

import pytest

from services.engine.rounding import RoundingMode, divide
from tests.engine.answers import ask

TERMS: dict[str, Any] = {
    "currency": "CNY",
    "principal": "12000",
    "annual_rate": "14.4",
    "disbursed_on": "2026-03-05",
    "installments": 6,
}


def rows(**changes: object) -> list[Any]:
    found: list[Any] = ask("quote", TERMS | changes)["rows"]
    return found


def column(name: str, **changes: object) -> list[str]:
    return [row[name] for row in rows(**changes)]


@pytest.mark.parametrize(
    ("mode", "figures"),
    [
        (RoundingMode.HALF_UP, [2, 3, 4, 2, 3, 2]),
        (RoundingMode.HALF_EVEN, [2, 2, 4, 2, 3, 2]),
        (RoundingMode.UP, [3, 3, 4, 3, 3, 2]),
        (RoundingMode.DOWN, [2, 2, 3, 2, 2, 2]),
    ],
)
def test_rounding_is_exact_at_the_half(mode: RoundingMode, figures: list[int]) -> None:
    ratios = [(9, 4), (5, 2), (7, 2), (7, 3), (8, 3), (4, 2)]
    assert [divide(numerator, denominator, mode) for numerator, denominator in ratios] == figures


def test_a_zero_rate_splits_the_principal() -> None:
    assert column("principal", annual_rate="0", installments=7)[-2:] == ["1714.29", "1714.26"]
    assert ask("quote", TERMS | {"annual_rate": "0"})["apr"] == "0.0000"


def test_a_tiny_loan_leaves_its_cents_to_the_last_row() -> None:
    assert column("principal", principal="0.05", annual_rate="0", installments=12) == ["0.00"] * 11 + ["0.05"]


def test_rows_end_when_a_fixed_installment_has_repaid_the_loan() -> None:
    found = rows(installment_amount="3000")
    assert [row["total"] for row in found[:-1]] == ["3000.00"] * 4
    assert len(found) == 5
    assert found[-1]["balance"] == "0.00"


def test_a_fixed_installment_that_is_too_small_leaves_the_rest_to_the_last_row() -> None:
    found = rows(installment_amount="1000")
    assert found[0]["total"] == "1000.00"
    assert found[-1]["balance"] == "0.00"
    assert len(found) == 6


def test_an_installment_below_the_interest_repays_no_principal() -> None:
    assert column("principal", installment_amount="100")[:2] == ["0.00", "0.00"]
    assert column("interest", installment_amount="100")[:2] == ["144.00", "144.00"]


def test_the_installment_alone_is_rounded_up_to_ten() -> None:
    found = ask("quote", TERMS | {"installment_rounding": {"to": "10", "mode": "up"}})
    assert found["installment"] == "2090.00"
    assert found["rows"][-1]["total"] == "2058.07"


def test_every_row_can_be_held_to_multiples_of_a_hundred() -> None:
    found = rows(round_to="100", principal="12345")
    for row in found[:-1]:
        assert row["interest"][-5:] == row["principal"][-5:] == "00.00"
    assert found[-1]["principal"].endswith("45.00")


def test_interest_rounded_by_the_day_adds_up_days() -> None:
    found = rows(principal="100", annual_rate="10", day_count="actual/365", interest_rounding="day")
    assert found[0]["interest"] == "0.93"


def test_deferred_interest_comes_on_top_of_the_next_installment() -> None:
    found = rows(grace={"principal": 2, "interest_payment": 2})
    assert [row["total"] for row in found[:2]] == ["0.00", "0.00"]
    assert (found[2]["interest"], found[2]["principal"]) == ("432.00", "2946.54")
    assert found[3]["total"] == "3090.54"


def test_interest_free_installments_repay_principal_alone() -> None:
    assert column("interest", grace={"interest_charged": 2})[:3] == ["0.00", "0.00", "95.04"]


def test_a_balloon_waits_for_the_last_installment() -> None:
    found = rows(method="equal_principal", balloon={"amount": "6000"})
    assert [row["principal"] for row in found] == ["1000.00"] * 5 + ["7000.00"]


def test_an_equal_installment_leaves_the_balloon_as_future_value() -> None:
    found = ask("quote", TERMS | {"balloon": {"percent": "50"}})
    assert found["rows"][-2]["balance"] > "6000"
    assert (
        abs(int(found["rows"][-1]["total"].replace(".", "")) - 600_000 - int(found["installment"].replace(".", ""))) < 5
    )


def test_bullet_rows_ask_for_nothing_before_the_last() -> None:
    found = rows(method="bullet")
    assert [row["total"] for row in found] == ["0.00"] * 5 + ["12864.00"]


def test_bullet_interest_is_rounded_once() -> None:
    assert column("interest", method="bullet", principal="1000", annual_rate="10", installments=3)[-1] == "25.00"


def test_flat_interest_is_on_the_principal_before_the_down_payment() -> None:
    found = rows(method="flat", down_payment="50")
    assert [row["interest"] for row in found] == ["0.00"] + ["144.00"] * 6
    assert [row["principal"] for row in found] == ["6000.00"] + ["1000.00"] * 6


def test_a_fixed_flat_installment_still_owes_the_whole_interest() -> None:
    found = ask("quote", TERMS | {"method": "flat", "installment_amount": "3000"})
    assert found["totals"]["interest"] == "864.00"
    assert len(found["rows"]) < 6


def test_fees_stand_where_the_terms_put_them() -> None:
    found = ask(
        "quote",
        TERMS
        | {
            "fees": [
                {"name": "service", "percent_of_principal": "2", "when": "disbursement"},
                {"name": "insurance", "amount": "100", "when": "disbursement_added"},
                {"name": "account", "amount": "5", "when": "every_installment"},
                {"name": "opening", "amount": "30", "when": "first_installment"},
            ]
        },
    )
    assert found["net_disbursed"] == "11760.00"
    assert [row["fees"] for row in found["rows"]] == ["35.00"] + ["5.00"] * 5
    assert found["totals"]["principal"] == "12100.00"
    assert Decimal(found["cost_of_credit"]) == Decimal(found["totals"]["interest"]) + 240 + 100 + 60


def test_a_cost_cap_cuts_what_the_last_rows_ask_for() -> None:
    found = ask("quote", TERMS | {"cost_cap": "3"})
    assert found["cost_of_credit"] == "360.00"
    assert [row["interest"] for row in found["rows"]][-2:] == ["0.00", "0.00"]


def test_unrounded_rows_show_what_banks_publish() -> None:
    found = rows(principal="1000000", annual_rate="4.9", installments=360, method="equal_principal", unrounded=True)
    assert [row["total"] for row in found[:2]] == ["6861.11", "6849.77"]


def test_a_monthly_rate_is_known_only_where_months_are_the_unit() -> None:
    assert ask("quote", TERMS)["irr_monthly"] == "1.199999"
    assert ask("quote", TERMS | {"unit": "week"})["irr_monthly"] is None


def test_interest_is_capitalised_as_far_as_the_cost_cap_allows() -> None:
    terms = TERMS | {"cost_cap": "1.5", "grace": {"interest_payment": 2, "capitalise": True}}
    found = ask("quote", terms)
    assert [row["balance"] for row in found["rows"][:2]] == ["12144.00", "12180.00"]
    assert found["cost_of_credit"] == "180.00"
    assert {row["interest"] for row in found["rows"]} == {"0.00"}
    assert found["totals"]["principal"] == "12180.00"


def test_a_flat_loan_with_a_balloon_shares_what_is_left_and_its_interest() -> None:
    flat = {"method": "flat", "annual_rate": "12", "balloon": {"amount": "3000"}}
    assert column("total", **flat) == ["1620.00"] * 5 + ["4620.00"], "(12,000 − 3,000 + 720) / 6"
    assert column("interest", **flat) == ["120.00"] * 6


def test_flat_interest_runs_evenly_through_its_row() -> None:
    terms = TERMS | {"method": "flat", "annual_rate": "12"}
    found = ask("replay", {"terms": terms, "policy": {}, "events": [], "as_of": "2026-03-20"})
    assert found["as_of"]["outstanding"]["interest"] == "58.06", "15 of the 31 days of 120.00"


def test_an_installment_that_the_terms_fix_stays_when_more_is_lent() -> None:
    found = rows(installment_amount="2500", tranches=[{"on": "2026-04-05", "amount": "3000"}])
    assert [row["total"] for row in found[:-1]] == ["2500.00"] * 5
    assert found[-1]["balance"] == "0.00"
    assert sum(Decimal(row["principal"]) for row in found) == 15000


def test_flat_interest_is_shared_evenly_at_full_precision_too() -> None:
    flat = {"method": "flat", "annual_rate": "10", "principal": "1000", "installments": 3, "unrounded": True}
    assert column("interest", **flat) == ["8.33", "8.34", "8.33"], "25.00 in all"
    assert column("interest", **flat, grace={"interest_charged": 1}) == ["0.00", "8.33", "8.34"]
