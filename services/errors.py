"""What can go wrong for a reason that a person can be told.

    DomainError                       a rule refused the request; `key` and `params` word it at the edge
    ├── InvalidInput                  one answer is wrong; `field` names it, what was entered before stays
    ├── NotFound                      nothing such that the person may see
    ├── NotAllowed                    the person's role does not permit it
    ├── IllegalMove                   the application, loan, payment or handoff is not in a state that permits it
    └── Unavailable                   something outside (storage, gateway) cannot serve this just now

Subclasses name the broken rule and live beside the rule. A programming mistake is not a `DomainError`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar


class DomainError(Exception):
    """A rule refused the request. `key` is the catalogue key of the sentence that explains it to the person;
    `params` are typed values (`Money`, `date`, `int`, `str`) that the sentence names."""

    key: ClassVar[str] = "errors.refused"

    def __init__(self, **params: object) -> None:
        super().__init__(self.key, params)
        self.params: Mapping[str, object] = MappingProxyType(params)

    def __str__(self) -> str:
        named = ", ".join(f"{name}={value!r}" for name, value in self.params.items())
        return f"{self.key}({named})"


class InvalidInput(DomainError):
    """One answer is wrong. `field` names the answer, for callers that show a form."""

    key = "errors.invalid_input"
    field: ClassVar[str | None] = None


class NotFound(DomainError):
    """Nothing of that identity exists for this person: missing and forbidden look the same from outside."""

    key = "errors.not_found"


class NotAllowed(DomainError):
    """The person's role does not permit the act."""

    key = "errors.not_allowed"


class IllegalMove(DomainError):
    """The thing's state does not permit the act. `state` in `params` names the state it is in."""

    key = "errors.illegal_move"


class Unavailable(DomainError):
    """Something outside cannot serve this just now; trying again later may work."""

    key = "errors.unavailable"
