"""The journal in Beancount's language, so that a program of others adds it up and holds it against our balances.

Syntax: https://beancount.github.io/docs/beancount_language_syntax.html
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from services.accounting.journal import CodeMove, Frame, JournalEntry, Positions
from services.configuration.chart_of_accounts import AccountType, BookAccount, ChartOfAccounts
from services.engine.ledger import Account
from services.money import Money

_ROOTS: Final = {
    AccountType.ASSET: "Assets",
    AccountType.LIABILITY: "Liabilities",
    AccountType.EQUITY: "Equity",
    AccountType.INCOME: "Income",
    AccountType.EXPENSE: "Expenses",
}


class BeancountJournal:
    """Writes a file that stands by itself: accounts, opening balances, transactions, and at its end what every account
    must hold. Debits are positive. Each entry is one transaction, linked to its loan."""

    def __init__(self, chart: ChartOfAccounts, title: str) -> None:
        self._chart = chart
        self._title = title

    def head(self, frame: Frame) -> str:
        currencies = sorted({*frame.opening, *frame.closing})
        lines = [f'option "title" {_quoted(self._title)}']
        lines += [f'option "operating_currency" "{currency}"' for currency in currencies]
        lines.append("")
        for booked in self._chart.between(frame.first, frame.last):
            lines += _opened(booked, max(frame.first, booked.since or frame.first), currencies)
        for currency in frame.opening:
            lines += self._brought_forward(frame.first, frame.opening, currency)
        for move in frame.moves:
            lines += self._moved(move)
        return _text(lines)

    def entry(self, entry: JournalEntry) -> str:
        lines = ["", f"{entry.on} * {_quoted(entry.memo)} ^{_link(entry.loan)}", f"  entry: {entry.number}"]
        lines += [f"  {key}: {_quoted(value)}" for key, value in _origin(entry)]
        lines.append(self._posting(entry.debit, entry.on, entry.amount))
        lines.append(self._posting(entry.credit, entry.on, -entry.amount))
        return _text(lines)

    def tail(self, frame: Frame) -> str:
        lines = [""]
        day_after = frame.last + timedelta(days=1)
        for currency, figures in frame.closing.items():
            for account in Account:
                amount = figures.get(account, Money.zero(currency))
                name = self._name(account, frame.last)
                # Without a tolerance of nought, Beancount lets a balance be wrong by a minor unit.
                lines.append(f"{day_after} balance {name}  {amount.amount} ~ 0 {currency}")
        return _text(lines)

    def _brought_forward(self, on: date, opening: Positions, currency: str) -> Iterator[str]:
        """All accounts together sum to nil, so that what they held before needs no account of its own."""
        figures = {account: amount for account, amount in opening[currency].items() if amount}
        if figures:
            yield ""
            yield f'{on} * "brought forward"'
            yield from (self._posting(account, on, amount) for account, amount in figures.items())

    def _moved(self, move: CodeMove) -> Iterator[str]:
        before = self._name(move.to.account, move.on - timedelta(days=1))
        for amount in move.amounts:
            if amount:
                yield ""
                yield f'{move.on} * "code changed"'
                yield f"  {_name(move.to)}  {amount.amount} {amount.currency}"
                yield f"  {before}  {(-amount).amount} {amount.currency}"

    def _posting(self, account: Account, on: date, amount: Money) -> str:
        return f"  {self._name(account, on)}  {amount.amount} {amount.currency}"

    def _name(self, account: Account, on: date) -> str:
        return _name(self._chart.on(account, on))


def _name(booked: BookAccount) -> str:
    return f"{_ROOTS[booked.type]}:{booked.code.replace('.', '-')}"


def _opened(booked: BookAccount, on: date, currencies: list[str]) -> Iterator[str]:
    yield f"{on} open {_name(booked)} {','.join(currencies)}".rstrip()
    yield f"  code: {_quoted(booked.code)}"
    yield f"  account: {_quoted(booked.account)}"
    for language, name in booked.name.by_language.items():
        yield f"  name_{language}: {_quoted(name)}"


def _origin(entry: JournalEntry) -> Iterator[tuple[str, str]]:
    yield "loan", entry.loan
    yield "cause", entry.cause
    if entry.event is not None:
        yield "event", str(entry.event)
    if entry.payment:
        yield "payment", entry.payment
    if entry.bank_reference:
        yield "bank_reference", entry.bank_reference
    if entry.recorded_at is not None:
        yield "recorded_at", entry.recorded_at.isoformat(timespec="seconds")


def _quoted(text: str) -> str:
    plain = " ".join(text.splitlines()).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{plain}"'


def _link(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_/.-]", "-", text)


def _text(lines: list[str]) -> str:
    return "\n".join([*lines, ""])
