"""Planning notices from what the database says: which, on what day and at what hour, about whom, in what words."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from services.db import Database
from services.desk.handoff_records import close_handoffs
from services.desk.handoff_states import HandoffKind
from services.messages.message_params import decode_params
from services.models import BorrowerRow, HandoffRow, LoanRow
from services.money import Money
from services.reminders.notices import Planned
from tests.services import reminding
from tests.services.reminding import DUE, PENALTY, TOTAL, Loan, Town, rungs
from tests.services.rows import add_borrower, add_loan, add_offer, add_request, pay

town, loan = reminding.town, reminding.loan


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
