"""Terms that change in the course of a loan, by hand-checked figures: extensions, new terms, draws, tranches."""

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
INTEREST_ONLY: Document = TERMS | {"method": "interest_only", "installments": 2}
LINE: Document = TERMS | {"method": "revolving", "installments": 0, "day_count": "actual/360"}


def scenario(as_of: str, *events: Document, terms: Document = TERMS, **policy: object) -> Document:
    return {"terms": terms, "policy": policy, "events": list(events), "as_of": as_of}


def state(as_of: str, *events: Document, terms: Document = TERMS, **policy: object) -> Any:
    return ask("replay", scenario(as_of, *events, terms=terms, **policy))


def event(kind: str, on: str, **details: object) -> Document:
    return {"type": kind, "on": on} | details


def extend(on: str, installments: int, annual_rate: str | None = None) -> Document:
    return event("extend", on, installments=installments) | ({"annual_rate": annual_rate} if annual_rate else {})


def column(found: Any, name: str) -> list[str]:
    return [row[name] for row in found["rows"]]


# -- extension -------------------------------------------------------------------------------------------------------


def test_listed_due_dates_go_on_by_plain_periods() -> None:
    """41 of the 62 days of the plain period of two months bear 79.35; each later period bears 2 %."""
    terms = INTEREST_ONLY | {"installments": 3, "due_dates": ["2026-02-20", "2026-03-10", "2026-03-15"], "every": 2}
    found = state("2026-03-01", extend("2026-03-01", 2), terms=terms)
    assert column(found, "due_on") == ["2026-02-20", "2026-03-10", "2026-03-15", "2026-05-15", "2026-07-15"]
    assert column(found, "interest") == ["79.35", *["120.00"] * 4]


def test_the_last_amount_of_a_plan_moves_to_the_last_installment() -> None:
    terms = TERMS | {"method": "custom", "installments": 3, "principal_plan": ["1000", "2000", "3000"]}
    found = state("2026-01-10", extend("2026-01-10", 2), terms=terms)
    assert column(found, "principal") == ["1000.00", "2000.00", "0.00", "0.00", "3000.00"]
    assert column(found, "interest") == ["60.00", "50.00", "30.00", "30.00", "30.00"]


def test_the_rate_of_an_extension_runs_from_its_day() -> None:
    """60.00 for 15 of 28 days and 90.00 for the other 13."""
    found = state("2026-02-25", extend("2026-02-25", 1, "18"), terms=INTEREST_ONLY)
    assert column(found, "interest") == ["60.00", "73.93", "90.00"]


def test_the_rate_of_an_extension_on_the_day_of_disbursement_is_that_of_the_whole_loan() -> None:
    found = state("2026-01-10", extend("2026-01-10", 1, "18"), terms=INTEREST_ONLY)
    assert column(found, "interest") == ["90.00", "90.00", "90.00"]


def test_an_extension_by_nothing_changes_the_rate_alone() -> None:
    """60.00 for 14 of 28 days and 90.00 for the other 14."""
    found = state("2026-02-24", extend("2026-02-24", 0, "18"), terms=INTEREST_ONLY)
    assert column(found, "interest") == ["60.00", "75.00"]


@pytest.mark.parametrize(
    ("settlement", "on", "interest"),
    [
        ("segmented", "2026-03-01", ["60.00", "64.29", "106.45"]),
        ("segmented", "2026-02-24", ["60.00", "75.00", "106.45"]),
        ("contract", "2026-03-01", ["60.00", "69.64", "90.00"]),
    ],
)
def test_changes_before_and_after_an_extension_stay_where_the_rate_follows_them(
    settlement: str, on: str, interest: list[str]
) -> None:
    """Row 2 has 14 days at 60.00, 5 at 30.00, 9 at 90.00 of 28; row 3 has 14 days at 90.00 and 17 at 120.00 of 31.

    A change on the day of the extension gives way to it: 14 days at 60.00, 14 at 90.00. At contract rate no change
    counts but the extension's: 19 days at 60.00 and 9 at 90.00.
    """
    changes = [{"on": "2026-02-24", "annual_rate": "6"}, {"on": "2026-03-24", "annual_rate": "24"}]
    terms = INTEREST_ONLY | {"rate_changes": changes, "rate_settlement": settlement}
    assert column(state(on, extend(on, 1, "18"), terms=terms), "interest") == interest


def test_a_line_without_an_end_takes_another_rate_and_no_installments() -> None:
    """22 days of 2.00 and 28 of 4.00."""
    found = state("2026-03-01", extend("2026-02-01", 0, "24"), terms=LINE)
    assert found["as_of"]["outstanding"]["interest"] == "156.00"
    longer = scenario("2026-03-01", extend("2026-02-01", 1), terms=LINE)
    assert refusal("replay", longer)["field"] == "events[0].installments"


