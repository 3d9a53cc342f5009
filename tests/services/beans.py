"""What Beancount, a program of others, makes of a journal."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

from beancount import loader
from beancount.core.data import Open, Transaction

from services.engine.ledger import Account
from services.money import Money

Figures = dict[tuple[str, Account], Decimal]


def figures_of(text: str) -> Figures:
    """The balance of each account by currency, nil ones left out, once Beancount has accepted the file without an
    error. The codes of one account are added together."""
    entries, errors, _ = loader.load_string(text)
    assert [error.message for error in errors] == []
    owners = {entry.account: Account(entry.meta["account"]) for entry in entries if isinstance(entry, Open)}
    sums: Figures = defaultdict(Decimal)
    for entry in entries:
        if isinstance(entry, Transaction):
            for posting in entry.postings:
                sums[posting.units.currency, owners[posting.account]] += posting.units.number
    return {place: number for place, number in sums.items() if number}


def figures(balances: dict[Account, Money]) -> Figures:
    """The same of our own balances."""
    return {(amount.currency, account): amount.amount for account, amount in balances.items() if amount}


def errors_of(text: str) -> list[str]:
    """What Beancount has against the file."""
    return [error.message for error in loader.load_string(text)[1]]


def postings_of(text: str) -> list[tuple[date, str, Decimal]]:
    """Day, account and amount of every posting, by day."""
    entries, errors, _ = loader.load_string(text)
    assert errors == []
    transactions = [entry for entry in entries if isinstance(entry, Transaction)]
    return [(found.date, each.account, each.units.number) for found in transactions for each in found.postings]
