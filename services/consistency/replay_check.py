"""Loans replayed from their record, as if nothing else were known, beside what the database says of them."""

from collections.abc import Iterator, Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.consistency.findings import Finding, Kind
from services.engine.errors import EngineError
from services.engine.ledger import balances as replayed_balances
from services.lending import ledger, loan_record
from services.lending.loan_figures import asking_rows, paid_of
from services.lending.loan_record import LoanRecord
from services.models import InstallmentRow, LedgerEntryRow, LoanEventRow, LoanRow


async def todays_loans(session: AsyncSession, day: date, at_most: int) -> Sequence[int]:
    """About `at_most` loans, others on each day: over as many days as it takes, every loan has its turn."""
    loans = await session.scalar(select(func.count(LoanRow.id))) or 0
    turns = max(1, -(-loans // at_most))
    theirs = LoanRow.id % turns == day.toordinal() % turns
    return (await session.scalars(select(LoanRow.id).where(theirs).order_by(LoanRow.id))).all()


async def replayed(session: AsyncSession, loan_id: int) -> list[Finding]:
    """What of the loan is not as its replay says."""
    loan = await session.get_one(LoanRow, loan_id)
    try:
        record = await loan_record.load(session, loan)
        reached = await loan_record.reached_day(session, loan, record)
        wrong = [
            *_ledger_differences(record, await ledger.balances(session, loan.id, loan.currency), reached, loan),
            *await _installment_differences(session, record, loan),
        ]
    except (EngineError, ValueError, KeyError, TypeError) as error:
        wrong = [f"the record cannot be replayed: {error}"]
    return [Finding(Kind.REPLAY, f"loan:{loan_id}", detail) for detail in wrong]


def _ledger_differences(record: LoanRecord, held: ledger.Balances, day: date, loan: LoanRow) -> Iterator[str]:
    state = record.state(day)
    wanted = replayed_balances(state.ledger, loan.currency)
    for account, amount in held.items():
        if amount != wanted[account]:
            yield f"{account} stands at {amount} and should at {wanted[account]}"
    if record.status(state) != loan.status:
        yield f"the loan is {loan.status} and should be {record.status(state)}"


async def _installment_differences(session: AsyncSession, record: LoanRecord, loan: LoanRow) -> list[str]:
    """Installments are written when an event is recorded, for the day that the ledger had reached then."""
    day = await _day_of_projection(session, loan)
    wanted = {
        row.n: (row.due_on, row.total.minor, paid_of(row).minor, row.settled_on)
        for row in asking_rows(record.state(day))
    }
    rows = await session.scalars(select(InstallmentRow).where(InstallmentRow.loan_id == loan.id))
    held = {row.number: (row.due_on, row.due_minor, row.paid_minor, row.settled_on) for row in rows}
    wrong = sorted(number for number in wanted.keys() | held.keys() if wanted.get(number) != held.get(number))
    return [f"installment {number} is {held.get(number)} and should be {wanted.get(number)}" for number in wrong]


async def _day_of_projection(session: AsyncSession, loan: LoanRow) -> date:
    event, entry = LoanEventRow, LedgerEntryRow
    last = await session.scalar(select(func.max(event.recorded_at)).where(event.loan_id == loan.id))
    if last is None:
        return loan.disbursed_on
    events = select(func.max(event.effective_on)).where(event.loan_id == loan.id)
    entries = select(func.max(entry.effective_on)).where(entry.loan_id == loan.id, entry.recorded_at <= last)
    reached = [loan.disbursed_on, await session.scalar(events), await session.scalar(entries)]
    return max(day for day in reached if day is not None)
