"""What a borrower in arrears owes on a day, by a replay of the loan's record."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.lending import loan_record
from services.lending.accrual_forecast import amount_on
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
    query = select(LoanRow.id, LoanRow.currency, told.since, told.due, told.penalty_due)
    query = query.join(told, told.loan_id == LoanRow.id)
    covering = query.where(LoanRow.id.in_(loan_ids), told.since <= day, told.until >= day)
    return {
        loan_id: Arrears(*(Money.from_minor(amount_on(amounts, since, day), currency) for amounts in figures))
        for loan_id, currency, since, *figures in await session.execute(covering)
    }
