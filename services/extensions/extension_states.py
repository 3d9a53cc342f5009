"""The life of an extension, from the borrower's request to the signature that changes the loan.

requested ──► approved    an officer granted it, as asked or otherwise
requested ──► declined    an officer said no, with a reason
approved ──► agreed       the borrower signed, and the loan has its new plan
requested, approved ──► withdrawn   the borrower thought better of it
requested, approved ──► expired     nobody decided or signed in time, or the loan ended
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from services.errors import IllegalMove
from services.models import ExtensionRow
from services.wording import Label


class ExtensionStatus(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"
    DECLINED = "declined"
    AGREED = "agreed"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"

    @property
    def label(self) -> Label:
        return Label(f"terms.extension_status_{self}")


OPEN = frozenset({ExtensionStatus.REQUESTED, ExtensionStatus.APPROVED})
"""A loan has at most one extension in these."""

_GIVEN_UP = frozenset({ExtensionStatus.WITHDRAWN, ExtensionStatus.EXPIRED})
MOVES: Mapping[ExtensionStatus, frozenset[ExtensionStatus]] = MappingProxyType(
    {
        ExtensionStatus.REQUESTED: _GIVEN_UP | {ExtensionStatus.APPROVED, ExtensionStatus.DECLINED},
        ExtensionStatus.APPROVED: _GIVEN_UP | {ExtensionStatus.AGREED},
        ExtensionStatus.DECLINED: frozenset(),
        ExtensionStatus.AGREED: frozenset(),
        ExtensionStatus.WITHDRAWN: frozenset(),
        ExtensionStatus.EXPIRED: frozenset(),
    }
)
"""For each status, the ones that may follow it."""


class IllegalExtensionMove(IllegalMove):
    """The extension's status does not permit the act; `state` is the status as a `Label`."""

    key = "extensions.illegal_move"


class ExtensionExpired(IllegalExtensionMove):
    """Its time is over; `valid_until` says since when."""

    key = "extensions.expired"


def move(extension: ExtensionRow, to: ExtensionStatus, at: datetime) -> None:
    """Bring the extension to `to` at the instant `at`. Raises `IllegalExtensionMove` when no such step exists."""
    now = ExtensionStatus(extension.status)
    if to not in MOVES[now]:
        raise IllegalExtensionMove(state=now.label)
    extension.status = to
    if to not in OPEN:
        extension.closed_at = at


def require_valid(extension: ExtensionRow, now: datetime) -> None:
    """Raises `ExtensionExpired` when its time is over, whether or not the daily work has seen to it."""
    status = ExtensionStatus(extension.status)
    if status is ExtensionStatus.EXPIRED or (status in OPEN and extension.valid_until <= now):
        raise ExtensionExpired(state=ExtensionStatus.EXPIRED.label, valid_until=extension.valid_until)
