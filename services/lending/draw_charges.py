"""What a payout on a revolving line means to its record: the draw, and the fee that the contract asks for it."""

from datetime import date
from decimal import Decimal

from services.configuration.products import DRAW_FEE
from services.engine.events import Event, EventType
from services.engine.rounding import Rounder
from services.engine.terms import Terms
from services.money import Money


def charge_for(terms: Terms, amount: Money) -> Money:
    """The fee of drawing so much, by the fee that the terms keep for the first draw; nil where they keep none."""
    fee = next((fee for fee in terms.fees if fee.name == DRAW_FEE), None)
    if fee is None:
        return Money.zero(terms.currency)
    if fee.amount is not None:
        return fee.amount
    rounder = Rounder(terms.round_to.minor if terms.round_to else 1, terms.rounding)
    return Money.from_minor(rounder.percent_of(amount.minor, fee.percent_of_principal or Decimal(0)), terms.currency)


def draw_events(terms: Terms, amount: Money, on: date) -> tuple[Event, ...]:
    """The draw, and its fee with the installment whose period the day lies in."""
    draw = Event(on=on, type=EventType.DRAW, amount=amount)
    fee = charge_for(terms, amount)
    if not fee:
        return (draw,)
    return (draw, Event(on=on, type=EventType.FEE, name=DRAW_FEE, amount=fee, due_on=on))
