"""People are told that it takes longer while not even what they write can be stored."""

import asyncio
import logging
from typing import Any

import pytest

from bot.app import build_bot
from bot.incoming.intake import Intake
from bot.incoming.regrets import Regrets
from bot.wording.i18n import Catalogues
from tests.bot.doubles import Letters, TelegramDouble


class Away:
    """An inbox whose database is away, until it is not."""

    def __init__(self) -> None:
        self.away = True

    async def store(self, updates: list[dict[str, Any]]) -> int:
        if self.away:
            raise ConnectionRefusedError
        return len(updates)


async def bring(intake: Intake, *updates: dict[str, Any], times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises(ConnectionRefusedError):
            await intake.take_in(updates)


async def test_each_writer_is_told_once_after_some_tries_and_again_in_the_next_outage(
    telegram: TelegramDouble, catalogues: Catalogues, caplog: pytest.LogCaptureFixture
) -> None:
    letters, inbox = Letters(), Away()
    async with build_bot(telegram.settings()) as bot:
        regrets = Regrets(bot, catalogues)
        store: Any = inbox
        intake = Intake(store, lambda: None, regrets)
        lin = [letters.text(text, user=7) for text in ("hello", "are you there?")]
        tom, group = letters.text("hello", user=8), letters.text("hello", user=9, chat=-5)
        await bring(intake, *lin, tom, group, times=2)
        assert telegram.named("sendMessage") == []
        await bring(intake, *lin, tom, group, times=3)
        await told(telegram, 2)
        assert [call.fields["chat_id"] for call in telegram.named("sendMessage")] == ["7", "8"]
        assert all("technical problem" in text for text in telegram.said)
        inbox.away = False
        with caplog.at_level(logging.INFO, "bot"):
            assert await intake.take_in([*lin, tom, group]) == 4
        inbox.away = True
        await bring(intake, tom, times=3)
        await told(telegram, 3)
    errors = [record.message for record in caplog.records if record.levelno == logging.ERROR]
    assert errors == ["updates cannot be stored"] * 2
    assert "updates are stored again" in caplog.text


async def told(telegram: TelegramDouble, messages: int) -> None:
    async with asyncio.timeout(10):
        while len(telegram.named("sendMessage")) < messages:
            await telegram.heard()
