"""Sending, forwarding, copying, deleting, pinning: through python-telegram-bot, as Telegram does it."""

import pytest
from telegram import Bot, LinkPreviewOptions, MessageEntity, ReplyParameters
from telegram.error import BadRequest, Forbidden

from sandbox import Person, PersonRecord, Sandbox
from tests.sandbox.conftest import Call, HandClock


async def test_a_text_reaches_the_phone_with_its_formatting(bot: Bot, phone: Person, chat: int) -> None:
    sent = await bot.send_message(chat, "Pay <b>¥500</b> by /pay", parse_mode="HTML")
    seen = await phone.expect("¥500")
    assert sent.text == "Pay ¥500 by /pay"
    assert [(entity.type, entity.offset, entity.length) for entity in sent.entities] == [
        ("bold", 4, 4),
        ("bot_command", 12, 4),
    ]
    assert seen["html"] == "Pay <b>¥500</b> by /pay"
    assert seen["from"] == {"id": bot.id, "name": "Loanline", "is_bot": True}
    assert not seen["mine"]


async def test_messages_carry_the_injected_clocks_time(bot: Bot, chat: int, clock: HandClock) -> None:
    clock.advance(days=30)
    assert (await bot.send_message(chat, "later")).date == clock.instant


async def test_given_entities_are_kept_and_mentions_name_the_person(bot: Bot, chat: int, lin: PersonRecord) -> None:
    mention = MessageEntity(MessageEntity.TEXT_MENTION, 0, 3, user=(await bot.get_chat_member(chat, lin.id)).user)
    sent = await bot.send_message(chat, "Lin!", entities=[mention])
    assert sent.entities[0].user is not None
    assert sent.entities[0].user.id == lin.id


@pytest.mark.parametrize(
    ("text", "mode", "words"),
    [
        ("", None, "Message text is empty"),
        ("  \n ", None, "Message text is empty"),
        ("<b></b>", "HTML", "Message text is empty"),
        ("x" * 4097, None, "Message is too long"),
        ("🏟" * 2049, None, "Message is too long"),
        ("<b>x", "HTML", "Can't parse entities: can't find end tag corresponding to start tag \"b\""),
        ("a.", "MarkdownV2", "Can't parse entities: character '.' is reserved"),
        ("x", "Fancy", "Unsupported parse_mode"),
    ],
)
async def test_a_text_that_telegram_refuses_is_refused(
    bot: Bot, chat: int, text: str, mode: str | None, words: str
) -> None:
    with pytest.raises(BadRequest) as refusal:
        await bot.send_message(chat, text, parse_mode=mode)
    assert str(refusal.value).lower().startswith(words.lower())


async def test_the_text_limit_counts_after_parsing(bot: Bot, chat: int) -> None:
    sent = await bot.send_message(chat, f"<b>{'x' * 4096}</b>", parse_mode="HTML")
    assert sent.text == "x" * 4096


async def test_unknown_silent_and_blocking_people_are_refused_with_telegrams_words(
    bot: Bot, phone: Person, sandbox: Sandbox
) -> None:
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(987654, "hi")
    with pytest.raises(Forbidden, match="bot can't initiate conversation with a user"):
        await bot.send_message(phone.id, "hi")
    await phone.start()
    await phone.block()
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(phone.id, "hi")
    await phone.unblock()
    assert (await bot.send_message(phone.id, "hi")).text == "hi"


async def test_missing_and_odd_chat_ids_are_refused(call: Call) -> None:
    assert (await call("sendMessage", text="x"))[1]["description"] == "Bad Request: chat_id is empty"
    assert (await call("sendMessage", chat_id="@nobody", text="x"))[1]["description"] == "Bad Request: chat not found"


async def test_replies_show_the_message_they_answer(bot: Bot, phone: Person, chat: int) -> None:
    question = await phone.say("how much?")
    sent = await bot.send_message(chat, "¥500", reply_parameters=ReplyParameters(question["id"]))
    assert sent.reply_to_message is not None
    assert sent.reply_to_message.text == "how much?"
    assert (await phone.expect("¥500"))["reply_to"] == question["id"]


async def test_a_reply_to_nothing_is_refused_unless_allowed(bot: Bot, chat: int) -> None:
    with pytest.raises(BadRequest, match="Message to be replied not found"):
        await bot.send_message(chat, "x", reply_parameters=ReplyParameters(999))
    sent = await bot.send_message(chat, "x", reply_parameters=ReplyParameters(999, allow_sending_without_reply=True))
    assert sent.reply_to_message is None


async def test_link_preview_options_come_back(bot: Bot, chat: int) -> None:
    sent = await bot.send_message(chat, "https://a.org", link_preview_options=LinkPreviewOptions(is_disabled=True))
    assert sent.link_preview_options == LinkPreviewOptions(is_disabled=True)


