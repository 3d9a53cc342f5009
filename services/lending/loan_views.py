"""What a loan looks like to the person who asks: figures of one day, replayed from the loan's record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from services.lending.loan_states import LoanStatus
from services.money import Money
from services.wording import Label, LocalizedText, Percent


class RowStatus(StrEnum):
    """Where an installment stands: paid, due today, past its date, or still to come."""

    PAID = "paid"
    DUE = "due"
    OVERDUE = "overdue"
    UPCOMING = "upcoming"


@dataclass(frozen=True, slots=True)
class Components:
    """An amount by what it is for. `total` is the sum of the four."""

    principal: Money
    interest: Money
    fees: Money
    penalty: Money
    total: Money


@dataclass(frozen=True, slots=True)
class NextDue:
    """The first installment that is not paid and whose date has not passed."""

    number: int
    on: date
    amount: Money
    """What is still to be paid of it."""


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """One line of the schedule. `paid` is what came in for it, penalties left out; `balance` is the principal
    outstanding after it when all is paid as planned."""

    number: int
    due_on: date
    principal: Money
    interest: Money
    fees: Money
    total: Money
    paid: Money
    settled_on: date | None
    balance: Money
    status: RowStatus

    @property
    def left(self) -> Money:
        """What is still to be paid of it."""
        return self.total - self.paid


@dataclass(frozen=True, slots=True)
class LoanSummary:
    """One line in a list of loans."""

    id: int
    reference: str
    product: LocalizedText
    status: LoanStatus
    principal: Money
    outstanding: Money
    due_now: Money
    next_due: NextDue | None
    days_past_due: int


@dataclass(frozen=True, slots=True)
class LoanView:
    """Everything about one loan as of `as_of`, a day in the lender's time zone."""

    id: int
    borrower_id: int
    reference: str
    product_code: str
    product: LocalizedText
    status: LoanStatus
    contract_id: int | None
    contract_reference: str | None
    principal: Money
    annual_rate: Percent
    """What interest accrues at on `as_of`."""
    method: str
    disbursed_on: date
    as_of: date
    outstanding: Components
    due_now: Components
    next_due: NextDue | None
    days_past_due: int
    classification: str
    """The regulator's class in the engine's word, such as `normal` or `special_mention`."""
    rows: Sequence[ScheduleRow]
    payoff: Money
    """What closes the loan if paid on `as_of`."""
    paid_total: Money
    surplus: Money
    """Money received that nothing was owed for; the lender holds it for the borrower."""
    closed_on: date | None
    certificate_available: bool

    @property
    def method_label(self) -> Label:
        return Label(f"terms.method_{self.method}")

    @property
    def classification_label(self) -> Label:
        return Label(f"terms.classification_{self.classification}")


@dataclass(frozen=True, slots=True)
class PayoffQuote:
    """What closes the loan if it is paid by `valid_until`."""

    loan_id: int
    amount: Money
    breakdown: Components
    fee: Money
    """Charge for paying early; nil unless the contract asks for one."""
    interest_saved: Money
    """Scheduled interest that will never be charged."""
    as_of: date
    valid_until: datetime
    """End of the lender's day, as an aware UTC instant."""


@dataclass(frozen=True, slots=True)
class LoanMovement:
    """One thing that happened to a loan, for the officers' file."""

    position: int
    on: date
    what: Label
    amount: Money


@dataclass(frozen=True, slots=True)
class LoanFile:
    """A loan as an officer sees it."""

    loan: LoanView
    borrower_name: str | None
    borrower_phone_masked: str | None
    payout_account_masked: str | None
    payout_reference: str | None
    movements: Sequence[LoanMovement]
    trial_balance: dict[str, Money]
    """Balance of every ledger account, debit positive."""


@dataclass(frozen=True, slots=True)
class Loan:
    """A loan just paid out."""

    id: int
    reference: str
    borrower_id: int
    application_id: int
    status: LoanStatus
    principal: Money
    net_payout: Money
    disbursed_on: date
    payout_reference: str
    first_due_on: date
    first_due: Money
