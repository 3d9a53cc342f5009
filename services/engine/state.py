"""What a replay answers: the loan's state on a date. Figures are kept in minor units and read as `Money`."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.engine.events import EventType
from services.engine.ledger import Entry
from services.engine.policy import Component
from services.engine.quote import Row
from services.money import Money


class Status(StrEnum):
    """Where a loan stands."""

    ACTIVE = "active"
    OVERDUE = "overdue"
    CLOSED = "closed"
    OVERPAID = "overpaid"
    WRITTEN_OFF = "written_off"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class Sums:
    """An amount of each component of a debt."""

    principal: Money
    interest: Money
    fees: Money
    penalty: Money

    @classmethod
    def of(cls, minor: dict[Component, int], currency: str) -> "Sums":
        """From minor units by component."""
        return cls(
            Money.from_minor(minor[Component.PRINCIPAL], currency),
            Money.from_minor(minor[Component.INTEREST], currency),
            Money.from_minor(minor[Component.FEE], currency),
            Money.from_minor(minor[Component.PENALTY], currency),
        )

    @property
    def total(self) -> Money:
        """All four together."""
        return self.principal + self.interest + self.fees + self.penalty

    def to_json(self, *, total: bool = True) -> dict[str, str]:
        """As the contract writes it."""
        names = ("principal", "interest", "fees", "penalty", *(("total",) if total else ()))
        return {name: str(getattr(self, name).amount) for name in names}


@dataclass(frozen=True, slots=True)
class LoanRow:
    """A row of the schedule as it stands, and what was paid of it; `settled_on` is None while any of it is owed."""

    row: Row
    paid: Sums
    settled_on: date | None

    @property
    def n(self) -> int:
        """Number of the installment, 0 for what was due at disbursement."""
        return self.row.n

    @property
    def due_on(self) -> date:
        """Due date."""
        return self.row.due_on

    @property
    def total(self) -> Money:
        """Principal, interest and fees of the row."""
        return self.row.total

    def to_json(self) -> dict[str, object]:
        """As the contract writes it."""
        settled = None if self.settled_on is None else self.settled_on.isoformat()
        return self.row.to_json() | {"paid": self.paid.to_json(total=False), "settled_on": settled}


@dataclass(frozen=True, slots=True)
class Allocated:
    """How the amount of an event was spread; `unallocated` is what no row could take."""

    penalty: Money
    fee: Money
    interest: Money
    principal: Money
    unallocated: Money

    @classmethod
    def of(cls, minor: dict[Component, int], unallocated: int, currency: str) -> "Allocated":
        """From minor units by component."""
        parts = (minor[component] for component in Component)
        penalty, fee, interest, principal = (Money.from_minor(part, currency) for part in parts)
        return cls(penalty, fee, interest, principal, Money.from_minor(unallocated, currency))

    @property
    def allocated(self) -> Money:
        """The part of the amount that settled something."""
        return self.penalty + self.fee + self.interest + self.principal

    def to_json(self) -> dict[str, str]:
        """As the contract writes it."""
        names = (*Component, "unallocated")
        return {str(name): str(getattr(self, name).amount) for name in names}


@dataclass(frozen=True, slots=True)
class Transaction:
    """What an event did. `event` is its index in the history; a reversed event allocated nothing."""

    on: date
    type: EventType
    amount: Money
    allocated: Allocated
    event: int
    reversed: bool = False

    def to_json(self) -> dict[str, object]:
        """As the contract writes it."""
        return {
            "on": self.on.isoformat(),
            "type": self.type.value,
            "amount": str(self.amount.amount),
            "allocated": self.allocated.to_json(),
        }


@dataclass(frozen=True, slots=True)
class NextDue:
    """The next installment that is not yet due and not yet paid."""

    on: date
    amount: Money
    n: int


@dataclass(frozen=True, slots=True)
class LoanState:
    """A loan on the date `as_of`, after the events of that day.

    `outstanding` is what has accrued and is unpaid, due or not; `due_now` its part whose due date has come;
    `payoff` closes the loan that day. After a write-off the books show nothing outstanding and `claim` is what the
    borrower still owes. `suspense` is money of the borrower's that no row could take.
    """

    as_of: date
    rows: tuple[LoanRow, ...]
    transactions: tuple[Transaction, ...]
    outstanding: Sums
    due_now: Sums
    payoff: Money
    days_past_due: int
    classification: str
    next_due: NextDue | None
    status: Status
    ledger: tuple[Entry, ...]
    suspense: Money
    claim: Sums

    def to_json(self) -> dict[str, object]:
        """As the contract writes the answer of `replay`."""
        coming = self.next_due
        return {
            "rows": [row.to_json() for row in self.rows],
            "transactions": [transaction.to_json() for transaction in self.transactions],
            "as_of": {
                "outstanding": self.outstanding.to_json(),
                "due_now": self.due_now.to_json(),
                "payoff": str(self.payoff.amount),
                "days_past_due": self.days_past_due,
                "classification": self.classification,
                "next_due": coming and {"on": coming.on.isoformat(), "amount": str(coming.amount.amount)},
                "status": self.status.value,
            },
            "ledger": [entry.to_json() for entry in self.ledger],
        }
