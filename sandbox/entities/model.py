"""Message entities: spans of formatted text measured in UTF-16 code units, as Telegram measures them."""

from dataclasses import dataclass, replace

from sandbox.shapes import JsonObject


class EntityError(Exception):
    """The markup can't be parsed; the message is Telegram's own sentence."""


@dataclass(frozen=True, slots=True)
class Entity:
    """One span; `offset` and `length` count UTF-16 code units."""

    type: str
    offset: int
    length: int
    url: str | None = None
    language: str | None = None
    user_id: int | None = None
    custom_emoji_id: str | None = None

    @property
    def end(self) -> int:
        """Offset of the first code unit behind the span."""
        return self.offset + self.length


def utf16_length(text: str) -> int:
    """Number of UTF-16 code units of the text."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def utf16_slice(text: str, offset: int, length: int) -> str:
    """The part of the text that an entity covers."""
    raw = text.encode("utf-16-le", "surrogatepass")
    return raw[offset * 2 : (offset + length) * 2].decode("utf-16-le", "replace")


def sort_entities(entities: list[Entity]) -> list[Entity]:
    """Outer spans before inner ones, in order of their start."""
    return sorted(entities, key=lambda entity: (entity.offset, -entity.length))


def trim(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Drop the white space around a text, as Telegram does, and move the entities along."""
    kept = text.strip()
    if kept == text:
        return text, entities
    start = utf16_length(text[: len(text) - len(text.lstrip())])
    total = utf16_length(kept)
    moved = []
    for entity in entities:
        begin = max(entity.offset - start, 0)
        end = min(entity.end - start, total)
        if end > begin:
            moved.append(replace(entity, offset=begin, length=end - begin))
    return kept, moved


def entity_json(entity: Entity, user: JsonObject | None = None) -> JsonObject:
    """The Bot API's MessageEntity; `user` is the mentioned User of a text_mention."""
    answer: JsonObject = {"type": entity.type, "offset": entity.offset, "length": entity.length}
    if entity.url is not None:
        answer["url"] = entity.url
    if entity.language:
        answer["language"] = entity.language
    if entity.custom_emoji_id is not None:
        answer["custom_emoji_id"] = entity.custom_emoji_id
    if user is not None:
        answer["user"] = user
    return answer
