"""Telegram's flood control: one message a second to a chat, twenty a minute to a group, thirty a second over all.

Telegram publishes these figures as advice (core.telegram.org/bots/faq); short bursts pass, then calls are refused
with 429 until the announced time is over. The burst allowances here are this stand-in's own choice.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.errors import too_many_requests

CHAT_PER_SECOND = 1.0
CHAT_BURST = 20.0
GROUP_PER_SECOND = 20.0 / 60.0
GROUP_BURST = 20.0
ALL_PER_SECOND = 30.0
ALL_BURST = 30.0


@dataclass(slots=True)
class _Bucket:
    """Tokens that refill evenly; a flood closes it until `closed_until`."""

    level: float
    at: float
    closed_until: float = 0.0


@dataclass
class FloodControl:
    """Switchable limits. `factor` multiplies every rate and burst; the clock is monotonic seconds."""

    enabled: bool = True
    factor: float = 1.0
    clock: Callable[[], float] = time.monotonic
    _chats: dict[int, _Bucket] = field(default_factory=dict)
    _all: _Bucket | None = None

    def spend(self, chat_id: int, *, group: bool, messages: int = 1) -> None:
        """Count messages to a chat. Raises ApiError 429 with retry_after (whole seconds) when it is too many."""
        if not self.enabled:
            return
        now = self.clock()
        rate = (GROUP_PER_SECOND if group else CHAT_PER_SECOND) * self.factor
        burst = (GROUP_BURST if group else CHAT_BURST) * self.factor
        chat = self._chats.setdefault(chat_id, _Bucket(burst, now))
        if self._all is None:
            self._all = _Bucket(ALL_BURST * self.factor, now)
        waits = (
            _wait(chat, rate, burst, now, messages),
            _wait(self._all, ALL_PER_SECOND * self.factor, ALL_BURST * self.factor, now, messages),
        )
        if max(waits) > 0:
            raise too_many_requests(max(1, math.ceil(max(waits))))
        chat.level -= messages
        self._all.level -= messages

    def reset(self) -> None:
        """Forget everything counted so far."""
        self._chats.clear()
        self._all = None


def _wait(bucket: _Bucket, rate: float, burst: float, now: float, messages: int) -> float:
    """Seconds until the bucket allows the messages; 0 when it does at once."""
    bucket.level = min(burst, bucket.level + (now - bucket.at) * rate)
    bucket.at = now
    if now < bucket.closed_until:
        return bucket.closed_until - now
    missing = min(float(messages), burst) - bucket.level
    if missing <= 1e-9:
        return 0.0
    seconds = math.ceil(missing / rate)
    bucket.closed_until = now + seconds
    return float(seconds)
