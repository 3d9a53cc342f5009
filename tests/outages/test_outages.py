"""What the bot stands on is taken away in the middle of traffic: the operator reads it once, the supervisor is told,
people are asked to be patient where that is possible, and everything is done when it is back, by itself."""

import asyncio
import contextlib
import errno
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import event, func, select

from sandbox import Faults, Person
from services.documents.document_store import EncryptedFolder
from services.inbox.inbox import InboxStatus
from services.models import ApplicationRow, DocumentRow, InboxRow
from tests.conversations.applicants import with_papers_to_send
from tests.conversations.town import Town
from tests.outages.grounds import Grounds
from tests.sample_files import jpeg

PATIENCE_S = 60.0
LATER = "We have a technical problem just now"
AGAIN = timedelta(minutes=6)
"""Longer than any pause between two tries of an update."""


@pytest.fixture
def ports() -> tuple[int, int]:
    with socket.socket() as outer, socket.socket() as inner:
        for each in (outer, inner):
            each.bind(("127.0.0.1", 0))
        return int(outer.getsockname()[1]), int(inner.getsockname()[1])


@pytest.fixture
async def grounds(
    tmp_path: Path, postgres_server: str, postgres_name: str, ports: tuple[int, int]
) -> AsyncIterator[Grounds]:
    async with AsyncExitStack() as stack:
        here = Grounds(tmp_path, stack, ports, postgres_server, postgres_name)
        await here.open()
        yield here


async def asked_how_much(town: Town) -> Person:
    tom = await town.borrower("en")
    await tom.say("/apply")
    await tom.press("Personal loan")
    await tom.expect("How much")
    await town.settled()
    return tom


async def statuses(town: Town) -> set[str]:
    async with town.process.database.reading() as session:
        return set(await session.scalars(select(InboxRow.status)))


def said(person_views: list[Any], words: str) -> int:
    return sum(words in view["text"] for view in person_views if not view["mine"])


@pytest.mark.postgres
async def test_the_database_goes_away_and_comes_back(grounds: Grounds) -> None:
    tom = await asked_how_much(grounds)
    assert await grounds.ready()
    await grounds.to_database.shut()
    await tom.say("5k")
    await tom.expect(LATER, timeout=PATIENCE_S)
    assert not await grounds.ready()
    await grounds.to_database.open()
    await tom.expect("For how long", timeout=PATIENCE_S)
    await grounds.all_handled()
    assert await grounds.ready()
    assert await statuses(grounds) == {InboxStatus.DONE}
    views = await tom.messages()
    assert (said(views, LATER), said(views, "For how long")) == (1, 1)
    for line in ("updates cannot be stored", "the inbox cannot be read"):
        assert grounds.log.lines[line] == 1
    for line in ("updates are stored again", "the inbox can be read again"):
        assert grounds.log.lines[line] == 1
    assert grounds.log.lines["the outbox could not be read"] <= 1
    assert max(grounds.log.lines.values()) == 1


class Held(Faults):
    """Keeps one message on its way until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.go_on = asyncio.Event(), asyncio.Event()

    async def before(self, method: str, chat_id: int | None) -> None:
        if method == "sendmessage" and not self.begun.is_set():
            self.begun.set()
            await self.go_on.wait()
        await super().before(method, chat_id)


@pytest.mark.postgres
async def test_a_turn_that_the_database_leaves_half_way_is_ended_later_and_acts_once(grounds: Grounds) -> None:
    tom = await asked_how_much(grounds)
    held = grounds.sandbox.world.faults = Held()
    await tom.say("5k")
    await held.begun.wait()
    await grounds.to_database.shut()
    held.go_on.set()
    await tom.expect("For how long", timeout=PATIENCE_S)
    await grounds.nothing_under_way()
    await grounds.to_database.open()
    await grounds.all_handled()
    for answer, question in (("5k", "For how long"), ("6 months", "How would you like to repay")):
        await tom.say(answer)
        await tom.expect(question, timeout=PATIENCE_S)
    await grounds.all_handled()
    assert await statuses(grounds) == {InboxStatus.DONE}
    async with grounds.process.database.reading() as session:
        (application,) = (await session.scalars(select(ApplicationRow))).all()
    assert (application.amount_minor, application.term) == (500_000, 6)


@pytest.mark.postgres
async def test_telegram_goes_away_and_comes_back(grounds: Grounds) -> None:
    tom = await asked_how_much(grounds)
    await grounds.to_telegram.shut()
    await tom.say("5k")
    await grounds.sandbox.settled()
    for _ in range(4):
        await grounds.process.worker.work_off()
        grounds.clock.advance(AGAIN)
    await grounds.process.worker.work_off()
    assert (await grounds.services.inbox.state()).waiting == 1
    assert not await grounds.ready()
    await grounds.to_telegram.open()
    grounds.clock.advance(AGAIN)
    await tom.expect("Your answer so far: ¥5,000.00", timeout=PATIENCE_S)
    await tom.press("Keep it")
    await tom.expect("For how long", timeout=PATIENCE_S)
    await grounds.all_handled()
    assert await statuses(grounds) == {InboxStatus.DONE}
    await grounds.ready_again()
    assert grounds.log.lines["Telegram cannot be reached"] == grounds.log.lines["Telegram answers again"] == 1
    assert grounds.log.lines["an update failed"] == 1
    assert grounds.log.lines["an update is tried again later"] == 1


async def test_no_room_for_papers_is_waited_for(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    tom = await with_papers_to_send(town)
    await town.settled()
    room = EncryptedFolder.put

    async def no_room(self: EncryptedFolder, data: bytes) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(EncryptedFolder, "put", no_room)
    await tom.send_photo(jpeg(1))
    await town.sandbox.settled()
    for _ in range(5):
        await town.process.worker.work_off()
        town.clock.advance(AGAIN)
    await tom.expect(LATER)
    assert said(await tom.messages(), LATER) == 1
    monkeypatch.setattr(EncryptedFolder, "put", room)
    town.clock.advance(AGAIN)
    await town.process.worker.work_off()
    await tom.expect("Papers 1 / 2")
    async with town.process.database.reading() as session:
        assert await session.scalar(select(func.count(DocumentRow.id))) == 1
    assert await statuses(town) == {InboxStatus.DONE}


async def test_a_full_disk_below_the_database_is_waited_for(town: Town) -> None:
    tom = await asked_how_much(town)
    engine, limit = town.process.database.engine, [2**30]

    @event.listens_for(engine.sync_engine, "begin", insert=True)
    def no_more_pages(connection: Any) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count={limit[0]}")

    limit[0] = 1
    for number in range(8):
        await tom.say(f"hello {number} " + "x" * 4000)
    await tom.expect(LATER, timeout=PATIENCE_S)
    limit[0] = 2**30
    await tom.say("5k")
    await tom.expect("For how long", timeout=PATIENCE_S)
    await town.settled()
    assert said(await tom.messages(), LATER) == 1
    assert await statuses(town) == {InboxStatus.DONE}


@pytest.mark.postgres
async def test_a_bot_started_while_telegram_is_away_waits_for_it(grounds: Grounds) -> None:
    await grounds.process.stop()
    await grounds.to_telegram.shut()
    starting = asyncio.create_task(grounds.start())
    while not grounds.log.lines["Telegram cannot be reached"]:
        with contextlib.suppress(aiohttp.ClientConnectionError):
            assert not await grounds.ready()
    await grounds.to_telegram.open()
    await starting
    await grounds.ready_again()
    tom = await asked_how_much(grounds)
    await tom.say("5k")
    await tom.expect("For how long", timeout=PATIENCE_S)
