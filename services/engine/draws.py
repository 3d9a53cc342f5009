"""How far the tranches and draws of a loan have been lent."""

from collections.abc import Iterator, Sequence
from datetime import date

from services.engine.basis import Basis, Draw


class Draws:
    """The tranches and draws of the terms in force: first those that were lent, then those to come."""

    def __init__(self, basis: Basis) -> None:
        self._basis = basis
        self._next = 0

    def next_on(self) -> date | None:
        """The day on which the next one is lent, None where none will be."""
        draws = self._basis.draws
        return draws[self._next].on if self._next < len(draws) else None

    def lent_by(self, day: date) -> Iterator[int]:
        """Lend those whose day has come: the amount of each, minor units."""
        draws = self._basis.draws
        while self._next < len(draws) and draws[self._next].on <= day:
            self._next += 1
            yield draws[self._next - 1].minor

    def to_come(self) -> Sequence[Draw]:
        """Those not lent yet."""
        return self._basis.draws[self._next :]

    def cancel(self) -> Basis:
        """What was agreed and not yet lent will not be: the basis without it."""
        self._basis = self._basis.with_draws(self._basis.draws[: self._next])
        return self._basis

    def agree(self, day: date, basis: Basis) -> None:
        """From the day on other terms hold, whose tranches up to then have been lent."""
        self._basis = basis
        self._next = sum(1 for draw in basis.draws if draw.on <= day)

    def and_one_more(self, day: date, minor: int) -> Basis:
        """The basis with so much more lent on the day, behind what was lent by then."""
        draws = self._basis.draws
        more = Draw(self._basis.index_at(day), day, minor)
        return self._basis.with_draws((*draws[: self._next], more, *draws[self._next :]))
