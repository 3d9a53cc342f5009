"""Double entry for a loan: each posting names one account to debit and one to credit, so that it balances by itself."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from services.engine.policy import Component
from services.money import Money


class Account(StrEnum):
    """The accounts that a loan moves."""

    CASH = "cash"
    LOAN_PRINCIPAL = "loan_principal"
    INTEREST_RECEIVABLE = "interest_receivable"
    FEE_RECEIVABLE = "fee_receivable"
    PENALTY_RECEIVABLE = "penalty_receivable"
    INTEREST_INCOME = "interest_income"
    FEE_INCOME = "fee_income"
    PENALTY_INCOME = "penalty_income"
    LOSS = "loss"
    RECOVERY_INCOME = "recovery_income"
    BORROWER_SUSPENSE = "borrower_suspense"


RECEIVABLE = {
    Component.PRINCIPAL: Account.LOAN_PRINCIPAL,
    Component.INTEREST: Account.INTEREST_RECEIVABLE,
    Component.FEE: Account.FEE_RECEIVABLE,
    Component.PENALTY: Account.PENALTY_RECEIVABLE,
}
"""The account whose balance is what the borrower owes of each component."""

INCOME = {
    Component.INTEREST: Account.INTEREST_INCOME,
    Component.FEE: Account.FEE_INCOME,
    Component.PENALTY: Account.PENALTY_INCOME,
}
"""The account that each component but principal earns on."""


class Entry(NamedTuple):
    """A posting of a positive amount. `event` is the index of the event behind it, None for what time alone brings."""

    on: date
    debit: Account
    credit: Account
    minor: int
    currency: str
    memo: str
    event: int | None = None

    @property
    def amount(self) -> Money:
        """What was posted."""
        return Money.from_minor(self.minor, self.currency)

    def to_json(self) -> dict[str, object]:
        """As the contract writes an entry."""
        return {
            "on": self.on.isoformat(),
            "debit": self.debit.value,
            "credit": self.credit.value,
            "amount": str(self.amount.amount),
            "memo": self.memo,
        }


class Ledger:
    """Collects the postings of one replay, in the order in which they happen."""

    def __init__(self, currency: str) -> None:
        self.entries: list[Entry] = []
        self.memo = "disbursement"
        self.event: int | None = None
        self._currency = currency

    def copy(self) -> "Ledger":
        """The same ledger, to be posted to by itself."""
        other = Ledger(self._currency)
        other.entries, other.memo, other.event = self.entries.copy(), self.memo, self.event
        return other

    def post(self, on: date, debit: Account, credit: Account, minor: int) -> None:
        """Add a posting; a negative amount is posted the other way round, nought not at all."""
        if minor < 0:
            debit, credit, minor = credit, debit, -minor
        if minor:
            self.entries.append(Entry(on, debit, credit, minor, self._currency, self.memo, self.event))


def balances(entries: Iterable[Entry], currency: str) -> dict[Account, Money]:
    """Debits less credits of every account."""
    sums = dict.fromkeys(Account, 0)
    for entry in entries:
        sums[entry.debit] += entry.minor
        sums[entry.credit] -= entry.minor
    return {account: Money.from_minor(minor, currency) for account, minor in sums.items()}
