"""Terms that change in the course of a loan: extended (展期), rescheduled. Pure functions of terms."""

from collections.abc import Iterable
from datetime import date

from services.engine.basis import Basis
from services.engine.conditions import BrokenPeriod, FeeTime, Method, RateSettlement
from services.engine.dates import LAST_DAY, add_periods
from services.engine.errors import EngineError, InvalidEvent
from services.engine.events import Event, EventType
from services.engine.periods import calendar
from services.engine.rates import RateChange
from services.engine.terms import Terms
from services.money import Money

CHANGES = (EventType.DRAW, EventType.EXTEND, EventType.RESCHEDULE)
"""The events that put other terms in force."""


def extended(terms: Terms, event: Event) -> Terms:
    """The terms with more installments after the last, and from the event on at another rate where it has one.

    What a plan holds for its last installment moves with it; listed due dates go on by plain periods. A rate that is
    agreed holds also where the contract's rate stays whatever the base rate does.
    """
    more = event.installments or 0
    changes: dict[str, object] = {"installments": terms.installments + more}
    if terms.due_dates:
        last = terms.due_dates[-1]
        added = (add_periods(last, terms.every * step, terms.unit) for step in range(1, more + 1))
        changes["due_dates"] = (*terms.due_dates, *added)
    if terms.principal_plan:
        nothing = Money.zero(terms.currency)
        changes["principal_plan"] = (*terms.principal_plan[:-1], *[nothing] * more, terms.principal_plan[-1])
    if event.annual_rate is not None and event.on == terms.disbursed_on:
        changes["annual_rate"] = event.annual_rate
    elif event.annual_rate is not None:
        floating = () if terms.rate_settlement is RateSettlement.CONTRACT else terms.rate_changes
        kept = (change for change in floating if change.on < event.on)
        later = (change for change in floating if change.on > event.on)
        changes["rate_changes"] = (*kept, RateChange(event.on, event.annual_rate), *later)
        if terms.rate_settlement is RateSettlement.CONTRACT:
            changes["rate_settlement"] = RateSettlement.SEGMENTED
    return terms.changed(**changes)


def check_agreements(terms: Terms, events: Iterable[tuple[int, Event]]) -> None:
    """Raises EngineError, its path within the list of events, for a change that the terms then in force do not allow.

    `events` are those of the types in `CHANGES` that are not reversed, by date, each with its index.
    """
    in_force = terms
    for index, event in events:
        try:
            in_force = _agreed(in_force, event)
        except EngineError as refusal:
            raise refusal.within(f"[{index}]") from None


def _agreed(terms: Terms, event: Event) -> Terms:
    if event.type is EventType.RESCHEDULE and event.terms is not None:
        try:
            return _rescheduled(terms, event.terms, event.on)
        except EngineError as refusal:
            raise refusal.within("terms") from None
    if event.type is EventType.EXTEND:
        return _checked_extension(terms, event)
    if terms.method is not Method.REVOLVING:
        raise InvalidEvent(field="type", reason="only a revolving loan is drawn on again")
    if calendar(terms).periods[-1].end <= event.on:
        raise InvalidEvent(field="on", reason="the loan has run out by then")
    return terms


def _checked_extension(terms: Terms, event: Event) -> Terms:
    if not terms.installments and event.installments:
        raise InvalidEvent(field="installments", reason="a loan without installments has no end to move")
    try:
        longer = extended(terms, event)
    except EngineError as refusal:
        raise InvalidEvent(field="installments", reason="the loan would have too many, or end too late") from refusal
    if calendar(longer).periods[-1].end <= event.on:
        raise InvalidEvent(field="installments", reason="the extension ends before it is agreed")
    return longer


def _rescheduled(before: Terms, terms: Terms, on: date) -> Terms:
    """Nothing is paid out anew but what exceeds the debt, so nothing can be withheld from it or due at once."""
    if terms.currency != before.currency:
        raise InvalidEvent(field="currency", reason="a loan keeps its currency")
    if terms.disbursed_on != on:
        raise InvalidEvent(field="disbursed_on", reason="interest by the new terms runs from the event's own day")
    if terms.down_payment:
        raise InvalidEvent(field="down_payment", reason="what is paid at once is paid before")
    if terms.broken_period is BrokenPeriod.AT_DISBURSEMENT:
        raise InvalidEvent(field="broken_period", reason="there is no payout to withhold interest from")
    for index, fee in enumerate(terms.fees):
        if fee.when in (FeeTime.DISBURSEMENT, FeeTime.DISBURSEMENT_ADDED):
            raise InvalidEvent(field=f"fees[{index}].when", reason="there is no payout to take a fee from")
    if calendar(terms).periods[0].due_on < on or on >= LAST_DAY:
        raise InvalidEvent(field="first_due_on", reason="the first due date lies before the event")
    Basis(terms)
    return terms
