"""The products on offer: what their files say, and the engine's terms and policy that follow from them."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Final

from services.answers import read_amount, read_length
from services.clock import Clock, local_date
from services.configuration.estimates import Estimate, TooDear
from services.configuration.lender import Lender
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
from services.engine.quote import Quote, quote
from services.engine.terms import Terms
from services.errors import NotFound
from services.lending.rate_link import RateLink
from services.money import Money
from services.wording import Label

FOLDER = "products"
MOST_ESTIMATES: Final = 4096
"""Estimates of a day that are kept: an application shows the same one at several steps."""
DRAW_FEE: Final = "draw_fee"
"""Name of the fee of a draw among the terms of a revolving line, and in its events."""


class UnknownProduct(NotFound):
    """No product has that code."""

    key = "products.unknown"


class Products:
    """The catalogue, by position; products of the same position, and at the end those of none, in the order given.

    One whose rate is linked comes with the rate of the lender's today; such products need `rates`. With `rates` nothing
    is offered whose price lies above the cap of that day: the cap may fall at any time, and what is lent already goes
    on.
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
        self._dearest = lru_cache(MOST_ESTIMATES)(self._dearest_of)

    def all(self, segment: str | None = None) -> list[Product]:
        """Every product that may be offered today, or those for one segment of borrowers."""
        chosen = (each for each in self._products.values() if segment is None or segment in each.segments)
        return [self._priced(each) for each in chosen if self.above_the_cap(each.code) is None]

    def get(self, code: str) -> Product:
        """Any product; one that is too dear today cannot be applied for. Raises UnknownProduct."""
        try:
            found = self._products[code]
        except KeyError:
            raise UnknownProduct from None
        priced = self._priced(found)
        return priced if self.above_the_cap(code) is None else priced.model_copy(update={"self_service": False})

    def above_the_cap(self, code: str) -> TooDear | None:
        """The dearest price of a product that borrowers apply for by themselves, where it is above today's cap."""
        if self._rates is None or not self._products[code].self_service:
            return None
        today = self._today()
        dearest, cap = self._dearest(code, today), self._rates.cap_on(today)
        return TooDear(dearest, cap) if dearest.apr.value > cap else None

    def all_above_the_cap(self) -> Mapping[str, TooDear]:
        """Those prices of all products that have one, by the product's code."""
        found = ((code, self.above_the_cap(code)) for code in self._products)
        return {code: too_dear for code, too_dear in found if too_dear is not None}

    def _dearest_of(self, code: str, today: date) -> Estimate:
        product = self._priced(self._products[code])
        # Of a line the smallest first draw is the dearest, if its draws bear a fee.
        smallest = product.minimum_draw or product.minimum
        prices = [
            self.estimate_of(product, smallest, term, method)
            for term in product.term.choices
            for method in product.methods
        ]
        return max(prices, key=lambda estimate: estimate.apr.value)

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
        return Estimate(product, amount, term, method, today, _quoted(terms), self.rate_link(product, today))

    def _today(self) -> date:
        return local_date(self._clock.now(), self._lender.time_zone)


@lru_cache(MOST_ESTIMATES)
def _quoted(terms: Terms) -> Quote:
    """The quote, computed once in a process: each catalogue that is read asks for the dearest price of every product,
    and tests and simulations read hundreds."""
    return quote(terms)


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
    """Read every file of the products folder, by name. Raises ConfigurationError, also for a product whose price was
    above the cap at all times."""
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
    too_dear = products.above_the_cap(product.code)
    if too_dear is not None and too_dear.price.apr.value > rates.highest_cap:
        price = too_dear.price
        plan = f"{price.term} installments, {price.method}"
        expected = f"a rate and fees whose APR stays within the cap of {too_dear.cap} % ({plan})"
        key = "annual_rate" if product.rate is None else "rate.margin"
        raise ConfigurationError(file, key, expected, f"APR {price.apr.value} %")
