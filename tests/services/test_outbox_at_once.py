"""Several processes at once: on SQLite, where writers queue, and on PostgreSQL, where rows are locked."""

import asyncio
from datetime import UTC, date, datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.clock import SteppedClock
from services.db import Database
from services.desk.handoff_access import Handoff
from services.desk.handoff_cards import HandoffCards
from services.desk.handoff_records import open_handoff
from services.desk.handoff_states import AlreadyClaimed, HandoffKind
from services.desk.handoffs import Handoffs
from services.lending.arrears import Arrears
from services.messages.outbox import MessageClass, enqueue
from services.messages.outbox_delivery import Outbox
from services.models import HandoffRow, LoanRow, OutboxRow
from services.money import Money
from services.reminders.notices import Notices
from tests.services.desk import CASHIER, MANAGER, OPERATOR, lender, products, staff, vault
from tests.services.rows import NoFiles, add_borrower, add_loan

NOON = datetime(2025, 10, 6, 4, tzinfo=UTC)
DUE = date(2025, 10, 5)


async def owe(database: Database, borrower_id: int, key: str) -> bool:
    async with database.transaction() as session:
        return await enqueue(
            session,
            now=NOON,
            kind="offer_ready",
            borrower_id=borrower_id,
            message_class=MessageClass.SERVICE,
            params={},
            dedupe_key=key,
        )


async def some_arrears(session: AsyncSession, loan: LoanRow, day: date) -> Arrears:
    return Arrears(Money.of("101.50", "CNY"), Money.of("1.50", "CNY"))


async def test_a_message_enqueued_by_many_is_owed_once(either: Database) -> None:
    borrower = await add_borrower(either)
    owed = await asyncio.gather(*(owe(either, borrower, "offer:1") for _ in range(8)))
    assert sorted(owed) == [False] * 7 + [True]


async def test_a_message_is_claimed_by_one_sender(either: Database) -> None:
    for number in range(12):
        await owe(either, await add_borrower(either), f"offer:{number}")
    senders = [Outbox(either, SteppedClock(NOON), vault(), staff(), lender()) for _ in range(4)]
    claimed: list[int] = []
    while len(claimed) < 12:
        batches = await asyncio.gather(*(sender.claim_batch(4) for sender in senders))
        claimed += [message.id for batch in batches for message in batch]
    assert sorted(claimed) == sorted(set(claimed))


async def test_a_borrower_never_gets_the_second_message_before_the_first(either: Database) -> None:
    borrower = await add_borrower(either)
    for key in ("first", "second"):
        await owe(either, borrower, key)
    senders = [Outbox(either, SteppedClock(NOON), vault(), staff(), lender()) for _ in range(4)]
    batches = await asyncio.gather(*(sender.claim_batch(4) for sender in senders))
    claimed = [message.id for batch in batches for message in batch]
    async with either.reading() as session:
        first = await session.scalar(select(func.min(OutboxRow.id)))
    assert claimed == [first]


async def test_one_officer_wins_a_handoff(either: Database) -> None:
    cards = HandoffCards(either, vault(), staff(), NoFiles(), NoFiles())
    clock = SteppedClock(NOON)
    handoffs = Handoffs(either, clock, vault(), lender(), products(clock), staff(), cards)
    handoff = await handoffs.ask(await add_borrower(either), HandoffKind.QUESTION, "在吗")
    attempts = (handoffs.claim(officer, handoff.id) for officer in (MANAGER, OPERATOR, CASHIER))
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    [winner] = [each for each in outcomes if isinstance(each, Handoff)]
    assert [each.params["name"] for each in outcomes if isinstance(each, AlreadyClaimed)] == [
        winner.claimed_by_name
    ] * 2


async def test_a_handoff_of_one_occasion_is_opened_once(either: Database) -> None:
    borrower = await add_borrower(either)

    async def call_in() -> int:
        async with either.transaction() as session:
            row = await open_handoff(
                session, now=NOON, kind=HandoffKind.INCIDENT, borrower_id=borrower, dedupe_key="payment:1:surplus"
            )
            return row.id

    assert len(set(await asyncio.gather(*(call_in() for _ in range(6))))) == 1
    async with either.reading() as session:
        assert await session.scalar(select(func.count(HandoffRow.id))) == 1
        assert await session.scalar(select(func.count(OutboxRow.id))) == 1


async def test_plans_side_by_side_owe_each_notice_once(either: Database) -> None:
    for _ in range(4):
        await add_loan(either, await add_borrower(either), [DUE])
    planners = [Notices(either, SteppedClock(NOON), lender(), some_arrears) for _ in range(4)]
    planned = await asyncio.gather(*(planner.plan() for planner in planners))
    assert sum(each.overdue for each in planned) == 4
    async with either.reading() as session:
        assert await session.scalar(select(func.count(OutboxRow.id))) == 4
