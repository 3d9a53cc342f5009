"""What happened in a run, line by line, so that two runs of one seed can be compared and the last acts be read."""

import hashlib
import re
from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import Final

REMEMBERED: Final = 60
"""Lines that a report of a failure shows."""
_RANDOM: Final = re.compile(r"\b[A-Z][2-9A-HJKMNP-Z]{7}\b|\b\d{6}\b")
"""References and one-time codes: the application draws them from the machine's own randomness."""


class Trace:
    """Keeps a running digest of all lines and the latest of them in full."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._digest = hashlib.sha256()
        self._latest: deque[str] = deque(maxlen=REMEMBERED)
        self.lines = 0

    def add(self, who: str, what: str) -> None:
        """Note that somebody did something at this moment of the world's clock."""
        line = f"{self._now():%Y-%m-%d %H:%M:%S} {who}: {masked(what)}"
        self._digest.update(line.encode() + b"\n")
        self._latest.append(line)
        self.lines += 1

    @property
    def digest(self) -> str:
        """Fingerprint of everything so far."""
        return self._digest.hexdigest()[:16]

    @property
    def latest(self) -> list[str]:
        """The last lines, oldest first."""
        return list(self._latest)


def masked(text: str) -> str:
    """The text without what differs between two runs of one seed."""
    return _RANDOM.sub("*", text)
