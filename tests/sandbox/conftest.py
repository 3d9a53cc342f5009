"""A running sandbox, a bot that talks to it over HTTP, and people with phones."""

import io
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from PIL import Image
from telegram import Bot, Update
from telegram.ext import Application, ApplicationBuilder

from sandbox import Person, PersonRecord, Sandbox

TOKEN = "123456:DEMO-token_of_tests"
Call = Callable[..., Coroutine[Any, Any, tuple[int, dict[str, Any]]]]


@dataclass
class HandClock:
    """A clock that moves when told to."""

    instant: datetime = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.instant

    def advance(self, **span: float) -> None:
        self.instant += timedelta(**span)


@pytest.fixture(autouse=True)
def timespans(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the bot's library answer timespans: its whole seconds are deprecated and warnings are errors."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def sandbox(clock: HandClock) -> AsyncIterator[Sandbox]:
    running = Sandbox(token=TOKEN, bot_name="Loanline", bot_username="loanline_bot", now=clock)
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
def lin(sandbox: Sandbox) -> PersonRecord:
    return sandbox.add_person("Lin", "Mei", language_code="zh-hans", phone="+8613800138000", username="linmei")


@pytest.fixture
async def phone(sandbox: Sandbox, lin: PersonRecord) -> AsyncIterator[Person]:
    async with await Person.connect(sandbox.base_url, lin.id) as person:
        yield person


@pytest.fixture
async def bot(sandbox: Sandbox) -> AsyncIterator[Bot]:
    async with Bot(TOKEN, base_url=f"{sandbox.base_url}/bot", base_file_url=f"{sandbox.base_url}/file/bot") as it:
        yield it


@pytest.fixture
async def chat(phone: Person, bot: Bot) -> int:
    """Lin's private chat with the bot, started, with no update waiting."""
    await phone.start()
    await fetch(bot)
    return phone.id


async def fetch(bot: Bot) -> list[Update]:
    """Everything that waits for the bot; it is confirmed at once."""
    updates = list(await bot.get_updates(timeout=0))
    if updates:
        await bot.get_updates(offset=updates[-1].update_id + 1, timeout=0)
    return updates


@pytest.fixture
def updates(bot: Bot) -> Callable[[], Awaitable[list[Update]]]:
    """Fetch and confirm everything that waits for the bot."""
    return lambda: fetch(bot)


@pytest.fixture
async def call(sandbox: Sandbox) -> AsyncIterator[Call]:
    """Call the Bot API without any library: status and answer."""
    async with aiohttp.ClientSession() as session:

        async def post(method: str, /, **parameters: object) -> tuple[int, dict[str, Any]]:
            url = f"{sandbox.base_url}/bot{TOKEN}/{method}"
            async with session.post(url, json=parameters) as response:
                return response.status, await response.json()

        yield post


def build_application(sandbox: Sandbox) -> Application[Any, Any, Any, Any, Any, Any]:
    base = sandbox.base_url
    builder = ApplicationBuilder().token(TOKEN).base_url(f"{base}/bot").base_file_url(f"{base}/file/bot")
    return builder.build()


@pytest.fixture
def application(sandbox: Sandbox) -> Application[Any, Any, Any, Any, Any, Any]:
    """python-telegram-bot's whole application, not started."""
    return build_application(sandbox)


@pytest.fixture
def polling() -> Callable[[Application[Any, Any, Any, Any, Any, Any]], Any]:
    """A context in which the application polls."""

    @asynccontextmanager
    async def run(application: Application[Any, Any, Any, Any, Any, Any]) -> AsyncIterator[None]:
        async with application:
            await application.start()
            assert application.updater is not None
            await application.updater.start_polling()
            try:
                yield
            finally:
                await application.updater.stop()
                await application.stop()

    return run


@pytest.fixture
def picture() -> Callable[..., bytes]:
    """A picture of any size and format."""

    def draw(width: int = 64, height: int = 48, kind: str = "PNG", color: str = "teal") -> bytes:
        buffer = io.BytesIO()
        Image.new("RGB", (width, height), color).save(buffer, kind)
        return buffer.getvalue()

    return draw
