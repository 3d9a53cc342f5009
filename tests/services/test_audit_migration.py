"""The officers' acts of before are the first entries of the audit log, and go back where they came from."""

import pytest
from alembic import command
from sqlalchemy import select, text

from services import schema
from services.audit.audit_chain import AuditChain
from services.clock import SystemClock
from services.db import Database
from services.models import AuditEntryRow

BEFORE, WITH_THE_LOG = "0006", "0007"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def empty(request: pytest.FixtureRequest) -> Database:
    """A database of either kind without any table."""
    found: Database = request.getfixturevalue("empty_sqlite" if request.param == "sqlite" else "empty_postgres")
    return found


async def brought_to(database: Database, revision: str, *, back: bool = False) -> None:
    move = command.downgrade if back else command.upgrade
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda sync: move(schema._config(sync), revision))


async def test_acts_of_before_stay_and_are_sealed(empty: Database) -> None:
    await brought_to(empty, BEFORE)
    async with empty.transaction() as session:
        for number in (1, 2):
            await session.execute(
                text(
                    "INSERT INTO staff_actions (staff_id, action, subject, details, acted_at) "
                    "VALUES (9001, 'paid_out', :subject, '{\"reason\": null}', '2026-03-02 04:00:00.000000')"
                ),
                {"subject": f"loan:{number}"},
            )
    await brought_to(empty, WITH_THE_LOG)
    async with empty.reading() as session:
        rows = (await session.scalars(select(AuditEntryRow).order_by(AuditEntryRow.id))).all()
    assert [(row.id, row.actor, row.actor_id, row.subject) for row in rows] == [
        (1, "staff", 9001, "loan:1"),
        (2, "staff", 9001, "loan:2"),
    ]
    assert rows[0].details == {"reason": None}
    chain = AuditChain(empty, SystemClock())
    assert await chain.seal() == 2
    await brought_to(empty, BEFORE, back=True)
    async with empty.reading() as session:
        kept = (await session.execute(text("SELECT staff_id, subject FROM staff_actions ORDER BY id"))).all()
    assert [tuple(row) for row in kept] == [(9001, "loan:1"), (9001, "loan:2")]
