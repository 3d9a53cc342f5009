"""What the coming days bring a loan if nothing happens: computed once by one replay, spent a day at a time.

A forecast holds until the loan's next event, which deletes it in its own transaction. It ends early where more would
change than income: where interest joins the principal, where more is lent, where another row comes to ask for money.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from services.engine.day_end import DayEnd
from services.engine.errors import OutOfRange
from services.engine.ledger import INCOME, RECEIVABLE, Account
from services.engine.policy import Component
from services.lending.ledger import Movement
from services.models import AccrualForecastRow
from services.money import Money
from services.upserts import insert_into

HORIZON: Final = 45
"""Days told ahead: a month between two payments, and what a late one needs."""
EARNED: Final = tuple(INCOME)
"""The components that time alone adds to, in the order in which they are posted."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """The days from `since` on, one place in each sequence a day. Amounts are minor units.

    `gains` are what each day adds to the claims of the components of `EARNED`, nothing on the first: the books have
    reached it. `due` is all that is due and unpaid at the end of the day, `penalty_due` the penalty in it.
    """

    since: date
    gains: tuple[Sequence[int], ...]
    due: Sequence[int]
    penalty_due: Sequence[int]

    @property
    def until(self) -> date:
        """The last day told."""
        return self.since + timedelta(days=len(self.due) - 1)


def forecast(ask: Callable[[date], DayEnd], reached: DayEnd, horizon: int = HORIZON) -> Forecast:
    """The day that the books have `reached` and at most `horizon` days after it. `ask` answers the end of a day as the
    loan's record stands."""
    ends = [reached]
    for passed in range(1, horizon + 1):
        try:
            end = ask(reached.on + timedelta(days=passed))
        except OutOfRange:
            # The engine plays no loan beyond its last day.
            break
        if end.unpaid != reached.unpaid or not _only_earns(ends[-1], end):
            break
        ends.append(end)
    return Forecast(
        since=reached.on,
        gains=tuple(_gains(ends, RECEIVABLE[component]) for component in EARNED),
        due=[sum(end.due.values()) for end in ends],
        penalty_due=[end.due[Component.PENALTY] for end in ends],
    )


def _gains(ends: Sequence[DayEnd], claim: Account) -> list[int]:
    return [0, *(after.held[claim] - before.held[claim] for before, after in pairwise(ends))]


def _only_earns(before: DayEnd, after: DayEnd) -> bool:
    """Whether nothing moved but income into its own claim."""
    moved = {account: after.held[account] - before.held[account] for account in Account}
    gains = [(moved.pop(RECEIVABLE[each]), moved.pop(income)) for each, income in INCOME.items()]
    return not any(moved.values()) and all(claim >= 0 and claim == -earned for claim, earned in gains)


def movements_on(row: AccrualForecastRow, day: date, currency: str) -> list[Movement]:
    """The postings that the forecast has for the day."""
    found = []
    for component, gains in zip(EARNED, (row.interest, row.fees, row.penalty), strict=True):
        minor = amount_on(gains, row.since, day)
        if minor:
            found.append(Movement(RECEIVABLE[component], INCOME[component], Money.from_minor(minor, currency)))
    return found


def amount_on(amounts: Sequence[int], since: date, day: date) -> int:
    """What a stored list that begins with the day `since` has for another, minor units."""
    return amounts[(day - since).days] if amounts else 0


async def keep(session: AsyncSession, loan_id: int, told: Forecast) -> None:
    """Write the forecast of a locked loan down in the place of an earlier one."""
    interest, fees, penalty = (_stored(gains) for gains in told.gains)
    values = {
        "since": told.since,
        "until": told.until,
        "interest": interest,
        "fees": fees,
        "penalty": penalty,
        "due": _stored(told.due),
        "penalty_due": _stored(told.penalty_due),
    }
    statement = insert_into(session, AccrualForecastRow).values(loan_id=loan_id, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=[AccrualForecastRow.loan_id], set_=values))


async def forget(session: AsyncSession, loan_id: int) -> None:
    """Something happens to a locked loan: what was foretold on the assumption that nothing does is void."""
    await session.execute(delete(AccrualForecastRow).where(AccrualForecastRow.loan_id == loan_id))


def _stored(amounts: Sequence[int]) -> list[int]:
    """An empty list stands for days that bring nothing: most loans bear no penalty."""
    return list(amounts) if any(amounts) else []
