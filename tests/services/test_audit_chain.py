"""The audit log's chain: whatever is done to it afterwards shows, and where."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from services.audit import audit_chain
from services.audit.acts import Actor, borrower_did, operator_did, record_act
from services.audit.audit_chain import Anchor, AuditChain, Broken, Fault
from services.audit.links import NOTHING_BEFORE, Link
from services.clock import SteppedClock
from services.db import Database
from services.models import AuditEntryRow, AuditSealRow

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
CHANGED_ENTRIES = (
    "UPDATE audit_entries SET actor = 'borrower' WHERE id = 3",
    "UPDATE audit_entries SET actor_id = 9002 WHERE id = 3",
    "UPDATE audit_entries SET actor_id = NULL WHERE id = 3",
    "UPDATE audit_entries SET action = 'declined' WHERE id = 3",
    "UPDATE audit_entries SET subject = 'application:18' WHERE id = 3",
    """UPDATE audit_entries SET details = '{"amount_minor": 500001, "reason": null}' WHERE id = 3""",
    "UPDATE audit_entries SET acted_at = '2026-03-02 03:00:00.000000' WHERE id = 3",
)
CHANGED_LINKS = (
    "UPDATE audit_seals SET hash = 'aaaaaaaaaaaaaaaa' WHERE position = 2",
    "UPDATE audit_seals SET sealed_at = '2026-03-02 05:00:00.000000' WHERE position = 2",
)


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock(NOON)


async def act(database: Database, clock: SteppedClock, count: int = 1) -> None:
    """An officer approves so many applications, each in a transaction of its own."""
    for _ in range(count):
        clock.advance(timedelta(seconds=1))
        async with database.transaction() as session:
            record_act(
                session,
                now=clock.now(),
                actor=Actor.STAFF,
                actor_id=9001,
                action="approved",
                subject="application:17",
                details={"amount_minor": 500_000, "reason": None},
            )


async def sealed(database: Database, clock: SteppedClock, count: int = 5) -> AuditChain:
    """A chain of so many acts."""
    chain = AuditChain(database, clock)
    await act(database, clock, count)
    await chain.seal()
    return chain


async def tampered(database: Database, *statements: str) -> None:
    """What somebody with all rights over the database can do."""
    if database.engine.dialect.name == "sqlite":
        with closing(sqlite3.connect(str(database.engine.url.database))) as connection:
            for table in ("audit_entries", "audit_seals"):
                connection.executescript(f"DROP TRIGGER {table}_no_update; DROP TRIGGER {table}_no_delete")
            for statement in statements:
                connection.execute(statement)
            connection.commit()
        return
    async with database.engine.begin() as postgres:
        for table in ("audit_entries", "audit_seals"):
            await postgres.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
        for statement in statements:
            await postgres.execute(text(statement))


async def test_a_chain_that_nobody_touched_holds(either: Database, clock: SteppedClock) -> None:
    chain = await sealed(either, clock)
    verdict = await chain.verify()
    assert (verdict.broken, verdict.links, verdict.waiting, verdict.overdue) == (None, 5, 0, False)
    assert verdict.head == await chain.head()


@pytest.mark.parametrize("change", CHANGED_ENTRIES)
async def test_a_changed_field_of_an_entry_is_found(either: Database, clock: SteppedClock, change: str) -> None:
    chain = await sealed(either, clock)
    await tampered(either, change)
    assert (await chain.verify()).broken == Broken(3, Fault.CHANGED, entry_id=3)


@pytest.mark.parametrize("change", CHANGED_LINKS)
async def test_a_changed_link_is_found(either: Database, clock: SteppedClock, change: str) -> None:
    chain = await sealed(either, clock)
    await tampered(either, change)
    assert (await chain.verify()).broken == Broken(2, Fault.CHANGED, entry_id=2)


async def test_two_entries_in_each_others_place_are_found(either: Database, clock: SteppedClock) -> None:
    chain = await sealed(either, clock)
    await tampered(
        either,
        "UPDATE audit_seals SET entry_id = -position WHERE position IN (2, 4)",
        "UPDATE audit_seals SET entry_id = 6 - position WHERE position IN (2, 4)",
    )
    assert (await chain.verify()).broken == Broken(2, Fault.CHANGED, entry_id=4)


async def test_a_deleted_entry_is_found(either: Database, clock: SteppedClock) -> None:
    chain = await sealed(either, clock)
    await tampered(either, "DELETE FROM audit_entries WHERE id = 4")
    assert (await chain.verify()).broken == Broken(4, Fault.ENTRY_MISSING, entry_id=4)


async def test_an_entry_deleted_with_its_link_is_found(either: Database, clock: SteppedClock) -> None:
    chain = await sealed(either, clock)
    await tampered(either, "DELETE FROM audit_seals WHERE position = 4", "DELETE FROM audit_entries WHERE id = 4")
    verdict = await chain.verify()
    assert (verdict.broken, verdict.links) == (Broken(4, Fault.SEAL_MISSING), 3)


async def test_an_end_that_was_cut_off_is_found_by_an_anchor_alone(either: Database, clock: SteppedClock) -> None:
    chain = await sealed(either, clock)
    anchor = await chain.head()
    assert anchor is not None
    await tampered(either, "DELETE FROM audit_seals WHERE position > 3", "DELETE FROM audit_entries WHERE id > 3")
    assert (await chain.verify()).broken is None
    assert (await chain.verify([anchor])).broken == Broken(4, Fault.CUT_OFF)


async def test_a_chain_that_was_written_anew_is_found_by_an_anchor_alone(either: Database, clock: SteppedClock) -> None:
    chain = await sealed(either, clock)
    anchor = await chain.head()
    assert anchor is not None
    await tampered(either, "DELETE FROM audit_seals", "UPDATE audit_entries SET action = 'declined' WHERE id = 2")
    assert await chain.seal(from_the_start=True) == 5
    assert (await chain.verify()).broken is None
    assert (await chain.verify([anchor])).broken == Broken(5, Fault.REWRITTEN, entry_id=5)


async def test_anchors_of_several_days_hold_while_the_chain_grows(database: Database, clock: SteppedClock) -> None:
    chain = await sealed(database, clock, 3)
    first = await chain.head()
    await act(database, clock, 4)
    await chain.seal()
    second = await chain.head()
    assert first is not None
    assert second is not None
    verdict = await chain.verify([first, second])
    assert (verdict.broken, verdict.head) == (None, second)
    assert Anchor.parse(str(second)) == second


@pytest.mark.parametrize("line", ["", "5", "5:abc", "x:" + "a" * 64, "5:" + "A" * 64])
def test_what_is_no_anchor_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="position:hash"):
        Anchor.parse(line)


async def test_more_than_one_batch_is_sealed_in_one_go(
    database: Database, clock: SteppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_chain, "AT_ONCE", 2)
    chain = AuditChain(database, clock)
    await act(database, clock, 5)
    assert await chain.seal() == 5
    assert await chain.seal() == 0
    assert (await chain.verify()).links == 5


async def test_an_entry_that_commits_late_gets_a_later_link(database: Database, clock: SteppedClock) -> None:
    chain = await sealed(database, clock, 3)
    async with database.transaction() as session:
        entry = {"actor": "staff", "actor_id": 1, "action": "claim", "subject": "handoff:1", "details": {}}
        session.add(AuditEntryRow(id=100, **entry, acted_at=clock.now()))
    await chain.seal()
    async with database.transaction() as session:
        session.add(AuditEntryRow(id=50, **entry, acted_at=clock.now()))
    await chain.seal()
    async with database.reading() as session:
        order = (await session.scalars(select(AuditSealRow.entry_id).order_by(AuditSealRow.position))).all()
    assert order == [1, 2, 3, 100, 50]
    assert (await chain.verify()).broken is None


async def test_entries_that_nobody_seals_are_told_of(database: Database, clock: SteppedClock) -> None:
    chain = await sealed(database, clock)
    await act(database, clock)
    since = clock.now()
    fresh = await chain.verify()
    assert (fresh.broken, fresh.waiting, fresh.waiting_since, fresh.overdue) == (None, 1, since, False)
    clock.advance(timedelta(hours=2))
    assert (await chain.verify()).overdue


async def test_an_act_that_is_rolled_back_leaves_no_entry(database: Database, clock: SteppedClock) -> None:
    async def act_that_fails() -> None:
        async with database.transaction() as session:
            borrower_did(session, 7, "consented", now=clock.now())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await act_that_fails()
    chain = AuditChain(database, clock)
    assert await chain.seal() == 0
    assert await chain.head() is None
    assert (await chain.verify()).head is None


async def test_borrowers_and_the_operator_are_actors_too(database: Database, clock: SteppedClock) -> None:
    async with database.transaction() as session:
        borrower_did(session, 7, "consented", now=clock.now(), details={"version": "2026-1"})
        operator_did(session, "restored_backup", "backup:20260302", now=clock.now())
    async with database.reading() as session:
        rows = await session.scalars(select(AuditEntryRow).order_by(AuditEntryRow.id))
        told = [(row.actor, row.actor_id, row.action, row.subject) for row in rows]
    assert told == [
        ("borrower", 7, "consented", "borrower:7"),
        ("operator", None, "restored_backup", "backup:20260302"),
    ]


@pytest.mark.postgres
async def test_sealers_at_once_make_one_chain(postgres: Database, clock: SteppedClock) -> None:
    await act(postgres, clock, 40)
    counts = await asyncio.gather(*(AuditChain(postgres, clock).seal() for _ in range(4)))
    assert sum(counts) == 40
    verdict = await AuditChain(postgres, clock).verify()
    assert (verdict.broken, verdict.links, verdict.waiting) == (None, 40, 0)


@pytest.mark.postgres
async def test_workers_of_the_version_before_go_on_recording(postgres: Database, clock: SteppedClock) -> None:
    async with postgres.transaction() as session:
        await session.execute(
            text(
                "INSERT INTO staff_actions (staff_id, action, subject, details, acted_at) "
                "VALUES (9001, 'handoff_claim', 'handoff:1', '{}', :now)"
            ),
            {"now": clock.now()},
        )
    chain = AuditChain(postgres, clock)
    assert await chain.seal() == 1
    async with postgres.reading() as session:
        row = (await session.scalars(select(AuditEntryRow))).one()
    assert (row.actor, row.actor_id, row.action) == ("staff", 9001, "handoff_claim")


def test_a_hash_is_the_same_for_ever() -> None:
    link = Link(1, NOTHING_BEFORE, NOON, 1, "staff", 9001, "approved", "application:17", {"b": 1, "a": "审"}, NOON)
    assert link.hash == "26ec49e9689a365caf9e21d4dd965fbe93c760eedb548cc978916136ee201153"
