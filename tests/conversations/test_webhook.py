"""The bot with a webhook: Telegram brings the updates instead of having them fetched."""

import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest

from tests.conversations.town import Town


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
async def town(tmp_path: Path, migrated: Path, port: int) -> AsyncIterator[Town]:
    shutil.copy(migrated, tmp_path / "loanline.db")
    async with AsyncExitStack() as stack:
        here = Town(tmp_path, stack, webhook_port=port)
        await here.open()
        yield here
        await here.settled()
        assert here.errors == []


async def test_a_conversation_goes_on_over_a_restart(town: Town) -> None:
    tom = await town.borrower("en")
    await tom.say("/apply")
    await tom.press("Personal loan")
    await tom.say("a million")
    await tom.expect("more than")
    await town.restart()
    await tom.say("5,000")
    await tom.expect("For how long")


async def test_what_comes_while_the_bot_is_down_is_brought_once_it_is_back(town: Town) -> None:
    tom = await town.borrower("en")
    await town.settled()
    await town.process.stop()
    await tom.say("/help")
    await town.start()
    await tom.expect("/repay")


async def test_an_update_without_the_secret_is_refused(town: Town, port: int) -> None:
    forged = {"update_id": 1, "message": {"message_id": 1, "date": 0, "chat": {"id": 1, "type": "private"}}}
    async with aiohttp.ClientSession() as session:
        for headers in ({}, {"X-Telegram-Bot-Api-Secret-Token": "guess"}):
            async with session.post(f"http://127.0.0.1:{port}/telegram", json=forged, headers=headers) as answer:
                assert answer.status == 403
        async with session.get(f"http://127.0.0.1:{port}/health") as answer:
            assert answer.status == 200
