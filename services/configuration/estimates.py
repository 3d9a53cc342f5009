"""What a loan of a product would cost, and prices that the cap does not allow."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from services.configuration.line_price import interest_a_day
from services.configuration.product_definitions import Product
from services.engine.quote import Quote, Row
from services.lending.rate_link import RateLink
from services.money import Money
from services.wording import Percent


@dataclass(frozen=True)
class Estimate:
    """What a loan would cost if paid out on `on`: for the calculator, no approval."""

    product: Product
    amount: Money
    term: int
    """Number of installments."""
    method: str
    on: date
    quote: Quote
    rate_link: RateLink | None = None
    """What the rate follows, None for a plain rate."""

    @cached_property
    def rows(self) -> Sequence[Row]:
        """The installments; what is withheld from the payout is none, nor is a period that asks for nothing."""
        return [row for row in self.quote.rows if row.n > 0 and row.total]

    @property
    def apr(self) -> Percent:
        """The effective rate with all charges, percent a year with two digits."""
        return Percent((self.quote.apr or Decimal(0)).quantize(Decimal("0.01")))

    @property
    def net_payout(self) -> Money:
        return self.quote.net_disbursed

    @property
    def total_cost(self) -> Money:
        return self.quote.cost_of_credit

    @property
    def daily_rate(self) -> Percent | None:
        """Percent a day, of a revolving line only."""
        return None if self.product.revolving is None else Percent(self.product.revolving.daily_rate)

    @property
    def interest_a_day(self) -> Money | None:
        """What the whole amount costs a day, of a revolving line only."""
        if self.product.revolving is None:
            return None
        return interest_a_day(self.amount, self.product.annual_rate, self.product.day_count)

    @property
    def total_to_repay(self) -> Money:
        return Money.total([row.total for row in self.rows], self.amount.currency)

    @cached_property
    def highest_installment(self) -> Money:
        return max(row.total for row in self.rows)


class TooDear(NamedTuple):
    """A price above the cap, percent a year."""

    price: Estimate
    cap: Decimal
