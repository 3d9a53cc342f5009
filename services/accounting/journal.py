"""What a journal consists of, wherever its entries come from: the database, or a replay without one."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from services.configuration.chart_of_accounts import BookAccount
from services.engine.ledger import Account
from services.money import Money

Positions = Mapping[str, Mapping[Account, Money]]
"""Balances, debit positive, by currency and account; what is left out stands at nil."""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """A positive amount from the credited to the debited account, and what it comes from.

    `cause` is the kind of the event, `accrual` for what a day's passing brings, or `disbursement`; `event` the number
    of the event, None where there is none. `payment` is our reference of the payment that brought the money,
    `bank_reference` that of the bank or the payment provider. `recorded_at` is None where nothing was recorded.
    """

    number: int
    on: date
    recorded_at: datetime | None
    loan: str
    cause: str
    event: int | None
    payment: str
    bank_reference: str
    debit: Account
    credit: Account
    amount: Money
    memo: str


@dataclass(frozen=True, slots=True)
class CodeMove:
    """A balance that stood under one code and from the day `on` stands under another."""

    on: date
    to: BookAccount
    amounts: Sequence[Money]


@dataclass(frozen=True, slots=True)
class Frame:
    """What surrounds a journal's entries: their first and last effective date, the balances before and after them."""

    first: date
    last: date
    opening: Positions = field(default_factory=dict)
    closing: Positions = field(default_factory=dict)
    moves: Sequence[CodeMove] = ()


class JournalFormat(Protocol):
    """A way to write a journal down, piece by piece, so that its length does not matter."""

    def head(self, frame: Frame) -> str: ...

    def entry(self, entry: JournalEntry) -> str: ...

    def tail(self, frame: Frame) -> str: ...


def together(*parts: Positions) -> Positions:
    """The balances of the parts added up."""
    sums: dict[str, dict[Account, Money]] = defaultdict(dict)
    for part in parts:
        for currency, figures in part.items():
            for account, amount in figures.items():
                sums[currency][account] = sums[currency].get(account, Money.zero(currency)) + amount
    return sums
