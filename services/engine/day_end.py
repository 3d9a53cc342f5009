"""The figures of a loan that move from one day to the next, without its schedule and its history."""

from dataclasses import dataclass
from datetime import date

from services.engine.book import Book
from services.engine.history import History
from services.engine.installment import Amounts, Installment
from services.engine.ledger import Account
from services.engine.policy import Component


@dataclass(frozen=True, slots=True)
class DayEnd:
    """A loan at the end of the day `on`. Amounts are minor units.

    `held` is the balance of each account, debit positive; `outstanding` what has accrued and is unpaid, `due` its part
    whose due date has come. `unpaid` are the due dates of the rows that ask for money and are not settled.
    """

    on: date
    held: dict[Account, int]
    outstanding: Amounts
    due: Amounts
    unpaid: tuple[date, ...]


def day_end(history: History, day: date) -> DayEnd:
    """The figures of a history that was played to the end of `day`: those of its `LoanState`."""
    book = history.book
    return DayEnd(day, _held(book), book.outstanding(), book.due(day), _unpaid(book))


def _held(book: Book) -> dict[Account, int]:
    held = dict.fromkeys(Account, 0)
    for entry in book.ledger.entries:
        held[entry.debit] += entry.minor
        held[entry.credit] -= entry.minor
    return held


def _unpaid(book: Book) -> tuple[date, ...]:
    return tuple(row.due_on for row in book.installments if row.settled_on is None and _asks(row))


def _asks(row: Installment) -> bool:
    if row.line.period.is_open_ended:
        return False
    components = (Component.PRINCIPAL, Component.INTEREST, Component.FEE)
    return any(row.asked(each) for each in components) or any(row.paid[each] for each in components)
