"""Handles what the inbox holds: one chat's updates in order, different chats side by side."""

import asyncio
import contextlib
import logging
import time
from datetime import timedelta
from typing import Any, Final

from telegram import Update
from telegram.constants import ChatType
from telegram.error import Forbidden

from bot.client.request import better_twice_than_never
from bot.context import LoanlineApplication, LoanlineContext
from bot.errors import passes
from bot.incoming.turn import Turn
from bot.monitoring.logs import trace
from bot.monitoring.metrics import METRICS
from bot.replies import answer
from services.clock import Clock
from services.db import Database
from services.inbox.endings import Endings
from services.inbox.inbox import Inbox
from services.inbox.inbox_states import ClaimLost, InboxEntry, InboxStatus

logger = logging.getLogger(__name__)

AT_ONCE: Final = 64
"""Chats that are served at the same time; the others wait for a place."""
LONGEST_REST: Final = timedelta(seconds=1)
"""Even with nothing to do the inbox is looked at this often: another process may have stored something."""
AFTER_FAILURE: Final = timedelta(seconds=1)


class Worker:
    """Claims updates, has the application handle each as a turn, and settles what could not be handled.

    A failure that repetition may cure (the database or Telegram is away) is tried again, ever more slowly. What only a
    programmer can cure is apologized for and quarantined. No update holds up another chat.
    """

    def __init__(
        self,
        application: LoanlineApplication,
        database: Database,
        clock: Clock,
        *,
        name: str,
        at_once: int = AT_ONCE,
        rest: timedelta = LONGEST_REST,
    ) -> None:
        self._application = application
        self._database = database
        self._clock = clock
        self._name = name
        self._at_once = at_once
        self._rest = rest
        services = application.bot_data.services
        self._endings = Endings(database, services.inbox, services.conversations)
        self._wake = asyncio.Event()
        self._under_way: dict[asyncio.Task[None], int] = {}
        self._stored = False
        self._stopping = False

    @property
    def _inbox(self) -> Inbox:
        return self._application.bot_data.services.inbox

    @property
    def under_way(self) -> int:
        """Updates that are being handled just now."""
        return len(self._under_way)

    def wake(self) -> None:
        """Look at the inbox at once: something was stored."""
        self._stored = True
        self._wake.set()

    def stop(self) -> None:
        """Let `run` finish what is under way and return."""
        self._stopping = True
        self._wake.set()

    async def work_off(self) -> int:
        """Handle everything that is due, also what becomes due by it; answers how many updates were taken up."""
        taken = 0
        while True:
            taken += await self._claim()
            if not self._under_way:
                return taken
            await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)

    async def run(self) -> None:
        """Work all day, until stopped; a database that is away is asked again."""
        signs = asyncio.create_task(self._give_signs_of_life())
        away = False
        try:
            while not self._stopping:
                self._wake.clear()
                try:
                    await self._claim()
                    if away:
                        away = False
                        logger.info("the inbox can be read again")
                except Exception as failure:  # noqa: BLE001 - work must go on when the database is back
                    if not away:
                        away = True
                        logger.error("the inbox cannot be read", extra={"trace": trace(failure)})
                    await asyncio.sleep(AFTER_FAILURE.total_seconds())
                    continue
                await self._until_something_happens()
        finally:
            signs.cancel()
            await asyncio.gather(signs, *self._under_way, return_exceptions=True)

    async def _until_something_happens(self) -> None:
        """Until something is stored, a place becomes free, or the rest is over."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._rest.total_seconds()):
                await self._wake.wait()

    @property
    def _free_places(self) -> int:
        return self._at_once - len(self._under_way)

    async def _claim(self) -> int:
        """Start as many due updates as there are places; answers how many."""
        if self._free_places <= 0:
            return 0
        stored, self._stored = self._stored, False
        if not stored and not await self._inbox.something_waits():
            return 0
        entries = await self._inbox.claim(self._name, self._free_places)
        for entry in entries:
            task = asyncio.create_task(self._serve(entry))
            self._under_way[task] = entry.update_id
            task.add_done_callback(self._over)
        return len(entries)

    def _over(self, task: asyncio.Task[None]) -> None:
        del self._under_way[task]
        self._wake.set()

    async def _give_signs_of_life(self) -> None:
        silent = False
        while True:
            await asyncio.sleep(self._inbox.lease.total_seconds() / 3)
            try:
                await self._inbox.still_at_work(self._name, set(self._under_way.values()))
                if freed := await self._inbox.free_stalled():
                    logger.warning("updates of a worker that vanished are handled again", extra={"updates": freed})
                silent = False
            except Exception as failure:  # noqa: BLE001 - said again a little later
                if not silent:
                    logger.warning("no sign of life could be given", extra={"kind": type(failure).__name__})
                silent = True

    async def _serve(self, entry: InboxEntry) -> None:
        started = time.perf_counter()
        try:
            update = self._read(entry)
            if update is None:
                await self._give_up(entry, "unreadable")
                return
            failure = await self._handle(entry, update)
            if failure is None:
                METRICS.update_handled(time.perf_counter() - started)
            else:
                await self._settle(entry, failure)
        except ClaimLost:
            logger.warning("another worker took an update over", extra=_ids(entry))
        except Exception as failure:  # noqa: BLE001 - the claim is given back with the next sign of life
            logger.error("an update could not be settled", extra={**_ids(entry), "trace": trace(failure)})

    def _read(self, entry: InboxEntry) -> Update | None:
        try:
            return Update.de_json(dict(entry.content), self._application.bot) if entry.content is not None else None
        except Exception as failure:  # noqa: BLE001 - whatever the library stumbles over, it is this update's fault
            logger.error("an update cannot be read", extra={**_ids(entry), "kind": type(failure).__name__})
            return None

    async def _handle(self, entry: InboxEntry, update: Update) -> Exception | None:
        """The turn itself; answers why it could not be ended. Raises ClaimLost."""
        services = self._application.bot_data.services
        user, chat = update.effective_user, update.effective_chat
        private = chat is None or chat.type == ChatType.PRIVATE
        turn = Turn(
            entry,
            self._database.unit_of_work(),
            services.inbox,
            services.conversations,
            self._endings,
            user_id=None if user is None else user.id,
            private=private,
        )
        with turn.under_way(), better_twice_than_never():
            try:
                await turn.load()
                if entry.acted:
                    await self._answer_again(update, private)
                elif entry.attempts == 0 or update.pre_checkout_query is None:
                    # Telegram waits ten seconds for the answer to a pre-checkout query: a later try is too late.
                    await self._application.process_update(update)
                if turn.failure is None:
                    await turn.finish()
            except ClaimLost:
                await turn.fail(ClaimLost())
                raise
            except Forbidden:
                # Nobody is left to be told where they stand.
                await turn.finish()
            except Exception as failure:  # noqa: BLE001 - the error edge decides what it means
                await self._application.process_error(update, failure)
                await turn.fail(failure)
            finally:
                await turn.release()
        if isinstance(turn.failure, ClaimLost):
            raise turn.failure
        return turn.failure

    async def _answer_again(self, update: Update, private: bool) -> None:
        """What the update brought about is done, but perhaps nobody was told: show the person where they stand."""
        show = self._application.bot_data.show_current
        if show is None or not private or update.effective_user is None:
            return
        context = LoanlineContext.from_update(update, self._application)
        await context.load(update)
        await show(update, context)
        await answer(update, context)

    async def _settle(self, entry: InboxEntry, failure: Exception) -> None:
        why = type(failure).__name__
        if passes(failure):
            if await self._inbox.retry_later(entry, why) is InboxStatus.PENDING:
                METRICS.update_failed()
                level = logging.WARNING if entry.attempts == 0 else logging.DEBUG
                logger.log(level, "an update is tried again later", extra={**_ids(entry), "why": why})
                return
            METRICS.update_quarantined()
            logger.error("an update is given up", extra={**_ids(entry), "why": why})
        else:
            await self._give_up(entry, why)

    async def _give_up(self, entry: InboxEntry, why: str) -> None:
        await self._inbox.quarantine(entry, why)
        METRICS.update_quarantined()
        logger.error("an update is quarantined", extra={**_ids(entry), "why": why})


def _ids(entry: InboxEntry) -> dict[str, Any]:
    return {"update_id": entry.update_id, "attempts": entry.attempts}
