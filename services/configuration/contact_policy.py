"""When a borrower may be written to about a debt.

Reminders and overdue notices wait for the contact window of the borrower's own time zone; what the borrower waits for
and what goes to the officers never waits. The window opens at its first minute and is closed from its last one on:
with 08:00 to 22:00, 08:00:00 is open and 22:00:00 is not. Source of the default: GB/T 45251-2025, no collection
between 22:00 and 08:00.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class ContactWindow:
    """The hours of a local day in which a borrower may be written to, on the wall clock. `opens` after `closes` means
    a window over midnight; both the same, the whole day."""

    opens: time
    closes: time

    def allows(self, wall_clock: time) -> bool:
        """Whether the window is open at that time of the day."""
        if self.opens == self.closes:
            return True
        if self.opens < self.closes:
            return self.opens <= wall_clock < self.closes
        return wall_clock >= self.opens or wall_clock < self.closes

    def is_open(self, instant: datetime, time_zone: str) -> bool:
        """Whether the window is open at `instant` (aware) on the clocks of the IANA zone `time_zone`."""
        return self.allows(instant.astimezone(ZoneInfo(time_zone)).time())

    def next_open(self, instant: datetime, time_zone: str) -> datetime:
        """The first minute at or after `instant` at which the window is open there, as a UTC instant; `instant` itself
        when it is open already. A clock change that skips the opening time opens at the first minute after it."""
        if self.is_open(instant, time_zone):
            return instant.astimezone(UTC)
        minute = max(_just_before(self._next_opening(instant, time_zone)), _next_minute(instant))
        while not self.is_open(minute, time_zone):
            minute += _MINUTE
        return minute

    def wished(self, day: date, hour: int, time_zone: str) -> datetime:
        """The instant (UTC) at which a notice of that local day goes out when the borrower wishes for `hour`, 0 to 23:
        then, else at the next full hour of the day that is open, else at the last one before. A window that holds no
        full hour of the day gives the wished hour, and delivery waits for the window."""
        candidates = (*range(hour, 24), *range(hour - 1, -1, -1))
        chosen = next((each for each in candidates if self.allows(time(each))), hour)
        return datetime.combine(day, time(chosen), ZoneInfo(time_zone)).astimezone(UTC)

    def _next_opening(self, instant: datetime, time_zone: str) -> datetime:
        local = instant.astimezone(ZoneInfo(time_zone))
        day = local.date() if local.time() < self.opens else local.date() + timedelta(days=1)
        return datetime.combine(day, self.opens, ZoneInfo(time_zone))


def _just_before(opening: datetime) -> datetime:
    """No later than the opening in any reading of the wall clock: one that a clock change skips or repeats has two."""
    return min(opening.replace(fold=fold).astimezone(UTC) for fold in (0, 1))


def _next_minute(instant: datetime) -> datetime:
    whole = instant.astimezone(UTC).replace(second=0, microsecond=0)
    return whole if whole == instant else whole + _MINUTE
