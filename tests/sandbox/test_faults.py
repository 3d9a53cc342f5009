"""Faults on purpose, as the bot's library meets them."""

import time
from datetime import timedelta

import aiohttp
import pytest
from telegram import Bot
from telegram.error import NetworkError, RetryAfter

from sandbox import Faults, Person, Sandbox


async def said(phone: Person) -> list[str]:
    return [view["text"] for view in await phone.messages() if view["from"]["is_bot"]]


async def test_a_dropped_connection_is_a_network_error_and_nothing_is_sent(
    bot: Bot, chat: int, phone: Person, sandbox: Sandbox
) -> None:
    sandbox.faults.drop_next = 1
    with pytest.raises(NetworkError):
        await bot.send_message(chat, "lost")
    await bot.send_message(chat, "arrived")
    assert await said(phone) == ["arrived"]


async def test_an_answer_can_be_lost_after_the_message_was_sent(
    bot: Bot, chat: int, phone: Person, sandbox: Sandbox
) -> None:
    sandbox.faults.drop_next = 1
    sandbox.faults.after_processing = True
    with pytest.raises(NetworkError):
        await bot.send_message(chat, "sent all the same")
    assert await said(phone) == ["sent all the same"]


@pytest.mark.parametrize(("status", "words"), [(500, "Internal Server Error"), (502, "Bad Gateway")])
async def test_server_errors_are_network_errors(bot: Bot, chat: int, sandbox: Sandbox, status: int, words: str) -> None:
    sandbox.faults.error_next = 1
    sandbox.faults.error_status = status
    with pytest.raises(NetworkError, match=words):
        await bot.send_message(chat, "x")
    assert await bot.send_message(chat, "x")


async def test_a_flood_on_purpose_says_how_long_to_wait(bot: Bot, chat: int, sandbox: Sandbox) -> None:
    sandbox.faults.flood_next = 1
    sandbox.faults.flood_retry_after = 7
    with pytest.raises(RetryAfter) as flood:
        await bot.send_message(chat, "x")
    assert flood.value.retry_after == timedelta(seconds=7)


async def test_faults_hit_only_the_method_and_the_chat_they_name(
    bot: Bot, chat: int, sandbox: Sandbox, phone: Person
) -> None:
    sandbox.faults.error_probability = 1.0
    sandbox.faults.method = "sendMessage"
    sandbox.faults.chat = chat
    await bot.get_me()
    assert await bot.get_updates(timeout=0) == ()
    group = sandbox.add_group("Desk", members=[phone.id])
    await bot.send_message(group.id, "x")
    with pytest.raises(NetworkError):
        await bot.send_message(chat, "x")
    sandbox.faults.clear()
    assert await bot.send_message(chat, "x")


async def test_polling_fails_only_when_it_is_named(bot: Bot, sandbox: Sandbox) -> None:
    sandbox.faults.error_next = 1
    assert await bot.get_updates(timeout=0) == ()
    sandbox.faults.method = "getUpdates"
    with pytest.raises(NetworkError):
        await bot.get_updates(timeout=0)


async def test_latency_delays_the_answer(bot: Bot, sandbox: Sandbox) -> None:
    sandbox.faults.latency = 0.05
    begun = time.monotonic()
    await bot.get_me()
    assert time.monotonic() - begun >= 0.05


async def test_faults_are_switched_over_http(sandbox: Sandbox) -> None:
    async with aiohttp.ClientSession() as session:
        url = f"{sandbox.base_url}/api/faults"
        async with session.post(url, json={"latency": 0.5, "drop_next": 2, "method": "sendPhoto"}) as response:
            assert (await response.json())["drop_next"] == 2
        assert (sandbox.faults.latency, sandbox.faults.method) == (0.5, "sendPhoto")
        async with session.get(url) as response:
            assert (await response.json()) == sandbox.faults.as_json()
        for wrong in ({"gravity": 1}, {"latency": "slow"}, {"latency": -1}, {"duplicate_updates": 1}, {"method": 5}):
            async with session.post(url, json=wrong) as response:
                assert response.status == 400
        assert sandbox.faults.latency == 0.5


def test_probabilities_follow_dice_that_repeat() -> None:
    assert Faults().dice.random() == Faults().dice.random()
