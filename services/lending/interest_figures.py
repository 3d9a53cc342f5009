"""From the engine's explanation of a loan's interest to what the borrower sees of one installment."""

from collections.abc import Iterable, Sequence
from datetime import date

from services.engine.dates import DayCount, Unit
from services.engine.explained import PenaltyInterest, RowInterest, Treatment
from services.engine.state import LoanState
from services.engine.terms import Terms
from services.lending.interest_views import Counting, InterestLine, InterestView, PenaltyView
from services.lending.loan_figures import asking_rows
from services.lending.loan_record import LoanRecord
from services.models import LoanRow
from services.money import Money
from services.wording import Percent

_PERIODS = {Unit.MONTH: Counting.MONTHS, Unit.WEEK: Counting.WEEKS, Unit.DAY: Counting.DAYS}
_DAY_COUNTS = {
    DayCount.THIRTY_360: Counting.THIRTY_360,
    DayCount.ACTUAL_360: Counting.ACTUAL_360,
    DayCount.ACTUAL_364: Counting.ACTUAL_364,
    DayCount.ACTUAL_365: Counting.ACTUAL_365,
    DayCount.ACTUAL_ACTUAL: Counting.ACTUAL_ACTUAL,
}


def interest_view(loan: LoanRow, record: LoanRecord, as_of: date, installment: int | None) -> InterestView:
    """The interest of the installment; of the oldest that is not settled, or the last, where none is named or the one
    that is named does not exist (any more)."""
    rows, state = record.interest(as_of), record.state(as_of)
    shown = _worth_showing(rows, state)
    place = next((place for place, row in enumerate(shown) if row.n == installment), None)
    if place is None:
        place = _current(shown, state)
    row = shown[place]
    return InterestView(
        loan_id=loan.id,
        reference=loan.reference,
        as_of=as_of,
        number=row.n,
        last=shown[-1].n,
        earlier=shown[place - 1].n if place else None,
        later=shown[place + 1].n if place + 1 < len(shown) else None,
        due_on=row.due_on or as_of,
        treatment=row.treatment,
        lines=_lines(row),
        computed=row.computed,
        amount=row.computed if row.treatment is Treatment.DEFERRED else row.interest + row.capitalised,
        waits_for=_payable_after(row, rows) if row.treatment is Treatment.DEFERRED else None,
        adjustment=row.adjustment,
        counting=counting(record.terms),
        rounded=row.rounded,
        rounding=row.rounding,
        round_to=row.round_to,
        is_exact=row.exact == row.computed.minor,
        accrued=_accrued(row, as_of),
        flat=row.flat,
        penalty=None if row.penalty is None else _penalty(row.penalty),
    )


def counting(terms: Terms) -> Counting:
    """How the terms turn days into a part of a year."""
    return _DAY_COUNTS[terms.day_count] if terms.runs_daily else _PERIODS[terms.unit]


def _worth_showing(rows: Sequence[RowInterest], state: LoanState) -> Sequence[RowInterest]:
    """The installments that ask for money, and those whose interest joins the principal."""
    asking = {row.n for row in asking_rows(state)}
    return [row for row in rows if row.n in asking or row.capitalised] or rows[-1:]


def _current(rows: Sequence[RowInterest], state: LoanState) -> int:
    """Place of the oldest installment that is not settled, or of the last."""
    open_rows = {row.n for row in state.rows if row.settled_on is None}
    return next((place for place, row in enumerate(rows) if row.n in open_rows), len(rows) - 1)


def _payable_after(row: RowInterest, rows: Iterable[RowInterest]) -> int | None:
    return next((later.n for later in rows if later.n > row.n and later.treatment is Treatment.DUE), None)


def _accrued(row: RowInterest, as_of: date) -> Money | None:
    running = bool(row.segments) and row.segments[0].start < as_of < (row.due_on or date.max)
    return row.accrued if running and row.accrued < row.interest + row.capitalised else None


def _lines(row: RowInterest) -> tuple[InterestLine, ...]:
    """The row's segments; those that adjoin with the same balance and rate are one line."""
    lines: list[InterestLine] = []
    for segment in row.segments:
        rate = Percent(segment.annual_rate)
        line = InterestLine(segment.start, segment.end, segment.balance, rate, segment.amount)
        if lines and (lines[-1].end, lines[-1].balance, lines[-1].rate) == (line.start, line.balance, line.rate):
            before = lines.pop()
            line = InterestLine(before.start, line.end, line.balance, rate, before.amount + line.amount)
        lines.append(line)
    return tuple(lines)


def _penalty(penalty: PenaltyInterest) -> PenaltyView:
    return PenaltyView(
        lines=tuple(
            InterestLine(part.start, part.end, part.base, Percent(part.annual_rate), part.amount)
            for part in penalty.segments
        ),
        total=penalty.accrued,
        charged=penalty.charged,
        fixed=penalty.fixed,
    )
