"""Replies ask no leave, but each is counted, so that the outbox makes room for it."""

from collections.abc import AsyncIterator

import pytest
from telegram.error import RetryAfter
from telegram.ext import ExtBot

from bot.client.request import AiohttpRequest
from bot.incoming.patience import AT_ONCE, Patience
from tests.bot.doubles import TOKEN, TelegramDouble


class Counter:
    def __init__(self) -> None:
        self.replies = 0

    def __call__(self) -> None:
        self.replies += 1


@pytest.fixture
def counter() -> Counter:
    return Counter()


@pytest.fixture
async def bot(telegram: TelegramDouble, counter: Counter) -> AsyncIterator[ExtBot[str]]:
    patience = Patience(counter)
    async with ExtBot(TOKEN, base_url=f"{telegram.url}/bot", request=AiohttpRequest(), rate_limiter=patience) as made:
        yield made


async def test_every_message_to_a_chat_is_counted(bot: ExtBot[str], counter: Counter) -> None:
    await bot.send_message(7, "hello")
    await bot.edit_message_text("hello again", chat_id=7, message_id=101)
    assert counter.replies == 2


async def test_what_is_no_message_is_not(bot: ExtBot[str], counter: Counter) -> None:
    await bot.answer_callback_query("1")
    await bot.get_me()
    assert counter.replies == 0


async def test_whoever_keeps_a_queue_counts_by_itself_and_is_told_to_wait(
    bot: ExtBot[str], counter: Counter, telegram: TelegramDouble
) -> None:
    telegram.refuse("sendMessage", 429, "Too Many Requests: retry after 1", retry_after=1)
    with pytest.raises(RetryAfter):
        await bot.send_message(7, "hello", rate_limit_args=AT_ONCE)
    assert counter.replies == 0
