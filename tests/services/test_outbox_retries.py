"""Messages that did not go out: tried again ever later, given back by senders that vanish, given up in the end."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.clock import SteppedClock
from services.db import Database
from services.messages.outbox import MessageStatus
from services.messages.outbox_delivery import Outbox
from services.messages.outbox_messages import RESENDING
from tests.services.outbox import NOON, outbox_of, status_of
from tests.services.outbox import owe_once as owe
from tests.services.rows import add_borrower


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock(NOON)


@pytest.fixture
def outbox(database: Database, clock: SteppedClock) -> Outbox:
    return outbox_of(database, clock, retry=replace(RESENDING, attempts=3))


async def test_attempts_are_spaced_ever_further_and_end(
    database: Database, clock: SteppedClock, outbox: Outbox
) -> None:
    await owe(database, clock, await add_borrower(database), "offer:1")
    waits = []
    for _ in range(3):
        [message] = await outbox.claim_batch(10)
        status = await outbox.retry_later(message.id, why="TimedOut")
        due = await outbox.next_due_at()
        waits.append(due - clock.now() if due else status)
        clock.advance(timedelta(hours=1))
    assert waits == [timedelta(seconds=5), timedelta(seconds=10), MessageStatus.FAILED]


async def test_being_asked_to_wait_spends_no_attempt(database: Database, clock: SteppedClock, outbox: Outbox) -> None:
    await owe(database, clock, await add_borrower(database), "offer:1")
    for _ in range(10):
        [message] = await outbox.claim_batch(10)
        await outbox.retry_later(message.id, why="RetryAfter", delay=timedelta(seconds=3), spend_attempt=False)
        clock.advance(timedelta(seconds=3))
    [message] = await outbox.claim_batch(10)
    assert message.attempts == 0


def test_the_wait_doubles_up_to_its_longest() -> None:
    policy = RESENDING
    assert [policy.delay(n).total_seconds() for n in (1, 2, 3, 8, 9, 500)] == [5, 10, 20, 640, 900, 900]


async def test_a_refused_message_is_given_up(database: Database, clock: SteppedClock, outbox: Outbox) -> None:
    await owe(database, clock, await add_borrower(database), "offer:1")
    [message] = await outbox.claim_batch(10)
    await outbox.fail(message.id, "BadRequest")
    clock.advance(timedelta(days=1))
    assert await outbox.claim_batch(10) == []
    assert await status_of(database, "offer:1") == MessageStatus.FAILED


async def test_a_claim_whose_sender_vanished_is_given_back(
    database: Database, clock: SteppedClock, outbox: Outbox
) -> None:
    await owe(database, clock, await add_borrower(database), "offer:1")
    [message] = await outbox.claim_batch(10)
    assert await outbox.free_stalled() == 0
    clock.advance(timedelta(minutes=5))
    assert await outbox.free_stalled() == 1
    [again] = await outbox.claim_batch(10)
    assert (again.id, again.attempts) == (message.id, 1)


async def test_a_message_that_takes_its_sender_down_each_time_fails_in_the_end(
    database: Database, clock: SteppedClock, outbox: Outbox
) -> None:
    await owe(database, clock, await add_borrower(database), "offer:1")
    for _ in range(3):
        assert len(await outbox.claim_batch(10)) == 1
        clock.advance(timedelta(minutes=10))
        await outbox.free_stalled()
    assert await status_of(database, "offer:1") == MessageStatus.FAILED
