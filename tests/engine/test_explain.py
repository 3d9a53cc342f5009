"""Why a row asks for the interest that it asks for, by hand-checked figures."""

import json
from typing import Any

import pytest

from services.engine.jsonio import run
from tests.engine.answers import ask, refusal
from tests.engine.strategies import Document

TERMS: Document = {
    "currency": "CNY",
    "principal": "12000",
    "annual_rate": "14.4",
    "disbursed_on": "2026-03-05",
    "installments": 6,
}
"""Six installments of 2,084.83 from 5 April: the loan of the worked example B."""


def scenario(as_of: str = "2026-03-05", *events: Document, terms: Document | None = None, **policy: object) -> Document:
    return {"terms": TERMS | (terms or {}), "policy": policy, "events": list(events), "as_of": as_of}


def explained(installment: int, *arguments: Any, **more: Any) -> Any:
    """The explanation of one installment of a scenario."""
    (row,) = ask("explain", scenario(*arguments, **more) | {"installment": installment})["rows"]
    return row


def lines(row: Any) -> list[tuple[str, int, str, str, str]]:
    """First day, days, balance, rate and amount of each segment."""
    return [(s["from"], s["days"], s["balance"], s["annual_rate"], s["amount"]) for s in row["segments"]]


def repay(on: str, amount: str, kind: str = "repay") -> Document:
    return {"on": on, "type": kind, "amount": amount}


# -- balances, rates, days -------------------------------------------------------------------------------------------


def test_a_month_on_one_balance_is_one_segment() -> None:
    row = explained(1)
    assert lines(row) == [("2026-03-05", 31, "12000.00", "14.4", "144.00")]
    assert row["segments"][0]["year_part"] == "1/12"
    assert (row["interest"], row["exact"], row["rounded"], row["per_period"]) == ("144.00", "144", "row", True)


def test_a_payoff_on_a_due_date_leaves_the_interest_of_the_row_that_is_due_as_it_was() -> None:
    row = explained(1, "2026-04-05", {"on": "2026-04-05", "type": "payoff"})
    assert (lines(row), row["interest"]) == ([("2026-03-05", 31, "12000.00", "14.4", "144.00")], "144.00")


def test_interest_that_was_to_join_the_principal_tells_what_it_was_borne_on_once_all_is_repaid() -> None:
    """20 of 31 days on 12,000; nothing is owed in the other eleven."""
    grace = {"grace": {"interest_payment": 1, "capitalise": True}}
    row = explained(1, "2026-03-25", repay("2026-03-25", "12000", "prepay"), terms=grace)
    assert (lines(row), row["interest"]) == ([("2026-03-05", 20, "12000.00", "14.4", "92.90")], "92.90")


def test_days_over_365_are_a_part_of_a_year() -> None:
    row = explained(1, terms={"day_count": "actual/365"})
    assert (row["segments"][0]["year_part"], row["segments"][0]["exact"]) == ("31/365", "146.7616438356")
    assert (row["interest"], row["per_period"]) == ("146.76", False)


def test_a_change_of_the_rate_cuts_the_period_and_the_sum_is_rounded_once() -> None:
    """The worked example W: 22,556.02 at 6 % for 14 of 28 days, at 4.8 % for the other 14; 56.39005 + 45.11204."""
    row = explained(
        2,
        terms={
            "principal": "30000",
            "annual_rate": "6",
            "disbursed_on": "2026-01-01",
            "installments": 4,
            "rate_changes": [{"on": "2026-02-15", "annual_rate": "4.8"}],
        },
        as_of="2026-01-01",
    )
    assert lines(row) == [
        ("2026-02-01", 14, "22556.02", "6", "56.39"),
        ("2026-02-15", 14, "22556.02", "4.8", "45.11"),
    ]
    assert (row["exact"], row["computed"], row["interest"]) == ("101.50209", "101.50", "101.50")


