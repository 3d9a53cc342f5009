"""Starting while Telegram is away."""

import asyncio
from datetime import timedelta

import pytest
from telegram.error import BadRequest, InvalidToken, NetworkError, RetryAfter, TelegramError, TimedOut

from bot.client.first_contact import StoppedMeanwhile, meet

AT_ONCE = timedelta(0)


class Telegram:
    """Answers once these errors have been given."""

    def __init__(self, *errors: TelegramError) -> None:
        self.errors = list(errors)
        self.asked = 0
        self.was_asked = asyncio.Event()

    async def introduce(self) -> None:
        self.asked += 1
        self.was_asked.set()
        if self.errors:
            raise self.errors.pop(0)


async def test_telegram_is_asked_until_it_answers() -> None:
    telegram = Telegram(NetworkError("no route"), TimedOut(), RetryAfter(3))
    await meet(telegram.introduce, asyncio.Event(), AT_ONCE)
    assert telegram.asked == 4


@pytest.mark.parametrize("error", [InvalidToken("no such bot"), BadRequest("no")], ids=["token", "request"])
async def test_what_waiting_does_not_cure_ends_the_start(error: TelegramError) -> None:
    telegram = Telegram(error)
    with pytest.raises(type(error)):
        await meet(telegram.introduce, asyncio.Event(), AT_ONCE)
    assert telegram.asked == 1


async def test_a_process_that_is_asked_to_end_while_it_waits_does_so_at_once() -> None:
    stop, telegram = asyncio.Event(), Telegram(*[NetworkError("no route")] * 3)
    waiting = asyncio.create_task(meet(telegram.introduce, stop, timedelta(hours=1)))
    await telegram.was_asked.wait()
    stop.set()
    with pytest.raises(StoppedMeanwhile):
        await waiting
    assert telegram.asked == 1
