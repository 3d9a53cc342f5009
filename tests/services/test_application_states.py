"""The states of an application: what each step is open from, submitted once, withdrawn, expired."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from services.db import Database
from services.desk.handoff_states import HandoffKind, HandoffStatus
from services.models import ApplicationRow, OutboxRow
from services.origination.application_states import MOVES, UNDER_WAY, ApplicationMoved, ApplicationStatus, move
from services.origination.applications import DocumentsMissing, NotComplete, Question
from tests.builders import FrontOffice, open_front_office
from tests.services.rows import handoffs_of

Q = Question


@pytest.fixture
def office(database: Database) -> FrontOffice:
    return open_front_office(database)


async def test_only_a_draft_takes_answers(office: FrontOffice) -> None:
    me = await office.borrower()
    mine = await office.draft(me)
    for state in set(ApplicationStatus) - {ApplicationStatus.DRAFT}:
        await office.put_into(state, mine)
        with pytest.raises(ApplicationMoved):
            await office.applications.set_answer(me, mine, Q.AMOUNT, "6000")
        with pytest.raises(ApplicationMoved):
            await office.applications.use_suggestion(me, mine, Q.INCOME)


@pytest.mark.parametrize("state", sorted(ApplicationStatus))
async def test_each_step_is_open_from_the_right_states_only(office: FrontOffice, state: ApplicationStatus) -> None:
    s = ApplicationStatus
    allowed = {
        "confirm_answers": {s.DRAFT, s.COLLECTING_DOCUMENTS},
        "reopen_answers": {s.DRAFT, s.COLLECTING_DOCUMENTS},
        "submit": {s.COLLECTING_DOCUMENTS},
        "withdraw": set(ApplicationStatus) - {s.APPROVED, s.DISBURSED, s.DECLINED, s.EXPIRED},
    }
    me = await office.borrower()
    mine = await office.draft(me)
    for act, states in allowed.items():
        await office.put_into(state, mine)
        if state in states:
            continue
        with pytest.raises(ApplicationMoved):
            await getattr(office.applications, act)(me, mine)
        assert (await office.applications.get(me, mine)).status is state


@given(st.sampled_from(ApplicationStatus), st.sampled_from(ApplicationStatus))
def test_a_move_that_the_table_does_not_know_is_refused_and_changes_nothing(
    before: ApplicationStatus, to: ApplicationStatus
) -> None:
    row = ApplicationRow(status=before.value)
    if to is before or to in MOVES[before]:
        move(row, to)
        assert row.status == to
    else:
        with pytest.raises(ApplicationMoved):
            move(row, to)
        assert row.status == before


def test_every_state_can_be_reached_and_from_each_under_way_there_is_a_way_out() -> None:
    reached = {ApplicationStatus.DRAFT} | {after for states in MOVES.values() for after in states}
    assert reached == set(ApplicationStatus)
    ends = set(ApplicationStatus) - UNDER_WAY
    assert all(MOVES[status] & ends for status in UNDER_WAY if status is not ApplicationStatus.SUBMITTED)


async def test_answers_confirmed_too_early_are_refused_with_the_one_that_is_missing(office: FrontOffice) -> None:
    me = await office.borrower()
    mine = (await office.applications.start(me, "personal")).id
    with pytest.raises(NotComplete) as refusal:
        await office.applications.confirm_answers(me, mine)
    assert refusal.value.params == {"question": Q.AMOUNT.label}


async def test_an_application_without_its_papers_is_not_submitted(office: FrontOffice) -> None:
    me = await office.borrower()
    mine = await office.collecting(me)
    with pytest.raises(DocumentsMissing) as refusal:
        await office.applications.submit(me, mine)
    wanted = [each.name for each in office.products.get("personal").documents if each.required]
    assert refusal.value.params == {"names": wanted}
    assert await handoffs_of(office.database, me) == []


async def test_a_submitted_application_calls_the_officers_and_promises_a_time(office: FrontOffice) -> None:
    me = await office.borrower()
    mine = await office.submitted(me)
    application = await office.applications.get(me, mine)
    assert application.status is ApplicationStatus.SUBMITTED
    assert application.submitted_at == office.clock.now()
    assert application.decision_due_at == office.clock.now() + timedelta(hours=24)
    (handoff,) = await handoffs_of(office.database, me)
    assert (handoff.kind, handoff.application_id, handoff.status) == (HandoffKind.APPLICATION, mine, "open")
    async with office.database.reading() as session:
        cards = list(await session.scalars(select(OutboxRow).where(OutboxRow.handoff_id == handoff.id)))
    assert [card.kind for card in cards] == ["desk_card"]


async def test_pressing_submit_twice_calls_the_officers_once(office: FrontOffice) -> None:
    me = await office.borrower()
    mine = await office.submitted(me)
    with pytest.raises(ApplicationMoved):
        await office.applications.submit(me, mine)
    assert len(await handoffs_of(office.database, me)) == 1


async def test_a_withdrawn_application_leaves_the_officers_nothing_to_do_and_room_for_another(
    office: FrontOffice,
) -> None:
    me = await office.borrower()
    mine = await office.submitted(me)
    withdrawn = await office.applications.withdraw(me, mine)
    assert withdrawn.status is ApplicationStatus.WITHDRAWN
    assert [handoff.status for handoff in await handoffs_of(office.database, me)] == [HandoffStatus.CLOSED]
    assert await office.applications.current(me) is None
    assert (await office.applications.start(me, "personal")).next_question is Q.AMOUNT


async def test_going_back_to_the_answers_keeps_them_and_the_papers(office: FrontOffice) -> None:
    me = await office.borrower()
    mine = await office.collecting(me)
    reopened = await office.applications.reopen_answers(me, mine)
    assert (reopened.status, reopened.next_question) == (ApplicationStatus.DRAFT, None)


async def test_drafts_that_nobody_touched_for_long_are_closed_and_others_are_not(office: FrontOffice) -> None:
    stale, touched, submitted = await office.borrower(), await office.borrower(), await office.borrower()
    await office.draft(stale)
    mine = await office.draft(touched)
    handed_in = await office.submitted(submitted)
    office.clock.advance(timedelta(days=20))
    await office.applications.set_answer(touched, mine, Q.AMOUNT, "6000")
    office.clock.advance(timedelta(days=11))
    assert await office.applications.expire_stale() == 1
    assert await office.applications.expire_stale() == 0
    assert await office.applications.current(stale) is None
    assert (await office.applications.get(touched, mine)).status is ApplicationStatus.DRAFT
    assert (await office.applications.get(submitted, handed_in)).status is ApplicationStatus.SUBMITTED
