"""Telling people that it takes longer while not even what they write can be stored."""

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from telegram.constants import ChatType, ParseMode
from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.errors import LATER
from bot.wording.i18n import Catalogues

logger = logging.getLogger(__name__)

TRIES: Final = 3
"""Of Telegram to bring an update, after which its writer is told."""
MOST_WRITERS: Final = 1000
"""Told in one outage; each is one message, and their ids are kept in memory."""


class Regrets:
    """Apologizes once for as long as the database is away, in private chats alone. What was written is not lost:
    Telegram brings it again until it is stored."""

    def __init__(self, bot: ExtBot[str], catalogues: Catalogues) -> None:
        self._bot = bot
        self._catalogues = catalogues
        self._tries: Counter[int] = Counter()
        self._told: set[int] = set()
        self._waiting: list[tuple[int, str]] = []
        self._telling: asyncio.Task[None] | None = None

    def not_stored(self, updates: Sequence[Mapping[str, Any]]) -> None:
        """These came and could not be stored."""
        for update in updates:
            writer = _writer(update)
            if writer is None or writer[0] in self._told or len(self._told) >= MOST_WRITERS:
                continue
            number = int(update["update_id"])
            self._tries[number] += 1
            if self._tries[number] >= TRIES:
                del self._tries[number]
                self._told.add(writer[0])
                self._waiting.append(writer)
        if self._waiting and self._telling is None:
            self._telling = asyncio.create_task(self._tell())

    def stored(self) -> None:
        """The database is back: the next time is another one."""
        self._tries.clear()
        self._told.clear()
        self._waiting.clear()

    async def _tell(self) -> None:
        try:
            while self._waiting:
                chat_id, language = self._waiting.pop(0)
                t = self._catalogues.translator(self._catalogues.match(language))
                try:
                    await self._bot.send_message(chat_id, t(LATER), parse_mode=ParseMode.HTML)
                except TelegramError as failure:
                    logger.info("nobody could be told", extra={"kind": type(failure).__name__})
        finally:
            self._telling = None


def _writer(update: Mapping[str, Any]) -> tuple[int, str] | None:
    """The private chat that the update came from and the language of its person's Telegram; None for a group, and for
    what nobody waits for an answer to."""
    press = update.get("callback_query")
    message = update.get("message") or (press.get("message") if isinstance(press, Mapping) else None)
    content = press or message
    chat = message.get("chat") if isinstance(message, Mapping) else None
    person = content.get("from") if isinstance(content, Mapping) else None
    if not isinstance(chat, Mapping) or not isinstance(person, Mapping) or chat.get("type") != ChatType.PRIVATE:
        return None
    number = chat.get("id")
    return (number, str(person.get("language_code") or "")) if isinstance(number, int) else None
