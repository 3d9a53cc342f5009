"""One echo through python-telegram-bot: an update fetched, a handler, a reply sent, with its default client."""

import asyncio
import multiprocessing
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from time import perf_counter_ns, process_time_ns

import aiohttp
from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters

from benchmarks.telegram_stub import RELEASE, serve

TOKEN = "1:ECHO"  # nosec B105  # noqa: S105 - the stub takes any
PATIENCE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Echo:
    """What one echo took: `processor` seconds of the bot alone, Telegram being another process; `wall` seconds."""

    processor: float
    wall: float


class EchoBot:
    """A running bot that says everything back."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._marks: list[tuple[int, int]] = []
        self._wanted = 0
        self._done = asyncio.Event()

    async def echo(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        """Reply with the same words."""
        self._marks.append((process_time_ns(), perf_counter_ns()))
        if update.message is not None and update.message.text is not None:
            await update.message.reply_text(update.message.text)
        if len(self._marks) == self._wanted:
            self._done.set()

    async def measure(self, echoes: int) -> Echo:
        """The mean of so many echoes, from the beginning of one to the beginning of the next."""
        self._marks.clear()
        self._done.clear()
        self._wanted = echoes + 1
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self._base_url}{RELEASE}", params={"count": str(echoes + 1)}),
        ):
            pass
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._done.wait()
        first, last = self._marks[0], self._marks[-1]
        return Echo((last[0] - first[0]) / echoes / 1e9, (last[1] - first[1]) / echoes / 1e9)


@asynccontextmanager
async def echo_bot() -> AsyncIterator[EchoBot]:
    """The bot and its Telegram, started; both stop in the end."""
    with _telegram() as base_url:
        bot = EchoBot(base_url)
        application = Application.builder().token(TOKEN).base_url(f"{base_url}/bot").build()
        application.add_handler(MessageHandler(filters.TEXT, bot.echo))
        updater = application.updater
        if updater is None:
            raise RuntimeError("the bot does not poll")
        async with application:
            await application.start()
            await updater.start_polling(poll_interval=0)
            yield bot
            await updater.stop()
            await application.stop()


@contextmanager
def _telegram() -> Iterator[str]:
    """Where the stub listens, in a process of its own."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=serve, args=(theirs,), daemon=True)
    process.start()
    theirs.close()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        ours.close()
        process.join(PATIENCE_SECONDS)
        process.close()
