"""Pressed buttons, their answers, and forged presses."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.error import BadRequest

from sandbox import Person, Sandbox

Updates = Callable[[], Awaitable[list[Update]]]
EXPIRED = "Query is too old and response timeout expired or query id is invalid"
BUTTONS = InlineKeyboardMarkup([[InlineKeyboardButton("Accept the offer", callback_data="accept:7")]])


async def next_query(bot: Bot) -> Update:
    (update,) = await bot.get_updates(timeout=5)
    await bot.get_updates(offset=update.update_id + 1, timeout=0)
    return update


async def test_a_press_reaches_the_bot_and_its_answer_the_phone(bot: Bot, phone: Person, chat: int) -> None:
    sent = await bot.send_message(chat, "offer", reply_markup=BUTTONS)
    press = asyncio.create_task(phone.press("Accept"))
    query = (await next_query(bot)).callback_query
    assert query is not None
    assert (query.data, query.from_user.id) == ("accept:7", phone.id)
    assert query.message is not None
    assert query.message.message_id == sent.message_id
    await query.answer("Signed", show_alert=True)
    assert await press == {"answered": True, "text": "Signed", "alert": True, "url": None}


async def test_a_query_is_answered_once(bot: Bot, phone: Person, chat: int) -> None:
    await bot.send_message(chat, "offer", reply_markup=BUTTONS)
    press = asyncio.create_task(phone.press("Accept"))
    query = (await next_query(bot)).callback_query
    assert query is not None
    await query.answer()
    assert (await press)["text"] is None
    with pytest.raises(BadRequest, match=EXPIRED):
        await query.answer()
    with pytest.raises(BadRequest, match=EXPIRED):
        await bot.answer_callback_query("123")


async def test_a_bot_that_stays_silent_is_too_late_after_the_deadline(
    bot: Bot, phone: Person, chat: int, sandbox: Sandbox
) -> None:
    sandbox.world.questions.callback_seconds = 0.0
    await bot.send_message(chat, "offer", reply_markup=BUTTONS)
    assert not (await phone.press("Accept"))["answered"]
    query = (await next_query(bot)).callback_query
    assert query is not None
    with pytest.raises(BadRequest, match=EXPIRED):
        await query.answer()


async def test_an_answer_has_at_most_200_characters(bot: Bot, phone: Person, chat: int) -> None:
    await bot.send_message(chat, "offer", reply_markup=BUTTONS)
    press = asyncio.create_task(phone.press("Accept"))
    query = (await next_query(bot)).callback_query
    assert query is not None
    with pytest.raises(BadRequest, match="Message_too_long"):
        await query.answer("x" * 201)
    await query.answer("x" * 200)
    assert (await press)["answered"]


async def test_forged_data_reaches_the_bot_like_any_other(bot: Bot, phone: Person, chat: int) -> None:
    sent = await bot.send_message(chat, "no buttons here")
    press = asyncio.create_task(phone.press_data(sent.message_id, "approve:999"))
    query = (await next_query(bot)).callback_query
    assert query is not None
    assert query.data == "approve:999"
    await query.answer()
    await press


async def test_people_outside_a_chat_cannot_press_there(bot: Bot, phone: Person, chat: int, sandbox: Sandbox) -> None:
    sent = await bot.send_message(chat, "offer", reply_markup=BUTTONS)
    stranger = sandbox.add_person("Stranger")
    async with await Person.connect(sandbox.base_url, stranger.id) as other:
        with pytest.raises(AssertionError, match="404"):
            await other.press_data(sent.message_id, "accept:7", chat=chat)
    with pytest.raises(AssertionError, match="404"):
        await phone.press_data(999, "accept:7")


async def test_any_member_of_a_group_presses_as_oneself(
    bot: Bot, phone: Person, sandbox: Sandbox, updates: Updates
) -> None:
    officer = sandbox.add_person("Officer")
    desk = sandbox.add_group("Desk", members=[phone.id, officer.id])
    await updates()
    await bot.send_message(desk.id, "case", reply_markup=BUTTONS)
    async with await Person.connect(sandbox.base_url, officer.id) as other:
        press = asyncio.create_task(other.press("Accept", chat=desk.id))
        query = (await next_query(bot)).callback_query
        assert query is not None
        assert query.from_user.id == officer.id
        await query.answer()
        await press
