"""The state of a loan on any date: a pure function of its terms, its policy and what happened."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import zip_longest

from services.engine.book import Book
from services.engine.events import Event
from services.engine.explain import explained
from services.engine.explained import RowInterest
from services.engine.history import History, played
from services.engine.payoff import PayoffQuote, payoff_figures, quoted
from services.engine.policy import Component, Policy
from services.engine.quote import row_of
from services.engine.standing import Arrears, classification, days_past_due
from services.engine.state import Allocated, LoanRow, LoanState, NextDue, Status, Sums
from services.engine.terms import Terms
from services.money import Money


def replay(terms: Terms, policy: Policy, events: Sequence[Event], as_of: date) -> LoanState:
    """The loan's state at the end of `as_of`, later events ignored. Raises EngineError, its path in the scenario."""
    return state_at(played(terms, policy, events, as_of), as_of)


def payoff_quote(terms: Terms, policy: Policy, events: Sequence[Event], on: date) -> PayoffQuote:
    """What closes the loan on `on`, after the events so far, and what that saves. Raises EngineError."""
    return quoted(played(terms, policy, events, on).book, on)


def explain(terms: Terms, policy: Policy, events: Sequence[Event], on: date) -> tuple[RowInterest, ...]:
    """How interest and penalty of each row come about, as the loan stands at the end of `on`. Raises EngineError."""
    return explained(played(terms, policy, events, on).book, on)


def preview(terms: Terms, policy: Policy, events: Sequence[Event], event: Event) -> Allocated:
    """What `event` would settle if it were added to the history. Raises EngineError."""
    history = played(terms, policy, [*events, event], event.on)
    return next(made.allocated for made in history.transactions() if made.event == len(events))


def state_at(history: History, day: date) -> LoanState:
    """The state of a loan whose history was played to the end of `day`."""
    book, currency = history.book, history.book.basis.currency
    owes_nothing = book.is_paid() if book.written_off_on is None else not any(book.claim.values())
    arrears = [] if owes_nothing and book.written_off_on else _arrears(book)
    late = days_past_due(arrears, day, book.policy.due_day_counts_as)
    return LoanState(
        as_of=day,
        rows=tuple(_rows(book)),
        transactions=history.transactions(),
        outstanding=Sums.of(book.outstanding(), currency),
        due_now=Sums.of(book.due(day), currency),
        payoff=Money.from_minor(payoff_figures(book, day).total, currency),
        days_past_due=late,
        classification=classification(arrears, day, book.policy),
        next_due=_next_due(book, day),
        status=_status(book, owes_nothing, late),
        ledger=tuple(book.ledger.entries),
        suspense=Money.from_minor(book.suspense, currency),
        claim=Sums.of(book.claim, currency),
    )


def _rows(book: Book) -> Iterator[LoanRow]:
    currency = book.basis.currency
    rows = [row for row in book.installments if not row.line.period.is_open_ended]
    for row, after in zip_longest(rows, rows[1:]):
        shown = row_of(row.line, currency, row.charged(Component.FEE), after.line if after else None)
        yield LoanRow(shown, Sums.of(row.paid, currency), row.settled_on)


def _arrears(book: Book) -> list[Arrears]:
    return [Arrears(row.due_on, row.cleared_on) for row in book.installments]


def _next_due(book: Book, day: date) -> NextDue | None:
    if book.written_off_on is not None:
        return None
    for row in book.ahead():
        if row.line.period.is_open_ended:
            return None
        owed = sum(row.owed().values())
        if owed:
            return NextDue(row.due_on, Money.from_minor(owed, book.basis.currency), row.n)
    return None


def _status(book: Book, owes_nothing: bool, late: int) -> Status:
    if not owes_nothing:
        if book.written_off_on is not None:
            return Status.WRITTEN_OFF
        return Status.OVERDUE if late else Status.ACTIVE
    if book.suspense:
        return Status.OVERPAID
    return Status.SETTLED if book.forgiven else Status.CLOSED
