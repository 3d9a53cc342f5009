"""Sends what the outbox owes: at least once each, in order for every recipient, different recipients side by side."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from telegram.error import BadRequest, ChatMigrated, Forbidden, NetworkError, RetryAfter, TelegramError
from telegram.ext import ExtBot

from bot.announcements import Announcer, Announcing
from bot.delivery import deliver
from bot.logs import trace
from bot.patience import seconds_of
from bot.runtime import STANDING, Runtime
from services.clock import Clock
from services.errors import DomainError, Unavailable
from services.messages.outbox_delivery import OutboxMessage

logger = logging.getLogger(__name__)

AT_ONCE: Final = 20
"""Messages on their way at the same time; Telegram takes about thirty a second over all."""
LONGEST_SLEEP: Final = timedelta(minutes=1)
"""Even with nothing due the outbox is looked at this often: another process may have written to it."""
SHORTEST_SLEEP: Final = timedelta(milliseconds=200)
AFTER_FAILURE: Final = timedelta(seconds=2)


class OutboxSender:
    """Claims due messages, words them with their announcer and sends them.

    Told to wait by Telegram, a message waits and spends no attempt. Somebody who blocked the bot gets nothing more
    until they write. What Telegram refuses fails loudly. A broken network is tried again, ever more slowly.
    """

    def __init__(
        self,
        bot: ExtBot[str],
        runtime: Runtime,
        announcers: Mapping[str, Announcer],
        clock: Clock,
        *,
        at_once: int = AT_ONCE,
    ) -> None:
        self._bot = bot
        self._runtime = runtime
        self._outbox = runtime.services.outbox
        self._announcers = announcers
        self._clock = clock
        self._at_once = at_once
        self._wake = asyncio.Event()
        self._moved: dict[int, int] = {}
        self._on_their_way = 0
        self._stopping = False
        self.looked_at = clock.now()
        """When the outbox was last looked at; the health page tells how long ago."""

    def wake(self) -> None:
        """Look at the outbox at once: something was enqueued, or the clock was moved."""
        self._wake.set()

    @property
    def idle(self) -> bool:
        """Whether no message is on its way just now."""
        return self._on_their_way == 0

    async def deliver_due(self) -> int:
        """Send everything that is due, also what becomes due by it; answers how many messages went out."""
        sent = 0
        under_way: set[asyncio.Task[bool]] = set()
        while True:
            under_way |= await self._claim(len(under_way))
            if not under_way:
                return sent
            done, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
            sent += sum(task.result() for task in done)

    def stop(self) -> None:
        """Let `run` finish what is under way and return. To cancel it could leave a claim that nobody serves."""
        self._stopping = True
        self._wake.set()

    async def run(self) -> None:
        """Deliver all day, until stopped or cancelled; messages under way are finished first."""
        self._outbox.on_enqueue(self.wake)
        under_way: set[asyncio.Task[bool]] = set()
        try:
            while not self._stopping:
                self._wake.clear()
                pause = await self._look(under_way)
                await self._rest(under_way, pause)
                under_way = {task for task in under_way if not task.done()}
        finally:
            await asyncio.gather(*under_way)

    async def _look(self, under_way: set[asyncio.Task[bool]]) -> timedelta:
        """Start what is due; answers how long nothing else will be. A database that is away is asked again."""
        try:
            under_way |= await self._claim(len(under_way))
            due = await self._outbox.next_due_at()
        except Exception as failure:  # noqa: BLE001 - delivery must go on when the database is back
            logger.error("the outbox could not be read", extra={"trace": trace(failure)})
            return AFTER_FAILURE
        if due is None or self._crowded(len(under_way)):
            return LONGEST_SLEEP
        return min(max(due - self._clock.now(), SHORTEST_SLEEP), LONGEST_SLEEP)

    async def _rest(self, under_way: set[asyncio.Task[bool]], pause: timedelta) -> None:
        """Until something is enqueued, a message is done, or the pause is over."""
        waker = asyncio.create_task(self._wake.wait())
        try:
            await asyncio.wait({waker, *under_way}, timeout=pause.total_seconds(), return_when=asyncio.FIRST_COMPLETED)
        finally:
            waker.cancel()

    async def _claim(self, under_way: int) -> set[asyncio.Task[bool]]:
        """Start as many due messages as there is room for."""
        self.looked_at = self._clock.now()
        if self._crowded(under_way):
            return set()
        batch = await self._outbox.claim_batch(self._at_once - under_way)
        return {asyncio.create_task(self._deliver(message)) for message in batch}

    def _crowded(self, under_way: int) -> bool:
        """Claims are made in batches: not for a single free place."""
        return under_way > self._at_once / 2

    async def _deliver(self, message: OutboxMessage) -> bool:
        """Whether the message went out; every outcome is recorded in the outbox."""
        self._on_their_way += 1
        try:
            return await self._attempt(message)
        except RetryAfter as flood:
            await self._again(message, flood, delay=seconds_of(flood), spend_attempt=False)
        except Forbidden as refusal:
            await self._refused(message, refusal)
        except BadRequest as refusal:
            await self._give_up(message, refusal)
        except (NetworkError, Unavailable) as failure:
            await self._again(message, failure)
        except (TelegramError, DomainError) as failure:
            await self._give_up(message, failure)
        except Exception as failure:  # noqa: BLE001 - one message that cannot be worded must not stop the others
            self._log(message, failure)
            await self._again(message, failure)
        finally:
            self._on_their_way -= 1
        return False

    async def _attempt(self, message: OutboxMessage) -> bool:
        if not await self._outbox.recheck(message.id):
            return False
        t = self._runtime.catalogues.translator(message.language, message.time_zone)
        announcer = self._announcers[message.kind]
        announcement = await announcer(Announcing(message, t, self._runtime.services, self._bot))
        if announcement is None:
            await self._outbox.mark_sent(message.id, None)
            return False
        chat_id = announcement.chat_id or message.chat_id
        try:
            sent = await deliver(self._bot, self._moved.get(chat_id, chat_id), announcement)
        except ChatMigrated as moved:
            logger.error(
                "a group has a new id, put it into staff.toml", extra={"old": chat_id, "new": moved.new_chat_id}
            )
            self._moved[chat_id] = moved.new_chat_id
            sent = await deliver(self._bot, moved.new_chat_id, announcement)
        if announcement.moves_application:
            await self._retire_standing(chat_id)
        if announcement.after is not None:
            await announcement.after(sent)
        await self._outbox.mark_sent(message.id, sent)
        return True

    async def _retire_standing(self, chat_id: int) -> None:
        """The card of an application that has moved on loses its buttons. The message has gone out already: what
        fails here must not send it again."""
        card = (await self._runtime.services.conversations.load(chat_id)).place.get(STANDING)
        if card is None:
            return
        try:
            await self._bot.edit_message_reply_markup(chat_id=chat_id, message_id=card)
        except TelegramError as refusal:
            logger.debug("buttons stay: %s", refusal)

    async def _again(
        self,
        message: OutboxMessage,
        failure: Exception,
        *,
        delay: timedelta | None = None,
        spend_attempt: bool = True,
    ) -> None:
        why = type(failure).__name__
        status = await self._outbox.retry_later(message.id, why=why, delay=delay, spend_attempt=spend_attempt)
        logger.warning("a message waits", extra={**_ids(message), "why": why, "status": str(status)})

    async def _refused(self, message: OutboxMessage, refusal: Forbidden) -> None:
        if message.borrower_id is None:
            await self._again(message, refusal)
            logger.error("the bot may not write to the desk", extra=_ids(message))
            return
        await self._runtime.services.borrowers.mark_unreachable(message.borrower_id)
        await self._outbox.withdraw_all(message.borrower_id)
        logger.info("the borrower blocked the bot", extra=_ids(message))

    async def _give_up(self, message: OutboxMessage, failure: Exception) -> None:
        self._log(message, failure)
        await self._outbox.fail(message.id, type(failure).__name__)

    @staticmethod
    def _log(message: OutboxMessage, failure: Exception) -> None:
        logger.error("a message could not be sent", extra={**_ids(message), "trace": trace(failure)})


def _ids(message: OutboxMessage) -> dict[str, object]:
    return {"outbox_id": message.id, "message_kind": message.kind, "borrower_id": message.borrower_id}
