"""Editing the bot's own messages (core.telegram.org/bots/api#updating-messages)."""

from sandbox.bot_views import message_json
from sandbox.entities import Entity
from sandbox.errors import bad_request
from sandbox.formatted import read_caption, read_text
from sandbox.mailroom import show_edit
from sandbox.markup import InlineRows, read_markup
from sandbox.methods.media import input_media_item, read_input_media
from sandbox.models import Chat, Media, Message
from sandbox.sending import Call, chat_id_of
from sandbox.shapes import JsonObject

MEDIA_TO_EDIT = frozenset(("photo", "document", "video", "animation", "audio"))


def _editable(call: Call) -> tuple[Chat, Message]:
    if call.params.text("inline_message_id"):
        raise bad_request("MESSAGE_ID_INVALID")
    chat = call.world.writable_chat(chat_id_of(call.params))
    message = chat.messages.get(call.params.integer("message_id"))
    if message is None:
        raise bad_request("message to edit not found")
    own = message.sender_id == call.world.bot.id
    if not own or message.is_service or message.sent_with_keyboard or message.forward_origin is not None:
        raise bad_request("message can't be edited")
    return chat, message


def _inline(call: Call, chat: Chat, message: Message) -> InlineRows | None:
    markup = read_markup(call.params, private=chat.is_private, invoice=message.invoice is not None)
    if markup.changes_keyboard:
        raise bad_request("inline keyboard expected")
    return markup.inline


def _change(
    call: Call,
    chat: Chat,
    message: Message,
    *,
    text: str,
    entities: list[Entity],
    media: Media | None,
    inline: InlineRows | None,
) -> JsonObject:
    """Apply an edit. Raises ApiError 400 when it changes nothing."""
    before = (message.text, message.entities, _identity(message.media), message.inline_keyboard)
    if before == (text, entities, _identity(media), inline):
        raise bad_request(
            "message is not modified: specified new message content and reply markup "
            "are exactly the same as a current content and reply markup of the message"
        )
    message.text, message.entities, message.media, message.inline_keyboard = text, entities, media, inline
    message.edited_at = call.world.now()
    show_edit(call.world, chat, message)
    return message_json(call.world, message)


def _identity(media: Media | None) -> list[str] | None:
    return None if media is None else [media.kind, *(file.unique_id for file in media.files)]


async def edit_message_text(call: Call) -> JsonObject:
    """Replace a text; without reply_markup the inline keyboard goes."""
    text, entities = read_text(call.params)
    chat, message = _editable(call)
    if message.media is not None or message.invoice is not None:
        raise bad_request("there is no text in the message to edit")
    inline = _inline(call, chat, message)
    return _change(call, chat, message, text=text, entities=entities, media=None, inline=inline)


async def edit_message_caption(call: Call) -> JsonObject:
    """Replace or remove a caption."""
    text, entities = read_caption(call.params)
    chat, message = _editable(call)
    if message.media is None or message.media.kind in ("location", "contact", "sticker", "video_note"):
        raise bad_request("there is no caption in the message to edit")
    inline = _inline(call, chat, message)
    return _change(call, chat, message, text=text, entities=entities, media=message.media, inline=inline)


async def edit_message_reply_markup(call: Call) -> JsonObject:
    """Replace or remove the inline keyboard."""
    chat, message = _editable(call)
    inline = _inline(call, chat, message)
    return _change(
        call, chat, message, text=message.text, entities=message.entities, media=message.media, inline=inline
    )


async def edit_message_media(call: Call) -> JsonObject:
    """Replace the attachment with its caption, or add one to a text."""
    item = input_media_item(call)
    chat, message = _editable(call)
    if message.media is not None and message.media.kind not in MEDIA_TO_EDIT:
        raise bad_request("message media can't be edited")
    draft = await read_input_media(call, item)
    inline = _inline(call, chat, message)
    return _change(call, chat, message, text=draft.text, entities=draft.entities, media=draft.media, inline=inline)


METHODS = {
    "editMessageText": edit_message_text,
    "editMessageCaption": edit_message_caption,
    "editMessageReplyMarkup": edit_message_reply_markup,
    "editMessageMedia": edit_message_media,
}
