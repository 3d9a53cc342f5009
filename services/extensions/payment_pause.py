"""Interest alone for some installments, then the principal as before: what a pause is in a loan's record.

It runs from the last due date that has passed, where no interest is in the middle of accruing: from any later day on
the interest so far would fall due on that very day, between two due dates.
"""

from datetime import date
from decimal import Decimal

from services.engine.conditions import Method
from services.engine.errors import InvalidEvent
from services.engine.events import Event, EventType
from services.engine.rates import RateChange
from services.engine.state import LoanRow, LoanState
from services.engine.terms import Terms
from services.lending.loan_figures import asking_rows, paid_of
from services.lending.loan_record import LoanRecord
from services.lending.rate_in_force import rate_on
from services.lending.terms_in_force import standing, terms_on

_CHANGES = (EventType.EXTEND, EventType.RESCHEDULE)
_WITH_PRINCIPAL = (Method.EQUAL_INSTALLMENT, Method.EQUAL_PRINCIPAL)
"""Methods by which every installment holds principal, so that there is something to pause."""


def pause(record: LoanRecord, installments: int, annual_rate: Decimal | None, on: date) -> Event:
    """The event by which the next `installments` ask for interest alone and the end moves by as many; from `on` at
    another rate (percent a year) where one is given.

    Raises InvalidEvent where the loan has nothing to pause: other methods, charges in its installments, nothing that is
    not yet due, coming installments that are paid in advance, or terms that changed since the last due date.
    """
    state = record.state(on)
    since = max((row.due_on for row in state.rows if row.due_on <= on), default=record.terms.disbursed_on)
    terms, before = terms_on(record, since), record.state(since)
    ahead = [row for row in asking_rows(state) if row.due_on > since]
    _check(terms, ahead)
    if any(event.on > since and event.type in _CHANGES for event in standing(record.events)):
        raise InvalidEvent(field="on", reason="the terms have changed since the last due date")
    rate = annual_rate if annual_rate is not None and on == since else rate_on(record, since)
    rate_changes = [
        change for change in terms.rate_changes if change.on > since and (annual_rate is None or change.on < on)
    ]
    if annual_rate is not None and on > since:
        rate_changes.append(RateChange(on, annual_rate))
    changed = {
        "currency": terms.currency,
        "principal": str(_not_due(before)),
        "annual_rate": str(rate),
        "disbursed_on": since.isoformat(),
        "first_due_on": ahead[0].due_on.isoformat(),
        "installments": len(ahead) + installments,
        "every": terms.every,
        "unit": terms.unit,
        "day_count": terms.day_count,
        "method": terms.method,
        "grace": {"principal": _still_paused(ahead) + installments},
        "rate_changes": [change.to_json() for change in rate_changes],
    }
    return Event(on=since, type=EventType.RESCHEDULE, terms=Terms.from_json(changed))


def _not_due(state: LoanState) -> Decimal:
    return (state.outstanding.principal - state.due_now.principal).amount


def _still_paused(ahead: list[LoanRow]) -> int:
    """How many of the coming installments ask for interest alone already."""
    return next((count for count, row in enumerate(ahead) if row.row.principal), len(ahead))


def _check(terms: Terms, ahead: list[LoanRow]) -> None:
    if terms.method not in _WITH_PRINCIPAL or terms.balloon is not None or terms.due_dates:
        raise InvalidEvent(field="terms", reason="these terms have no even installments to pause")
    if not ahead:
        raise InvalidEvent(field="on", reason="everything is due already")
    if any(row.row.fees for row in ahead):
        raise InvalidEvent(field="fees", reason="charges in the installments would be lost")
    if any(paid_of(row) for row in ahead):
        raise InvalidEvent(field="on", reason="coming installments are paid in advance")
