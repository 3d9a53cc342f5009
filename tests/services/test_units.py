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


async def test_the_use_cases_of_a_unit_are_committed_together(either: Database) -> None:
    unit = either.unit_of_work()
    with working_in(unit):
        await use_case(either, "one")
        await use_case(either, "two")
    assert await names(either) == set()
    await unit.commit()
    assert await names(either) == {"one", "two"}


async def test_a_rollback_undoes_all_of_them(either: Database) -> None:
    unit = either.unit_of_work()
    with working_in(unit):
        await use_case(either, "one")
        await use_case(either, "two")
    await unit.rollback()
    assert await names(either) == set()


async def test_a_use_case_that_fails_takes_back_its_own_changes_only(either: Database) -> None:
    unit = either.unit_of_work()
    with working_in(unit):
        with pytest.raises(LookupError):
            await use_case(either, "first fails", LookupError())
        await use_case(either, "one")
        with pytest.raises(LookupError):
            await use_case(either, "second fails", LookupError())
        await use_case(either, "two")
        await unit.commit()
    assert await names(either) == {"one", "two"}


async def test_inside_a_unit_one_reads_what_it_changed_and_nobody_else_does(either: Database) -> None:
    unit = either.unit_of_work()
    with working_in(unit):
        await use_case(either, "one")
        assert await names(either) == {"one"}
        with working_in(None):
            assert await names(either) == set()
        with pytest.raises(LookupError):
            async with either.reading():
                raise LookupError
        await unit.commit()
    assert await names(either) == {"one"}


async def test_a_last_change_that_fails_undoes_the_unit(either: Database) -> None:
    async def last(connection: AsyncConnection) -> None:
        raise LookupError

    unit = either.unit_of_work()
    with working_in(unit):
        await use_case(either, "one")
        with pytest.raises(LookupError):
            await unit.commit(last)
        await unit.rollback()
    assert await names(either) == set()


async def test_after_a_commit_the_next_change_begins_another_transaction(either: Database) -> None:
    unit = either.unit_of_work()
    with working_in(unit):
        await use_case(either, "one")
        await unit.commit()
        assert not unit.changed
        await use_case(either, "two")
        await unit.rollback()
    assert await names(either) == {"one"}


async def test_whoever_waits_for_a_commit_is_told_once_the_unit_commits(either: Database) -> None:
    told: list[Mapping[Any, Any]] = []
    either.on_commit(lambda notes: told.append(dict(notes)))
    unit = either.unit_of_work()
    with working_in(unit):
        for name in ("one", "two"):
            async with either.transaction() as session:
                session.info["made"] = name
                session.add(row(name))
        assert told == []
        await unit.commit()
    assert [notes["made"] for notes in told] == ["one", "two"]
