"""Annual rates of bare payments: no terms, only what was advanced and what is paid when."""

from datetime import date
from typing import Any

from services.engine.apr import Flow, annual_percentage_rate, nominal_rate
from services.engine.dates import Unit, add_periods
from services.money import Money


def rates(asked: Any) -> dict[str, str | None]:
    """Both annual rates, percent with four digits.

    `payments` holds series in order: `count` payments of `amount`, from `first` on, `every` (1) `unit` apart. With
    `whole_months` the effective rate counts whole months as twelfths of a year, else all days over 365.
    """
    on = date.fromisoformat(asked["on"])
    flows = [flow for series in asked["payments"] for flow in _flows(series, on, asked.get("whole_months", False))]
    advance = Money.of(asked["advance"], "USD").minor
    found = {"apr": annual_percentage_rate(advance, on, flows), "apr_nominal": nominal_rate(advance, on, flows)}
    return {name: None if rate is None else str(rate) for name, rate in found.items()}


def _flows(series: Any, on: date, whole_months: bool) -> list[Flow]:
    first, unit, every = date.fromisoformat(series["first"]), Unit(series["unit"]), series.get("every", 1)
    minor = Money.of(series["amount"], "USD").minor
    days = [add_periods(first, index * every, unit) for index in range(series["count"])]
    return [Flow(day, minor, _months(on, day) if whole_months else None) for day in days]


def _months(earlier: date, later: date) -> int:
    """Months between days of the same number. Raises ValueError where the days' numbers differ."""
    if earlier.day != later.day:
        raise ValueError(f"{earlier} and {later} are not whole months apart")
    return 12 * (later.year - earlier.year) + later.month - earlier.month
