"""The sender with the real outbox on a real database."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.announcements import Announcement, Announcing
from bot.app import build_bot
from bot.outgoing.sender import OutboxSender
from bot.papers.press import Press
from bot.runtime import Runtime
from bot.wording.i18n import Catalogues
from services.clock import SteppedClock
from services.configuration.lender import load_lender
from services.configuration.staff import Desk, Staff
from services.db import Database
from services.messages.outbox import MessageClass, enqueue
from services.messages.outbox_delivery import Outbox
from services.models import OutboxRow
from services.models.base import Base
from services.people.borrowers import Borrowers
from services.vault import Vault
from tests.bot.doubles import DESK, BreakableDatabase, FakeServices, TelegramDouble, at_any_speed

NOW = datetime(2026, 1, 5, 4, tzinfo=UTC)
CONFIG = Path(__file__).resolve().parent.parent.parent / "config"


@dataclass
class Office:
    database: Database
    borrowers: Borrowers
    sender: OutboxSender
    telegram: TelegramDouble

    async def owe(self, *texts: str, telegram_id: int = 7) -> None:
        borrower = await self.borrowers.meet(telegram_id, "en")
        async with self.database.transaction() as session:
            for text in texts:
                await enqueue(
                    session,
                    now=NOW,
                    kind="note",
                    borrower_id=borrower.id,
                    message_class=MessageClass.SERVICE,
                    params={"text": text},
                    dedupe_key=text,
                )

    async def statuses(self) -> list[str]:
        async with self.database.reading() as session:
            return list(await session.scalars(select(OutboxRow.status).order_by(OutboxRow.id)))


async def note(a: Announcing) -> Announcement:
    return Announcement(a.param("text", str))


@pytest.fixture
async def office(
    telegram: TelegramDouble, catalogues: Catalogues, press: Press, tmp_path: Path
) -> AsyncIterator[Office]:
    database, clock, lender = (
        BreakableDatabase(f"sqlite+aiosqlite:///{tmp_path}/loanline.db"),
        SteppedClock(NOW),
        load_lender(CONFIG),
    )
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    vault, staff = Vault.from_text(Vault.new_key()), Staff((), Desk(DESK, forum=False, language="en"))
    services: Any = FakeServices(database)
    services.borrowers = Borrowers(database, clock, vault, lender)
    services.outbox = Outbox(database, clock, vault, staff, lender)
    async with build_bot(telegram.settings()) as bot:
        sender = OutboxSender(bot, Runtime(services, catalogues, press), {"note": note}, clock, at_any_speed())
        yield Office(database, services.borrowers, sender, telegram)
    await database.close()


async def test_what_is_owed_is_sent_once_and_in_order(office: Office) -> None:
    await office.owe("one", "two", "three")
    assert await office.sender.deliver_due() == 3
    assert await office.sender.deliver_due() == 0
    assert office.telegram.said == ["one", "two", "three"]
    assert await office.statuses() == ["sent"] * 3


async def test_whoever_blocked_the_bot_is_owed_nothing_more(office: Office) -> None:
    await office.owe("one", "two")
    office.telegram.refuse("sendMessage", 403, "Forbidden: bot was blocked by the user")
    assert await office.sender.deliver_due() == 0
    assert await office.statuses() == ["withdrawn"] * 2


async def test_a_message_enqueued_while_the_loop_rests_goes_out_at_once(office: Office) -> None:
    loop = asyncio.create_task(office.sender.run())
    for text in ("one", "two"):
        await office.owe(text)
        async with asyncio.timeout(5):
            while text not in office.telegram.said:
                await office.telegram.heard()
    loop.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await loop
    assert office.telegram.said == ["one", "two"]
