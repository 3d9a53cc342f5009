"""What a loan's account holds: money owed and money kept, every movement posted to the ledger. Minor units."""

from copy import copy
from datetime import date
from typing import Self

from services.engine.installment import Amounts, nothing
from services.engine.ledger import INCOME, RECEIVABLE, Account, Ledger
from services.engine.policy import Component


class Balances:
    """The sums of an account and the ledger that they follow from; it knows no installments.

    `principal` is what was lent and not repaid; `suspense` money not allocated; `forgiven` what was waived; `claim`
    what the borrower still owes after a write-off, when the books no longer show it.
    """

    def __init__(self, currency: str) -> None:
        self.ledger = Ledger(currency)
        self.principal = 0
        self.suspense = 0
        self.forgiven = 0
        self.claim: Amounts = nothing()
        self.written_off_on: date | None = None
        self._receivable: Amounts = nothing()

    def copy(self) -> Self:
        """The same account, to be moved by itself."""
        other = copy(self)
        other.ledger = self.ledger.copy()
        other.claim = self.claim.copy()
        other._receivable = self._receivable.copy()
        return other

    def outstanding(self) -> Amounts:
        """What is owed of each component: the principal, and what was recognised of the others and not settled."""
        return self._receivable | {Component.PRINCIPAL: self.principal}

    def income_owed(self) -> int:
        """What is owed besides principal."""
        return sum(self._receivable.values())

    def lend(self, day: date, minor: int) -> None:
        """Pay out more."""
        self.principal += minor
        self.ledger.post(day, Account.LOAN_PRINCIPAL, Account.CASH, minor)

    def book(self, day: date, component: Component, minor: int) -> None:
        """Income of the component becomes receivable, or is given back where negative."""
        self._receivable[component] += minor
        self.ledger.post(day, RECEIVABLE[component], INCOME[component], minor)

    def clear(self, day: date, component: Component, minor: int, source: Account) -> None:
        """Move what is owed of the component to `source`."""
        if component is Component.PRINCIPAL:
            self.principal -= minor
        else:
            self._receivable[component] -= minor
        self.ledger.post(day, source, RECEIVABLE[component], minor)

    def capitalise(self, day: date, minor: int) -> None:
        """Move interest that is owed into the principal."""
        self.principal += minor
        self._receivable[Component.INTEREST] -= minor
        self.ledger.post(day, Account.LOAN_PRINCIPAL, Account.INTEREST_RECEIVABLE, minor)

    def suspend(self, day: date, minor: int) -> None:
        """Keep money that nothing takes."""
        self.suspense += minor
        self.ledger.post(day, Account.CASH, Account.BORROWER_SUSPENSE, minor)

    def write_off(self, day: date) -> Amounts:
        """Take what is owed out of the books as a loss; the claim on the borrower stays. What was written off."""
        self.claim = self.outstanding()
        for component, minor in self.claim.items():
            self.ledger.post(day, Account.LOSS, RECEIVABLE[component], minor)
        self.principal, self._receivable = 0, nothing()
        self.written_off_on = day
        return dict(self.claim)
