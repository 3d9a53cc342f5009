"""Which events of a loan a sum of money becomes, and how those events spread it."""

from collections.abc import Sequence
from datetime import date

from services.engine.events import Event, EventType
from services.engine.state import LoanState, Status
from services.lending.loan_record import LoanRecord
from services.money import Money
from services.repayment.payment_views import Aim, Allocation


def events_for(record: LoanRecord, aim: Aim, amount: Money, on: date) -> list[Event]:
    """What paying `amount` on the day means to the loan.

    An amount that reaches the payoff closes the loan, whatever it was meant for, and what lies above it is held for the
    borrower. Money after a write-off is a recovery. Principal is paid early with what is left of the amount after
    whatever is due, also by a payoff that has become too small.
    """
    state = record.state(on)
    if state.status is Status.WRITTEN_OFF:
        return [Event(on=on, type=EventType.RECOVER, amount=amount)]
    payoff = state.payoff
    if payoff and amount >= payoff:
        surplus = amount - payoff
        rest = [Event(on=on, type=EventType.REPAY, amount=surplus)] if surplus else []
        return [Event(on=on, type=EventType.PAYOFF), *rest]
    due = state.due_now.total
    if aim not in (Aim.EARLY, Aim.PAYOFF) or not payoff or amount <= due:
        return [Event(on=on, type=EventType.REPAY, amount=amount)]
    first = [Event(on=on, type=EventType.REPAY, amount=due)] if due else []
    return [*first, Event(on=on, type=EventType.PREPAY, amount=amount - due)]


def allocation_of(state: LoanState, positions: Sequence[int], currency: str) -> Allocation:
    """How the events at those positions of the record were spread, in one sum."""
    parts = [movement.allocated for movement in state.transactions if movement.event in positions]
    return Allocation(
        penalty=Money.total((part.penalty for part in parts), currency),
        fees=Money.total((part.fee for part in parts), currency),
        interest=Money.total((part.interest for part in parts), currency),
        principal=Money.total((part.principal for part in parts), currency),
        unallocated=Money.total((part.unallocated for part in parts), currency),
    )
