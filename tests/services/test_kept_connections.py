"""Connections that stay at hand, or come from the pool: whoever takes one finds nothing that another left behind."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, func, insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from services.clock import SystemClock
from services.connections import READERS
from services.db import Database
from services.models import LeaseRow
from services.units import working_in

Leave = Callable[[Database, str], Awaitable[None]]
NAMELESS = "INSERT INTO leases (holder) VALUES ('nobody')"
"""What the table does not take."""


def row(name: str) -> LeaseRow:
    return LeaseRow(name=name, holder="somebody", until=SystemClock().now())


async def leave_one(database: Database, name: str) -> None:
    async with database.transaction() as session:
        session.add(row(name))


async def leave_one_without_a_session(database: Database, name: str) -> None:
    values = {"name": name, "holder": "somebody", "until": SystemClock().now()}
    async with database.changing() as connection:
        await connection.execute(insert(LeaseRow).values(values))


async def change(database: Database, *statements: str) -> None:
    async with database.changing() as connection:
        for statement in statements:
            await connection.execute(text(statement))


async def leases(database: Database) -> int:
    async with database.looking() as connection:
        return (await connection.execute(select(func.count()).select_from(LeaseRow))).scalar_one()


def taken_from_the_pools(database: Database) -> list[object]:
    """Grows with every connection that one of the pools hands out."""
    taken: list[object] = []
    for engine in database.engines:
        event.listen(engine.sync_engine, "checkout", lambda connection, record, proxy: taken.append(connection))
    return taken


async def test_looking_and_changing_take_one_connection_each_however_often(database: Database) -> None:
    taken = taken_from_the_pools(database)
    for number in range(3):
        await leave_one(database, f"session {number}")
        await change(database, "UPDATE leases SET holder = 'another'")
        assert await leases(database) == number + 1
    assert len(taken) == 2


async def test_those_who_look_side_by_side_have_one_each(database: Database) -> None:
    async with database.looking() as one, database.looking() as other:
        assert one is not other


async def test_more_than_there_are_places_for_wait_for_each_other(database: Database) -> None:
    taken = taken_from_the_pools(database)
    open_at_once: list[int] = [0]

    async def look(session: bool) -> None:
        async with database.reading() if session else database.looking() as view:
            open_at_once.append(open_at_once[-1] + 1)
            await view.execute(select(LeaseRow.name))
            open_at_once.append(open_at_once[-1] - 1)

    for _ in range(2):
        await asyncio.gather(*(look(number % 2 == 0) for number in range(3 * READERS)))
    assert max(open_at_once) <= READERS
    assert len(taken) <= READERS


async def test_what_is_looked_at_is_what_was_committed_last(database: Database) -> None:
    assert await leases(database) == 0
    async with database.transaction() as session:
        session.add(row("one"))
        await session.flush()
        assert await leases(database) == 0
    assert await leases(database) == 1


async def test_a_transaction_without_a_session_is_committed_in_the_end_or_not_at_all(either: Database) -> None:
    told: list[object] = []
    either.on_commit(told.append)
    await leave_one(either, "one")
    with pytest.raises(IntegrityError):
        await change(either, "DELETE FROM leases", NAMELESS)
    assert await leases(either) == 1
    assert len(told) == 1
    await change(either, "DELETE FROM leases")
    assert await leases(either) == 0
    assert len(told) == 2


async def test_inside_a_unit_of_work_it_is_part_of_the_unit(either: Database) -> None:
    await leave_one(either, "one")
    unit = either.unit_of_work()
    with working_in(unit):
        await change(either, "DELETE FROM leases")
    assert await leases(either) == 1
    await unit.commit()
    assert await leases(either) == 0


async def test_after_a_statement_that_failed_the_next_one_finds_nothing_of_it(database: Database) -> None:
    with pytest.raises(IntegrityError):
        await change(database, "UPDATE leases SET holder = 'another'", NAMELESS)
    await leave_one(database, "whole")
    assert await leases(database) == 1


def fail_once_to_commit(database: Database, *, ended: bool = False) -> None:
    """`ended` tells that the database has undone the transaction by itself, as SQLite does where it cannot write."""

    def fail(connection: Connection) -> None:
        event.remove(database.engine.sync_engine, "commit", fail)
        if ended:
            connection.connection.rollback()
        raise OperationalError("COMMIT", None, sqlite3.OperationalError("disk I/O error"))

    event.listen(database.engine.sync_engine, "commit", fail)


@pytest.mark.parametrize("ended", [False, True])
async def test_a_unit_that_could_not_be_committed_leaves_nothing_for_the_next_one_to_commit(
    ended: bool, either: Database
) -> None:
    unit = either.unit_of_work()
    with working_in(unit):
        await leave_one(either, "lost")
    fail_once_to_commit(either, ended=ended)
    with pytest.raises(OperationalError):
        await unit.commit()
    await leave_one(either, "kept")
    assert await leases(either) == 1


@pytest.mark.parametrize("ended", [False, True])
@pytest.mark.parametrize("leave", [leave_one, leave_one_without_a_session])
async def test_nor_does_a_transaction_of_its_own(leave: Leave, ended: bool, either: Database) -> None:
    fail_once_to_commit(either, ended=ended)
    with pytest.raises(OperationalError):
        await leave(either, "lost")
    await leave(either, "kept")
    assert await leases(either) == 1


async def test_who_is_cut_off_while_another_process_writes_leaves_no_lock_behind(
    database: Database, tmp_path: Path
) -> None:
    assert await leases(database) == 0
    await leave_one(database, "one")
    other = sqlite3.connect(tmp_path / "loanline.db", isolation_level=None, timeout=0)
    other.execute("BEGIN IMMEDIATE")
    asks = asyncio.Event()
    event.listen(database.engine.sync_engine, "before_cursor_execute", lambda *_: asks.set())
    cut_off = asyncio.create_task(leave_one(database, "two"))
    await asks.wait()
    cut_off.cancel()
    other.execute("COMMIT")
    await asyncio.gather(cut_off, return_exceptions=True)
    other.execute("BEGIN IMMEDIATE")
    other.execute("ROLLBACK")
    other.close()
    await leave_one(database, "three")
    assert await leases(database) == 2
