"""Sending one announcement to one chat, whatever it is made of."""

import logging
from typing import Any, Final

from telegram import InputFile, InputMediaDocument, LinkPreviewOptions, ReplyParameters
from telegram.constants import ParseMode
from telegram.error import BadRequest
from telegram.ext import ExtBot

from bot import markup
from bot.announcements import Announcement, Attachment

logger = logging.getLogger(__name__)

CAPTION_LIMIT: Final = 1024
NO_PREVIEW: Final = LinkPreviewOptions(is_disabled=True)
_CANNOT_EDIT: Final = ("message to edit not found", "message can't be edited", "message_id_invalid")


async def deliver(bot: ExtBot[str], chat_id: int, announcement: Announcement) -> int:
    """Send (or edit) it and answer the id of the message that carries its text. Raises what Telegram answers."""
    if announcement.edit_message is not None and await _edited(bot, chat_id, announcement, announcement.edit_message):
        return announcement.edit_message
    files = len(announcement.documents) + (announcement.photo is not None)
    if files == 1 and markup.shown_length(announcement.text) <= CAPTION_LIMIT:
        return await _file(bot, chat_id, announcement, announcement.text)
    sent = await _text(bot, chat_id, announcement)
    if files > 1:
        await _album(bot, chat_id, announcement)
    elif files == 1:
        await _file(bot, chat_id, announcement, None)
    return sent


async def _edited(bot: ExtBot[str], chat_id: int, announcement: Announcement, message_id: int) -> bool:
    try:
        await bot.edit_message_text(
            announcement.text,
            chat_id=chat_id,
            message_id=message_id,
            parse_mode=ParseMode.HTML,
            reply_markup=announcement.keyboard,
            link_preview_options=NO_PREVIEW,
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


async def _text(bot: ExtBot[str], chat_id: int, announcement: Announcement) -> int:
    """The text, as several messages where it is too long for one; the last carries the buttons."""
    parts = markup.split(announcement.text)
    for part in parts[:-1]:
        await bot.send_message(
            chat_id, part, link_preview_options=NO_PREVIEW, parse_mode=ParseMode.HTML, **_manner(announcement)
        )
    last = await bot.send_message(
        chat_id,
        parts[-1],
        reply_markup=announcement.keyboard,
        link_preview_options=NO_PREVIEW,
        parse_mode=ParseMode.HTML,
        **_manner(announcement),
    )
    return last.message_id


async def _file(bot: ExtBot[str], chat_id: int, announcement: Announcement, caption: str | None) -> int:
    buttons = announcement.keyboard if caption is not None else None
    manner = _manner(announcement)
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


async def _album(bot: ExtBot[str], chat_id: int, announcement: Announcement) -> None:
    media = [InputMediaDocument(one.content, filename=one.filename) for one in announcement.documents]
    await bot.send_media_group(chat_id, media, **_manner(announcement))


def _manner(announcement: Announcement) -> dict[str, Any]:
    """How it is sent, whatever it is."""
    replied = announcement.reply_to
    return {
        "message_thread_id": announcement.thread_id,
        "protect_content": announcement.protect,
        "disable_notification": announcement.silent,
        "reply_parameters": ReplyParameters(replied, allow_sending_without_reply=True) if replied else None,
    }


def _input(attachment: Attachment) -> InputFile:
    return InputFile(attachment.content, attachment.filename)
