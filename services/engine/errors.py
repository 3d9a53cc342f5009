"""What the engine refuses, always with the path of the offending field.

EngineError                 base: `params["field"]` is a path such as `terms.fees[0].amount`, `$` the document
├── InvalidDocument         not JSON, or too deep or too large to be a document of the contract
├── UnknownKey, MissingKey  an object has a key too many or lacks one
├── WrongType               a value of another JSON type than the field takes
├── InvalidAmount           not an exact amount of the currency
├── InvalidNumber           not a plain decimal number
├── InvalidDate             not an ISO 8601 calendar date
├── InvalidChoice           not one of the words that the field takes
├── OutOfRange              beyond the least or the greatest value allowed
├── InvalidTerms            each value is sound, together they make no loan
└── InvalidEvent            an event that cannot have happened to this loan
"""

from typing import ClassVar, Self

from services.errors import DomainError

DOCUMENT = "$"


class EngineError(DomainError):
    """A request that the engine refuses. `code` is the `error` of the answer on the command line."""

    key = "errors.engine"
    code: ClassVar[str] = "invalid"
    sentence: ClassVar[str] = "The request cannot be computed."

    def __init__(self, *, field: str, **params: object) -> None:
        super().__init__(field=field, **params)

    @property
    def field(self) -> str:
        """Path of the offending field within the document."""
        return str(self.params["field"])

    def within(self, prefix: str) -> Self:
        """The same refusal, its field seen from the object that holds `prefix`."""
        inner = dict(self.params)
        inner["field"] = prefix if self.field == DOCUMENT else joined(prefix, self.field)
        return type(self)(**inner)  # type: ignore[arg-type]  # field is set above, the rest is free

    def answer(self) -> dict[str, str]:
        """The error object of the command line: key, field path, sentence."""
        return {"error": self.code, "field": self.field, "message": self.sentence.format(**self.params)}


def joined(prefix: str, name: str) -> str:
    """Path of `name` inside `prefix`; an index such as `[2]` needs no dot."""
    if prefix in ("", DOCUMENT):
        return name
    return prefix + name if name.startswith("[") else f"{prefix}.{name}"


def shown(value: object) -> str:
    """A refused value as it may stand in a sentence: short, on one line, printable."""
    text = "".join(character if character.isprintable() else "?" for character in str(value)[:40])
    return f"“{text}”"


class InvalidDocument(EngineError):
    """`reason` is a sentence part that says what is wrong with the document as a whole."""

    code = "invalid_document"
    sentence = "The document cannot be read: {reason}."


class UnknownKey(EngineError):
    """`field` is the key that the object may not have."""

    code = "unknown_key"
    sentence = "There is no key {name} here."


class MissingKey(EngineError):
    """`field` is the key that the object lacks."""

    code = "missing_key"
    sentence = "This key is required."


class WrongType(EngineError):
    """`expected` names the JSON type and form that the field takes."""

    code = "wrong_type"
    sentence = "This must be {expected}."


class InvalidAmount(EngineError):
    """`value` as entered, `digits` of the currency."""

    code = "invalid_amount"
    sentence = (
        "{value} is not an amount: digits, with at most {digits} of them after a decimal point and 15 before it, "
        "and no sign."
    )


class InvalidNumber(EngineError):
    """`value` as entered, `digits` allowed after the decimal point."""

    code = "invalid_number"
    sentence = "{value} is not a plain decimal number with at most {digits} digits after the point."


class InvalidDate(EngineError):
    """`value` as entered."""

    code = "invalid_date"
    sentence = "{value} is not a date such as 2026-03-05 between the years 1900 and 2200."


class InvalidChoice(EngineError):
    """`value` as entered, `choices` as a sentence part."""

    code = "invalid_choice"
    sentence = "{value} is not one of {choices}."


class OutOfRange(EngineError):
    """`minimum` and `maximum` are included in the range."""

    code = "out_of_range"
    sentence = "This must be between {minimum} and {maximum}."


class InvalidTerms(EngineError):
    """`reason` is a sentence part that says which rule the terms or the policy break."""

    code = "invalid_terms"
    sentence = "These terms make no loan: {reason}."


class InvalidEvent(EngineError):
    """`reason` is a sentence part that says why the event cannot have happened."""

    code = "invalid_event"
    sentence = "This event cannot have happened: {reason}."
