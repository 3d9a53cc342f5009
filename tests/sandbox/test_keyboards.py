"""Reply keyboards, inline keyboards and what Telegram refuses in them."""

from collections.abc import Awaitable, Callable

import pytest
from telegram import (
    Bot,
    CopyTextButton,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    ReplyParameters,
    Update,
    WebAppInfo,
)
from telegram.error import BadRequest

from sandbox import Person, Sandbox
from tests.sandbox.conftest import Call

Updates = Callable[[], Awaitable[list[Update]]]


def inline(button: InlineKeyboardButton) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[button]])


async def test_a_reply_keyboard_appears_sends_its_texts_and_goes(
    bot: Bot, phone: Person, chat: int, updates: Updates
) -> None:
    keys = ReplyKeyboardMarkup(
        [["Apply", "Repay"]], resize_keyboard=True, one_time_keyboard=True, input_field_placeholder="?"
    )
    await bot.send_message(chat, "menu", reply_markup=keys)
    shown = await phone.keyboard()
    assert shown is not None
    assert [key["text"] for key in shown["rows"][0]] == ["Apply", "Repay"]
    assert (shown["resize"], shown["one_time"], shown["placeholder"]) == (True, True, "?")
    await phone.press("Repay")
    assert [update.message.text for update in await updates() if update.message] == ["Repay"]
    await bot.send_message(chat, "done", reply_markup=ReplyKeyboardRemove())
    assert await phone.keyboard() is None


async def test_contact_and_location_buttons_share_what_they_ask_for(
    bot: Bot, phone: Person, chat: int, updates: Updates
) -> None:
    keys = [[KeyboardButton("My number", request_contact=True), KeyboardButton("My place", request_location=True)]]
    await bot.send_message(chat, "who and where?", reply_markup=ReplyKeyboardMarkup(keys))
    await phone.press("My number")
    await phone.press("My place")
    contact, place = [update.message for update in await updates()]
    assert contact is not None
    assert contact.contact is not None
    assert contact.contact.user_id == contact.from_user.id if contact.from_user else False
    assert contact.contact.phone_number == "8613800138000"
    assert place is not None
    assert place.location is not None


async def test_another_persons_contact_carries_that_persons_id(
    phone: Person, chat: int, sandbox: Sandbox, updates: Updates
) -> None:
    wu = sandbox.add_person("Wu", phone="+8613900139000")
    await phone.share_contact(other=wu.id)
    await phone.share_contact(phone="+447700900000", name="Uncle")
    first, second = [update.message.contact for update in await updates() if update.message]
    assert first is not None
    assert (first.user_id, first.phone_number, first.first_name) == (wu.id, "+8613900139000", "Wu")
    assert second is not None
    assert (second.user_id, second.first_name) == (None, "Uncle")


async def test_contact_buttons_are_for_private_chats_only(bot: Bot, sandbox: Sandbox, phone: Person) -> None:
    group = sandbox.add_group("Desk", members=[phone.id])
    for key, words in (
        (KeyboardButton("n", request_contact=True), "Phone number can be requested in private chats only"),
        (KeyboardButton("p", request_location=True), "Location can be requested in private chats only"),
    ):
        with pytest.raises(BadRequest, match=words):
            await bot.send_message(group.id, "?", reply_markup=ReplyKeyboardMarkup([[key]]))


async def test_a_forced_reply_is_put_away_by_the_answer(bot: Bot, phone: Person, chat: int, updates: Updates) -> None:
    question = await bot.send_message(chat, "amount?", reply_markup=ForceReply(input_field_placeholder="¥"))
    shown = await phone.keyboard()
    assert shown is not None
    assert (shown["force_reply"], shown["force_reply_to"]) == (True, question.message_id)
    await phone.say("500", reply_to=question.message_id)
    assert await phone.keyboard() is None
    (update,) = await updates()
    assert update.message is not None
    assert update.message.reply_to_message is not None
    assert update.message.reply_to_message.text == "amount?"


