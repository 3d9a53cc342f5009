"""Sending, forwarding, copying, deleting, pinning and reacting to messages."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import cast

from sandbox.bot_views import message_json, user_json
from sandbox.entities.links import normal_url
from sandbox.errors import bad_request
from sandbox.formatted import read_caption, read_text
from sandbox.mailroom import post, remove, show_action, show_edit
from sandbox.models import Chat, Media, Message
from sandbox.sending import Call, Draft, Target, chat_id_of, read_target, send, sent_json
from sandbox.shapes import JsonObject

DELETABLE_FOR = timedelta(hours=48)
DELETE_AT_ONCE = 100
ACTIONS = frozenset(
    (
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    )
)


async def send_message(call: Call) -> JsonObject:
    """Send a text."""
    text, entities = read_text(call.params)
    preview = _link_preview(call)
    return sent_json(call, read_target(call), Draft(text, entities, link_preview=preview))


def _link_preview(call: Call) -> JsonObject | None:
    try:
        options = call.params.json("link_preview_options")
    except ValueError:
        raise bad_request("can't parse link preview options JSON object") from None
    if isinstance(options, Mapping):
        given = cast("JsonObject", dict(options))
        if given.get("url") and normal_url(str(given["url"])) is None:
            raise bad_request("wrong HTTP URL specified")
        return given
    return {"is_disabled": True} if call.params.flag("disable_web_page_preview") else None


async def send_location(call: Call) -> JsonObject:
    """Send a point on the map; degrees."""
    latitude, longitude = call.params.decimal("latitude"), call.params.decimal("longitude")
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise bad_request("wrong latitude or longitude specified")
    media = Media("location", fields={"latitude": latitude, "longitude": longitude})
    return sent_json(call, read_target(call), Draft(media=media))


async def send_contact(call: Call) -> JsonObject:
    """Send a phone contact."""
    params = call.params
    fields: JsonObject = {
        "phone_number": params.required("phone_number"),
        "first_name": params.required("first_name"),
    }
    for name in ("last_name", "vcard"):
        if params.text(name):
            fields[name] = params.text(name)
    return sent_json(call, read_target(call), Draft(media=Media("contact", fields=fields)))


async def send_chat_action(call: Call) -> bool:
    """Show that the bot is busy."""
    action = call.params.text("action").lower()
    if action not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    show_action(call.world, call.world.writable_chat(chat_id_of(call.params)), action)
    return True


def _source(call: Call, message_id: int, verb: str) -> Message:
    chat = call.world.chat(chat_id_of(call.params, "from_chat_id"))
    message = chat.messages.get(message_id)
    if message is None:
        raise bad_request(f"message to {verb} not found")
    if message.is_service or (verb == "copy" and message.invoice is not None):
        raise bad_request(f"message can't be {'forwarded' if verb == 'forward' else 'copied'}")
    if message.protected:
        raise bad_request(f"message can't be {'forwarded' if verb == 'forward' else 'copied'}")
    return message


def _forward(call: Call, target: Target, message: Message) -> Message:
    origin: JsonObject = message.forward_origin or {
        "type": "user",
        "date": int(message.date.timestamp()),
        "sender_user": user_json(call.world, message.sender_id),
    }
    draft = Draft(
        message.text,
        message.entities,
        media=message.media,
        forward_origin=origin,
        invoice=replace(message.invoice, paid=False) if message.invoice is not None else None,
    )
    return send(call, target, draft)


async def forward_message(call: Call) -> JsonObject:
    """Forward a message with its origin."""
    target = read_target(call)
    message = _source(call, call.params.integer("message_id"), "forward")
    return message_json(call.world, _forward(call, target, message))


async def forward_messages(call: Call) -> list[JsonObject]:
    """Forward several messages; those that are missing are left out."""
    target = read_target(call)
    chat = call.world.chat(chat_id_of(call.params, "from_chat_id"))
    found = [chat.messages[number] for number in _numbers(call) if number in chat.messages]
    return [{"message_id": _forward(call, target, message).id} for message in found]


async def copy_message(call: Call) -> JsonObject:
    """Copy a message without its origin; a given caption replaces the old one."""
    target = read_target(call)
    message = _source(call, call.params.integer("message_id"), "copy")
    return {"message_id": _copy(call, target, message).id}


async def copy_messages(call: Call) -> list[JsonObject]:
    """Copy several messages; those that are missing are left out."""
    target = read_target(call)
    chat = call.world.chat(chat_id_of(call.params, "from_chat_id"))
    found = [chat.messages[number] for number in _numbers(call) if number in chat.messages]
    return [{"message_id": _copy(call, target, message).id} for message in found]


def _copy(call: Call, target: Target, message: Message) -> Message:
    text, entities = message.text, message.entities
    if message.media is not None and call.params.has("caption"):
        text, entities = read_caption(call.params)
    return send(call, target, Draft(text, entities, media=message.media, link_preview=message.link_preview))


def _numbers(call: Call) -> list[int]:
    try:
        value = call.params.json("message_ids")
    except ValueError:
        raise bad_request("can't parse message identifiers JSON object") from None
    if not isinstance(value, list) or not 1 <= len(value) <= DELETE_AT_ONCE:
        raise bad_request(
            "message identifiers are not specified" if not value else "too many message identifiers specified"
        )
    return [int(number) for number in value if isinstance(number, int | str) and str(number).isdigit()]


def _deletable(call: Call, chat: Chat, message: Message) -> bool:
    if call.world.now() - message.date > DELETABLE_FOR:
        return False
    own = message.sender_id == call.world.bot.id
    return own or chat.is_private or chat.bot_is_admin


async def delete_message(call: Call) -> bool:
    """Delete a message that is at most 48 hours old."""
    chat = call.world.chat(chat_id_of(call.params))
    message = chat.messages.get(call.params.integer("message_id"))
    if message is None:
        raise bad_request("message to delete not found")
    if not _deletable(call, chat, message):
        raise bad_request("message can't be deleted for everyone")
    remove(call.world, chat, message.id)
    return True


async def delete_messages(call: Call) -> bool:
    """Delete several messages; missing ones are left out."""
    chat = call.world.chat(chat_id_of(call.params))
    found = [chat.messages[number] for number in _numbers(call) if number in chat.messages]
    if any(not _deletable(call, chat, message) for message in found):
        raise bad_request("message can't be deleted for everyone")
    for message in found:
        remove(call.world, chat, message.id)
    return True


async def pin_chat_message(call: Call) -> bool:
    """Pin a message; in a group the bot has to be an administrator."""
    chat = _pinnable_chat(call)
    message = chat.messages.get(call.params.integer("message_id"))
    if message is None:
        raise bad_request("message to pin not found")
    if not message.pinned:
        message.pinned = True
        chat.pinned.append(message.id)
        show_edit(call.world, chat, message)
        _announce_pin(call, chat, message)
    return True


def _announce_pin(call: Call, chat: Chat, message: Message) -> None:
    announcement = Message(
        id=call.world.next_message_id(chat),
        chat_id=chat.id,
        sender_id=call.world.bot.id,
        date=call.world.now(),
        thread_id=message.thread_id,
        pinned_message=message,
    )
    post(call.world, chat, announcement)


async def unpin_chat_message(call: Call) -> bool:
    """Unpin a message, the newest pinned one when none is named."""
    chat = _pinnable_chat(call)
    number = call.params.integer("message_id") or (chat.pinned[-1] if chat.pinned else 0)
    message = chat.messages.get(number)
    if message is None or not message.pinned:
        raise bad_request("message to unpin not found")
    _unpin(call, chat, message)
    return True


async def unpin_all_chat_messages(call: Call) -> bool:
    """Unpin everything."""
    chat = _pinnable_chat(call)
    for number in list(chat.pinned):
        _unpin(call, chat, chat.messages[number])
    return True


def _unpin(call: Call, chat: Chat, message: Message) -> None:
    message.pinned = False
    chat.pinned.remove(message.id)
    show_edit(call.world, chat, message)


def _pinnable_chat(call: Call) -> Chat:
    chat = call.world.writable_chat(chat_id_of(call.params))
    if not chat.is_private and not chat.bot_is_admin:
        raise bad_request("not enough rights to manage pinned messages in the chat")
    return chat


async def set_message_reaction(call: Call) -> bool:
    """Set the bot's reaction; at most one emoji."""
    chat = call.world.writable_chat(chat_id_of(call.params))
    message = chat.messages.get(call.params.integer("message_id"))
    if message is None:
        raise bad_request("message to react not found")
    try:
        value = call.params.json("reaction")
    except ValueError:
        raise bad_request("can't parse reaction types JSON object") from None
    reactions = [cast("JsonObject", dict(item)) for item in value] if isinstance(value, list) else []
    if len(reactions) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    if any(item.get("type") not in ("emoji", "custom_emoji") for item in reactions):
        raise bad_request("REACTION_INVALID")
    message.reactions = reactions
    show_edit(call.world, chat, message)
    return True


METHODS = {
    "sendMessage": send_message,
    "sendLocation": send_location,
    "sendContact": send_contact,
    "sendChatAction": send_chat_action,
    "forwardMessage": forward_message,
    "forwardMessages": forward_messages,
    "copyMessage": copy_message,
    "copyMessages": copy_messages,
    "deleteMessage": delete_message,
    "deleteMessages": delete_messages,
    "pinChatMessage": pin_chat_message,
    "unpinChatMessage": unpin_chat_message,
    "unpinAllChatMessages": unpin_all_chat_messages,
    "setMessageReaction": set_message_reaction,
}
