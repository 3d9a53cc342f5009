"""A long bulk makes no claim slow: it goes by indexes, and a batch costs a handful of statements."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from benchmarks.owed_notices import owe_reminders
from services.clock import SteppedClock
from services.db import Database
from services.messages.outbox_delivery import Outbox
from tests.services.outbox import NOON, outbox_of

MANY = 30_000
BATCH = 100


@pytest.fixture
def outbox(either: Database) -> Outbox:
    return outbox_of(either, SteppedClock(NOON))


@contextmanager
def listening(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """The statements asked meanwhile, with their parameters."""
    asked: list[tuple[str, Any]] = []

    def hear(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if not statement.startswith("BEGIN"):
            asked.append((statement, parameters))

    for engine in database.engines:
        event.listen(engine.sync_engine, "before_cursor_execute", hear)
    try:
        yield asked
    finally:
        for engine in database.engines:
            event.remove(engine.sync_engine, "before_cursor_execute", hear)


async def plan_of(database: Database, statement: str, parameters: Any) -> str:
    explain = "EXPLAIN QUERY PLAN" if database.engine.dialect.name == "sqlite" else "EXPLAIN"
    async with database.engine.connect() as connection:
        rows = await connection.exec_driver_sql(f"{explain} {statement}", parameters)
        return "\n".join(str(row[-1]) for row in rows)


async def test_a_batch_of_a_hundred_costs_a_handful_of_statements(either: Database, outbox: Outbox) -> None:
    await owe_reminders(either, 2 * BATCH, NOON, NOON.date())
    with listening(either) as claiming:
        claimed = await outbox.claim_batch(BATCH)
    with listening(either) as recording:
        await outbox.mark_sent({message.id: message.id for message in claimed})
    assert len(claimed) == BATCH
    assert len(claiming) == 3
    assert len(recording) == 3


@pytest.mark.parametrize("act", ["claim", "next due"])
async def test_every_lane_is_read_by_its_own_index(either: Database, outbox: Outbox, act: str) -> None:
    await owe_reminders(either, MANY, NOON, NOON.date())
    with listening(either) as asked:
        if act == "claim":
            assert len(await outbox.claim_batch(BATCH)) == BATCH
        else:
            assert await outbox.next_due_at() == NOON
    plan = await plan_of(either, *asked[0])
    for lane in ("desk", "service", "bulk"):
        assert f"ix_outbox_due_{lane}" in plan
    assert "ix_outbox_borrower_status" in plan
    assert "Seq Scan on outbox" not in plan
    assert "Hash" not in plan.replace("HashAggregate", "")
    assert "SCAN outbox\n" not in plan + "\n"


async def test_whether_something_is_due_is_seen_in_the_indexes_alone(either: Database, outbox: Outbox) -> None:
    with listening(either) as asked:
        assert not await outbox.something_is_due()
        await owe_reminders(either, MANY, NOON, NOON.date())
        assert await outbox.something_is_due()
    plan = await plan_of(either, *asked[-1])
    for lane in ("desk", "service", "bulk"):
        assert f"ix_outbox_due_{lane}" in plan
    assert "Seq Scan" not in plan
    assert "SCAN outbox\n" not in plan + "\n"


async def test_what_stalled_is_found_among_the_claimed_alone(either: Database, outbox: Outbox) -> None:
    await owe_reminders(either, MANY, NOON, NOON.date())
    await outbox.claim_batch(BATCH)
    with listening(either) as asked:
        await outbox.free_stalled()
    assert "ix_outbox_claimed" in await plan_of(either, *asked[0])
