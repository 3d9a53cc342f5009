"""Planning notices from what the database says."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.clock import SteppedClock
from services.db import Database
from services.desk.handoff_records import close_handoffs
from services.desk.handoff_states import HandoffKind
from services.lending.arrears import Arrears
from services.messages.message_params import decode_params
from services.messages.outbox import MessageClass, MessageStatus, withdraw
from services.messages.outbox_delivery import Outbox, OutboxMessage
from services.models import BorrowerRow, HandoffRow, LoanRow, OutboxRow
from services.money import Money
from services.reminders.notices import Notices, Planned
from tests.services.desk import lender, staff, vault
from tests.services.rows import add_borrower, add_loan, add_offer, add_request, pay

SHANGHAI = ZoneInfo("Asia/Shanghai")
DUE = date(2025, 10, 5)
TOTAL, PENALTY = Money.of("101.50", "CNY"), Money.of("1.50", "CNY")


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
    clock = SteppedClock(datetime(2025, 6, 1, tzinfo=UTC))
    arrears = FakeArrears()
    notices = Notices(database, clock, lender(), arrears)
    return Town(database, clock, notices, Outbox(database, clock, vault(), staff(), lender()), arrears)


Loan = Callable[[], Awaitable[int]]


@pytest.fixture
def loan(database: Database) -> Loan:
    async def build() -> int:
        return await add_loan(database, await add_borrower(database), [DUE, DUE + timedelta(days=31)])

    return build


async def rungs(town: Town, days: range) -> list[tuple[int, str, object]]:
    seen: list[tuple[int, str, object]] = []
    for day in days:
        for message in await town.day(day):
            seen.append((day, message.kind, message.params.get("step", message.params.get("days_left"))))
    return seen


async def test_reminders_go_out_seven_three_one_and_no_days_before(town: Town, loan: Loan) -> None:
    await loan()
    assert await rungs(town, range(-9, 1)) == [
        (-7, "reminder", 7),
        (-3, "reminder", 3),
        (-1, "reminder", 1),
        (0, "reminder", 0),
    ]
    assert town.arrears.asked == []


async def test_overdue_notices_rise_step_by_step_and_an_officer_is_called_in_once(
    town: Town, loan: Loan, database: Database
) -> None:
    loan_id = await loan()
    seen = await rungs(town, range(1, 95))
    assert [(day, step) for day, kind, step in seen if kind == "overdue"] == [
        (day, day) for day in (1, 3, 7, 15, 30, 60, 90)
    ]
    assert [day for day, kind, _ in seen if kind == "escalated"] == [7]
    async with database.reading() as session:
        handoffs = (await session.scalars(select(HandoffRow))).all()
    assert [(row.kind, row.loan_id) for row in handoffs] == [(HandoffKind.ESCALATION, loan_id)]
    assert decode_params(handoffs[0].details)["total"] == TOTAL


async def test_what_a_reminder_says(town: Town, loan: Loan, database: Database) -> None:
    loan_id = await loan()
    [message] = await town.day(-3)
    async with database.reading() as session:
        reference = (await session.get_one(LoanRow, loan_id)).reference
    assert message.loan_id == loan_id
    assert message.params == {
        "loan_reference": reference,
        "number": 1,
        "amount": Money.of("100.00", "CNY"),
        "due_on": DUE,
        "days_left": 3,
        "revolving": False,
    }


async def test_what_an_overdue_notice_says(town: Town, loan: Loan) -> None:
    await loan()
    [message] = await town.day(3)
    assert {**message.params, "loan_reference": None} == {
        "loan_reference": None,
        "amount": TOTAL - PENALTY,
        "penalty": PENALTY,
        "total": TOTAL,
        "due_on": DUE,
        "days_past_due": 3,
        "step": 3,
        "tone": "kind",
    }


async def test_planning_again_and_again_plans_nothing_twice(town: Town, loan: Loan) -> None:
    await loan()
    assert await town.plan(-7) == Planned(reminders=1)
    assert await town.plan(-7) == Planned()
    assert await town.plan(-7, hour=12) == Planned()
    assert len(await town.send()) == 1
    assert await town.plan(-7, hour=20) == Planned()


async def test_plans_that_run_side_by_side_plan_once(town: Town, loan: Loan) -> None:
    for _ in range(5):
        await loan()
    town.go_to(8)
    await asyncio.gather(*(town.notices.plan() for _ in range(4)))
    town.go_to(8, 12)
    kinds = [message.kind for message in await town.send()]
    assert sorted(kinds) == ["escalated"] * 5 + ["overdue"] * 5


async def test_a_plan_interrupted_halfway_is_completed_by_the_next(database: Database, town: Town, loan: Loan) -> None:
    loans = [await loan() for _ in range(3)]

    async def breaks_down(session: AsyncSession, row: LoanRow, as_of: date) -> Arrears:
        if row.id == loans[1]:
            raise RuntimeError
        return Arrears(TOTAL, PENALTY)

    town.go_to(1)
    with pytest.raises(RuntimeError):
        await Notices(database, town.clock, lender(), breaks_down).plan()
    await town.notices.plan()
    town.go_to(1, 12)
    assert sorted(message.loan_id or 0 for message in await town.send()) == loans


async def test_days_without_a_plan_are_caught_up_with_the_highest_step_only(town: Town, loan: Loan) -> None:
    await loan()
    await town.day(1)
    messages = await town.day(20)
    assert [(message.kind, message.params.get("step")) for message in messages] == [
        ("overdue", 15),
        ("escalated", None),
    ]


async def test_notices_that_nobody_delivered_are_replaced_by_the_present_one(
    town: Town, loan: Loan, database: Database
) -> None:
    await loan()
    for day in (-3, -1, 0, 1, 3):
        await town.plan(day)
    [message] = await town.day(4)
    assert (message.kind, message.params["step"], message.params["days_past_due"]) == ("overdue", 3, 4)
    async with database.reading() as session:
        pending = await session.scalars(select(OutboxRow.kind).where(OutboxRow.status == MessageStatus.PENDING))
        assert pending.all() == []


async def test_a_notice_planned_yesterday_is_not_sent_today_even_before_todays_plan(town: Town, loan: Loan) -> None:
    await loan()
    await town.plan(0)
    town.go_to(1, 12)
    assert await town.send() == []


async def test_a_notice_goes_out_at_the_borrowers_own_hour(town: Town, database: Database) -> None:
    borrower = await add_borrower(database, reminder_hour=18)
    await add_loan(database, borrower, [DUE])
    await town.plan(-1)
    town.go_to(-1, 17)
    assert await town.send() == []
    town.go_to(-1, 18)
    assert len(await town.send()) == 1


async def test_days_and_hours_are_those_of_the_borrowers_time_zone(town: Town, database: Database) -> None:
    borrower = await add_borrower(database, time_zone="America/New_York")
    await add_loan(database, borrower, [DUE])
    town.clock.advance_to(datetime(2025, 10, 4, 20, tzinfo=ZoneInfo("America/New_York")))
    await town.notices.plan()
    [message] = await town.send()
    assert message.params["days_left"] == 1
    town.clock.advance_to(datetime(2025, 10, 5, 8, tzinfo=ZoneInfo("America/New_York")))
    await town.notices.plan()
    assert await town.send() == []
    town.clock.advance_to(datetime(2025, 10, 5, 9, tzinfo=ZoneInfo("America/New_York")))
    [message] = await town.send()
    assert message.params["days_left"] == 0


async def test_paying_the_installment_stops_its_reminder_at_the_last_moment(
    town: Town, loan: Loan, database: Database
) -> None:
    loan_id = await loan()
    await town.plan(-1)
    await pay(database, loan_id, 1, DUE)
    town.go_to(-1, 12)
    assert await town.send() == []
    assert await town.plan(-1, 13) == Planned()


async def test_paying_up_stops_the_overdue_notice_at_the_last_moment(
    town: Town, loan: Loan, database: Database
) -> None:
    loan_id = await loan()
    await town.plan(3)
    await pay(database, loan_id, 1, DUE)
    town.go_to(3, 12)
    assert await town.send() == []


async def test_a_part_payment_brings_the_notice_with_the_figures_that_are_left(
    town: Town, loan: Loan, database: Database
) -> None:
    loan_id = await loan()
    await town.plan(-1)
    async with database.transaction() as session:
        await withdraw(session, loan_id=loan_id)
    assert await town.plan(-1, 1) == Planned(reminders=1)
    town.go_to(-1, 12)
    assert len(await town.send()) == 1


async def test_the_next_arrears_are_an_episode_of_their_own(town: Town, loan: Loan, database: Database) -> None:
    loan_id = await loan()
    await rungs(town, range(1, 10))
    async with database.transaction() as session:
        await close_handoffs(session, now=town.clock.now(), kinds=[HandoffKind.ESCALATION], loan_id=loan_id)
    await pay(database, loan_id, 1, DUE)
    seen = await rungs(town, range(31 + 1, 31 + 9))
    assert [(day - 31, kind, step) for day, kind, step in seen] == [
        (1, "overdue", 1),
        (3, "overdue", 3),
        (7, "overdue", 7),
        (7, "escalated", None),
    ]


async def test_no_second_officer_is_called_while_one_is_at_work(town: Town, loan: Loan, database: Database) -> None:
    loan_id = await loan()
    await town.day(8)
    await pay(database, loan_id, 1, DUE)
    assert (await town.plan(31 + 8)).escalations == 0


async def test_a_borrower_who_blocked_the_bot_is_planned_nothing_until_they_write_again(
    town: Town, database: Database
) -> None:
    borrower = await add_borrower(database, unreachable_since=datetime(2025, 9, 1, tzinfo=UTC))
    await add_loan(database, borrower, [DUE])
    assert await town.plan(1) == Planned()
    async with database.transaction() as session:
        (await session.get_one(BorrowerRow, borrower)).unreachable_since = None
    assert await town.plan(1) == Planned(overdue=1)


async def test_the_arrears_of_a_borrower_who_blocked_the_bot_still_bring_an_officer(
    town: Town, database: Database
) -> None:
    borrower = await add_borrower(database, unreachable_since=datetime(2025, 9, 1, tzinfo=UTC))
    await add_loan(database, borrower, [DUE])
    assert await town.plan(7) == Planned(escalations=1)
    assert await town.plan(7) == Planned()
    assert await town.send() == []


async def test_a_loan_that_is_not_active_is_planned_nothing(town: Town, loan: Loan, database: Database) -> None:
    loan_id = await loan()
    async with database.transaction() as session:
        (await session.get_one(LoanRow, loan_id)).status = "written_off"
    assert await town.plan(10) == Planned()


async def test_only_loans_that_are_owed_something_today_are_replayed(town: Town, loan: Loan) -> None:
    late = await loan()
    await town.day(1)
    town.arrears.asked.clear()
    await town.plan(2)
    assert town.arrears.asked == []
    await town.plan(3)
    assert town.arrears.asked == [late]


async def test_more_loans_than_a_page_are_all_planned(database: Database, town: Town) -> None:
    borrower = await add_borrower(database)
    for _ in range(7):
        await add_loan(database, borrower, [DUE])
    paged = Notices(database, town.clock, lender(), town.arrears, page=3)
    town.go_to(-7)
    assert await paged.plan() == Planned(reminders=7)


async def test_an_offer_about_to_expire_is_brought_to_mind_once(town: Town, database: Database) -> None:
    town.go_to(0, 12)
    borrower, now = await add_borrower(database), town.clock.now()
    await add_offer(database, borrower, made_at=now - timedelta(days=6), expires_at=now + timedelta(hours=20))
    await add_offer(database, borrower, made_at=now - timedelta(days=6), expires_at=now + timedelta(days=2))
    await add_offer(database, borrower, made_at=now - timedelta(hours=2), expires_at=now + timedelta(hours=20))
    assert await town.notices.plan() == Planned(deadlines=1)
    assert await town.notices.plan() == Planned()
    [message] = await town.send()
    assert message.kind == "offer_expiring"
    assert message.params["expires_at"] == now + timedelta(hours=20)


async def test_an_unanswered_request_is_brought_to_mind_a_day_before_its_deadline(
    town: Town, database: Database
) -> None:
    town.go_to(0, 12)
    borrower = await add_borrower(database)
    await add_request(
        database, borrower, asked_at=town.clock.now() - timedelta(days=5), answer_by=DUE + timedelta(days=1)
    )
    await add_request(
        database, borrower, asked_at=town.clock.now() - timedelta(days=5), answer_by=DUE + timedelta(days=2)
    )
    assert await town.notices.plan() == Planned(deadlines=1)
    [message] = await town.send()
    assert (message.kind, message.params["answer_by"]) == ("information_due", DUE + timedelta(days=1))
