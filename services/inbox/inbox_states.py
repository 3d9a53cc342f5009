"""What becomes of an update, and how long it is tried.

    pending ──► claimed ──► done              a worker took it; effects and "done" are one commit
                claimed ──► acted ──► done    effects are committed, the answer is still to be given
                claimed ──► pending           again later: the database or Telegram was away, or the worker vanished
                any     ──► quarantined       given up, for the operator to look at

An update that acted is never handled again: whoever takes it over shows the person where they stand.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from services.retry_policy import RetryPolicy


class InboxStatus(StrEnum):
    PENDING = "pending"
    CLAIMED = "claimed"
    DONE = "done"
    QUARANTINED = "quarantined"


class ClaimLost(Exception):
    """Another worker has taken the update over: nothing of the present attempt may be committed."""


TRYING_AGAIN: Final = RetryPolicy(first=timedelta(seconds=1), longest=timedelta(minutes=5), attempts=14)
"""1 s, 2 s, 4 s … 5 min, for about half an hour in all."""


@dataclass(frozen=True, slots=True)
class InboxEntry:
    """An update claimed by a worker."""

    update_id: int
    lane: str
    content: Mapping[str, Any] | None
    """The update as Telegram's JSON; None when it cannot be read any more."""
    acted: bool
    attempts: int
    """Failed attempts so far."""
    worker: str

    @property
    def claim(self) -> tuple[int, int]:
        """What tells this claim from every other one of the worker."""
        return self.update_id, self.attempts


@dataclass(frozen=True, slots=True)
class InboxState:
    """How the inbox does: `oldest_received_at` is that of the updates not handled yet."""

    waiting: int
    quarantined: int
    oldest_received_at: datetime | None
