"""Rate changes: interest in segments (分段计息), and the installments that are left recomputed."""

from decimal import Decimal

import pytest

from services.engine.jsonio import quote_document, replay_document

LOAN = {
    "currency": "CNY",
    "principal": "100000",
    "annual_rate": "6",
    "disbursed_on": "2026-01-01",
    "installments": 12,
}
CUT = {"on": "2026-07-01", "annual_rate": "4.8"}


def rows(**changes: object) -> list[dict[str, str]]:
    return quote_document(LOAN | changes)["rows"]  # type: ignore[return-value]  # the contract's rows


def level(balance: str, monthly: str, count: int) -> Decimal:
    """The annuity of a textbook, to the cent."""
    i = Decimal(monthly)
    return (Decimal(balance) * i / (1 - (1 + i) ** -count)).quantize(Decimal("0.01"))


def test_from_the_change_on_the_installments_are_those_of_a_new_loan_for_what_is_left() -> None:
    before, after = rows(), rows(rate_changes=[CUT])
    assert after[:6] == before[:6]
    left = before[5]["balance"]
    new = level(left, "0.004", 6)
    assert {row["total"] for row in after[6:11]} == {str(new)}
    assert after[6]["interest"] == str((Decimal(left) * Decimal("0.004")).quantize(Decimal("0.01")))
    assert after[11]["balance"] == "0.00"


def test_a_change_within_a_period_counts_each_rate_for_its_days() -> None:
    daily = {"day_count": "actual/365", "method": "equal_principal"}
    mixed = rows(**daily, rate_changes=[{"on": "2026-07-16", "annual_rate": "4.8"}])
    row = mixed[6]
    assert (row["from"], row["due_on"], row["days"]) == ("2026-07-01", "2026-08-01", 31)
    balance = Decimal(mixed[5]["balance"])
    expected = balance * (15 * Decimal("0.06") + 16 * Decimal("0.048")) / 365
    assert row["interest"] == str(expected.quantize(Decimal("0.01")))


def test_a_period_that_counts_as_one_month_is_split_by_its_calendar_days() -> None:
    mixed = rows(method="interest_only", rate_changes=[{"on": "2026-07-16", "annual_rate": "4.8"}])
    expected = Decimal(100000) * (Decimal("0.005") * 15 + Decimal("0.004") * 16) / 31
    assert mixed[6]["interest"] == str(expected.quantize(Decimal("0.01")))
    assert mixed[7]["interest"] == "400.00"


def test_each_segment_is_rounded_alone_where_the_terms_round_stretches() -> None:
    thirds = {"principal": "100", "method": "interest_only", "day_count": "actual/360"}
    change = [{"on": "2026-01-11", "annual_rate": "5.9"}]
    once = rows(**thirds, rate_changes=change)[0]["interest"]
    apart = rows(**thirds, rate_changes=change, interest_rounding="stretch")[0]["interest"]
    assert once == "0.51"
    assert apart == str(Decimal("0.17") + Decimal("0.34"))


def test_an_installment_that_was_agreed_stays_and_the_last_row_takes_the_difference() -> None:
    fixed = rows(installment_amount="9000", rate_changes=[{"on": "2026-07-01", "annual_rate": "12"}])
    assert {row["total"] for row in fixed[:11]} == {"9000.00"}
    assert fixed[11]["balance"] == "0.00"


def test_flat_interest_for_the_rest_of_the_term_follows_the_new_rate() -> None:
    flat = rows(method="flat", rate_changes=[CUT])
    assert [row["interest"] for row in flat] == ["500.00"] * 6 + ["400.00"] * 6
    assert len({row["total"] for row in flat[:6]}) == 1
    assert len({row["total"] for row in flat[6:11]}) == 1


@pytest.mark.parametrize("method", ["equal_principal", "interest_only", "bullet"])
def test_a_change_to_the_same_rate_changes_nothing(method: str) -> None:
    assert rows(method=method, rate_changes=[{"on": "2026-05-17", "annual_rate": "6"}]) == rows(method=method)


def test_the_installment_that_is_named_is_the_first_one() -> None:
    assert quote_document(LOAN | {"rate_changes": [CUT]})["installment"] == quote_document(LOAN)["installment"]


def test_a_prepayment_before_the_change_keeps_the_installment_of_its_day() -> None:
    scenario = {
        "terms": LOAN | {"rate_changes": [CUT]},
        "policy": {"prepayment": "reduce_term"},
        "events": [{"on": "2026-02-01", "type": "repay", "amount": "28606.64"}],
        "as_of": "2026-02-01",
    }
    ahead = replay_document(scenario)["rows"][1:-1]  # type: ignore[index]  # the contract's rows
    assert {row["total"] for row in ahead} == {"8606.64"}


def test_interest_accrues_at_the_rate_of_each_day() -> None:
    scenario = {
        "terms": LOAN | {"method": "interest_only", "rate_changes": [{"on": "2026-01-16", "annual_rate": "12"}]},
        "as_of": "2026-01-26",
    }
    accrued = Decimal(100000) * (Decimal("0.005") * 15 + Decimal("0.01") * 10) / 31
    outstanding = replay_document(scenario)["as_of"]["outstanding"]  # type: ignore[index]
    assert outstanding["interest"] == str(accrued.quantize(Decimal("0.01")))


def test_a_penalty_that_is_a_multiple_of_the_rate_follows_it() -> None:
    scenario = {
        "terms": LOAN | {"method": "interest_only", "rate_changes": [{"on": "2026-02-11", "annual_rate": "12"}]},
        "policy": {"penalty": {"multiple_of_rate": "1.5", "base": "overdue_principal_and_interest"}},
        "as_of": "2026-02-21",
    }
    borne = Decimal("500.00") * (10 * Decimal("0.09") + 10 * Decimal("0.18")) / 365
    outstanding = replay_document(scenario)["as_of"]["outstanding"]  # type: ignore[index]
    assert outstanding["penalty"] == str(borne.quantize(Decimal("0.01")))
