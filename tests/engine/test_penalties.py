"""Penalty that compounds, by hand-checked figures, however often it is asked about."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from services.engine import Event, LoanAccount, Policy, Terms, payoff_quote, replay
from services.engine.penalties import PenaltyRate
from tests.engine.answers import ask
from tests.engine.strategies import Document

TERMS: Document = {
    "currency": "CNY",
    "principal": "100000",
    "annual_rate": "36.5",
    "disbursed_on": "2026-01-10",
    "installments": 1,
    "method": "interest_only",
}
"""Due on 10 February; a multiple of 1 is a thousandth a day."""


def penalty(as_of: str, terms: Document = TERMS, **rule: object) -> str:
    policy = {"penalty": {"multiple_of_rate": "1", "compound": True} | rule}
    found: Any = ask("replay", {"terms": terms, "policy": policy, "events": [], "as_of": as_of})
    return str(found["as_of"]["outstanding"]["penalty"])


def test_penalty_compounds_day_by_day() -> None:
    assert penalty("2026-02-12") == "200.10", "100,000 · (1.001² − 1)"
    assert penalty("2026-02-20") == "1004.51"
    assert penalty("2026-02-20", round="day") == "1004.50", "ten days from 100.00 to 100.90"


def test_compound_penalty_follows_each_rate_for_its_days() -> None:
    changes = [{"on": "2026-02-15", "annual_rate": "73"}, {"on": "2026-02-20", "annual_rate": "0"}]
    terms = TERMS | {"rate_changes": changes}
    grown = Decimal("1.001") ** 5 * Decimal("1.002") ** 5
    assert Decimal(penalty("2026-02-20", terms)) == (100_000 * (grown - 1)).quantize(Decimal("0.01"))
    assert penalty("2026-03-20", terms) == penalty("2026-02-20", terms), "nothing is added at a rate of nought"


@pytest.mark.parametrize(("compound", "left"), [(True, "1008.04"), (False, "1000.00")])
def test_penalty_that_is_unpaid_bears_penalty_only_where_it_compounds(compound: bool, left: str) -> None:
    """1,004.51 or 1,000.00 after ten days, of which 500 is paid; then five days on 100,504.51 or on 100,000."""
    paid = {"on": "2026-02-20", "type": "repay", "amount": "500"}
    policy = {"penalty": {"multiple_of_rate": "1", "compound": compound}}
    found: Any = ask("replay", {"terms": TERMS, "policy": policy, "events": [paid], "as_of": "2026-02-25"})
    assert found["as_of"]["outstanding"]["penalty"] == left


def test_penalty_that_a_cap_held_back_bears_none_itself() -> None:
    """At 1 % a day 100.00 bear 121.67 in 80 days, of which the rule in duplum lets 100.00 through. Of that 10.00 is
    paid, so that the 81st day bears 1 % of 190.00."""
    terms = TERMS | {"principal": "100", "annual_rate": "0"}
    policy = {"penalty": {"annual_rate": "365", "compound": True}, "in_duplum": True}
    paid = {"on": "2026-05-01", "type": "repay", "amount": "10"}
    days = [("2026-05-01", "90.00"), ("2026-05-02", "91.90")]
    for as_of, left in days:
        found: Any = ask("replay", {"terms": terms, "policy": policy, "events": [paid], "as_of": as_of})
        assert found["as_of"]["outstanding"]["penalty"] == left


def test_penalty_keeps_to_the_contract_s_rate_where_interest_does() -> None:
    terms = TERMS | {"rate_changes": [{"on": "2026-02-15", "annual_rate": "73"}], "rate_settlement": "contract"}
    assert penalty("2026-02-20", terms, compound=False) == "1000.00"


def test_a_cap_on_penalty_is_shared_by_all_installments_that_are_late() -> None:
    terms = {
        "currency": "CNY",
        "principal": "6000",
        "annual_rate": "12",
        "disbursed_on": "2026-01-10",
        "installments": 6,
    }
    policy = {"penalty": {"annual_rate": "36.5", "cap_percent_of_principal": "1"}}
    found: Any = ask("replay", {"terms": terms, "policy": policy, "events": [], "as_of": "2026-04-09"})
    assert found["as_of"]["outstanding"]["penalty"] == "60.00"


def test_a_later_installment_bears_penalty_though_an_older_one_bears_no_more() -> None:
    """4.81 of the first installment, paid but for its penalty after ten days, and 4.86 of the second, ten days late."""
    terms = {
        "currency": "CNY",
        "principal": "6000",
        "annual_rate": "12",
        "disbursed_on": "2026-01-10",
        "installments": 6,
    }
    policy = {"penalty": {"annual_rate": "18"}, "allocation": ["principal", "interest", "fee", "penalty"]}
    paid = {"on": "2026-02-20", "type": "repay", "amount": "1035.29"}
    found: Any = ask("replay", {"terms": terms, "policy": policy, "events": [paid], "as_of": "2026-03-20"})
    assert found["as_of"]["outstanding"]["penalty"] == "9.67"


@pytest.mark.parametrize("round_", ["total", "day"])
def test_an_account_asked_day_after_day_says_what_a_replay_says(round_: str) -> None:
    terms = Terms.from_json(TERMS | {"installments": 3, "rate_changes": [{"on": "2026-02-25", "annual_rate": "18.25"}]})
    rule = {"multiple_of_rate": "1.5", "compound": True, "round": round_, "base": "overdue_principal_and_interest"}
    policy = Policy.from_json({"penalty": rule}, "CNY")
    paid = Event.from_json({"on": "2026-03-01", "type": "repay", "amount": "500"}, "CNY")
    account = LoanAccount(terms, policy, [paid])
    for month, day in [(2, 20), (2, 28), (3, 20), (3, 5), (4, 30), (2, 21)]:
        asked = date(2026, month, day)
        assert account.state(asked) == replay(terms, policy, [paid], asked)


def test_penalty_of_other_terms_runs_at_their_rate_from_their_day_on() -> None:
    extension = {"on": "2026-02-20", "type": "extend", "installments": 1, "annual_rate": "73"}
    terms = TERMS | {"installments": 2, "method": "equal_principal"}
    policy = {"penalty": {"multiple_of_rate": "1"}}
    found: Any = ask("replay", {"terms": terms, "policy": policy, "events": [extension], "as_of": "2026-02-25"})
    assert found["as_of"]["outstanding"]["penalty"] == "1000.00", "50,000 for ten days at 0.1 % and five at 0.2 %"


def test_a_payoff_quote_names_its_day_and_saves_nothing_after_a_write_off() -> None:
    terms, policy = Terms.from_json(TERMS), Policy.from_json({}, "CNY")
    lost = Event.from_json({"on": "2026-01-20", "type": "write_off"}, "CNY")
    before, after = date(2026, 1, 15), date(2026, 1, 25)
    assert payoff_quote(terms, policy, [lost], before).on == before
    assert payoff_quote(terms, policy, [lost], before).interest_saved.minor > 0
    assert payoff_quote(terms, policy, [lost], after).interest_saved.minor == 0
    assert payoff_quote(terms, policy, [], date(2026, 2, 10)).interest_saved.minor == 0


@pytest.mark.parametrize(
    ("rule", "minor"),
    [({"annual_rate": "18"}, 729), ({"annual_rate": "365", "compound": True}, 15_856), ({"multiple_of_rate": "0"}, 0)],
)
def test_the_price_of_being_late_can_be_told_beforehand(rule: Document, minor: int) -> None:
    """985.04 for fifteen days: the worked example T; 985.04 · (1.01¹⁵ − 1) = 158.56."""
    terms = Terms.from_json(TERMS)
    policy = Policy.from_json({"penalty": rule}, "CNY").penalty
    assert policy is not None
    assert PenaltyRate(policy, terms).of(98_504, 15) == minor


def test_a_meter_that_compounds_by_the_day_can_be_read_back() -> None:
    """100,000 at a thousandth a day, each day rounded."""
    policy = Policy.from_json({"penalty": {"annual_rate": "36.5", "compound": True, "round": "day"}}, "CNY").penalty
    assert policy is not None
    rate, due_on = PenaltyRate(policy, Terms.from_json(TERMS)), date(2026, 2, 10)
    meter = rate.meter(due_on)
    rate.rebase(meter, 10_000_000, 0, due_on, due_on)
    read = [rate.accrued(meter, due_on, date(2026, 2, day)) for day in (20, 12, 11, 12, 20)]
    assert read == [100_450, 20_010, 10_000, 20_010, 100_450]


def test_a_penalty_of_no_multiple_of_the_rate_has_a_rate_of_nought() -> None:
    policy = Policy.from_json({"penalty": {"multiple_of_rate": "0"}}, "CNY").penalty
    assert policy is not None
    assert policy.rate_on(Decimal(12)) == 0


@pytest.mark.parametrize(
    ("every", "as_of", "fees"),
    [
        (1, "2026-02-13", "0.00"),
        (1, "2026-02-14", "10.00"),
        (1, "2026-03-13", "10.00"),
        (1, "2026-03-14", "20.00"),
        (1, "2026-04-14", "30.00"),
        (2, "2026-05-13", "10.00"),
        (2, "2026-05-14", "20.00"),
        (2, "2026-07-14", "30.00"),
    ],
)
def test_a_late_fee_that_comes_again_goes_on_by_plain_periods_after_the_last_due_date(
    every: int, as_of: str, fees: str
) -> None:
    """Due on 10 February, or on 10 March where a period is two months; charged on the fourth day after."""
    policy = {"late_fee": {"amount": "10", "after_days": 3, "once_per_installment": False}}
    found: Any = ask("replay", {"terms": TERMS | {"every": every}, "policy": policy, "events": [], "as_of": as_of})
    assert found["as_of"]["outstanding"]["fees"] == fees


@pytest.mark.parametrize(("as_of", "fees"), [("2026-03-31", "5.00"), ("2026-04-01", "10.00"), ("2026-05-01", "15.00")])
def test_a_late_fee_that_comes_again_keeps_to_the_end_of_months(as_of: str, fees: str) -> None:
    """Due on 28 February for 31 January: the next would fall due on 31 March and on 30 April."""
    terms = TERMS | {"disbursed_on": "2026-01-31", "installments": 1}
    policy = {"late_fee": {"amount": "5", "after_days": 0, "once_per_installment": False}}
    found: Any = ask("replay", {"terms": terms, "policy": policy, "events": [], "as_of": as_of})
    assert found["as_of"]["outstanding"]["fees"] == fees


def test_a_late_fee_in_percent_is_rounded_to_the_cent() -> None:
    """1 % of 100,000 and 3,041.67 of interest, and of 1.03."""
    policy = {"late_fee": {"percent": "1", "after_days": 0}}
    found: Any = ask("replay", {"terms": TERMS, "policy": policy, "events": [], "as_of": "2026-02-11"})
    assert found["as_of"]["outstanding"]["fees"] == "1030.42"
    odd: Any = ask(
        "replay", {"terms": TERMS | {"principal": "1"}, "policy": policy, "events": [], "as_of": "2026-02-11"}
    )
    assert odd["as_of"]["outstanding"]["fees"] == "0.01"


@pytest.mark.parametrize("interest_to", ["payoff_date", "next_due_date"])
def test_a_payoff_without_a_next_due_date_takes_interest_to_its_day(interest_to: str) -> None:
    """Twenty days of 100.00 of a line; nothing of a loan that is closed."""
    line = TERMS | {"method": "revolving", "installments": 0, "day_count": "actual/365"}
    document = {"policy": {"payoff": {"interest_to": interest_to}}, "events": [], "as_of": "2026-01-30"}
    assert ask("replay", document | {"terms": line})["as_of"]["payoff"] == "102000.00"
    paid = {"on": "2026-01-30", "type": "payoff"}
    closed = document | {"terms": TERMS, "events": [paid], "as_of": "2026-02-01"}
    assert ask("replay", closed)["as_of"]["payoff"] == "0.00"


def test_a_prepayment_of_a_line_takes_what_has_accrued_whatever_is_due_next() -> None:
    line = TERMS | {"method": "revolving", "installments": 0, "day_count": "actual/365"}
    early = {"on": "2026-01-30", "type": "prepay", "amount": "5000"}
    document = {"terms": line, "policy": {"prepay_interest": "next_due"}, "events": [early], "as_of": "2026-01-30"}
    allocated = ask("replay", document)["transactions"][0]["allocated"]
    assert (allocated["interest"], allocated["principal"]) == ("2000.00", "3000.00")


SIX: Document = {
    "currency": "CNY",
    "principal": "6000",
    "annual_rate": "12",
    "disbursed_on": "2026-01-10",
    "installments": 6,
}
"""975.29 of principal are due on 10 February."""


def test_a_payment_of_penalty_alone_does_not_cut_what_bears_it() -> None:
    """Six days of 0.480965 are 2.89; cut in the middle they would be twice 1.44."""
    paid = {"on": "2026-02-13", "type": "repay", "amount": "1.44"}
    document = {"terms": SIX, "policy": {"penalty": {"annual_rate": "18"}}, "events": [paid], "as_of": "2026-02-16"}
    found: Any = ask("replay", document)
    assert found["transactions"][0]["allocated"]["penalty"] == "1.44"
    assert found["as_of"]["outstanding"]["penalty"] == "1.45"


def test_a_multiple_of_the_rate_is_rounded_day_by_day() -> None:
    """15 · 0.48 at 18 %."""
    policy = {"penalty": {"multiple_of_rate": "1.5", "round": "day"}}
    found: Any = ask("replay", {"terms": SIX, "policy": policy, "events": [], "as_of": "2026-02-25"})
    assert found["as_of"]["outstanding"]["penalty"] == "7.20"


def test_a_payoff_that_is_taken_back_was_of_all_that_had_accrued_by_its_day() -> None:
    """6,000, 60.00 and 26.92 of interest, 7.21 of penalty."""
    events = [{"on": "2026-02-25", "type": "payoff"}, {"on": "2026-02-26", "type": "reverse", "event": 0}]
    document = {"terms": SIX, "policy": {"penalty": {"annual_rate": "18"}}, "events": events, "as_of": "2026-02-26"}
    assert [made["amount"] for made in ask("replay", document)["transactions"]] == ["6094.13", "6094.13"]
