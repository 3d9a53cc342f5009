"""A loan's events played on its book, day by day."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from copy import copy
from datetime import date, timedelta

from services.engine.actual import follow_principal
from services.engine.agreements import CHANGES, check_agreements
from services.engine.basis import Basis
from services.engine.book import Book
from services.engine.dates import LAST_DAY, NEVER
from services.engine.effects import Effect
from services.engine.errors import EngineError, InvalidEvent, OutOfRange
from services.engine.events import Event, EventType, check_history
from services.engine.ledger import Account
from services.engine.lifecycle import apply
from services.engine.payoff import payoff_figures
from services.engine.periods import calendar
from services.engine.policy import PenaltyRound, Policy
from services.engine.state import Allocated, Transaction
from services.engine.terms import Terms
from services.money import Money

_PAYMENTS = (EventType.REPAY, EventType.PREPAY, EventType.PAYOFF, EventType.RECOVER)
_MOST_BUSY_DAYS = 3_660
_MOST_WORK = 400_000
"""Events times installments: beyond this, a replay would take longer than anyone waits."""
_MOST_IN_A_ROW = 1_000
"""Events between two due dates: each may cut the row's interest into one more stretch."""


class History:
    """Plays events in the order of their dates, those of one day as they are listed, and what time itself brings.

    `undone` are the indices of events that are reversed in the end, so that they never have an effect. `reached` is the
    last day that was played.
    """

    def __init__(self, terms: Terms, policy: Policy, events: Sequence[Event], undone: frozenset[int]) -> None:
        self.book = _opened(terms, policy)
        self.undone = undone
        self.reached: date | None = None
        self._events = events
        self._order = sorted(range(len(events)), key=lambda index: _turn(events, index))
        self._place = 0
        self._next = terms.disbursed_on
        self._effects: list[tuple[int, Effect]] = []
        self._undone_amounts: dict[int, int] = {}

    def advance(self, day: date) -> None:
        """Play the days before `day` on which something happens."""
        while self._next < day:
            self.reached = self._next
            happening = self._happening(self.reached)
            if self._is_eventful(self.reached, happening):
                self._live(self.reached, happening)
            else:
                for index in happening:
                    self._happen(index)
            self._next = self._following(self.reached)

    def end(self, day: date) -> None:
        """Play `day` itself to its end, whether something happens or not. Those before it must have been played."""
        self.reached = day
        self._live(day, self._happening(day))

    def copy(self) -> "History":
        """The same history, to be played on by itself."""
        other = copy(self)
        other.book = self.book.copy()
        other._effects = self._effects.copy()
        other._undone_amounts = self._undone_amounts.copy()
        return other

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
                reversed=index in self.undone,
            )
            for index, effect in self._effects
        )

    def _live(self, day: date, happening: Sequence[int]) -> None:
        """A day on which something changes."""
        book = self.book
        book.open_day(day)
        for index in happening:
            self._happen(index)
        self._accrue(day)
        book.close_day(day)
        follow_principal(book, day)

    def _accrue(self, day: date) -> None:
        """What time has brought by the day belongs to no event."""
        self.book.ledger.event, self.book.ledger.memo = None, "accrual"
        self.book.accrue(day)

    def _happening(self, day: date) -> Sequence[int]:
        """The events of the day, which are next in order."""
        first = self._place
        while self._place < len(self._order) and self._events[self._order[self._place]].on == day:
            self._place += 1
        return self._order[first : self._place]

    def _is_eventful(self, day: date, happening: Sequence[int]) -> bool:
        """Days of events that are reversed, or of reversals, must leave no trace in what accrues."""
        coming = self.book.next_day(day)
        return (coming is not None and coming <= day) or not all(self._is_void(index) for index in happening)

    def _following(self, day: date) -> date:
        """The next day of the calendar or of an event."""
        morrow = day + timedelta(days=1)
        coming = self.book.next_day(morrow)
        following = NEVER if coming is None else max(coming, morrow)
        if self._place < len(self._order):
            following = min(following, self._events[self._order[self._place]].on)
        return following

    def _is_void(self, index: int) -> bool:
        """Whether the event is reversed, or a reversal."""
        return index in self.undone or self._events[index].type is EventType.REVERSE

    def _happen(self, index: int) -> None:
        event = self._events[index]
        book = self.book
        if not self._is_void(index):
            self._accrue(event.on)
        book.ledger.event, book.ledger.memo = index, event.type.value
        if event.type is EventType.REVERSE:
            effect = self._reverse(event)
        elif index in self.undone:
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
        return Effect(amount)

    def _reverse(self, event: Event) -> Effect:
        target = event.event if event.event is not None else -1
        amount = self._undone_amounts[target]
        if self._events[target].type in _PAYMENTS:
            self.book.ledger.post(event.on, Account.BORROWER_SUSPENSE, Account.CASH, amount)
        elif self._events[target].type is EventType.DRAW:
            self.book.ledger.post(event.on, Account.CASH, Account.BORROWER_SUSPENSE, amount)
        return Effect(amount)


