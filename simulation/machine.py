"""One machine of the lender's: the real bot, driven step by step, that may die at any operation."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, cast

from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError
from telegram import Update
from telegram.error import TelegramError

from bot.patience import Patience
from bot.process import Process
from bot.settings import Settings
from handlers import register
from sandbox import Sandbox
from sandbox.shapes import JsonObject
from services.assembly import Configuration
from simulation.clock import WorldClock
from simulation.connection import DELIVERING, Connection, Sent
from simulation.faults import Killed, Mishaps, Operations
from simulation.in_place import run_in_place


class Machine:
    """Runs, dies and comes up again on the same database. `alive` tells which; a dead one does nothing."""

    def __init__(
        self,
        name: str,
        sandbox: Sandbox,
        settings: Settings,
        configuration: Configuration,
        clock: WorldClock,
        mishaps: Mishaps,
        sent: list[Sent],
    ) -> None:
        self.name = name
        self.alive = False
        self.lives = 0
        self.process: Process
        self._sandbox = sandbox
        self._settings = settings
        self._configuration = configuration
        self._clock = clock
        self._mishaps = mishaps
        self._sent = sent

    async def start(self) -> bool:
        """A process begins; answers whether it came up."""
        operations = Operations(self.name, self._mishaps)
        process = Process(self._settings, self._configuration, self._clock, register, strict=True)
        connection = Connection(self._sandbox, operations, self._sent)
        bot = process.application.bot
        bot._request = (connection, connection)
        cast("Patience", bot.rate_limiter).sleep = self._clock.sleep
        _watch(process, operations)
        self.process, self.lives = process, self.lives + 1
        try:
            await process.application.initialize()
        except (Killed, SQLAlchemyError, TelegramError):
            await process.database.close()
            return False
        process.application.bot_data.memory.recall(process.application.user_data)
        self.alive = True
        return True

    async def stop(self) -> None:
        """The process ends as it should."""
        if self.alive:
            self.alive = False
            await self.process.application.shutdown()
            await self.process.database.close()

    async def take_in(self, updates: Sequence[JsonObject]) -> bool:
        """Hand over what Telegram brings; answers whether the machine has acknowledged it."""
        for raw in updates:
            await self.attempt(partial(self._handle, raw))
        return self.alive

    async def _handle(self, raw: JsonObject) -> None:
        application = self.process.application
        update = Update.de_json(raw, application.bot)
        await application.process_update(update)
        await application.update_persistence()

    async def work(self) -> bool:
        """Handle what is stored and send what is due, until nothing is; answers whether there was anything."""
        return bool(await self.attempt(self._deliver))

    async def next_due_at(self) -> datetime | None:
        """When a message is due that could be sent then, possibly past; None when nothing waits."""
        due: datetime | None = await self.attempt(self.process.services.outbox.next_due_at)
        return due

    async def daily_work(self) -> None:
        """What the scheduler does once a day."""
        await self.attempt(self.process.daily_work.run)

    async def hourly_work(self) -> None:
        """What it does every hour."""
        await self.attempt(self.process.daily_work.plan_notices)

    async def free_stalled(self) -> None:
        """What it does every few minutes."""
        await self.attempt(self.process.daily_work.free_stalled)

    async def _deliver(self) -> int:
        token = DELIVERING.set(True)
        try:
            return await self.process.sender.deliver_due()
        finally:
            DELIVERING.reset(token)

    async def attempt(self, work: Callable[[], Awaitable[Any]]) -> Any:
        """Do something on this machine; None when it is dead, dies of it, or fails because the database does: the loops
        that do these things in a real process go on after that."""
        if not self.alive:
            return None
        first = self._mishaps.tick
        try:
            return await work()
        except Killed:
            self.alive = False
            await self.process.database.close()
        except SQLAlchemyError:
            if not self._mishaps.between(first, self._mishaps.tick):
                raise
        return None


def _watch(process: Process, operations: Operations) -> None:
    """Have every statement and every commit of the process count as an operation."""
    run_in_place(process.database.engine)
    engine = process.database.engine.sync_engine

    @event.listens_for(engine, "before_cursor_execute")
    def statement(connection: Any, cursor: Any, text: str, parameters: Any, context: Any, many: bool) -> None:
        operations.database(" ".join(text.split()[:3]))

    @event.listens_for(engine, "commit")
    def commit(connection: Any) -> None:
        operations.database("COMMIT")
