"""Which entries of the ledger are meant: by the days they are effective on, by the days they were recorded on."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement

from services.models import LedgerEntryRow


@dataclass(frozen=True, slots=True)
class Days:
    """The days from `first` to `last`, both included; None leaves that end open."""

    first: date | None = None
    last: date | None = None

    def before(self) -> Self:
        """The days before `first`. There must be one."""
        if self.first is None:
            raise ValueError("nothing lies before days without a first")
        return replace(self, first=None, last=self.first - timedelta(days=1))

    def through(self) -> Self:
        """All days up to `last`."""
        return replace(self, first=None)


ALWAYS = Days()


@dataclass(frozen=True, slots=True)
class Selection:
    """Entries effective on certain days and recorded on certain days of the lender's calendar.

    With `by_recording` the span asked for is that of the recording: entries come in the order in which they were
    recorded, and what was recorded earlier is what they add to. Otherwise both go by effective days.
    """

    effective: Days = ALWAYS
    recorded: Days = ALWAYS
    by_recording: bool = False

    @property
    def begins(self) -> date | None:
        """First day of the span asked for, None when it has no beginning."""
        return self._span.first

    def before(self) -> "Selection":
        """What the selected entries add to."""
        return self._with_span(self._span.before())

    def through(self) -> "Selection":
        """The selected entries with all that they add to."""
        return self._with_span(self._span.through())

    def effective_before(self, day: date) -> "Selection":
        """Those of the selected entries that are effective before `day`."""
        last = day - timedelta(days=1)
        if self.effective.last is not None:
            last = min(last, self.effective.last)
        return replace(self, effective=replace(self.effective, last=last))

    def conditions(self, time_zone: str) -> Iterator[ColumnElement[bool]]:
        """The same as conditions on rows of the ledger."""
        entry, zone = LedgerEntryRow, ZoneInfo(time_zone)
        if self.effective.first is not None:
            yield entry.effective_on >= self.effective.first
        if self.effective.last is not None:
            yield entry.effective_on <= self.effective.last
        if self.recorded.first is not None:
            yield entry.recorded_at >= datetime.combine(self.recorded.first, time(), zone)
        if self.recorded.last is not None:
            yield entry.recorded_at < datetime.combine(self.recorded.last + timedelta(days=1), time(), zone)

    @property
    def _span(self) -> Days:
        return self.recorded if self.by_recording else self.effective

    def _with_span(self, span: Days) -> "Selection":
        return replace(self, recorded=span) if self.by_recording else replace(self, effective=span)
