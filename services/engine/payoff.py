"""What closes a loan on a day, and what that saves against paying as scheduled."""

from dataclasses import dataclass
from datetime import date

from services.engine.book import Book
from services.engine.policy import Component, InterestTo
from services.engine.prepayment import interest_ahead, next_to_pay, principal_ahead
from services.engine.rounding import Rounder
from services.engine.state import Sums
from services.money import Money


@dataclass(frozen=True, slots=True)
class PayoffFigures:
    """Minor units: what is outstanding with interest to the policy's date, the part of it ahead, and the payoff fee."""

    amounts: dict[Component, int]
    interest_ahead: int
    fee: int

    @property
    def total(self) -> int:
        """What closes the loan."""
        return sum(self.amounts.values()) + self.fee


@dataclass(frozen=True, slots=True)
class PayoffQuote:
    """What closes the loan if paid on `on`: `amounts` with interest as the policy says, and a fee for paying early.

    `interest_saved` is the interest that paying as scheduled would still cost, less the interest paid here.
    """

    on: date
    amounts: Sums
    fee: Money
    interest_saved: Money

    @property
    def total(self) -> Money:
        """What the borrower pays."""
        return self.amounts.total + self.fee


def payoff_figures(book: Book, day: date) -> PayoffFigures:
    """What closes the loan at the end of `day`. Nothing is booked.

    The fee is the policy's percentage of the outstanding principal, as long as some of it is not yet due.
    """
    policy = book.policy.payoff
    amounts = book.outstanding_on(day)
    if book.written_off_on is not None:
        return PayoffFigures(amounts, 0, 0)
    accrued = sum(interest_ahead(book, day))
    coming = next_to_pay(book, day) if policy.interest_to is InterestTo.NEXT_DUE_DATE else None
    ahead = sum(interest_ahead(book, day, coming))
    amounts[Component.INTEREST] += ahead - accrued
    fee = 0
    if principal_ahead(book, day) > 0:
        rounder = Rounder(1, book.basis.terms.rounding)
        fee = min(rounder.percent_of(amounts[Component.PRINCIPAL], policy.fee_percent_of_principal), book.room())
    return PayoffFigures(amounts, ahead, fee)


def quoted(book: Book, day: date) -> PayoffQuote:
    """The payoff of the book's loan on the day."""
    figures = payoff_figures(book, day)
    scheduled = sum(max(0, row.open(Component.INTEREST)) for row in book.installments)
    saved = 0 if book.written_off_on else scheduled - figures.amounts[Component.INTEREST]
    currency = book.basis.currency
    return PayoffQuote(
        on=day,
        amounts=Sums.of(figures.amounts, currency),
        fee=Money.from_minor(figures.fee, currency),
        interest_saved=Money.from_minor(max(0, saved), currency),
    )
