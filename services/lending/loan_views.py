"""What a loan looks like to the person who asks: figures of one day, replayed from the loan's record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from services.lending.credit_line_views import CreditLine
from services.lending.loan_states import LoanStatus
from services.lending.rate_link import Repricing
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
    available: Money | None = None
    """What can still be drawn of a revolving line; None for any other loan."""


@dataclass(frozen=True, slots=True)
class Tranche:
    """A further disbursement that the contract agrees."""

    on: date
    amount: Money


@dataclass(frozen=True, slots=True)
class FloatingRate:
    """A rate that follows a reference rate, as of a day: `title` names the reference rate, `margin` the percent points
    on top of it. `since` is the day from which the present rate holds; `next_on` the next repricing day, None where the
    reference rate decides or none is left."""

    title: LocalizedText
    margin: Percent
    repriced: Repricing
    rate: Percent
    since: date
    next_on: date | None


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
    """As signed."""
    current_rate: Percent
    floating: FloatingRate | None
    """How the rate follows a reference rate, None where it does not."""
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
    line: CreditLine | None = None
    """What makes it a revolving line; None for any other loan."""
    tranches: Sequence[Tranche] = ()
    """Further disbursements that are agreed and still to come."""

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
    rate: Percent | None = None
    """The rate that holds from then on, where it is another one."""


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
    limit: Money | None = None
    """Of a revolving line: how much may be outstanding."""
