"""Formatted text as safe HTML for the phone page."""

from dataclasses import replace
from html import escape

from sandbox.entities.model import Entity, sort_entities, utf16_length, utf16_slice

SIMPLE_TAGS = {
    "bold": "b",
    "italic": "i",
    "underline": "u",
    "strikethrough": "s",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "expandable_blockquote": "blockquote",
}
SAFE_LINKS = ("http://", "https://", "tg://", "mailto:", "tel:")


def render_html(text: str, entities: list[Entity]) -> str:
    """The text with its entities as HTML: every character of the text is escaped, links are checked."""
    return _render(text, 0, utf16_length(text), sort_entities(entities))


def _render(text: str, start: int, end: int, entities: list[Entity]) -> str:
    pieces: list[str] = []
    position = start
    waiting = list(entities)
    while waiting:
        outer = waiting.pop(0)
        if outer.offset >= end:
            break
        pieces.append(escape(utf16_slice(text, position, outer.offset - position)))
        stop = min(outer.end, end)
        inner = [_cut(entity, outer.offset, stop) for entity in waiting if entity.offset < stop]
        rest = [_cut(entity, stop, entity.end) for entity in waiting if entity.end > stop]
        opening, closing = _tags(text, outer)
        pieces.append(opening + _render(text, outer.offset, stop, inner) + closing)
        position = stop
        waiting = sort_entities(rest)
    pieces.append(escape(utf16_slice(text, position, end - position)))
    return "".join(pieces)


def _cut(entity: Entity, start: int, end: int) -> Entity:
    begin = max(entity.offset, start)
    return replace(entity, offset=begin, length=min(entity.end, end) - begin)


def _tags(text: str, entity: Entity) -> tuple[str, str]:
    if entity.type in SIMPLE_TAGS:
        tag = SIMPLE_TAGS[entity.type]
        return f"<{tag}>", f"</{tag}>"
    if entity.type == "spoiler":
        return '<span class="spoiler">', "</span>"
    address = _address(text, entity)
    if address is None or not address.lower().startswith(SAFE_LINKS):
        return "", ""
    return f'<a href="{escape(address)}" target="_blank" rel="noopener noreferrer">', "</a>"


def _address(text: str, entity: Entity) -> str | None:
    label = utf16_slice(text, entity.offset, entity.length)
    match entity.type:
        case "text_link":
            return entity.url
        case "url":
            return label if "://" in label else f"http://{label}"
        case "email":
            return f"mailto:{label}"
        case "phone_number":
            return f"tel:{label}"
        case _:
            return None
