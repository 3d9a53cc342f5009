"""Waiting out Telegram's flood control where somebody is waiting for the answer."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from typing import Any, Final

from telegram._utils.types import JSONDict
from telegram.error import RetryAfter
from telegram.ext import BaseRateLimiter

from bot.incoming.turn import before_calling

LONGEST_WAIT: Final = timedelta(seconds=30)
AT_ONCE: Final = "at once"
"""Pass as `rate_limit_args` to be told of RetryAfter instead of waiting: for senders that keep their own queue."""

COUNTED: Final = ("send", "editMessage", "copyMessage", "forwardMessage")
"""Methods that Telegram's limits are about begin like this."""


class Patience(BaseRateLimiter[str]):
    """Makes permanent what a turn has brought about, then sends at once; told to slow down, waits as long as Telegram
    asks, at most `LONGEST_WAIT`, and sends again.

    `count` is called for every message to a chat that goes out this way, so that the outbox can make room for it.
    """

    def __init__(
        self,
        count: Callable[[], None] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._count = count
        self.sleep = sleep

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Nothing to give back."""

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, bool | JSONDict | list[JSONDict]]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: str | None,
    ) -> bool | JSONDict | list[JSONDict]:
        await before_calling(endpoint)
        if self._count is not None and rate_limit_args != AT_ONCE and endpoint.startswith(COUNTED):
            self._count()
        waited = timedelta(0)
        while True:
            try:
                return await callback(*args, **kwargs)
            except RetryAfter as flood:
                wait = seconds_of(flood)
                waited += wait
                if rate_limit_args == AT_ONCE or waited > LONGEST_WAIT:
                    raise
                await self.sleep(wait.total_seconds())


def seconds_of(flood: RetryAfter) -> timedelta:
    """How long Telegram asks to wait."""
    after = flood.retry_after
    return after if isinstance(after, timedelta) else timedelta(seconds=after)
