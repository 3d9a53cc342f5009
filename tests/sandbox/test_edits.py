"""Editing the bot's own messages."""

from collections.abc import Callable

import pytest
from telegram import (
    Bot,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
    ReplyKeyboardMarkup,
)
from telegram import Message as TelegramMessage
from telegram.error import BadRequest

from sandbox import Person
from tests.sandbox.conftest import HandClock

BUTTONS = InlineKeyboardMarkup([[InlineKeyboardButton("Go", callback_data="go")]])


async def test_an_edited_text_reaches_the_phone(bot: Bot, phone: Person, chat: int, clock: HandClock) -> None:
    sent = await bot.send_message(chat, "draft", reply_markup=BUTTONS)
    clock.advance(days=300)
    edited = await bot.edit_message_text("<i>final</i>", chat, sent.message_id, parse_mode="HTML")
    assert isinstance(edited, TelegramMessage)
    assert edited.edit_date == clock.instant
    seen = await phone.expect("final")
    assert seen["edited"]
    assert seen["inline_keyboard"] is None


async def test_an_edit_that_changes_nothing_is_refused(bot: Bot, chat: int) -> None:
    sent = await bot.send_message(chat, "same", reply_markup=BUTTONS)
    with pytest.raises(BadRequest, match="Message is not modified"):
        await bot.edit_message_text("same ", chat, sent.message_id, reply_markup=BUTTONS)
    with pytest.raises(BadRequest, match="Message is not modified"):
        await bot.edit_message_reply_markup(chat, sent.message_id, reply_markup=BUTTONS)
    assert await bot.edit_message_text("same", chat, sent.message_id)


async def test_only_the_bots_own_messages_are_edited(bot: Bot, phone: Person, chat: int) -> None:
    theirs = await phone.say("mine")
    with pytest.raises(BadRequest, match="Message can't be edited"):
        await bot.edit_message_text("x", chat, theirs["id"])
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await bot.edit_message_text("x", chat, 999)


@pytest.mark.parametrize("markup", [ReplyKeyboardMarkup([["a"]]), ForceReply()])
async def test_a_message_that_brought_a_reply_keyboard_is_never_edited(
    bot: Bot, chat: int, markup: ReplyKeyboardMarkup | ForceReply
) -> None:
    sent = await bot.send_message(chat, "choose", reply_markup=markup)
    with pytest.raises(BadRequest, match="Message can't be edited"):
        await bot.edit_message_text("x", chat, sent.message_id)


async def test_texts_and_captions_are_edited_by_their_own_methods(
    bot: Bot, chat: int, picture: Callable[..., bytes]
) -> None:
    text = await bot.send_message(chat, "text")
    photo = await bot.send_photo(chat, picture(), caption="old")
    with pytest.raises(BadRequest, match="There is no caption in the message to edit"):
        await bot.edit_message_caption(chat, text.message_id, caption="x")
    with pytest.raises(BadRequest, match="There is no text in the message to edit"):
        await bot.edit_message_text("x", chat, photo.message_id)
    with pytest.raises(BadRequest, match="Message caption is too long"):
        await bot.edit_message_caption(chat, photo.message_id, caption="x" * 1025)
    edited = await bot.edit_message_caption(chat, photo.message_id, caption="new")
    assert isinstance(edited, TelegramMessage)
    assert edited.caption == "new"


async def test_buttons_are_added_and_removed(bot: Bot, phone: Person, chat: int) -> None:
    sent = await bot.send_message(chat, "menu")
    await bot.edit_message_reply_markup(chat, sent.message_id, reply_markup=BUTTONS)
    assert await phone.messages()
    assert (await phone.messages())[-1]["inline_keyboard"] == [
        [{"text": "Go", "kind": "callback", "data": "go", "url": None}]
    ]
    await bot.edit_message_reply_markup(chat, sent.message_id)
    assert (await phone.messages())[-1]["inline_keyboard"] is None


async def test_a_photo_is_replaced_by_another_or_by_a_document(
    bot: Bot, phone: Person, chat: int, picture: Callable[..., bytes]
) -> None:
    sent = await bot.send_photo(chat, picture(color="red"))
    red = sent.photo[-1].file_id
    edited = await bot.edit_message_media(InputMediaPhoto(picture(color="blue"), caption="blue"), chat, sent.message_id)
    assert isinstance(edited, TelegramMessage)
    assert edited.photo[-1].file_id != red
    assert edited.caption == "blue"
    await bot.edit_message_media(InputMediaDocument(b"%PDF-", filename="a.pdf"), chat, sent.message_id)
    shown = (await phone.expect_media("document"))["media"]
    assert shown is not None
    assert shown["name"] == "a.pdf"
    with pytest.raises(BadRequest, match="Can't use file of type photo as document"):
        await bot.edit_message_media(InputMediaDocument(red), chat, sent.message_id)


async def test_a_voice_message_keeps_its_recording(bot: Bot, chat: int, picture: Callable[..., bytes]) -> None:
    sent = await bot.send_voice(chat, b"OggS")
    with pytest.raises(BadRequest, match="Message media can't be edited"):
        await bot.edit_message_media(InputMediaPhoto(picture()), chat, sent.message_id)
