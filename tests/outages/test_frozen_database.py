"""A PostgreSQL that keeps its connections open and answers nothing."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy import text

from services.connections import EngineOptions
from services.db import Database
from services.transient import is_transient
from tests.databases import postgres_url
from tests.outages.gate import Gate

pytestmark = pytest.mark.postgres

IMPATIENT = EngineOptions(
    connect_patience=timedelta(milliseconds=200),
    statement_limit=timedelta(milliseconds=100),
    answer_patience=timedelta(milliseconds=100),
)


@pytest.fixture
async def gate(postgres_server: str) -> AsyncIterator[Gate]:
    async with Gate(lambda: asyncio.open_unix_connection(f"{postgres_server}/.s.PGSQL.5432")) as gate:
        yield gate


@pytest.fixture
async def database(gate: Gate, postgres_server: str, postgres_name: str) -> AsyncIterator[Database]:
    path = postgres_url(postgres_server, postgres_name).partition("?")[0]
    database = Database(path.replace("@/", f"@127.0.0.1:{gate.port}/"), IMPATIENT)
    yield database
    gate.thaw()
    await database.close()


async def read(database: Database) -> int | None:
    async with database.reading() as session:
        found: int | None = await session.scalar(text("SELECT 1"))
        return found


async def write(database: Database) -> int | None:
    async with database.transaction() as session:
        found: int | None = await session.scalar(text("SELECT 1"))
        return found


@pytest.mark.parametrize("work", [read, write])
async def test_a_frozen_server_fails_the_work_as_a_lost_one_does_and_is_used_again_when_it_moves(
    database: Database, gate: Gate, work: Callable[[Database], Awaitable[int | None]]
) -> None:
    assert await work(database) == 1
    gate.freeze()
    for _ in range(2):
        with pytest.raises(TimeoutError) as failure:
            await work(database)
        assert is_transient(failure.value)
    gate.thaw()
    assert await work(database) == 1


async def test_a_transaction_that_freezes_at_its_end_is_given_up(database: Database, gate: Gate) -> None:
    async def freezing() -> None:
        async with database.transaction() as session:
            await session.execute(text("SELECT 1"))
            gate.freeze()

    with pytest.raises(TimeoutError) as failure:
        await freezing()
    assert is_transient(failure.value)
    gate.thaw()
    assert await write(database) == 1
