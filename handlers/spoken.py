"""Understanding typed words as the buttons they stand for, in every language of the catalogues."""

import re
import unicodedata
from functools import lru_cache
from typing import Any

from telegram import Message
from telegram.ext import CallbackQueryHandler, MessageHandler, filters

from bot.context import LoanlineContext
from bot.conversation import Handler
from bot.keyboards import pattern
from bot.wording.i18n import Catalogues
from handlers.dialogue import Callback

_NO_WORD = re.compile(r"[^\w/ ]+")
_SEPARATOR = re.compile(r"[,，、]")
_GROUPING = re.compile(r"[\s\-–.·]+")
SHORTEST_NUMBER = 4
MOST_LETTERS = 4
"""An identity number may end with a letter, an account number begin with some."""


@lru_cache(maxsize=256)
def heard(text: str) -> str:
    """`text` as it is compared: full-width letters folded, case, punctuation and signs dropped, spaces single."""
    return " ".join(_NO_WORD.sub(" ", unicodedata.normalize("NFKC", text).casefold()).split())


class _Said(filters.MessageFilter):
    def __init__(self, phrases: frozenset[str]) -> None:
        super().__init__()
        self._phrases = phrases

    def filter(self, message: Message) -> bool:
        return message.text is not None and heard(message.text) in self._phrases


class Spoken:
    """Makes filters and handlers for phrases of the catalogues. A catalogue text may list synonyms with commas."""

    def __init__(self, catalogues: Catalogues) -> None:
        self._catalogues = catalogues

    def phrases(self, *keys: str) -> frozenset[str]:
        """Everything a person may type for `keys`, as `heard` writes it."""
        texts = (text for key in keys for text in self._catalogues.all_phrases(key).values())
        return frozenset(filter(None, (heard(phrase) for text in texts for phrase in (text, *_SEPARATOR.split(text)))))

    def said(self, *keys: str) -> filters.MessageFilter:
        """Matches a message that is nothing but one of the phrases behind `keys`."""
        return _Said(self.phrases(*keys))

    def choice(self, data: str, callback: Callback, *keys: str) -> list[Handler]:
        """A button with callback data `data…` and the typed words that mean the same."""
        handlers: list[Handler] = [CallbackQueryHandler(callback, pattern(data))]
        if keys:
            handlers.append(MessageHandler(self.said(*keys), callback))
        return handlers


def looks_like_number(text: str, _: LoanlineContext) -> bool:
    """Whether the words are a code or the number of a card, an account, an identity paper, however it is grouped."""
    written = _GROUPING.sub("", unicodedata.normalize("NFKC", text))
    digits = sum(character.isdecimal() for character in written)
    return digits >= SHORTEST_NUMBER and len(written) - digits <= MOST_LETTERS


def typed(callback: Callback) -> MessageHandler[Any, Any]:
    """Any typed text that is no command."""
    return MessageHandler(filters.TEXT & ~filters.COMMAND, callback)
