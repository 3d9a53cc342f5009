"""What officers may write to borrowers: civil, and to nobody but the borrower."""

import re
import unicodedata
from collections.abc import Iterable

from services.errors import InvalidInput

LONGEST_TEXT = 3000
"""Characters that one relayed message may have: with its heading it still fits into one of Telegram's."""


class EmptyText(InvalidInput):
    """There is nothing in the message."""

    key = "handoffs.text_empty"
    field = "text"


class TextTooLong(InvalidInput):
    """The message has more characters than `maximum`."""

    key = "handoffs.text_too_long"
    field = "text"


class ThreateningWords(InvalidInput):
    """The message threatens, or speaks of telling others about the debt. `words` are those found, as one text."""

    key = "handoffs.threatening_words"
    field = "text"


def written(text: str) -> str:
    """The text without blanks around it. Raises `EmptyText` or `TextTooLong`."""
    stripped = text.strip()
    if not stripped:
        raise EmptyText
    if len(stripped) > LONGEST_TEXT:
        raise TextTooLong(maximum=LONGEST_TEXT)
    return stripped


def civil(text: str, forbidden_words: Iterable[str]) -> str:
    """The text as `written`, fit to be sent to a borrower. Raises `ThreateningWords` too.

    A forbidden word in Latin letters is looked for as whole words, any other as characters in a row; neither case,
    letter width, blanks nor punctuation in between hide one.
    """
    stripped = written(text)
    found = [word for word in forbidden_words if _contains(stripped, word)]
    if found:
        raise ThreateningWords(words=", ".join(found))
    return stripped


def _contains(text: str, word: str) -> bool:
    if _plain(word).isascii():
        return f" {' '.join(_letters(word))} " in f" {' '.join(_letters(text))} "
    return "".join(_letters(word)) in "".join(_letters(text))


def _letters(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", _plain(text))


def _plain(text: str) -> str:
    # Format characters such as the zero-width space are no separators, they are nothing.
    visible = "".join(each for each in unicodedata.normalize("NFKC", text) if unicodedata.category(each) != "Cf")
    return visible.casefold()
