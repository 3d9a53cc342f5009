"""Refusals that no library would provoke: unreadable parameters and missing rights, with Telegram's words."""

import pytest

from sandbox import Chat, Person, Sandbox
from tests.sandbox.conftest import Call


@pytest.fixture
def guest_room(sandbox: Sandbox, phone: Person) -> Chat:
    """A forum in which the bot is no administrator."""
    return sandbox.add_group("Guests", forum=True, members=[phone.id], bot_is_admin=False)


@pytest.mark.parametrize(
    ("method", "parameters", "words"),
    [
        ("sendMessage", {"text": "x", "entities": "{"}, "can't parse entities: Can't parse entities JSON object"),
        ("sendMessage", {"text": "x", "entities": "5"}, "can't parse entities: Expected an Array of MessageEntity"),
        ("sendMessage", {"text": "x", "entities": [1]}, "can't parse MessageEntity: Expected an Object"),
        ("sendMessage", {"text": "x", "reply_parameters": "{"}, "can't parse reply parameters JSON object"),
        ("sendMessage", {"text": "x", "reply_to_message_id": 99}, "message to be replied not found"),
        ("sendMessage", {"text": "x", "link_preview_options": "{"}, "can't parse link preview options JSON object"),
        ("sendMessage", {"text": "x", "link_preview_options": {"url": "?"}}, "wrong HTTP URL specified"),
        ("sendMessage", {"text": "x", "message_thread_id": 5}, "message thread not found"),
        (
            "sendMessage",
            {"text": "x", "entities": [{"type": "text_link", "offset": 0, "length": 1, "url": "no link"}]},
            "entity URL 'no link' is invalid: Wrong HTTP URL",
        ),
        (
            "sendMessage",
            {"text": "x", "reply_markup": {"keyboard": [[{}]]}},
            "can't parse keyboard button: Can't find field \"text\"",
        ),
        ("sendMessage", {"text": "x", "reply_markup": {"keyboard": [["k"] * 12] * 26}}, "reply markup is too long"),
        (
            "sendMessage",
            {"text": "x", "reply_markup": {"inline_keyboard": [5]}},
            "can't parse inline_keyboard: Expected an Array of Array of buttons",
        ),
        (
            "sendMessage",
            {"text": "x", "reply_markup": {"inline_keyboard": [[5]]}},
            "can't parse inline keyboard button: Expected an Object",
        ),
        ("sendLocation", {"latitude": "north", "longitude": 1}, "can't parse latitude"),
        ("sendContact", {"phone_number": "1"}, 'parameter "first_name" is required'),
        ("sendMediaGroup", {"media": "{"}, "can't parse media JSON object"),
        ("sendMediaGroup", {"media": "{}"}, "media must be an Array of InputMedia"),
        (
            "sendMediaGroup",
            {"media": [{"type": "voice"}] * 2},
            "can't use the media of the specified type in the album",
        ),
        ("editMessageText", {"text": "x", "inline_message_id": "1"}, "MESSAGE_ID_INVALID"),
        ("editMessageMedia", {"message_id": 1, "media": "{"}, "can't parse input media JSON object"),
        ("editMessageMedia", {"message_id": 1, "media": "[]"}, "media must be an Object"),
        ("deleteMessages", {"message_ids": "{"}, "can't parse message identifiers JSON object"),
        ("deleteMessages", {"message_ids": []}, "message identifiers are not specified"),
        ("deleteMessages", {"message_ids": list(range(101))}, "too many message identifiers specified"),
        ("forwardMessage", {"message_id": 1}, "from_chat_id is empty"),
        ("setMessageReaction", {"message_id": 1, "reaction": "{"}, "can't parse reaction types JSON object"),
        ("setMessageReaction", {"message_id": 1, "reaction": [{"type": "emoji"}] * 2}, "REACTIONS_TOO_MANY"),
        ("setMessageReaction", {"message_id": 1, "reaction": [{"type": "dance"}]}, "REACTION_INVALID"),
        ("setMyCommands", {"commands": "{"}, "can't parse commands JSON object"),
        ("setMyCommands", {"commands": "5"}, "expected an Array of BotCommand"),
        ("setMyCommands", {"commands": [], "scope": "{"}, "can't parse scope JSON object"),
        (
            "setMyCommands",
            {"commands": [], "scope": {"type": "moon"}},
            "can't parse BotCommandScope: unsupported type specified",
        ),
        ("setChatMenuButton", {"menu_button": {"type": "moon"}}, "can't parse menu button: unsupported type specified"),
        ("getUpdates", {"allowed_updates": "{"}, "can't parse allowed updates list JSON"),
        ("answerPreCheckoutQuery", {"ok": False}, 'parameter "error_message" is required'),
        ("answerCallbackQuery", {"url": "https://example.org"}, "URL_INVALID"),
        ("createForumTopic", {"name": "x"}, "the chat is not a forum"),
        ("leaveChat", {}, "chat member status can't be changed in private chats"),
        ("getUserProfilePhotos", {"user_id": 5}, "user not found"),
        ("getFile", {}, 'parameter "file_id" is required'),
    ],
)
async def test_unreadable_parameters_are_refused(
    call: Call, chat: int, method: str, parameters: dict[str, object], words: str
) -> None:
    status, answer = await call(method, **{"chat_id": chat, **parameters})
    assert (status, answer) == (400, {"ok": False, "error_code": 400, "description": f"Bad Request: {words}"})


