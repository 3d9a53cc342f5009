"""Why a row asks for the interest that it asks for: its figure taken apart into balances, days and rates (分段计息).

Nothing is computed anew: a row's stretches are cut where the rate changes, and the accrual that made the row's interest
is asked for each part.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from services.engine.accrual import Accrual, FlatAccrual, Stretch, until
from services.engine.book import Book
from services.engine.explained import (
    Adjustment,
    FlatShare,
    PenaltyInterest,
    PenaltySegment,
    Rounded,
    RowInterest,
    Segment,
    Treatment,
)
from services.engine.installment import Installment
from services.engine.penalties import PenaltyRate
from services.engine.policy import Component
from services.engine.rounding import Rounder
from services.money import Money

_WHOLE = Decimal(100)


def explained(book: Book, day: date) -> tuple[RowInterest, ...]:
    """The interest of each of the book's rows, and what has accrued of it at the end of `day`."""
    if book.written_off_on is not None:
        day = min(day, book.written_off_on)
    explanation = _Explanation(book, day)
    return tuple(explanation.row(place) for place in range(len(book.installments)))


def accrual_of(book: Book) -> Accrual:
    """The conventions by which the interest of the book's rows was computed."""
    return book.basis.accrual


class _Borne(NamedTuple):
    """What a row's interest was computed from, what that comes to and how it is rounded (minor units), and why the row
    asks for something else."""

    stretches: Sequence[Stretch]
    computed: int
    rounded: Rounded
    adjustment: Adjustment | None = None


