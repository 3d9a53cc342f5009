"""What a person's phone shows: messages, chats and keyboards as the phone page and Person read them."""

from dataclasses import asdict
from typing import cast

from sandbox.entities import render_html
from sandbox.models import Chat, Media, Message, ReplyKeyboard
from sandbox.shapes import (
    ButtonView,
    ChatView,
    InvoiceView,
    JsonObject,
    KeyboardView,
    MediaView,
    MessageView,
    SenderView,
)
from sandbox.world import World

KIND_ALIASES = {"animation": "video", "video_note": "video"}


def message_view(world: World, message: Message, viewer_id: int) -> MessageView:
    """The message as this member of its chat sees it."""
    return {
        "id": message.id,
        "date": message.date.isoformat(),
        "edited": message.edited_at is not None,
        "from": sender_view(world, message.sender_id),
        "mine": message.sender_id == viewer_id,
        "thread_id": message.thread_id,
        "text": message.text,
        "html": render_html(message.text, message.entities),
        "reply_to": message.reply_to.id if message.reply_to is not None else None,
        "media": media_view(message.media) if message.media is not None else None,
        "media_group": message.media_group,
        "inline_keyboard": _buttons(message),
        "invoice": _invoice(message),
        "service": service_text(message),
        "pinned": message.pinned,
        "reactions": [str(item.get("emoji", "")) for item in message.reactions],
        "forwarded_from": _origin_name(message),
    }


def sender_view(world: World, user_id: int) -> SenderView:
    """The sender's name: a person's or the bot's."""
    if user_id == world.bot.id:
        return {"id": user_id, "name": world.profile.names.get("", world.bot.name), "is_bot": True}
    return {"id": user_id, "name": world.people[user_id].full_name, "is_bot": False}


def media_view(media: Media) -> MediaView:
    """The attachment; a photo is shown by its largest rendering."""
    file = media.files[-1] if media.files else None
    fields = media.fields
    return {
        "kind": KIND_ALIASES.get(media.kind, media.kind),
        "url": f"/api/files/{file.file_id}" if file is not None else "",
        "name": file.name if file is not None else _contact_name(fields),
        "mime": file.mime if file is not None else None,
        "size": len(file.data) if file is not None else None,
        "width": file.width if file is not None else None,
        "height": file.height if file is not None else None,
        "emoji": cast("str | None", fields.get("emoji")),
        "duration": cast("int | None", fields.get("duration")),
        "latitude": cast("float | None", fields.get("latitude")),
        "longitude": cast("float | None", fields.get("longitude")),
        "phone": cast("str | None", fields.get("phone_number")),
        "user_id": cast("int | None", fields.get("user_id")),
    }


def _contact_name(fields: JsonObject) -> str | None:
    names = [str(fields[name]) for name in ("first_name", "last_name") if fields.get(name)]
    return " ".join(names) or None


def _origin_name(message: Message) -> str | None:
    origin = message.forward_origin
    if origin is None:
        return None
    sender = cast("JsonObject", origin.get("sender_user", {}))
    return str(sender.get("first_name", ""))


def _invoice(message: Message) -> InvoiceView | None:
    invoice = message.invoice
    if invoice is None:
        return None
    return {
        "title": invoice.title,
        "description": invoice.description,
        "currency": invoice.currency,
        "total": invoice.total,
        "label_total": label_total(invoice.currency, invoice.total),
        "paid": invoice.paid,
    }


WHOLE_CURRENCIES = frozenset(("XTR", "JPY", "KRW", "VND", "CLP", "ISK", "UGX", "PYG"))
SIGNS = {"CNY": "¥", "JPY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "INR": "₹", "KRW": "₩", "VND": "₫"}
"""Currencies whose sign stands before the amount; any other is named by its code."""


def label_total(currency: str, total: int) -> str:
    """An amount in smallest units as people read it, such as "¥1,230.00" or "KES 500.00"."""
    sign = SIGNS.get(currency, f"{currency} ")
    if currency in WHOLE_CURRENCIES:
        return f"{sign}{total:,}"
    return f"{sign}{total // 100:,}.{total % 100:02d}"


def _buttons(message: Message) -> list[list[ButtonView]] | None:
    rows = message.inline_keyboard
    if rows is None and message.invoice is not None:
        label = label_total(message.invoice.currency, message.invoice.total)
        rows = [[{"text": f"Pay {label}", "pay": True}]]
    return [[_button(button) for button in row] for row in rows] if rows else None


def _button(button: JsonObject) -> ButtonView:
    kind, data, url = "callback", None, None
    if "callback_data" in button:
        data = str(button["callback_data"])
    elif "url" in button:
        kind, url = "url", str(button["url"])
    elif button.get("pay"):
        kind = "pay"
    elif "web_app" in button:
        kind, url = "web_app", str(cast("JsonObject", button["web_app"])["url"])
    elif "copy_text" in button:
        kind, data = "copy", str(cast("JsonObject", button["copy_text"])["text"])
    return {"text": str(button["text"]), "kind": kind, "data": data, "url": url}


SERVICE_WORDS = {
    "forum_topic_closed": "Topic closed",
    "forum_topic_reopened": "Topic reopened",
    "supergroup_chat_created": "Group created",
    "new_chat_members": "A member joined",
    "left_chat_member": "A member left",
}


def service_text(message: Message) -> str | None:
    """One line for a service message, None for an ordinary message."""
    if message.pinned_message is not None:
        return "Message pinned"
    service = message.service
    if "successful_payment" in service:
        payment = cast("JsonObject", service["successful_payment"])
        return f"Payment received: {label_total(str(payment['currency']), cast('int', payment['total_amount']))}"
    if "forum_topic_created" in service:
        return f"Topic created: {cast('JsonObject', service['forum_topic_created'])['name']}"
    if "forum_topic_edited" in service:
        return f"Topic renamed: {cast('JsonObject', service['forum_topic_edited']).get('name', '')}"
    return next((words for key, words in SERVICE_WORDS.items() if key in service), None)


def keyboard_view(keyboard: ReplyKeyboard | None) -> KeyboardView | None:
    """The reply keyboard under a person's text field."""
    if keyboard is None:
        return None
    view = asdict(keyboard)
    del view["selective"]
    return cast("KeyboardView", view)


def chat_view(world: World, chat: Chat, viewer_id: int) -> ChatView:
    """The chat as a line of the person's chat list."""
    last = next(reversed(chat.messages.values()), None)
    seen = chat.last_read.get(viewer_id, 0)
    unread = sum(1 for item in chat.messages.values() if item.id > seen and item.sender_id != viewer_id)
    person = world.people[viewer_id]
    return {
        "id": chat.id,
        "title": sender_view(world, world.bot.id)["name"] if chat.is_private else chat.title,
        "kind": "private" if chat.is_private else "group",
        "forum": chat.forum,
        "unread": unread,
        "last": message_view(world, last, viewer_id) if last is not None else None,
        "keyboard": keyboard_view(chat.keyboards.get(viewer_id)),
        "started": chat.started,
        "commands": world.profile.commands_for(chat, viewer_id, person.language_code),
    }
