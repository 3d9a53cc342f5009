"""On which days what was missed is booked: each on its own, so that every month holds the interest that it earned."""

from datetime import date, timedelta
from typing import Final

DAILY_FOR: Final = timedelta(days=92)
"""How far back every day is booked. Beyond it only month ends are, since each day costs a replay of the loan."""


def booking_days(since: date, until: date) -> list[date]:
    """The days from `since` to `until`, both among them, in order: month ends, and each of the last `DAILY_FOR`."""
    daily_from = until - DAILY_FOR
    days = [since + timedelta(days=passed) for passed in range((until - since).days + 1)]
    return [day for day in days if day == since or day > daily_from or _ends_month(day)]


def _ends_month(day: date) -> bool:
    return (day + timedelta(days=1)).day == 1
