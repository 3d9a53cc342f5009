"""The way of one claimed message: worded, given its turn, sent, and its outcome recorded."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Final

from telegram.error import BadRequest, ChatMigrated, Forbidden, NetworkError, RetryAfter, TelegramError
from telegram.ext import ExtBot

from bot.announcements import Announcement, Announcer, Announcing
from bot.incoming.patience import seconds_of
from bot.monitoring.logs import loudness, trace
from bot.monitoring.metrics import METRICS
from bot.outgoing.delivery import deliver, messages_in
from bot.outgoing.rechecks import Rechecks
from bot.outgoing.send_limits import SECOND, SendLimits
from bot.outgoing.sent_record import SentRecord
from bot.runtime import STANDING, Runtime
from services.errors import DomainError, Unavailable
from services.messages.outbox_messages import OutboxMessage

logger = logging.getLogger(__name__)

LATE: Final = SECOND // 20
"""A slot missed by more than this is taken anew."""
HELD: Final = 2 * SECOND
"""A message whose chat's turn comes later than this goes back into the outbox until then."""
STALE: Final = SECOND
"""After so long a wait it is asked once more whether the message is still owed."""


@dataclass(frozen=True, slots=True)
class Pass:
    """A claimed message with the slot that was taken for it."""

    message: OutboxMessage
    slot: int
    claimed_at: int


