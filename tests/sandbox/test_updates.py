"""getUpdates: confirming, waiting, conflicts, allowed kinds; settling and stopping."""

import asyncio
import time

import aiohttp
import pytest
from telegram import Bot, Update
from telegram.error import Conflict, InvalidToken
from telegram.request import HTTPXRequest

from sandbox import Person, Sandbox
from tests.sandbox.conftest import TOKEN, Call


async def test_updates_repeat_until_a_higher_offset_confirms_them(bot: Bot, phone: Person) -> None:
    await phone.start()
    await phone.say("hello")
    first = await bot.get_updates(timeout=0)
    assert [update.message.text for update in first if update.message] == ["/start", "hello"]
    assert await bot.get_updates(timeout=0) == first
    assert await bot.get_updates(timeout=0, offset=first[1].update_id) == first[1:]
    assert await bot.get_updates(timeout=0, offset=first[1].update_id + 1) == ()


async def test_a_negative_offset_forgets_all_but_the_newest(bot: Bot, phone: Person) -> None:
    for text in ("a", "b", "c"):
        await phone.say(text)
    (kept,) = await bot.get_updates(timeout=0, offset=-1)
    assert kept.message is not None
    assert kept.message.text == "c"
    assert await bot.get_updates(timeout=0) == (kept,)


async def test_limit_cuts_the_batch(bot: Bot, phone: Person) -> None:
    for text in ("a", "b", "c"):
        await phone.say(text)
    assert len(await bot.get_updates(timeout=0, limit=2)) == 2


async def test_a_waiting_poll_answers_as_soon_as_something_happens(bot: Bot, phone: Person) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=40))
    await asyncio.sleep(0)
    begun = time.monotonic()
    await phone.say("now")
    assert [update.message.text for update in await poll if update.message] == ["now"]
    assert time.monotonic() - begun < 5


async def test_a_second_poll_ends_the_first_with_a_conflict(call: Call, phone: Person) -> None:
    first = asyncio.create_task(call("getUpdates", timeout=40))
    second = asyncio.create_task(call("getUpdates", timeout=40))
    done, _ = await asyncio.wait((first, second), return_when=asyncio.FIRST_COMPLETED)
    status, answer = done.pop().result()
    assert status == 409
    assert answer["description"].startswith("Conflict: terminated by other getUpdates request")
    await phone.say("x")
    await asyncio.wait((first, second))


async def test_polling_conflicts_with_a_webhook(bot: Bot) -> None:
    await bot.set_webhook("http://127.0.0.1:9/hook")
    with pytest.raises(Conflict, match="can't use getUpdates method while webhook is active"):
        await bot.get_updates(timeout=0)
    await bot.delete_webhook()
    assert await bot.get_updates(timeout=0) == ()


async def test_only_allowed_kinds_are_queued_and_the_choice_is_remembered(bot: Bot, phone: Person) -> None:
    await bot.get_updates(timeout=0, allowed_updates=[Update.EDITED_MESSAGE])
    sent = await phone.say("first")
    assert await bot.get_updates(timeout=0) == ()
    await phone.edit(sent["id"], "second")
    (update,) = await bot.get_updates(timeout=0)
    assert update.edited_message is not None
    assert update.edited_message.text == "second"


async def test_blocking_and_unblocking_tells_the_bot(bot: Bot, phone: Person, chat: int) -> None:
    await phone.block()
    await phone.unblock()
    blocked, unblocked = [update.my_chat_member for update in await bot.get_updates(timeout=0)]
    assert blocked is not None
    assert (blocked.old_chat_member.status, blocked.new_chat_member.status) == ("member", "kicked")
    assert unblocked is not None
    assert (unblocked.old_chat_member.status, unblocked.new_chat_member.status) == ("kicked", "member")


async def test_duplicated_updates_come_twice_with_one_id(bot: Bot, phone: Person, sandbox: Sandbox) -> None:
    sandbox.faults.duplicate_updates = True
    await phone.say("twice")
    first, second = await bot.get_updates(timeout=0)
    assert first == second


async def test_settled_waits_for_the_confirmation(bot: Bot, phone: Person, sandbox: Sandbox) -> None:
    await sandbox.settled()
    await phone.say("work")
    settled = asyncio.create_task(sandbox.settled())
    (update,) = await bot.get_updates(timeout=0)
    assert not settled.done()
    await bot.get_updates(timeout=0, offset=update.update_id + 1)
    await asyncio.wait_for(settled, 5)


async def test_stopping_ends_open_polls_and_streams_at_once(sandbox: Sandbox, phone: Person, call: Call) -> None:
    poll = asyncio.create_task(call("getUpdates", timeout=50))
    press_free = asyncio.create_task(phone.expect("never", timeout=0.2))
    await asyncio.sleep(0)
    begun = time.monotonic()
    await sandbox.stop()
    assert time.monotonic() - begun < 2
    with pytest.raises(AssertionError):
        await press_free
    await asyncio.wait((poll,), timeout=5)
    assert poll.done()
    poll.exception()


async def test_wrong_tokens_and_methods_are_refused_as_telegram_does(sandbox: Sandbox, call: Call) -> None:
    async with aiohttp.ClientSession() as session:
        for token, status in (("123456:wrong", 401), ("nonsense", 404)):
            async with session.get(f"{sandbox.base_url}/bot{token}/getMe") as response:
                assert (response.status, (await response.json())["error_code"]) == (status, status)
        async with session.get(f"{sandbox.base_url}/file/bot123456:wrong/photos/x.jpg") as response:
            assert response.status == 401
        async with session.get(f"{sandbox.base_url}/file/bot{TOKEN}/photos/x.jpg") as response:
            assert response.status == 404
    assert (await call("makeCoffee"))[0] == 404
    async with HTTPXRequest() as request:
        with pytest.raises(InvalidToken):
            await Bot("123456:wrong", base_url=f"{sandbox.base_url}/bot", request=request).get_me()


async def test_parameters_come_by_query_form_json_and_multipart(sandbox: Sandbox, chat: int, phone: Person) -> None:
    url = f"{sandbox.base_url}/bot{TOKEN}/SENDMESSAGE"
    fields = {"chat_id": str(chat), "text": "x"}
    multipart = aiohttp.FormData(fields, default_to_multipart=True)
    async with aiohttp.ClientSession() as session:
        for request in (
            session.get(url, params=fields),
            session.post(url, data=fields),
            session.post(url, json=fields),
            session.post(url, data=multipart),
        ):
            async with request as response:
                assert (await response.json())["ok"]
        async with session.post(url, data=b"{", headers={"Content-Type": "application/json"}) as response:
            assert response.status == 400
    assert [view["text"] for view in await phone.messages()].count("x") == 4
