"""A row as a line of text, exactly and the same from either database: the text format of PostgreSQL's COPY.

Values stand between tabs, `\\N` is nothing, a backslash hides what would end a value or a line. Instants are in UTC.
"""

import re
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import JSON, Boolean, Date, Integer, LargeBinary, String
from sqlalchemy.types import TypeEngine

from services.models.base import UtcInstant


class Kind(StrEnum):
    """What a column holds."""

    INTEGER = "integer"
    BOOLEAN = "boolean"
    TEXT = "text"
    BYTES = "bytes"
    JSON = "json"
    DATE = "date"
    INSTANT = "instant"


_KINDS: Final[Sequence[tuple[type[TypeEngine[Any]], Kind]]] = (
    (UtcInstant, Kind.INSTANT),
    (JSON, Kind.JSON),
    (Boolean, Kind.BOOLEAN),
    (Integer, Kind.INTEGER),
    (Date, Kind.DATE),
    (LargeBinary, Kind.BYTES),
    (String, Kind.TEXT),
)
_NOTHING: Final = "\\N"
_HIDDEN: Final = {"\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v"}
_SHOWN: Final = {written: meant for meant, written in _HIDDEN.items()}
_TO_HIDE: Final = re.compile(r"[\\\b\f\n\r\t\v]")
_TO_SHOW: Final = re.compile(r"\\.")
_MICROSECONDS: Final = 6


def kind_of(column_type: TypeEngine[Any]) -> Kind:
    """Raises TypeError for a type that backups do not know."""
    for known, kind in _KINDS:
        if isinstance(column_type, known):
            return kind
    raise TypeError(f"backups do not know columns of {column_type!r}")


def line_of(values: Sequence[Any], kinds: Sequence[Kind]) -> str:
    """The line, with its end, of a row as SQLite holds it."""
    return "\t".join(_written(value, kind) for value, kind in zip(values, kinds, strict=True)) + "\n"


def values_of(line: str, kinds: Sequence[Kind]) -> tuple[Any, ...]:
    """The row of a line without its end, as SQLite is to hold it. Raises ValueError for a line of other columns."""
    return tuple(_read(text, kind) for text, kind in zip(line.split("\t"), kinds, strict=True))


def _written(value: Any, kind: Kind) -> str:
    if value is None:
        return _NOTHING
    return _TO_HIDE.sub(lambda found: _HIDDEN[found.group()], _WRITING[kind](value))


def _read(text: str, kind: Kind) -> Any:
    if text == _NOTHING:
        return None
    return _READING[kind](_TO_SHOW.sub(lambda found: _SHOWN[found.group()], text))


def _instant_written(stored: str) -> str:
    """SQLite keeps `2026-03-02 04:00:00.120000` and means UTC."""
    second, _, fraction = stored.partition(".")
    fraction = fraction.rstrip("0")
    return f"{second}.{fraction}+00" if fraction else f"{second}+00"


def _instant_read(text: str) -> str:
    instant = text.removesuffix("+00")
    if instant == text:
        raise ValueError(f"an instant that is not in UTC: {text}")
    second, _, fraction = instant.partition(".")
    return f"{second}.{fraction:0<{_MICROSECONDS}}"


_WRITING: Final[dict[Kind, Callable[[Any], str]]] = {
    Kind.INTEGER: str,
    Kind.BOOLEAN: lambda value: "t" if value else "f",
    Kind.TEXT: str,
    Kind.BYTES: lambda value: "\\x" + value.hex(),
    Kind.JSON: str,
    Kind.DATE: str,
    Kind.INSTANT: _instant_written,
}
_READING: Final[dict[Kind, Callable[[str], Any]]] = {
    Kind.INTEGER: int,
    Kind.BOOLEAN: {"t": 1, "f": 0}.__getitem__,
    Kind.TEXT: str,
    Kind.BYTES: lambda text: bytes.fromhex(text.removeprefix("\\x")),
    Kind.JSON: str,
    Kind.DATE: str,
    Kind.INSTANT: _instant_read,
}
