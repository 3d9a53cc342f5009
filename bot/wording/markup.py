"""Telegram's HTML: escaping, reading it as plain text, and cutting it into messages."""

import html
import re

TAG = re.compile(r"</?[a-z][^<>]*>")
_PIECE = re.compile(r"<[^<>]*>|&#?\w+;|\s|[^\s<&]|[<&]", re.DOTALL)
MESSAGE_LIMIT = 4096
"""Characters of one message after parsing, counted as Telegram does, in UTF-16 units."""


def escape(text: str) -> str:
    """`text` so that Telegram shows it as it is."""
    return html.escape(text, quote=False)


def plain(markup: str) -> str:
    """What a reader sees of `markup`: no tags, entities resolved."""
    return html.unescape(TAG.sub("", markup))


def shown_length(markup: str) -> int:
    """Length in UTF-16 units of what Telegram shows, the measure of its limits."""
    return len(plain(markup).encode("utf-16-le")) // 2


def split(markup: str, limit: int = MESSAGE_LIMIT) -> list[str]:
    """`markup` cut into parts of at most `limit` shown characters, at line ends or spaces where there are any.
    Tags open at a cut are closed and opened again, so that each part parses by itself."""
    # No character has more than two units, and what is shown is never longer than its markup.
    if 2 * len(markup) <= limit or shown_length(markup) <= limit:
        return [markup]
    parts: list[str] = []
    pieces = _PIECE.findall(markup)
    while pieces:
        end = _cut(pieces, limit)
        head, pieces = pieces[:end], pieces[end:]
        still_open = _open_tags(head)
        parts.append("".join(head).strip() + "".join(f"</{_name(tag)}>" for tag in reversed(still_open)))
        pieces = still_open + pieces if pieces else []
    return [part for part in parts if plain(part).strip()]


def _cut(pieces: list[str], limit: int) -> int:
    """How many pieces fit; at least one that is shown, preferring to end at a line, then at a space."""
    shown = 0
    line_end = space = 0
    for index, piece in enumerate(pieces):
        shown += shown_length(piece)
        if shown > limit:
            return line_end or space or index
        if piece == "\n":
            line_end = index + 1
        elif piece.isspace():
            space = index + 1
    return len(pieces)


def _open_tags(pieces: list[str]) -> list[str]:
    opened: list[str] = []
    for piece in pieces:
        if piece.startswith("</"):
            opened.pop()
        elif TAG.fullmatch(piece):
            opened.append(piece)
    return opened


def _name(tag: str) -> str:
    return tag.strip("<>").split()[0]
