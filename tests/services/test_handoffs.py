"""Matters that need a human: taken by one officer, talked about through the bot, handed back or closed."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from services.clock import SteppedClock
from services.configuration.staff import NotPermitted, NotStaff
from services.db import Database
from services.desk.desk_messages import DeskMessage
from services.desk.handoff_access import Handoff
from services.desk.handoff_records import close_handoffs, open_handoff
from services.desk.handoff_states import (
    AlreadyClaimed,
    ClaimedByAnother,
    DeskAction,
    HandoffClosed,
    HandoffKind,
    HandoffStatus,
    NeedsItsAct,
    NotClaimed,
    actions,
)
from services.desk.handoffs import Handoffs
from services.desk.officer_text import EmptyText, TextTooLong
from services.desk.talks import Talks
from services.errors import DomainError, NotAllowed, NotFound
from services.messages.outbox_delivery import Outbox
from services.models import ApplicationRow, AuditEntryRow, BorrowerRow, HandoffRow, OutboxRow
from services.money import Money
from services.wording import LocalizedText
from tests.services import handed_over
from tests.services.desk import CASHIER, MANAGER, OPERATOR, STRANGER, vault
from tests.services.handed_over import NOON, asked, drain
from tests.services.rows import add_application, add_borrower, add_loan

clock, handoffs, talks, outbox = handed_over.clock, handed_over.handoffs, handed_over.talks, handed_over.outbox


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
