"""A loan that is asked more than one question."""

from collections.abc import Sequence
from datetime import date

from services.engine.day_end import DayEnd, day_end
from services.engine.events import Event
from services.engine.explain import explained
from services.engine.explained import RowInterest
from services.engine.history import History, check, check_another_day, played, undone_by
from services.engine.payoff import PayoffQuote, quoted
from services.engine.policy import Policy
from services.engine.replay import state_at
from services.engine.state import LoanState
from services.engine.terms import Terms


class LoanAccount:
    """Keeps what one question has played of the history for the next: every answer is that of a replay of its own.

    Further questions about a day only read; those about a later day play on from a history that is kept, up to the
    day, and end the day on a copy of it.
    """

    def __init__(self, terms: Terms, policy: Policy, events: Sequence[Event]) -> None:
        self._terms = terms
        self._policy = policy
        self._events = tuple(events)
        self._asked: tuple[date, History] | None = None
        self._kept: History | None = None

    def state(self, on: date) -> LoanState:
        """The loan at the end of the day, later events ignored. Raises EngineError, its path in the scenario."""
        return state_at(self._at(on), on)

    def day_end(self, on: date) -> DayEnd:
        """The figures that move from day to day, at the end of that one. Days asked in rising order cost the replay of
        one and a copy of the book for each. Raises EngineError."""
        if self._asked is None:
            check(self._terms, self._policy, self._events, on)
        if self._asked is None or self._asked[0] != on:
            self._asked = on, self._ended(on)
        return day_end(self._asked[1], on)

    def payoff(self, on: date) -> PayoffQuote:
        """What closes the loan on the day, and what that saves. Raises EngineError."""
        return quoted(self._at(on).book, on)

    def interest(self, on: date) -> tuple[RowInterest, ...]:
        """How interest and penalty of each row come about, as the loan stands at the end of the day.

        Raises EngineError.
        """
        return explained(self._at(on).book, on)

    def _at(self, day: date) -> History:
        """The history, ended on the day. Most loans are asked about one day only: the first needs no copy."""
        if self._asked is None:
            self._asked = day, played(self._terms, self._policy, self._events, day)
        elif self._asked[0] != day:
            self._asked = day, self._ended(day)
        return self._asked[1]

    def _ended(self, day: date) -> History:
        check_another_day(self._terms, self._policy, self._events, day)
        undone = undone_by(self._events, day)
        history, self._kept = self._kept, None
        if history is None or history.undone != undone or (history.reached or date.min) >= day:
            history = History(self._terms, self._policy, self._events, undone)
        history.advance(day)
        self._kept = history
        ended = history.copy()
        ended.end(day)
        return ended
