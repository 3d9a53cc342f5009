"""Updates are stored once, handed out in order within a chat, and given back by workers that vanish."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from services.clock import SteppedClock
from services.db import Database
from services.inbox.inbox import KEPT_FOR, LEASE, Inbox
from services.inbox.inbox_states import TRYING_AGAIN, ClaimLost, InboxEntry, InboxStatus
from services.inbox.lanes import lane_of
from services.vault import Vault

START = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock(START)


@pytest.fixture
def inbox(either: Database, clock: SteppedClock) -> Inbox:
    return Inbox(either, clock, Vault.from_text(Vault.new_key()), replace(TRYING_AGAIN, attempts=3))


def said(update_id: int, chat: int = 7) -> dict[str, Any]:
    return {"update_id": update_id, "message": {"chat": {"id": chat, "type": "private"}, "text": f"word {update_id}"}}


async def done(database: Database, inbox: Inbox, *entries: InboxEntry) -> None:
    for entry in entries:
        async with database.transaction() as session:
            await inbox.mark_done(session, entry)


def ids(entries: list[InboxEntry]) -> list[int]:
    return [entry.update_id for entry in entries]


async def test_an_update_is_stored_once_however_often_it_is_delivered(inbox: Inbox) -> None:
    assert await inbox.store([said(1), said(2, chat=8), said(1)]) == 2
    assert await inbox.store([said(2, chat=8)]) == 0
    [first, second] = await inbox.claim("a", 9)
    assert (first.content, second.content) == (said(1), said(2, chat=8))


async def test_what_people_write_lies_sealed_and_is_forgotten_once_it_is_handled(
    inbox: Inbox, either: Database
) -> None:
    await inbox.store([said(1)])
    async with either.reading() as session:
        sealed = await session.scalar(text("SELECT content_sealed FROM inbox"))
    assert b"word 1" not in bytes(sealed)
    await done(either, inbox, *await inbox.claim("a", 9))
    async with either.reading() as session:
        assert await session.scalar(text("SELECT content_sealed FROM inbox")) is None


async def test_the_updates_of_one_chat_are_handed_out_one_after_the_other(inbox: Inbox, either: Database) -> None:
    await inbox.store([said(2), said(1), said(3, chat=8), said(4)])
    first = await inbox.claim("a", 9)
    assert ids(first) == [1, 3]
    assert await inbox.claim("b", 9) == []
    await done(either, inbox, *first)
    assert ids(await inbox.claim("b", 9)) == [2]


async def test_an_update_that_comes_late_waits_for_the_one_of_its_chat_that_is_under_way(
    inbox: Inbox, either: Database
) -> None:
    await inbox.store([said(6)])
    later = await inbox.claim("a", 9)
    await inbox.store([said(5)])
    assert await inbox.claim("b", 9) == []
    await done(either, inbox, *later)
    assert ids(await inbox.claim("b", 9)) == [5]


async def test_many_workers_at_once_share_the_updates_and_never_a_chat(inbox: Inbox) -> None:
    await inbox.store([said(number, chat=number % 40) for number in range(1, 201)])
    taken = await asyncio.gather(*(inbox.claim(f"worker {number}", 7) for number in range(8)))
    entries = [entry for batch in taken for entry in batch]
    assert len({entry.lane for entry in entries}) == len(entries)
    assert {entry.update_id for entry in entries} <= set(range(1, 41))


async def test_a_handled_update_that_comes_again_is_not_handled_again(inbox: Inbox, either: Database) -> None:
    await inbox.store([said(1)])
    await done(either, inbox, *await inbox.claim("a", 9))
    assert await inbox.store([said(1)]) == 0
    assert await inbox.claim("a", 9) == []


async def test_a_failure_waits_ever_longer_and_holds_its_own_chat_alone(inbox: Inbox, clock: SteppedClock) -> None:
    await inbox.store([said(1), said(2), said(3, chat=8)])
    [entry, _] = await inbox.claim("a", 9)
    assert await inbox.retry_later(entry, "Away") is InboxStatus.PENDING
    assert await inbox.claim("a", 9) == []
    assert await inbox.next_due_at() == START + timedelta(seconds=1)
    clock.advance(timedelta(seconds=1))
    [entry] = await inbox.claim("a", 9)
    assert (entry.update_id, entry.attempts) == (1, 1)
    await inbox.retry_later(entry, "Away")
    assert await inbox.next_due_at() == clock.now() + timedelta(seconds=2)


async def test_after_the_last_attempt_it_is_quarantined_and_the_chat_goes_on(inbox: Inbox, clock: SteppedClock) -> None:
    await inbox.store([said(1), said(2)])
    outcomes = []
    for _ in range(3):
        [entry] = await inbox.claim("a", 9)
        outcomes.append(await inbox.retry_later(entry, "Away"))
        clock.advance(timedelta(minutes=10))
    assert outcomes == [InboxStatus.PENDING, InboxStatus.PENDING, InboxStatus.QUARANTINED]
    assert ids(await inbox.claim("a", 9)) == [2]
    state = await inbox.state()
    assert (state.waiting, state.quarantined) == (1, 1)


async def test_the_claims_of_a_worker_that_vanished_are_taken_over_and_it_can_commit_no_more(
    inbox: Inbox, either: Database, clock: SteppedClock
) -> None:
    await inbox.store([said(1)])
    [lost] = await inbox.claim("a", 9)
    assert await inbox.free_stalled() == 0
    clock.advance(LEASE)
    assert await inbox.free_stalled() == 1
    [mine] = await inbox.claim("b", 9)
    with pytest.raises(ClaimLost):
        await done(either, inbox, lost)
    with pytest.raises(ClaimLost):
        await inbox.retry_later(lost, "late")
    await done(either, inbox, mine)


async def test_an_attempt_that_was_given_up_for_lost_cannot_commit_under_a_new_claim_of_its_own_worker(
    inbox: Inbox, either: Database, clock: SteppedClock
) -> None:
    await inbox.store([said(1)])
    [late] = await inbox.claim("a", 9)
    clock.advance(LEASE)
    await inbox.free_stalled()
    [anew] = await inbox.claim("a", 9)
    with pytest.raises(ClaimLost):
        await done(either, inbox, late)
    await done(either, inbox, anew)


async def test_a_worker_that_gives_signs_of_life_keeps_what_it_works_on_and_no_more(
    inbox: Inbox, clock: SteppedClock
) -> None:
    await inbox.store([said(1), said(2, chat=8)])
    await inbox.claim("a", 9)
    clock.advance(LEASE)
    await inbox.still_at_work("a", [1])
    assert await inbox.free_stalled() == 0
    assert ids(await inbox.claim("b", 9)) == [2]


async def test_one_that_takes_its_worker_down_every_time_is_quarantined_in_the_end(
    inbox: Inbox, clock: SteppedClock
) -> None:
    await inbox.store([said(1)])
    for _ in range(3):
        assert ids(await inbox.claim("a", 9)) == [1]
        clock.advance(LEASE)
        await inbox.free_stalled()
    assert await inbox.claim("a", 9) == []
    assert (await inbox.state()).quarantined == 1


async def test_numbers_of_handled_updates_are_forgotten_after_days(
    inbox: Inbox, either: Database, clock: SteppedClock
) -> None:
    await inbox.store([said(1), said(2, chat=8)])
    [first, second] = await inbox.claim("a", 9)
    await done(either, inbox, first)
    await inbox.quarantine(second, "ZeroDivisionError")
    assert await inbox.forget_old() == 0
    clock.advance(KEPT_FOR + timedelta(seconds=1))
    assert await inbox.forget_old() == 1
    assert (await inbox.state()).quarantined == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["chat", "from", "id", "message", "callback_query", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(JSON, st.integers(min_value=0, max_value=2**63 - 1))
def test_every_update_has_a_lane_whatever_is_in_it(content: Any, number: int) -> None:
    for kind in ("message", "callback_query", "pre_checkout_query", "my_chat_member", "unheard_of"):
        assert 0 < len(lane_of({"update_id": number, kind: content})) <= 32


def test_what_a_person_says_presses_and_allows_goes_through_one_lane() -> None:
    chat = {"chat": {"id": 7}}
    updates: list[dict[str, Any]] = [
        {"message": chat},
        {"edited_message": chat},
        {"my_chat_member": chat},
        {"callback_query": {"from": {"id": 7}, "message": chat}},
        {"callback_query": {"from": {"id": 7}}},
    ]
    assert {lane_of(update) for update in updates} == {"chat:7"}
    assert lane_of({"pre_checkout_query": {"from": {"id": 7}}}) == "checkout:7"
