"""Failures that pass by themselves are told from others, and what is retried is retried as a whole."""

import asyncio
import socket
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from time import monotonic

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as NoFreeConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services import connections
from services.connections import SILENCE, EngineOptions, create_engine, watch
from services.db import Database
from services.transient import Backoff, is_transient, retrying

MILLISECOND = timedelta(milliseconds=1)
IMPATIENT = EngineOptions(pool_size=2, pool_overflow=0, pool_patience=50 * MILLISECOND)
MAKE = text("CREATE TABLE marks (id INTEGER PRIMARY KEY, word VARCHAR(8))")
ADD = text("INSERT INTO marks VALUES (:who, 'old')")
CHANGE = text("UPDATE marks SET word = 'new' WHERE id = :who")
READ = text("SELECT count(*) FROM marks")


@pytest.fixture
async def impatient(request: pytest.FixtureRequest, postgres: Database) -> AsyncIterator[AsyncEngine]:
    """An engine with two connections on a fresh PostgreSQL, trusted for so long as the test says."""
    options = replace(IMPATIENT, trusted_for=getattr(request, "param", IMPATIENT.trusted_for))
    engine = create_engine(postgres.engine.url.render_as_string(hide_password=False), options)
    async with engine.begin() as connection:
        await connection.execute(MAKE)
        for who in (1, 2):
            await connection.execute(ADD, {"who": who})
    yield engine
    await engine.dispose()


async def failure_of(work: Awaitable[object]) -> Exception:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - which one, the test asks of it
        await work
    return caught.value


async def terminate_others(connection: AsyncConnection) -> None:
    others = "FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
    await connection.execute(text(f"SELECT pg_terminate_backend(pid) {others}"))


@pytest.mark.postgres
async def test_a_statement_that_takes_too_long_is_ended_and_passes(impatient: AsyncEngine) -> None:
    async with impatient.connect() as connection:
        await connection.execute(text("SET LOCAL statement_timeout = '10ms'"))
        failure = await failure_of(connection.execute(text("SELECT pg_sleep(30)")))
    assert "statement timeout" in str(failure)
    assert is_transient(failure)


@pytest.mark.postgres
async def test_a_lock_that_does_not_come_passes(impatient: AsyncEngine) -> None:
    async with impatient.connect() as first, impatient.connect() as second:
        await first.execute(CHANGE, {"who": 1})
        await second.execute(text("SET LOCAL lock_timeout = '10ms'"))
        failure = await failure_of(second.execute(CHANGE, {"who": 1}))
    assert "lock timeout" in str(failure)
    assert is_transient(failure)


@pytest.mark.postgres
async def test_of_two_transactions_that_wait_for_each_other_one_fails_and_passes(impatient: AsyncEngine) -> None:
    async def change(first: int, then: int) -> None:
        async with impatient.begin() as connection:
            await connection.execute(text("SET LOCAL deadlock_timeout = '10ms'"))
            await connection.execute(CHANGE, {"who": first})
            await both_hold_one.wait()
            await connection.execute(CHANGE, {"who": then})

    both_hold_one = asyncio.Barrier(2)
    ended = await asyncio.gather(change(1, 2), change(2, 1), return_exceptions=True)
    (failure,) = [each for each in ended if each is not None]
    assert "deadlock" in str(failure)
    assert is_transient(failure)


@pytest.mark.postgres
async def test_a_transaction_that_cannot_be_put_in_order_passes(impatient: AsyncEngine) -> None:
    strict = impatient.execution_options(isolation_level="SERIALIZABLE")
    async with strict.connect() as first, strict.connect() as second:
        for connection in (first, second):
            await connection.execute(READ)
        for who, connection in ((3, first), (4, second)):
            await connection.execute(ADD, {"who": who})
        await first.commit()
        failure = await failure_of(second.commit())
    assert "could not serialize" in str(failure)
    assert is_transient(failure)


