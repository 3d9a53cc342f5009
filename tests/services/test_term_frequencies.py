"""How often installments fall due is the product file's choice."""

from datetime import date

import pytest

from services.clock import SteppedClock
from services.configuration.product_definitions import TermChoices
from services.configuration.products import Products
from services.engine.dates import Unit
from tests.services.test_products import LATE_EVENING_UTC, cny, lender, personal


@pytest.mark.parametrize(
    ("unit", "every", "first_due_dates"),
    [
        (Unit.WEEK, 1, [date(2025, 11, 12), date(2025, 11, 19)]),
        (Unit.WEEK, 2, [date(2025, 11, 19), date(2025, 12, 3)]),
        (Unit.MONTH, 1, [date(2025, 12, 5), date(2026, 1, 5)]),
        (Unit.MONTH, 3, [date(2026, 2, 5), date(2026, 5, 5)]),
        (Unit.DAY, 10, [date(2025, 11, 15), date(2025, 11, 25)]),
    ],
)
def test_a_products_file_says_how_often_installments_fall_due(
    unit: Unit, every: int, first_due_dates: list[date]
) -> None:
    often = personal.model_copy(update={"term": TermChoices(unit=unit, every=every, choices=[4])})
    products = Products([often], SteppedClock(LATE_EVENING_UTC), lender)
    assert products.read_term("personal", str(4 * every)) == 4
    rows = products.estimate("personal", cny(5000), 4, "equal_installment").rows
    assert [row.due_on for row in rows][:2] == first_due_dates
    assert len(rows) == 4
