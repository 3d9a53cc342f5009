"""Telegram's MarkdownV2 parse mode (core.telegram.org/bots/api#markdownv2-style), with its error sentences."""

from dataclasses import dataclass

from sandbox.entities.links import link_entity
from sandbox.entities.model import Entity, EntityError, sort_entities, utf16_length

RESERVED = frozenset("_*[]()~`>#+-=|{}.!")
MARKS = {"||": "spoiler", "__": "underline", "*": "bold", "_": "italic", "~": "strikethrough"}
NAMES = {
    "bold": "Bold",
    "italic": "Italic",
    "underline": "Underline",
    "strikethrough": "Strikethrough",
    "spoiler": "Spoiler",
    "text_link": "TextUrl",
    "custom_emoji": "CustomEmoji",
}


@dataclass(slots=True)
class _Open:
    type: str
    offset: int
    position: int
    piece: int


class _MarkdownParser:
    def __init__(self, source: str) -> None:
        self.source = source
        self.position = 0
        self.pieces: list[str] = []
        self.length = 0
        self.open: list[_Open] = []
        self.entities: list[Entity] = []
        self.quote_start: int | None = None

    def parse(self) -> tuple[str, list[Entity]]:
        line_start = True
        while self.position < len(self.source):
            if line_start and self._quote_at_line_start():
                line_start = False
                continue
            line_start = self._step()
        if self.open:
            raise self._unfinished(self.open[-1])
        self._end_quote()
        return "".join(self.pieces), sort_entities(self.entities)

    def _quote_at_line_start(self) -> bool:
        """Read the mark of a quoted line; end a quote at a line without it."""
        if self._at("**>"):
            self._end_quote()
            self.position += 2
        if self._at(">"):
            if self.quote_start is None:
                self.quote_start = self.length
            self.position += 1
            return True
        self._end_quote()
        return False

    def _step(self) -> bool:
        """Read one character or mark; True when a line begins behind it."""
        position = self.position
        if self._escaped():
            position += 1
            self._append(self.source[position], 2)
            return self.source[position] in "\r\n"
        character = self.source[position]
        if character == "`":
            self._code()
        elif character == "]" and self.open and self.open[-1].type in ("text_link", "custom_emoji"):
            self._close_link()
        elif character == "[" or self._at("!["):
            kind = "text_link" if character == "[" else "custom_emoji"
            self.open.append(_Open(kind, self.length, position, len(self.pieces)))
            self.position += 1 if character == "[" else 2
        elif self._at("||") and self.quote_start is not None and self._closes_expandable():
            self._end_quote(expandable=True)
            self.position += 2
        elif character in "*_~" or self._at("||"):
            self._mark()
        elif character in RESERVED:
            raise EntityError(f"Character '{character}' is reserved and must be escaped with the preceding '\\'")
        else:
            self._append(character, 1)
        return character in "\r\n"

    def _closes_expandable(self) -> bool:
        behind = self.source[self.position + 2 : self.position + 3]
        return behind in ("", "\n", "\r") and not any(entry.type == "spoiler" for entry in self.open)

    def _mark(self) -> None:
        mark = next(mark for mark in MARKS if self._at(mark))
        kind = MARKS[mark]
        begin = self.position
        self.position += len(mark)
        if self.open and self.open[-1].type == kind:
            entry = self.open.pop()
            if self.length > entry.offset:
                self.entities.append(Entity(kind, entry.offset, self.length - entry.offset))
            return
        self.open.append(_Open(kind, self.length, begin, len(self.pieces)))

    def _code(self) -> None:
        begin = self.position
        fence = "```" if self._at("```") else "`"
        self.position += len(fence)
        language = self._language() if fence == "```" else None
        offset = self.length
        while not self._at(fence):
            if self.position >= len(self.source):
                name = "Code" if fence == "`" else ("PreCode" if language else "Pre")
                raise EntityError(f"Can't find end of {name} entity at byte offset {self._bytes(begin)}")
            if self.source[self.position] == "`":
                raise EntityError(f"Can't find end of Code entity at byte offset {self._bytes(self.position)}")
            if self._escaped():
                self.position += 1
            self._append(self.source[self.position], 1)
        self.position += len(fence)
        if self.length > offset:
            kind = "code" if fence == "`" else "pre"
            self.entities.append(Entity(kind, offset, self.length - offset, language=language))

    def _language(self) -> str | None:
        end = self.position
        while end < len(self.source) and not self.source[end].isspace() and self.source[end] != "`":
            end += 1
        language = None
        if self.position < end < len(self.source) and self.source[end] != "`":
            language = self.source[self.position : end]
            self.position = end
        pair = self.source[self.position : self.position + 2]
        if pair in ("\r\n", "\n\r"):
            self.position += 2
        elif pair[:1] in ("\r", "\n"):
            self.position += 1
        return language

    def _escaped(self) -> bool:
        behind = self.source[self.position + 1 : self.position + 2]
        return self._at("\\") and behind != "" and 0 < ord(behind) <= 126

    def _close_link(self) -> None:
        entry = self.open.pop()
        label = "".join(self.pieces[entry.piece :])
        self.position += 1
        target = label
        if self._at("("):
            target = self._target(entry)
        elif entry.type == "custom_emoji":
            raise EntityError("Custom emoji entity must contain a tg://emoji URL")
        length = self.length - entry.offset
        if length == 0:
            return
        if entry.type == "custom_emoji":
            self.entities.append(_custom_emoji(target, entry.offset, length))
        elif (entity := link_entity(target, entry.offset, length)) is not None:
            self.entities.append(entity)

    def _target(self, entry: _Open) -> str:
        self.position += 1
        begin = self.position
        characters: list[str] = []
        while self.position < len(self.source) and self.source[self.position] != ")":
            if self.source[self.position] == "\\" and self.position + 1 < len(self.source):
                self.position += 1
            characters.append(self.source[self.position])
            self.position += 1
        if self.position >= len(self.source):
            what = "a URL" if entry.type == "text_link" else "a custom emoji URL"
            raise EntityError(f"Can't find end of {what} at byte offset {self._bytes(begin)}")
        self.position += 1
        return "".join(characters)

    def _end_quote(self, *, expandable: bool = False) -> None:
        if self.quote_start is None:
            return
        inner = [entry for entry in self.open if entry.offset >= self.quote_start]
        if inner:
            raise self._unfinished(inner[-1])
        if self.length > self.quote_start:
            kind = "expandable_blockquote" if expandable else "blockquote"
            self.entities.append(Entity(kind, self.quote_start, self.length - self.quote_start))
        self.quote_start = None

    def _unfinished(self, entry: _Open) -> EntityError:
        return EntityError(f"Can't find end of {NAMES[entry.type]} entity at byte offset {self._bytes(entry.position)}")

    def _append(self, text: str, consumed: int) -> None:
        self.pieces.append(text)
        self.length += utf16_length(text)
        self.position += consumed

    def _at(self, mark: str) -> bool:
        return self.source.startswith(mark, self.position)

    def _bytes(self, position: int) -> int:
        return len(self.source[:position].encode())


def parse_markdown_v2(source: str) -> tuple[str, list[Entity]]:
    """Text and entities of a MarkdownV2 source. Raises EntityError with Telegram's sentence."""
    return _MarkdownParser(source).parse()


def _custom_emoji(target: str, offset: int, length: int) -> Entity:
    if not target.lower().startswith("tg:"):
        raise EntityError("Custom emoji URL must have scheme tg")
    identifier = target.rpartition("id=")[2]
    if not identifier.isdigit():
        raise EntityError("Custom emoji URL must have an emoji identifier")
    return Entity("custom_emoji", offset, length, custom_emoji_id=identifier)
