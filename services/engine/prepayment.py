"""Money that comes before its due date: the interest it takes and the principal it repays."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from services.engine.accrual import until
from services.engine.allocation import Part
from services.engine.book import Book
from services.engine.installment import Installment
from services.engine.ledger import Account
from services.engine.policy import Component, PrepayInterest
from services.engine.replan import close_rows, current_row, replan


@dataclass(frozen=True, slots=True)
class Taken:
    """What a prepayment settled, and what nothing took, minor units."""

    interest: int
    principal: int
    left: int


def principal_ahead(book: Book, day: date) -> int:
    """Principal that is not yet due."""
    return book.principal - book.principal_due(day)


def next_to_pay(book: Book, day: date) -> Installment | None:
    """The next installment that asks for anything; none on a due date, when nothing of the next period has passed.

    Nor on the day on which a period ends whose due date was moved on.
    """
    if book.is_due_date(day) or any(row.line.period.end == day for row in book.ahead()):
        return None
    row = next((row for row in book.ahead() if any(row.owed().values())), None)
    return None if row is None or row.line.period.is_open_ended else row


def interest_ahead(book: Book, day: date, coming: Installment | None = None) -> list[int]:
    """Unpaid interest of each installment ahead: what has accrued by the day, or will have when `coming` is due."""
    until_day = day if coming is None else coming.line.period.end
    owed: list[int] = []
    ahead = book.ahead()
    for row in ahead:
        whole = coming is not None and row.n <= coming.n
        if not whole and not row.has_begun(until_day):
            return owed + [0] * (len(ahead) - len(owed))  # nor has any later row borne anything
        reached = row.line.bears if whole else book.accrued_interest(row, until_day)
        owed.append(max(0, reached - row.settled(Component.INTEREST)))
    return owed


def prepay(book: Book, day: date, minor: int, *, keep_level: bool) -> Taken:
    """Take interest as the policy says, then principal; the later rows are replanned.

    With `keep_level` the installment stays and the term shrinks, else the installment shrinks and the term stays.
    """
    if minor <= 0:
        return Taken(0, 0, minor)
    how = book.policy.prepay_interest
    ahead, principal = book.ahead(), principal_ahead(book, day)
    if not ahead or principal <= 0:
        return Taken(0, 0, minor)
    coming = next_to_pay(book, day) if how is PrepayInterest.NEXT_DUE else None
    owed = interest_ahead(book, day, coming)
    if minor >= sum(owed) + principal:
        settle_ahead(book, day, sum(owed), Account.CASH)
        return Taken(sum(owed), principal, minor - sum(owed) - principal)
    payable = [0 if row.line.capitalised else part for row, part in zip(ahead, owed, strict=True)]
    interest = min(minor, sum(payable))
    if how is PrepayInterest.ON_PREPAID:
        interest = min(interest, _interest_on_prepaid(book, day, ahead, minor, principal))
    repaid = min(minor - interest, principal)
    current = current_row(book, day)
    if repaid:
        replan(book, day, repaid, keep_level=keep_level, beyond=coming.n if coming else 0)
    _pay_interest(book, day, interest, coming)
    book.pay(day, [current], [Part(0, Component.PRINCIPAL, repaid)] if repaid else [], Account.CASH)
    return Taken(interest, repaid, minor - interest - repaid)


def settle_ahead(book: Book, day: date, interest: int, source: Account | None) -> None:
    """Settle all principal ahead with so much interest; rows that nothing is left of vanish. No source: forgiven."""
    principal = principal_ahead(book, day)
    row = close_rows(book, day, principal, interest)
    parts = [Part(0, Component.INTEREST, interest), Part(0, Component.PRINCIPAL, principal)]
    parts = [part for part in parts if part.minor]
    if source is None:
        book.waive(day, [row], parts)
    else:
        book.pay(day, [row], parts, source)


def _interest_on_prepaid(book: Book, day: date, ahead: list[Installment], minor: int, principal: int) -> int:
    """The interest that the principal in `minor` has borne so far, when both are paid together."""
    exact = Fraction(0)
    for row in ahead:
        passed = until(row.line.stretches, day)
        if passed and not row.line.capitalised:
            exact += max(Fraction(0), book.basis.accrual.exact(passed) - row.settled(Component.INTEREST))
    share = exact / principal
    repaid = minor // (1 + share)
    return book.basis.rounder.fraction(repaid * share)


def _pay_interest(book: Book, day: date, minor: int, coming: Installment | None) -> None:
    """Pay accrued interest of the installments ahead, the nearest first; where the rows that were replanned round it to
    less, the rest stays paid as well."""
    ahead = book.ahead()
    parts = []
    for place, owed in enumerate(interest_ahead(book, day, coming)):
        taken = min(minor, owed) if not ahead[place].line.capitalised else 0
        if taken:
            parts.append(Part(place, Component.INTEREST, taken))
            minor -= taken
    if minor and ahead:
        place = next((place for place, row in enumerate(ahead) if row.line.interest), 0)
        ahead[place].retain(minor)
        parts.append(Part(place, Component.INTEREST, minor))
    book.pay(day, ahead, parts, Account.CASH)
