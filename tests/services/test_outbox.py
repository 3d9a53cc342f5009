"""What is owed: each message once, with the change that owes it, until it is sent or withdrawn."""

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from services.clock import SteppedClock
from services.db import Database
from services.messages.outbox import MessageClass, MessageStatus, enqueue, withdraw
from services.messages.outbox_delivery import Outbox
from services.models import BorrowerRow, OutboxRow
from tests.services.outbox import NOON, drain, outbox_of, status_of
from tests.services.outbox import owe_once as owe
from tests.services.rows import add_borrower, add_loan


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock(NOON)


@pytest.fixture
def outbox(database: Database, clock: SteppedClock) -> Outbox:
    return outbox_of(database, clock)


async def test_a_message_is_owed_once_however_often_it_is_enqueued(database: Database, clock: SteppedClock) -> None:
    borrower = await add_borrower(database)
    assert await owe(database, clock, borrower, "offer:1")
    assert not await owe(database, clock, borrower, "offer:1")
    async with database.reading() as session:
        assert await session.scalar(select(func.count(OutboxRow.id))) == 1


async def test_a_message_enqueued_by_many_at_once_is_owed_once(database: Database, clock: SteppedClock) -> None:
    borrower = await add_borrower(database)
    fresh = await asyncio.gather(*(owe(database, clock, borrower, "offer:1") for _ in range(8)))
    assert sorted(fresh) == [False] * 7 + [True]


async def owe_and_break_down(database: Database, borrower_id: int) -> None:
    async with database.transaction() as session:
        await enqueue(
            session,
            now=NOON,
            kind="offer_ready",
            borrower_id=borrower_id,
            message_class=MessageClass.SERVICE,
            params={},
            dedupe_key="offer:1",
        )
        raise RuntimeError


async def test_a_message_of_a_failed_transaction_is_not_owed(database: Database) -> None:
    with pytest.raises(RuntimeError):
        await owe_and_break_down(database, await add_borrower(database))
    assert await status_of(database, "offer:1") is None


async def test_a_withdrawn_message_may_be_owed_again_with_fresh_figures(
    database: Database, clock: SteppedClock, outbox: Outbox
) -> None:
    borrower = await add_borrower(database)
    loan = await add_loan(database, borrower, [])
    await owe(
        database, clock, borrower, "n", message_class=MessageClass.REMINDER, params={"days_left": 3}, loan_id=loan
    )
    async with database.transaction() as session:
        assert await withdraw(session, loan_id=loan) == 1
    assert await outbox.claim_batch(10) == []
    assert await owe(
        database, clock, borrower, "n", message_class=MessageClass.REMINDER, params={"days_left": 1}, loan_id=loan
    )
    [message] = await outbox.claim_batch(10)
    assert message.params == {"days_left": 1}


async def test_a_sent_message_is_never_owed_again(database: Database, clock: SteppedClock, outbox: Outbox) -> None:
    borrower = await add_borrower(database)
    await owe(database, clock, borrower, "offer:1")
    assert len(await drain(outbox)) == 1
    assert not await owe(database, clock, borrower, "offer:1")
    assert await drain(outbox) == []


async def test_paying_up_withdraws_notices_and_leaves_the_receipt(database: Database, clock: SteppedClock) -> None:
    borrower = await add_borrower(database)
    loan = await add_loan(database, borrower, [])
    await owe(database, clock, borrower, "overdue", message_class=MessageClass.DUNNING, loan_id=loan)
    await owe(database, clock, borrower, "receipt", loan_id=loan)
    async with database.transaction() as session:
        await withdraw(session, loan_id=loan)
    assert await status_of(database, "overdue") == MessageStatus.WITHDRAWN
    assert await status_of(database, "receipt") == MessageStatus.PENDING


async def test_what_is_withdrawn_must_be_named(database: Database) -> None:
    async with database.transaction() as session:
        with pytest.raises(ValueError, match="whose"):
            await withdraw(session)


async def test_a_message_withdrawn_while_claimed_is_not_sent(
    database: Database, clock: SteppedClock, outbox: Outbox
) -> None:
    borrower = await add_borrower(database)
    loan = await add_loan(database, borrower, [])
    await owe(database, clock, borrower, "n", message_class=MessageClass.REMINDER, loan_id=loan)
    [message] = await outbox.claim_batch(10)
    async with database.transaction() as session:
        await withdraw(session, loan_id=loan)
    assert not await outbox.recheck(message.id)


async def test_nothing_more_goes_to_a_borrower_who_blocked_the_bot(
    database: Database, clock: SteppedClock, outbox: Outbox
) -> None:
    borrower, other = await add_borrower(database), await add_borrower(database)
    for key, to in (("a", borrower), ("b", borrower), ("c", other)):
        await owe(database, clock, to, key)
    assert await outbox.withdraw_all(borrower) == 2
    assert [message.borrower_id for message in await drain(outbox)] == [other]


async def test_the_sender_is_woken_by_a_commit_that_made_a_message_owed(
    database: Database, clock: SteppedClock, outbox: Outbox
) -> None:
    woken: list[datetime] = []
    outbox.on_enqueue(lambda: woken.append(clock.now()))
    borrower = await add_borrower(database)
    assert woken == []
    await owe(database, clock, borrower, "offer:1")
    await owe(database, clock, borrower, "offer:1")
    assert len(woken) == 1


async def test_instants_are_kept_in_utc(database: Database, clock: SteppedClock) -> None:
    await owe(database, clock, await add_borrower(database), "offer:1")
    async with database.reading() as session:
        created = await session.scalar(select(OutboxRow.created_at))
    assert created == datetime(2025, 6, 1, 4, tzinfo=UTC)


async def test_a_desk_message_needs_no_borrower_and_any_other_one(database: Database, clock: SteppedClock) -> None:
    borrower = await add_borrower(database)
    for to, message_class in ((None, MessageClass.SERVICE), (borrower, MessageClass.DESK)):
        with pytest.raises(ValueError, match="borrower"):
            await owe(database, clock, to, "x", message_class=message_class)
    async with database.reading() as session:
        assert await session.scalar(select(func.count(BorrowerRow.id))) == 1
