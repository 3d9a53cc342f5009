"""Exactly one process holds a lease."""

import asyncio
from datetime import UTC, datetime, timedelta

from services.clock import SteppedClock
from services.db import Database
from services.leases import LASTS, Leases

START = datetime(2026, 3, 2, tzinfo=UTC)


async def test_of_many_processes_that_ask_at_once_one_gets_it(either: Database) -> None:
    clock = SteppedClock(START)
    asked = [Leases(either, clock, f"process {number}").hold("daily work") for number in range(8)]
    assert sorted(await asyncio.gather(*asked)) == [False] * 7 + [True]


async def test_the_holder_keeps_it_by_renewing_and_another_gets_it_when_the_holder_is_gone(either: Database) -> None:
    clock = SteppedClock(START)
    first, second = (Leases(either, clock, name) for name in ("first", "second"))
    assert await first.hold("daily work")
    clock.advance(LASTS - timedelta(seconds=1))
    assert await first.hold("daily work")
    clock.advance(LASTS - timedelta(seconds=1))
    assert not await second.hold("daily work")
    clock.advance(timedelta(seconds=1))
    assert await second.hold("daily work")
    assert not await first.hold("daily work")


async def test_what_is_given_back_is_free_at_once_and_other_work_is_apart(either: Database) -> None:
    clock = SteppedClock(START)
    first, second = (Leases(either, clock, name) for name in ("first", "second"))
    assert await first.hold("daily work")
    assert await second.hold("fetching updates")
    await first.give_back()
    assert await second.hold("daily work")


async def test_a_lease_that_is_kept_is_renewed_for_as_long_as_the_work_lasts(either: Database) -> None:
    clock = SteppedClock(START, running=True)
    lasts = timedelta(milliseconds=300)
    first, second = (Leases(either, clock, name, lasts) for name in ("first", "second"))
    async with first.kept("daily work") as ours:
        assert ours
        began = clock.now()
        while clock.now() - began < 2 * lasts:
            assert not await second.hold("daily work")
    clock.advance(lasts)
    async with second.kept("daily work") as ours:
        assert ours
    async with first.kept("daily work") as ours:
        assert not ours


async def test_work_is_done_for_everybody_from_the_moment_that_it_is_noted(either: Database) -> None:
    clock = SteppedClock(START)
    first, second = (Leases(either, clock, name) for name in ("first", "second"))
    assert not await second.done_since("day", START)
    clock.advance(timedelta(hours=1))
    await first.mark_done("day")
    await first.give_back()
    assert await second.done_since("day", START)
    assert not await second.done_since("notices", START)
    assert not await second.done_since("day", START + timedelta(hours=2))
    await second.mark_done("day")
