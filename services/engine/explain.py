"""Why a row asks for the interest that it asks for: its figure taken apart into balances, days and rates (分段计息).

Nothing is computed anew: a row's stretches are cut where the rate changes, and the accrual that made the row's interest
is asked for each part.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from services.engine.accrual import Accrual, FlatAccrual, Stretch, settlement_of, until
from services.engine.basis import Basis
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
from services.engine.periods import Period
from services.engine.policy import Component
from services.engine.rounding import Rounder
from services.money import Money

_WHOLE = Decimal(100)


def explained(book: Book, day: date) -> tuple[RowInterest, ...]:
    """The interest of each of the book's rows, and what has accrued of it at the end of `day`."""
    if book.written_off_on is not None:
        day = min(day, book.written_off_on)
    explanation = _Explanation(book, day)
    return tuple(explanation.row(row) for row in book.installments)


class _Borne(NamedTuple):
    """What a row's interest was computed from, what that comes to and how it is rounded (minor units), and why the row
    asks for something else."""

    stretches: Sequence[Stretch]
    computed: int
    rounded: Rounded
    adjustment: Adjustment | None = None


class _Conventions:
    """Takes stretches apart by the conventions of one basis."""

    def __init__(self, basis: Basis) -> None:
        self.basis = basis
        self.terms = basis.terms
        self._accrual = basis.accrual
        self._smallest = Rounder(1, basis.terms.rounding)
        self._of_a_year = Accrual(basis.terms.changed(annual_rate=_WHOLE, rate_changes=()), basis.rounder)

    def computed(self, stretches: Sequence[Stretch], row: Installment) -> _Borne:
        """The stretches' interest, rounded as the terms say. Where rows keep full precision their figures come from
        running totals: what the row asks for is then right when it lies within one step of what is exact."""
        if self.terms.unrounded and row.n:
            exact, asked = self._accrual.exact(stretches), row.line.bears
            if abs(asked - exact) < self.basis.rounder.step:
                return _Borne(stretches, asked, Rounded.RUNNING_TOTAL)
        flat = isinstance(self._accrual, FlatAccrual)
        rounded = Rounded.ROW if flat else Rounded(self.terms.interest_rounding.value)
        return _Borne(stretches, self._accrual.rounded(stretches), rounded)

    def exact(self, stretches: Sequence[Stretch]) -> Fraction:
        """The stretches' interest, unrounded."""
        return self._accrual.exact(stretches)

    def segments(self, borne: _Borne) -> Iterator[Segment]:
        """The stretches cut at each change of the rate, with what of the rounded sum falls on each part."""
        by_part = borne.rounded in (Rounded.DAY, Rounded.STRETCH)
        settled = settlement_of(borne.stretches)
        for together in self._accrual.rounded_together(borne.stretches):
            yield from self._segments_of(together, settled, by_part=by_part)

    def _segments_of(self, together: Sequence[Stretch], settled: date | None, *, by_part: bool) -> Iterator[Segment]:
        total, shown = Fraction(0), 0
        for part, rate in self._accrual.at_single_rates(together, settled):
            exact = self._accrual.exact([part], settled)
            total += exact
            amount = self._accrual.rounded([part], settled) if by_part else self._smallest.fraction(total) - shown
            shown += amount
            yield Segment(
                n=part.period.n,
                start=part.start,
                end=part.end,
                balance=self.money(self._bearing(part)),
                annual_rate=rate,
                year_part=Fraction(*self._of_a_year.factor(part.period, part.start, part.end)),
                exact=exact,
                amount=self.money(amount),
            )

    def flat_share(self, row: Installment) -> FlatShare | None:
        """What the row's flat interest is a share of; none for a broken period, which is counted by its days."""
        if not isinstance(self._accrual, FlatAccrual) or not row.n:
            return None
        rows = sum(period.n >= row.n for period in self.basis.periods)
        return FlatShare(self.money(self.basis.rounder.fraction(self._accrual.expected(row.n))), rows)

    def money(self, minor: int) -> Money:
        """Minor units of the loan's currency."""
        return Money.from_minor(minor, self.basis.currency)

    def _bearing(self, part: Stretch) -> int:
        """The balance as it is shown; flat interest runs on what was lent."""
        if isinstance(self._accrual, FlatAccrual) and part.period.n:
            return self.terms.principal.minor
        return part.balance if isinstance(part.balance, int) else self.basis.rounder.fraction(part.balance)


