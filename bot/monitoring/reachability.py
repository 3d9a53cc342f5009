"""Whether Telegram can be reached: said once when it changes, not with every request that fails."""

import asyncio
import logging

from bot.monitoring.metrics import METRICS, Metrics

logger = logging.getLogger(__name__)


class Reachability:
    """Shared by all requests of a bot. A request that fails while others are answered is no outage: what counts is that
    nothing was answered since it set out."""

    def __init__(self, metrics: Metrics = METRICS) -> None:
        self._metrics = metrics
        self._answered_at = float("-inf")
        self._lost_at: float | None = None
        self._failures = 0

    @property
    def up(self) -> bool:
        """False from the first request that found nobody until the next one that was answered."""
        return self._lost_at is None

    def answered(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._answered_at == float("-inf"):
            self._metrics.telegram_reachable(True)
        self._answered_at = now
        if self._lost_at is not None:
            away = round(now - self._lost_at)
            logger.info("Telegram answers again", extra={"seconds_away": away, "failed_requests": self._failures})
            self._lost_at, self._failures = None, 0
            self._metrics.telegram_reachable(True)

    def failed(self, set_out_at: float, kind: str) -> None:
        """`set_out_at`: time of the event loop at which the request began. `kind` says what went wrong."""
        if self._lost_at is not None:
            self._failures += 1
        elif self._answered_at < set_out_at:
            self._lost_at, self._failures = set_out_at, 1
            logger.warning("Telegram cannot be reached", extra={"kind": kind})
            self._metrics.telegram_reachable(False)
