"""A unit of work: several use cases, one commit."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.clock import SystemClock
from services.db import Database
from services.models import LeaseRow
from services.units import working_in


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest) -> Database:
    """The same on SQLite and on PostgreSQL."""
    found: Database = request.getfixturevalue("database" if request.param == "sqlite" else "postgres")
    return found


def row(name: str) -> LeaseRow:
    return LeaseRow(name=name, holder="somebody", until=SystemClock().now())


async def use_case(database: Database, name: str, failure: Exception | None = None) -> None:
    async with database.transaction() as session:
        session.add(row(name))
        await session.flush()
        if failure is not None:
            raise failure


async def names(database: Database) -> set[str]:
    async with database.reading() as session:
        return set(await session.scalars(select(LeaseRow.name)))


async def test_the_use_cases_of_a_unit_are_committed_together(store: Database) -> None:
    unit = store.unit_of_work()
    with working_in(unit):
        await use_case(store, "one")
        await use_case(store, "two")
    assert await names(store) == set()
    await unit.commit()
    assert await names(store) == {"one", "two"}


async def test_a_rollback_undoes_all_of_them(store: Database) -> None:
    unit = store.unit_of_work()
    with working_in(unit):
        await use_case(store, "one")
        await use_case(store, "two")
    await unit.rollback()
    assert await names(store) == set()


async def test_a_use_case_that_fails_takes_back_its_own_changes_only(store: Database) -> None:
    unit = store.unit_of_work()
    with working_in(unit):
        with pytest.raises(LookupError):
            await use_case(store, "first fails", LookupError())
        await use_case(store, "one")
        with pytest.raises(LookupError):
            await use_case(store, "second fails", LookupError())
        await use_case(store, "two")
        await unit.commit()
    assert await names(store) == {"one", "two"}


async def test_inside_a_unit_one_reads_what_it_changed_and_nobody_else_does(store: Database) -> None:
    unit = store.unit_of_work()
    with working_in(unit):
        await use_case(store, "one")
        assert await names(store) == {"one"}
        with working_in(None):
            assert await names(store) == set()
        with pytest.raises(LookupError):
            async with store.reading():
                raise LookupError
        await unit.commit()
    assert await names(store) == {"one"}


async def test_a_last_change_that_fails_undoes_the_unit(store: Database) -> None:
    async def last(connection: AsyncConnection) -> None:
        raise LookupError

    unit = store.unit_of_work()
    with working_in(unit):
        await use_case(store, "one")
        with pytest.raises(LookupError):
            await unit.commit(last)
        await unit.rollback()
    assert await names(store) == set()


async def test_after_a_commit_the_next_change_begins_another_transaction(store: Database) -> None:
    unit = store.unit_of_work()
    with working_in(unit):
        await use_case(store, "one")
        await unit.commit()
        assert not unit.changed
        await use_case(store, "two")
        await unit.rollback()
    assert await names(store) == {"one"}


async def test_whoever_waits_for_a_commit_is_told_once_the_unit_commits(store: Database) -> None:
    told: list[Mapping[Any, Any]] = []
    store.on_commit(lambda notes: told.append(dict(notes)))
    unit = store.unit_of_work()
    with working_in(unit):
        for name in ("one", "two"):
            async with store.transaction() as session:
                session.info["made"] = name
                session.add(row(name))
        assert told == []
        await unit.commit()
    assert [notes["made"] for notes in told] == ["one", "two"]
