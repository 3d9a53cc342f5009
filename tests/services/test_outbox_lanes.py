"""Which message goes first: what somebody waits for before the bulk, each recipient's own in order."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from services.clock import SteppedClock
from services.db import Database
from services.messages.outbox import MessageClass, MessageStatus, withdraw
from services.messages.outbox_delivery import Outbox
from services.models import OutboxRow
from tests.services.outbox import NOON, outbox_of, owe, owe_reminders, statuses
from tests.services.rows import add_borrower, pay


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock(NOON)


@pytest.fixture
def outbox(either: Database, clock: SteppedClock) -> Outbox:
    return outbox_of(either, clock)


async def test_what_somebody_waits_for_goes_before_a_bulk_that_was_due_long_before(
    either: Database, clock: SteppedClock, outbox: Outbox
) -> None:
    reminders = await owe_reminders(either, clock, 5)
    clock.advance(timedelta(minutes=10))
    receipt = await owe(either, clock, await add_borrower(either))
    card = await owe(either, clock, None, MessageClass.DESK)
    claimed = [message.id for message in await outbox.claim_batch(4)]
    assert set(claimed[:2]) == {receipt, card}
    assert claimed[2:] == reminders[:2]


async def test_a_receipt_overtakes_the_reminders_that_its_own_borrower_waits_for(
    either: Database, clock: SteppedClock, outbox: Outbox
) -> None:
    [reminder] = await owe_reminders(either, clock, 1)
    async with either.reading() as session:
        borrower = await session.scalar(select(OutboxRow.borrower_id))
    receipt = await owe(either, clock, borrower)
    assert [message.id for message in await outbox.claim_batch(10)] == [receipt]
    assert await outbox.claim_batch(10) == []
    await outbox.mark_sent({receipt: 1})
    assert [message.id for message in await outbox.claim_batch(10)] == [reminder]


async def test_a_receipt_waits_for_the_reminder_that_is_on_its_way(
    either: Database, clock: SteppedClock, outbox: Outbox
) -> None:
    [reminder] = await owe_reminders(either, clock, 1)
    assert len(await outbox.claim_batch(10)) == 1
    async with either.reading() as session:
        borrower = await session.scalar(select(OutboxRow.borrower_id))
    receipt = await owe(either, clock, borrower)
    assert await outbox.claim_batch(10) == []
    await outbox.mark_sent({reminder: 1})
    assert [message.id for message in await outbox.claim_batch(10)] == [receipt]


async def test_a_reminder_that_waits_for_another_attempt_holds_no_receipt_up(
    either: Database, clock: SteppedClock, outbox: Outbox
) -> None:
    [reminder] = await owe_reminders(either, clock, 1)
    [claimed] = await outbox.claim_batch(10)
    await outbox.retry_later(reminder, why="TimedOut")
    receipt = await owe(either, clock, claimed.borrower_id)
    assert [message.id for message in await outbox.claim_batch(10)] == [receipt]


async def test_the_desk_gets_no_more_than_there_is_room_for(
    either: Database, clock: SteppedClock, outbox: Outbox
) -> None:
    cards = [await owe(either, clock, None, MessageClass.DESK) for _ in range(3)]
    receipt = await owe(either, clock, await add_borrower(either))
    assert {message.id for message in await outbox.claim_batch(10, to_desk=1)} == {cards[0], receipt}
    assert await outbox.claim_batch(10, to_desk=0) == []
    assert [message.id for message in await outbox.claim_batch(10, to_desk=2)] == cards[1:]


async def test_a_claimed_message_names_its_sender(either: Database, clock: SteppedClock, outbox: Outbox) -> None:
    await owe(either, clock, await add_borrower(either))
    await outbox.claim_batch(10)
    async with either.reading() as session:
        assert await session.scalar(select(OutboxRow.claimed_by)) == outbox.claimer


async def test_a_reminder_whose_day_is_over_is_withdrawn_and_not_sent_late(
    either: Database, clock: SteppedClock, outbox: Outbox
) -> None:
    [reminder] = await owe_reminders(either, clock, 1)
    clock.advance(timedelta(days=1))
    assert await outbox.claim_batch(10) == []
    assert (await statuses(either))[reminder] == MessageStatus.WITHDRAWN


async def test_a_batch_that_is_stale_as_a_whole_does_not_hide_what_is_due_behind_it(
    either: Database, clock: SteppedClock, outbox: Outbox
) -> None:
    stale = await owe_reminders(either, clock, 4)
    clock.advance(timedelta(days=1))
    [fresh] = await owe_reminders(either, clock, 1)
    assert [message.id for message in await outbox.claim_batch(2)] == [fresh]
    assert {(await statuses(either))[each] for each in stale} == {MessageStatus.WITHDRAWN}


async def test_of_a_batch_only_those_who_have_paid_are_left_alone(
    either: Database, clock: SteppedClock, outbox: Outbox
) -> None:
    reminders = await owe_reminders(either, clock, 3)
    async with either.reading() as session:
        loan = await session.scalar(select(OutboxRow.loan_id).where(OutboxRow.id == reminders[1]))
    assert loan is not None
    await pay(either, loan, 1, clock.now().date())
    assert [message.id for message in await outbox.claim_batch(10)] == [reminders[0], reminders[2]]


async def test_what_had_to_wait_since_its_claim_is_asked_about_in_one_go(
    either: Database, clock: SteppedClock, outbox: Outbox
) -> None:
    kept, paid, withdrawn, freed = await owe_reminders(either, clock, 4)
    claimed = {message.id: message for message in await outbox.claim_batch(10)}
    await pay(either, claimed[paid].loan_id or 0, 1, clock.now().date())
    async with either.transaction() as session:
        await withdraw(session, loan_id=claimed[withdrawn].loan_id)
        await session.execute(update(OutboxRow).where(OutboxRow.id == freed).values(status="pending"))
    assert await outbox.recheck(kept, paid, withdrawn, freed) == {kept}
    after = await statuses(either)
    assert (after[paid], after[withdrawn]) == (MessageStatus.WITHDRAWN, MessageStatus.WITHDRAWN)


async def test_a_night_puts_a_whole_bulk_off_at_once(either: Database, clock: SteppedClock, outbox: Outbox) -> None:
    clock.advance(timedelta(hours=11))
    await owe_reminders(either, clock, 5)
    assert await outbox.claim_batch(2) == []
    async with either.reading() as session:
        due = (await session.scalars(select(OutboxRow.next_attempt_at).distinct())).all()
    assert due == [NOON + timedelta(hours=20)]


async def test_what_went_out_is_recorded_even_when_it_was_withdrawn_meanwhile(
    either: Database, clock: SteppedClock, outbox: Outbox
) -> None:
    first, second = await owe_reminders(either, clock, 2)
    claimed = await outbox.claim_batch(10)
    async with either.transaction() as session:
        await withdraw(session, loan_id=claimed[0].loan_id)
    await outbox.mark_sent({first: 501, second: 502})
    after = await statuses(either)
    assert (after[first], after[second]) == (MessageStatus.SENT, MessageStatus.SENT)
    async with either.reading() as session:
        upkeep = (await session.execute(select(OutboxRow.kind, OutboxRow.params).where(OutboxRow.id > second))).all()
    assert [tuple(row) for row in upkeep] == [("buttons_off", {"message_id": 501})]


async def test_the_claims_of_another_sender_are_given_back_and_ones_own_are_kept(
    either: Database, clock: SteppedClock, outbox: Outbox
) -> None:
    theirs = await owe(either, clock, await add_borrower(either))
    await outbox_of(either, clock).claim_batch(10)
    ours = await owe(either, clock, await add_borrower(either))
    await outbox.claim_batch(10)
    assert await outbox.free_stalled(timedelta(seconds=30), of_others=True) == 0
    clock.advance(timedelta(seconds=30))
    assert await outbox.free_stalled(timedelta(seconds=30), of_others=True) == 1
    assert await statuses(either) == {theirs: MessageStatus.PENDING, ours: MessageStatus.CLAIMED}