@pytest.mark.postgres
async def test_a_connection_that_is_cut_off_passes_and_the_next_one_works(
    impatient: AsyncEngine, postgres: Database
) -> None:
    async with impatient.connect() as connection:
        await connection.execute(READ)
        async with postgres.engine.begin() as executioner:
            await terminate_others(executioner)
        assert is_transient(await failure_of(connection.execute(READ)))
    async with impatient.connect() as connection:
        assert await connection.scalar(READ) == 2


async def used_and_died(engine: AsyncEngine, postgres: Database) -> None:
    """Both connections of the pool are given back, and end while they rest."""
    async with engine.connect() as first, engine.connect() as second:
        await asyncio.gather(first.execute(READ), second.execute(READ))
    async with postgres.engine.begin() as executioner:
        await terminate_others(executioner)


@pytest.mark.postgres
@pytest.mark.parametrize("impatient", [timedelta(0)], indirect=True)
async def test_connections_that_died_at_rest_are_replaced_before_they_are_used(
    impatient: AsyncEngine, postgres: Database
) -> None:
    await used_and_died(impatient, postgres)
    async with impatient.connect() as connection:
        assert await connection.scalar(READ) == 2


@pytest.mark.postgres
@pytest.mark.parametrize("impatient", [timedelta(hours=1)], indirect=True)
async def test_one_that_answered_just_now_is_not_asked_and_where_it_died_all_are_replaced(
    impatient: AsyncEngine, postgres: Database
) -> None:
    await used_and_died(impatient, postgres)
    async with impatient.connect() as connection:
        assert is_transient(await failure_of(connection.execute(READ)))
    async with impatient.connect() as first, impatient.connect() as second:
        assert [await each.scalar(READ) for each in (first, second)] == [2, 2]


