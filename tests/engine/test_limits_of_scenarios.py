"""What a replay just allows and just refuses of policies, events and the day asked about."""

import json

import pytest

from services.engine import Policy
from services.engine.jsonio import run
from tests.engine.answers import refusal
from tests.engine.half_year import TERMS
from tests.engine.strategies import Document

SCENARIO: Document = {"terms": TERMS, "policy": {}, "events": [], "as_of": "2026-06-01"}
BUSY: Document = {"penalty": {"annual_rate": "18", "compound": True, "round": "day"}}
AGAIN: Document = {"late_fee": {"amount": "1", "once_per_installment": False}}
PENALTY: Document = {"annual_rate": "18"}


@pytest.mark.parametrize(
    ("policy", "allowed", "refused"),
    [
        ({}, "2026-03-05", "2026-03-04"),
        ({}, "2200-12-31", "2201-01-01"),
        (BUSY, "2036-03-12", "2036-03-13"),
        (AGAIN, "2036-03-12", "2036-03-13"),
    ],
)
def test_the_day_asked_about_lies_within_the_loan_s_time(policy: Document, allowed: str, refused: str) -> None:
    """Lateness that is reckoned day after day is followed for 3,660 days."""
    document = SCENARIO | {"policy": policy}
    assert run("replay", json.dumps(document | {"as_of": allowed}))[0] == 0
    assert refusal("replay", document | {"as_of": refused})["field"] == "as_of"


@pytest.mark.parametrize(
    ("event", "field"),
    [
        ({"type": "waive", "of": "principal", "amount": "1"}, "of"),
        ({"type": "fee", "name": "f", "amount": "1", "counts_as": "interest"}, "counts_as"),
        ({"type": "repay", "amount": "1", "on": "2026-03-04"}, "on"),
        ({"type": "repay", "amount": "0"}, "amount"),
        ({"type": "payoff", "amount": "1"}, "amount"),
    ],
)
def test_an_event_that_cannot_have_happened_is_refused(event: Document, field: str) -> None:
    found = refusal("replay", SCENARIO | {"events": [{"on": "2026-03-05"} | event]})
    assert found["field"] == f"events[0].{field}"


@pytest.mark.parametrize(
    ("allowed", "refused", "field"),
    [
        (
            {"penalty": {"multiple_of_rate": "100"}},
            {"penalty": {"multiple_of_rate": "100.01"}},
            "penalty.multiple_of_rate",
        ),
        ({"penalty": PENALTY | {"grace_days": 0}}, {"penalty": PENALTY | {"grace_days": -1}}, "penalty.grace_days"),
        (
            {"late_fee": {"amount": "1", "after_days": 0}},
            {"late_fee": {"amount": "1", "after_days": -1}},
            "late_fee.after_days",
        ),
        ({"due_day_counts_as": 0}, {"due_day_counts_as": -1}, "due_day_counts_as"),
        ({"due_day_counts_as": 1}, {"due_day_counts_as": 2}, "due_day_counts_as"),
        ({"observation_days": 0}, {"observation_days": -1}, "observation_days"),
        ({"classification": [[0, "a"], [1, "b"]]}, {"classification": [[1, "a"], [1, "b"]]}, "classification"),
        ({"classification": [[100_000, "a"]]}, {"classification": [[100_001, "a"]]}, "classification[0][0]"),
    ],
)
def test_each_limit_of_a_policy_is_the_last_value_that_is_allowed(
    allowed: Document, refused: Document, field: str
) -> None:
    assert run("replay", json.dumps(SCENARIO | {"policy": allowed}))[0] == 0
    assert refusal("replay", SCENARIO | {"policy": refused})["field"] == f"policy.{field}"


def test_what_a_policy_leaves_out_is_nought() -> None:
    policy = Policy.from_json({"penalty": PENALTY, "late_fee": {"amount": "1"}}, "CNY")
    assert policy.penalty is not None
    assert policy.late_fee is not None
    assert (policy.penalty.grace_days, policy.late_fee.after_days) == (0, 0)
    assert (policy.due_day_counts_as, policy.observation_days) == (0, 0)


@pytest.mark.parametrize(("number", "status"), [(5_000, 0), (5_001, 2)])
def test_a_loan_has_five_thousand_events_at_most(number: int, status: int) -> None:
    """They lie after the day asked about, eight or nine hundred between two due dates."""
    days = [f"2026-0{month}-20" for month in (3, 4, 5, 6, 7, 8)]
    events = [{"on": days[place % 6], "type": "repay", "amount": "0.01"} for place in range(number)]
    assert run("replay", json.dumps(SCENARIO | {"events": events, "as_of": "2026-03-05"}))[0] == status


def test_an_event_may_lie_on_the_last_day_of_the_calendar() -> None:
    event = {"on": "2200-12-31", "type": "repay", "amount": "1"}
    assert run("replay", json.dumps(SCENARIO | {"events": [event]}))[0] == 0
    later = SCENARIO | {"events": [event | {"on": "2201-01-01"}]}
    assert refusal("replay", later)["field"] == "events[0].on"
