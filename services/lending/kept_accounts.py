"""Records of loans that were asked about lately: whoever looks at a loan asks again a moment later."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Final, Generic, NamedTuple, TypeVar

MOST: Final = 64
"""A lively loan of five years with all that was played of it takes about half a megabyte."""
Kept = TypeVar("Kept")


class Stored(NamedTuple):
    """Everything that a record follows from, as it stands in the database."""

    terms: dict[str, Any]
    policy: dict[str, Any]
    currency: str
    events: Sequence[dict[str, Any]]
    drawable_until: date | None


class KeptAccounts(Generic[Kept]):
    """What was made of the stored records of the loans asked about last. Nothing is ever out of date: a record is only
    given for exactly what it was made of."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: OrderedDict[int, tuple[Stored, Kept]] = OrderedDict()

    def of(self, loan_id: int, stored: Stored, make: Callable[[Stored], Kept]) -> Kept:
        """What was made of `stored`, or is made of it now."""
        known = self._kept.pop(loan_id, None)
        made = known[1] if known is not None and known[0] == stored else make(stored)
        self._kept[loan_id] = stored, made
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return made
