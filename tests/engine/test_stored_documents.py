"""Terms and policies that are written and read back are the same, whatever they hold."""

import pytest

from services.engine import Policy, Terms
from tests.engine.strategies import Document

TERMS: Document = {
    "currency": "CNY",
    "principal": "6000.00",
    "annual_rate": "12",
    "disbursed_on": "2026-01-10",
    "installments": 6,
}


@pytest.mark.parametrize(
    "part",
    [
        {"fees": [{"name": "visit", "when": "disbursement", "amount": "10.00"}]},
        {"fees": [{"name": "visit", "when": "first_installment", "percent_of_principal": "1.5"}]},
        {"balloon": {"amount": "500.00"}},
        {"balloon": {"percent": "20"}},
        {"non_working_days": {"weekdays": [6, 7], "holidays": ["2026-02-10"], "move": "next", "move_interest": True}},
        {
            "non_working_days": {
                "weekdays": [],
                "holidays": [],
                "move": "previous",
                "move_interest": False,
                "country": "CN",
            }
        },
        {"grace": {"principal": 1, "interest_payment": 2, "interest_charged": 0, "capitalise": True}},
        {"installment_rounding": {"to": "10.00", "mode": "up"}},
        {"tranches": [{"on": "2026-02-10", "amount": "100.00"}]},
        {"rate_changes": [{"on": "2026-02-10", "annual_rate": "6.5"}]},
    ],
)
def test_what_terms_hold_is_written_as_it_was_read(part: Document) -> None:
    terms = Terms.from_json(TERMS | part)
    assert terms.to_json() == TERMS | part
    assert Terms.from_json(terms.to_json()) == terms


@pytest.mark.parametrize(
    "part",
    [
        {"late_fee": {"amount": "20.00", "after_days": 3}},
        {"late_fee": {"percent": "2.5", "after_days": 0, "once_per_installment": False}},
    ],
)
def test_what_a_policy_holds_is_written_as_it_was_read(part: Document) -> None:
    policy = Policy.from_json(part, "CNY")
    assert policy.to_json()["late_fee"] == part["late_fee"]
    assert Policy.from_json(policy.to_json(), "CNY") == policy
