"""From a replayed state to the figures that people are shown."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from services.engine.state import LoanRow as EngineRow
from services.engine.state import LoanState, Status, Sums
from services.lending.loan_states import LoanStatus
from services.lending.loan_views import Components, NextDue, RowStatus, ScheduleRow
from services.money import Money

STATUS_OF: Mapping[Status, LoanStatus] = {
    Status.ACTIVE: LoanStatus.ACTIVE,
    Status.OVERDUE: LoanStatus.ACTIVE,
    Status.CLOSED: LoanStatus.CLOSED,
    Status.OVERPAID: LoanStatus.CLOSED,
    Status.WRITTEN_OFF: LoanStatus.WRITTEN_OFF,
    Status.SETTLED: LoanStatus.SETTLED,
}
"""The status that a loan's row has while the engine says so."""


def components(sums: Sums) -> Components:
    """The engine's sums with their total."""
    return Components(sums.principal, sums.interest, sums.fees, sums.penalty, sums.total)


def paid_of(row: EngineRow) -> Money:
    """What came in for the row, penalties left out."""
    return row.paid.principal + row.paid.interest + row.paid.fees


def next_due(state: LoanState) -> NextDue | None:
    """The first row from the state's day on that still asks for something."""
    for row in state.rows:
        left = row.total - paid_of(row)
        if row.settled_on is None and row.due_on >= state.as_of and left:
            return NextDue(row.n, row.due_on, left)
    return None


def asking_rows(state: LoanState) -> list[EngineRow]:
    """The rows that ask, or asked, for money. One payment at the end leaves the periods before it empty; they are no
    installments, and nobody is late with them."""
    return [row for row in state.rows if row.total or paid_of(row)]


def schedule_rows(state: LoanState) -> tuple[ScheduleRow, ...]:
    """The schedule as it stands."""
    return tuple(_schedule_row(row, state.as_of) for row in asking_rows(state))


def _schedule_row(row: EngineRow, as_of: date) -> ScheduleRow:
    return ScheduleRow(
        number=row.n,
        due_on=row.due_on,
        principal=row.row.principal,
        interest=row.row.interest,
        fees=row.row.fees,
        total=row.total,
        paid=paid_of(row),
        settled_on=row.settled_on,
        balance=row.row.balance,
        status=_row_status(row, as_of),
    )


def _row_status(row: EngineRow, as_of: date) -> RowStatus:
    if row.settled_on is not None:
        return RowStatus.PAID
    if row.due_on < as_of:
        return RowStatus.OVERDUE
    return RowStatus.DUE if row.due_on == as_of else RowStatus.UPCOMING


def end_of_day(on: date, time_zone: str) -> datetime:
    """The last second of the day in the IANA zone, as an aware UTC instant."""
    return datetime.combine(on, time(23, 59, 59), ZoneInfo(time_zone)).astimezone(UTC)
