"""The arithmetic of the chain: what is hashed, and how."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

FORM: Final = "loanline-audit-1"
"""Names the encoding below; another encoding gets another name."""
NOTHING_BEFORE: Final = "0" * 64
"""Stands before the first link."""


@dataclass(frozen=True, slots=True)
class Link:
    """Everything that a link's hash vouches for."""

    position: int
    previous: str
    """Hash of the link before, hexadecimal."""
    sealed_at: datetime
    entry_id: int
    actor: str
    actor_id: int | None
    action: str
    subject: str
    details: Any
    """Plain JSON."""
    acted_at: datetime

    @property
    def hash(self) -> str:
        """SHA-256, hexadecimal, of the fields as one JSON list: keys sorted, no blanks, ASCII, instants in UTC with
        microseconds."""
        fields = [
            FORM,
            self.position,
            self.previous,
            _instant(self.sealed_at),
            self.entry_id,
            self.actor,
            self.actor_id,
            self.action,
            self.subject,
            self.details,
            _instant(self.acted_at),
        ]
        return sha256(json.dumps(fields, sort_keys=True, separators=(",", ":")).encode("ascii")).hexdigest()


def _instant(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="microseconds")