def test_a_prepayment_cuts_the_period_at_its_day() -> None:
    """144.00 × 10 / 31 is 46.4516 by 15 March, and 1,046.45 pays it; 11,000 × 1.2 % × 21 / 31 is 89.4194."""
    row = explained(1, "2026-03-15", repay("2026-03-15", "1046.45", "prepay"))
    assert lines(row) == [
        ("2026-03-05", 10, "12000.00", "14.4", "46.45"),
        ("2026-03-15", 21, "11000.00", "14.4", "89.42"),
    ]
    assert (row["exact"], row["interest"], row["accrued"]) == ("135.8709677419", "135.87", "46.45")


def test_amounts_shown_add_up_where_each_alone_would_be_rounded_up() -> None:
    """1,000 at 7.2 % and 5.4 %: 3.096 and 2.178 are 5.274, and 3.10 + 2.17 are 5.27."""
    terms = {"principal": "1000", "annual_rate": "7.2", "disbursed_on": "2026-01-01", "installments": 1}
    terms |= {"method": "interest_only", "rate_changes": [{"on": "2026-01-17", "annual_rate": "5.4"}]}
    row = explained(1, "2026-01-01", terms=terms)
    assert [segment["amount"] for segment in row["segments"]] == ["3.10", "2.17"]
    assert row["interest"] == "5.27"


@pytest.mark.parametrize(
    ("rounding", "amounts", "interest"),
    [("row", ["3.10", "2.17"], "5.27"), ("stretch", ["3.10", "2.18"], "5.28"), ("day", ["3.04", "2.25"], "5.29")],
)
def test_the_explanation_says_how_often_it_is_rounded(rounding: str, amounts: list[str], interest: str) -> None:
    """16 days of 0.1935 are 16 × 0.19; 15 days of 0.1452 are 15 × 0.15."""
    terms = {"principal": "1000", "annual_rate": "7.2", "disbursed_on": "2026-01-01", "installments": 1}
    terms |= {"method": "interest_only", "rate_changes": [{"on": "2026-01-17", "annual_rate": "5.4"}]}
    row = explained(1, "2026-01-01", terms=terms | {"interest_rounding": rounding})
    assert row["rounded"] == rounding
    assert ([segment["amount"] for segment in row["segments"]], row["interest"]) == (amounts, interest)


def test_coarse_rounding_is_of_the_sum() -> None:
    """10,059 × 1.2 % is 120.708."""
    row = explained(2, terms={"round_to": "1"})
    assert (row["exact"], row["segments"][0]["amount"]) == ("120.708", "120.71")
    assert (row["computed"], row["interest"], row["round_to"]) == ("121.00", "121.00", "1.00")


def test_a_balance_of_full_precision_is_rounded_by_running_totals() -> None:
    """12,144 less the exact installment of 2,084.834927 is 10,059.165073; × 1.2 %."""
    rows = ask("explain", scenario(terms={"unrounded": True}))["rows"]
    assert {row["rounded"] for row in rows} == {"running_total"}
    assert rows[1]["exact"] == "120.7099808796"
    assert rows[1]["interest"] == "120.71"


# -- interest that is settled elsewhere ------------------------------------------------------------------------------


def test_interest_that_waits_is_shown_where_it_is_paid() -> None:
    rows = ask("explain", scenario(terms={"grace": {"principal": 2, "interest_payment": 2}}))["rows"]
    assert [(row["treatment"], row["interest"]) for row in rows[:3]] == [
        ("deferred", "0.00"),
        ("deferred", "0.00"),
        ("due", "432.00"),
    ]
    assert [(segment["n"], segment["amount"]) for segment in rows[2]["segments"]] == [
        (1, "144.00"),
        (2, "144.00"),
        (3, "144.00"),
    ]
    assert rows[0]["segments"] == rows[2]["segments"][:1]


