"""Borrowers who blocked the bot: an officer hears of those who have something open with the lender."""

from datetime import date, timedelta

import pytest

from services.db import Database
from services.desk.handoff_states import HandoffKind, HandoffStatus
from services.models import BorrowerRow, HandoffRow
from tests.builders import FrontOffice, open_front_office
from tests.services.rows import add_application, add_borrower, add_loan, handoffs_of

NEXT_YEAR = date(2027, 1, 5)


@pytest.fixture
def office(either: Database) -> FrontOffice:
    return open_front_office(either)


async def telegram_id(database: Database, borrower_id: int) -> int:
    async with database.reading() as session:
        return (await session.get_one(BorrowerRow, borrower_id)).telegram_id


async def calls(office: FrontOffice, borrower_id: int) -> list[HandoffRow]:
    return [row for row in await handoffs_of(office.database, borrower_id) if row.kind == HandoffKind.UNREACHABLE]


async def test_an_officer_is_called_once_about_a_borrower_with_a_loan(office: FrontOffice) -> None:
    borrower = await add_borrower(office.database)
    loan = await add_loan(office.database, borrower, [NEXT_YEAR])
    await office.borrowers.mark_unreachable(borrower)
    await office.borrowers.mark_unreachable(borrower)
    [call] = await calls(office, borrower)
    assert (call.loan_id, call.status) == (loan, HandoffStatus.OPEN)


async def test_an_officer_is_called_about_a_borrower_whose_application_is_with_the_lender(office: FrontOffice) -> None:
    borrower = await add_borrower(office.database)
    application = await add_application(office.database, borrower, "in_review")
    await office.borrowers.mark_unreachable(borrower)
    [call] = await calls(office, borrower)
    assert (call.application_id, call.loan_id) == (application, None)


@pytest.mark.parametrize("status", ["draft", "declined", None])
async def test_nobody_looks_for_a_borrower_who_has_nothing_open(office: FrontOffice, status: str | None) -> None:
    borrower = await add_borrower(office.database)
    if status is not None:
        await add_application(office.database, borrower, status)
    await office.borrowers.mark_unreachable(borrower)
    assert await calls(office, borrower) == []


async def test_whoever_writes_again_need_not_be_looked_for_and_may_get_lost_again(office: FrontOffice) -> None:
    borrower = await add_borrower(office.database)
    await add_loan(office.database, borrower, [NEXT_YEAR])
    await office.borrowers.mark_unreachable(borrower)
    await office.borrowers.meet(await telegram_id(office.database, borrower))
    office.clock.advance(timedelta(days=1))
    await office.borrowers.mark_unreachable(borrower)
    first, second = await calls(office, borrower)
    assert (first.status, second.status) == (HandoffStatus.CLOSED, HandoffStatus.OPEN)