@pytest.mark.postgres
@pytest.mark.parametrize("impatient", [timedelta(hours=1)], indirect=True)
async def test_a_connection_is_only_asked_after_a_rest(impatient: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(impatient.dialect, "do_ping", lambda connection: asked.append(connection) or True)
    for _ in range(3):
        async with impatient.connect() as connection:
            await connection.execute(READ)
    assert not asked
    rested = monotonic() + timedelta(hours=2).total_seconds()
    monkeypatch.setattr(connections, "monotonic", lambda: rested)
    async with impatient.connect():
        assert len(asked) == 1


@pytest.mark.postgres
async def test_a_transaction_in_which_nothing_is_asked_for_loses_its_connection_and_passes(
    impatient: AsyncEngine, postgres: Database
) -> None:
    async with impatient.connect() as connection:
        await connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = '10ms'"))
        theirs = await connection.scalar(text("SELECT pg_backend_pid()"))
        there = text("SELECT count(*) FROM pg_stat_activity WHERE pid = :pid")
        async with postgres.engine.connect() as onlooker:
            while await onlooker.scalar(there, {"pid": theirs}):
                await onlooker.rollback()
        assert is_transient(await failure_of(connection.execute(READ)))


@pytest.mark.postgres
async def test_no_free_connection_passes(impatient: AsyncEngine) -> None:
    async with impatient.connect(), impatient.connect():
        failure = await failure_of(impatient.connect().__aenter__())
    assert isinstance(failure, NoFreeConnection)
    assert is_transient(failure)


@pytest.mark.postgres
async def test_the_server_knows_each_connections_limits_and_name(postgres: Database) -> None:
    options = EngineOptions(application_name="loanline worker", lock_limit=timedelta(seconds=7))
    engine = create_engine(postgres.engine.url.render_as_string(hide_password=False), options)
    async with engine.connect() as connection:
        shown = [await connection.scalar(text(f"SHOW {name}")) for name in ("application_name", "lock_timeout")]
        assert await connection.scalar(text("SHOW statement_timeout")) == "30s"
        assert await connection.scalar(text("SHOW timezone")) == "UTC"
    await engine.dispose()
    assert shown == ["loanline worker", "7s"]


def test_a_line_that_goes_silent_is_noticed_by_the_kernel() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as line:
        watch(line)
        assert line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert line.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == SILENCE // MILLISECOND
    with socket.socket(socket.AF_UNIX) as local:
        watch(local)
        assert not local.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


async def test_a_server_that_is_not_there_passes(unused_tcp_port: int) -> None:
    engine = create_engine(f"postgresql+asyncpg://nobody@127.0.0.1:{unused_tcp_port}/none")
    assert is_transient(await failure_of(engine.connect().__aenter__()))
    await engine.dispose()


async def test_a_server_whose_socket_is_gone_passes(tmp_path: Path) -> None:
    engine = create_engine(f"postgresql+asyncpg://nobody@/none?host={tmp_path}")
    assert is_transient(await failure_of(engine.connect().__aenter__()))
    await engine.dispose()


async def test_a_sqlite_file_that_another_writer_holds_passes(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'held.db'}"
    engine = create_engine(url, EngineOptions(sqlite_patience=MILLISECOND))
    impatient = engine.execution_options(sqlite_begin="IMMEDIATE")
    async with impatient.begin(), impatient.connect() as second:
        failure = await failure_of(second.execute(text("SELECT 1")))
    assert "locked" in str(failure)
    assert is_transient(failure)
    await engine.dispose()


@pytest.mark.parametrize(("safe", "level"), [(True, 2), (False, 1)])
async def test_sqlite_waits_for_the_disk_at_a_commit_unless_told_otherwise(
    tmp_path: Path, safe: bool, level: int
) -> None:
    options = EngineOptions(sqlite_survives_power_cuts=safe)
    engine = create_engine(f"sqlite+aiosqlite:///{tmp_path / 'safe.db'}", options)
    async with engine.connect() as connection:
        assert await connection.scalar(text("PRAGMA synchronous")) == level
        assert await connection.scalar(text("PRAGMA foreign_keys")) == 1
    await engine.dispose()


async def test_a_broken_rule_does_not_pass(database: Database) -> None:
    async with database.transaction() as session:
        await session.execute(MAKE)
        await session.execute(ADD, {"who": 1})
    async with database.transaction() as session:
        failure = await failure_of(session.execute(ADD, {"who": 1}))
        await session.rollback()
    assert isinstance(failure, IntegrityError)
    assert not is_transient(failure)
    assert not is_transient(ValueError("a mistake"))


def test_what_a_passing_failure_caused_passes_too() -> None:
    failure = RuntimeError("the step failed")
    failure.__cause__ = ConnectionResetError()
    assert is_transient(failure)


class Flaky:
    """Fails with each of the errors in turn, then answers how often it was asked."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.asked = 0

    async def __call__(self) -> int:
        self.asked += 1
        if self.errors:
            raise self.errors.pop(0)
        return self.asked


def counting(waits: list[timedelta], pick: Callable[[int], int] = lambda below: 0) -> Backoff:
    async def sleep(wait: timedelta) -> None:
        waits.append(wait)

    return Backoff(attempts=4, first=100 * MILLISECOND, longest=300 * MILLISECOND, pick=pick, sleep=sleep)


async def test_a_unit_is_done_again_after_growing_waits() -> None:
    waits: list[timedelta] = []
    unit = Flaky(ConnectionResetError(), TimeoutError(), ConnectionResetError())
    assert await retrying(unit, counting(waits)) == 4
    assert waits == [100 * MILLISECOND, 200 * MILLISECOND, 300 * MILLISECOND]


def test_waits_are_spread_over_the_upper_half() -> None:
    shortest = counting([], pick=lambda below: below - 1)
    assert [shortest.delay(failures) for failures in (1, 2, 3, 9)] == [n * MILLISECOND for n in (50, 100, 150, 150)]


async def test_the_last_failure_is_raised_when_the_attempts_are_used_up() -> None:
    waits: list[timedelta] = []
    last = ConnectionResetError("last")
    unit = Flaky(*[ConnectionResetError()] * 3, last)
    with pytest.raises(ConnectionResetError) as caught:
        await retrying(unit, counting(waits))
    assert caught.value is last
    assert len(waits) == 3


async def test_what_does_not_pass_is_raised_at_once() -> None:
    unit = Flaky(DBAPIError("INSERT", {}, sqlite3.IntegrityError("no")))
    with pytest.raises(DBAPIError):
        await retrying(unit, counting([]))
    assert unit.asked == 1
