"""Notices however they come to be planned: again, side by side, after a crash or too late, each of them once."""

import asyncio
from datetime import date

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from services.db import Database
from services.lending.arrears import Arrears
from services.models import LoanRow
from services.reminders.notices import Notices, Planned
from tests.services import reminding
from tests.services.desk import lender
from tests.services.reminding import DUE, PENALTY, TOTAL, Loan, Town
from tests.services.rows import add_borrower, add_loan

town, loan = reminding.town, reminding.loan


async def test_planning_again_and_again_plans_nothing_twice(town: Town, loan: Loan) -> None:
    await loan()
    assert await town.plan(-7) == Planned(reminders=1)
    assert await town.plan(-7) == Planned()
    assert await town.plan(-7, hour=12) == Planned()
    assert len(await town.send()) == 1
    assert await town.plan(-7, hour=20) == Planned()


async def test_plans_that_run_side_by_side_plan_once(town: Town, loan: Loan) -> None:
    for _ in range(5):
        await loan()
    town.go_to(8)
    await asyncio.gather(*(town.notices.plan() for _ in range(4)))
    town.go_to(8, 12)
    kinds = [message.kind for message in await town.send()]
    assert sorted(kinds) == ["escalated"] * 5 + ["overdue"] * 5


async def test_a_plan_interrupted_halfway_is_completed_by_the_next(database: Database, town: Town, loan: Loan) -> None:
    loans = [await loan() for _ in range(3)]

    async def breaks_down(session: AsyncSession, row: LoanRow, as_of: date) -> Arrears:
        if row.id == loans[1]:
            raise RuntimeError
        return Arrears(TOTAL, PENALTY)

    town.go_to(1)
    with pytest.raises(RuntimeError):
        await Notices(database, town.clock, lender(), breaks_down).plan()
    await town.notices.plan()
    town.go_to(1, 12)
    assert sorted(message.loan_id or 0 for message in await town.send()) == loans


async def test_days_without_a_plan_are_caught_up_with_the_highest_step_only(town: Town, loan: Loan) -> None:
    await loan()
    await town.day(1)
    messages = await town.day(20)
    assert [(message.kind, message.params.get("step")) for message in messages] == [
        ("overdue", 15),
        ("escalated", None),
    ]


async def test_only_loans_that_are_owed_something_today_are_replayed(town: Town, loan: Loan) -> None:
    late = await loan()
    await town.day(1)
    town.arrears.asked.clear()
    await town.plan(2)
    assert town.arrears.asked == []
    await town.plan(3)
    assert town.arrears.asked == [late]


async def test_more_loans_than_a_page_are_all_planned(database: Database, town: Town) -> None:
    borrower = await add_borrower(database)
    for _ in range(7):
        await add_loan(database, borrower, [DUE])
    paged = Notices(database, town.clock, lender(), town.arrears, page=3)
    town.go_to(-7)
    assert await paged.plan() == Planned(reminders=7)