class _Waits(Exception):
    """The message has to wait so long that it goes back into the outbox."""

    def __init__(self, delay: int) -> None:
        super().__init__(delay)
        self.delay = timedelta(microseconds=delay // 1000)


class Courier:
    """Brings messages to their chats. Every outcome is recorded in the outbox."""

    def __init__(
        self,
        bot: ExtBot[str],
        runtime: Runtime,
        announcers: Mapping[str, Announcer],
        limits: SendLimits,
        record: SentRecord,
        *,
        paid: bool,
    ) -> None:
        self._bot = bot
        self._runtime = runtime
        self._outbox = runtime.services.outbox
        self._announcers = announcers
        self._limits = limits
        self._record = record
        self._paid = paid
        # Borrowers by the thousand read the same few languages in the same few zones.
        self._translator = cache(runtime.catalogues.translator)
        self._rechecks = Rechecks(self._outbox)
        self._moved: dict[int, int] = {}

    async def bring(self, ticket: Pass) -> bool:
        """Whether the message went out. Where the outbox cannot be told how it ended, the claim is freed in time."""
        message = ticket.message
        try:
            return await self._bring(ticket)
        except Exception as failure:  # noqa: BLE001 - the database is away, and delivery must go on when it is back
            about = {**_ids(message), "trace": trace(failure)}
            logger.log(loudness(failure), "an outcome could not be recorded", extra=about)
            return False

    async def _bring(self, ticket: Pass) -> bool:
        message = ticket.message
        try:
            return await self._attempt(ticket)
        except _Waits as waits:
            await self._again(message, "pace", delay=waits.delay, spend_attempt=False)
        except RetryAfter as flood:
            wait = seconds_of(flood)
            self._limits.pause(self._chat_of(message.chat_id), round(wait.total_seconds() * SECOND))
            await self._again(message, "RetryAfter", delay=wait, spend_attempt=False)
        except Forbidden as refusal:
            await self._refused(message, refusal)
        except BadRequest as refusal:
            await self._give_up(message, refusal)
        except (NetworkError, Unavailable) as failure:
            await self._again(message, _name(failure))
        except (TelegramError, DomainError) as failure:
            await self._give_up(message, failure)
        except Exception as failure:  # noqa: BLE001 - one message that cannot be worded must not stop the others
            self._log(message, failure, loudness(failure))
            await self._again(message, _name(failure))
        return False

    async def _attempt(self, ticket: Pass) -> bool:
        message = ticket.message
        t, runtime = self._translator(message.language, message.time_zone), self._runtime
        announcer = self._announcers[message.kind]
        announcement = await announcer(Announcing(message, t, runtime.services, self._bot))
        if announcement is None:
            self._record.add(message.id, None)
            return False
        chat_id = announcement.chat_id or message.chat_id
        if not await self._turn(ticket, self._chat_of(chat_id), messages_in(announcement)):
            return False
        sent = await self._send(chat_id, announcement)
        self._record.add(message.id, sent, announcement.after)
        if sent is None:
            return False
        METRICS.message_sent(message.message_class)
        if announcement.moves_application:
            await self._retire_standing(chat_id)
        return True

    async def _turn(self, ticket: Pass, chat_id: int, messages: int) -> bool:
        """Wait until the messages may go to the chat; answers whether what they say is still owed then."""
        while wait := self._limits.chat_wait(chat_id, messages):
            await _sleep(wait)
        slot = ticket.slot
        if messages > 1 or self._limits.passed(slot, LATE):
            slot = self._limits.book(messages)
        self._limits.chat_booked(chat_id, slot, messages)
        await asyncio.sleep(self._limits.until(slot) / SECOND)
        if wait := self._limits.paused():
            raise _Waits(wait)
        if not self._limits.passed(ticket.claimed_at, STALE):
            return True
        return await self._rechecks.still_owed(ticket.message.id)

    async def _send(self, chat_id: int, announcement: Announcement) -> int | None:
        try:
            return await deliver(self._bot, self._chat_of(chat_id), announcement, paid=self._paid)
        except ChatMigrated as moved:
            logger.error(
                "a group has a new id, put it into staff.toml", extra={"old": chat_id, "new": moved.new_chat_id}
            )
            self._moved[chat_id] = moved.new_chat_id
            return await deliver(self._bot, moved.new_chat_id, announcement, paid=self._paid)

    def _chat_of(self, chat_id: int) -> int:
        return self._moved.get(chat_id, chat_id)

    async def _retire_standing(self, chat_id: int) -> None:
        """The card of an application that has moved on loses its buttons. The message has gone out already: what
        fails here must not send it again."""
        try:
            card = (await self._runtime.services.conversations.load(chat_id)).place.get(STANDING)
        except Exception as failure:  # noqa: BLE001 - the database is away; an old button says so when pressed
            logger.warning("buttons stay", extra={"kind": type(failure).__name__})
            return
        if card is None:
            return
        try:
            await self._bot.edit_message_reply_markup(chat_id=chat_id, message_id=card)
        except TelegramError as refusal:
            logger.debug("buttons stay: %s", refusal)

    async def _again(
        self, message: OutboxMessage, why: str, *, delay: timedelta | None = None, spend_attempt: bool = True
    ) -> None:
        METRICS.message_postponed(why)
        status = await self._outbox.retry_later(message.id, why=why, delay=delay, spend_attempt=spend_attempt)
        logger.warning("a message waits", extra={**_ids(message), "why": why, "status": str(status)})

    async def _refused(self, message: OutboxMessage, refusal: Forbidden) -> None:
        if message.borrower_id is None:
            await self._again(message, _name(refusal))
            logger.error("the bot may not write to the desk", extra=_ids(message))
            return
        await self._runtime.services.borrowers.mark_unreachable(message.borrower_id)
        await self._outbox.withdraw_all(message.borrower_id)
        logger.info("the borrower blocked the bot", extra=_ids(message))

    async def _give_up(self, message: OutboxMessage, failure: Exception) -> None:
        self._log(message, failure)
        METRICS.message_failed(message.message_class, _name(failure))
        await self._outbox.fail(message.id, _name(failure))

    @staticmethod
    def _log(message: OutboxMessage, failure: Exception, level: int = logging.ERROR) -> None:
        logger.log(level, "a message could not be sent", extra={**_ids(message), "trace": trace(failure)})


async def _sleep(wait: int) -> None:
    if wait > HELD:
        raise _Waits(wait)
    await asyncio.sleep(wait / SECOND)


def _name(failure: Exception) -> str:
    return type(failure).__name__


def _ids(message: OutboxMessage) -> dict[str, object]:
    return {"outbox_id": message.id, "message_kind": message.kind, "borrower_id": message.borrower_id}
