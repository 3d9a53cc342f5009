"""The state of a loan on any date: a pure function of its terms, its policy and what happened."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import zip_longest

from services.engine.actual import follow_principal
from services.engine.agreements import check_agreements
from services.engine.basis import Basis
from services.engine.book import Book
from services.engine.dates import LAST_DAY
from services.engine.effects import Effect
from services.engine.errors import EngineError, OutOfRange
from services.engine.events import Event, EventType, check_history
from services.engine.explain import explained
from services.engine.explained import RowInterest
from services.engine.installment import nothing
from services.engine.ledger import Account
from services.engine.lifecycle import apply
from services.engine.payoff import PayoffQuote, payoff_figures, quoted
from services.engine.policy import Component, PenaltyRound, Policy
from services.engine.quote import row_of
from services.engine.standing import Arrears, classification, days_past_due
from services.engine.state import Allocated, LoanRow, LoanState, NextDue, Status, Sums, Transaction
from services.engine.terms import Terms
from services.money import Money

_PAYMENTS = (EventType.REPAY, EventType.PREPAY, EventType.PAYOFF, EventType.RECOVER)
_MOST_BUSY_DAYS = 3_660
_MOST_WORK = 800_000
"""Events times installments: beyond this, a replay would take longer than anyone waits."""


def replay(terms: Terms, policy: Policy, events: Sequence[Event], as_of: date) -> LoanState:
    """The loan's state at the end of `as_of`, later events ignored. Raises EngineError, its path in the scenario."""
    history = _History(terms, policy, events, as_of)
    return history.state()


def payoff_quote(terms: Terms, policy: Policy, events: Sequence[Event], on: date) -> PayoffQuote:
    """What closes the loan on `on`, after the events so far, and what that saves. Raises EngineError."""
    return quoted(_History(terms, policy, events, on).book, on)


def explain(terms: Terms, policy: Policy, events: Sequence[Event], on: date) -> tuple[RowInterest, ...]:
    """How interest and penalty of each row come about, as the loan stands at the end of `on`. Raises EngineError."""
    return explained(_History(terms, policy, events, on).book, on)


def preview(terms: Terms, policy: Policy, events: Sequence[Event], event: Event) -> Allocated:
    """What `event` would settle if it were added to the history. Raises EngineError."""
    history = _History(terms, policy, [*events, event], event.on)
    return next(made.allocated for made in history.transactions() if made.event == len(events))


