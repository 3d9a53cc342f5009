"""What a revolving line and its draws look like from outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.lending.draw_states import DrawStatus
from services.models import DrawRow, LoanRow
from services.money import Money
from services.wording import Percent


@dataclass(frozen=True, slots=True)
class Draw:
    """A draw as its borrower sees it."""

    id: int
    reference: str
    loan_id: int
    loan_reference: str
    amount: Money
    status: DrawStatus
    opened_at: datetime
    valid_until: datetime
    """Until then it can be confirmed."""
    paid_out_on: date | None
    payout_reference: str | None


@dataclass(frozen=True, slots=True)
class CreditLine:
    """A line as of a day of the lender's calendar."""

    limit: Money
    drawn: Money
    """The outstanding principal."""
    on_the_way: Sequence[Draw]
    """Confirmed and not yet paid out, oldest first."""
    available: Money
    minimum_draw: Money
    valid_until: date
    blocked: bool
    daily_rate: Percent
    """Percent a day on what is drawn."""
    interest_so_far: Money
    """Accrued by the end of the day and unpaid, due or not."""
    interest_a_day: Money
    """On what is drawn now."""
    drawable: bool
    """Whether a draw can be asked for just now."""


def view_draw(draw: DrawRow, loan: LoanRow) -> Draw:
    return Draw(
        id=draw.id,
        reference=draw.reference,
        loan_id=loan.id,
        loan_reference=loan.reference,
        amount=Money.from_minor(draw.amount_minor, draw.currency),
        status=DrawStatus(draw.status),
        opened_at=draw.opened_at,
        valid_until=draw.valid_until,
        paid_out_on=draw.paid_out_on,
        payout_reference=draw.payout_reference,
    )