class _Explanation:
    """Takes the rows of one book apart."""

    def __init__(self, book: Book, day: date) -> None:
        terms = book.basis.terms
        self._book = book
        self._day = day
        self._terms = terms
        self._currency = book.basis.currency
        self._rounder = book.basis.rounder
        self._smallest = Rounder(1, terms.rounding)
        self._accrual = accrual_of(book)
        self._of_a_year = Accrual(terms.changed(annual_rate=_WHOLE, rate_changes=()), self._rounder)
        self._penalty = PenaltyRate(book.policy.penalty, terms) if book.policy.penalty else None

    def row(self, place: int) -> RowInterest:
        """The interest of the installment at that place in the book."""
        row, terms = self._book.installments[place], self._terms
        treatment = _treatment(row)
        borne = self._borne(place, treatment)
        segments = tuple(self._segments(borne))
        period = row.line.period
        return RowInterest(
            n=row.n,
            start=segments[0].start if segments and not row.n else period.start,
            end=segments[-1].end if segments and not row.n else period.end,
            due_on=row.due_on,
            treatment=treatment,
            segments=segments,
            rounded=borne.rounded,
            rounding=terms.rounding,
            round_to=self._money(self._rounder.step),
            per_period=not terms.runs_daily,
            computed=self._money(borne.computed),
            interest=self._money(row.line.interest),
            capitalised=self._money(row.line.capitalised),
            accrued=self._money(self._book.accrued_interest(row, self._day)),
            adjustment=borne.adjustment,
            flat=self._flat_share(row) if segments else None,
            penalty=self._penalty_of(row),
        )

    def _borne(self, place: int, treatment: Treatment) -> _Borne:
        row = self._book.installments[place]
        line = row.line
        if treatment is Treatment.DEFERRED:
            return self._computed(line.own, row)
        whole = self._computed(line.stretches, row)
        if whole.computed == line.bears:
            return whole
        closed_on = row.cleared_on if self._is_closed() else None
        if closed_on is not None and closed_on < line.period.end:
            passed = self._computed(until((*self._waiting(place), *line.own), closed_on), row)
            return passed if passed.computed == line.bears else passed._replace(adjustment=Adjustment.CLOSED_EARLY)
        capped = self._book.basis.cost_cap is not None and line.bears < whole.computed
        return whole._replace(adjustment=Adjustment.COST_CAP if capped else Adjustment.CLOSED_EARLY)

    def _computed(self, stretches: Sequence[Stretch], row: Installment) -> _Borne:
        """The stretches' interest, rounded as the terms say. Where rows keep full precision their figures come from
        running totals: what the row asks for is then right when it lies within one step of what is exact."""
        if self._terms.unrounded and row.n:
            exact, asked = self._accrual.exact(stretches), row.line.bears
            if abs(asked - exact) < self._rounder.step:
                return _Borne(stretches, asked, Rounded.RUNNING_TOTAL)
        return _Borne(stretches, self._accrual.rounded(stretches), self._rounded_by())

    def _is_closed(self) -> bool:
        return not self._book.principal and self._book.written_off_on is None

    def _waiting(self, place: int) -> tuple[Stretch, ...]:
        """Stretches of the rows just before whose interest waits for the row."""
        waiting: tuple[Stretch, ...] = ()
        for row in reversed(self._book.installments[:place]):
            if _treatment(row) is not Treatment.DEFERRED:
                break
            waiting = row.line.own + waiting
        return waiting

    def _segments(self, borne: _Borne) -> Iterator[Segment]:
        """The stretches cut at each change of the rate, with what of the rounded sum falls on each part."""
        total, shown = Fraction(0), 0
        by_part = borne.rounded in (Rounded.DAY, Rounded.STRETCH)
        for part in self._at_single_rates(borne.stretches):
            exact = self._accrual.exact([part])
            total += exact
            amount = self._accrual.rounded([part]) if by_part else self._smallest.fraction(total) - shown
            shown += amount
            yield Segment(
                n=part.period.n,
                start=part.start,
                end=part.end,
                balance=self._money(self._bearing(part)),
                annual_rate=self._accrual.rates.on(part.start),
                year_part=Fraction(*self._of_a_year.factor(part.period, part.start, part.end)),
                exact=exact,
                amount=self._money(amount),
            )

    def _at_single_rates(self, stretches: Iterable[Stretch]) -> Iterator[Stretch]:
        for stretch in stretches:
            for start, end, _, _ in self._accrual.rates.between(stretch.start, stretch.end):
                yield stretch._replace(start=start, end=end)

    def _bearing(self, part: Stretch) -> int:
        """The balance as it is shown; flat interest runs on what was lent."""
        if isinstance(self._accrual, FlatAccrual) and part.period.n:
            return self._terms.principal.minor
        return part.balance if isinstance(part.balance, int) else self._rounder.fraction(part.balance)

    def _rounded_by(self) -> Rounded:
        if isinstance(self._accrual, FlatAccrual):
            return Rounded.ROW
        return Rounded(self._terms.interest_rounding.value)

    def _flat_share(self, row: Installment) -> FlatShare | None:
        """What the row's flat interest is a share of; none for a broken period, which is counted by its days."""
        if not isinstance(self._accrual, FlatAccrual) or not row.n:
            return None
        rows = sum(period.n >= row.n for period in self._book.basis.periods)
        return FlatShare(self._money(self._rounder.fraction(self._accrual.expected(row.n))), rows)

    def _penalty_of(self, row: Installment) -> PenaltyInterest | None:
        fixed = row.charged(Component.PENALTY)
        borne = self._penalty.stretches(row.meter, row.due_on, self._day) if self._penalty and row.meter else []
        if not borne and not fixed:
            return None
        return PenaltyInterest(
            segments=tuple(
                PenaltySegment(part.start, part.end, self._money(part.base), part.annual_rate, self._money(part.minor))
                for part in borne
            ),
            accrued=self._money(sum(part.minor for part in borne)),
            charged=self._money(row.meter.charged if row.meter else 0),
            fixed=self._money(fixed),
        )

    def _money(self, minor: int) -> Money:
        return Money.from_minor(minor, self._currency)


def _treatment(row: Installment) -> Treatment:
    line = row.line
    if not row.n:
        return Treatment.AT_DISBURSEMENT
    if line.capitalised:
        return Treatment.CAPITALISED
    if not line.own and not line.stretches:
        return Treatment.FREE
    return Treatment.DUE if line.stretches or line.bears else Treatment.DEFERRED
