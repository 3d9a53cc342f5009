"""Deriving what an offer of a revolving line says from its terms, whose principal is the limit."""

from services.configuration.line_price import daily_rate, interest_a_day
from services.configuration.product_definitions import Product
from services.configuration.products import DRAW_FEE
from services.engine.conditions import Method
from services.engine.periods import due_dates
from services.engine.terms import Terms
from services.models import ApplicationRow
from services.money import Money
from services.origination.line_terms import DrawCharge, LineOffer
from services.wording import Percent


def is_line(terms: Terms) -> bool:
    """Whether the terms are of a revolving line, whose principal is its limit until it is paid out."""
    return terms.method is Method.REVOLVING


def line_offer(terms: Terms, application: ApplicationRow, product: Product) -> LineOffer | None:
    """None where the terms are of no revolving line."""
    if not is_line(terms):
        return None
    limit, rate, count = terms.principal, terms.annual_rate, terms.day_count
    first = first_draw(limit, application)
    return LineOffer(
        first_draw=first,
        minimum_draw=product.minimum_draw or first,
        daily_rate=daily_rate(rate, count),
        interest_a_day=interest_a_day(limit, rate, count),
        first_interest_a_day=interest_a_day(first, rate, count),
        valid_until=due_dates(terms)[-1],
        charge=_charge(terms, product),
    )


def first_draw(limit: Money, application: ApplicationRow) -> Money:
    """What is paid out at once: as the borrower wants it, and never more than the limit granted."""
    wanted = application.first_draw_minor
    return limit if wanted is None else min(limit, Money.from_minor(wanted, limit.currency))


def _charge(terms: Terms, product: Product) -> DrawCharge | None:
    fee = next((fee for fee in terms.fees if fee.name == DRAW_FEE), None)
    if fee is None:
        return None
    named = product.revolving and product.revolving.draw_fee
    percent = None if fee.percent_of_principal is None else Percent(fee.percent_of_principal)
    return DrawCharge(named.name if named else product.name, fee.amount, percent)
