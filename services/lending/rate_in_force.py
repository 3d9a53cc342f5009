"""Which rate a loan bears on a day, by its terms and by what was agreed since. Pure functions of its record.

The rate of a running loan is changed by an event: an extension by no installment that brings another rate.
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from services.engine.events import Event, EventType
from services.engine.rates import Rates
from services.lending.loan_record import LoanRecord
from services.lending.terms_in_force import standing, terms_on
from services.wording import Label, Percent

_DAY: Final = timedelta(days=1)


def rate_change(on: date, annual_rate: Decimal) -> Event:
    """The event that has a running loan bear `annual_rate`, percent a year, from the day on."""
    return Event(on=on, type=EventType.EXTEND, installments=0, annual_rate=annual_rate)


def is_rate_change(event: Event) -> bool:
    """Whether the event changes the rate and nothing else."""
    return event.type is EventType.EXTEND and not event.installments and event.annual_rate is not None


def event_label(event: Event) -> Label:
    """What a history of the loan calls the event."""
    return Label("terms.event_rate_change" if is_rate_change(event) else f"terms.event_{event.type}")


def brought_rate(event: Event) -> Percent | None:
    """The rate that the event brings, None where it leaves the rate alone."""
    rate = event.annual_rate if event.terms is None else event.terms.annual_rate
    return None if rate is None else Percent(rate)


def rate_on(record: LoanRecord, day: date) -> Decimal:
    """Percent a year that the loan bears on the day; the one signed where it is settled at the contract's rate."""
    return Rates.by_day(terms_on(record, day)).on(day)


def rate_since(record: LoanRecord, day: date) -> date:
    """The day from which the loan bears the rate that it bears on `day`, while it goes by the terms first signed."""
    rates = Rates.by_day(terms_on(record, day))
    brought = (event.on for event in standing(record.events) if event.on <= day and event.annual_rate is not None)
    days = [on for on in brought if on > record.terms.disbursed_on and rates.on(on - _DAY) != rates.on(on)]
    return max(days, default=record.terms.disbursed_on)