def test_an_extension_must_end_after_its_own_day() -> None:
    """One of the 31 days of the added period bears a 31st of 10.25."""
    found = state("2026-08-09", extend("2026-08-09", 1))
    assert found["rows"][-1]["principal"] == "1025.05"
    assert found["rows"][-1]["interest"] == "0.33"
    assert refusal("replay", scenario("2026-08-10", extend("2026-08-10", 1)))["field"] == "events[0].installments"


def test_what_was_paid_of_the_last_row_before_an_extension_stays_with_it() -> None:
    """500 of the 1,025.05 are paid; 525.05 move on and bear 1 %, and older rows stay due."""
    paid = [event("repay", f"2026-{month:02}-10", amount="1035.29") for month in range(2, 7)]
    found = state("2026-07-10", *paid, event("repay", "2026-07-10", amount="510.25"), extend("2026-07-10", 1))
    assert column(found, "principal")[-2:] == ["500.00", "525.05"]
    assert column(found, "interest")[-2:] == ["10.25", "5.25"]
    assert (found["as_of"]["due_now"]["total"], found["as_of"]["outstanding"]["total"]) == ("0.00", "525.05")


def test_what_moves_on_from_the_last_row_is_spread_evenly() -> None:
    """525.05 over two months: 525.05 · 0.01 / (1 − 1.01⁻²)."""
    paid = [event("repay", f"2026-{month:02}-10", amount="1035.29") for month in range(2, 7)]
    found = state("2026-07-10", *paid, event("repay", "2026-07-10", amount="510.25"), extend("2026-07-10", 2))
    assert column(found, "total")[-2:] == ["266.47", "266.47"]
    assert found["transactions"][-1]["amount"] == "0.00"


def test_a_tranche_that_was_lent_is_not_lent_again_by_an_extension() -> None:
    tranches = [{"on": "2026-02-25", "amount": "1000"}, {"on": "2026-04-25", "amount": "2000"}]
    terms = TERMS | {"method": "interest_only", "tranches": tranches}
    dates = ["2026-03-01", "2026-04-24", "2026-04-25"]
    found = [state(day, extend("2026-03-01", 1), terms=terms)["as_of"]["outstanding"]["principal"] for day in dates]
    assert found == ["7000.00", "7000.00", "9000.00"]


def test_an_extension_keeps_the_numbers_and_the_principal_of_new_terms() -> None:
    """6,500 over six months at 1 %: 6,500 · 0.01 / (1 − 1.01⁻⁶) = 1,121.56."""
    new = TERMS | {"principal": "6500", "disbursed_on": "2026-03-20", "installments": 4}
    found = state("2026-03-25", event("reschedule", "2026-03-20", terms=new), extend("2026-03-25", 2))
    assert [row["n"] for row in found["rows"]] == list(range(1, 10))
    assert column(found, "total")[3:] == ["1121.56"] * 5 + ["1121.58"]
    assert found["rows"][3]["balance"] == "5443.44"


# -- new terms -------------------------------------------------------------------------------------------------------


def test_the_interest_of_a_row_is_explained_by_the_terms_of_its_time() -> None:
    """Row 1 fell due under the old terms, row 2 was cut off by the new ones, whose rows count days over 360."""
    new = TERMS | {"principal": "6000", "disbursed_on": "2026-02-20", "installments": 2, "day_count": "actual/360"}
    document = scenario("2026-02-20", event("reschedule", "2026-02-20", terms=new | {"annual_rate": "24"}))
    found = ask("explain", document)["rows"]
    assert [(row["n"], row["per_period"], row["segments"][0]["annual_rate"]) for row in found] == [
        (1, True, "12"),
        (2, True, "12"),
        (3, False, "24"),
        (4, False, "24"),
    ]


def test_fees_and_penalty_are_taken_in_after_interest() -> None:
    """Row 1 owes 60.00 and 9.75 of penalty, row 2 17.95 of interest, the visit 15.00: 102.70, and 97.30 is paid out."""
    fee = event("fee", "2026-02-15", name="visit", amount="15")
    new = TERMS | {"principal": "6200", "disbursed_on": "2026-02-20", "installments": 4}
    found = state("2026-02-20", fee, event("reschedule", "2026-02-20", terms=new), penalty={"annual_rate": "36.5"})
    assert found["transactions"][-1]["allocated"] == {
        "penalty": "9.75",
        "fee": "15.00",
        "interest": "77.95",
        "principal": "0.00",
        "unallocated": "0.00",
    }
    assert found["ledger"][-1]["amount"] == "97.30"
    assert found["as_of"]["outstanding"]["total"] == "6200.00"


