"""Officers and an application: the file they decide from, and asking the borrower for more."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from services.db import Database
from services.desk.officer_text import ThreateningWords
from services.errors import NotAllowed, NotFound
from services.models import AuditEntryRow, InformationRequestRow, OutboxRow
from services.origination.application_checks import TextTooLong, TextTooShort
from services.origination.application_review import NothingSent
from services.origination.application_states import ApplicationMoved, ApplicationStatus
from services.wording import Label
from tests.builders import CASHIER, OFFICER, STRANGER, FrontOffice, card_number, cny, open_front_office
from tests.sample_files import jpeg, pdf

QUESTION = "请补充近三个月银行流水"


@pytest.fixture
def office(database: Database) -> FrontOffice:
    return open_front_office(database)


async def in_review(office: FrontOffice, borrower_id: int, **answers: str) -> int:
    application_id = await office.submitted(borrower_id, **answers)
    await office.put_into("in_review", application_id)
    return application_id


async def owed(office: FrontOffice, kind: str) -> list[OutboxRow]:
    async with office.database.reading() as session:
        return list(await session.scalars(select(OutboxRow).where(OutboxRow.kind == kind)))


async def test_the_file_holds_everything_that_an_officer_decides_from(office: FrontOffice) -> None:
    me = await office.borrower()
    mine = await office.submitted(me)
    file = await office.applications.for_staff(mine)
    assert (file.borrower_name, file.age, file.earlier_loans) == ("李小明", 35, 0)
    assert file.phone_masked is not None
    assert "****" in file.phone_masked
    assert file.application.affordability is not None
    assert file.application.affordability.income == cny("6000")
    assert file.estimate is not None
    assert file.estimate.amount == cny("5000")
    assert [paper.requirement for paper in file.papers] == ["identity", "income"]
    assert (list(file.requests), list(file.flags)) == ([], [])


async def test_an_unfinished_application_has_a_file_too(office: FrontOffice) -> None:
    me = await office.borrower()
    application = await office.applications.start(me, "personal")
    file = await office.applications.for_staff(application.id)
    assert (file.estimate, file.age, file.borrower_name) == (None, None, None)
    with pytest.raises(NotFound):
        await office.applications.for_staff(application.id + 1)


async def test_an_account_and_a_paper_that_somebody_else_used_are_flagged(office: FrontOffice) -> None:
    me, other = await office.borrower(), await office.borrower()
    account, shared = card_number(900), pdf(seed=900)
    theirs = await office.collecting(other, payout_account=account)
    await office.documents.add(other, theirs, "income", shared)
    mine = await office.collecting(me, payout_account=account)
    await office.documents.add(me, mine, "income", shared)
    await office.documents.add(me, mine, "identity", jpeg(901))
    file = await office.applications.for_staff(mine)
    assert list(file.flags) == [Label("applications.flag_same_account"), Label("applications.flag_same_file")]
    assert [paper.seen_elsewhere for paper in file.papers] == [True, False]


async def test_ones_own_account_from_before_is_no_flag(office: FrontOffice) -> None:
    me = await office.borrower()
    first = await office.submitted(me, payout_account=card_number(902))
    await office.applications.withdraw(me, first)
    mine = await office.draft(me, payout_account=card_number(902))
    assert list((await office.applications.for_staff(mine)).flags) == []


async def test_asking_for_more_reaches_the_borrower_with_a_date_and_is_on_record(office: FrontOffice) -> None:
    me = await office.borrower()
    mine = await in_review(office, me)
    request = await office.review.request_information(OFFICER, mine, f"  {QUESTION}  ")
    assert (request.question, request.answer_by, request.answered) == (QUESTION, date(2025, 11, 12), False)
    assert await office.applications.open_request(me, mine) == request
    assert (await office.applications.get(me, mine)).status is ApplicationStatus.MORE_INFORMATION
    (message,) = await owed(office, "information_requested")
    assert (message.borrower_id, message.params["question"], message.params["request_id"]) == (me, QUESTION, request.id)
    async with office.database.reading() as session:
        (act,) = await session.scalars(select(AuditEntryRow).where(AuditEntryRow.actor == "staff"))
    assert (act.actor_id, act.action, act.subject) == (OFFICER, "request_information", f"application:{mine}")


async def test_an_answer_in_words_goes_back_to_the_officers_sealed(office: FrontOffice) -> None:
    me = await office.borrower()
    mine = await in_review(office, me)
    request = await office.review.request_information(OFFICER, mine, QUESTION)
    answered = await office.review.answer_information(me, mine, request.id, "流水明天就能开出来")
    assert (answered.answered, answered.answer) == (True, "流水明天就能开出来")
    assert (await office.applications.get(me, mine)).status is ApplicationStatus.IN_REVIEW
    assert await office.applications.open_request(me, mine) is None
    assert [each.answer for each in (await office.applications.for_staff(mine)).requests] == ["流水明天就能开出来"]
    (told,) = await owed(office, "information_answered")
    assert told.borrower_id is None
    assert "明天" not in str(told.params)
    async with office.database.reading() as session:
        (row,) = await session.scalars(select(InformationRequestRow))
    assert row.answer_sealed is not None
    assert "明天".encode() not in row.answer_sealed


async def test_an_answer_may_be_a_file_alone_but_not_nothing(office: FrontOffice) -> None:
    me = await office.borrower()
    mine = await in_review(office, me)
    request = await office.review.request_information(OFFICER, mine, QUESTION)
    for nothing in (None, ""):
        with pytest.raises(NothingSent):
            await office.review.answer_information(me, mine, request.id, nothing)
    await office.documents.add(me, mine, "requested", pdf(seed=903), request_id=request.id)
    assert (await office.review.answer_information(me, mine, request.id, None)).answered


async def test_words_noted_in_pieces_are_sent_together_and_unseen_before(office: FrontOffice) -> None:
    me = await office.borrower()
    mine = await in_review(office, me)
    request = await office.review.request_information(OFFICER, mine, QUESTION)
    await office.review.note_answer(me, mine, request.id, "第一句")
    noted = await office.review.note_answer(me, mine, request.id, "第二句")
    assert (noted.answer, noted.answered) == ("第一句\n第二句", False)
    assert [each.answer for each in (await office.applications.for_staff(mine)).requests] == [None]
    with pytest.raises(TextTooLong):
        await office.review.note_answer(me, mine, request.id, "长" * 300)
    sent = await office.review.answer_information(me, mine, request.id, None)
    assert sent.answer == "第一句\n第二句"


async def test_noted_words_can_be_forgotten(office: FrontOffice) -> None:
    me = await office.borrower()
    mine = await in_review(office, me)
    request = await office.review.request_information(OFFICER, mine, QUESTION)
    await office.review.note_answer(me, mine, request.id, "第一句")
    assert (await office.review.note_answer(me, mine, request.id, None)).answer is None
    with pytest.raises(NothingSent):
        await office.review.answer_information(me, mine, request.id, None)


async def test_a_request_is_answered_once_and_only_by_its_borrower(office: FrontOffice) -> None:
    me, other = await office.borrower(), await office.borrower()
    mine, theirs = await in_review(office, me), await in_review(office, other)
    request = await office.review.request_information(OFFICER, mine, QUESTION)
    await office.review.request_information(OFFICER, theirs, QUESTION)
    for borrower_id, application_id in ((other, mine), (other, theirs)):
        with pytest.raises(NotFound):
            await office.review.answer_information(borrower_id, application_id, request.id, "ok")
    await office.review.answer_information(me, mine, request.id, "ok")
    with pytest.raises(ApplicationMoved):
        await office.review.answer_information(me, mine, request.id, "again")


async def test_a_second_request_takes_the_place_of_the_first(office: FrontOffice) -> None:
    me = await office.borrower()
    mine = await in_review(office, me)
    first = await office.review.request_information(OFFICER, mine, QUESTION)
    second = await office.review.request_information(OFFICER, mine, "请补充营业执照")
    assert await office.applications.open_request(me, mine) == second
    with pytest.raises(NotFound):
        await office.review.answer_information(me, mine, first.id, "ok")
    assert len(await owed(office, "information_requested")) == 2


@pytest.mark.parametrize("who", [CASHIER, STRANGER])
async def test_who_may_not_ask_asks_nothing(office: FrontOffice, who: int) -> None:
    me = await office.borrower()
    mine = await in_review(office, me)
    with pytest.raises(NotAllowed):
        await office.review.request_information(who, mine, QUESTION)
    assert await owed(office, "information_requested") == []


@pytest.mark.parametrize("state", sorted(set(ApplicationStatus) - {"in_review", "more_information"}))
async def test_only_an_application_in_review_is_asked_about(office: FrontOffice, state: str) -> None:
    me = await office.borrower()
    mine = await office.draft(me)
    await office.put_into(state, mine)
    with pytest.raises(ApplicationMoved):
        await office.review.request_information(OFFICER, mine, QUESTION)
    with pytest.raises(NotFound):
        await office.review.request_information(OFFICER, mine + 1, QUESTION)


async def test_an_officers_request_is_civil_and_says_something(office: FrontOffice) -> None:
    me = await office.borrower()
    mine = await in_review(office, me)
    with pytest.raises(ThreateningWords):
        await office.review.request_information(OFFICER, mine, "再不交就曝光你")
    with pytest.raises(TextTooShort):
        await office.review.request_information(OFFICER, mine, "  ")
    assert await owed(office, "information_requested") == []


async def test_the_answers_date_is_counted_in_the_lenders_zone(office: FrontOffice) -> None:
    me = await office.borrower()
    mine = await in_review(office, me)
    office.clock.advance(timedelta(hours=12, minutes=30))
    request = await office.review.request_information(OFFICER, mine, QUESTION)
    assert request.answer_by == date(2025, 11, 13)
