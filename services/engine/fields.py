"""Reading the objects of a JSON document: every value checked, every refusal with the path of its field."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Protocol, TypeVar, runtime_checkable

from services.engine.dates import FIRST_DAY, LAST_DAY
from services.engine.errors import (
    InvalidAmount,
    InvalidChoice,
    InvalidDate,
    InvalidNumber,
    MissingKey,
    OutOfRange,
    UnknownKey,
    WrongType,
    joined,
    shown,
)
from services.money import CURRENCY_DIGITS, Money

Choice = TypeVar("Choice", bound=StrEnum)
Item = TypeVar("Item")


@runtime_checkable
class Writable(Protocol):
    """An object that writes itself as JSON."""

    def to_json(self) -> dict[str, object]:
        """A plain dict."""
        ...


PERCENT_DIGITS = 8
LONGEST_LIST = 5000
LONGEST_NAME = 200
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_NUMBER = re.compile(rf"\d{{1,9}}(\.\d{{1,{PERCENT_DIGITS}}})?", re.ASCII)


def as_text(value: object, field: str) -> str:
    """A string that may stand in an answer. Raises WrongType."""
    if not isinstance(value, str) or len(value) > LONGEST_NAME or not value.isprintable():
        raise WrongType(field=field, expected=f"a string of at most {LONGEST_NAME} printable characters")
    return value


def as_date(value: object, field: str) -> date:
    """An ISO 8601 calendar date between 1900 and 2200. Raises WrongType, InvalidDate."""
    if not isinstance(value, str):
        raise WrongType(field=field, expected="a date as a string, such as “2026-03-05”")
    if not _DATE.fullmatch(value):
        raise InvalidDate(field=field, value=shown(value))
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise InvalidDate(field=field, value=shown(value)) from None
    if not FIRST_DAY <= day <= LAST_DAY:
        raise InvalidDate(field=field, value=shown(value))
    return day


def as_money(value: object, currency: str, field: str) -> Money:
    """An amount in major units, not negative. Raises WrongType, InvalidAmount."""
    if not isinstance(value, str):
        raise WrongType(field=field, expected="an amount as a decimal string, such as “1000.00”")
    digits = CURRENCY_DIGITS[currency]
    pattern = rf"\d{{1,15}}(\.\d{{1,{digits}}})?" if digits else r"\d{1,15}"
    if not re.fullmatch(pattern, value, re.ASCII):
        raise InvalidAmount(field=field, value=shown(value), digits=digits)
    return Money.of(value, currency)


def as_percent(value: object, field: str, minimum: int = 0, maximum: int = 100_000) -> Decimal:
    """A percentage between the limits. Raises WrongType, InvalidNumber, OutOfRange."""
    if not isinstance(value, str):
        raise WrongType(field=field, expected="a percentage as a decimal string, such as “12.5”")
    if not _NUMBER.fullmatch(value):
        raise InvalidNumber(field=field, value=shown(value), digits=PERCENT_DIGITS)
    percent = Decimal(value)
    if not minimum <= percent <= maximum:
        raise OutOfRange(field=field, minimum=minimum, maximum=maximum)
    return percent


def as_share(value: object, field: str) -> Decimal:
    """A percentage of a whole, 0 to 100. Raises WrongType, InvalidNumber, OutOfRange."""
    return as_percent(value, field, maximum=100)


def as_integer(value: object, field: str, minimum: int, maximum: int) -> int:
    """A whole number between the limits. Raises WrongType, OutOfRange."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise WrongType(field=field, expected="a whole number")
    if not minimum <= value <= maximum:
        raise OutOfRange(field=field, minimum=minimum, maximum=maximum)
    return value


def as_choice(value: object, choices: type[Choice], field: str) -> Choice:
    """One of the words of the enumeration. Raises WrongType, InvalidChoice."""
    if not isinstance(value, str):
        raise WrongType(field=field, expected="a string")
    try:
        return choices(value)
    except ValueError:
        words = ", ".join(choice.value for choice in choices)
        raise InvalidChoice(field=field, value=shown(value), choices=words) from None


def as_currency(value: object, field: str) -> str:
    """An ISO 4217 code. Raises WrongType, InvalidChoice."""
    if not isinstance(value, str):
        raise WrongType(field=field, expected="a currency code such as “CNY”")
    if value not in CURRENCY_DIGITS:
        raise InvalidChoice(field=field, value=shown(value), choices="the ISO 4217 currency codes")
    return value


def as_list(
    value: object, field: str, item: Callable[[object, str], Item], most: int = LONGEST_LIST
) -> tuple[Item, ...]:
    """A list, each item read by `item` with its own path. Raises WrongType, OutOfRange."""
    if not isinstance(value, list | tuple):
        raise WrongType(field=field, expected="a list")
    if len(value) > most:
        raise OutOfRange(field=field, minimum=0, maximum=most)
    return tuple(item(entry, f"{field}[{index}]") for index, entry in enumerate(value))


class Reader:
    """One JSON object. Each key is read once; `allow` refuses the keys that the contract does not know."""

    def __init__(self, value: object, path: str = "") -> None:
        if not isinstance(value, Mapping):
            raise WrongType(field=path or "$", expected="an object")
        self._values: Mapping[object, object] = value
        self.path = path

    def allow(self, known: Iterable[str]) -> None:
        """Raises UnknownKey for the first key that is not among `known`."""
        names = frozenset(known)
        for key in self._values:
            if key not in names:
                raise UnknownKey(field=self.field(str(key)[:60] or "“”"), name=shown(key))

    def field(self, name: str) -> str:
        """Path of the key from the document's root."""
        return joined(self.path, name)

    def has(self, name: str) -> bool:
        """Whether the key is there and not null."""
        return self._values.get(name) is not None

    def required(self, name: str) -> object:
        """The key's raw value. Raises MissingKey."""
        if not self.has(name):
            raise MissingKey(field=self.field(name))
        return self._values[name]

    def optional(self, name: str, read: Callable[[object, str], Item]) -> Item | None:
        """The key's value as `read` takes it, None where the key is absent."""
        return read(self._values[name], self.field(name)) if self.has(name) else None

    def flag(self, name: str, default: bool = False) -> bool:
        """True or false. Raises WrongType."""
        value = self._values.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise WrongType(field=self.field(name), expected="true or false")
        return value

    def money(self, name: str, currency: str) -> Money:
        """A required amount."""
        return as_money(self.required(name), currency, self.field(name))

    def day(self, name: str) -> date:
        """A required date."""
        return as_date(self.required(name), self.field(name))

    def integer(self, name: str, minimum: int, maximum: int, default: int) -> int:
        """A whole number between the limits, `default` where the key is absent."""
        value = self._values.get(name)
        return default if value is None else as_integer(value, self.field(name), minimum, maximum)

    def choice(self, name: str, default: Choice) -> Choice:
        """One of the words of the default's enumeration."""
        value = self._values.get(name)
        return default if value is None else as_choice(value, type(default), self.field(name))


def plain(number: Decimal) -> str:
    """A decimal number as the contract writes it: no exponent, no needless zeros."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def as_json(value: object) -> object:
    """A value of terms, policy or event as plain JSON: amounts and percentages as strings, dates in ISO 8601."""
    if isinstance(value, Money):
        return str(value.amount)
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple):
        return [as_json(item) for item in value]
    if isinstance(value, Writable):
        return value.to_json()
    return value
