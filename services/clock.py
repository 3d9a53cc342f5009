"""Where the time comes from. Nothing else in the project asks the operating system for it."""

from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """Tells the time as an aware UTC instant."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class SteppedClock:
    """A clock that can be moved forward: the demo's and the tests'.

    It runs at the machine's pace from `start` on when `running`, else it stands still between moves.
    """

    def __init__(self, start: datetime, *, running: bool = False) -> None:
        self._base = start.astimezone(UTC)
        self._started: datetime | None = SystemClock().now() if running else None

    def now(self) -> datetime:
        if self._started is None:
            return self._base
        return self._base + (SystemClock().now() - self._started)

    def advance(self, by: timedelta) -> datetime:
        """Move forward by `by` and answer the instant reached. Raises ValueError if `by` is negative."""
        if by < timedelta(0):
            raise ValueError("time only moves forward")
        self._base += by
        return self.now()

    def advance_to(self, instant: datetime) -> datetime:
        """Move forward to `instant` (aware); an instant already passed leaves the clock where it is."""
        return self.advance(max(instant - self.now(), timedelta(0)))


def local_date(instant: datetime, time_zone: str) -> date:
    """The calendar date at `instant` (aware) in the IANA zone `time_zone`."""
    return instant.astimezone(ZoneInfo(time_zone)).date()