class _History:
    """Plays the events day by day in the order of their dates, those of one day as they are listed."""

    def __init__(self, terms: Terms, policy: Policy, events: Sequence[Event], as_of: date) -> None:
        _check(terms, policy, events, as_of)
        self.book = _opened(terms, policy)
        self._effects: list[tuple[int, Effect]] = []
        self._as_of = as_of
        self._events = events
        self._order = sorted(
            (index for index, event in enumerate(events) if event.on <= as_of), key=lambda index: events[index].on
        )
        self._undone = {events[index].event for index in self._order if events[index].type is EventType.REVERSE}
        self._undone_amounts: dict[int, int] = {}
        self._play()

    def state(self) -> LoanState:
        """The answer for `as_of`."""
        book, day, currency = self.book, self._as_of, self.book.basis.currency
        owes_nothing = book.is_paid() if book.written_off_on is None else not any(book.claim.values())
        arrears = [] if owes_nothing and book.written_off_on else _arrears(book)
        late = days_past_due(arrears, day, book.policy.due_day_counts_as)
        return LoanState(
            as_of=day,
            rows=tuple(_rows(book)),
            transactions=self.transactions(),
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

    def transactions(self) -> tuple[Transaction, ...]:
        """What each event did, in the order in which they happened."""
        currency = self.book.basis.currency
        return tuple(
            Transaction(
                on=self._events[index].on,
                type=self._events[index].type,
                amount=Money.from_minor(effect.amount, currency),
                allocated=Allocated.of(effect.spread, effect.unallocated, currency),
                event=index,
                reversed=index in self._undone,
            )
            for index, effect in self._effects
        )

    def _play(self) -> None:
        place, day = 0, self.book.basis.terms.disbursed_on
        while True:
            first, place = place, self._after(place, day)
            happening = self._order[first:place]
            if day == self._as_of or self._is_eventful(day, happening):
                self._live(day, happening)
            else:
                for index in happening:
                    self._happen(index)
            if day == self._as_of:
                return
            day = self._next_day(place, day)

    def _live(self, day: date, happening: Sequence[int]) -> None:
        """A day on which something changes."""
        book = self.book
        book.open_day(day)
        for index in happening:
            self._happen(index)
        book.ledger.event, book.ledger.memo = None, "accrual"
        book.accrue(day)
        book.close_day(day)
        follow_principal(book, day)

    def _after(self, place: int, day: date) -> int:
        """The place behind the last event of the day."""
        while place < len(self._order) and self._events[self._order[place]].on == day:
            place += 1
        return place

    def _is_eventful(self, day: date, happening: Sequence[int]) -> bool:
        """Days of events that are reversed, or of reversals, must leave no trace in what accrues."""
        coming = self.book.next_day()
        return (coming is not None and coming <= day) or not all(self._is_void(index) for index in happening)

    def _next_day(self, place: int, day: date) -> date:
        """The next day of the calendar or of an event, the day of the answer at last."""
        days = [self._as_of]
        if place < len(self._order):
            days.append(self._events[self._order[place]].on)
        coming = self.book.next_day()
        if coming is not None:
            days.append(max(coming, day + timedelta(days=1)))
        return min(days)

    def _is_void(self, index: int) -> bool:
        """Whether the event is reversed, or a reversal."""
        return index in self._undone or self._events[index].type is EventType.REVERSE

    def _happen(self, index: int) -> None:
        event = self._events[index]
        book = self.book
        book.ledger.event, book.ledger.memo = index, event.type.value
        if event.type is EventType.REVERSE:
            effect = self._reverse(event)
        elif index in self._undone:
            effect = self._never_was(event, index)
        else:
            effect = apply(book, event)
        self._effects.append((index, effect))

    def _never_was(self, event: Event, index: int) -> Effect:
        """An event reversed later has no effect; money that came with it waits in suspense until it goes back."""
        amount = event.amount.minor if event.amount else 0
        if event.type is EventType.PAYOFF:
            amount = payoff_figures(self.book, event.on).total
        self._undone_amounts[index] = amount
        if event.type in _PAYMENTS:
            self.book.ledger.post(event.on, Account.CASH, Account.BORROWER_SUSPENSE, amount)
        elif event.type is EventType.DRAW:
            self.book.ledger.post(event.on, Account.BORROWER_SUSPENSE, Account.CASH, amount)
        return Effect(amount, spread=nothing())

    def _reverse(self, event: Event) -> Effect:
        target = event.event if event.event is not None else -1
        amount = self._undone_amounts.get(target, 0)
        if self._events[target].type in _PAYMENTS:
            self.book.ledger.post(event.on, Account.BORROWER_SUSPENSE, Account.CASH, amount)
        elif self._events[target].type is EventType.DRAW:
            self.book.ledger.post(event.on, Account.CASH, Account.BORROWER_SUSPENSE, amount)
        return Effect(amount, spread=nothing())


def _check(terms: Terms, policy: Policy, events: Sequence[Event], as_of: date) -> None:
    last = LAST_DAY
    penalty = policy.penalty
    fee = policy.late_fee
    by_the_day = penalty is not None and penalty.compound and penalty.round is PenaltyRound.DAY
    if by_the_day or (fee is not None and not fee.once_per_installment):
        last = min(last, terms.disbursed_on + timedelta(days=_MOST_BUSY_DAYS))
    if not terms.disbursed_on <= as_of <= last:
        raise OutOfRange(field="as_of", minimum=terms.disbursed_on, maximum=last)
    rows = max(terms.installments, 1)
    if len(events) * rows > _MOST_WORK:
        raise OutOfRange(field="events", minimum=0, maximum=_MOST_WORK // rows)
    try:
        check_history(events, terms.disbursed_on, terms.currency)
        check_agreements(terms, _standing(events, as_of))
    except EngineError as refusal:
        raise refusal.within("events") from None


def _standing(events: Sequence[Event], as_of: date) -> list[tuple[int, Event]]:
    """The events up to the day that are not reversed by then, in the order in which they happen, with their indices."""
    undone = {event.event for event in events if event.type is EventType.REVERSE and event.on <= as_of}
    standing = [(index, event) for index, event in enumerate(events) if event.on <= as_of and index not in undone]
    return sorted(standing, key=lambda found: found[1].on)


def _opened(terms: Terms, policy: Policy) -> Book:
    try:
        return Book(Basis(terms), policy)
    except EngineError as refusal:
        raise refusal.within("terms") from None


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
