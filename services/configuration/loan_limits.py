"""What a product lends: limits of amount, term and method, and what is said about a wish beyond them."""

from decimal import Decimal

from services.configuration.product_definitions import Product
from services.errors import InvalidInput
from services.money import Money
from services.wording import Label


class AmountUnreadable(InvalidInput):
    """What was typed is no amount. `minimum` and `maximum` are the product's limits."""

    key = "products.amount_unreadable"
    field = "amount"


class AmountTooSmall(InvalidInput):
    """Below `minimum`; `maximum` is the other limit."""

    key = "products.amount_too_small"
    field = "amount"


class AmountTooLarge(InvalidInput):
    """Above `maximum`; `minimum` is the other limit."""

    key = "products.amount_too_large"
    field = "amount"


class AmountNotAMultiple(InvalidInput):
    """Not a multiple of `step`; `lower` and `higher` are the nearest that are."""

    key = "products.amount_not_a_multiple"
    field = "amount"


class TermNotOffered(InvalidInput):
    """Not among the product's terms: `choices` lists them in the product's unit, whose word is `unit`."""

    key = "products.term_not_offered"
    field = "term"


class MethodNotOffered(InvalidInput):
    """Not among the product's repayment methods, `choices`."""

    key = "products.method_not_offered"
    field = "method"


def check_limits(product: Product, amount: Money, term: int, method: str) -> None:
    """Raises what is wrong with the amount, the term or the method for this product."""
    check_amount(product, amount)
    if term not in product.term.choices:
        raise TermNotOffered(choices=product.term_lengths, unit=Label(f"terms.unit_{product.term.unit}"))
    if method not in product.methods:
        raise MethodNotOffered(choices=product.method_labels)


def check_amount(product: Product, amount: Money) -> None:
    """Raises AmountTooSmall, AmountTooLarge or AmountNotAMultiple."""
    limits = {"minimum": product.minimum, "maximum": product.maximum}
    if amount < product.minimum:
        raise AmountTooSmall(**limits)
    if amount > product.maximum:
        raise AmountTooLarge(**limits)
    if amount.minor % product.step.minor:
        raise AmountNotAMultiple(step=product.step, **nearest_multiples(product, amount.amount))


def nearest_multiples(product: Product, number: Decimal) -> dict[str, Money]:
    step = product.amount.step
    below = (number // step) * step
    lower = max(product.minimum, Money.of(below, product.currency))
    return {"lower": lower, "higher": min(product.maximum, Money.of(below + step, product.currency))}