def _turn(events: Sequence[Event], index: int) -> tuple[date, int, bool]:
    """When an event is played: on its date, then as listed, but a reversal never before what it undoes."""
    event, place = events[index], index
    if event.event is not None and events[event.event].on == event.on:
        place = max(index, event.event)
    return event.on, place, place != index


def played(terms: Terms, policy: Policy, events: Sequence[Event], day: date) -> History:
    """The history up to the end of `day`, later events ignored. Raises EngineError, its path in the scenario."""
    check(terms, policy, events, day)
    history = History(terms, policy, events, undone_by(events, day))
    history.advance(day)
    history.end(day)
    return history


def undone_by(events: Sequence[Event], day: date) -> frozenset[int]:
    """Indices of the events that are reversed by the end of the day."""
    reversals = (event for event in events if event.type is EventType.REVERSE and event.on <= day)
    return frozenset(event.event for event in reversals if event.event is not None)


def check(terms: Terms, policy: Policy, events: Sequence[Event], as_of: date) -> None:
    """Raises EngineError, its path in the scenario, for a history that cannot have happened, or cannot be played."""
    _check_day(terms, policy, as_of)
    rows = max(terms.installments, 1)
    if len(events) * rows > _MOST_WORK:
        raise OutOfRange(field="events", minimum=0, maximum=_MOST_WORK // rows)
    if len(events) > _MOST_IN_A_ROW:
        _check_crowds(terms, events)
    try:
        check_history(events, terms.disbursed_on, terms.currency)
    except EngineError as refusal:
        raise refusal.within("events") from None
    _check_changes(terms, events, as_of)


def _check_crowds(terms: Terms, events: Sequence[Event]) -> None:
    ends = [period.end for period in calendar(terms).periods]
    crowds = Counter(bisect_left(ends, event.on) for event in events)
    if max(crowds.values()) > _MOST_IN_A_ROW:
        reason = f"more than {_MOST_IN_A_ROW} of them lie between two due dates"
        raise InvalidEvent(field="events", reason=reason)


def check_another_day(terms: Terms, policy: Policy, events: Sequence[Event], day: date) -> None:
    """The same for a history that was checked as of some day before: what depends on the day."""
    _check_day(terms, policy, day)
    _check_changes(terms, events, day)


def _check_day(terms: Terms, policy: Policy, as_of: date) -> None:
    last, penalty, fee = LAST_DAY, policy.penalty, policy.late_fee
    by_the_day = penalty is not None and penalty.compound and penalty.round is PenaltyRound.DAY
    if by_the_day or (fee is not None and not fee.once_per_installment):
        last = min(last, terms.disbursed_on + timedelta(days=_MOST_BUSY_DAYS))
    if not terms.disbursed_on <= as_of <= last:
        raise OutOfRange(field="as_of", minimum=terms.disbursed_on, maximum=last)


def _check_changes(terms: Terms, events: Sequence[Event], as_of: date) -> None:
    changes = [(index, event) for index, event in enumerate(events) if event.type in CHANGES and event.on <= as_of]
    if not changes:
        return
    undone = undone_by(events, as_of)
    standing = [(index, event) for index, event in changes if index not in undone]
    try:
        check_agreements(terms, sorted(standing, key=lambda found: found[1].on))
    except EngineError as refusal:
        raise refusal.within("events") from None


def _opened(terms: Terms, policy: Policy) -> Book:
    try:
        return Book(Basis(terms), policy)
    except EngineError as refusal:
        raise refusal.within("terms") from None
