"""Typed values of a message as plain JSON, so that a message owed today is worded on the day it is sent.

Text, whole numbers, truth values and nothing go as themselves. Every other value is an object of one member that names
its type: `{"money": ["12.50", "CNY"]}`, `{"date": "2025-12-05"}`, `{"instant": "2025-12-05T01:00:00+00:00"}`,
`{"percent": "10.8"}`, `{"label": "terms.…"}`, `{"text": {"en": "…"}}`, `{"said": 12}`. An amount that the database
itself writes is in minor units: `{"minor": [1250, "CNY"]}`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

from services.money import Money
from services.wording import Label, LocalizedText, Percent


@dataclass(frozen=True, slots=True)
class Said:
    """What borrower or officer wrote in a handoff, by the id of its sealed record: a person's words never lie
    readable in the outbox. Whoever delivers the message gets the words themselves."""

    handoff_message_id: int


_Value: TypeAlias = str | int | bool | Money | date | datetime | Percent | Label | LocalizedText | Said
MessageParam: TypeAlias = _Value | Sequence["MessageParam"] | None
"""What a message may name."""

MessageParams: TypeAlias = Mapping[str, MessageParam]


def encode_params(params: MessageParams) -> dict[str, Any]:
    """The parameters as JSON. Raises TypeError for a value that has no exact form there, a float above all."""
    return {name: _encode(value) for name, value in params.items()}


def decode_params(stored: Mapping[str, Any]) -> dict[str, MessageParam]:
    """The parameters that `encode_params` was given; a sequence comes back as a tuple. Raises ValueError for JSON of
    another form."""
    return {name: _decode(value) for name, value in stored.items()}


def _encode(value: MessageParam) -> Any:
    match value:
        case str():
            return str(value)
        case None | bool() | int():
            return value
        case Money():
            return {"money": [f"{value.amount:f}", value.currency]}
        case datetime():
            return {"instant": _aware(value).isoformat()}
        case date():
            return {"date": value.isoformat()}
        case Percent():
            return {"percent": f"{value.value:f}"}
        case Label():
            return {"label": value.key}
        case LocalizedText():
            return {"text": dict(value.by_language)}
        case Said():
            return {"said": value.handoff_message_id}
        case list() | tuple():
            return [_encode(item) for item in value]
    raise TypeError(f"a message cannot carry a {type(value).__name__}")


def _decode(stored: Any) -> MessageParam:
    match stored:
        case None | bool() | int() | str():
            return stored
        case list():
            return tuple(_decode(item) for item in stored)
        case {"money": [str(amount), str(currency)]}:
            return Money.of(amount, currency)
        case {"minor": [int(minor), str(currency)]}:
            return Money.from_minor(minor, currency)
        case {"instant": str(text)}:
            return datetime.fromisoformat(text)
        case {"date": str(text)}:
            return date.fromisoformat(text)
        case {"percent": str(text)}:
            return Percent(Decimal(text))
        case {"label": str(key)}:
            return Label(key)
        case {"text": dict(by_language)}:
            return LocalizedText(by_language)
        case {"said": int(identity)}:
            return Said(identity)
    raise ValueError(f"not a message parameter: {stored!r}")


def _aware(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise TypeError("an instant must carry its time zone")
    return instant
