"""Which messages a sender is given, and to whom each goes: once, in order, within the contact window."""

import asyncio
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from services.clock import SteppedClock
from services.db import Database
from services.messages.outbox import MessageClass
from services.messages.outbox_delivery import Outbox
from services.models import OutboxRow
from tests.services.desk import DESK, staff
from tests.services.outbox import NOON, drain, outbox_of
from tests.services.outbox import owe_once as owe
from tests.services.rows import add_borrower


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock(NOON)


@pytest.fixture
def outbox(database: Database, clock: SteppedClock) -> Outbox:
    return outbox_of(database, clock)


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
