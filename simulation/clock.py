"""The clock of a simulated world: it stands still between moves, and it can be set wrong and set right again."""

from datetime import UTC, datetime, timedelta


class WorldClock:
    """The time that the machines and the phones of one world read off the wall."""

    def __init__(self, start: datetime) -> None:
        self._start = self._now = start.astimezone(UTC)
        self._looks = 0

    def steady(self) -> int:
        """Nanoseconds since the world began, whoever set the clock meanwhile. It goes on by a microsecond with each
        look while the world stands still, so that nobody waits for it in vain."""
        self._looks += 1
        return ((self._now - self._start) // timedelta(microseconds=1) + self._looks) * 1000

    def now(self) -> datetime:
        return self._now

    def advance_to(self, instant: datetime) -> None:
        """On to `instant` (aware); one already passed leaves the clock where it is."""
        self._now = max(self._now, instant.astimezone(UTC))

    def advance(self, by: timedelta) -> None:
        """Move forward by `by`. Raises ValueError if it is negative."""
        if by < timedelta(0):
            raise ValueError("time only moves forward; `turn` sets a clock")
        self._now += by

    def turn(self, by: timedelta) -> None:
        """Somebody sets the clock: forward, or back when `by` is negative."""
        self._now += by
        self._start += by

    async def sleep(self, seconds: float) -> None:
        """What `asyncio.sleep` is in this world: the time passes at once."""
        self.advance(timedelta(seconds=seconds))
