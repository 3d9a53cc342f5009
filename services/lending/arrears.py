"""What a borrower in arrears owes on a day, by a replay of the loan's record."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.lending import loan_record
from services.lending.accrual_forecast import due_on
from services.models import AccrualForecastRow, LoanRow
from services.money import Money


@dataclass(frozen=True, slots=True)
class Arrears:
    """`total` is everything due by the end of the day, and pays the borrower up; `penalty` is the part of it that was
    charged for the delay."""

    total: Money
    penalty: Money


ArrearsOn: TypeAlias = Callable[[AsyncSession, LoanRow, date], Awaitable[Arrears]]
"""Answers the arrears of a loan at the end of a day."""


async def arrears_on(session: AsyncSession, loan: LoanRow, day: date) -> Arrears:
    """The arrears at the end of `day`, or of the day of the latest event where the lender's calendar is ahead of it."""
    record = await loan_record.load(session, loan)
    due_now = record.state(max(day, *(event.on for event in record.events), loan.disbursed_on)).due_now
    return Arrears(due_now.total, due_now.penalty)


async def foretold(session: AsyncSession, loan_ids: Sequence[int], day: date) -> dict[int, Arrears]:
    """The arrears at the end of `day` of those of the loans whose forecast tells them: what a replay would answer."""
    told = AccrualForecastRow
    query = select(told, LoanRow.currency).join(LoanRow, LoanRow.id == told.loan_id)
    covering = query.where(told.loan_id.in_(loan_ids), told.since <= day, told.until >= day)
    return {
        row.loan_id: Arrears(*(Money.from_minor(minor, currency) for minor in due_on(row, day)))
        for row, currency in await session.execute(covering)
    }
