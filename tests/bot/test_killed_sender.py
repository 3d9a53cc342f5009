"""A sender killed in the middle of a bulk: nothing is lost, and only what it had not recorded yet comes twice."""

import asyncio
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

from services.clock import SteppedClock
from services.db import Database
from services.messages.outbox import MessageStatus
from services.models import BorrowerRow, OutboxRow
from tests.bot.doubles import TelegramDouble
from tests.bot.lone_sender import PER_SECOND
from tests.services.outbox import NOON, outbox_of, statuses

ROOT = Path(__file__).resolve().parent.parent.parent
MANY = 300
KILLED_AFTER = 60


async def owe_notes(database: Database) -> None:
    """A message to each of many borrowers."""
    async with database.transaction() as session:
        for number in range(1, MANY + 1):
            session.add(
                BorrowerRow(id=number, telegram_id=number, time_zone="Asia/Shanghai", reminder_hour=9, created_at=NOON)
            )
        await session.flush()
        for number in range(1, MANY + 1):
            session.add(
                OutboxRow(
                    dedupe_key=f"note:{number}",
                    kind="note",
                    message_class="service",
                    borrower_id=number,
                    params={},
                    status=MessageStatus.PENDING,
                    attempts=0,
                    created_at=NOON,
                    next_attempt_at=NOON,
                )
            )


async def start(database: Database, telegram: TelegramDouble) -> asyncio.subprocess.Process:
    url = database.engine.url.render_as_string(hide_password=False)
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bot.lone_sender", url, telegram.url, cwd=ROOT
    )


async def test_a_killed_sender_loses_nothing_and_repeats_only_what_it_had_not_recorded(
    either: Database, telegram: TelegramDouble
) -> None:
    await owe_notes(either)
    killed = await start(either, telegram)
    async with asyncio.timeout(60):
        while len(telegram.said) < KILLED_AFTER:
            await telegram.heard()
    killed.kill()
    await killed.wait()
    before = len(telegram.said)
    recorded = [number for number, status in (await statuses(either)).items() if status == MessageStatus.SENT]

    await outbox_of(either, SteppedClock(NOON)).free_stalled(timedelta(0))
    follower = await start(either, telegram)
    async with asyncio.timeout(60):
        assert await follower.wait() == 0

    times = Counter(telegram.said)
    assert set(times) == {str(number) for number in (await statuses(either))}
    assert set((await statuses(either)).values()) == {MessageStatus.SENT}
    twice = {number for number, often in times.items() if often > 1}
    assert max(times.values()) <= 2
    assert len(twice) <= before - len(recorded)
    assert not twice & {str(number) for number in recorded}
    assert len(twice) <= PER_SECOND