class _Explanation:
    """Takes the rows of one book apart."""

    def __init__(self, book: Book, day: date) -> None:
        self._book = book
        self._day = day
        self._by_basis: dict[int, _Conventions] = {}

    def row(self, row: Installment) -> RowInterest:
        """The interest of the installment."""
        conventions, treatment, period = self._conventions(row), _treatment(row), row.line.period
        borne = self._borne(row, treatment)
        segments, money = tuple(conventions.segments(borne)), conventions.money
        return RowInterest(
            n=row.n,
            start=segments[0].start if segments and not row.n else period.start,
            end=segments[-1].end if segments and not row.n else self._end(period),
            due_on=None if period.is_open_ended else row.due_on,
            treatment=treatment,
            segments=segments,
            rounded=borne.rounded,
            rounding=conventions.terms.rounding,
            round_to=money(conventions.basis.rounder.step),
            per_period=not conventions.terms.runs_daily,
            computed=money(borne.computed),
            interest=money(row.line.interest),
            capitalised=money(row.line.capitalised),
            accrued=money(self._book.accrued_interest(row, self._day)),
            adjustment=borne.adjustment,
            flat=conventions.flat_share(row) if segments else None,
            penalty=self._penalty_of(row),
        )

    def _end(self, period: Period) -> date:
        return max(period.start, self._day) if period.is_open_ended else period.end

    def _conventions(self, row: Installment) -> _Conventions:
        basis = self._book.basis_of(row)
        if id(basis) not in self._by_basis:
            self._by_basis[id(basis)] = _Conventions(basis)
        return self._by_basis[id(basis)]

    def _borne(self, row: Installment, treatment: Treatment) -> _Borne:
        line, conventions = row.line, self._conventions(row)
        stretches = line.own if treatment is Treatment.DEFERRED else line.stretches
        if line.grows:
            stretches = tuple(until(stretches, row.counts_to(self._day)))
        borne = conventions.computed(stretches, row)
        if treatment is Treatment.DEFERRED or borne.computed == line.bears:
            return borne
        adjustment = Adjustment.ALREADY_PAID if row.retained else Adjustment.CLOSED_EARLY
        if line.bears < borne.computed or conventions.exact(stretches) > line.bears:
            if conventions.basis.cost_cap is not None:
                adjustment = Adjustment.COST_CAP
            elif row.forgone:
                adjustment = Adjustment.IN_DUPLUM
        return borne._replace(adjustment=adjustment)

    def _penalty_of(self, row: Installment) -> PenaltyInterest | None:
        fixed = row.charged(Component.PENALTY)
        borne = self._book.lateness.borne(row, self._day)
        if not borne and not fixed:
            return None
        money = self._conventions(row).money
        return PenaltyInterest(
            segments=tuple(
                PenaltySegment(part.start, part.end, money(part.base), part.annual_rate, money(part.minor))
                for part in borne
            ),
            accrued=money(sum(part.minor for part in borne)),
            charged=money(row.meter.charged if row.meter else 0),
            fixed=money(fixed),
        )


def _treatment(row: Installment) -> Treatment:
    line = row.line
    if not row.n:
        return Treatment.AT_DISBURSEMENT
    if line.capitalised:
        return Treatment.CAPITALISED
    if not line.own and not line.stretches:
        return Treatment.FREE
    return Treatment.DUE if line.stretches or line.bears else Treatment.DEFERRED
