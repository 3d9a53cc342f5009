"""What waits is counted the same on SQLite and PostgreSQL."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from bot.monitoring.backlog_figures import BacklogFigures
from bot.monitoring.metrics import Metrics
from services.backlogs import Backlog, Backlogs
from services.clock import SteppedClock
from services.db import Database
from services.inbox.inbox import Inbox
from services.messages.outbox import MessageClass, MessageStatus, enqueue
from services.models import HandoffRow, OutboxRow
from tests.services.desk import vault
from tests.services.rows import add_borrower

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)
NOTHING = Backlog(0, timedelta())


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock(NOON)


async def owe(database: Database, key: str, message_class: MessageClass, since: datetime) -> None:
    borrower_id = None if message_class is MessageClass.DESK else await add_borrower(database)
    async with database.transaction() as session:
        await enqueue(
            session,
            now=since,
            kind="payment_received",
            borrower_id=borrower_id,
            message_class=message_class,
            params={},
            dedupe_key=key,
        )


async def test_messages_that_are_due_are_counted_by_class_with_the_age_of_the_oldest(
    either: Database, clock: SteppedClock
) -> None:
    await owe(either, "old", MessageClass.SERVICE, NOON - timedelta(minutes=3))
    await owe(either, "claimed", MessageClass.SERVICE, NOON - timedelta(minutes=1))
    await owe(either, "desk", MessageClass.DESK, NOON)
    await owe(either, "tomorrow", MessageClass.REMINDER, NOON + timedelta(days=1))
    await owe(either, "sent", MessageClass.DUNNING, NOON - timedelta(hours=1))
    async with either.transaction() as session:
        for key, status in (("claimed", MessageStatus.CLAIMED), ("sent", MessageStatus.SENT)):
            await session.execute(update(OutboxRow).where(OutboxRow.dedupe_key == key).values(status=status))
    assert await Backlogs(either, clock).messages() == {
        "service": Backlog(2, timedelta(minutes=3)),
        "reminder": NOTHING,
        "dunning": NOTHING,
        "desk": Backlog(1, timedelta()),
        "upkeep": NOTHING,
    }


async def test_matters_for_officers_wait_until_they_are_closed(either: Database, clock: SteppedClock) -> None:
    backlogs = Backlogs(either, clock)
    assert await backlogs.handoffs() == NOTHING
    borrower_id = await add_borrower(either)
    async with either.transaction() as session:
        for number, (status, age) in enumerate({"open": 2, "claimed": 1, "closed": 9}.items()):
            opened_at = NOON - timedelta(hours=age)
            row = HandoffRow(
                reference=f"H{number}",
                kind="question",
                status=status,
                borrower_id=borrower_id,
                details={},
                opened_at=opened_at,
            )
            session.add(row)
    assert await backlogs.handoffs() == Backlog(2, timedelta(hours=2))


async def test_the_figures_are_those_of_the_database(either: Database, clock: SteppedClock) -> None:
    inbox = Inbox(either, clock, vault())
    await inbox.store([{"update_id": 1, "message": {"chat": {"id": 7}}}, {"update_id": 2}])
    [entry] = await inbox.claim("w", 1)
    await inbox.quarantine(entry, "unreadable")
    await owe(either, "old", MessageClass.SERVICE, NOON - timedelta(minutes=3))
    clock.advance(timedelta(minutes=1))
    metrics = Metrics()
    await BacklogFigures(inbox, Backlogs(either, clock), clock, metrics).look()
    figure = metrics.registry.get_sample_value
    assert figure("loanline_updates_waiting") == 1
    assert figure("loanline_updates_oldest_age_seconds") == 60
    assert figure("loanline_updates_in_quarantine") == 1
    assert figure("loanline_outbox_waiting", {"message_class": "service"}) == 1
    assert figure("loanline_outbox_oldest_age_seconds", {"message_class": "service"}) == 240
    assert figure("loanline_handoffs_open") == 0
