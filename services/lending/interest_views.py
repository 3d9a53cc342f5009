"""How the interest of an installment comes about, as the borrower sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.engine.explained import Adjustment, FlatShare, Rounded, Treatment
from services.engine.rounding import RoundingMode
from services.money import Money
from services.wording import Percent


class Counting(StrEnum):
    """How days become a part of a year: each month, week or day as an equal part, or days by a day count."""

    MONTHS = "months"
    WEEKS = "weeks"
    DAYS = "days"
    THIRTY_360 = "30_360"
    ACTUAL_360 = "actual_360"
    ACTUAL_364 = "actual_364"
    ACTUAL_365 = "actual_365"
    ACTUAL_ACTUAL = "actual_actual"


@dataclass(frozen=True, slots=True)
class InterestLine:
    """What `balance` bears at `rate` a year from `start` to `end`, the last day not counted."""

    start: date
    end: date
    balance: Money
    rate: Percent
    amount: Money

    @property
    def days(self) -> int:
        """Calendar days."""
        return (self.end - self.start).days


@dataclass(frozen=True, slots=True)
class PenaltyView:
    """Penalty of an overdue installment: the sum of its lines, what of it is charged where a limit holds it back, and
    fixed charges beside it."""

    lines: Sequence[InterestLine]
    total: Money
    charged: Money
    fixed: Money


@dataclass(frozen=True, slots=True)
class InterestView:
    """One installment's interest as of `as_of`, a day in the lender's time zone.

    `amount` is what the installment asks for, what it adds to the principal, or, where the interest waits, what
    installment `waits_for` will ask for. `computed` is what the lines come to once rounded; it differs from `amount`
    where `adjustment` says why. `is_exact` says that there was nothing to round.
    """

    loan_id: int
    reference: str
    as_of: date
    number: int
    last: int
    """Number of the loan's last installment."""
    earlier: int | None
    later: int | None
    """Numbers of the installments before and after it that have something to explain."""
    due_on: date
    treatment: Treatment
    lines: Sequence[InterestLine]
    computed: Money
    amount: Money
    waits_for: int | None
    adjustment: Adjustment | None
    counting: Counting
    rounded: Rounded
    rounding: RoundingMode
    round_to: Money
    is_exact: bool
    accrued: Money | None
    """What has run up by `as_of`; None where nothing has yet, and once all of it is due."""
    flat: FlatShare | None
    penalty: PenaltyView | None
