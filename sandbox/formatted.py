"""Texts and captions of a call: parse mode or given entities, Telegram's length limits."""

from collections.abc import Mapping
from typing import cast

from sandbox.entities import (
    Entity,
    EntityError,
    parse_html,
    parse_markdown_v2,
    sort_entities,
    trim,
    utf16_length,
    with_detected,
)
from sandbox.entities.links import normal_url
from sandbox.errors import bad_request
from sandbox.params import Params
from sandbox.shapes import JsonObject

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
ENTITIES_LIMIT = 100
GIVEN_TYPES = frozenset(
    (
        "bold",
        "italic",
        "underline",
        "strikethrough",
        "spoiler",
        "blockquote",
        "expandable_blockquote",
        "code",
        "pre",
        "text_link",
        "text_mention",
        "custom_emoji",
    )
)

Formatted = tuple[str, list[Entity]]


def read_text(params: Params, field: str = "text") -> Formatted:
    """The text of a message. Raises ApiError 400 for broken markup, an empty or an overlong text."""
    text, entities = format_text(params.text(field), params.text("parse_mode"), _json(params, "entities"))
    if not text:
        raise bad_request("message text is empty")
    if utf16_length(text) > TEXT_LIMIT:
        raise bad_request("message is too long")
    return text, entities


def read_caption(params: Params) -> Formatted:
    """The caption of a file. Raises ApiError 400 for broken markup or an overlong caption."""
    return format_caption(params.text("caption"), params.text("parse_mode"), _json(params, "caption_entities"))


def format_caption(source: str, parse_mode: str, given: object) -> Formatted:
    """A caption from its source. Raises ApiError 400 as `read_caption` does."""
    text, entities = format_text(source, parse_mode, given)
    if utf16_length(text) > CAPTION_LIMIT:
        raise bad_request("message caption is too long")
    return text, entities


def format_text(source: str, parse_mode: str, given: object) -> Formatted:
    """A text with its entities. Raises ApiError 400 with Telegram's sentence when the markup is broken."""
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    try:
        match parse_mode.lower():
            case "":
                text, entities = source, _given_entities(source, given)
            case "html":
                text, entities = parse_html(source)
            case "markdownv2":
                text, entities = parse_markdown_v2(source)
            case _:
                raise bad_request("unsupported parse_mode")
    except EntityError as error:
        raise bad_request(f"can't parse entities: {error}") from error
    text, entities = trim(text, entities)
    return text, with_detected(text, entities)[:ENTITIES_LIMIT]


def _json(params: Params, name: str) -> object:
    try:
        return params.json(name)
    except ValueError:
        raise bad_request("can't parse entities: Can't parse entities JSON object") from None


def _given_entities(text: str, given: object) -> list[Entity]:
    if given is None:
        return []
    if not isinstance(given, list):
        raise bad_request("can't parse entities: Expected an Array of MessageEntity")
    entities = [_given_entity(item, utf16_length(text)) for item in given]
    return sort_entities([entity for entity in entities if entity is not None])


def _given_entity(item: object, total: int) -> Entity | None:
    if not isinstance(item, Mapping):
        raise bad_request("can't parse MessageEntity: Expected an Object")
    fields = cast("JsonObject", item)
    kind, offset, length = fields.get("type"), fields.get("offset"), fields.get("length")
    if not isinstance(offset, int) or not isinstance(length, int):
        raise bad_request('can\'t parse MessageEntity: Field "offset" must be of type Number')
    if kind not in GIVEN_TYPES or offset < 0 or length <= 0 or offset + length > total:
        return None
    url = fields.get("url")
    user = fields.get("user")
    if kind == "text_link" and (not isinstance(url, str) or normal_url(url) is None):
        raise bad_request(f"entity URL '{url}' is invalid: Wrong HTTP URL")
    return Entity(
        str(kind),
        offset,
        length,
        url=normal_url(url) if isinstance(url, str) else None,
        language=cast("str | None", fields.get("language")),
        user_id=cast("int | None", user.get("id")) if isinstance(user, Mapping) else None,
        custom_emoji_id=cast("str | None", fields.get("custom_emoji_id")),
    )
