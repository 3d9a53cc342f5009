"""How far sending is."""

from datetime import timedelta
from decimal import Decimal

from services.clock import SteppedClock
from services.db import Database
from services.messages.outbox_progress import OutboxProgress
from tests.services.outbox import NOON, outbox_of, owe, owe_reminders
from tests.services.rows import add_borrower


async def test_an_empty_outbox_has_no_rate_and_no_end(either: Database) -> None:
    nothing = OutboxProgress(0, 0, 0, 0, Decimal(0), None, None)
    assert await outbox_of(either, SteppedClock(NOON)).progress() == nothing


async def test_progress_tells_what_waits_and_how_long_it_takes_at_the_present_rate(either: Database) -> None:
    clock = SteppedClock(NOON)
    outbox = outbox_of(either, clock)
    await owe_reminders(either, clock, 10)
    later = await add_borrower(either)
    await owe(either, clock, later, not_before=NOON + timedelta(hours=1))
    claimed = await outbox.claim_batch(4)
    for message in claimed:
        await outbox.mark_sent({message.id: message.id})
        clock.advance(timedelta(seconds=2))
    await owe(either, clock, await add_borrower(either))
    clock.advance(timedelta(seconds=2))
    progress = await outbox.progress()
    assert (progress.waiting_urgent, progress.waiting_bulk, progress.put_off) == (1, 6, 1)
    assert (progress.sent_last_minute, progress.per_second) == (4, Decimal("0.4"))
    assert progress.time_left == timedelta(seconds=17.5)
    assert progress.oldest_waiting == timedelta(seconds=10)


async def test_what_was_sent_more_than_a_minute_ago_counts_for_no_rate(either: Database) -> None:
    clock = SteppedClock(NOON)
    outbox = outbox_of(either, clock)
    await outbox.mark_sent({each: each for each in await owe_reminders(either, clock, 1)})
    clock.advance(timedelta(minutes=1))
    progress = await outbox.progress()
    assert (progress.sent_last_minute, progress.per_second, progress.time_left) == (0, Decimal(0), None)
