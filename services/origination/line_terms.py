"""What an offer and a contract of a revolving line say besides the terms."""

from dataclasses import dataclass
from datetime import date

from services.money import Money
from services.wording import LocalizedText, Percent


@dataclass(frozen=True, slots=True)
class DrawCharge:
    """What every draw costs besides interest: `amount`, or `percent` of what is drawn."""

    name: LocalizedText
    amount: Money | None
    percent: Percent | None


@dataclass(frozen=True, slots=True)
class LineOffer:
    """A limit is offered; `first_draw` of it is paid out at once, the rest when the borrower asks for it."""

    first_draw: Money
    minimum_draw: Money
    daily_rate: Percent
    """Percent a day on what is drawn."""
    interest_a_day: Money
    """On the whole limit."""
    first_interest_a_day: Money
    """On the first draw."""
    valid_until: date
    """The last due date, if the first draw is paid out on the day of the terms."""
    charge: DrawCharge | None
