"""Notices that no longer hold when they would be sent: not sent, and replaced by those that do."""

from datetime import timedelta

import pytest
from sqlalchemy import Executable, select, update

from services.db import Database
from services.messages.outbox import MessageStatus, withdraw
from services.models import ApplicationRow, InformationRequestRow, OutboxRow
from services.origination.application_states import ApplicationStatus, RequestStatus
from services.reminders.notices import Planned
from tests.services import reminding
from tests.services.reminding import DUE, Loan, Town
from tests.services.rows import add_borrower, add_request, pay

town, loan = reminding.town, reminding.loan


async def test_notices_that_nobody_delivered_are_replaced_by_the_present_one(
    town: Town, loan: Loan, database: Database
) -> None:
    await loan()
    for day in (-3, -1, 0, 1, 3):
        await town.plan(day)
    [message] = await town.day(4)
    assert (message.kind, message.params["step"], message.params["days_past_due"]) == ("overdue", 3, 4)
    async with database.reading() as session:
        pending = await session.scalars(select(OutboxRow.kind).where(OutboxRow.status == MessageStatus.PENDING))
        assert pending.all() == []


async def test_a_notice_planned_yesterday_is_not_sent_today_even_before_todays_plan(town: Town, loan: Loan) -> None:
    await loan()
    await town.plan(0)
    town.go_to(1, 12)
    assert await town.send() == []


async def test_paying_the_installment_stops_its_reminder_at_the_last_moment(
    town: Town, loan: Loan, database: Database
) -> None:
    loan_id = await loan()
    await town.plan(-1)
    await pay(database, loan_id, 1, DUE)
    town.go_to(-1, 12)
    assert await town.send() == []
    assert await town.plan(-1, 13) == Planned()


async def test_paying_up_stops_the_overdue_notice_at_the_last_moment(
    town: Town, loan: Loan, database: Database
) -> None:
    loan_id = await loan()
    await town.plan(3)
    await pay(database, loan_id, 1, DUE)
    town.go_to(3, 12)
    assert await town.send() == []


async def test_a_part_payment_brings_the_notice_with_the_figures_that_are_left(
    town: Town, loan: Loan, database: Database
) -> None:
    loan_id = await loan()
    await town.plan(-1)
    async with database.transaction() as session:
        await withdraw(session, loan_id=loan_id)
    assert await town.plan(-1, 1) == Planned(reminders=1)
    town.go_to(-1, 12)
    assert len(await town.send()) == 1


@pytest.mark.parametrize(
    "gone",
    [
        update(InformationRequestRow).values(status=RequestStatus.REPLACED),
        update(InformationRequestRow).values(status=RequestStatus.ANSWERED),
        update(ApplicationRow).values(status=ApplicationStatus.WITHDRAWN),
    ],
    ids=["replaced", "answered", "withdrawn"],
)
@pytest.mark.parametrize("planned", [False, True])
async def test_a_request_that_is_over_is_not_brought_to_mind(
    town: Town, database: Database, gone: Executable, planned: bool
) -> None:
    town.go_to(0, 12)
    asked_at = town.clock.now() - timedelta(days=5)
    await add_request(database, await add_borrower(database), asked_at=asked_at, answer_by=DUE + timedelta(days=1))
    if planned:
        assert await town.notices.plan() == Planned(deadlines=1)
    async with database.transaction() as session:
        await session.execute(gone)
    await town.notices.plan()
    assert await town.send() == []
