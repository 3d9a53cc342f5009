"""The terms of a loan after everything that changed them: functions of the loan's record."""

from collections.abc import Sequence
from datetime import date

from services.engine.agreements import extended
from services.engine.events import Event, EventType
from services.engine.terms import Terms
from services.lending.loan_record import LoanRecord


def standing(history: Sequence[Event]) -> list[Event]:
    """The events that are not reversed, by date."""
    undone = {event.event for event in history if event.type is EventType.REVERSE}
    return sorted((event for index, event in enumerate(history) if index not in undone), key=lambda event: event.on)


def terms_on(record: LoanRecord, day: date) -> Terms:
    """The terms in force at the end of the day."""
    terms = record.terms
    for event in standing(record.events):
        if event.on > day:
            break
        if event.type is EventType.EXTEND:
            terms = extended(terms, event)
        elif event.type is EventType.RESCHEDULE and event.terms is not None:
            terms = event.terms
    return terms


def running_since(record: LoanRecord) -> date:
    """The day on which the terms in force took the place of earlier ones; the payout's where they are the first.

    Nothing may be booked before it: new terms begin with a fixed principal, so that what an earlier payment took off
    it would count as lent anew.
    """
    rescheduled = (event.on for event in standing(record.events) if event.type is EventType.RESCHEDULE)
    return max(rescheduled, default=record.terms.disbursed_on)