@pytest.mark.parametrize(
    ("method", "parameters", "words"),
    [
        ("pinChatMessage", {"message_id": 1}, "not enough rights to manage pinned messages in the chat"),
        ("createForumTopic", {"name": "x"}, "not enough rights to create a topic"),
        ("closeForumTopic", {"message_thread_id": 1}, "not enough rights"),
        (
            "setChatMenuButton",
            {"menu_button": {"type": "commands"}},
            "menu button can be changed in private chats only",
        ),
    ],
)
async def test_what_needs_rights_is_refused_without_them(
    call: Call, guest_room: Chat, method: str, parameters: dict[str, object], words: str
) -> None:
    _, answer = await call(method, **{"chat_id": guest_room.id, **parameters})
    assert answer["description"] == f"Bad Request: {words}"


async def test_a_bot_without_rights_keeps_out_of_closed_topics_and_others_messages(
    call: Call, guest_room: Chat, phone: Person
) -> None:
    message = await phone.say("mine", chat=guest_room.id)
    _, answer = await call("deleteMessage", chat_id=guest_room.id, message_id=message["id"])
    assert answer["description"] == "Bad Request: message can't be deleted for everyone"
    guest_room.bot_status = "administrator"
    _, created = await call("createForumTopic", chat_id=guest_room.id, name="Closed")
    await call("closeForumTopic", chat_id=guest_room.id, message_thread_id=created["result"]["message_thread_id"])
    guest_room.bot_status = "member"
    _, answer = await call(
        "sendMessage", chat_id=guest_room.id, text="x", message_thread_id=created["result"]["message_thread_id"]
    )
    assert answer["description"] == "Bad Request: TOPIC_CLOSED"
    guest_room.bot_status = "kicked"
    status, answer = await call("sendMessage", chat_id=guest_room.id, text="x")
    assert (status, answer["description"]) == (403, "Forbidden: bot was kicked from the supergroup chat")


async def test_protected_messages_are_not_forwarded(call: Call, chat: int) -> None:
    _, sent = await call("sendMessage", chat_id=chat, text="x", protect_content=True)
    assert sent["result"]["has_protected_content"] is True
    number = sent["result"]["message_id"]
    _, answer = await call("forwardMessage", chat_id=chat, from_chat_id=chat, message_id=number)
    assert answer["description"] == "Bad Request: message can't be forwarded"
    _, answer = await call("copyMessage", chat_id=chat, from_chat_id=chat, message_id=number)
    assert answer["description"] == "Bad Request: message can't be copied"


async def test_a_method_in_any_case_is_known_and_sessions_end_politely(call: Call) -> None:
    assert (await call("GETME"))[1]["result"]["is_bot"] is True
    assert (await call("logOut"))[1]["result"] is True
    assert (await call("close"))[1]["result"] is True
