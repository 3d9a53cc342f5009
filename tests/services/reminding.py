"""A lender's notices about loans of one due date, day by day, with arrears that are always the same, for tests."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from services.clock import SteppedClock
from services.db import Database
from services.lending.arrears import Arrears
from services.messages.outbox import MessageClass
from services.messages.outbox_delivery import Outbox
from services.messages.outbox_messages import OutboxMessage
from services.models import LoanRow
from services.money import Money
from services.reminders.notices import Notices, Planned
from tests.services.desk import lender, staff, vault
from tests.services.rows import add_borrower, add_loan

SHANGHAI = ZoneInfo("Asia/Shanghai")
DUE = date(2025, 10, 5)
TOTAL, PENALTY = Money.of("101.50", "CNY"), Money.of("1.50", "CNY")
"""What is overdue of every loan, and the penalty in it."""


@dataclass
class FakeArrears:
    """Answers the same arrears for every loan and counts how often it was asked."""

    asked: list[int] = field(default_factory=list)

    async def __call__(self, session: AsyncSession, loan: LoanRow, as_of: date) -> Arrears:
        self.asked.append(loan.id)
        return Arrears(TOTAL, PENALTY)


@dataclass
class Town:
    """A lender's notices and outbox on a clock that stands at midnight of a day around the due date."""

    database: Database
    clock: SteppedClock
    notices: Notices
    outbox: Outbox
    arrears: FakeArrears

    def go_to(self, days_after_due: int, hour: int = 0) -> None:
        day = DUE + timedelta(days=days_after_due)
        self.clock.advance_to(datetime(day.year, day.month, day.day, hour, tzinfo=SHANGHAI))

    async def plan(self, days_after_due: int, hour: int = 0) -> Planned:
        self.go_to(days_after_due, hour)
        return await self.notices.plan()

    async def send(self) -> list[OutboxMessage]:
        """What borrowers receive by now."""
        sent = []
        while batch := await self.outbox.claim_batch(50):
            for message in batch:
                if await self.outbox.recheck(message.id):
                    await self.outbox.mark_sent({message.id: 1})
                    sent.append(message)
        said = [message for message in sent if message.message_class is not MessageClass.UPKEEP]
        return [message for message in said if message.borrower_id is not None]

    async def day(self, days_after_due: int) -> list[OutboxMessage]:
        """Plan at midnight, send at noon."""
        await self.plan(days_after_due)
        self.go_to(days_after_due, 12)
        return await self.send()


@pytest.fixture
def town(database: Database) -> Town:
    """A lender to whom nobody owes anything yet."""
    clock = SteppedClock(datetime(2025, 6, 1, tzinfo=UTC))
    arrears = FakeArrears()
    notices = Notices(database, clock, lender(), arrears)
    return Town(database, clock, notices, Outbox(database, clock, vault(), staff(), lender()), arrears)


Loan = Callable[[], Awaitable[int]]
"""Lends to somebody new: an installment on the due date, another a month later. Answers the loan's id."""


@pytest.fixture
def loan(database: Database) -> Loan:
    """Lends as often as it is called."""

    async def build() -> int:
        return await add_loan(database, await add_borrower(database), [DUE, DUE + timedelta(days=31)])

    return build


async def rungs(town: Town, days: range) -> list[tuple[int, str, object]]:
    """What is sent on each of the days: the day, the kind, and the step or the days that are left."""
    seen: list[tuple[int, str, object]] = []
    for day in days:
        for message in await town.day(day):
            seen.append((day, message.kind, message.params.get("step", message.params.get("days_left"))))
    return seen
