"""The bots that are held against each other, each with a town of its own: Loanline itself, and two that only echo."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp
from pydantic import SecretStr
from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters

from benchmarks import town
from bot.process import Process, load_configuration
from bot.settings import Settings
from demo import CONFIG, DEMO_STAFF
from handlers import register
from services import schema
from services.clock import SystemClock
from services.db import Database
from services.vault import Vault

TOKEN: Final = "1:TOWN"  # noqa: S105 - the town takes any
LANGUAGE: Final = "en"
DESK: Final = -1001
ANSWERS: Final = ("5000", "6", "Equal installments", "Tuition", "Tom Baker")
"""Amount, term, method, purpose and name: what a borrower types one after the other."""
Settled = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Played:
    """What a play cost the bot: `processor` seconds a line, and the seconds that each line waited for its reply."""

    processor: float
    waits: tuple[float, ...]

    def wait(self, share: float) -> float:
        """The wait that this share of the lines did not exceed: 0.99 for the slowest hundredth, 1 for the longest."""
        ordered = sorted(self.waits)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


class Stage:
    """A town with a bot in it. `settled` tells whether the bot has finished what comes after a reply."""

    def __init__(self, base_url: str, settled: Settled = lambda: True) -> None:
        self._base_url = base_url
        self._settled = settled

    async def play(
        self,
        persons: Mapping[int, Sequence[town.Update]],
        *,
        at_once: int,
        latency: float = 0.0,
        thinking: float = 0.0,
    ) -> Played:
        """Have persons say their lines; see `town.Town`."""
        body = town.play(persons, at_once=at_once, latency=latency, thinking=thinking)
        before = time.process_time()
        forever = aiohttp.ClientTimeout(total=None)
        async with (
            aiohttp.ClientSession(timeout=forever) as session,
            session.post(f"{self._base_url}{town.PLAY}", data=body) as response,
        ):
            waits = (await response.json())["waits"]
        while not self._settled():  # noqa: ASYNC110 - the bot is not to know that it is watched
            await asyncio.sleep(0.001)
        return Played((time.process_time() - before) / len(waits), tuple(waits))


def applicants(numbers: Iterable[int]) -> dict[int, list[town.Update]]:
    """Persons who answer the questions of an application."""
    return {number: [town.text(number, words) for words in ANSWERS] for number in numbers}


class Loanline(Stage):
    """The real application."""

    def __init__(self, base_url: str, process: Process) -> None:
        super().__init__(base_url, lambda: process.worker.under_way == 0)
        self.process = process

    async def settle(self, numbers: Iterable[int]) -> None:
        """Make persons known who have chosen a product, so that the next thing they are asked is an amount."""
        persons = list(numbers)
        borrowers = self.process.services.borrowers
        for number in persons:
            borrower = await borrowers.meet(number)
            await borrowers.choose_language(borrower.id, LANGUAGE)
            await borrowers.consent(borrower.id)
            await borrowers.share_phone(borrower.id, f"+86139{number:08d}", number)
        choice = {number: [town.press(number, "apply:product:personal")] for number in persons}
        await self.play(choice, at_once=50)


@asynccontextmanager
async def loanline(folder: Path, database_url: str | None = None) -> AsyncIterator[Loanline]:
    """The whole bot in this process: polling, worker, sender, its own HTTP client; by default on a SQLite file."""
    with town.town() as base_url:
        settings = settings_of(folder, base_url, database_url)
        await migrate(settings.database_url)
        clock = SystemClock()
        configuration = load_configuration(CONFIG, clock, staff_folder=DEMO_STAFF, desk_chat_id=DESK)
        process = Process(settings, configuration, clock, register)
        try:
            await process.start(clockwork=False)
            yield Loanline(base_url, process)
        finally:
            await process.stop()


def settings_of(folder: Path, base_url: str, database_url: str | None = None) -> Settings:
    """How a measured bot runs."""
    return Settings(
        token=SecretStr(TOKEN),
        keys=SecretStr(Vault.new_key()),
        database_url=database_url or f"sqlite+aiosqlite:///{folder / 'loanline.db'}",
        data_dir=folder,
        config_dir=CONFIG,
        bot_api_url=base_url,
    )


async def migrate(url: str) -> None:
    """Bring the database up to date."""
    database = Database(url)
    try:
        await schema.upgrade(database)
    finally:
        await database.close()


@asynccontextmanager
async def library_echo() -> AsyncIterator[Stage]:
    """The library's echo bot with its default client."""

    async def echo(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        if update.message is not None and update.message.text is not None:
            await update.message.reply_text(update.message.text)

    with town.town() as base_url:
        application = Application.builder().token(TOKEN).base_url(f"{base_url}/bot").build()
        application.add_handler(MessageHandler(filters.TEXT, echo))
        if application.updater is None:
            raise RuntimeError("the bot does not poll")
        async with application:
            await application.start()
            await application.updater.start_polling(poll_interval=0)
            yield Stage(base_url)
            await application.updater.stop()
            await application.stop()


@asynccontextmanager
async def bare_echo() -> AsyncIterator[Stage]:
    """The least that an echo takes with aiohttp: fetch, reply, nothing read but what the reply needs."""
    with town.town() as base_url:
        async with aiohttp.ClientSession(f"{base_url}/bot{TOKEN}/") as session:
            echoing = asyncio.create_task(_echo_all(session))
            try:
                yield Stage(base_url)
            finally:
                echoing.cancel()
                await asyncio.gather(echoing, return_exceptions=True)


async def _echo_all(session: aiohttp.ClientSession) -> None:
    offset = 0
    while True:
        for update in await _call(session, "getUpdates", {"offset": offset, "timeout": 10}):
            message, offset = update["message"], update["update_id"] + 1
            await _call(session, "sendMessage", {"chat_id": message["chat"]["id"], "text": message["text"]})


async def _call(session: aiohttp.ClientSession, method: str, fields: Mapping[str, Any]) -> Any:
    async with session.post(method, data=fields) as response:
        return (await response.json())["result"]
