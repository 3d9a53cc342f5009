"""The double-entry ledger: positive amounts between two named accounts, only ever inserted.

Entries are found by difference: the accounts are brought from what the ledger holds to what the loan's replay says,
so every figure that is shown is a sum of entries, and a correction is one more entry that takes the other way.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import case, func, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from services.engine.ledger import INCOME, RECEIVABLE, Account
from services.models import LedgerEntryRow, LoanRow
from services.money import Money

_EARNED_INTO: Mapping[Account, Account] = {RECEIVABLE[component]: income for component, income in INCOME.items()}
"""The income account of each claim."""

Balances = Mapping[Account, Money]
"""Balance of each account, debit positive; an account that is left out stands at nil."""


def in_money(minor: Mapping[Account, int], currency: str) -> dict[Account, Money]:
    """Balances that are given in minor units."""
    return {account: Money.from_minor(balance, currency) for account, balance in minor.items()}


class LedgerOutOfBalance(AssertionError):
    """The ledger does not hold what the replay says: a programming mistake, which rolls the transaction back."""


@dataclass(frozen=True, slots=True)
class Movement:
    """A positive amount from the credited to the debited account."""

    debit: Account
    credit: Account
    amount: Money


def movements_between(held: Balances, wanted: Balances, currency: str) -> list[Movement]:
    """The fewest sensible movements that bring `held` to `wanted`.

    What is claimed meets its own income first (an accrual, or its correction); the rest is paired in the order of the
    accounts. Raises `LedgerOutOfBalance` when the differences do not sum to nil.
    """
    nil = Money.zero(currency)
    gaps = {account: wanted.get(account, nil) - held.get(account, nil) for account in Account}
    if Money.total(gaps.values(), currency):
        raise LedgerOutOfBalance(f"differences do not balance: {_shown(gaps)}")
    found = []
    for receivable, income in _EARNED_INTO.items():
        found += _meet(gaps, receivable, income)
        found += _meet(gaps, income, receivable)
    for debit in [account for account in Account if gaps[account] > nil]:
        for credit in [account for account in Account if gaps[account] < nil]:
            found += _meet(gaps, debit, credit)
    return found


def _meet(gaps: dict[Account, Money], debit: Account, credit: Account) -> list[Movement]:
    """Settle what `debit` still lacks against what `credit` has too much of."""
    nil = Money.zero(gaps[debit].currency)
    amount = min(gaps[debit], -gaps[credit])
    if amount <= nil:
        return []
    gaps[debit] -= amount
    gaps[credit] += amount
    return [Movement(debit, credit, amount)]


async def post(
    session: AsyncSession,
    loan: LoanRow,
    wanted: Mapping[date, Balances],
    *,
    at: datetime,
    memo: str,
    event_id: int | None = None,
) -> list[Movement]:
    """Insert entries, recorded `at`, so that the loan's ledger holds what is `wanted` at the end of each of those days.

    The days rise, and none of the loan's entries lies after the last of them. The loan row must be locked. Reads the
    ledger back afterwards: raises `LedgerOutOfBalance` unless it holds exactly what the last day wants.
    """
    posted = []
    figures = await _balances_at(session, loan, list(wanted))
    made = dict.fromkeys(Account, Money.zero(loan.currency))
    for on, held in zip(wanted, figures, strict=True):
        reached = {account: held[account] + made[account] for account in Account}
        for movement in movements_between(reached, wanted[on], loan.currency):
            made[movement.debit] += movement.amount
            made[movement.credit] -= movement.amount
            values = entry_values(loan.id, loan.currency, movement, on, at, memo)
            session.add(LedgerEntryRow(event_id=event_id, **values))
            posted.append(movement)
    if posted:
        await session.flush()
        confirm(await balances(session, loan.id, loan.currency), wanted[max(wanted)], loan)
    return posted


def entry_values(loan_id: int, currency: str, movement: Movement, on: date, at: datetime, memo: str) -> dict[str, Any]:
    """The columns of the entry that dates the movement `on` a day, recorded `at`, without an event."""
    return {
        "loan_id": loan_id,
        "effective_on": on,
        "recorded_at": at,
        "debit": movement.debit.value,
        "credit": movement.credit.value,
        "amount_minor": movement.amount.minor,
        "currency": currency,
        "memo": memo,
    }


async def _balances_at(session: AsyncSession, loan: LoanRow, days: Sequence[date]) -> list[dict[Account, Money]]:
    """What the loan's entries up to the end of each of the days, in rising order, add up to."""
    entry, first = LedgerEntryRow, days[0]
    on = case((entry.effective_on < first, first), else_=entry.effective_on).label("on")
    query = (
        select(on, entry.debit, entry.credit, func.sum(entry.amount_minor))
        .where(entry.loan_id == loan.id)
        .group_by(on, entry.debit, entry.credit)
        .order_by(on)
    )
    rows = deque((await session.execute(query)).all())
    held, found = dict.fromkeys(Account, Money.zero(loan.currency)), []
    for day in days:
        while rows and rows[0][0] <= day:
            _, debit, credit, minor = rows.popleft()
            amount = Money.from_minor(int(minor), loan.currency)
            held[Account(debit)] += amount
            held[Account(credit)] -= amount
        found.append(dict(held))
    return found


def confirm(held: Balances, wanted: Balances, loan: LoanRow) -> None:
    """Raises `LedgerOutOfBalance` when any account differs."""
    nil = Money.zero(loan.currency)
    wrong = {a: held.get(a, nil) - wanted.get(a, nil) for a in Account if held.get(a, nil) != wanted.get(a, nil)}
    if wrong:
        raise LedgerOutOfBalance(f"loan {loan.id}: the ledger differs by {_shown(wrong)}")


async def balances(session: AsyncSession, loan_id: int | None, currency: str) -> dict[Account, Money]:
    """Balance of every account of one loan, or of all loans in `currency` when `loan_id` is None."""
    entry = LedgerEntryRow
    debits = select(entry.debit.label("account"), entry.amount_minor.label("minor"))
    credits_ = select(entry.credit.label("account"), (-entry.amount_minor).label("minor"))
    sides = []
    for side in (debits, credits_):
        narrowed = side.where(entry.currency == currency)
        sides.append(narrowed if loan_id is None else narrowed.where(entry.loan_id == loan_id))
    both = union_all(*sides).subquery()
    rows = await session.execute(select(both.c.account, func.sum(both.c.minor)).group_by(both.c.account))
    held = {Account(account): Money.from_minor(int(minor), currency) for account, minor in rows}
    return {account: held.get(account, Money.zero(currency)) for account in Account}


async def last_effective_on(session: AsyncSession, loan_id: int) -> date | None:
    """The latest day that any entry of the loan is dated."""
    return await session.scalar(select(func.max(LedgerEntryRow.effective_on)).where(LedgerEntryRow.loan_id == loan_id))


def _shown(figures: Mapping[Account, Money]) -> str:
    return ", ".join(f"{account} {amount}" for account, amount in figures.items() if amount)
