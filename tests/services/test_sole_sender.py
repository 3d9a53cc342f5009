"""Of several senders on one database one acts, and another one follows it."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from services.db import Database
from services.messages.sole_sender import GRACE, LOCK, SoleSender

pytestmark = pytest.mark.postgres


@pytest.fixture
async def other(postgres: Database) -> AsyncIterator[Database]:
    """The same database as another process reaches it."""
    url = postgres.engine.url.render_as_string(hide_password=False)
    database = Database(url)
    yield database
    await database.close()


async def test_one_sender_acts_however_many_there_are(postgres: Database, other: Database) -> None:
    first, second = SoleSender(postgres), SoleSender(other)
    assert [await first.acts(), await second.acts()] == [True, False]
    assert [await first.acts(), await second.acts()] == [True, False]
    await first.resign()


async def test_a_sender_that_resigns_is_followed(postgres: Database, other: Database) -> None:
    first, second = SoleSender(postgres), SoleSender(other)
    assert await first.acts()
    await first.resign()
    assert await second.acts()
    assert not await first.acts()
    await second.resign()


async def test_a_sender_whose_connection_is_gone_is_followed_and_knows_it(postgres: Database, other: Database) -> None:
    first, second = SoleSender(postgres), SoleSender(other)
    assert await first.acts()
    async with other.engine.connect() as connection:
        holder = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = :lock"
        await connection.execute(text(holder), {"lock": LOCK & 0xFFFF_FFFF})
        await connection.commit()
    assert not await first.acts()
    assert await second.acts()
    assert not await first.acts()
    await second.resign()


async def test_resigning_without_acting_is_no_error(postgres: Database) -> None:
    await SoleSender(postgres).resign()


async def test_what_another_process_claimed_is_left_to_it_for_a_while(postgres: Database, database: Database) -> None:
    assert (SoleSender(postgres).shared, SoleSender(postgres).grace) == (True, GRACE)
    alone = SoleSender(database)
    assert (alone.shared, alone.grace.total_seconds(), await alone.acts()) == (False, 0, True)
