"""The person's side: the phone that tests use, the event stream and the page's HTTP interface."""

import asyncio
import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from sandbox import ClockControls, Person, PersonRecord, Sandbox
from tests.sandbox.conftest import HandClock

App = Application[Any, Any, Any, Any, Any, Any]
BUTTONS = InlineKeyboardMarkup(
    [[InlineKeyboardButton("Yes", callback_data="y"), InlineKeyboardButton("No", url="a.org")]]
)


async def test_a_conversation_runs_through_polling(
    application: App, phone: Person, sandbox: Sandbox, polling: Any
) -> None:
    async def start(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message is not None
        await update.message.reply_text("How much?")

    async def amount(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message is not None
        await update.message.reply_html(f"<b>{update.message.text}</b>?", reply_markup=BUTTONS)

    async def confirm(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.callback_query is not None
        await update.callback_query.answer("Noted")
        await update.callback_query.edit_message_text("Done")

    application.add_handler(CommandHandler("start", start))
    application.add_handler(MessageHandler(filters.TEXT, amount))
    application.add_handler(CallbackQueryHandler(confirm))
    async with polling(application):
        await phone.start()
        await phone.expect("How much?")
        await phone.say("5000")
        assert (await phone.expect("5000?"))["html"] == "<b>5000</b>?"
        assert await phone.buttons() == ["Yes", "No"]
        assert (await phone.press("No"))["url"] == "http://a.org/"
        assert (await phone.press("Ye"))["text"] == "Noted"
        assert (await phone.expect("Done"))["edited"]
        assert phone.last()["text"] == "Done"
        await sandbox.settled()


async def test_expect_sees_what_came_between_the_act_and_the_call(bot: Bot, phone: Person, chat: int) -> None:
    await phone.say("hi")
    await bot.send_message(chat, "first")
    await bot.send_message(chat, "second")
    assert (await phone.expect("first"))["text"] == "first"
    assert (await phone.expect(re.compile("^sec")))["text"] == "second"


async def test_expect_does_not_take_what_came_before_the_act(bot: Bot, phone: Person, chat: int) -> None:
    await bot.send_message(chat, "old news")
    await phone.say("hi")
    with pytest.raises(AssertionError) as failure:
        await phone.expect("old news", timeout=0.05)
    assert "Loanline: old news" in str(failure.value)
    assert "Lin Mei: hi" in str(failure.value)


async def test_marking_asks_for_what_follows(bot: Bot, phone: Person, chat: int) -> None:
    await bot.send_message(chat, "reminder")
    await phone.expect("reminder")
    await phone.mark()
    waiting = asyncio.create_task(phone.expect("reminder"))
    again = await bot.send_message(chat, "reminder")
    assert (await waiting)["id"] == again.message_id


async def test_a_missing_button_fails_with_the_transcript(bot: Bot, phone: Person, chat: int) -> None:
    await bot.send_message(chat, "choose", reply_markup=BUTTONS)
    with pytest.raises(AssertionError, match=r"(?s)no button 'Maybe'.*\[Yes\] \[No\]"):
        await phone.press("Maybe", within=0.05)


async def test_press_waits_for_a_button_that_is_on_its_way(bot: Bot, phone: Person, chat: int) -> None:
    press = asyncio.create_task(phone.press("No"))
    await bot.send_message(chat, "choose", reply_markup=BUTTONS)
    assert (await press)["url"] == "http://a.org/"


async def test_the_newest_message_with_the_label_is_pressed_unless_one_is_named(
    bot: Bot, phone: Person, chat: int
) -> None:
    old = await bot.send_message(chat, "old", reply_markup=BUTTONS)
    new = await bot.send_message(chat, "new", reply_markup=BUTTONS)
    for named, pressed in ((None, new), (old.message_id, old)):
        press = asyncio.create_task(phone.press("Yes", message=named))
        (update,) = await bot.get_updates(timeout=5)
        assert update.callback_query is not None
        assert update.callback_query.message is not None
        assert update.callback_query.message.message_id == pressed.message_id
        await update.callback_query.answer()
        await press
        await bot.get_updates(offset=update.update_id + 1, timeout=0)


async def test_a_phone_that_connects_later_knows_the_past(bot: Bot, phone: Person, chat: int, sandbox: Sandbox) -> None:
    await bot.send_message(chat, "before", reply_markup=BUTTONS)
    async with await Person.connect(sandbox.base_url, chat) as second:
        assert second.last()["text"] == "before"
        with pytest.raises(AssertionError):
            await second.expect("before", timeout=0.05)
    with pytest.raises(LookupError):
        await Person.connect(sandbox.base_url, 42)


async def test_a_blocked_bot_is_unblocked_by_start(bot: Bot, phone: Person, chat: int) -> None:
    await phone.block()
    with pytest.raises(AssertionError, match="You blocked this bot"):
        await phone.say("x")
    await phone.start("promo_1")
    *_, unblocked, started = await bot.get_updates(timeout=0)
    assert unblocked.my_chat_member is not None
    assert started.message is not None
    assert started.message.text == "/start promo_1"
    with pytest.raises(AssertionError, match="start parameter"):
        await phone.start("not allowed")


async def test_messages_are_edited_and_deleted_by_their_authors(bot: Bot, phone: Person, chat: int) -> None:
    mine = await phone.say("one")
    theirs = await bot.send_message(chat, "two")
    await phone.edit(mine["id"], "uno")
    assert [update.edited_message.text for update in await bot.get_updates(timeout=0) if update.edited_message] == [
        "uno"
    ]
    with pytest.raises(AssertionError, match="403"):
        await phone.edit(theirs.message_id, "x")
    await phone.delete(theirs.message_id)
    assert [view["text"] for view in await phone.messages()] == ["/start", "uno"]


async def test_people_cannot_send_what_telegram_clients_do_not(phone: Person, chat: int) -> None:
    for refused in (phone.say("  "), phone.say("x", reply_to=999), phone.say("x", thread=5)):
        with pytest.raises(AssertionError, match="40"):
            await refused


async def test_a_huge_text_goes_out_in_parts(bot: Bot, phone: Person, chat: int) -> None:
    text = "x" + "🏟" * 3000
    await phone.say(text)
    parts = [update.message.text for update in await bot.get_updates(timeout=0) if update.message]
    assert [len(part or "") for part in parts] == [2048, 953]
    assert "".join(part or "" for part in parts) == text


async def test_the_event_stream_resumes_at_any_number(sandbox: Sandbox, bot: Bot, phone: Person, chat: int) -> None:
    await bot.send_message(chat, "a")
    await bot.send_message(chat, "b")
    url = f"{sandbox.base_url}/api/people/{chat}"
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{url}/chats") as response:
            newest = int(response.headers["X-Seq"])
        async with session.get(f"{url}/events", headers={"Last-Event-ID": str(newest - 1)}) as stream:
            lines = [await stream.content.readline() for _ in range(4)]
    assert lines[2] == f"id: {newest}\n".encode()
    assert b'"text": "b"' in lines[3]


async def test_a_page_left_open_since_an_earlier_run_follows_from_now_on(sandbox: Sandbox, phone: Person) -> None:
    url = f"{sandbox.base_url}/api/people/{phone.id}"
    async with aiohttp.ClientSession() as session:
        async with asyncio.timeout(5), session.get(f"{url}/events", headers={"Last-Event-ID": "4711"}) as stream:
            assert (await stream.content.readline()).startswith(b": connected")
            sent = await phone.say("here")
            lines = [await stream.content.readline() for _ in range(3)]
        assert json.loads(lines[2].removeprefix(b"data: "))["message"]["id"] == sent["id"]


async def test_typing_commands_and_topics_are_told_to_the_phone(
    sandbox: Sandbox, bot: Bot, phone: Person, chat: int
) -> None:
    group = sandbox.add_group("Desk", forum=True, members=[phone.id])
    before = sandbox.world.events[chat].last
    await bot.send_chat_action(chat, "typing")
    await bot.set_my_commands([("a", "b")])
    await bot.create_forum_topic(group.id, "T")
    events = sandbox.world.events[chat].after(before)
    assert [event["type"] for event in events] == ["action", "commands", "message", "topics"]
    assert events[0] == {"type": "action", "chat": chat, "action": "typing", "seq": before + 1}


async def test_the_clock_moves_by_what_the_app_offers(
    sandbox: Sandbox, phone: Person, chat: int, bot: Bot, clock: HandClock
) -> None:
    with pytest.raises(AssertionError, match="409"):
        await phone.advance(days=1)

    async def advance(span: timedelta) -> None:
        clock.advance(seconds=span.total_seconds())
        await bot.send_message(chat, "due today")

    async def jump() -> None:
        await advance(timedelta(days=30))

    sandbox.clock_controls = ClockControls(advance=advance, jumps={"to next due date": jump})
    assert await phone.advance(days=1, hours=2) == "2026-03-03T11:30:00+00:00"
    assert (await phone.expect("due today"))["date"] == "2026-03-03T11:30:00+00:00"
    assert await phone.advance(jump="to next due date") == "2026-04-02T11:30:00+00:00"
    await phone.expect("due today")
    with pytest.raises(AssertionError, match="404"):
        await phone.advance(jump="to the moon")
    with pytest.raises(AssertionError, match="400"):
        await phone.advance()


async def test_the_state_names_everybody_and_everything(sandbox: Sandbox, bot: Bot, lin: PersonRecord) -> None:
    group = sandbox.add_group("Desk", forum=True, members=[lin])
    await bot.create_forum_topic(group.id, "Case 1")
    await bot.set_my_commands([("apply", "Apply for a loan")])
    async with aiohttp.ClientSession() as session, session.get(f"{sandbox.base_url}/api/state") as response:
        state = await response.json()
    assert state["bot"]["commands"] == [{"command": "apply", "description": "Apply for a loan"}]
    assert state["people"] == [
        {
            "id": lin.id,
            "first_name": "Lin",
            "last_name": "Mei",
            "username": "linmei",
            "language_code": "zh-hans",
            "phone": "+8613800138000",
            "blocked": False,
        }
    ]
    assert state["groups"] == [
        {
            "id": group.id,
            "title": "Desk",
            "forum": True,
            "members": [lin.id],
            "topics": [{"id": 1, "name": "Case 1", "closed": False}],
        }
    ]
    assert state["clock"] == {"jumps": [], "can_advance": False, "time_zone": None}


async def test_people_and_groups_are_added_over_http(sandbox: Sandbox) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{sandbox.base_url}/api/people", json={"first_name": "Ana"}) as response:
            ana = await response.json()
        async with session.post(
            f"{sandbox.base_url}/api/groups", json={"title": "Desk", "forum": True, "members": [ana["id"]]}
        ) as response:
            group = await response.json()
        for path, body in (
            ("people", {}),
            ("people", {"first_name": "Bo", "id": ana["id"]}),
            ("groups", {"members": [7]}),
        ):
            async with session.post(f"{sandbox.base_url}/api/{path}", json=body) as response:
                assert response.status in (400, 409)
                assert (await response.json())["error"]
    assert sandbox.world.people[ana["id"]].first_name == "Ana"
    assert sandbox.world.chats[group["id"]].forum


async def test_a_topic_is_opened_by_a_person(sandbox: Sandbox, phone: Person, bot: Bot) -> None:
    group = sandbox.add_group("Desk", forum=True, members=[phone.id])
    url = f"{sandbox.base_url}/api/people/{phone.id}/chats/{group.id}/topics"
    async with aiohttp.ClientSession() as session, session.post(url, json={"name": "Mine"}) as response:
        topic = (await response.json())["topic"]
    *_, update = await bot.get_updates(timeout=0)
    assert update.message is not None
    assert update.message.forum_topic_created is not None
    assert update.message.message_thread_id == topic["id"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("text", "no json"),
        ("text", "[1]"),
        ("text", '{"text": 5}'),
        ("press", "{}"),
        ("press", '{"message_id": "x"}'),
        ("location", '{"latitude": "north"}'),
        ("files", "{}"),
        ("topics", '{"name": "x"}'),
    ],
)
async def test_unreadable_acts_are_refused(sandbox: Sandbox, chat: int, path: str, body: str) -> None:
    url = f"{sandbox.base_url}/api/people/{chat}/chats/{chat}/{path}"
    async with aiohttp.ClientSession() as session, session.post(url, data=body) as response:
        assert response.status == 400
        assert (await response.json())["error"]


async def test_files_that_are_no_photos_cannot_be_sent_as_photos(
    phone: Person, chat: int, picture: Callable[..., bytes]
) -> None:
    with pytest.raises(AssertionError, match="IMAGE_PROCESS_FAILED"):
        await phone.send_photo(b"no picture")
    with pytest.raises(AssertionError, match="Send 1 to 10 files"):
        await phone.send_album([picture()] * 11)
    with pytest.raises(AssertionError, match="no way to send a file as hologram"):
        await phone.send_files("hologram", [(b"x", "x")])


async def test_the_page_and_its_files_are_served_fresh(sandbox: Sandbox) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{sandbox.base_url}/") as response:
            assert response.status == 200
            assert response.content_type == "text/html"
            assert response.headers["Cache-Control"] == "no-store"
        for path in ("/page/no-such-file.js", "/page/..%2Fserver.py", "/api/files/unknown"):
            async with session.get(f"{sandbox.base_url}{path}") as response:
                assert response.status == 404
