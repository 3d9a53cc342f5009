"""Updates that were given up: who learns of it, and what becomes of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from services.clock import SteppedClock
from services.db import Database
from services.inbox.inbox import LEASE, Inbox
from services.inbox.inbox_states import TRYING_AGAIN
from services.inbox.quarantine import Quarantine
from services.models import OutboxRow
from services.vault import Vault

START = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock(START)


@pytest.fixture
def inbox(database: Database, clock: SteppedClock) -> Inbox:
    return Inbox(database, clock, Vault.from_text(Vault.new_key()), replace(TRYING_AGAIN, attempts=1))


async def give_up(inbox: Inbox, update_id: int) -> None:
    await inbox.store([{"update_id": update_id, "message": {"chat": {"id": update_id}}}])
    [entry] = await inbox.claim("worker", 1)
    await inbox.quarantine(entry, "ZeroDivisionError")


async def told(database: Database) -> int:
    async with database.reading() as session:
        return len((await session.scalars(select(OutboxRow.id))).all())


async def test_the_operator_sees_what_was_given_up_and_why(
    database: Database, inbox: Inbox, clock: SteppedClock
) -> None:
    await give_up(inbox, 1)
    [found] = await Quarantine(database, clock).list()
    assert (found.update_id, found.chat, found.failure, found.acted) == (1, "chat:1", "ZeroDivisionError", False)
    assert (found.received_at, found.given_up_at) == (START, START)


async def test_an_update_that_is_retried_is_handed_out_again_with_what_it_said(
    database: Database, inbox: Inbox, clock: SteppedClock
) -> None:
    await give_up(inbox, 1)
    assert await Quarantine(database, clock).retry(1)
    [entry] = await inbox.claim("worker", 1)
    assert entry.content == {"update_id": 1, "message": {"chat": {"id": 1}}}
    assert not await Quarantine(database, clock).retry(1)


async def test_an_update_that_is_dropped_is_gone(database: Database, inbox: Inbox, clock: SteppedClock) -> None:
    await give_up(inbox, 1)
    assert await Quarantine(database, clock).drop(1)
    assert await Quarantine(database, clock).list() == []
    assert not await Quarantine(database, clock).drop(1)


async def test_the_officers_are_told_once_an_hour(database: Database, inbox: Inbox, clock: SteppedClock) -> None:
    await give_up(inbox, 1)
    await give_up(inbox, 2)
    assert await told(database) == 1
    clock.advance(timedelta(hours=1))
    await give_up(inbox, 3)
    assert await told(database) == 2


async def test_the_officers_are_told_of_one_that_took_its_worker_down(
    database: Database, inbox: Inbox, clock: SteppedClock
) -> None:
    await inbox.store([{"update_id": 1, "message": {"chat": {"id": 1}}}])
    await inbox.claim("worker", 1)
    clock.advance(LEASE)
    await inbox.free_stalled()
    assert await told(database) == 1
