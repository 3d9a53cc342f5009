"""The loan's rate as it runs through time: the first one, and those that take its place."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple, Self

from services.engine.conditions import RateSettlement
from services.engine.fields import Reader, as_percent, plain

if TYPE_CHECKING:
    from services.engine.terms import Terms


@dataclass(frozen=True, slots=True)
class RateChange:
    """From `on` on, interest accrues at `annual_rate`, percent a year."""

    on: date
    annual_rate: Decimal

    @classmethod
    def read(cls, value: object, path: str) -> Self:
        """Raises EngineError with the path of the key that is wrong."""
        reader = Reader(value, path)
        reader.allow(("on", "annual_rate"))
        return cls(
            on=reader.day("on"),
            annual_rate=as_percent(reader.required("annual_rate"), reader.field("annual_rate")),
        )

    def to_json(self) -> dict[str, object]:
        """As `read` takes it."""
        return {"on": self.on.isoformat(), "annual_rate": plain(self.annual_rate)}


class Segment(NamedTuple):
    """A stretch of time at one rate, `percent` a year: the rate also as an exact fraction of a year's balance."""

    start: date
    end: date
    numerator: int
    denominator: int
    percent: Decimal


class Rates:
    """Answers which rates hold between two days.

    Each holds for the days from its change on (分段计息); or, `at_settlement`, all days up to a settlement bear the
    rate in force on its day.
    """

    def __init__(self, first: Decimal, changes: Sequence[RateChange], *, at_settlement: bool = False) -> None:
        self._days = [change.on for change in changes]
        self._percent = [first, *[change.annual_rate for change in changes]]
        self._fractions = [_of_a_year(percent) for percent in self._percent]
        self._at_settlement = at_settlement
        self._sums: list[Fraction] = []

    @classmethod
    def of(cls, terms: "Terms") -> Self:
        """Those that the terms agree for interest."""
        settlement = terms.rate_settlement
        changes = () if settlement is RateSettlement.CONTRACT else terms.rate_changes
        return cls(terms.annual_rate, changes, at_settlement=settlement is RateSettlement.CURRENT)

    @classmethod
    def by_day(cls, terms: "Terms") -> Self:
        """Those that the terms agree, each for its own days: what penalty follows."""
        changes = () if terms.rate_settlement is RateSettlement.CONTRACT else terms.rate_changes
        return cls(terms.annual_rate, changes)

    def then(self, day: date, others: "Rates") -> "Rates":
        """These before the day, the others from it on."""
        kept = [RateChange(on, percent) for on, percent in zip(self._days, self._percent[1:], strict=True) if on < day]
        later = zip(others._days, others._percent[1:], strict=True)
        added = [RateChange(on, percent) for on, percent in later if on > day]
        return Rates(self._percent[0], [*kept, RateChange(day, others.on(day)), *added])

    @property
    def never_change(self) -> bool:
        """Whether one rate holds at all times."""
        return not self._days

    def on(self, day: date) -> Decimal:
        """Percent a year on that day."""
        return self._percent[bisect_right(self._days, day)]

    def days_between(self, start: date, end: date) -> Fraction:
        """The rates of the days between, each as a fraction of a year's balance, added up."""
        return self._days_to(end) - self._days_to(start)

    def _days_to(self, day: date) -> Fraction:
        """The same from the first change on; before it, below nought."""
        if not self._days:
            return Fraction(*self._fractions[0]) * day.toordinal()
        if not self._sums:
            total = Fraction(0)
            for index, on in enumerate(self._days):
                if index:
                    total += Fraction(*self._fractions[index]) * (on - self._days[index - 1]).days
                self._sums.append(total)
        place = bisect_right(self._days, day)
        since = self._days[max(place - 1, 0)]
        return self._sums[max(place - 1, 0)] + Fraction(*self._fractions[place]) * (day - since).days

    def changes_within(self, start: date, end: date) -> bool:
        """Whether a change takes effect for a row from `start` to `end` that did not for the row before."""
        place = bisect_right if self._at_settlement else bisect_left
        return place(self._days, start) < place(self._days, end)

    def between(self, start: date, end: date, known: date | None = None, settled: date | None = None) -> list[Segment]:
        """The segments from `start` to `end`, one where no change lies inside.

        Changes from `known` on are left out: what was computed before that day could not reckon with them. Interest is
        settled on `settled`, by default on `end`.
        """
        if not self._days:
            return [Segment(start, end, *self._fractions[0], self._percent[0])]
        if self._at_settlement:
            day = settled or end
            place = bisect_right(self._days, day if known is None else min(day, known))
            return [Segment(start, end, *self._fractions[place], self._percent[place])]
        first = bisect_right(self._days, start)
        last = bisect_left(self._days, end)
        if known is not None:
            heard = bisect_left(self._days, known)
            first, last = min(first, heard), min(last, heard)
        if first >= last:
            return [Segment(start, end, *self._fractions[first], self._percent[first])]
        edges = [start, *self._days[first:last], end]
        return [
            Segment(edges[i], edges[i + 1], *self._fractions[first + i], self._percent[first + i])
            for i in range(len(edges) - 1)
        ]


def _of_a_year(percent: Decimal) -> tuple[int, int]:
    numerator, denominator = percent.as_integer_ratio()
    return numerator, denominator * 100
