"""What a borrower sees before a draw: how much may be drawn, and what drawing it would do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.lending.credit_line_views import CreditLine, Draw
from services.lending.loan_views import NextDue
from services.money import Money

EXAMPLE: Final = 1000
"""Major units that a price a day is shown for."""
ROUND: Final = (500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000)
"""Major units that people like to draw."""
QUICK: Final = 3
"""So many of them are offered, the largest that are available."""


@dataclass(frozen=True, slots=True)
class DrawOptions:
    """What can be drawn today."""

    loan_id: int
    loan_reference: str
    line: CreditLine
    account_masked: str
    """Where it is paid out to."""
    quick: Sequence[Money]
    """Round amounts to choose from, and all that is available at last."""
    example: Money
    """A round amount whose price says what drawing costs."""
    example_a_day: Money
    """What one day on `example` costs."""


@dataclass(frozen=True, slots=True)
class DrawPreview:
    """What a draw would do if it were paid out today."""

    draw: Draw
    account_masked: str
    interest_a_day: Money
    """On this draw alone."""
    interest_a_day_after: Money
    """On all that is drawn then."""
    fee: Money
    """Owed with the next installment; nil unless the contract asks for one."""
    drawn_after: Money
    available_after: Money
    next_due: NextDue | None
    """With this draw's interest and fee in it."""
    last_due_on: date
    """When all that is still drawn falls due."""


def quick_amounts(minimum: Money, available: Money) -> tuple[Money, ...]:
    """Round amounts of at least `minimum` below what is available, and then that itself."""
    amounts = (Money.of(amount, available.currency) for amount in ROUND)
    return (*[amount for amount in amounts if minimum <= amount < available][-QUICK:], available)
