"""A sender in a process of its own, to be killed: `python -m tests.bot.lone_sender DATABASE_URL BOT_API_URL`."""

import asyncio
import sys
from time import monotonic_ns
from typing import Any

from bot.announcements import Announcement, Announcing
from bot.app import build_bot
from bot.outgoing.send_limits import Rates, SendLimits
from bot.outgoing.sender import OutboxSender
from bot.papers.press import Press
from bot.runtime import Runtime
from bot.settings import Settings
from bot.wording.i18n import Catalogues
from services.clock import SteppedClock
from services.messages.outbox_delivery import Outbox
from services.people.borrowers import Borrowers
from tests.bot.doubles import TOKEN, BreakableDatabase, FakeServices
from tests.services.desk import lender, staff, vault
from tests.services.outbox import NOON

PER_SECOND = 400


async def note(a: Announcing) -> Announcement:
    return Announcement(str(a.message.id))


async def run(database_url: str, bot_api_url: str) -> None:
    """Send until nothing is left."""
    database, clock = BreakableDatabase(database_url), SteppedClock(NOON)
    services: Any = FakeServices(database)
    services.borrowers = Borrowers(database, clock, vault(), lender())
    services.outbox = Outbox(database, clock, vault(), staff(), lender())
    runtime = Runtime(services, Catalogues.load(strict=True), Press())
    limits = SendLimits(Rates(PER_SECOND, 1000, 1000), monotonic_ns)
    async with build_bot(Settings(token=TOKEN, bot_api_url=bot_api_url)) as bot:
        sender = OutboxSender(bot, runtime, {"note": note}, clock, limits)
        running = asyncio.create_task(sender.run())
        # Nobody tells a process when there is nothing left.
        while await services.outbox.next_due_at() is not None or not sender.idle:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        sender.stop()
        await running
    await database.close()


if __name__ == "__main__":
    asyncio.run(run(*sys.argv[1:]))