def test_a_sum_too_small_for_all_that_is_owed_takes_interest_first() -> None:
    fee = event("fee", "2026-02-15", name="visit", amount="15")
    new = TERMS | {"principal": "6080", "disbursed_on": "2026-02-20", "installments": 4}
    found = state("2026-02-20", fee, event("reschedule", "2026-02-20", terms=new), penalty={"annual_rate": "36.5"})
    allocated = found["transactions"][-1]["allocated"]
    assert (allocated["interest"], allocated["fee"], allocated["penalty"]) == ("77.95", "2.05", "0.00")
    assert found["as_of"]["due_now"]["total"] == "22.70"


def test_a_smaller_principal_leaves_the_rest_due_and_new_rows_hold_the_new_one() -> None:
    new = TERMS | {"principal": "5000", "disbursed_on": "2026-03-20", "installments": 4, "annual_rate": "0"}
    found = state("2026-03-20", event("reschedule", "2026-03-20", terms=new))
    assert column(found, "principal")[:3] == ["975.29", "24.71", "0.00"]
    assert column(found, "principal")[3:] == ["1250.00"] * 4
    assert column(found, "balance") == ["5024.71", "5000.00", "5000.00", "3750.00", "2500.00", "1250.00", "0.00"]
    assert found["as_of"]["due_now"]["principal"] == "1000.00"


def test_a_much_smaller_principal_makes_rows_that_were_ahead_due_as_well() -> None:
    """1,960.33 were due already; of the 4,039.67 ahead 3,000 go on and 1,039.67 are due at once."""
    new = TERMS | {"principal": "3000", "disbursed_on": "2026-03-20", "installments": 3, "annual_rate": "0"}
    found = state("2026-03-20", event("reschedule", "2026-03-20", terms=new))
    assert column(found, "principal") == ["975.29", "985.04", "1039.67", "1000.00", "1000.00", "1000.00"]
    assert (found["as_of"]["due_now"]["principal"], found["rows"][2]["due_on"]) == ("3000.00", "2026-03-20")


def test_new_terms_may_ask_for_their_first_row_at_once() -> None:
    """A third of 6,000 without interest for a day that has not passed; then 1 % of 4,000 and of 2,000."""
    new = TERMS | {"disbursed_on": "2026-02-10", "first_due_on": "2026-02-10", "installments": 3}
    found = state("2026-02-10", event("reschedule", "2026-02-10", terms=new | {"method": "equal_principal"}))
    assert column(found, "principal") == ["0.00", "2000.00", "2000.00", "2000.00"]
    assert column(found, "interest") == ["60.00", "0.00", "40.00", "20.00"]


def test_new_terms_may_have_one_row() -> None:
    new = TERMS | {"disbursed_on": "2026-02-10", "installments": 1}
    found = state("2026-02-10", event("reschedule", "2026-02-10", terms=new))
    assert column(found, "total") == ["60.00", "6060.00"]


def test_new_terms_change_nothing_once_all_is_paid_or_lost() -> None:
    new = event("reschedule", "2026-03-20", terms=TERMS | {"disbursed_on": "2026-03-20"})
    for ending in ("payoff", "write_off"):
        found = state("2026-03-20", event(ending, "2026-03-10"), new)
        assert found["transactions"][-1]["amount"] == "0.00"
        assert found["as_of"]["outstanding"]["total"] == "0.00"


# -- draws -----------------------------------------------------------------------------------------------------------


def test_nothing_is_lent_or_extended_after_a_write_off() -> None:
    lost = event("write_off", "2026-02-01")
    found = state("2026-03-01", lost, event("draw", "2026-02-10", amount="500"), extend("2026-02-11", 0), terms=LINE)
    assert [made["amount"] for made in found["transactions"]] == ["6044.00", "0.00", "0.00"]
    assert found["as_of"]["outstanding"]["total"] == "0.00"
    assert [entry["amount"] for entry in found["ledger"] if entry["credit"] == "cash"] == ["6000.00"]


def test_a_line_is_not_drawn_on_after_its_last_due_date() -> None:
    terms = TERMS | {"method": "revolving", "installments": 2}
    refused = refusal("replay", scenario("2026-03-10", event("draw", "2026-03-10", amount="1"), terms=terms))
    assert refused["field"] == "events[0].on"
    found = state("2026-03-09", event("draw", "2026-03-09", amount="2800"), terms=terms)
    assert column(found, "interest") == ["60.00", "61.00"], "2,800 for one of 28 days"
    assert column(found, "principal") == ["0.00", "8800.00"]


def test_a_draw_on_a_line_that_was_repaid_in_part_bears_interest_from_its_day() -> None:
    """22 days of 2.00, 9 of 1.00 and 19 of 1.50, whole days on 6,000, 3,000 and 4,500."""
    events = [
        event("repay", "2026-02-01", amount="3044.00"),
        event("draw", "2026-02-10", amount="1500"),
    ]
    found = state("2026-03-01", *events, terms=LINE)
    assert found["transactions"][0]["allocated"]["interest"] == "44.00"
    assert found["as_of"]["outstanding"]["interest"] == "37.50"
