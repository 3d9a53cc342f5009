"""PostgreSQL is asked one thing after the other, and a wait for a lock ends by what others do, not by the time."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.db import Database
from simulation.one_by_one import IN_VAIN, OneByOne
from tests.databases import postgres_url

pytestmark = pytest.mark.postgres

MAKE = text("CREATE TABLE marks (word VARCHAR(8))")
ADD = text("INSERT INTO marks VALUES ('old')")
CHANGE = text("UPDATE marks SET word = :word")
READ = text("SELECT word FROM marks")
SLOW = text("SELECT pg_sleep(0.03)")


@pytest.fixture
async def ordered(postgres_server: str, postgres_name: str) -> AsyncIterator[Database]:
    """A database whose requests are put in order, with a table of one row."""
    url = postgres_url(postgres_server, postgres_name)
    database, order = Database(url), OneByOne(url)
    order.order(database)
    async with database.transaction() as session:
        await session.execute(MAKE)
        await session.execute(ADD)
    yield database
    await database.close()
    await order.close()


async def test_answers_come_in_the_order_in_which_was_asked(ordered: Database) -> None:
    async def ask(name: str, *, slowly: bool) -> None:
        async with ordered.transaction() as session:
            asked.append(name)
            await session.execute(SLOW if slowly else READ)
            answered.append(name)

    asked: list[str] = []
    answered: list[str] = []
    await asyncio.gather(ask("first", slowly=True), ask("second", slowly=False), ask("third", slowly=False))
    assert answered == asked == ["first", "second", "third"]


async def test_whoever_waits_for_a_lock_goes_on_when_it_is_free(ordered: Database) -> None:
    async def change() -> None:
        async with ordered.transaction() as session:
            await session.execute(CHANGE, {"word": "second"})
            order.append("second")

    order: list[str] = []
    async with ordered.transaction() as session:
        await session.execute(CHANGE, {"word": "first"})
        waiting = asyncio.create_task(change())
        for _ in range(3):
            await session.execute(READ)
        order.append("first")
    await waiting
    async with ordered.reading() as session:
        assert await session.scalar(READ) == "second"
    assert order == ["first", "second"]


async def test_a_wait_is_in_vain_when_nobody_else_moves(ordered: Database) -> None:
    async with ordered.transaction() as holder:
        await holder.execute(CHANGE, {"word": "held"})
        with pytest.raises(DBAPIError, match=IN_VAIN):
            async with ordered.transaction() as other:
                await other.execute(CHANGE, {"word": "other"})
    async with ordered.reading() as session:
        assert await session.scalar(READ) == "held"


async def test_whoever_is_cancelled_while_waiting_for_a_lock_leaves_nothing_behind(ordered: Database) -> None:
    async def change() -> None:
        async with ordered.transaction() as session:
            await session.execute(CHANGE, {"word": "other"})

    async with ordered.transaction() as holder:
        await holder.execute(CHANGE, {"word": "held"})
        waiting = asyncio.create_task(change())
        await holder.execute(SLOW)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert waiting.cancelled()
    async with ordered.reading() as session:
        assert await session.scalar(READ) == "held"
