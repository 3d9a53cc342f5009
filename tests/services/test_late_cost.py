"""What paying late costs, as it is said before signing."""

import pytest

from services.engine.policy import LateFee, PenaltyBase, Policy
from services.engine.quote import quote
from services.engine.terms import Terms
from services.origination.late_cost import LateCost, late_cost
from tests.builders import cny

TERMS = Terms.from_json(
    {
        "currency": "CNY",
        "principal": "5000",
        "annual_rate": "10.8",
        "disbursed_on": "2026-12-05",
        "installments": 6,
        "fees": [{"name": "service", "when": "every_installment", "amount": "6"}],
    }
)
ROWS = quote(TERMS).rows


def cost_of(policy: dict[str, object]) -> LateCost:
    return late_cost(TERMS, Policy.from_json(policy, "CNY"), ROWS)


def with_penalty(**changes: object) -> LateCost:
    return cost_of({"penalty": {"annual_rate": "16.2", **changes}})


@pytest.mark.parametrize(
    ("base", "overdue", "per_day"),
    [
        (PenaltyBase.PRINCIPAL, ROWS[0].principal, "0.36"),
        (PenaltyBase.PRINCIPAL_AND_INTEREST, ROWS[0].principal + ROWS[0].interest, "0.38"),
        (PenaltyBase.TOTAL, ROWS[0].total, "0.38"),
    ],
)
def test_the_example_is_that_part_of_the_first_installment_which_bears_penalty(
    base: PenaltyBase, overdue: object, per_day: str
) -> None:
    cost = with_penalty(base=base.value)
    assert (cost.base, cost.example_overdue, cost.example_per_day) == (base, overdue, cny(per_day))


def test_grace_and_compounding_are_told_as_the_policy_has_them() -> None:
    cost = with_penalty(grace_days=5, grace_free=True, compound=True)
    assert (cost.grace_days, cost.grace_free, cost.compounds) == (5, True, True)


def test_a_cap_is_told_in_money_of_the_amount_paid_out() -> None:
    assert with_penalty(cap_percent_of_principal="20").most == cny("1000")
    assert with_penalty().most is None


def test_a_policy_without_penalty_costs_nothing_but_its_late_fee() -> None:
    cost = cost_of({"late_fee": {"amount": "15"}})
    assert not cost.annual_rate.value
    assert not cost.example_per_day
    assert cost.fee == LateFee(amount=cny("15"))
