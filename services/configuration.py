"""Reading the lender's configuration: a mistake is refused at start, in one sentence that says where and what to write."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from services.wording import LocalizedText


class ConfigurationError(Exception):
    """A configuration file cannot be used. Its text is one sentence naming the file, the key and the expected form."""

    def __init__(self, file: Path, key: str, expected: str, found: object = None) -> None:
        self.file, self.key, self.expected, self.found = file, key, expected, found
        where = f"{file.name}: {key}" if key else file.name
        instead = "" if found is None else f", found {_shown(found)}"
        super().__init__(f"{where}: expected {expected}{instead}.")


class Configured(BaseModel):
    """Base of everything read from a configuration file: frozen, and an unknown key is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


def _localized(value: object) -> object:
    if isinstance(value, LocalizedText):
        return value
    if isinstance(value, dict) and value and all(isinstance(text, str) and text.strip() for text in value.values()):
        return LocalizedText(value)
    raise ValueError('words by language, such as { zh_Hans = "…", en = "…" }')


def _decimal_string(value: object) -> object:
    if isinstance(value, str | int) and not isinstance(value, bool):
        return value
    raise ValueError('a number in quotes, such as "10.8"')


Words = Annotated[LocalizedText, BeforeValidator(_localized)]
"""The lender's own words by language."""

Written = BeforeValidator(_decimal_string)
"""Marks a Decimal that must stand in quotes, because a bare fraction in TOML is a float."""

Model = TypeVar("Model", bound=Configured)


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
        first = error.errors(include_url=False)[0]
        raise ConfigurationError(file, ".".join(_path(first)), _expected(first), _found(first)) from error


def _path(error: ErrorDetails) -> Iterator[str]:
    for part in error["loc"]:
        yield str(part + 1) if isinstance(part, int) else part


def _expected(error: ErrorDetails) -> str:
    match error["type"]:
        case "missing":
            return "this key to be set"
        case "extra_forbidden":
            return "no such key; see the sample configuration for the known ones"
        case "value_error":
            return str(error["ctx"]["error"])
        case _:
            message = error["msg"]
            return (message[0].lower() + message[1:]).removeprefix("input should be ")


def _found(error: ErrorDetails) -> object:
    return None if error["type"] in ("missing", "extra_forbidden") else error["input"]


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
