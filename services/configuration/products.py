"""The products on offer: what their files say, and the engine's terms and policy that follow from them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Final

from services.answers import read_amount, read_length
from services.clock import Clock, local_date
from services.configuration.lender import Lender
from services.configuration.line_price import interest_a_day
from services.configuration.loan_limits import (
    AmountNotAMultiple,
    AmountTooLarge,
    AmountTooSmall,
    AmountUnreadable,
    TermNotOffered,
    check_amount,
    check_limits,
    nearest_multiples,
)
from services.configuration.product_definitions import Product, ProductFee
from services.configuration.reading import ConfigurationError, load
from services.configuration.reference_rates import ReferenceRates
from services.engine.conditions import Method
from services.engine.periods import due_dates
from services.engine.policy import Policy
from services.engine.quote import Quote, Row, quote
from services.engine.terms import Terms
from services.errors import NotFound
from services.lending.rate_link import RateLink
from services.money import Money
from services.wording import Label, Percent

FOLDER = "products"
MOST_ESTIMATES: Final = 4096
"""Estimates of a day that are kept: an application shows the same one at several steps."""
DRAW_FEE: Final = "draw_fee"
"""Name of the fee of a draw among the terms of a revolving line, and in its events."""


class UnknownProduct(NotFound):
    """No product has that code."""

    key = "products.unknown"


@dataclass(frozen=True, slots=True)
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

    @property
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

    @property
    def highest_installment(self) -> Money:
        return max(row.total for row in self.rows)


class Products:
    """The catalogue, by position; products of the same position, and at the end those of none, in the order given.

    One whose rate is linked comes with the rate of the lender's today; such products need `rates`.
    """

    def __init__(
        self, products: Iterable[Product], clock: Clock, lender: Lender, rates: ReferenceRates | None = None
    ) -> None:
        placed = sorted(products, key=lambda product: (product.position is None, product.position or 0))
        self._products = {product.code: product for product in placed}
        self._clock = clock
        self._lender = lender
        self._rates = rates
        self._estimate = lru_cache(MOST_ESTIMATES)(self._estimated)

    def all(self, segment: str | None = None) -> list[Product]:
        """Every product, or those for one segment of borrowers."""
        chosen = (each for each in self._products.values() if segment is None or segment in each.segments)
        return [self._priced(each) for each in chosen]

    def get(self, code: str) -> Product:
        """Raises UnknownProduct."""
        try:
            found = self._products[code]
        except KeyError:
            raise UnknownProduct from None
        return self._priced(found)

    def _priced(self, product: Product) -> Product:
        if product.rate is None:
            return product
        return product.priced(product.rate.on(self._reference_rates().on(self._today())))

    def _reference_rates(self) -> ReferenceRates:
        if self._rates is None:
            raise ValueError("a product whose rate is linked needs the reference rates")
        return self._rates

    def rate_link(self, product: Product, on: date | None = None) -> RateLink | None:
        """The formula that a loan of the product follows if it is offered on that day, by default today; None for a
        plain rate."""
        return None if product.rate is None else product.rate.link(self._reference_rates(), on or self._today())

    def read_amount(self, code: str, text: str) -> Money:
        """The amount that somebody typed, checked against the product's limits. Raises AmountUnreadable,
        AmountTooSmall, AmountTooLarge or AmountNotAMultiple."""
        product = self.get(code)
        number = read_amount(text)
        if number is None or number > 10**12:
            raise AmountUnreadable(minimum=product.minimum, maximum=product.maximum)
        if number != round(number, 2):
            raise AmountNotAMultiple(step=product.step, **nearest_multiples(product, number))
        amount = Money.of(number, product.currency)
        check_amount(product, amount)
        return amount

    def read_draw(self, code: str, text: str, most: Money) -> Money:
        """How much of a revolving line somebody typed that they want at once, `most` of it at most. Raises
        AmountUnreadable, AmountTooSmall or AmountTooLarge."""
        product = self.get(code)
        limits = {"minimum": product.minimum_draw or most, "maximum": most}
        number = read_amount(text)
        if number is None or number > 10**12 or number != round(number, 2):
            raise AmountUnreadable(**limits)
        amount = Money.of(number, product.currency)
        if amount < limits["minimum"]:
            raise AmountTooSmall(**limits)
        if amount > most:
            raise AmountTooLarge(**limits)
        return amount

    def read_term(self, code: str, text: str) -> int:
        """The number of installments that somebody typed, as a number or a length of time. Raises TermNotOffered."""
        product = self.get(code)
        length = read_length(text, product.term.unit)
        if length in product.term_lengths:
            return length // product.term.every
        raise TermNotOffered(choices=product.term_lengths, unit=Label(f"terms.unit_{product.term.unit}"))

    def terms(self, product: Product, amount: Money, term: int, method: str, disbursed_on: date) -> Terms:
        """The engine's terms of a loan of `term` installments paid out on `disbursed_on`."""
        plain = Terms(
            principal=amount,
            annual_rate=product.annual_rate,
            disbursed_on=disbursed_on,
            installments=term,
            every=product.term.every,
            unit=product.term.unit,
            day_count=product.day_count,
        )
        # Read from JSON, so that what is stored later and what is computed here cannot differ.
        fees = [*(_fee(fee) for fee in product.fees), *_draw_fee(product)]
        written = {**plain.to_json(), "method": method, **({"fees": fees} if fees else {})}
        if product.rate is not None:
            written["rate_settlement"] = product.rate.settlement.value
        if method == Method.CUSTOM and product.harvest is not None:
            plan = product.harvest.plan(amount, due_dates(plain))
            written["principal_plan"] = [str(part.amount) for part in plan]
        return Terms.from_json(written)

    def policy(self, product: Product) -> Policy:
        """How a loan of this product is serviced."""
        penalty: dict[str, object] = {
            "base": product.penalty.base.value,
            "grace_days": product.penalty.grace_days,
        }
        for name in ("annual_rate", "multiple_of_rate", "cap_percent_of_principal"):
            value = getattr(product.penalty, name)
            if value is not None:
                penalty[name] = str(value)
        # Whoever pays after a reminder and before the date means that installment; principal is repaid early by an
        # event of its own. Only a revolving line takes whatever is paid for interest so far and principal.
        prepayment = "next_installments" if product.revolving is None else "reduce_installment"
        return Policy.from_json({"penalty": penalty, "prepayment": prepayment}, product.currency)

    def estimate(self, code: str, amount: Money, term: int, method: str) -> Estimate:
        """What such a loan would cost if it were paid out today. Raises the errors of `check_limits`."""
        return self._estimate(code, amount, term, method, self._today())

    def _estimated(self, code: str, amount: Money, term: int, method: str, today: date) -> Estimate:
        product = self.get(code)
        check_limits(product, amount, term, method)
        return self.estimate_of(product, amount, term, method)

    def estimate_of(self, product: Product, amount: Money, term: int, method: str) -> Estimate:
        """The same for any amount, term and method."""
        today = self._today()
        terms = self.terms(product, amount, term, method, today)
        return Estimate(product, amount, term, method, today, quote(terms), self.rate_link(product, today))

    def _today(self) -> date:
        return local_date(self._clock.now(), self._lender.time_zone)


