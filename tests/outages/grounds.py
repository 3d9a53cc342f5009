"""A town whose bot reaches its database and Telegram through doors that can be shut."""

import asyncio
import logging
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from pydantic import SecretStr

from bot.process import Process, load_configuration
from bot.settings import Settings
from demo import CONFIG, DEMO_STAFF, demo_settings
from handlers import announce_commands, register
from services.clock import SteppedClock
from services.transient import retrying
from tests.conversations.town import Town
from tests.databases import postgres_url
from tests.outages.gate import Gate, Line

TAKEOVER_S = 1.0


class Notebook(logging.Handler):
    """Counts the lines that an operator would see."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines: Counter[str] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith(("bot", "services")):
            self.lines[record.getMessage()] += 1


class Grounds(Town):
    """The bot has a webhook, and the town's clock runs. The phones reach Telegram on their own way."""

    def __init__(self, folder: Path, stack: AsyncExitStack, ports: tuple[int, int], server: str, database: str) -> None:
        super().__init__(folder, stack)
        self.clock = SteppedClock(self.clock.now(), running=True)
        self.sandbox.world.now = self.clock.now
        (self._port, self._inner_port), self._server, self._database = ports, server, database
        self.to_database = Gate(self._database_line)
        self.to_telegram = Gate(self._telegram_line)
        self.log = Notebook()

    async def open(self) -> None:
        logging.getLogger().addHandler(self.log)
        self._stack.callback(logging.getLogger().removeHandler, self.log)
        before = logging.getLogger("bot").level
        logging.getLogger("bot").setLevel(logging.INFO)
        self._stack.callback(logging.getLogger("bot").setLevel, before)
        await self.sandbox.start()
        self._stack.push_async_callback(self.sandbox.stop)
        for gate in (self.to_database, self.to_telegram):
            await self._stack.enter_async_context(gate)
        await self.start()
        self._stack.push_async_callback(self._stop)
        await announce_commands(self.process.application, self.process.catalogues)

    async def start(self) -> None:
        configuration = load_configuration(CONFIG, self.clock, staff_folder=DEMO_STAFF, desk_chat_id=self.stage.desk)
        self.process = Process(self._settings(), configuration, self.clock, register, strict=True)
        await self.process.start(clockwork=False)

    async def ready(self) -> bool:
        """What the supervisor is told."""
        async with (
            aiohttp.ClientSession() as http,
            http.get(f"http://127.0.0.1:{self._inner_port}/ready") as answer,
        ):
            return answer.status == 200

    async def ready_again(self) -> None:
        """Return once the supervisor is told so: after a jump of the clock the sender has to look first."""
        while not await self.ready():
            await self.sandbox.world.updates.changed.wait(0.05)

    async def nothing_under_way(self) -> None:
        """No update is being handled, however its handling ended."""
        while self.process.worker.under_way:
            await self.sandbox.world.updates.changed.wait(0.05)

    async def all_handled(self) -> None:
        """Every update is stored and handled, whatever number of tries that takes."""
        await self.sandbox.settled()
        while (await retrying(self.services.inbox.state)).waiting:
            await self.sandbox.world.updates.changed.wait(0.05)

    def _settings(self) -> Settings:
        settings = demo_settings(self.sandbox, self._folder, self._keys)
        changes: dict[str, Any] = {
            "updates": "webhook",
            "webhook_url": f"http://127.0.0.1:{self._port}/telegram",
            "webhook_secret": SecretStr("hook"),
            "port": self._port,
            "internal_port": self._inner_port,
            "takeover_seconds": TAKEOVER_S,
            "bot_api_url": f"http://127.0.0.1:{self.to_telegram.port}",
        }
        path = postgres_url(self._server, self._database).partition("?")[0]
        changes["database_url"] = path.replace("@/", f"@127.0.0.1:{self.to_database.port}/")
        return settings.model_copy(update=changes)

    async def _database_line(self) -> Line:
        return await asyncio.open_unix_connection(f"{self._server}/.s.PGSQL.5432")

    async def _telegram_line(self) -> Line:
        where = urlsplit(self.sandbox.base_url)
        return await asyncio.open_connection(where.hostname, where.port)
