"""The floor: the least that a program in decimal arithmetic must do to compute a schedule's rows."""

from calendar import monthrange
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from benchmarks.loans import Loan

Row = tuple[int, date, date, Decimal, Decimal, Decimal, Decimal]
"""Number, from, due date, principal, interest, total, balance."""

_CENT = Decimal("0.01")


def rows(loan: Loan) -> list[Row]:
    """Equal installment and rows, each figure rounded half up to the cent, due dates at the end of short months.

    No check, no other method, no fees, nothing but the rows; the rate must not be nought.
    """
    balance, rate, count = loan.principal, loan.annual_rate, loan.installments
    monthly = rate / 1200
    level = (balance * monthly / (1 - (1 + monthly) ** -count)).quantize(_CENT, ROUND_HALF_UP)
    start = loan.disbursed_on
    year, month, day = start.year, start.month, start.day
    made = []
    for n in range(1, count + 1):
        interest = (balance * rate / 1200).quantize(_CENT, ROUND_HALF_UP)
        principal = level - interest if n < count else balance
        balance -= principal
        month += 1
        if month > 12:
            year, month = year + 1, 1
        due_on = date(year, month, min(day, monthrange(year, month)[1]))
        made.append((n, start, due_on, principal, interest, principal + interest, balance))
        start = due_on
    return made
