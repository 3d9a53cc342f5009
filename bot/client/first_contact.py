"""The first word with Telegram: whoever starts while it is away asks again until it answers."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from telegram.error import BadRequest, NetworkError, RetryAfter

ASKED_AGAIN: Final = timedelta(seconds=3)


class StoppedMeanwhile(Exception):
    """The process was asked to end before Telegram had answered."""


async def meet(
    introduce: Callable[[], Awaitable[None]], stop: asyncio.Event, asked_again: timedelta = ASKED_AGAIN
) -> None:
    """Have `introduce` done, again for as long as Telegram cannot be reached. Raises StoppedMeanwhile once `stop` is
    set, and TelegramError for what waiting does not cure, such as a wrong token."""
    while True:
        try:
            return await introduce()
        except BadRequest:
            raise
        except (NetworkError, RetryAfter):
            # That it cannot be reached is said once, by whoever watches all requests.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), asked_again.total_seconds())
            if stop.is_set():
                raise StoppedMeanwhile from None
