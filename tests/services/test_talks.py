"""An officer and a borrower talking through the bot: one at a time, civil, at hours when it is allowed."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from services.clock import SteppedClock
from services.configuration.staff import NotPermitted
from services.db import Database
from services.desk.handoff_states import AlreadyTalking, HandoffKind, NotTalking, OutsideContactHours
from services.desk.handoffs import Handoffs
from services.desk.officer_text import ThreateningWords
from services.desk.talks import Talks
from services.messages.message_params import Said
from services.messages.outbox_delivery import Outbox
from services.models import HandoffMessageRow, OutboxRow
from tests.services import handed_over
from tests.services.desk import CASHIER, MANAGER, OPERATOR, vault
from tests.services.handed_over import asked, drain, in_arrears

clock, handoffs, talks, outbox = handed_over.clock, handed_over.handoffs, handed_over.talks, handed_over.outbox


async def test_talking_takes_the_permission_to_answer(handoffs: Handoffs, talks: Talks, database: Database) -> None:
    handoff = await asked(handoffs, database)
    await handoffs.claim(CASHIER, handoff.id)
    with pytest.raises(NotPermitted):
        await talks.officer_says(CASHIER, handoff.id, "您好")


async def test_an_officers_words_reach_the_borrower_and_the_answer_the_desk(
    handoffs: Handoffs, talks: Talks, database: Database, outbox: Outbox
) -> None:
    handoff = await asked(handoffs, database)
    await handoffs.claim(OPERATOR, handoff.id)
    await talks.officer_says(OPERATOR, handoff.id, " 您好，请问什么时候方便？ ")
    assert await talks.borrower_says(handoff.borrower_id, "明天")
    by_kind = {message.kind: message for message in await drain(outbox)}
    to_borrower, to_desk = by_kind["officer_message"], by_kind["borrower_message"]
    assert (to_borrower.borrower_id, to_borrower.params["text"]) == (handoff.borrower_id, "您好，请问什么时候方便？")
    assert to_borrower.params["officer_name"] == "陈专员"
    assert (to_desk.borrower_id, to_desk.params["text"], to_desk.handoff_id) == (None, "明天", handoff.id)


async def test_a_conversation_lies_sealed_in_the_outbox_too(
    handoffs: Handoffs, talks: Talks, database: Database
) -> None:
    handoff = await asked(handoffs, database)
    await handoffs.claim(OPERATOR, handoff.id)
    await talks.officer_says(OPERATOR, handoff.id, "您好")
    async with database.reading() as session:
        line = (await session.scalars(select(HandoffMessageRow))).one()
        stored = (await session.scalars(select(OutboxRow.params).where(OutboxRow.kind == "officer_message"))).one()
    assert vault().unseal_text(line.text_sealed) == "您好"
    assert stored["text"] == {"said": line.id}
    assert Said(line.id).handoff_message_id == line.id


async def test_the_bot_answers_itself_while_nobody_talks(handoffs: Handoffs, talks: Talks, database: Database) -> None:
    handoff = await asked(handoffs, database)
    await handoffs.claim(OPERATOR, handoff.id)
    assert not await talks.borrower_says(handoff.borrower_id, "在吗")
    assert await talks.current(handoff.borrower_id) is None


async def test_ending_the_conversation_gives_the_bot_its_voice_back(
    handoffs: Handoffs, talks: Talks, database: Database, outbox: Outbox
) -> None:
    handoff = await asked(handoffs, database)
    await handoffs.claim(OPERATOR, handoff.id)
    await talks.start(OPERATOR, handoff.id)
    talking = await talks.current(handoff.borrower_id)
    assert talking is not None
    assert talking.id == handoff.id
    await talks.stop(OPERATOR, handoff.id)
    assert not await talks.borrower_says(handoff.borrower_id, "在吗")
    assert [m.borrower_id for m in await drain(outbox) if m.kind == "conversation_ended"] == [handoff.borrower_id]
    with pytest.raises(NotTalking):
        await talks.stop(OPERATOR, handoff.id)


async def test_a_borrower_may_leave_the_conversation_and_the_desk_learns_of_it(
    handoffs: Handoffs, talks: Talks, database: Database, outbox: Outbox
) -> None:
    handoff = await asked(handoffs, database)
    await handoffs.claim(OPERATOR, handoff.id)
    await talks.start(OPERATOR, handoff.id)
    assert await talks.leave(handoff.borrower_id)
    assert not await talks.leave(handoff.borrower_id)
    ended = [message for message in await drain(outbox) if message.kind == "conversation_ended"]
    assert [(message.borrower_id, message.handoff_id) for message in ended] == [(None, handoff.id)]


async def test_two_officers_never_talk_with_one_borrower_at_once(
    handoffs: Handoffs, talks: Talks, database: Database
) -> None:
    first = await asked(handoffs, database)
    second = await handoffs.ask(first.borrower_id, HandoffKind.COMPLAINT, "投诉")
    await handoffs.claim(OPERATOR, first.id)
    await handoffs.claim(MANAGER, second.id)
    outcomes = await asyncio.gather(
        talks.start(OPERATOR, first.id), talks.start(MANAGER, second.id), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in outcomes) == ["AlreadyTalking", "Handoff"]
    assert any(isinstance(each, AlreadyTalking) for each in outcomes)


async def test_handing_back_ends_the_conversation(
    handoffs: Handoffs, talks: Talks, database: Database, outbox: Outbox
) -> None:
    handoff = await asked(handoffs, database)
    await handoffs.claim(OPERATOR, handoff.id)
    await talks.start(OPERATOR, handoff.id)
    assert not (await handoffs.hand_back(OPERATOR, handoff.id)).talking
    assert "conversation_ended" in [message.kind for message in await drain(outbox)]


@pytest.mark.parametrize(
    "text", ["不还就让你 坐牢！", "I will TELL your  boss", "ｔｅｌｌ your family", "去\u200b坐\u200b牢吧"]
)
async def test_a_threat_is_not_passed_on(
    handoffs: Handoffs, talks: Talks, database: Database, outbox: Outbox, text: str
) -> None:
    handoff = await asked(handoffs, database)
    await handoffs.claim(OPERATOR, handoff.id)
    await drain(outbox)
    with pytest.raises(ThreateningWords) as refused:
        await talks.officer_says(OPERATOR, handoff.id, text)
    assert refused.value.params["words"]
    assert await drain(outbox) == []


async def test_a_civil_word_that_contains_a_forbidden_one_passes(
    handoffs: Handoffs, talks: Talks, database: Database
) -> None:
    handoff = await asked(handoffs, database)
    await handoffs.claim(OPERATOR, handoff.id)
    await talks.officer_says(OPERATOR, handoff.id, "There is nothing to be ashamed of.")


async def test_nobody_is_written_to_about_arrears_at_night(
    handoffs: Handoffs, talks: Talks, database: Database, clock: SteppedClock
) -> None:
    handoff = await in_arrears(database, clock, handoffs)
    with pytest.raises(OutsideContactHours) as refused:
        await talks.officer_says(OPERATOR, handoff.id, "您好")
    assert refused.value.params["opens_at"] == datetime(2025, 6, 2, 0, tzinfo=UTC)
    clock.advance_to(datetime(2025, 6, 2, 0, tzinfo=UTC))
    assert (await talks.officer_says(OPERATOR, handoff.id, "您好")).talking


async def test_a_borrower_who_writes_at_night_is_answered(
    handoffs: Handoffs, talks: Talks, database: Database, clock: SteppedClock
) -> None:
    handoff = await in_arrears(database, clock, handoffs)
    await talks.start(OPERATOR, handoff.id)
    assert await talks.borrower_says(handoff.borrower_id, "我明天还")
    clock.advance(timedelta(minutes=50))
    await talks.officer_says(OPERATOR, handoff.id, "好的，谢谢")
    clock.advance(timedelta(minutes=11))
    with pytest.raises(OutsideContactHours):
        await talks.officer_says(OPERATOR, handoff.id, "还有一件事")


async def test_a_question_is_answered_at_any_hour(
    handoffs: Handoffs, talks: Talks, database: Database, clock: SteppedClock
) -> None:
    handoff = await asked(handoffs, database)
    clock.advance_to(datetime(2025, 6, 1, 15, tzinfo=UTC))
    await handoffs.claim(OPERATOR, handoff.id)
    assert (await talks.officer_says(OPERATOR, handoff.id, "您好")).talking
