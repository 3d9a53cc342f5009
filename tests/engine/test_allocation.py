"""How one sum is spread over what several installments owe."""

import pytest

from services.engine.allocation import Part, spread
from services.engine.policy import USUAL_ORDER, AllocateBy, Component

PENALTY, FEE, INTEREST, PRINCIPAL = USUAL_ORDER
CLAIMS = [{PRINCIPAL: 70, INTEREST: 30, PENALTY: 5}, {PRINCIPAL: 80, INTEREST: 20}]


def test_the_oldest_claim_is_settled_wholly_before_the_next() -> None:
    parts, left = spread(120, CLAIMS, USUAL_ORDER, AllocateBy.INSTALLMENT)
    assert parts == [Part(0, PENALTY, 5), Part(0, INTEREST, 30), Part(0, PRINCIPAL, 70), Part(1, INTEREST, 15)]
    assert left == 0


def test_each_component_is_settled_over_all_claims_before_the_next() -> None:
    parts, left = spread(120, CLAIMS, USUAL_ORDER, AllocateBy.COMPONENT)
    assert parts == [Part(0, PENALTY, 5), Part(0, INTEREST, 30), Part(1, INTEREST, 20), Part(0, PRINCIPAL, 65)]
    assert left == 0


@pytest.mark.parametrize("by", list(AllocateBy))
def test_what_no_claim_takes_is_left_and_a_claim_for_nothing_gets_no_part(by: AllocateBy) -> None:
    parts, left = spread(100, [{FEE: 0, INTEREST: 30}, {}], USUAL_ORDER, by)
    assert (parts, left) == ([Part(0, INTEREST, 30)], 70)
    assert spread(0, CLAIMS, USUAL_ORDER, by) == ([], 0)


def test_only_components_of_the_order_are_settled() -> None:
    assert spread(100, CLAIMS, (INTEREST,), AllocateBy.INSTALLMENT)[1] == 50


def test_the_usual_order_is_penalty_fee_interest_principal() -> None:
    assert [component.value for component in Component] == ["penalty", "fee", "interest", "principal"]


def test_a_claim_of_the_smallest_amount_is_settled() -> None:
    assert spread(1, [{INTEREST: 1}], USUAL_ORDER, AllocateBy.INSTALLMENT) == ([Part(0, INTEREST, 1)], 0)
