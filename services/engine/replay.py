"""The state of a loan on any date: a pure function of its terms, its policy and what happened."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from services.engine.basis import Basis
from services.engine.book import Book
from services.engine.dates import LAST_DAY
from services.engine.errors import EngineError, OutOfRange
from services.engine.events import Event, EventType, check_history
from services.engine.explain import explained
from services.engine.explained import RowInterest
from services.engine.installment import nothing
from services.engine.ledger import Account
from services.engine.lifecycle import Effect, apply
from services.engine.payoff import PayoffQuote, payoff_figures, quoted
from services.engine.policy import Component, PenaltyRound, Policy
from services.engine.quote import row_of
from services.engine.standing import Arrears, classification, days_past_due
from services.engine.state import Allocated, LoanRow, LoanState, NextDue, Status, Sums, Transaction
from services.engine.terms import Terms
from services.money import Money

_PAYMENTS = (EventType.REPAY, EventType.PREPAY, EventType.PAYOFF, EventType.RECOVER)
_MOST_COMPOUND_DAYS = 3_660
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
    return next(made.allocated for made in history.transactions if made.event == len(events))


class _History:
    """Plays the events day by day in the order of their dates, those of one day as they are listed."""

    def __init__(self, terms: Terms, policy: Policy, events: Sequence[Event], as_of: date) -> None:
        _check(terms, policy, events, as_of)
        self.book = _opened(terms, policy)
        self.transactions: list[Transaction] = []
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
            transactions=tuple(self.transactions),
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

    def _play(self) -> None:
        book, order = self.book, self._order
        busy = {self._events[index].on for index in order if not self._is_void(index)}
        busy |= set(_days_of_the_calendar(book)) | {self._as_of}
        days = busy | {self._events[index].on for index in order}
        place = 0
        for day in sorted(day for day in days if day <= self._as_of):
            if day in busy:
                book.open_day(day)
            while place < len(order) and self._events[order[place]].on == day:
                self._happen(order[place])
                place += 1
            if day in busy:
                book.ledger.event, book.ledger.memo = None, "accrual"
                book.accrue(day)
                book.close_day(day)

    def _is_void(self, index: int) -> bool:
        """Whether the event is reversed, or a reversal: its day must then leave no trace in what accrues."""
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
        currency = book.basis.currency
        self.transactions.append(
            Transaction(
                on=event.on,
                type=event.type,
                amount=Money.from_minor(effect.amount, currency),
                allocated=Allocated.of(effect.spread, effect.unallocated, currency),
                event=index,
                reversed=index in self._undone,
            )
        )

    def _never_was(self, event: Event, index: int) -> Effect:
        """An event reversed later has no effect; money that came with it waits in suspense until it goes back."""
        amount = event.amount.minor if event.amount else 0
        if event.type is EventType.PAYOFF:
            amount = payoff_figures(self.book, event.on).total
        self._undone_amounts[index] = amount
        if event.type in _PAYMENTS:
            self.book.ledger.post(event.on, Account.CASH, Account.BORROWER_SUSPENSE, amount)
        return Effect(amount, spread=nothing())

    def _reverse(self, event: Event) -> Effect:
        target = event.event if event.event is not None else -1
        amount = self._undone_amounts.get(target, 0)
        if self._events[target].type in _PAYMENTS:
            self.book.ledger.post(event.on, Account.BORROWER_SUSPENSE, Account.CASH, amount)
        return Effect(amount, spread=nothing())


def _check(terms: Terms, policy: Policy, events: Sequence[Event], as_of: date) -> None:
    last = LAST_DAY
    penalty = policy.penalty
    if penalty is not None and penalty.compound and penalty.round is PenaltyRound.DAY:
        last = min(last, terms.disbursed_on + timedelta(days=_MOST_COMPOUND_DAYS))
    if not terms.disbursed_on <= as_of <= last:
        raise OutOfRange(field="as_of", minimum=terms.disbursed_on, maximum=last)
    if len(events) * terms.installments > _MOST_WORK:
        raise OutOfRange(field="events", minimum=0, maximum=_MOST_WORK // terms.installments)
    try:
        check_history(events, terms.disbursed_on, terms.currency)
    except EngineError as refusal:
        raise refusal.within("events") from None


def _opened(terms: Terms, policy: Policy) -> Book:
    try:
        return Book(Basis(terms), policy)
    except EngineError as refusal:
        raise refusal.within("terms") from None


def _days_of_the_calendar(book: Book) -> Iterator[date]:
    """Days on which time alone changes something: due dates, and the days on which late fees are charged."""
    late = book.policy.late_fee
    for row in book.installments:
        yield row.due_on
        if late is not None:
            yield row.due_on + timedelta(days=late.after_days + 1)


def _rows(book: Book) -> Iterator[LoanRow]:
    currency = book.basis.currency
    for row in book.installments:
        shown = row_of(row.line, currency, row.charged(Component.FEE))
        yield LoanRow(shown, Sums.of(row.paid, currency), row.settled_on)


def _arrears(book: Book) -> list[Arrears]:
    return [Arrears(row.due_on, row.cleared_on) for row in book.installments]


def _next_due(book: Book, day: date) -> NextDue | None:
    if book.written_off_on is not None:
        return None
    for row in book.ahead():
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
