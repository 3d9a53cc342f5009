"""Reading the lender's configuration: a mistake is refused at start, in one sentence saying where and what is right."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from datetime import time
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from services.wording import LocalizedText


class ConfigurationError(Exception):
    """A configuration file cannot be used. Its text is one sentence naming the file, the key and the expected form."""

    def __init__(self, file: Path, key: str, expected: str, found: object = None) -> None:
        self.file, self.key, self.expected, self.found = file, key, expected, found
        where = f"{file.name}: {key}" if key else file.name
        instead = "" if found is None else f", found {_shown(found)}"
        super().__init__(f"{where}: expected {expected}{instead}.")


class Inconsistent(ValueError):
    """Values that are right each by itself do not fit together. `key` is the one to change, below the table that is
    being checked."""

    def __init__(self, key: str, expected: str, found: object = None) -> None:
        self.key, self.expected, self.found = key, expected, found
        super().__init__(expected)


class Configured(BaseModel):
    """Base of everything read from a configuration file: frozen, and an unknown key is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(_[A-Z][a-z]{3})?(_[A-Z]{2})?")
_WORDS: Final = 'words by language, such as { zh_Hans = "…", en = "…" }'
_DECIMAL: Final = 'a number in quotes, such as "10.8"'
_TIME: Final = "a time of the day, such as 08:00:00"


def _localized(value: object) -> object:
    if isinstance(value, LocalizedText):
        return value
    if not isinstance(value, dict) or not value:
        raise ValueError(_WORDS)
    if not all(isinstance(text, str) and text.strip() for text in value.values()):
        raise ValueError(_WORDS)
    if not all(_LANGUAGE.fullmatch(language) for language in value):
        raise ValueError("languages written like zh_Hans or en")
    return LocalizedText(value)


def _decimal_string(value: object) -> object:
    if isinstance(value, str | int) and not isinstance(value, bool):
        return value
    raise ValueError(_DECIMAL)


def _time_of_day(value: object) -> object:
    if isinstance(value, str | time):
        return value
    raise ValueError(_TIME)


def _each_once(values: Sequence[Any]) -> Sequence[Any]:
    if len(set(values)) < len(values):
        raise ValueError("each entry once")
    return values


Words = Annotated[LocalizedText, BeforeValidator(_localized)]
"""The lender's own words by language."""

Written = BeforeValidator(_decimal_string)
"""Marks a Decimal that must stand in quotes, because a bare fraction in TOML is a float."""

Line = Annotated[str, Field(min_length=1)]
"""Text that may not be left empty."""

Whole = Annotated[int, Field(strict=True)]
"""A whole number without quotes."""

Switch = Annotated[bool, Field(strict=True)]

TimeOfDay = Annotated[time, BeforeValidator(_time_of_day)]

EachOnce = AfterValidator(_each_once)
"""Marks a list in which nothing may stand twice."""

Model = TypeVar("Model", bound=Configured)


def require_unique(key: str, codes: Iterable[str]) -> None:
    """Raises Inconsistent when the tables under `key` do not each have a code of their own."""
    seen: set[str] = set()
    for number, code in enumerate(codes, start=1):
        if code in seen:
            raise Inconsistent(f"{key}.{number}.code", f"a code that no other of the {key} has", code)
        seen.add(code)


def read_toml(file: Path) -> dict[str, Any]:
    """The content of a TOML file. Raises ConfigurationError when it is missing or malformed."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigurationError(file, "", "the file to exist in the configuration folder") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ConfigurationError(file, "", f"a TOML file that can be read ({error})") from error


def load(model: type[Model], file: Path) -> Model:
    """Read and check a file. Raises ConfigurationError for the first mistake."""
    return check(model, read_toml(file), file)


def check(model: type[Model], content: object, file: Path) -> Model:
    """Check content that was read from `file`. Raises ConfigurationError for the first mistake."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        mistakes = error.errors(include_url=False)
        # A misspelled key is also a missing one; only its own name tells the operator what happened.
        first = next((each for each in mistakes if each["type"] == "extra_forbidden"), mistakes[0])
        raise _explained(first, _lacking(first, mistakes, model), file) from error


def _explained(error: ErrorDetails, lacking: Sequence[str], file: Path) -> ConfigurationError:
    key, found = ".".join(_path(error)), error["input"]
    inner = error.get("ctx", {}).get("error")
    if isinstance(inner, Inconsistent):
        key = f"{key}.{inner.key}" if key else inner.key
        return ConfigurationError(file, key, inner.expected, inner.found)
    if error["type"] == "extra_forbidden":
        return ConfigurationError(file, key, _known_instead(error, lacking))
    return ConfigurationError(file, key, _expected(error), None if _is_table(error) else found)


def _path(error: ErrorDetails) -> Iterator[str]:
    for part in error["loc"]:
        yield str(part + 1) if isinstance(part, int) else part


def _is_table(error: ErrorDetails) -> bool:
    """Whether showing what was found would repeat half the file."""
    return error["type"] == "missing" or (isinstance(error["input"], dict) and len(error["input"]) > 2)


def _lacking(error: ErrorDetails, mistakes: Sequence[ErrorDetails], model: type[Configured]) -> list[str]:
    """Keys that the table of a mistake could have and has not."""
    *table, _ = error["loc"] or ("",)
    if not table:
        return list(model.model_fields)
    return [str(each["loc"][-1]) for each in mistakes if each["type"] == "missing" and [*each["loc"][:-1]] == table]


def _known_instead(error: ErrorDetails, lacking: Sequence[str]) -> str:
    close = get_close_matches(str(error["loc"][-1]), lacking, 1)
    return f"a known key, perhaps {close[0]}" if close else "only known keys; the sample configuration shows them all"


_FORMS: Final = {
    "missing": "this key to be set",
    "int_type": "a whole number without quotes",
    "int_from_float": "a whole number without quotes",
    "bool_type": "true or false",
    "string_type": "text in quotes",
    "string_too_short": "text that is not empty",
    "list_type": "a list in square brackets",
    "too_short": "a list with at least one entry",
    "decimal_parsing": _DECIMAL,
    "decimal_type": _DECIMAL,
    "finite_number": _DECIMAL,
    "time_parsing": _TIME,
    "date_type": "a date without quotes, such as 2025-05-20",
    "date_from_datetime_inexact": "a date without a time, such as 2025-05-20",
    "model_type": "a table",
    "dict_type": "a table",
    "greater_than": "a number above {gt}",
    "greater_than_equal": "a number of at least {ge}",
    "less_than": "a number below {lt}",
    "less_than_equal": "a number of at most {le}",
    "enum": "one of {expected}",
    "literal_error": "one of {expected}",
    "value_error": "{error}",
}
"""The expected form by pydantic's type of error."""


def _expected(error: ErrorDetails) -> str:
    form = _FORMS.get(error["type"])
    if form is not None:
        return form.format(**error.get("ctx", {}))
    message = error["msg"]
    return (message[0].lower() + message[1:]).removeprefix("input should be ")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
