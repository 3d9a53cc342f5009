"""Migrations take turns, and run beside a bot that reads and writes."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services import schema
from services.connections import EngineOptions, create_engine
from services.db import Database
from services.schema import MIGRATION_LOCK, MIGRATIONS, MigrationsUnderWay, applied_revisions, is_current, upgrade
from services.transient import Backoff
from tests.services.lending import open_lending

BEFORE = "0007"
"""The revision before indexes were built beside writers."""


async def at_once(wait: timedelta) -> None:
    await asyncio.sleep(0)


QUICK = Backoff(attempts=1_000, sleep=at_once)


@pytest.fixture
async def older(postgres: Database) -> Database:
    """A PostgreSQL at the revision before."""
    async with postgres.engine.begin() as connection:
        await connection.execute(text("DROP SCHEMA public CASCADE"))
        await connection.execute(text("CREATE SCHEMA public"))
    await upgrade(postgres, to=BEFORE)
    return postgres


@pytest.fixture
async def onlooker(postgres: Database) -> AsyncIterator[AsyncEngine]:
    url = postgres.engine.url.render_as_string(hide_password=False)
    engine = create_engine(url, EngineOptions()).execution_options(isolation_level="AUTOCOMMIT")
    yield engine
    await engine.dispose()


async def until(engine: AsyncEngine, condition: str) -> None:
    """Wait until the server says so."""
    async with engine.connect() as connection:
        while not await connection.scalar(text(f"SELECT {condition}")):
            pass


async def has_index(database: Database, name: str) -> bool:
    """Whether the index is there and of use."""
    found = text("SELECT indisvalid FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE relname = :name")
    async with database.engine.connect() as connection:
        return bool(await connection.scalar(found, {"name": name}))


@pytest.mark.postgres
async def test_a_writer_keeps_working_while_indexes_are_built(older: Database, onlooker: AsyncEngine) -> None:
    lending = open_lending(older)
    async with older.transaction() as long_one:
        await long_one.execute(text("LOCK TABLE ledger_entries IN ROW EXCLUSIVE MODE"))
        migrating = asyncio.create_task(upgrade(older, patience=QUICK))
        await until(onlooker, "EXISTS (SELECT FROM pg_stat_progress_create_index WHERE phase LIKE 'waiting%')")
        loan = await lending.loan(await lending.borrower())
        lending.clock.advance(timedelta(days=3))
        assert await lending.loans.accrue_all() == 1
        assert not migrating.done()
    await migrating
    assert loan.id
    assert await is_current(older)
    assert await has_index(older, "ix_ledger_entries_effective_on")


@pytest.mark.postgres
async def test_of_two_that_migrate_at_once_one_does_and_the_other_waits(older: Database) -> None:
    url = older.engine.url.render_as_string(hide_password=False)
    others = [Database(url) for _ in range(3)]
    await asyncio.gather(*(upgrade(each, patience=QUICK) for each in others))
    assert await is_current(older)
    for each in others:
        await each.close()


@pytest.mark.postgres
async def test_whoever_waits_too_long_for_its_turn_says_so(older: Database, onlooker: AsyncEngine) -> None:
    async with onlooker.connect() as busy:
        await busy.execute(text(f"SELECT pg_advisory_lock({MIGRATION_LOCK})"))
        with pytest.raises(MigrationsUnderWay):
            await upgrade(older, patience=Backoff(attempts=3, sleep=at_once))
        assert await applied_revisions(older) == {BEFORE}
        await busy.execute(text(f"SELECT pg_advisory_unlock({MIGRATION_LOCK})"))


@pytest.mark.postgres
async def test_an_index_whose_building_was_cut_off_is_built_again(older: Database) -> None:
    name = "ix_ledger_entries_effective_on"
    async with older.engine.begin() as connection:
        await connection.execute(text(f"CREATE INDEX {name} ON ledger_entries (effective_on, id)"))
        await connection.execute(
            text("UPDATE pg_index SET indisvalid = false WHERE indexrelid = CAST(:name AS regclass)"), {"name": name}
        )
    assert not await has_index(older, name)
    await upgrade(older, patience=QUICK)
    assert await has_index(older, name)


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """Migrations of our own, of which the second needs the loans for itself."""
    folder = tmp_path / "migrations"
    (folder / "versions").mkdir(parents=True)
    for name in ("env.py", "script.py.mako"):
        shutil.copy(MIGRATIONS / name, folder)
    steps = {"1": 'op.execute("CREATE TABLE first (id int)")', "2": 'op.execute("ALTER TABLE loans ADD color text")'}
    for number, step in steps.items():
        before = repr(str(int(number) - 1)) if number != "1" else None
        head = f"from alembic import op\nrevision = {number!r}\ndown_revision = {before}\n"
        (folder / "versions" / f"{number}.py").write_text(f"{head}\ndef upgrade():\n    {step}\n", encoding="utf-8")
    return folder


@pytest.mark.postgres
async def test_a_change_makes_room_for_others_while_it_cannot_have_its_lock(
    older: Database, onlooker: AsyncEngine, scripts: Path
) -> None:
    lending = open_lending(older)
    me = await lending.borrower()
    async with older.engine.begin() as connection:
        await connection.execute(text("DROP TABLE alembic_version"))
    gave_way, go_on = asyncio.Event(), asyncio.Event()

    async def pause(wait: timedelta) -> None:
        gave_way.set()
        await go_on.wait()

    async with older.transaction() as long_one:
        await long_one.execute(text("SELECT count(*) FROM loans"))
        patience = Backoff(attempts=1_000, sleep=pause)
        migrating = asyncio.create_task(upgrade(older, patience=patience, scripts=scripts))
        await gave_way.wait()
        assert await lending.loan(me)
        assert await applied_revisions(older) == {"1"}
    go_on.set()
    await migrating
    assert await applied_revisions(older) == {"2"}


async def test_a_process_starts_on_the_schema_of_the_version_after_it(database: Database) -> None:
    assert await is_current(database)
    async with database.engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert await is_current(database)


async def test_the_version_before_leaves_the_schema_of_the_version_after_it_alone(database: Database) -> None:
    async with database.engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await upgrade(database)
    assert await applied_revisions(database) == {"9999"}


async def test_a_process_does_not_start_on_the_schema_of_the_version_before_it(tmp_path: Path) -> None:
    behind = Database(f"sqlite+aiosqlite:///{tmp_path / 'behind.db'}")
    await upgrade(behind, to=BEFORE)
    assert not await is_current(behind)
    await behind.close()


async def test_of_two_that_migrate_a_sqlite_file_at_once_one_does_and_the_other_waits(tmp_path: Path) -> None:
    both = [Database(f"sqlite+aiosqlite:///{tmp_path / 'both.db'}") for _ in range(2)]
    await asyncio.gather(*(schema.upgrade(each) for each in both))
    assert await is_current(both[0])
    for each in both:
        await each.close()
