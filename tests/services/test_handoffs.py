"""Matters that need a human: taken by one officer, talked about through the bot, handed back or closed."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from services.clock import SteppedClock
from services.configuration.staff import NotPermitted, NotStaff
from services.db import Database
from services.desk.desk_messages import DeskMessage
from services.desk.handoff_access import Handoff
from services.desk.handoff_cards import HandoffCards
from services.desk.handoff_records import close_handoffs, open_handoff
from services.desk.handoff_states import (
    AlreadyClaimed,
    AlreadyTalking,
    ClaimedByAnother,
    DeskAction,
    HandoffClosed,
    HandoffKind,
    HandoffStatus,
    NeedsItsAct,
    NotClaimed,
    NotTalking,
    OutsideContactHours,
    actions,
)
from services.desk.handoffs import Handoffs
from services.desk.officer_text import EmptyText, TextTooLong, ThreateningWords
from services.desk.talks import Talks
from services.errors import DomainError, NotAllowed, NotFound
from services.messages.message_params import Said
from services.messages.outbox_delivery import Outbox, OutboxMessage
from services.models import ApplicationRow, AuditEntryRow, BorrowerRow, HandoffMessageRow, HandoffRow, OutboxRow
from services.money import Money
from services.wording import LocalizedText
from tests.services.desk import CASHIER, MANAGER, OPERATOR, STRANGER, lender, products, staff, vault
from tests.services.rows import NoFiles, add_application, add_borrower, add_loan

NOON = datetime(2025, 6, 1, 4, tzinfo=UTC)


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock(NOON)


@pytest.fixture
def handoffs(database: Database, clock: SteppedClock) -> Handoffs:
    cards = HandoffCards(database, vault(), staff(), NoFiles(), NoFiles())
    return Handoffs(database, clock, vault(), lender(), products(clock), staff(), cards)


@pytest.fixture
def talks(database: Database, clock: SteppedClock) -> Talks:
    return Talks(database, clock, vault(), lender(), staff())


@pytest.fixture
def outbox(database: Database, clock: SteppedClock) -> Outbox:
    return Outbox(database, clock, vault(), staff(), lender())


async def drain(outbox: Outbox) -> list[OutboxMessage]:
    sent = []
    while batch := await outbox.claim_batch(10):
        for message in batch:
            await outbox.mark_sent({message.id: 1})
        sent += batch
    return sent


async def asked(handoffs: Handoffs, database: Database, text: str | None = "我想推迟还款") -> Handoff:
    return await handoffs.ask(await add_borrower(database), HandoffKind.QUESTION, text)


async def about_application(database: Database, clock: SteppedClock) -> int:
    borrower = await add_borrower(database)
    application = await add_application(database, borrower)
    async with database.transaction() as session:
        row = await open_handoff(
            session, now=clock.now(), kind=HandoffKind.APPLICATION, borrower_id=borrower, application_id=application
        )
    return row.id


async def test_a_question_reaches_the_desk_as_a_card(handoffs: Handoffs, database: Database, outbox: Outbox) -> None:
    handoff = await asked(handoffs, database)
    [message] = await drain(outbox)
    assert (message.kind, message.handoff_id, message.borrower_id) == ("desk_card", handoff.id, None)
    card = await handoffs.card(handoff.id)
    assert card.text == "我想推迟还款"
    assert card.actions == (DeskAction.CLAIM,)
    assert (card.borrower.phone_masked, card.borrower.id_number_masked) == ("138****8000", "1101**********1234")
    assert card.waiting_since == NOON


async def test_what_a_borrower_wrote_lies_sealed(handoffs: Handoffs, database: Database) -> None:
    await asked(handoffs, database, "我想推迟还款")
    async with database.reading() as session:
        row = (await session.scalars(select(HandoffRow))).one()
    assert row.text_sealed is not None
    assert "我想推迟还款".encode() not in row.text_sealed


async def test_a_handoff_of_a_known_occasion_is_opened_once(database: Database, clock: SteppedClock) -> None:
    borrower = await add_borrower(database)
    ids = []
    for _ in range(2):
        async with database.transaction() as session:
            row = await open_handoff(
                session,
                now=clock.now(),
                kind=HandoffKind.INCIDENT,
                borrower_id=borrower,
                dedupe_key="payment:1:surplus",
            )
            ids.append(row.id)
    assert ids[0] == ids[1]
    async with database.reading() as session:
        assert len((await session.scalars(select(OutboxRow))).all()) == 1


@pytest.mark.parametrize(("text", "error"), [("   ", EmptyText), ("字" * 3001, TextTooLong)])
async def test_a_question_has_words_and_not_too_many(
    handoffs: Handoffs, database: Database, text: str, error: type[DomainError]
) -> None:
    with pytest.raises(error):
        await asked(handoffs, database, text)


async def test_a_question_about_somebody_elses_loan_finds_no_loan(handoffs: Handoffs, database: Database) -> None:
    owner, other = await add_borrower(database), await add_borrower(database)
    loan = await add_loan(database, owner, [])
    with pytest.raises(NotFound):
        await handoffs.ask(other, HandoffKind.HARDSHIP, "困难", loan_id=loan)
    assert (await handoffs.ask(owner, HandoffKind.HARDSHIP, "困难", loan_id=loan)).loan_id == loan


async def test_interest_in_a_product_names_it_on_the_card(handoffs: Handoffs, database: Database) -> None:
    borrower = await add_borrower(database)
    handoff = await handoffs.ask(borrower, HandoffKind.PRODUCT_INTEREST, "想了解", product_code="line")
    product = (await handoffs.card(handoff.id)).details["product"]
    assert isinstance(product, LocalizedText)
    with pytest.raises(NotFound):
        await handoffs.ask(borrower, HandoffKind.PRODUCT_INTEREST, "想了解", product_code="gold")


async def test_of_many_officers_who_press_at_once_one_wins_and_the_others_learn_who(
    handoffs: Handoffs, database: Database
) -> None:
    handoff = await asked(handoffs, database)
    people = [MANAGER, OPERATOR, CASHIER]
    outcomes = await asyncio.gather(*(handoffs.claim(one, handoff.id) for one in people), return_exceptions=True)
    [winner] = [each for each in outcomes if isinstance(each, Handoff)]
    losers = [each for each in outcomes if isinstance(each, AlreadyClaimed)]
    assert len(losers) == 2
    assert {loser.params["name"] for loser in losers} == {winner.claimed_by_name}
    assert await handoffs.card(handoff.id)


async def test_the_winner_may_press_again(handoffs: Handoffs, database: Database, outbox: Outbox) -> None:
    handoff = await asked(handoffs, database)
    await handoffs.claim(OPERATOR, handoff.id)
    await drain(outbox)
    assert (await handoffs.claim(OPERATOR, handoff.id)).claimed_by == OPERATOR
    assert await drain(outbox) == []


async def test_taking_an_application_begins_its_review_and_tells_the_borrower(
    handoffs: Handoffs, database: Database, clock: SteppedClock, outbox: Outbox
) -> None:
    handoff_id = await about_application(database, clock)
    await handoffs.claim(OPERATOR, handoff_id)
    async with database.reading() as session:
        assert (await session.scalars(select(ApplicationRow.status))).one() == "in_review"
    kinds = [(message.kind, message.params.get("officer_name")) for message in await drain(outbox)]
    assert ("application_claimed", "陈专员") in kinds
    assert "desk_card_changed" in [kind for kind, _ in kinds]


async def test_the_borrower_is_told_of_the_review_once_however_often_the_handoff_changes_hands(
    handoffs: Handoffs, database: Database, clock: SteppedClock, outbox: Outbox
) -> None:
    handoff_id = await about_application(database, clock)
    await handoffs.claim(OPERATOR, handoff_id)
    await handoffs.hand_back(OPERATOR, handoff_id)
    await handoffs.claim(MANAGER, handoff_id)
    kinds = [message.kind for message in await drain(outbox)]
    assert kinds.count("application_claimed") == 1
    assert kinds.count("desk_card_changed") == 3


async def test_somebody_without_a_role_gets_nothing(handoffs: Handoffs, talks: Talks, database: Database) -> None:
    handoff = await asked(handoffs, database)
    for attempt in (
        handoffs.claim(STRANGER, handoff.id),
        handoffs.card_for(STRANGER, handoff.id),
        handoffs.waiting(STRANGER),
        handoffs.hand_back(STRANGER, handoff.id),
        handoffs.close(STRANGER, handoff.id),
        talks.start(STRANGER, handoff.id),
        talks.officer_says(STRANGER, handoff.id, "您好"),
        talks.stop(STRANGER, handoff.id),
    ):
        with pytest.raises(NotStaff):
            await attempt


async def test_talking_takes_the_permission_to_answer(handoffs: Handoffs, talks: Talks, database: Database) -> None:
    handoff = await asked(handoffs, database)
    await handoffs.claim(CASHIER, handoff.id)
    with pytest.raises(NotPermitted):
        await talks.officer_says(CASHIER, handoff.id, "您好")


async def test_only_the_officer_who_has_it_acts_on_it(handoffs: Handoffs, talks: Talks, database: Database) -> None:
    handoff = await asked(handoffs, database)
    with pytest.raises(NotClaimed):
        await talks.officer_says(OPERATOR, handoff.id, "您好")
    await handoffs.claim(MANAGER, handoff.id)
    for attempt in (talks.officer_says(OPERATOR, handoff.id, "您好"), handoffs.hand_back(OPERATOR, handoff.id)):
        with pytest.raises(ClaimedByAnother) as refused:
            await attempt
        assert refused.value.params["name"] == "王经理"


async def test_a_manager_hands_back_what_a_colleague_left_lying(handoffs: Handoffs, database: Database) -> None:
    handoff = await asked(handoffs, database)
    await handoffs.claim(OPERATOR, handoff.id)
    assert (await handoffs.hand_back(MANAGER, handoff.id)).status is HandoffStatus.OPEN
    assert (await handoffs.claim(CASHIER, handoff.id)).claimed_by == CASHIER


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


async def test_closing_a_question_tells_the_borrower(
    handoffs: Handoffs, talks: Talks, database: Database, outbox: Outbox
) -> None:
    handoff = await asked(handoffs, database)
    await handoffs.claim(OPERATOR, handoff.id)
    assert (await handoffs.close(OPERATOR, handoff.id)).status is HandoffStatus.CLOSED
    answered = [message for message in await drain(outbox) if message.kind == "handoff_answered"]
    assert [message.params["reference"] for message in answered] == [handoff.reference]
    for attempt in (handoffs.claim(OPERATOR, handoff.id), talks.officer_says(OPERATOR, handoff.id, "您好")):
        with pytest.raises(HandoffClosed):
            await attempt


async def test_an_application_is_not_closed_without_a_decision(
    handoffs: Handoffs, database: Database, clock: SteppedClock
) -> None:
    handoff_id = await about_application(database, clock)
    await handoffs.claim(MANAGER, handoff_id)
    with pytest.raises(NeedsItsAct):
        await handoffs.close(MANAGER, handoff_id)


async def test_a_settled_matter_closes_its_handoffs_and_changes_their_cards(
    handoffs: Handoffs, database: Database, clock: SteppedClock, outbox: Outbox
) -> None:
    handoff_id = await about_application(database, clock)
    application_id = (await handoffs.claim(MANAGER, handoff_id)).application_id
    await drain(outbox)
    async with database.transaction() as session:
        closed = await close_handoffs(
            session,
            now=clock.now(),
            kinds=[HandoffKind.APPLICATION],
            application_id=application_id,
        )
    assert closed == 1
    assert [message.kind for message in await drain(outbox)] == ["desk_card_changed"]
    assert (await handoffs.card(handoff_id)).actions == ()


async def test_what_officers_do_is_recorded(handoffs: Handoffs, database: Database) -> None:
    handoff = await asked(handoffs, database)
    await handoffs.claim(OPERATOR, handoff.id)
    await handoffs.hand_back(OPERATOR, handoff.id)
    async with database.reading() as session:
        done = [(row.actor_id, row.action, row.subject) for row in await session.scalars(select(AuditEntryRow))]
    subject = f"handoff:{handoff.id}"
    assert done == [(OPERATOR, "handoff_claim", subject), (OPERATOR, "handoff_hand_back", subject)]


async def test_an_officers_list_holds_their_own_and_the_free_ones_longest_waiting_first(
    handoffs: Handoffs, database: Database, clock: SteppedClock
) -> None:
    first = await asked(handoffs, database)
    clock.advance(timedelta(hours=1))
    second, third = await asked(handoffs, database), await asked(handoffs, database)
    await handoffs.claim(OPERATOR, third.id)
    await handoffs.claim(MANAGER, first.id)
    assert [each.id for each in await handoffs.waiting(OPERATOR)] == [second.id, third.id]
    assert [each.id for each in await handoffs.waiting(MANAGER)] == [first.id, second.id]


async def test_a_reply_in_the_desks_chat_finds_its_handoff(handoffs: Handoffs, database: Database) -> None:
    handoff = await asked(handoffs, database)
    await handoffs.card_sent(handoff.id, -100, 7, thread_id=3)
    await handoffs.card_sent(handoff.id, -100, 7, thread_id=3)
    await handoffs.relayed(handoff.id, -100, 8, thread_id=3)
    assert await handoffs.card_messages(handoff.id) == [DeskMessage(-100, 7, 3)]
    for message_id in (7, 8):
        found = await handoffs.handoff_of_message(-100, message_id)
        assert found is not None
        assert found.id == handoff.id
    topic = await handoffs.handoff_of_thread(-100, 3)
    assert topic is not None
    assert topic.id == handoff.id
    assert await handoffs.handoff_of_message(-999, 7) is None


async def test_a_card_names_the_person_and_carries_the_files(
    handoffs: Handoffs, database: Database, clock: SteppedClock
) -> None:
    borrower = await add_borrower(database)
    loan = await add_loan(database, borrower, [])
    async with database.transaction() as session:
        (await session.get_one(BorrowerRow, borrower)).full_name_sealed = vault().seal_text("林美")
        row = await open_handoff(
            session,
            now=clock.now(),
            kind=HandoffKind.ESCALATION,
            borrower_id=borrower,
            loan_id=loan,
            details={"amount": Money.of("101.50", "CNY")},
        )
    card = await handoffs.card_for(OPERATOR, row.id)
    assert (card.borrower.name, card.loan, card.application) == ("林美", f"file {loan}", None)
    assert card.details == {"amount": Money.of("101.50", "CNY")}


async def test_a_handoff_that_does_not_exist_is_not_found(handoffs: Handoffs) -> None:
    for attempt in (handoffs.card(1), handoffs.claim(MANAGER, 1), handoffs.close(MANAGER, 1)):
        with pytest.raises(NotFound):
            await attempt


@pytest.mark.parametrize("kind", list(HandoffKind))
def test_every_kind_can_be_taken_answered_and_handed_back(kind: HandoffKind) -> None:
    assert actions(kind, HandoffStatus.OPEN, talking=False) == (DeskAction.CLAIM,)
    claimed = actions(kind, HandoffStatus.CLAIMED, talking=False)
    assert DeskAction.TALK in claimed
    assert DeskAction.HAND_BACK in claimed
    assert DeskAction.STOP_TALKING in actions(kind, HandoffStatus.CLAIMED, talking=True)
    assert actions(kind, HandoffStatus.CLOSED, talking=False) == ()


def test_a_refusal_for_lack_of_permission_is_a_refusal() -> None:
    assert issubclass(NotPermitted, NotAllowed)
    assert issubclass(ClaimedByAnother, NotAllowed)


async def in_arrears(database: Database, clock: SteppedClock, handoffs: Handoffs) -> Handoff:
    """An escalation that an officer has taken, at eleven in the evening of the borrower's day."""
    borrower_id = await add_borrower(database)
    async with database.transaction() as session:
        row = await open_handoff(session, now=clock.now(), kind=HandoffKind.ESCALATION, borrower_id=borrower_id)
    clock.advance_to(datetime(2025, 6, 1, 15, tzinfo=UTC))
    return await handoffs.claim(OPERATOR, row.id)


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
