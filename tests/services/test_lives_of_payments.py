"""Whatever is paid, booked late and taken back, in whatever order: the books hold what a replay of the record holds."""

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TypeAlias

from hypothesis import given
from hypothesis import strategies as st

from services.consistency.book_checks import payments
from services.consistency.replay_check import replayed
from services.db import Database
from services.errors import DomainError
from services.repayment.payment_views import Aim, Payment
from simulation.invariants.books import wrong_books
from tests.databases import QUICK
from tests.engine.profiles import examples
from tests.services.desk import CASHIER, MANAGER
from tests.services.lending import Lending, open_lending

Act: TypeAlias = "Callable[[Life], Awaitable[None]]"


@dataclass
class Life:
    """A loan of 5,000, and everything that came for it."""

    lending: Lending
    borrower: int
    loan: int
    booked: list[Payment] = field(default_factory=list)
    on_the_way: list[tuple[Payment, date]] = field(default_factory=list)
    """Transfers that nobody has booked, and the days on which they came."""

    async def go_on(self, act: Act) -> None:
        """Do it, unless a rule refuses it, and hold the books against the record."""
        try:
            await act(self)
        except DomainError:
            return
        async with self.lending.database.reading() as session:
            assert await wrong_books(session) == []
            assert await replayed(session, self.loan) == []
            assert [found async for found in payments(session)] == []


def wait(days: int, at_work: bool) -> Act:
    async def act(life: Life) -> None:
        life.lending.wait_days(days)
        if at_work:
            await life.lending.loans.accrue_all()

    return act


def wait_for_the_due_date(late_by: int, at_work: bool) -> Act:
    async def act(life: Life) -> None:
        rows = (await life.lending.loans.get(life.borrower, life.loan)).rows
        left = [days for row in rows if (days := (row.due_on - life.lending.today).days + late_by) > 0]
        await wait(min(left, default=1), at_work)(life)

    return act


def pay(aim: Aim, amount: str, more_minor: int) -> Act:
    async def act(life: Life) -> None:
        payment = await open_payment(life, aim, amount)
        minor = max(1, payment.amount.minor + more_minor)
        await life.lending.repayments.confirm(payment.reference, f"TG{payment.id}", minor, "CNY")
        life.booked.append(payment)

    return act


def transfer(aim: Aim, amount: str) -> Act:
    async def act(life: Life) -> None:
        payment = await open_payment(life, aim, amount)
        await life.lending.repayments.choose_transfer(life.borrower, payment.id)
        await life.lending.repayments.attach_receipt(life.borrower, payment.id, b"photo")
        life.on_the_way.append((payment, life.lending.today))

    return act


def book_a_transfer(place: int) -> Act:
    async def act(life: Life) -> None:
        if life.on_the_way:
            payment, came_on = life.on_the_way.pop(place % len(life.on_the_way))
            await life.lending.repayments.confirm_transfer(CASHIER, payment.id, came_on)
            life.booked.append(payment)

    return act


def take_back(place: int) -> Act:
    async def act(life: Life) -> None:
        if life.booked:
            await life.lending.reversals.reverse(MANAGER, life.booked.pop(place % len(life.booked)).id)

    return act


async def open_payment(life: Life, aim: Aim, amount: str) -> Payment:
    return await life.lending.repayments.open(life.borrower, life.loan, aim, amount if aim is Aim.OTHER else None)


AIMS = st.sampled_from([Aim.DUE, Aim.OTHER, Aim.PAYOFF])
AMOUNTS = st.sampled_from(["1", "10", "500", "700", "2000"])
ACTS: st.SearchStrategy[Act] = st.one_of(
    st.builds(wait, st.sampled_from([1, 2, 5, 12, 31]), st.booleans()),
    st.builds(wait_for_the_due_date, st.sampled_from([-1, 0, 0, 1, 3]), st.booleans()),
    st.builds(pay, AIMS, AMOUNTS, st.sampled_from([0, 0, 0, 1, -1, 5000])),
    st.builds(transfer, AIMS, AMOUNTS),
    st.builds(book_a_transfer, st.integers(0, 3)),
    st.builds(take_back, st.integers(0, 5)),
)
METHODS = st.sampled_from(["equal_installment", "equal_principal", "interest_only"])


async def live(path: Path, method: str, acts: list[Act]) -> None:
    database = Database(f"sqlite+aiosqlite:///{path}", QUICK)
    try:
        lending = open_lending(database)
        borrower = await lending.borrower()
        life = Life(lending, borrower, (await lending.loan(borrower, method=method)).id)
        for act in acts:
            await life.go_on(act)
    finally:
        await database.close()


@examples(20)
@given(METHODS, st.lists(ACTS, min_size=3, max_size=14))
def test_the_books_hold_what_the_record_holds(migrated: Path, method: str, acts: list[Act]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(shutil.copy(migrated, folder))
        asyncio.run(live(path, method, acts))
