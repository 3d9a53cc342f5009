"""A loan's rate that follows a reference rate: the formula that was signed, and the days on which it is applied anew.

The rate is the reference rate of the day plus a margin, within limits. It is reckoned again on repricing days
(重定价日); between two of them it stays, whatever the reference rate does. Rates are percent a year, margins percent
points.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, Self

from services.engine.dates import Unit, add_periods
from services.wording import LocalizedText, Percent

_JANUARY: Final = (1,)
_QUARTERS: Final = (1, 4, 7, 10)


class Repricing(StrEnum):
    """When the rate is reckoned again: each 1 January, each anniversary of the payout, on the first day of each
    quarter, or on the day from which another reference rate is in force."""

    NEW_YEAR = "new_year"
    ANNIVERSARY = "anniversary"
    QUARTER = "quarter"
    AT_ONCE = "at_once"


@dataclass(frozen=True, slots=True)
class RateLink:
    """The formula of one loan, frozen with its offer. `percent` is what the reference rate was on the day `agreed_on`;
    `repriced` is None where the rate that follows from it stays for the whole term."""

    reference: str
    """Name of the reference rate in its table."""
    title: LocalizedText
    """What people call it."""
    percent: Decimal
    agreed_on: date
    margin: Decimal
    """Below nought where the loan is cheaper than the reference rate."""
    floor: Decimal
    repriced: Repricing | None

    @property
    def reference_rate(self) -> Percent:
        """The reference rate on the day of the agreement."""
        return Percent(self.percent)

    def rate(self, reference: Decimal) -> Decimal:
        """What the formula makes of the reference rate, before the highest lawful price limits it."""
        return floating_rate(reference, self.margin, self.floor)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """What `to_json` wrote."""
        repriced = stored["repriced"]
        return cls(
            reference=stored["reference"],
            title=LocalizedText(stored["title"]),
            percent=Decimal(stored["percent"]),
            agreed_on=date.fromisoformat(stored["agreed_on"]),
            margin=Decimal(stored["margin"]),
            floor=Decimal(stored["floor"]),
            repriced=None if repriced is None else Repricing(repriced),
        )

    def to_json(self) -> dict[str, Any]:
        """A plain dict for the offer's row."""
        return {
            "reference": self.reference,
            "title": dict(self.title.by_language),
            "percent": str(self.percent),
            "agreed_on": self.agreed_on.isoformat(),
            "margin": str(self.margin),
            "floor": str(self.floor),
            "repriced": self.repriced,
        }


def floating_rate(reference: Decimal, margin: Decimal, floor: Decimal) -> Decimal:
    """Reference rate plus margin, never below the floor."""
    return max(reference + margin, floor)


def repricing_days(
    repriced: Repricing, disbursed_on: date, until: date, reference_days: Iterable[date]
) -> tuple[date, ...]:
    """The repricing days of a loan from its payout to `until`, both among them where they are such, in order.

    `reference_days` are those from which reference rates are in force. Where the rate follows at once the payout is a
    repricing day too: the reference rate may have changed since the agreement.
    """
    if repriced is Repricing.AT_ONCE:
        changes = {day for day in reference_days if disbursed_on < day <= until}
        return tuple(sorted({disbursed_on} | changes)) if disbursed_on <= until else ()
    days = []
    day = next_repricing(repriced, disbursed_on, disbursed_on)
    while day is not None and day <= until:
        days.append(day)
        day = next_repricing(repriced, disbursed_on, day)
    return tuple(days)


def next_repricing(repriced: Repricing, disbursed_on: date, after: date) -> date | None:
    """The first repricing day later than `after`, which is no earlier than the payout; None where no calendar says."""
    match repriced:
        case Repricing.AT_ONCE:
            return None
        case Repricing.ANNIVERSARY:
            return _anniversary(disbursed_on, after)
        case Repricing.NEW_YEAR:
            return _first_of(_JANUARY, after)
        case Repricing.QUARTER:
            return _first_of(_QUARTERS, after)


def _anniversary(disbursed_on: date, after: date) -> date:
    """A payout on 29 February has its anniversary on the 28th in common years."""
    years = after.year - disbursed_on.year
    candidates = (add_periods(disbursed_on, 12 * more, Unit.MONTH) for more in (years, years + 1))
    return next(day for day in candidates if day > after)


def _first_of(months: tuple[int, ...], after: date) -> date:
    """The first day of the next of those months."""
    candidates = (date(year, month, 1) for year in (after.year, after.year + 1) for month in months)
    return next(day for day in candidates if day > after)