def test_interest_that_joins_the_principal_is_no_interest_to_pay() -> None:
    row = explained(1, terms={"grace": {"interest_payment": 1, "capitalise": True}})
    assert (row["treatment"], row["interest"], row["capitalised"], row["computed"]) == (
        "capitalised",
        "0.00",
        "144.00",
        "144.00",
    )


def test_a_free_period_has_no_segments() -> None:
    row = explained(1, terms={"grace": {"interest_charged": 1}})
    assert (row["treatment"], row["segments"], row["interest"]) == ("free", [], "0.00")


def test_a_broken_period_settled_at_disbursement_is_row_0() -> None:
    """The worked example I: 6,000 × 1 % × 10 / 31."""
    terms = {"principal": "6000", "annual_rate": "12", "disbursed_on": "2026-01-10", "installments": 3}
    terms |= {"first_due_on": "2026-02-20", "broken_period": "at_disbursement"}
    row = explained(0, "2026-01-10", terms=terms)
    assert (row["treatment"], row["from"], row["to"]) == ("at_disbursement", "2026-01-10", "2026-01-20")
    assert lines(row) == [("2026-01-10", 10, "6000.00", "12", "19.35")]


def test_flat_interest_runs_on_what_was_lent_in_equal_shares() -> None:
    """The worked example D: 3,600 in six shares, whatever is left of the principal."""
    terms = {"principal": "30000", "annual_rate": "24", "disbursed_on": "2026-04-10", "method": "flat"}
    row = explained(3, "2026-04-10", terms=terms)
    assert lines(row) == [("2026-06-10", 30, "30000.00", "24", "600.00")]
    assert row["flat"] == {"total": "2400.00", "rows": 4}
    assert explained(1)["flat"] is None


# -- what a row asks for instead -------------------------------------------------------------------------------------


def test_a_loan_paid_off_bears_interest_to_that_day() -> None:
    row = explained(1, "2026-03-20", {"on": "2026-03-15", "type": "payoff"})
    assert lines(row) == [("2026-03-05", 10, "12000.00", "14.4", "46.45")]
    assert (row["interest"], row["adjustment"]) == ("46.45", None)


def test_a_payoff_takes_interest_that_waited_with_it() -> None:
    payoff = {"on": "2026-04-15", "type": "payoff"}
    row = explained(2, "2026-04-20", payoff, terms={"grace": {"principal": 2, "interest_payment": 2}})
    assert lines(row) == [
        ("2026-03-05", 31, "12000.00", "14.4", "144.00"),
        ("2026-04-05", 10, "12000.00", "14.4", "48.00"),
    ]
    assert (row["interest"], row["adjustment"]) == ("192.00", None)


def test_the_cost_cap_is_named_where_a_row_asks_for_less() -> None:
    rows = ask("explain", scenario(terms={"cost_cap": "2"}))["rows"]
    assert [(row["computed"], row["interest"], row["adjustment"]) for row in rows[:3]] == [
        ("144.00", "144.00", None),
        ("120.71", "96.00", "cost_cap"),
        ("97.14", "0.00", "cost_cap"),
    ]


# -- what has accrued ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("as_of", "accrued"), [("2026-03-05", "0.00"), ("2026-03-20", "69.68"), ("2026-04-05", "144.00")]
)
def test_what_a_row_has_borne_by_the_day_is_told(as_of: str, accrued: str) -> None:
    """144.00 × 15 / 31 is 69.677."""
    assert explained(1, as_of)["accrued"] == accrued


def test_nothing_accrues_after_a_write_off() -> None:
    rows = ask("explain", scenario("2026-04-30", {"on": "2026-03-20", "type": "write_off"}))["rows"]
    assert [row["accrued"] for row in rows[:2]] == ["69.68", "0.00"]


# -- penalty ---------------------------------------------------------------------------------------------------------


def penalties(row: Any) -> list[tuple[str, int, str, str, str]]:
    return [(s["from"], s["days"], s["base"], s["annual_rate"], s["amount"]) for s in row["penalty"]["segments"]]


