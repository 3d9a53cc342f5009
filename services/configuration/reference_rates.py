"""Reference rates by date, such as the one-year LPR, and the cap that follows from them. Read from `rates.toml`."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from services.configuration.reading import Configured, Inconsistent, Line, Words, Written, load
from services.errors import DomainError
from services.wording import LocalizedText

FILE = "rates.toml"


class NoReferenceRate(DomainError):
    """The table has no rate yet for the day `on`."""

    key = "products.no_reference_rate"


class DatedRate(Configured):
    """`percent` a year, in force from `since` on."""

    since: Annotated[date, Field(strict=True)]
    percent: Annotated[Decimal, Written, Field(gt=0, lt=100)]


class RateTable(Configured):
    name: Line
    """By which products refer to it."""
    title: Words | None = None
    """What borrowers read, by language; the name where there is none."""
    source: Line
    certainty: Line
    """How sure the figures are; the operator reads it before relying on them."""
    checked_on: Annotated[date, Field(strict=True)] | None = None
    """The day on which the operator last held the table against what is published: a rate that is confirmed adds no
    line."""
    rates: Annotated[list[DatedRate], Field(min_length=1)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for number, (earlier, later) in enumerate(pairwise(self.rates), start=2):
            if later.since <= earlier.since:
                raise Inconsistent(f"rates.{number}.since", f"a date after {earlier.since}", str(later.since))
        return self


class ReferenceRates:
    """The dated table, and the highest APR that may be agreed on a day."""

    def __init__(self, table: RateTable, cap_multiple: Decimal) -> None:
        self._table = table
        self._multiple = cap_multiple

    @property
    def table(self) -> RateTable:
        return self._table

    @property
    def title(self) -> LocalizedText:
        """What people call the reference rate."""
        return self._table.title or LocalizedText({"en": self._table.name})

    @property
    def days(self) -> Sequence[date]:
        """The days from which another rate is in force, in order."""
        return [entry.since for entry in self._table.rates]

    def known_until(self, today: date) -> date:
        """The latest day on which the table is known to be complete: that of its newest rate, or of the last look at
        what is published, no later than `today`."""
        looks = [*self.days, *([self._table.checked_on] if self._table.checked_on else [])]
        return max((day for day in looks if day <= today), default=self.days[0])

    def on(self, day: date) -> Decimal:
        """The reference rate in force on `day`, percent a year. Raises NoReferenceRate before the first entry."""
        in_force = [entry.percent for entry in self._table.rates if entry.since <= day]
        if not in_force:
            raise NoReferenceRate(on=day)
        return in_force[-1]

    def cap_on(self, day: date) -> Decimal:
        """The highest APR, percent a year, that a contract signed on `day` may have. Raises NoReferenceRate."""
        return self._multiple * self.on(day)

    @property
    def highest_cap(self) -> Decimal:
        """The highest that `cap_on` ever was or will be."""
        return self._multiple * max(entry.percent for entry in self._table.rates)


def load_reference_rates(folder: Path, cap_multiple: Decimal) -> ReferenceRates:
    """Read `rates.toml`. Raises ConfigurationError."""
    return ReferenceRates(load(RateTable, folder / FILE), cap_multiple)
