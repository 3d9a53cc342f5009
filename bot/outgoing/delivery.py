"""Sending one announcement to one chat, whatever it is made of."""

import logging
from typing import Any, Final

from telegram import InputFile, InputMediaDocument, LinkPreviewOptions, ReplyParameters
from telegram.constants import ParseMode
from telegram.error import BadRequest
from telegram.ext import ExtBot

from bot.announcements import Announcement, Attachment
from bot.client.calls import NO_PREVIEW, call_at_once, keyboard_json, sent_id
from bot.incoming.patience import AT_ONCE
from bot.wording import markup

logger = logging.getLogger(__name__)

CAPTION_LIMIT: Final = 1024
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
            link_preview_options=LinkPreviewOptions(is_disabled=True),
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
        "link_preview_options": NO_PREVIEW,
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
        await call_at_once(bot, "sendMessage", fields | {"text": part})
    last = fields | {"text": parts[-1]}
    if announcement.keyboard is not None:
        last["reply_markup"] = keyboard_json(announcement.keyboard)
    return sent_id(await call_at_once(bot, "sendMessage", last))


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
