"""What a repayment looks like before, while and after it is made."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from services.lending.loan_views import Components, NextDue, PayoffQuote
from services.money import Money
from services.repayment.payment_states import PaymentStatus
from services.wording import Label, LocalizedText


class Aim(StrEnum):
    """What the borrower wants the money to do."""

    DUE = "due"
    """Pay what is due today; with nothing due, the next installment."""
    OTHER = "other"
    """Pay an amount of the borrower's choice: what is due first, the rest as the contract says."""
    EARLY = "early"
    """Pay principal before its date, after whatever is due."""
    PAYOFF = "payoff"
    """Pay everything and close the loan."""


class Channel(StrEnum):
    """How the money comes."""

    GATEWAY = "gateway"
    TRANSFER = "transfer"


class RejectReason(StrEnum):
    """Why a cashier did not accept a transfer receipt."""

    NOT_RECEIVED = "not_received"
    UNREADABLE = "unreadable"
    WRONG_AMOUNT = "wrong_amount"
    DUPLICATE = "duplicate"

    @property
    def label(self) -> Label:
        return Label(f"terms.reject_reason_{self}")


@dataclass(frozen=True, slots=True)
class RepayOptions:
    """What can be paid today."""

    loan_id: int
    loan_reference: str
    due_now: Components
    next_installment: NextDue | None
    payoff: PayoffQuote
    revolving: bool = False
    """Whether any payment settles interest up to its day and then principal, so that no coming installment is paid
    ahead."""


@dataclass(frozen=True, slots=True)
class Allocation:
    """How a repayment is spread. The five parts sum to the amount."""

    penalty: Money
    fees: Money
    interest: Money
    principal: Money
    unallocated: Money
    """Held for the borrower, because nothing was owed for it."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a payment made today would do."""

    loan_id: int
    aim: Aim
    amount: Money
    allocation: Allocation
    left_after: Money
    """Outstanding principal, accrued interest, fees and penalties that remain."""
    next_due_after: NextDue | None
    closes_loan: bool


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that a borrower means to pay, or has paid."""

    id: int
    reference: str
    loan_id: int
    loan_reference: str
    borrower_id: int
    aim: Aim
    channel: Channel | None
    status: PaymentStatus
    amount: Money
    opened_at: datetime
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class TransferInstructions:
    """Where to send a bank transfer, and the reference that must stand on it."""

    payment_id: int
    bank: LocalizedText
    holder: str
    number: str
    amount: Money
    reference: str
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class Receipt:
    """A repayment that is booked."""

    payment_id: int
    payment_reference: str
    loan_id: int
    loan_reference: str
    amount: Money
    allocation: Allocation
    outstanding_after: Money
    due_now_after: Money
    """What of it is due already, such as the rest of a late installment."""
    next_due: NextDue | None
    loan_closed: bool
    paid_on: date


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A payment that was booked and is no longer, and what the loan then owes."""

    payment_reference: str
    loan_reference: str
    amount: Money
    outstanding: Money
    due_now: Money
    void_certificate: str | None
    """The settlement certificate that no longer holds, of a loan that the payment had closed."""
