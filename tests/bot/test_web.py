from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from telegram import Update
from telegram.ext import MessageHandler, filters

from bot.context import LoanlineContext
from bot.intake import Intake
from bot.sender import OutboxSender
from bot.web import PROOF_HEADER, WebServer
from bot.worker import Worker
from services.clock import SteppedClock
from tests.bot.doubles import FakeServices
from tests.bot.lines import StartLine
from tests.bot.test_sender import FakeOutbox

PROOF = {PROOF_HEADER: "s3cret"}
UPDATE = {
    "update_id": 1,
    "message": {
        "message_id": 1,
        "date": 1,
        "chat": {"id": 7, "type": "private"},
        "from": {"id": 7, "is_bot": False, "first_name": "Lin"},
        "text": "hello",
    },
}


@dataclass
class Site:
    http: aiohttp.ClientSession
    heard: list[str | None]
    clock: SteppedClock
    database: list[Exception]
    worker: Worker


@pytest.fixture
async def site(line: StartLine, services: FakeServices) -> AsyncIterator[Site]:
    heard: list[str | None] = []
    database: list[Exception] = []
    clock = SteppedClock(datetime(2026, 1, 1, tzinfo=UTC))

    async def hear(update: Update, context: LoanlineContext) -> None:
        assert update.message is not None
        heard.append(update.message.text)

    async def check() -> None:
        if database:
            raise database[0]

    services.outbox = FakeOutbox()
    async with line(lambda application: application.add_handler(MessageHandler(filters.ALL, hear))) as bot:
        sender = OutboxSender(bot.application.bot, bot.application.bot_data, {}, clock)
        intake = Intake(services.inbox, bot.worker.wake)
        server = WebServer(intake.take_in_one, sender, clock, check, secret="s3cret")
        port = await server.start("127.0.0.1", 0)
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http:
            yield Site(http, heard, clock, database, bot.worker)
        await server.stop()


async def test_an_update_with_the_secret_is_handled_once_however_often_it_comes(site: Site) -> None:
    for _ in range(2):
        async with site.http.post("/telegram", json=UPDATE, headers=PROOF) as answer:
            assert answer.status == 200
    await site.worker.work_off()
    assert site.heard == ["hello"]


@pytest.mark.parametrize("headers", [{}, {PROOF_HEADER: "guess"}, {PROOF_HEADER: ""}])
async def test_an_update_without_the_secret_is_refused(site: Site, headers: dict[str, str]) -> None:
    async with site.http.post("/telegram", json=UPDATE, headers=headers) as answer:
        assert answer.status == 403
    assert site.heard == []


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b'"x"', b"\xff", b'{"message": {}}'])
async def test_what_is_no_update_is_refused(site: Site, body: bytes) -> None:
    async with site.http.post("/telegram", data=body, headers=PROOF) as answer:
        assert answer.status == 400


async def test_health_is_good_while_everything_answers(site: Site) -> None:
    async with site.http.get("/health") as answer:
        assert answer.status == 200
        assert await answer.json() == {
            "database": True,
            "sender": True,
            "sender_lag_seconds": 0,
        }


async def test_health_is_bad_without_the_database(site: Site) -> None:
    site.database.append(OSError("away"))
    async with site.http.get("/health") as answer:
        assert answer.status == 503
        assert (await answer.json())["database"] is False


async def test_health_is_bad_when_the_sender_stands_still(site: Site) -> None:
    site.clock.advance(timedelta(minutes=6))
    async with site.http.get("/health") as answer:
        assert answer.status == 503
        assert (await answer.json())["sender_lag_seconds"] == 360


async def test_it_is_ready_while_updates_are_taken(site: Site) -> None:
    async with site.http.get("/ready") as answer:
        assert answer.status == 200


async def test_it_is_not_ready_without_the_database(site: Site) -> None:
    site.database.append(OSError("away"))
    async with site.http.get("/ready") as answer:
        assert answer.status == 503


async def test_an_update_that_could_not_be_stored_is_to_be_brought_again(site: Site, services: FakeServices) -> None:
    services.database.away = True
    async with site.http.post("/telegram", json=UPDATE, headers=PROOF) as answer:
        assert answer.status == 503
    services.database.away = False
    async with site.http.post("/telegram", json=UPDATE, headers=PROOF) as answer:
        assert answer.status == 200
    await site.worker.work_off()
    assert site.heard == ["hello"]
