"""Which changes of its rate a loan is owed: a pure rule of its record, its formula and the reference rates."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from services.engine.events import Event, EventType
from services.engine.periods import calendar
from services.lending.loan_record import LoanRecord
from services.lending.rate_in_force import is_rate_change, rate_change, rate_on, standing, terms_on
from services.lending.rate_link import RateLink, Repricing, repricing_days


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference rate through time, and what limits the rates that follow it."""

    days: Sequence[date]
    """From which days on another rate is in force."""
    on: Callable[[date], Decimal]
    """The reference rate in force on a day."""
    highest: Callable[[Decimal, date], Decimal]
    """The highest rate, up to the one given, that the loan may bear from a repricing day on."""


@dataclass(frozen=True, slots=True)
class OwedChange:
    """From `on` on the loan is to bear `rate` instead of `before`, percent a year."""

    on: date
    before: Decimal
    rate: Decimal

    @property
    def event(self) -> Event:
        """What is written down for it."""
        return rate_change(self.on, self.rate)


def changes_owed(record: LoanRecord, link: RateLink, reference: Reference, today: date) -> Sequence[OwedChange]:
    """The changes that are missing at the end of `today`, by date.

    A repricing day on which the loan bears what the formula says is owed nothing, so asking again after the changes are
    recorded finds none. Where the table of reference rates was corrected, the correction is owed on its own day.
    """
    if link.repriced is None:
        return ()
    end, owed = follows_until(record), list[OwedChange]()
    for day in _days(record, link.repriced, reference, today):
        if day >= end:
            break
        before = rate_on(record.after(*(change.event for change in owed)), day)
        wanted = reference.highest(link.rate(reference.on(day)), day)
        if wanted != before:
            owed.append(OwedChange(day, before, wanted))
    return owed


def _days(record: LoanRecord, repriced: Repricing, reference: Reference, today: date) -> Sequence[date]:
    days = repricing_days(repriced, record.terms.disbursed_on, today, reference.days)
    if repriced is not Repricing.AT_ONCE:
        return days
    # A day that a mistake in the table made one is looked at again once the mistake is gone.
    recorded = {event.on for event in standing(record) if is_rate_change(event) and event.on <= today}
    return sorted({*days, *recorded})


def follows_until(record: LoanRecord) -> date:
    """The day from which the loan no longer follows its formula: its last one, or that of an agreement that put another
    rate in the formula's place."""
    for event in standing(record):
        if event.type is EventType.RESCHEDULE or _agrees_on_another_rate(record, event):
            return event.on
    return calendar(terms_on(record, date.max)).periods[-1].end


def _agrees_on_another_rate(record: LoanRecord, extension: Event) -> bool:
    if extension.type is not EventType.EXTEND or extension.annual_rate is None or is_rate_change(extension):
        return False
    without = LoanRecord(record.terms, record.policy, [event for event in record.events if event is not extension])
    return extension.annual_rate != rate_on(without, extension.on)
