import pytest
from telegram import Update

from bot.app import build_bot
from bot.incoming.downloads import FileTooBig, fetch, file_of
from tests.bot.doubles import Letters, TelegramDouble


async def test_a_file_is_fetched_whole(telegram: TelegramDouble) -> None:
    telegram.files["documents/one.pdf"] = b"%PDF" * 1000
    async with build_bot(telegram.settings()) as bot:
        assert await fetch(bot, "F", 4000) == b"%PDF" * 1000


async def test_a_file_beyond_telegrams_limit_is_refused_before_asking(telegram: TelegramDouble) -> None:
    async with build_bot(telegram.settings()) as bot:
        with pytest.raises(FileTooBig) as caught:
            await fetch(bot, "F", 21 * 2**20)
    assert caught.value.params == {"maximum_mb": 20}
    assert not telegram.named("getFile")


async def test_a_file_that_telegram_finds_too_big_is_refused_alike(telegram: TelegramDouble) -> None:
    telegram.refuse("getFile", 400, "Bad Request: file is too big")
    async with build_bot(telegram.settings()) as bot:
        with pytest.raises(FileTooBig):
            await fetch(bot, "F")


async def test_a_message_of_text_carries_no_file(telegram: TelegramDouble) -> None:
    async with build_bot(telegram.settings()) as bot:
        message = Update.de_json(Letters().text("hello"), bot).message
    assert message is not None
    assert file_of(message) is None
