"""Lengths of time as officers read them."""

from datetime import datetime, timedelta

from bot.wording.i18n import Translator
from services.configuration.product_definitions import Product

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def term(product: Product, installments: int, t: Translator) -> str:
    """The length of a loan of so many installments, such as "6 months"."""
    length = product.length(installments)
    match product.term.unit:
        case "day":
            return t.plain_n("catalogue.periods_day", length)
        case "week":
            return t.plain_n("catalogue.periods_week", length)
        case _:
            return t.plain_n("catalogue.periods_month", length)


def waited(since: datetime, now: datetime, t: Translator) -> str:
    """How long ago `since` was: minutes up to an hour, hours up to two days, days beyond."""
    gone = max(now - since, timedelta(0))
    if gone < MINUTE:
        return t.plain("desk.just_now")
    if gone < HOUR:
        return t.plain_n("desk.minutes", gone // MINUTE)
    if gone < 2 * DAY:
        return t.plain_n("desk.hours", gone // HOUR)
    return t.plain_n("desk.days", gone // DAY)
