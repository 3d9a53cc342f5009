"""One machine of the lender's: the real bot, driven step by step, that may die at any operation."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import event
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from telegram.error import TelegramError

from bot.incoming.patience import Patience
from bot.process import Process
from bot.scheduler import Work, try_alone
from bot.settings import Settings
from handlers import register
from sandbox import Sandbox
from sandbox.shapes import JsonObject
from services.assembly import Configuration
from services.transient import is_transient
from simulation.clock import WorldClock
from simulation.connection import DELIVERING, Connection, Sent
from simulation.faults import Killed, Meanwhile, Mishaps, Operations
from simulation.in_place import run_in_place
from simulation.one_by_one import OneByOne


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
        meanwhile: Meanwhile,
        order: OneByOne,
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
        self._meanwhile = meanwhile
        self._order = order
        self._operations = Operations(name, mishaps, meanwhile)

    async def start(self) -> bool:
        """A process begins; answers whether it came up."""
        self._operations = operations = Operations(self.name, self._mishaps, self._meanwhile)
        process = Process(
            self._settings, self._configuration, self._clock, register, strict=True, steady=self._clock.steady
        )
        connection = Connection(self._sandbox, operations, self._sent)
        bot = process.application.bot
        bot._request = (connection, connection)
        cast("Patience", bot.rate_limiter).sleep = self._clock.sleep
        process.sender.record_at_once()
        _watch(process, operations, self._order)
        self.process, self.lives, self.alive = process, self.lives + 1, True
        return await self.attempt(self._come_up) or await self._die()

    async def _come_up(self) -> bool:
        await self.process.start(clockwork=False, loops=False)
        return True

    async def stop(self) -> None:
        """The process ends as it should."""
        if self.alive:
            self.alive = False
            await self.process.stop()

    async def take_in(self, updates: Sequence[JsonObject]) -> bool:
        """Have Telegram bring updates; answers whether the machine has acknowledged them."""
        return await self.attempt(lambda: self.process.intake.take_in(updates)) is not None

    async def fetch(self) -> None:
        """Ask Telegram for updates, and confirm those that came the last time."""
        await self.attempt(self.process.poller.fetch)

    async def work(self) -> int:
        """Handle what is stored and send what is due, until nothing is; answers how much there was."""
        return (await self.attempt(self.process.worker.work_off) or 0) + (await self.attempt(self._deliver) or 0)

    async def _deliver(self) -> int:
        token = DELIVERING.set(True)
        try:
            return await self.process.sender.deliver_due()
        finally:
            # What went out is recorded before the clock moves: it is tried again within seconds, the clock leaps hours.
            await self.process.sender.settled()
            DELIVERING.reset(token)

    async def next_due_at(self) -> datetime | None:
        """When something is to be done that waits for its time, possibly past; None when nothing waits."""
        services = self.process.services
        dues = (await self.attempt(services.outbox.next_due_at), await self.attempt(services.inbox.next_due_at))
        return min((due for due in dues if due is not None), default=None)

    async def look_after_claims(self) -> None:
        """What the worker and the scheduler do every few seconds and minutes: whose claimer vanished is given back."""
        await self.attempt(lambda: self.process.services.inbox.still_at_work(self.process.name, ()))
        await self.attempt(self.process.services.inbox.free_stalled)
        await self.attempt(self.process.daily_work.free_stalled)

    async def daily_work(self, asked_at: datetime) -> bool:
        """What the scheduler does once a day and on starting, on whichever machine has the lease; answers whether it
        is done since `asked_at`."""
        return await self._alone("day", lambda: self.process.daily_work.run(), asked_at)

    async def hourly_work(self, asked_at: datetime) -> bool:
        """What it does every hour; answers as `daily_work`."""
        return await self._alone("notices", lambda: self.process.daily_work.plan_notices(), asked_at)

    async def _alone(self, name: str, work: Work, asked_at: datetime) -> bool:
        answer = await self.attempt(lambda: try_alone(self.process.leases, name, work, asked_at))
        return answer is not None and answer[1]

    async def attempt(self, work: Callable[[], Awaitable[Any]]) -> Any:
        """Do something on this machine; None when it is dead, dies of it, or fails because of a fault: the loops that
        do these things in a real process go on after that."""
        if not self.alive:
            return None
        first, before = self._mishaps.tick, asyncio.all_tasks()
        answer = None
        try:
            answer = await work()
        except Killed:
            pass
        except (SQLAlchemyError, TelegramError) as failure:
            if not is_transient(failure) and not self._mishaps.between(first, self._mishaps.tick):
                raise
        if self._operations.dead:
            await self._die(asyncio.all_tasks() - before)
            return None
        return answer

    async def _die(self, at_work: Collection["asyncio.Task[Any]"] = ()) -> bool:
        """Whatever is still at work stops where it is; the connections break."""
        self.alive, self._operations.dead = False, True
        for task in at_work:
            task.cancel()
        await asyncio.gather(*at_work, return_exceptions=True)
        await self.process.database.close()
        return False


def _watch(process: Process, operations: Operations, order: OneByOne) -> None:
    """Have every statement and every commit of the process count as an operation."""

    def statement(connection: Any, cursor: Any, text: str, parameters: Any, context: Any, many: bool) -> None:
        operations.database(" ".join(text.split(None, 3)[:3]))

    def commit(connection: Any) -> None:
        try:
            operations.database("COMMIT")
        except OperationalError:
            if connection.dialect.name == "sqlite" and operations.tick % 2:
                # Where SQLite cannot write it undoes the transaction on its own.
                connection.connection.rollback()
            raise

    run_in_place(process.database)
    order.order(process.database)
    for engine in process.database.engines:
        event.listen(engine.sync_engine, "before_cursor_execute", statement)
    event.listen(process.database.engine.sync_engine, "commit", commit)
