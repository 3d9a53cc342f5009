"""Which changes of its rate a loan is owed: a pure rule of its record, its formula and the reference rates."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Final

from services.engine.conditions import RateSettlement
from services.engine.events import Event, EventType
from services.engine.periods import calendar
from services.lending.loan_record import LoanRecord
from services.lending.rate_in_force import is_rate_change, rate_change, rate_on
from services.lending.rate_link import RateLink, repricing_days
from services.lending.terms_in_force import standing, terms_on

_DAY: Final = timedelta(days=1)


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
    """The changes that are missing at the end of `today`, by date; none once they are recorded.

    From each repricing day to the next the loan is to bear what the formula says. What is found late, after days of
    absence or because the table of reference rates was corrected, counts from its own day where it is a fall. A rise
    leaves alone what has fallen due by then: nobody becomes late by what could not be known.
    """
    if link.repriced is None:
        return ()
    free_from, end, owed = _free_from(record, today), follows_until(record), list[OwedChange]()
    for day, until in _spans(record, link, reference, today):
        wanted = reference.highest(link.rate(reference.on(day)), day)
        for point in _points(record, day, until, free_from):
            if point >= end:
                break
            rises_too = point >= free_from or point == today
            rate = wanted if rises_too else min(wanted, rate_on(record, point))
            before = rate_on(record.after(*(change.event for change in owed)), point)
            if rate != before:
                owed.append(OwedChange(point, before, rate))
    return owed


def _spans(record: LoanRecord, link: RateLink, reference: Reference, today: date) -> Iterator[tuple[date, date]]:
    """Each repricing day so far, with the day on which the next one, or tomorrow, begins."""
    if link.repriced is not None:
        days = repricing_days(link.repriced, record.terms.disbursed_on, today, reference.days)
        yield from pairwise((*days, today + _DAY))


def _points(record: LoanRecord, day: date, until: date, free_from: date) -> Sequence[date]:
    """The days of a span on which its rate may have to be put right: its first, those of changes within it, and that
    from which rises count."""
    within = {event.on for event in standing(record.events) if is_rate_change(event)} | {free_from}
    return sorted({day, *(point for point in within if day < point < until)})


def _free_from(record: LoanRecord, today: date) -> date:
    """The day from which a change touches no installment that has fallen due by the end of `today`."""
    terms = terms_on(record, today)
    due = [period.due_on for period in calendar(terms).periods if period.due_on <= today]
    last = max(due, default=terms.disbursed_on)
    # A rate that takes effect on a due date settles that whole installment.
    return last + _DAY if due and terms.rate_settlement is RateSettlement.CURRENT else last


def follows_until(record: LoanRecord) -> date:
    """The day from which the loan no longer follows its formula: its last one, or that of an agreement that put another
    rate in the formula's place."""
    for event in standing(record.events):
        if event.type is EventType.RESCHEDULE or _agrees_on_another_rate(record, event):
            return event.on
    return calendar(terms_on(record, date.max)).periods[-1].end


def _agrees_on_another_rate(record: LoanRecord, extension: Event) -> bool:
    if extension.type is not EventType.EXTEND or extension.annual_rate is None or is_rate_change(extension):
        return False
    without = LoanRecord(record.terms, record.policy, [event for event in record.events if event is not extension])
    return extension.annual_rate != rate_on(without, extension.on)
