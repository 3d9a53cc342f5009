"""The highest price of credit: a contract's APR may not exceed a multiple of the one-year reference rate of its day.

Source: 最高人民法院关于审理民间借贷案件适用法律若干问题的规定 (2020, second amendment), article 25: four times the
one-year loan prime rate when the contract is made. The multiple and the rate table are configuration.
"""

from datetime import date
from decimal import Decimal
from typing import Final

from services.configuration.reference_rates import ReferenceRates
from services.engine.quote import quote
from services.engine.terms import Terms
from services.errors import InvalidInput
from services.origination.offer_views import effective_rate
from services.wording import Percent


class RateCapExceeded(InvalidInput):
    """`apr`, the rate with all charges, is above `cap`, the highest that may be agreed `on` that day."""

    key = "decisions.rate_cap_exceeded"
    field = "amount"


STEP: Final = Decimal("0.01")
"""The smallest difference between two rates that are tried in search of the highest one."""


class RateCap:
    """Compares terms with the cap of a day."""

    def __init__(self, rates: ReferenceRates) -> None:
        self._rates = rates

    def check(self, terms: Terms, on: date) -> None:
        """Raises RateCapExceeded when the terms cost more than may be agreed on the day `on` (lender's calendar)."""
        apr = effective_rate(quote(terms)).value
        cap = self._rates.cap_on(on)
        if apr > cap:
            raise RateCapExceeded(apr=Percent(apr), cap=Percent(cap), on=on)

    def highest(self, terms: Terms, wanted: Decimal, *days: date) -> Decimal:
        """`wanted`, percent a year, or the highest multiple of `STEP` below it at which a loan of such terms costs no
        more than may be agreed on each of the `days`; nought where none does."""
        cap = min(self._rates.cap_on(day) for day in days)
        if _costs(terms, wanted) <= cap:
            return wanted
        lawful, unlawful = 0, int(wanted / STEP) + 1
        while unlawful - lawful > 1:
            tried = (lawful + unlawful) // 2
            if _costs(terms, tried * STEP) <= cap:
                lawful = tried
            else:
                unlawful = tried
        return lawful * STEP


def _costs(terms: Terms, annual_rate: Decimal) -> Decimal:
    """The APR of the terms at that rate for their whole time."""
    return effective_rate(quote(terms.changed(annual_rate=annual_rate, rate_changes=()))).value