async def test_a_selective_keyboard_shows_only_to_the_person_meant(bot: Bot, sandbox: Sandbox, phone: Person) -> None:
    wu = sandbox.add_person("Wu")
    group = sandbox.add_group("Desk", members=[phone.id, wu.id])
    async with await Person.connect(sandbox.base_url, wu.id) as other:
        said = await other.say("hello", chat=group.id)
        await bot.send_message(
            group.id,
            "choose",
            reply_markup=ReplyKeyboardMarkup([["a"]], selective=True),
            reply_parameters=ReplyParameters(said["id"]),
        )
        assert await other.keyboard(group.id) is not None
        assert await phone.keyboard(group.id) is None


async def test_every_kind_of_inline_button_reaches_the_phone(bot: Bot, phone: Person, chat: int) -> None:
    markup = InlineKeyboardMarkup(
        [
            [InlineKeyboardButton("data", callback_data="d" * 64), InlineKeyboardButton("link", url="example.org")],
            [InlineKeyboardButton("app", web_app=WebAppInfo("https://example.org/app"))],
            [InlineKeyboardButton("copy", copy_text=CopyTextButton("REF-1"))],
        ]
    )
    sent = await bot.send_message(chat, "buttons", reply_markup=markup)
    assert sent.reply_markup is not None
    assert sent.reply_markup.inline_keyboard[0][1].url == "http://example.org/"
    rows = (await phone.expect("buttons"))["inline_keyboard"] or []
    assert [(button["kind"], button["data"], button["url"]) for row in rows for button in row] == [
        ("callback", "d" * 64, None),
        ("url", None, "http://example.org/"),
        ("web_app", None, "https://example.org/app"),
        ("copy", "REF-1", None),
    ]


@pytest.mark.parametrize(
    ("button", "words"),
    [
        ({"text": "x", "callback_data": "d" * 65}, "BUTTON_DATA_INVALID"),
        ({"text": "x", "callback_data": "贷" * 22}, "BUTTON_DATA_INVALID"),
        ({"text": "x", "callback_data": ""}, "BUTTON_DATA_INVALID"),
        ({"text": "x", "url": "not a link"}, "inline keyboard button URL 'not a link' is invalid: Wrong HTTP URL"),
        ({"text": "x"}, "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"),
        ({"callback_data": "x"}, "can't parse inline keyboard button: Can't find field \"text\""),
        ({"text": "x", "pay": True}, "BUTTON_TYPE_INVALID"),
        (
            {"text": "x", "web_app": {"url": "http://example.org"}},
            "inline keyboard button Web App URL 'http://example.org' is invalid: Only HTTPS links are allowed",
        ),
        ({"text": "x", "copy_text": {"text": ""}}, "BUTTON_COPY_TEXT_INVALID"),
    ],
)
async def test_buttons_that_telegram_refuses_are_refused(
    call: Call, chat: int, button: dict[str, object], words: str
) -> None:
    status, answer = await call("sendMessage", chat_id=chat, text="x", reply_markup={"inline_keyboard": [[button]]})
    assert (status, answer["description"]) == (400, f"Bad Request: {words}")


async def test_callback_data_of_64_bytes_is_the_most(bot: Bot, chat: int) -> None:
    await bot.send_message(chat, "x", reply_markup=inline(InlineKeyboardButton("x", callback_data="贷" * 21 + "a")))


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("nonsense", "can't parse reply keyboard markup JSON object"),
        ("[]", "object expected as reply markup"),
        (
            {"inline_keyboard": [[{"text": str(n), "callback_data": "x"}] for n in range(101)]},
            "reply markup is too long",
        ),
    ],
)
async def test_markup_that_makes_no_sense_is_refused(call: Call, chat: int, markup: object, words: str) -> None:
    status, answer = await call("sendMessage", chat_id=chat, text="x", reply_markup=markup)
    assert (status, answer["description"]) == (400, f"Bad Request: {words}")