def _fee(fee: ProductFee) -> dict[str, str]:
    written = {"name": fee.code, "when": fee.when}
    if fee.amount is not None:
        written["amount"] = str(fee.amount)
    if fee.percent_of_principal is not None:
        written["percent_of_principal"] = str(fee.percent_of_principal)
    return written


def _draw_fee(product: Product) -> list[dict[str, str]]:
    """The fee of a line's first draw; it is frozen with the terms, and later draws are charged by it too."""
    fee = product.revolving and product.revolving.draw_fee
    if not fee:
        return []
    measure = {"amount": fee.amount, "percent_of_principal": fee.percent_of_draw}
    kept = {name: str(value) for name, value in measure.items() if value is not None}
    return [{"name": DRAW_FEE, "when": "first_installment", **kept}]


def load_products(folder: Path, clock: Clock, lender: Lender, rates: ReferenceRates) -> Products:
    """Read every file of the products folder, by name, and hold each product's dearest price against today's cap.
    Raises ConfigurationError."""
    files = sorted((folder / FOLDER).glob("*.toml"))
    if not files:
        raise ConfigurationError(folder / FOLDER, "", "at least one product file")
    found = {file: load(Product, file) for file in files}
    products = Products(found.values(), clock, lender, rates)
    first_of: dict[str, Path] = {}
    for file, product in found.items():
        if (other := first_of.setdefault(product.code, file)) != file:
            raise ConfigurationError(file, "code", f"another code than {other.name} has", product.code)
    for file, product in found.items():
        if product.currency != lender.currency:
            raise ConfigurationError(file, "currency", f"the lender's currency {lender.currency}", product.currency)
        if product.rate is not None and product.rate.linked_to != rates.table.name:
            expected = f"the name of a reference rate, {rates.table.name}"
            raise ConfigurationError(file, "rate.linked_to", expected, product.rate.linked_to)
        _check_price(file, product, products, rates)
    return products


def _check_price(file: Path, product: Product, products: Products, rates: ReferenceRates) -> None:
    if not product.self_service:
        return
    # Of a line the smallest first draw is the dearest, if its draws bear a fee.
    smallest = product.minimum_draw or product.minimum
    for term in product.term.choices:
        for method in product.methods:
            estimate = products.estimate_of(product, smallest, term, method)
            cap = rates.cap_on(estimate.on)
            if estimate.apr.value > cap:
                expected = f"a rate and fees whose APR stays within the cap of {cap} % ({term} installments, {method})"
                key = "annual_rate" if product.rate is None else "rate.margin"
                raise ConfigurationError(file, key, expected, f"APR {estimate.apr.value} %")