async def test_forwards_keep_their_origin_and_copies_do_not(bot: Bot, phone: Person, chat: int) -> None:
    original = await phone.say("my words")
    forwarded = await bot.forward_message(chat, chat, original["id"])
    copied = await bot.copy_message(chat, chat, original["id"])
    assert forwarded.forward_origin is not None
    assert forwarded.forward_origin.type == "user"
    assert (await phone.messages())[-2]["forwarded_from"] == "Lin"
    assert (await phone.messages())[-1]["id"] == copied.message_id
    assert (await phone.messages())[-1]["forwarded_from"] is None
    with pytest.raises(BadRequest, match="Message to forward not found"):
        await bot.forward_message(chat, chat, 999)
    with pytest.raises(BadRequest, match="Message to copy not found"):
        await bot.copy_message(chat, chat, 999)


async def test_several_messages_are_forwarded_and_copied_at_once(bot: Bot, phone: Person, chat: int) -> None:
    ids = [(await phone.say(text))["id"] for text in ("one", "two")]
    assert len(await bot.forward_messages(chat, chat, ids)) == 2
    assert len(await bot.copy_messages(chat, chat, [*ids, 999])) == 2
    assert [view["text"] for view in await phone.messages()][-4:] == ["one", "two", "one", "two"]


async def test_deleted_messages_vanish_from_the_phone(bot: Bot, phone: Person, chat: int) -> None:
    sent = await bot.send_message(chat, "secret")
    await phone.expect("secret")
    assert await bot.delete_message(chat, sent.message_id)
    assert "secret" not in [view["text"] for view in await phone.messages()]
    with pytest.raises(BadRequest, match="Message to delete not found"):
        await bot.delete_message(chat, sent.message_id)


async def test_messages_older_than_two_days_stay(bot: Bot, chat: int, clock: HandClock) -> None:
    sent = await bot.send_message(chat, "old")
    clock.advance(hours=48, seconds=1)
    with pytest.raises(BadRequest, match="Message can't be deleted for everyone"):
        await bot.delete_message(chat, sent.message_id)


async def test_several_messages_are_deleted_and_missing_ones_ignored(bot: Bot, phone: Person, chat: int) -> None:
    ids = [(await bot.send_message(chat, text)).message_id for text in ("a", "b")]
    assert await bot.delete_messages(chat, [*ids, 999])
    assert [view["text"] for view in await phone.messages()] == ["/start"]


async def test_pinned_messages_are_marked_and_announced(bot: Bot, phone: Person, chat: int) -> None:
    sent = await bot.send_message(chat, "schedule")
    assert await bot.pin_chat_message(chat, sent.message_id)
    views = await phone.messages()
    assert views[-2]["pinned"]
    assert views[-1]["service"] == "Message pinned"
    info = await bot.get_chat(chat)
    assert info.pinned_message is not None
    assert info.pinned_message.text == "schedule"
    assert await bot.unpin_chat_message(chat)
    assert not any(view["pinned"] for view in await phone.messages())
    with pytest.raises(BadRequest, match="Message to unpin not found"):
        await bot.unpin_chat_message(chat)
    with pytest.raises(BadRequest, match="Message to pin not found"):
        await bot.pin_chat_message(chat, 999)


async def test_everything_is_unpinned_at_once(bot: Bot, phone: Person, chat: int) -> None:
    for text in ("a", "b"):
        await bot.pin_chat_message(chat, (await bot.send_message(chat, text)).message_id)
    assert await bot.unpin_all_chat_messages(chat)
    assert not any(view["pinned"] for view in await phone.messages())


async def test_reactions_show_on_the_message(bot: Bot, phone: Person, chat: int) -> None:
    message = await phone.say("thanks")
    assert await bot.set_message_reaction(chat, message["id"], "👍")
    assert (await phone.messages())[-1]["reactions"] == ["👍"]
    with pytest.raises(BadRequest, match="Message to react not found"):
        await bot.set_message_reaction(chat, 999, "👍")


async def test_locations_and_contacts_are_sent(bot: Bot, phone: Person, chat: int) -> None:
    place = await bot.send_location(chat, 30.27, 120.15)
    card = await bot.send_contact(chat, "+861062345678", "Branch")
    assert place.location is not None
    assert place.location.latitude == 30.27
    assert card.contact is not None
    assert card.contact.phone_number == "+861062345678"
    seen = [view["media"] for view in await phone.messages()][-2:]
    assert seen[0] is not None
    assert seen[0]["longitude"] == 120.15
    assert seen[1] is not None
    assert seen[1]["name"] == "Branch"
    with pytest.raises(BadRequest, match="Wrong latitude or longitude specified"):
        await bot.send_location(chat, 300, 0)


async def test_chat_actions_are_shown_and_checked(bot: Bot, chat: int) -> None:
    assert await bot.send_chat_action(chat, "typing")
    with pytest.raises(BadRequest, match="Wrong parameter action in request"):
        await bot.send_chat_action(chat, "dancing")
