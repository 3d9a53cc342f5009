"""What a revolving line costs a day. Rates are percent; only day counts by which every day costs the same have one."""

from decimal import Decimal

from services.configuration.product_definitions import DAYS_A_YEAR
from services.engine.dates import DayCount
from services.engine.rounding import Rounder, RoundingMode
from services.money import Money
from services.wording import Percent


def daily_rate(annual_rate: Decimal, day_count: DayCount) -> Percent:
    """Percent a day, with at most six digits."""
    exact = annual_rate / DAYS_A_YEAR[day_count]
    return Percent(exact.quantize(Decimal("0.000001")).normalize())


def interest_a_day(amount: Money, annual_rate: Decimal, day_count: DayCount) -> Money:
    """What one day on that balance costs, rounded half up to the minor unit; for showing, not for booking."""
    numerator, denominator = (annual_rate / 100).as_integer_ratio()
    minor = Rounder(1, RoundingMode.HALF_UP).ratio(amount.minor * numerator, denominator * DAYS_A_YEAR[day_count])
    return Money.from_minor(minor, amount.currency)
