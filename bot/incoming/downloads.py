"""Fetching what a person sent."""

from typing import Final

from telegram import Message
from telegram.error import BadRequest
from telegram.ext import ExtBot

from services.errors import InvalidInput

TELEGRAM_LIMIT_MB: Final = 20
"""Bots cannot download more, whatever the lender would accept."""


class FileTooBig(InvalidInput):
    """Telegram does not hand over a file of this size. `maximum_mb` is its limit."""

    key = "errors.file_too_big"


def file_of(message: Message) -> tuple[str, int] | None:
    """Identity and size in bytes of the photo (in its best size) or document of `message`, or None."""
    if message.photo:
        best = message.photo[-1]
        return best.file_id, best.file_size or 0
    if message.document is not None:
        return message.document.file_id, message.document.file_size or 0
    return None


async def fetch(bot: ExtBot[str], file_id: str, size: int = 0) -> bytes:
    """The file's content. Raises FileTooBig for one beyond Telegram's limit, and NetworkError when it does not come."""
    if size > TELEGRAM_LIMIT_MB * 2**20:
        raise FileTooBig(maximum_mb=TELEGRAM_LIMIT_MB)
    try:
        file = await bot.get_file(file_id)
    except BadRequest as refusal:
        if "too big" in refusal.message.lower():
            raise FileTooBig(maximum_mb=TELEGRAM_LIMIT_MB) from refusal
        raise
    return bytes(await file.download_as_bytearray())
