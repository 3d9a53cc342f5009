"""The bot with a webhook: Telegram brings the updates instead of having them fetched."""

import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from aiohttp.test_utils import unused_port

from tests.conversations.town import Town


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def inner_port() -> int:
    return unused_port()


@pytest.fixture
async def town(tmp_path: Path, migrated: Path, port: int, inner_port: int) -> AsyncIterator[Town]:
    shutil.copy(migrated, tmp_path / "loanline.db")
    async with AsyncExitStack() as stack:
        here = Town(tmp_path, stack, webhook_port=port, inner_port=inner_port)
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


async def test_inside_it_is_told_how_the_bot_does_and_outside_it_is_not(town: Town, port: int, inner_port: int) -> None:
    tom = await town.borrower("en")
    await tom.say("/help")
    await tom.expect("/repay")
    await town.settled()
    async with aiohttp.ClientSession() as session:
        for path in ("/health", "/ready", "/metrics"):
            async with session.get(f"http://127.0.0.1:{port}{path}") as answer:
                assert answer.status == 404
        async with session.get(f"http://127.0.0.1:{inner_port}/ready") as answer:
            checks = ("running", "database", "migrations", "disk", "telegram", "sender")
            assert (answer.status, await answer.json()) == (200, dict.fromkeys(checks, True))
        async with session.get(f"http://127.0.0.1:{inner_port}/metrics") as answer:
            page = await answer.text()
    assert "loanline_updates_waiting 0.0" in page
    assert 'loanline_updates_taken_in_total{way="webhook"}' in page
    assert 'loanline_telegram_requests_total{method="sendMessage",outcome="ok"}' in page
    assert "Tom" not in page
    assert str(tom.id) not in page


async def test_a_bot_that_lost_telegram_says_so_and_finds_it_again(town: Town, inner_port: int) -> None:
    tom = await town.borrower("en")
    await town.settled()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{inner_port}") as session:

        async def telegram_answers() -> bool:
            async with session.get("/ready") as answer:
                found: dict[str, bool] = await answer.json()
                assert answer.status == (200 if all(found.values()) else 503)
                return found["telegram"]

        town.sandbox.faults.error_probability = 1.0
        await tom.say("/help")
        while await telegram_answers():
            pass
        assert not await telegram_answers()
        town.sandbox.faults.clear()
        assert await telegram_answers()
    town.clock.advance(timedelta(minutes=1))
    await tom.expect("/repay")
