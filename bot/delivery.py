"""Sending one announcement to one chat, whatever it is made of.

A text, which is what goes out by the thousand, is handed to the bot's HTTP client as it is: the library would build the
answer's objects only to be asked for a number.
"""

import logging
from collections.abc import Mapping
from typing import Any, Final

from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    InputMediaDocument,
    LinkPreviewOptions,
    ReplyParameters,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest, TelegramError
from telegram.ext import ExtBot
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter

from bot import markup
from bot.announcements import Announcement, Attachment
from bot.patience import AT_ONCE

logger = logging.getLogger(__name__)

CAPTION_LIMIT: Final = 1024
NO_PREVIEW: Final = LinkPreviewOptions(is_disabled=True)
_NO_PREVIEW: Final = {"is_disabled": True}
_CANNOT_EDIT: Final = ("message to edit not found", "message can't be edited", "message_id_invalid")


async def deliver(bot: ExtBot[str], chat_id: int, announcement: Announcement, *, paid: bool = False) -> int | None:
    """Send (or edit) it and answer the id of the message that carries its text, None where only buttons went. `paid`
    sends beyond the free rate for Telegram's fee. Raises what Telegram answers."""
    if announcement.buttons_off is not None:
        await _take_off(bot, chat_id, announcement.buttons_off)
        return None
    if announcement.edit_message is not None and await _edited(bot, chat_id, announcement, announcement.edit_message):
        return announcement.edit_message
    files = _files(announcement)
    if files == 1 and markup.shown_length(announcement.text) <= CAPTION_LIMIT:
        return await _file(bot, chat_id, announcement, announcement.text, paid=paid)
    sent = await _text(bot, chat_id, announcement, paid=paid)
    if files > 1:
        await _album(bot, chat_id, announcement, paid=paid)
    elif files == 1:
        await _file(bot, chat_id, announcement, None, paid=paid)
    return sent


def messages_in(announcement: Announcement) -> int:
    """How many messages Telegram counts for it."""
    files = _files(announcement)
    if files == 1 and markup.shown_length(announcement.text) <= CAPTION_LIMIT:
        return 1
    return files + (len(markup.split(announcement.text)) if len(announcement.text) > markup.MESSAGE_LIMIT else 1)


def _files(announcement: Announcement) -> int:
    return len(announcement.documents) + (announcement.photo is not None)


async def _take_off(bot: ExtBot[str], chat_id: int, message_id: int) -> None:
    """A message that has no buttons or is gone is no error."""
    try:
        await bot.edit_message_reply_markup(chat_id=chat_id, message_id=message_id, rate_limit_args=AT_ONCE)
    except BadRequest as refusal:
        logger.debug("buttons stay: %s", refusal)


async def _edited(bot: ExtBot[str], chat_id: int, announcement: Announcement, message_id: int) -> bool:
    try:
        await bot.edit_message_text(
            announcement.text,
            chat_id=chat_id,
            message_id=message_id,
            parse_mode=ParseMode.HTML,
            reply_markup=announcement.keyboard,
            link_preview_options=NO_PREVIEW,
            rate_limit_args=AT_ONCE,
        )
    except BadRequest as refusal:
        words = refusal.message.lower()
        if "not modified" in words:
            return True
        if not any(reason in words for reason in _CANNOT_EDIT):
            raise
        logger.info("a card could not be edited, a new one follows")
        return False
    return True


async def _text(bot: ExtBot[str], chat_id: int, announcement: Announcement, *, paid: bool) -> int:
    """The text, as several messages where it is too long for one; the last carries the buttons."""
    parts = markup.split(announcement.text)
    fields: dict[str, object] = {
        "chat_id": chat_id,
        "link_preview_options": _NO_PREVIEW,
        "parse_mode": ParseMode.HTML.value,
    }
    if announcement.thread_id is not None:
        fields["message_thread_id"] = announcement.thread_id
    if announcement.protect:
        fields["protect_content"] = True
    if announcement.silent:
        fields["disable_notification"] = True
    if announcement.reply_to:
        fields["reply_parameters"] = {"message_id": announcement.reply_to, "allow_sending_without_reply": True}
    if paid:
        fields["allow_paid_broadcast"] = True
    for part in parts[:-1]:
        await _send_message(bot, fields | {"text": part})
    last = fields | {"text": parts[-1]}
    if announcement.keyboard is not None:
        last["reply_markup"] = {"inline_keyboard": _rows(announcement.keyboard)}
    return await _send_message(bot, last)


def _rows(keyboard: InlineKeyboardMarkup) -> list[list[dict[str, object]]]:
    return [[_button(button) for button in row] for row in keyboard.inline_keyboard]


def _button(button: InlineKeyboardButton) -> dict[str, object]:
    """As the library writes it, without looking at every field for the usual kind: one that is pressed."""
    if isinstance(button.callback_data, str):
        return {"text": button.text, "callback_data": button.callback_data}
    return button.to_dict()


async def _send_message(bot: ExtBot[str], fields: Mapping[str, object]) -> int:
    data = RequestData([RequestParameter(name, value, None) for name, value in fields.items()])
    message = await bot.request.post(f"{bot.base_url}/sendMessage", data)
    if not isinstance(message, dict):
        raise TelegramError("sendMessage was answered without a message")
    return int(message["message_id"])


async def _file(bot: ExtBot[str], chat_id: int, announcement: Announcement, caption: str | None, *, paid: bool) -> int:
    buttons = announcement.keyboard if caption is not None else None
    manner = _manner(announcement, paid=paid)
    if announcement.photo is not None:
        picture = _input(announcement.photo)
        message = await bot.send_photo(
            chat_id, picture, caption=caption, reply_markup=buttons, parse_mode=ParseMode.HTML, **manner
        )
    else:
        document = _input(announcement.documents[0])
        message = await bot.send_document(
            chat_id, document, caption=caption, reply_markup=buttons, parse_mode=ParseMode.HTML, **manner
        )
    return message.message_id


async def _album(bot: ExtBot[str], chat_id: int, announcement: Announcement, *, paid: bool) -> None:
    media = [InputMediaDocument(one.content, filename=one.filename) for one in announcement.documents]
    await bot.send_media_group(chat_id, media, **_manner(announcement, paid=paid))


def _manner(announcement: Announcement, *, paid: bool) -> dict[str, Any]:
    """How it is sent, whatever it is. The sender counts and waits by itself."""
    replied = announcement.reply_to
    return {
        "message_thread_id": announcement.thread_id,
        "protect_content": announcement.protect,
        "disable_notification": announcement.silent,
        "allow_paid_broadcast": paid or None,
        "rate_limit_args": AT_ONCE,
        "reply_parameters": ReplyParameters(replied, allow_sending_without_reply=True) if replied else None,
    }


def _input(attachment: Attachment) -> InputFile:
    return InputFile(attachment.content, attachment.filename)
