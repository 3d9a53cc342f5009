"""One chat's updates in order, different chats side by side."""

import asyncio
import inspect
from collections import deque
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from telegram import Update
from telegram.ext import BaseUpdateProcessor

AT_ONCE: Final = 64
"""Chats that are served at the same time; the others wait for a place."""
REMEMBERED: Final = 10_000
"""Update ids that are known to have come already."""
_UNBOUNDED: Final = 1_000_000

Lane = tuple[str, int]


class ServedApplication(Protocol):
    """What the processor needs of `telegram.ext.Application`."""

    update_queue: "asyncio.Queue[object]"

    async def update_persistence(self) -> None: ...


@dataclass(slots=True)
class _Line:
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    length: int = 0


class ChatOrderedProcessor(BaseUpdateProcessor):
    """Hands each update to the application when those of the same chat before it are done and their step is stored.

    The library's own bound counts updates that wait for their turn, so one busy chat could take every place. It is set
    out of reach, and `at_once` is counted here, where a chat that waits for its own turn takes no place.
    An update that comes twice (webhooks repeat what they think was lost) is dropped.
    """

    __slots__ = ("_application", "_lines", "_places", "_recent", "_seen")

    def __init__(self, at_once: int = AT_ONCE) -> None:
        super().__init__(_UNBOUNDED)
        self._places = asyncio.Semaphore(at_once)
        self._lines: dict[Lane, _Line] = {}
        self._recent: deque[int] = deque()
        self._seen: set[int] = set()
        self._application: ServedApplication | None = None

    def serve(self, application: ServedApplication) -> None:
        """Tell whose steps to store after each update; called once, before the start."""
        self._application = application

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """The application has waited for its queue before."""

    async def idle(self) -> None:
        """Wait until every update that was handed in is finished, its step stored."""
        if self._application is not None:
            await self._application.update_queue.join()

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        try:
            if not self._came_before(update):
                await self._in_turn(lane_of(update), coroutine)
        finally:
            if inspect.iscoroutine(coroutine):
                coroutine.close()

    async def _in_turn(self, lane: Lane, coroutine: Awaitable[Any]) -> None:
        line = self._lines.setdefault(lane, _Line())
        line.length += 1
        try:
            async with line.turn, self._places:
                await coroutine
                if self._application is not None:
                    await self._application.update_persistence()
        finally:
            line.length -= 1
            if line.length == 0:
                del self._lines[lane]

    def _came_before(self, update: object) -> bool:
        if not isinstance(update, Update):
            return False
        if update.update_id in self._seen:
            return True
        self._seen.add(update.update_id)
        self._recent.append(update.update_id)
        if len(self._recent) > REMEMBERED:
            self._seen.discard(self._recent.popleft())
        return False


def lane_of(update: object) -> Lane:
    """Updates of one lane are handled one after the other. A pre-checkout query has one of its own: it only reads, and
    Telegram waits ten seconds for the answer, which must not stand behind a slow upload."""
    if not isinstance(update, Update):
        return ("other", 0)
    if update.pre_checkout_query is not None:
        return ("pre-checkout", update.pre_checkout_query.from_user.id)
    if update.effective_chat is not None:
        return ("chat", update.effective_chat.id)
    if update.effective_user is not None:
        return ("chat", update.effective_user.id)
    return ("other", 0)
