"""The ledger of every active loan, brought to the end of a day.

Most loans have a forecast, and a day of theirs costs reading and inserting a row. The others, to which something
happened or whose forecast has come to its end, are replayed once and have a new one afterwards. The ledger itself says
how far it has come: a run that is repeated, or interrupted, posts what is missing and nothing twice.
"""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, Final

from sqlalchemy import Select, and_, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.clock import Clock
from services.db import Database
from services.engine.errors import EngineError
from services.lending import loan_record
from services.lending.accrual_forecast import movements_on
from services.lending.ledger import LedgerOutOfBalance, entry_values
from services.lending.loan_record import ACCRUAL
from services.lending.loan_states import LoanStatus
from services.many_rows import expect_many_rows
from services.models import AccrualForecastRow, InstallmentRow, LedgerEntryRow, LoanRow

FORETOLD_AT_ONCE: Final = 500
"""Loans whose forecasts are spent in one transaction."""
REPLAYED_AT_ONCE: Final = 20
"""Loans that are replayed in one transaction, for which a borrower's payment may have to wait."""


async def accrue_all(database: Database, clock: Clock, today: date, page: int = FORETOLD_AT_ONCE) -> int:
    """Bring the ledger of every active loan to the end of `today`; answers how many loans it had not reached.

    A loan whose record cannot be played keeps none of the others waiting. Raises ExceptionGroup in the end when there
    was such a one.
    """
    accrued, after, failures = 0, 0, list[Exception]()
    while True:
        async with database.reading() as session:
            loan_ids = (await session.scalars(_behind(today, after).limit(page))).all()
        if not loan_ids:
            break
        async with database.transaction() as session:
            untold = await _spend_forecasts(session, loan_ids, today, clock.now())
        for some in _batched(untold):
            failures += await _replay(database, some, today, clock.now())
        accrued += len(loan_ids)
        after = loan_ids[-1]
    if failures:
        raise ExceptionGroup("loans that could not be accrued", failures)
    return accrued


def _behind(today: date, after: int) -> Select[int]:
    """Active loans whose ledger has not reached the day, or whose forecast does not go beyond it."""
    told = AccrualForecastRow
    # Bounded on both sides, or a merge of the two would begin at the first forecast for every page.
    query = select(LoanRow.id).outerjoin(told, and_(told.loan_id == LoanRow.id, told.loan_id > after))
    behind = or_(told.loan_id.is_(None), told.until <= today, _reached() < today)
    active = query.where(LoanRow.status == LoanStatus.ACTIVE, LoanRow.id > after, behind)
    return active.order_by(LoanRow.id)


def _reached() -> Any:
    entry = LedgerEntryRow
    return select(func.max(entry.effective_on)).where(entry.loan_id == LoanRow.id).correlate(LoanRow).scalar_subquery()


async def _spend_forecasts(session: AsyncSession, loan_ids: Sequence[int], today: date, at: datetime) -> list[int]:
    """Post what the forecasts of the loans have for the days up to `today`; answers the loans without such a one."""
    chosen = select(LoanRow.id).where(LoanRow.id.in_(loan_ids), LoanRow.status == LoanStatus.ACTIVE)
    locked = (await session.scalars(chosen.order_by(LoanRow.id).with_for_update(key_share=True))).all()
    # What the lock waited for is seen by the statements after it, not by its own.
    query = select(AccrualForecastRow, LoanRow.currency, _reached()).join(LoanRow).where(LoanRow.id.in_(locked))
    told = {row.loan_id: (row, currency, reached) for row, currency, reached in await session.execute(query)}
    entries: list[dict[str, Any]] = []
    untold: list[int] = []
    for loan_id in locked:
        if loan_id in told and told[loan_id][0].until > today:
            entries += _entries(*told[loan_id], today, at)
        else:
            untold.append(loan_id)
    if entries:
        await expect_many_rows(session)
        await session.execute(insert(LedgerEntryRow), entries)
    await _move_due_dates(session, locked, today)
    return untold


def _entries(
    told: AccrualForecastRow, currency: str, reached: date | None, today: date, at: datetime
) -> Iterator[dict[str, Any]]:
    day = max(told.since, reached or told.since) + timedelta(days=1)
    while day <= today:
        for movement in movements_on(told, day, currency):
            yield entry_values(told.loan_id, currency, movement, day, at, ACCRUAL)
        day += timedelta(days=1)


async def _move_due_dates(session: AsyncSession, loan_ids: Sequence[int], today: date) -> None:
    """Where a due date has passed, the next one is that of a later installment."""
    row = InstallmentRow
    coming = select(func.min(row.due_on)).where(
        row.loan_id == LoanRow.id, row.settled_on.is_(None), row.due_on >= today
    )
    passed = update(LoanRow).where(LoanRow.id.in_(loan_ids), LoanRow.next_due_on < today)
    await session.execute(
        passed.values(next_due_on=coming.scalar_subquery()), execution_options={"synchronize_session": False}
    )


async def _replay(database: Database, loan_ids: Sequence[int], today: date, at: datetime) -> list[Exception]:
    """Replay the loans in one transaction, or each in its own where that fails; answers what failed then."""
    try:
        async with database.transaction() as session:
            for loan_id in loan_ids:
                await _replay_one(session, loan_id, today, at)
    except (EngineError, LedgerOutOfBalance) as failure:
        if len(loan_ids) == 1:
            failure.add_note(f"loan {loan_ids[0]}")
            return [failure]
        return [failed for loan_id in loan_ids for failed in await _replay(database, [loan_id], today, at)]
    return []


async def _replay_one(session: AsyncSession, loan_id: int, today: date, at: datetime) -> None:
    loan = await loan_record.lock_loan(session, loan_id)
    if loan.status == LoanStatus.ACTIVE:
        # A replay is arithmetic without a pause: let the bot answer somebody between two of them.
        await asyncio.sleep(0)
        await loan_record.accrue(session, loan, today, at)


def _batched(loan_ids: Sequence[int]) -> Iterator[Sequence[int]]:
    remaining = iter(loan_ids)
    while some := list(islice(remaining, REPLAYED_AT_ONCE)):
        yield some
