"""Messages owed and delivered: once each, in order, within the contact window."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from services.clock import SteppedClock
from services.configuration.staff import Staff
from services.db import Database
from services.messages.message_params import MessageParams
from services.messages.outbox import MessageClass, MessageStatus, enqueue, withdraw
from services.messages.outbox_delivery import Outbox
from services.messages.outbox_messages import RESENDING, OutboxMessage
from services.models import BorrowerRow, OutboxRow
from tests.services.desk import DESK, lender, staff, vault
from tests.services.rows import add_borrower, add_loan

NOON = datetime(2025, 6, 1, 12, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock(NOON)


def outbox_of(database: Database, clock: SteppedClock, officers: Staff | None = None) -> Outbox:
    return Outbox(database, clock, vault(), officers or staff(), lender(), replace(RESENDING, attempts=3))


@pytest.fixture
def outbox(database: Database, clock: SteppedClock) -> Outbox:
    return outbox_of(database, clock)


async def owe(
    database: Database,
    clock: SteppedClock,
    borrower_id: int | None,
    key: str,
    *,
    message_class: MessageClass = MessageClass.SERVICE,
    params: MessageParams | None = None,
    not_before: datetime | None = None,
    loan_id: int | None = None,
) -> bool:
    async with database.transaction() as session:
        return await enqueue(
            session,
            now=clock.now(),
            kind="payment_received",
            borrower_id=borrower_id,
            message_class=message_class,
            params=params or {},
            dedupe_key=key,
            not_before=not_before,
            loan_id=loan_id,
        )


async def status_of(database: Database, key: str) -> str | None:
    async with database.reading() as session:
        return await session.scalar(select(OutboxRow.status).where(OutboxRow.dedupe_key == key))


async def drain(outbox: Outbox) -> list[OutboxMessage]:
    """Deliver until nothing more is due."""
    sent = []
    while batch := await outbox.claim_batch(10):
        for message in batch:
            if await outbox.recheck(message.id):
                await outbox.mark_sent({message.id: 1})
                sent.append(message)
    return sent


async def test_a_message_is_owed_once_however_often_it_is_enqueued(database: Database, clock: SteppedClock) -> None:
    borrower = await add_borrower(database)
    assert await owe(database, clock, borrower, "offer:1")
    assert not await owe(database, clock, borrower, "offer:1")
    async with database.reading() as session:
        assert await session.scalar(select(func.count(OutboxRow.id))) == 1


async def test_a_message_enqueued_by_many_at_once_is_owed_once(database: Database, clock: SteppedClock) -> None:
    borrower = await add_borrower(database)
    fresh = await asyncio.gather(*(owe(database, clock, borrower, "offer:1") for _ in range(8)))
    assert sorted(fresh) == [False] * 7 + [True]


async def owe_and_break_down(database: Database, borrower_id: int) -> None:
    async with database.transaction() as session:
        await enqueue(
            session,
            now=NOON,
            kind="offer_ready",
            borrower_id=borrower_id,
            message_class=MessageClass.SERVICE,
            params={},
            dedupe_key="offer:1",
        )
        raise RuntimeError


async def test_a_message_of_a_failed_transaction_is_not_owed(database: Database) -> None:
    with pytest.raises(RuntimeError):
        await owe_and_break_down(database, await add_borrower(database))
    assert await status_of(database, "offer:1") is None


async def test_a_withdrawn_message_may_be_owed_again_with_fresh_figures(
    database: Database, clock: SteppedClock, outbox: Outbox
) -> None:
    borrower = await add_borrower(database)
    loan = await add_loan(database, borrower, [])
    await owe(
        database, clock, borrower, "n", message_class=MessageClass.REMINDER, params={"days_left": 3}, loan_id=loan
    )
    async with database.transaction() as session:
        assert await withdraw(session, loan_id=loan) == 1
    assert await outbox.claim_batch(10) == []
    assert await owe(
        database, clock, borrower, "n", message_class=MessageClass.REMINDER, params={"days_left": 1}, loan_id=loan
    )
    [message] = await outbox.claim_batch(10)
    assert message.params == {"days_left": 1}


async def test_a_sent_message_is_never_owed_again(database: Database, clock: SteppedClock, outbox: Outbox) -> None:
    borrower = await add_borrower(database)
    await owe(database, clock, borrower, "offer:1")
    assert len(await drain(outbox)) == 1
    assert not await owe(database, clock, borrower, "offer:1")
    assert await drain(outbox) == []


async def test_paying_up_withdraws_notices_and_leaves_the_receipt(database: Database, clock: SteppedClock) -> None:
    borrower = await add_borrower(database)
    loan = await add_loan(database, borrower, [])
    await owe(database, clock, borrower, "overdue", message_class=MessageClass.DUNNING, loan_id=loan)
    await owe(database, clock, borrower, "receipt", loan_id=loan)
    async with database.transaction() as session:
        await withdraw(session, loan_id=loan)
    assert await status_of(database, "overdue") == MessageStatus.WITHDRAWN
    assert await status_of(database, "receipt") == MessageStatus.PENDING


async def test_what_is_withdrawn_must_be_named(database: Database) -> None:
    async with database.transaction() as session:
        with pytest.raises(ValueError, match="whose"):
            await withdraw(session)


async def test_a_claimed_message_carries_what_its_delivery_needs(
    database: Database, clock: SteppedClock, outbox: Outbox
) -> None:
    borrower = await add_borrower(database, telegram_id=42, language="en", time_zone="Europe/London")
    await owe(database, clock, borrower, "offer:1", params={"reference": "O1"})
    [message] = await outbox.claim_batch(10)
    assert (message.chat_id, message.language, message.time_zone) == (42, "en", "Europe/London")
    assert (message.kind, message.params, message.borrower_id) == ("payment_received", {"reference": "O1"}, borrower)


async def test_a_borrower_who_chose_no_language_gets_the_lenders_own(
    database: Database, clock: SteppedClock, outbox: Outbox
) -> None:
    await owe(database, clock, await add_borrower(database, language=None), "offer:1")
    [message] = await outbox.claim_batch(10)
    assert message.language == "zh_Hans"


async def test_two_senders_never_claim_the_same_message(database: Database, clock: SteppedClock) -> None:
    for number in range(12):
        await owe(database, clock, await add_borrower(database), f"offer:{number}")
    senders = [outbox_of(database, clock) for _ in range(4)]
    batches = await asyncio.gather(*(sender.claim_batch(5) for sender in senders))
    claimed = [message.id for batch in batches for message in batch]
    assert len(claimed) == len(set(claimed)) == 12


async def test_a_borrowers_messages_go_out_in_order(database: Database, clock: SteppedClock, outbox: Outbox) -> None:
    borrower, other = await add_borrower(database), await add_borrower(database)
    for key in ("first", "second"):
        await owe(database, clock, borrower, key, params={"reference": key})
    await owe(database, clock, other, "other")
    [first, elsewhere] = await outbox.claim_batch(10)
    assert first.params == {"reference": "first"}
    assert elsewhere.borrower_id == other
    assert await outbox.claim_batch(10) == []
    await outbox.mark_sent({first.id: 1})
    [second] = await outbox.claim_batch(10)
    assert second.params == {"reference": "second"}


async def test_a_message_that_waits_for_another_attempt_is_not_overtaken(
    database: Database, clock: SteppedClock, outbox: Outbox
) -> None:
    borrower = await add_borrower(database)
    for key in ("first", "second"):
        await owe(database, clock, borrower, key)
    [first] = await outbox.claim_batch(10)
    await outbox.retry_later(first.id, why="network", delay=timedelta(minutes=1))
    assert await outbox.claim_batch(10) == []
    assert await outbox.next_due_at() == clock.now() + timedelta(minutes=1)
    clock.advance(timedelta(minutes=1))
    assert [message.id for message in await drain(outbox)] == [first.id, first.id + 1]


async def test_a_message_that_waits_for_its_hour_holds_nobody_up(
    database: Database, clock: SteppedClock, outbox: Outbox
) -> None:
    borrower = await add_borrower(database)
    await owe(database, clock, borrower, "later", not_before=NOON + timedelta(hours=2))
    await owe(database, clock, borrower, "now", params={"reference": "now"})
    [message] = await drain(outbox)
    assert message.params == {"reference": "now"}
    assert await outbox.next_due_at() == NOON + timedelta(hours=2)


async def test_a_reminder_at_night_waits_for_the_morning_and_a_receipt_does_not(
    database: Database, clock: SteppedClock, outbox: Outbox
) -> None:
    clock.advance_to(datetime(2025, 6, 1, 22, tzinfo=ZoneInfo("Asia/Shanghai")))
    borrower = await add_borrower(database)
    await owe(database, clock, borrower, "reminder", message_class=MessageClass.REMINDER)
    await owe(database, clock, borrower, "dunning", message_class=MessageClass.DUNNING)
    await owe(database, clock, borrower, "receipt", params={"reference": "receipt"})
    assert [message.params for message in await drain(outbox)] == [{"reference": "receipt"}]
    morning = datetime(2025, 6, 2, 8, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert await outbox.next_due_at() == morning
    async with database.reading() as session:
        waits = (await session.scalars(select(OutboxRow.next_attempt_at).where(OutboxRow.status == "pending"))).all()
    assert waits == [morning, morning]


async def test_the_window_is_the_borrowers_own(database: Database, clock: SteppedClock, outbox: Outbox) -> None:
    here, there = await add_borrower(database), await add_borrower(database, time_zone="America/New_York")
    for borrower in (here, there):
        await owe(database, clock, borrower, f"reminder:{borrower}", message_class=MessageClass.REMINDER)
    assert [message.borrower_id for message in await outbox.claim_batch(10)] == [here]


async def test_a_whole_batch_outside_the_window_does_not_hide_what_is_due_behind_it(
    database: Database, clock: SteppedClock, outbox: Outbox
) -> None:
    for number in range(3):
        far = await add_borrower(database, time_zone="America/New_York")
        await owe(database, clock, far, f"reminder:{number}", message_class=MessageClass.REMINDER)
    near = await add_borrower(database)
    await owe(database, clock, near, "receipt")
    assert [message.borrower_id for message in await outbox.claim_batch(2)] == [near]


async def test_the_desk_gets_its_messages_in_its_own_language(
    database: Database, clock: SteppedClock, outbox: Outbox
) -> None:
    await owe(database, clock, None, "card", message_class=MessageClass.DESK)
    [message] = await outbox.claim_batch(10)
    assert (message.chat_id, message.language, message.borrower_id) == (DESK.chat_id, "zh_Hans", None)


async def test_without_a_desk_its_messages_wait(database: Database, clock: SteppedClock) -> None:
    homeless = outbox_of(database, clock, staff(desk=None))
    await owe(database, clock, None, "card", message_class=MessageClass.DESK)
    assert await homeless.claim_batch(10) == []
    assert await homeless.next_due_at() is None
    assert len(await outbox_of(database, clock).claim_batch(10)) == 1


async def test_attempts_are_spaced_ever_further_and_end(
    database: Database, clock: SteppedClock, outbox: Outbox
) -> None:
    await owe(database, clock, await add_borrower(database), "offer:1")
    waits = []
    for _ in range(3):
        [message] = await outbox.claim_batch(10)
        status = await outbox.retry_later(message.id, why="TimedOut")
        due = await outbox.next_due_at()
        waits.append(due - clock.now() if due else status)
        clock.advance(timedelta(hours=1))
    assert waits == [timedelta(seconds=5), timedelta(seconds=10), MessageStatus.FAILED]


async def test_being_asked_to_wait_spends_no_attempt(database: Database, clock: SteppedClock, outbox: Outbox) -> None:
    await owe(database, clock, await add_borrower(database), "offer:1")
    for _ in range(10):
        [message] = await outbox.claim_batch(10)
        await outbox.retry_later(message.id, why="RetryAfter", delay=timedelta(seconds=3), spend_attempt=False)
        clock.advance(timedelta(seconds=3))
    [message] = await outbox.claim_batch(10)
    assert message.attempts == 0


def test_the_wait_doubles_up_to_its_longest() -> None:
    policy = RESENDING
    assert [policy.delay(n).total_seconds() for n in (1, 2, 3, 8, 9, 500)] == [5, 10, 20, 640, 900, 900]


async def test_a_refused_message_is_given_up(database: Database, clock: SteppedClock, outbox: Outbox) -> None:
    await owe(database, clock, await add_borrower(database), "offer:1")
    [message] = await outbox.claim_batch(10)
    await outbox.fail(message.id, "BadRequest")
    clock.advance(timedelta(days=1))
    assert await outbox.claim_batch(10) == []
    assert await status_of(database, "offer:1") == MessageStatus.FAILED


async def test_a_claim_whose_sender_vanished_is_given_back(
    database: Database, clock: SteppedClock, outbox: Outbox
) -> None:
    await owe(database, clock, await add_borrower(database), "offer:1")
    [message] = await outbox.claim_batch(10)
    assert await outbox.free_stalled() == 0
    clock.advance(timedelta(minutes=5))
    assert await outbox.free_stalled() == 1
    [again] = await outbox.claim_batch(10)
    assert (again.id, again.attempts) == (message.id, 1)


async def test_a_message_that_takes_its_sender_down_each_time_fails_in_the_end(
    database: Database, clock: SteppedClock, outbox: Outbox
) -> None:
    await owe(database, clock, await add_borrower(database), "offer:1")
    for _ in range(3):
        assert len(await outbox.claim_batch(10)) == 1
        clock.advance(timedelta(minutes=10))
        await outbox.free_stalled()
    assert await status_of(database, "offer:1") == MessageStatus.FAILED


async def test_a_message_withdrawn_while_claimed_is_not_sent(
    database: Database, clock: SteppedClock, outbox: Outbox
) -> None:
    borrower = await add_borrower(database)
    loan = await add_loan(database, borrower, [])
    await owe(database, clock, borrower, "n", message_class=MessageClass.REMINDER, loan_id=loan)
    [message] = await outbox.claim_batch(10)
    async with database.transaction() as session:
        await withdraw(session, loan_id=loan)
    assert not await outbox.recheck(message.id)


async def test_nothing_more_goes_to_a_borrower_who_blocked_the_bot(
    database: Database, clock: SteppedClock, outbox: Outbox
) -> None:
    borrower, other = await add_borrower(database), await add_borrower(database)
    for key, to in (("a", borrower), ("b", borrower), ("c", other)):
        await owe(database, clock, to, key)
    assert await outbox.withdraw_all(borrower) == 2
    assert [message.borrower_id for message in await drain(outbox)] == [other]


async def test_the_sender_is_woken_by_a_commit_that_made_a_message_owed(
    database: Database, clock: SteppedClock, outbox: Outbox
) -> None:
    woken: list[datetime] = []
    outbox.on_enqueue(lambda: woken.append(clock.now()))
    borrower = await add_borrower(database)
    assert woken == []
    await owe(database, clock, borrower, "offer:1")
    await owe(database, clock, borrower, "offer:1")
    assert len(woken) == 1


async def test_instants_are_kept_in_utc(database: Database, clock: SteppedClock) -> None:
    await owe(database, clock, await add_borrower(database), "offer:1")
    async with database.reading() as session:
        created = await session.scalar(select(OutboxRow.created_at))
    assert created == datetime(2025, 6, 1, 4, tzinfo=UTC)


async def test_a_desk_message_needs_no_borrower_and_any_other_one(database: Database, clock: SteppedClock) -> None:
    borrower = await add_borrower(database)
    for to, message_class in ((None, MessageClass.SERVICE), (borrower, MessageClass.DESK)):
        with pytest.raises(ValueError, match="borrower"):
            await owe(database, clock, to, "x", message_class=message_class)
    async with database.reading() as session:
        assert await session.scalar(select(func.count(BorrowerRow.id))) == 1
