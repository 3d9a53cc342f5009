"""The life of a loan once it is paid out, and which steps of it exist.

    active ──► closed          everything owed was paid
    active ──► written_off     the lender gave up collecting; what comes in later is a recovery
    active ──► settled         closed for less than was owed
    written_off ──► settled    recoveries ended the matter
    closed, settled, written_off ──► active    only when the event that ended it is reversed

Being overdue is no state of its own: it follows from the due dates and the day one looks.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from services.errors import IllegalMove
from services.models import LoanRow
from services.wording import Label


class LoanStatus(StrEnum):
    ACTIVE = "active"
    CLOSED = "closed"
    WRITTEN_OFF = "written_off"
    SETTLED = "settled"


MOVES: Mapping[LoanStatus, frozenset[LoanStatus]] = MappingProxyType(
    {
        LoanStatus.ACTIVE: frozenset({LoanStatus.CLOSED, LoanStatus.WRITTEN_OFF, LoanStatus.SETTLED}),
        LoanStatus.CLOSED: frozenset({LoanStatus.ACTIVE}),
        LoanStatus.SETTLED: frozenset({LoanStatus.ACTIVE, LoanStatus.WRITTEN_OFF}),
        LoanStatus.WRITTEN_OFF: frozenset({LoanStatus.ACTIVE, LoanStatus.SETTLED}),
    }
)
"""For each status, the ones that may follow it."""


class IllegalLoanMove(IllegalMove):
    """The loan's status does not permit the act; `state` is the status as a `Label`."""

    key = "loans.illegal_move"


def label(status: LoanStatus) -> Label:
    return Label(f"terms.loan_status_{status}")


def move(loan: LoanRow, to: LoanStatus) -> None:
    """Bring the loan to `to`; staying where it is, is no move. Raises `IllegalLoanMove` when no such step exists."""
    now = LoanStatus(loan.status)
    if to is now:
        return
    if to not in MOVES[now]:
        raise IllegalLoanMove(state=label(now))
    loan.status = to