def test_a_part_payment_changes_what_bears_penalty() -> None:
    """2,084.83 × 18.25 % × 10 / 365 is 10.4242; 10.42 of the 510.42 pay it, and 1,584.83 bear 0.7924 a day."""
    row = explained(
        1, "2026-04-25", repay("2026-04-15", "510.42"), penalty={"annual_rate": "18.25", "base": "overdue_total"}
    )
    assert penalties(row) == [
        ("2026-04-05", 10, "2084.83", "18.25", "10.42"),
        ("2026-04-15", 10, "1584.83", "18.25", "7.92"),
    ]
    assert (row["penalty"]["accrued"], row["penalty"]["charged"]) == ("18.34", "18.34")


def test_a_multiple_of_the_loan_s_rate_follows_its_changes() -> None:
    terms = {"annual_rate": "14.6", "rate_changes": [{"on": "2026-04-15", "annual_rate": "7.3"}]}
    row = explained(1, "2026-04-25", terms=terms, penalty={"multiple_of_rate": "1.5"})
    assert [(start, days, rate) for start, days, _, rate, _ in penalties(row)] == [
        ("2026-04-05", 10, "21.9"),
        ("2026-04-15", 10, "10.95"),
    ]


def test_free_days_come_before_the_first_segment() -> None:
    rule = {"annual_rate": "18.25", "grace_days": 3, "grace_free": True}
    assert explained(1, "2026-04-08", penalty=rule)["penalty"] is None
    assert penalties(explained(1, "2026-04-10", penalty=rule)) == [("2026-04-08", 2, "1940.83", "18.25", "1.94")]


def test_a_cap_lets_less_through_than_the_segments_come_to() -> None:
    row = explained(1, "2026-07-05", penalty={"annual_rate": "36.5", "cap_percent_of_principal": "0.5"})
    assert (row["penalty"]["accrued"], row["penalty"]["charged"]) == ("176.62", "60.00")


def test_a_charge_that_counts_as_penalty_is_fixed() -> None:
    charge = {"on": "2026-04-10", "type": "fee", "name": "visit", "amount": "20", "counts_as": "penalty"}
    row = explained(2, "2026-04-10", charge)
    assert row["penalty"] == {"segments": [], "accrued": "0.00", "charged": "0.00", "fixed": "20.00"}


def test_a_row_paid_on_time_bears_no_penalty() -> None:
    row = explained(1, "2026-05-01", repay("2026-04-05", "2084.83"), penalty={"annual_rate": "18.25"})
    assert row["penalty"] is None


# -- documents -------------------------------------------------------------------------------------------------------


def test_without_an_installment_every_row_is_explained() -> None:
    assert [row["n"] for row in ask("explain", scenario())["rows"]] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("change", "error", "field"),
    [
        ({"installment": 7}, "out_of_range", "installment"),
        ({"installment": 0}, "out_of_range", "installment"),
        ({"installment": "1"}, "wrong_type", "installment"),
        ({"installments": 1}, "unknown_key", "installments"),
        ({"terms": TERMS | {"every": 0}}, "out_of_range", "terms.every"),
        ({"as_of": "2026-03-04"}, "out_of_range", "as_of"),
    ],
)
def test_the_error_names_the_field(change: Document, error: str, field: str) -> None:
    refused = refusal("explain", scenario() | change)
    assert (refused["error"], refused["field"]) == (error, field)


def test_replay_does_not_know_the_installment() -> None:
    assert refusal("replay", scenario() | {"installment": 1})["error"] == "unknown_key"


def test_a_list_answers_each_scenario_in_its_place() -> None:
    status, out, _ = run("explain", json.dumps([scenario(), scenario() | {"installment": 9}]))
    first, second = json.loads(out)
    assert (status, len(first["rows"]), second["error"]) == (1, 6, "out_of_range")
