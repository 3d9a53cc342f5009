"""Pure loan arithmetic: schedules and disclosure from terms, the state of a loan from its events.

`quote(terms)` lays out a schedule and its cost; `replay(terms, policy, events, as_of)` is a loan's state on a date;
`payoff_quote` and `preview` answer what would close it and what a payment would settle; `explain` takes the interest of
each row apart into balances, days and rates. A `LoanAccount` answers several such questions of one loan without playing
its history again for each. Nothing here knows a clock, a database or a chat. What a request gets wrong is an
`EngineError` that names the field.
"""

from services.engine.account import LoanAccount
from services.engine.errors import EngineError
from services.engine.events import Event, EventType
from services.engine.explained import PenaltyInterest, PenaltySegment, RowInterest, Segment
from services.engine.payoff import PayoffQuote
from services.engine.policy import Component, Policy
from services.engine.quote import Quote, Row, quote
from services.engine.replay import explain, payoff_quote, preview, replay
from services.engine.standing import OVERDUE_LADDER, rung
from services.engine.state import Allocated, LoanRow, LoanState, Status, Sums, Transaction
from services.engine.terms import Terms

__all__ = [
    "OVERDUE_LADDER",
    "Allocated",
    "Component",
    "EngineError",
    "Event",
    "EventType",
    "LoanAccount",
    "LoanRow",
    "LoanState",
    "PayoffQuote",
    "PenaltyInterest",
    "PenaltySegment",
    "Policy",
    "Quote",
    "Row",
    "RowInterest",
    "Segment",
    "Status",
    "Sums",
    "Terms",
    "Transaction",
    "explain",
    "payoff_quote",
    "preview",
    "quote",
    "replay",
    "rung",
]
