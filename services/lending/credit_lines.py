"""Revolving lines: how much is drawn, on its way and still available, and why nothing can be drawn just now.

A line is a loan with a limit. What is available is the limit less the outstanding principal less the draws that are
confirmed and not yet paid out; what is repaid is available again until the line ends.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.configuration.line_price import daily_rate, interest_a_day
from services.engine.state import LoanState
from services.errors import IllegalMove, InvalidInput, NotFound
from services.lending.credit_line_views import CreditLine, view_draw
from services.lending.draw_states import DrawStatus
from services.lending.loan_record import LoanRecord
from services.lending.loan_states import IllegalLoanMove, LoanStatus, label
from services.models import CreditLineRow, DrawRow, LoanRow
from services.money import Money


class NothingAvailable(IllegalMove):
    """Less than `minimum`, the least that is paid out at one time, is left of the limit: `available`."""

    key = "draws.nothing_available"


class LineInArrears(IllegalMove):
    """Nothing is drawn while `due`, which is overdue, is unpaid."""

    key = "draws.arrears"


class LineOver(IllegalMove):
    """The line was good until `valid_until`; what is drawn is only repaid now."""

    key = "draws.over"


class LineBlocked(IllegalMove):
    """An officer has stopped further draws for the time being."""

    key = "draws.blocked"


class DrawTooSmall(InvalidInput):
    """Below `minimum`, the least that is paid out at one time; `available` is the other limit."""

    key = "draws.too_small"
    field = "amount"


class DrawTooLarge(InvalidInput):
    """Above `available`, what is left of the limit; `minimum` is the other limit."""

    key = "draws.too_large"
    field = "amount"


async def find_line(session: AsyncSession, loan_id: int, *, lock: bool = False) -> CreditLineRow:
    """The line that the loan is. Raises NotFound for a loan that is none."""
    query = select(CreditLineRow).where(CreditLineRow.loan_id == loan_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    line = await session.scalar(query)
    if line is None:
        raise NotFound
    return line


async def on_the_way(session: AsyncSession, loan_id: int, but: int | None = None) -> Sequence[DrawRow]:
    """The loan's draws that are confirmed and not yet paid out, oldest first, without the one of the id `but`."""
    query = select(DrawRow).where(DrawRow.loan_id == loan_id, DrawRow.status == DrawStatus.REQUESTED)
    rows = await session.scalars(query.order_by(DrawRow.id))
    return [row for row in rows if row.id != but]


async def credit_line(session: AsyncSession, loan: LoanRow, record: LoanRecord, state: LoanState) -> CreditLine | None:
    """The line in that state of its record; None for a loan that is no line."""
    row = await session.get(CreditLineRow, loan.id)
    if row is None:
        return None
    waiting = await on_the_way(session, loan.id)
    terms, drawn = record.terms, state.outstanding.principal
    available = available_of(row, state, waiting)
    return CreditLine(
        limit=Money.from_minor(row.limit_minor, loan.currency),
        drawn=drawn,
        on_the_way=tuple(view_draw(draw, loan) for draw in waiting),
        available=available,
        minimum_draw=Money.from_minor(row.minimum_draw_minor, loan.currency),
        valid_until=row.valid_until,
        blocked=row.blocked_at is not None,
        daily_rate=daily_rate(terms.annual_rate, terms.day_count),
        interest_so_far=state.outstanding.interest,
        interest_a_day=interest_a_day(drawn, terms.annual_rate, terms.day_count),
        drawable=refusal(loan, row, state, available) is None,
    )


def available_of(row: CreditLineRow, state: LoanState, waiting: Iterable[DrawRow]) -> Money:
    """The limit less what is drawn and on its way, never negative; nothing once the line is over."""
    currency = state.outstanding.principal.currency
    if state.as_of >= row.valid_until:
        return Money.zero(currency)
    left = row.limit_minor - state.outstanding.principal.minor - sum(draw.amount_minor for draw in waiting)
    return Money.from_minor(max(left, 0), currency)


def refusal(loan: LoanRow, row: CreditLineRow, state: LoanState, available: Money) -> IllegalMove | None:
    """Why nothing can be drawn on the state's day, None when something can."""
    minimum = Money.from_minor(row.minimum_draw_minor, loan.currency)
    if loan.status != LoanStatus.ACTIVE:
        return IllegalLoanMove(state=label(LoanStatus(loan.status)))
    if state.as_of >= row.valid_until:
        return LineOver(valid_until=row.valid_until)
    if state.days_past_due:
        return LineInArrears(due=state.due_now.total)
    if row.blocked_at is not None:
        return LineBlocked()
    if available < minimum:
        return NothingAvailable(available=available, minimum=minimum)
    return None


def require_drawable(loan: LoanRow, row: CreditLineRow, state: LoanState, waiting: Iterable[DrawRow]) -> Money:
    """What is available. Raises IllegalLoanMove, LineOver, LineInArrears, LineBlocked, NothingAvailable."""
    available = available_of(row, state, waiting)
    refused = refusal(loan, row, state, available)
    if refused is not None:
        raise refused
    return available


def require_amount(amount: Money, row: CreditLineRow, available: Money) -> None:
    """Raises DrawTooSmall or DrawTooLarge."""
    minimum = Money.from_minor(row.minimum_draw_minor, amount.currency)
    if amount < minimum:
        raise DrawTooSmall(minimum=minimum, available=available)
    if amount > available:
        raise DrawTooLarge(minimum=minimum, available=available)
