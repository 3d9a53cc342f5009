"""Spans that Telegram marks in plain text by itself: commands, links, mentions, hashtags, phones."""

import re

from sandbox.entities.links import normal_url
from sandbox.entities.model import Entity, sort_entities, utf16_length

TOP_DOMAINS = "com|org|net|io|me|dev|app|info|cn|ru|uk|de|fr|in|ke|eu|us|co|edu|gov|test|example"
PATTERNS = (
    ("email", re.compile(r"(?<![\w.@+-])[\w.+-]+@(?:[\w-]+\.)+[a-zA-Z]{2,}(?![\w@])")),
    (
        "url",
        re.compile(
            r"(?:(?:https?|tg|ton)://[^\s<>\"]+"
            rf"|(?<![\w@./-])(?:[a-zA-Z0-9-]+\.)+(?:{TOP_DOMAINS})\b(?:[/?#][^\s<>\"]*)?)",
        ),
    ),
    ("bot_command", re.compile(r"(?<![\w/@<>])/[a-zA-Z0-9_]{1,64}(?:@[a-zA-Z0-9_]{3,32})?(?![\w/@<>])", re.ASCII)),
    ("mention", re.compile(r"(?<![\w/@])@[a-zA-Z0-9_]{4,32}(?!\w)")),
    ("hashtag", re.compile(r"(?<![\w#/])#(?=\w*[^\W\d])\w{1,256}(?![\w#])")),
    ("cashtag", re.compile(r"(?<![\w$])\$[A-Z]{1,8}(?![\w$])")),
    ("phone_number", re.compile(r"(?<![\w+])\+\d(?:[ -]?\d){9,13}(?![\w])")),
)
CLOSED = frozenset(("code", "pre", "text_link", "text_mention"))
TRAILING = ".,:;!?)'\"»”’，。！？；："


def detect_entities(text: str) -> list[Entity]:
    """Entities that Telegram finds in a text on its own, in order, without overlaps."""
    found: list[Entity] = []
    for kind, pattern in PATTERNS:
        for match in pattern.finditer(text):
            span = match.group()
            if kind == "url":
                span = span.rstrip(TRAILING)
                if normal_url(span) is None:
                    continue
            offset = utf16_length(text[: match.start()])
            entity = Entity(kind, offset, utf16_length(span))
            if not any(_overlap(entity, other) for other in found):
                found.append(entity)
    return sort_entities(found)


def with_detected(text: str, entities: list[Entity]) -> list[Entity]:
    """The given entities and those detected outside of code and links."""
    closed = [entity for entity in entities if entity.type in CLOSED]
    detected = [entity for entity in detect_entities(text) if not any(_overlap(entity, other) for other in closed)]
    return sort_entities([*entities, *detected])


def _overlap(one: Entity, other: Entity) -> bool:
    return one.offset < other.end and other.offset < one.end
