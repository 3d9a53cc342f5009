"""The products of the sample lender: limits while typing, estimates, and the price that the law allows."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.clock import SteppedClock
from services.configuration.lender import load_lender
from services.configuration.loan_limits import (
    AmountNotAMultiple,
    AmountTooLarge,
    AmountTooSmall,
    AmountUnreadable,
    MethodNotOffered,
    TermNotOffered,
)
from services.configuration.product_definitions import Product
from services.configuration.products import Products, UnknownProduct, load_products
from services.configuration.reference_rates import load_reference_rates
from services.engine.conditions import Method
from services.money import Money
from services.wording import Label, Percent
from tests.services.desk import CONFIG

LATE_EVENING_UTC = datetime(2025, 11, 4, 17, tzinfo=UTC)
TODAY_IN_SHANGHAI = date(2025, 11, 5)

lender = load_lender(CONFIG)
rates = load_reference_rates(CONFIG, lender.rate_cap_multiple)
products = load_products(CONFIG, SteppedClock(LATE_EVENING_UTC), lender, rates)
personal, farm = products.get("personal"), products.get("farm")
SELF_SERVICE = [product for product in products.all() if product.self_service]


def cny(amount: int | str) -> Money:
    return Money.of(amount, "CNY")


def every_offer(product: Product) -> list[tuple[int, str]]:
    return [(term, method) for term in product.term.choices for method in product.methods]


def test_products_are_found_by_code_and_segment() -> None:
    assert products.get("personal").code == "personal"
    assert [product.code for product in products.all("farmer")] == ["farm"]
    with pytest.raises(UnknownProduct):
        products.get("mortgage")


def test_a_product_is_offered_as_long_as_its_price_stays_within_the_cap_of_the_day() -> None:
    """At 14 % a loan may cost 14.94 %: four times 4.05 % allowed that, four times 3.00 % does not."""
    dear = personal.model_copy(update={"annual_rate": Decimal("14")})
    clock = SteppedClock(datetime(2020, 3, 2, tzinfo=UTC))
    offered = Products([dear, farm], clock, lender, rates)
    assert ([product.code for product in offered.all()], offered.all_above_the_cap()) == (["personal", "farm"], {})
    clock.advance_to(LATE_EVENING_UTC)
    assert [product.code for product in offered.all()] == ["farm"]
    ((price, cap),) = offered.all_above_the_cap().values()
    assert (price.apr.value, cap) == (Decimal("14.94"), Decimal("12.00"))
    assert not offered.get("personal").self_service, "a draft of it goes no further"


def test_products_stand_where_their_files_say_and_those_that_say_nothing_come_last() -> None:
    assert [product.code for product in products.all()] == ["personal", "business", "farm", "line"]
    places = {"personal": None, "farm": 2, "business": 1, "line": None}
    placed = [products.get(code).model_copy(update={"position": place}) for code, place in places.items()]
    listed = Products(placed, SteppedClock(LATE_EVENING_UTC), lender, rates).all()
    assert [product.code for product in listed] == ["business", "farm", "personal", "line"]


@pytest.mark.parametrize("typed", ["5000", "5k", "五千", "５,０００.00", "5千元"])
def test_an_amount_is_read_however_it_is_typed(typed: str) -> None:
    assert products.read_amount("personal", typed) == cny(5000)


@pytest.mark.parametrize("typed", ["", "a lot", "-5000", "9" * 20, "🙂"])
def test_what_is_no_amount_is_refused_with_the_limits(typed: str) -> None:
    with pytest.raises(AmountUnreadable) as refusal:
        products.read_amount("personal", typed)
    assert refusal.value.params == {"minimum": cny(1000), "maximum": cny(200_000)}


@pytest.mark.parametrize(
    ("typed", "error"),
    [("999", AmountTooSmall), ("0", AmountTooSmall), ("200100", AmountTooLarge), ("1亿", AmountTooLarge)],
)
def test_an_amount_outside_the_limits_is_refused_with_both(typed: str, error: type[Exception]) -> None:
    with pytest.raises(error) as refusal:
        products.read_amount("personal", typed)
    assert refusal.value.params == {"minimum": cny(1000), "maximum": cny(200_000)}  # type: ignore[attr-defined]  # a DomainError


@pytest.mark.parametrize(
    ("typed", "lower", "higher"), [("5050", 5000, 5100), ("5000.01", 5000, 5100), ("5000.005", 5000, 5100)]
)
def test_an_amount_between_two_steps_is_refused_with_its_neighbors(typed: str, lower: int, higher: int) -> None:
    with pytest.raises(AmountNotAMultiple) as refusal:
        products.read_amount("personal", typed)
    assert refusal.value.params == {"step": cny(100), "lower": cny(lower), "higher": cny(higher)}


@given(st.text(max_size=30))
def test_whatever_is_typed_gives_an_amount_on_offer_or_a_reason(typed: str) -> None:
    try:
        amount = products.read_amount("personal", typed)
    except (AmountUnreadable, AmountTooSmall, AmountTooLarge, AmountNotAMultiple):
        return
    assert personal.minimum <= amount <= personal.maximum
    assert amount.minor % personal.step.minor == 0


@pytest.mark.parametrize("typed", ["6", "6个月", "半年", "six months", "6期"])
def test_a_term_is_read_however_it_is_typed(typed: str) -> None:
    assert products.read_term("personal", typed) == 6


@pytest.mark.parametrize("typed", ["5", "5个月", "soon", "", "6 weeks", "100 years"])
def test_a_term_that_is_not_offered_is_refused_with_those_that_are(typed: str) -> None:
    with pytest.raises(TermNotOffered) as refusal:
        products.read_term("personal", typed)
    assert refusal.value.params == {"choices": [3, 6, 12, 24], "unit": Label("terms.unit_month")}


def test_an_estimate_starts_today_in_the_lenders_time_zone() -> None:
    estimate = products.estimate("personal", cny(5000), 6, "equal_installment")
    assert estimate.on == TODAY_IN_SHANGHAI
    assert estimate.rows[0].due_on == date(2025, 12, 5)
    assert len(estimate.rows) == 6


def test_an_estimate_of_an_unknown_method_or_term_is_refused() -> None:
    with pytest.raises(MethodNotOffered):
        products.estimate("personal", cny(5000), 6, "bullet")
    with pytest.raises(TermNotOffered):
        products.estimate("personal", cny(5000), 7, "equal_installment")


@pytest.mark.parametrize("product", SELF_SERVICE, ids=lambda product: product.code)
def test_every_offer_adds_up_and_stays_within_the_cap(product: Product) -> None:
    for term, method in every_offer(product):
        for amount in (product.minimum, product.maximum):
            estimate = products.estimate(product.code, amount, term, method)
            assert estimate.apr.value <= rates.cap_on(estimate.on)
            assert Money.total([row.principal for row in estimate.rows], "CNY") == amount
            assert estimate.total_to_repay - estimate.net_payout == estimate.total_cost
            assert estimate.highest_installment == max(row.total for row in estimate.rows)


@pytest.mark.parametrize(("term", "months"), [(6, {5}), (9, {6}), (12, {6, 10})])
def test_farm_principal_waits_for_the_harvests_that_the_term_reaches(term: int, months: set[int]) -> None:
    estimate = products.estimate("farm", cny(10_000), term, Method.CUSTOM)
    assert {row.due_on.month for row in estimate.rows if row.principal} == months


def test_a_farm_loan_over_both_harvests_splits_forty_to_sixty() -> None:
    estimate = products.estimate("farm", cny(10_000), 12, Method.CUSTOM)
    assert {row.due_on.month: row.principal for row in estimate.rows if row.principal} == {6: cny(4000), 10: cny(6000)}


def test_without_a_harvest_before_the_end_all_principal_falls_due_last() -> None:
    assert farm.harvest is not None
    plan = farm.harvest.plan(cny(9000), [date(2025, 12, 5), date(2026, 1, 5), date(2026, 2, 5)])
    assert plan == (cny(0), cny(0), cny(9000))


@given(
    st.integers(200_000, 10_000_000), st.lists(st.dates(date(2025, 1, 1), date(2030, 1, 1)), min_size=1, max_size=36)
)
def test_a_harvest_plan_always_repays_exactly_the_principal(minor: int, due_dates: list[date]) -> None:
    assert farm.harvest is not None
    principal = Money.from_minor(minor, "CNY")
    assert Money.total(farm.harvest.plan(principal, sorted(due_dates)), "CNY") == principal


def test_penalty_interest_is_a_multiple_of_the_loans_rate() -> None:
    assert personal.penalty_rate.value == Decimal("16.2")
    assert products.policy(personal).to_json() is not None


def test_a_line_is_applied_for_in_the_chat_and_costs_a_day_what_it_costs_a_year() -> None:
    line = products.get("line")
    assert line.self_service
    assert line.minimum_draw == cny(500)
    estimate = products.estimate("line", cny(10_000), 12, Method.REVOLVING)
    assert estimate.daily_rate == Percent(Decimal("0.03"))
    assert estimate.interest_a_day == cny("3.00")
    assert estimate.total_cost == cny("1095.00")
    assert products.estimate("personal", cny(10_000), 12, Method.INTEREST_ONLY).interest_a_day is None


def test_the_first_draw_of_a_line_is_read_within_its_limit() -> None:
    assert products.read_draw("line", "两千", cny(10_000)) == cny(2000)
    for typed, error in (("some", AmountUnreadable), ("499", AmountTooSmall), ("10001", AmountTooLarge)):
        with pytest.raises(error) as refusal:
            products.read_draw("line", typed, cny(10_000))
        assert refusal.value.params == {"minimum": cny(500), "maximum": cny(10_000)}
