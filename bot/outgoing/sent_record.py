"""What went out, on its way into the outbox: noted in batches, and kept until the database has it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.monitoring.logs import loudness, trace
from services.messages.outbox_delivery import Outbox

logger = logging.getLogger(__name__)

TOGETHER: Final = timedelta(milliseconds=100)
"""Messages that go out within this time are recorded at once. So long a message can have gone out without a record,
and go out again after a crash."""
AFTER_FAILURE: Final = timedelta(seconds=2)
MOST_TRIES: Final = 60
"""Tries to do what was to follow a message: about two minutes."""


@dataclass(slots=True)
class _Sent:
    in_chat: int | None
    after: Callable[[int], Awaitable[None]] | None
    tries: int = 0


class SentRecord:
    """Messages that Telegram accepted and the outbox does not know of yet. A database that is away is asked again until
    it has them: they must not go out a second time."""

    def __init__(
        self,
        outbox: Outbox,
        more_to_come: Callable[[], bool],
        written: Callable[[], None],
        *,
        after_failure: timedelta = AFTER_FAILURE,
        most_tries: int = MOST_TRIES,
    ) -> None:
        self.after_failure = after_failure
        self.together = TOGETHER
        self._most_tries = most_tries
        self._outbox = outbox
        self._more_to_come = more_to_come
        self._told = written
        self._waiting: dict[int, _Sent] = {}
        self._recording: dict[int, _Sent] = {}
        self._writing: asyncio.Task[None] | None = None
        self._hurry = asyncio.Event()

    def add(self, message_id: int, in_chat: int | None, after: Callable[[int], Awaitable[None]] | None = None) -> None:
        """Record that the message went out as `in_chat`, None for one that left nothing there. `after` is called
        first, with `in_chat`."""
        self._waiting[message_id] = _Sent(in_chat, after)
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())

    def holds(self, message_id: int) -> bool:
        """Whether the message went out and the outbox does not know it yet."""
        return message_id in self._waiting or message_id in self._recording

    def hurry(self) -> None:
        """No more is to come for now: do not wait for it."""
        self._hurry.set()

    async def written(self) -> None:
        """Return when the outbox knows everything."""
        while self._writing is not None:
            self.hurry()
            await asyncio.shield(self._writing)

    @property
    def empty(self) -> bool:
        """Whether the outbox knows everything."""
        return self._writing is None

    async def _write(self) -> None:
        try:
            while self._waiting:
                await self._gather()
                batch, self._waiting = self._waiting, {}
                self._recording = batch
                try:
                    kept = await self._record(batch)
                except Exception as failure:  # noqa: BLE001 - whatever it is, what was sent must be recorded
                    _tell("what was sent could not be recorded", failure)
                    kept = batch
                self._waiting, self._recording = kept | self._waiting, {}
                if kept:
                    await asyncio.sleep(self.after_failure.total_seconds())
        finally:
            self._writing = None

    async def _gather(self) -> None:
        self._hurry.clear()
        if self._more_to_come():
            try:
                async with asyncio.timeout(self.together.total_seconds()):
                    await self._hurry.wait()
            except TimeoutError:
                return

    async def _record(self, batch: dict[int, _Sent]) -> dict[int, _Sent]:
        """Record the batch; answers what of it is to be tried again."""
        kept = {number: sent for number, sent in batch.items() if not await self._followed_up(number, sent)}
        recorded = {number: sent.in_chat for number, sent in batch.items() if number not in kept}
        if recorded:
            await self._outbox.mark_sent(recorded)
            self._told()
        return kept

    async def _followed_up(self, number: int, sent: _Sent) -> bool:
        """Whether what was to follow is done, or cannot be."""
        if sent.after is None or sent.in_chat is None:
            return True
        try:
            await sent.after(sent.in_chat)
        except Exception as failure:  # noqa: BLE001 - the message is out: only what follows it is to be tried again
            sent.tries += 1
            _tell("what follows a message failed", failure, outbox_id=number)
            return sent.tries >= self._most_tries
        sent.after = None
        return True


def _tell(what: str, failure: Exception, **about: object) -> None:
    logger.log(loudness(failure), what, extra={"trace": trace(failure), **about})
