"""Telegram's HTML parse mode (core.telegram.org/bots/api#html-style), with its error sentences."""

import re
from dataclasses import dataclass
from html import unescape

from sandbox.entities.links import link_entity
from sandbox.entities.model import Entity, EntityError, sort_entities, utf16_length

TYPE_BY_TAG = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "a": "text_link",
    "tg-emoji": "custom_emoji",
}
CHARACTER_REFERENCE = re.compile(r"&(?:lt|gt|amp|quot|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});?")
START_TAG = re.compile(r"<([^\s>]*)")
END_TAG = re.compile(r"</([^\s>]*)\s*")
BARE_VALUE = re.compile(r"[A-Za-z0-9.\-]*")


@dataclass(slots=True)
class _OpenTag:
    name: str
    attributes: dict[str, str]
    offset: int
    text_start: int


class _HtmlParser:
    def __init__(self, source: str) -> None:
        self.source = source
        self.position = 0
        self.pieces: list[str] = []
        self.length = 0
        self.open: list[_OpenTag] = []
        self.entities: list[Entity] = []

    def parse(self) -> tuple[str, list[Entity]]:
        while self.position < len(self.source):
            character = self.source[self.position]
            if character == "<":
                if self.source.startswith("</", self.position):
                    self._end_tag()
                else:
                    self._start_tag()
            elif character == "&" and (match := CHARACTER_REFERENCE.match(self.source, self.position)):
                self._append(_decode(match.group()))
                self.position = match.end()
            else:
                self._append(character)
                self.position += 1
        if self.open:
            raise EntityError(f'Can\'t find end tag corresponding to start tag "{self.open[-1].name}"')
        return "".join(self.pieces), sort_entities(_merge_code_blocks(self.entities))

    def _append(self, text: str) -> None:
        self.pieces.append(text)
        self.length += utf16_length(text)

    def _bytes(self, position: int) -> int:
        return len(self.source[:position].encode())

    def _start_tag(self) -> None:
        begin = self.position
        match = START_TAG.match(self.source, begin)
        if match is None or match.end() == len(self.source):
            raise EntityError(f"Unclosed start tag at byte offset {self._bytes(begin)}")
        name = match.group(1).lower()
        if name not in TYPE_BY_TAG:
            raise EntityError(f'Unsupported start tag "{name}" at byte offset {self._bytes(begin)}')
        self.position = match.end()
        attributes = self._attributes(name, begin)
        if name == "span" and attributes.get("class") != "tg-spoiler":
            raise EntityError(f'Tag "span" must have class "tg-spoiler" at byte offset {self._bytes(begin)}')
        self.open.append(_OpenTag(name, attributes, self.length, len(self.pieces)))

    def _attributes(self, tag: str, begin: int) -> dict[str, str]:
        attributes: dict[str, str] = {}
        while True:
            self._skip_space()
            if self._at_end():
                raise EntityError(f"Unclosed start tag at byte offset {self._bytes(begin)}")
            if self.source[self.position] == ">":
                self.position += 1
                return attributes
            name, value = self._attribute(tag, begin)
            attributes.setdefault(name, value)

    def _attribute(self, tag: str, begin: int) -> tuple[str, str]:
        start = self.position
        while not self._at_end() and not (self.source[self.position].isspace() or self.source[self.position] in "=>"):
            self.position += 1
        name = self.source[start : self.position].lower()
        if not name:
            raise EntityError(f'Empty attribute name in the tag "{tag}" at byte offset {self._bytes(begin)}')
        self._skip_space()
        if self._at_end():
            raise EntityError(f"Unclosed start tag at byte offset {self._bytes(begin)}")
        if self.source[self.position] != "=":
            return name, ""
        self.position += 1
        self._skip_space()
        if self._at_end():
            raise EntityError(f"Unclosed start tag at byte offset {self._bytes(begin)}")
        return name, self._attribute_value(begin)

    def _attribute_value(self, begin: int) -> str:
        quote = self.source[self.position]
        if quote in "'\"":
            end = self.source.find(quote, self.position + 1)
            if end < 0:
                raise EntityError(f"Unclosed start tag at byte offset {self._bytes(begin)}")
            value = self.source[self.position + 1 : end]
            self.position = end + 1
            return CHARACTER_REFERENCE.sub(lambda match: _decode(match.group()), value)
        match = BARE_VALUE.match(self.source, self.position)
        end = match.end() if match else self.position
        if end < len(self.source) and not self.source[end].isspace() and self.source[end] != ">":
            raise EntityError(f"Unexpected end of name token at byte offset {self._bytes(end)}")
        value = self.source[self.position : end].lower()
        self.position = end
        return value

    def _end_tag(self) -> None:
        begin = self.position
        if not self.open:
            raise EntityError(f"Unexpected end tag at byte offset {self._bytes(begin)}")
        match = END_TAG.match(self.source, begin)
        end = match.end() if match else begin
        if match is None or end >= len(self.source) or self.source[end] != ">":
            raise EntityError(f"Unclosed end tag at byte offset {self._bytes(begin)}")
        found = match.group(1).lower()
        tag = self.open.pop()
        if found and found != tag.name:
            raise EntityError(
                f'Unmatched end tag at byte offset {self._bytes(begin)}, expected "</{tag.name}>", found "</{found}>"'
            )
        self.position = end + 1
        if self.length > tag.offset:
            self._close(tag)

    def _close(self, tag: _OpenTag) -> None:
        kind = TYPE_BY_TAG[tag.name]
        length = self.length - tag.offset
        if kind == "text_link":
            target = tag.attributes.get("href") or "".join(self.pieces[tag.text_start :])
            entity = link_entity(target, tag.offset, length)
            if entity is not None:
                self.entities.append(entity)
        elif kind == "custom_emoji":
            emoji = tag.attributes.get("emoji-id", "")
            if not emoji.isdigit():
                raise EntityError("Invalid custom emoji identifier specified")
            self.entities.append(Entity(kind, tag.offset, length, custom_emoji_id=emoji))
        elif kind == "blockquote":
            expandable = "expandable" in tag.attributes
            self.entities.append(Entity("expandable_blockquote" if expandable else kind, tag.offset, length))
        else:
            self.entities.append(Entity(kind, tag.offset, length, language=_language(tag)))

    def _skip_space(self) -> None:
        while not self._at_end() and self.source[self.position].isspace():
            self.position += 1

    def _at_end(self) -> bool:
        return self.position >= len(self.source)


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """Text and entities of an HTML source. Raises EntityError with Telegram's sentence."""
    return _HtmlParser(source).parse()


def _decode(reference: str) -> str:
    decoded = unescape(reference if reference.endswith(";") else reference + ";")
    return decoded if decoded != reference else reference


def _language(tag: _OpenTag) -> str | None:
    css_class = tag.attributes.get("class", "")
    if tag.name == "code" and css_class.startswith("language-"):
        return css_class.removeprefix("language-") or None
    return None


def _merge_code_blocks(entities: list[Entity]) -> list[Entity]:
    """Join a pre and a code span of equal extent; a language counts only in such a pair."""
    spans = {(entity.type, entity.offset, entity.length): entity for entity in entities}
    merged = []
    for entity in entities:
        twin = spans.get(("pre" if entity.type == "code" else "code", entity.offset, entity.length))
        if entity.type == "pre" and twin is not None and twin.language:
            merged.append(Entity("pre", entity.offset, entity.length, language=twin.language))
        elif entity.type == "code" and twin is not None and entity.language:
            continue
        elif entity.type == "code":
            merged.append(Entity("code", entity.offset, entity.length))
        else:
            merged.append(entity)
    return merged
