"""The migrations, and what the database itself refuses."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, delete, update
from sqlalchemy.exc import DBAPIError

from services import schema
from services.db import Database
from services.models import AuditEntryRow, AuditSealRow, Base, DecisionRow, LedgerEntryRow, LoanEventRow

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)


@pytest.fixture
async def empty(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}")
    yield database
    await database.close()


async def test_an_empty_database_is_brought_to_the_present_schema_and_stays_there(empty: Database) -> None:
    assert not await schema.is_current(empty)
    await schema.upgrade(empty)
    await schema.upgrade(empty)
    assert await schema.is_current(empty)


def difference(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), Base.metadata))


async def test_the_migrations_make_the_tables_that_the_code_knows(empty: Database) -> None:
    await schema.upgrade(empty)
    async with empty.engine.connect() as connection:
        assert await connection.run_sync(difference) == []


async def refuses_to_change_what_is_only_inserted(database: Database) -> None:
    async with database.transaction() as session:
        session.add(
            AuditEntryRow(actor="staff", actor_id=1, action="claim", subject="handoff:1", details={}, acted_at=NOON)
        )
    for statement in (update(AuditEntryRow).values(action="nothing"), delete(AuditEntryRow)):
        with pytest.raises(DBAPIError, match="only ever inserted"):
            async with database.transaction() as session:
                await session.execute(statement)


async def test_sqlite_refuses_to_change_what_is_only_inserted(empty: Database) -> None:
    await schema.upgrade(empty)
    await refuses_to_change_what_is_only_inserted(empty)


async def test_every_table_of_record_is_guarded(empty: Database) -> None:
    await schema.upgrade(empty)
    async with empty.engine.connect() as connection:
        triggers = await connection.exec_driver_sql(
            "SELECT DISTINCT tbl_name FROM sqlite_master WHERE type = 'trigger'"
        )
        guarded = set(triggers.scalars())
    for model in (LedgerEntryRow, LoanEventRow, DecisionRow, AuditEntryRow, AuditSealRow):
        assert model.__tablename__ in guarded


@pytest.mark.postgres
async def test_postgresql_refuses_to_change_what_is_only_inserted(postgres: Database) -> None:
    assert await schema.is_current(postgres)
    await refuses_to_change_what_is_only_inserted(postgres)


@pytest.mark.postgres
async def test_the_migrations_make_the_tables_that_the_code_knows_on_postgresql_too(postgres: Database) -> None:
    async with postgres.engine.connect() as connection:
        assert await connection.run_sync(difference) == []
