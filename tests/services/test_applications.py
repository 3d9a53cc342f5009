"""Applications from the first question to the officers' hands: each answer kept, one at a time, nobody else's."""

import asyncio
from datetime import timedelta

import pytest

from services.configuration.loan_limits import AmountTooLarge, AmountUnreadable
from services.configuration.products import Products, UnknownProduct
from services.db import Database
from services.errors import NotFound
from services.origination.application_states import UNDER_WAY, ApplicationMoved, ApplicationStatus
from services.origination.applications import (
    Application,
    ApplicationAlreadyOpen,
    Applications,
    ProductNotSelfService,
    Question,
)
from tests.builders import ALL_ANSWERS, FrontOffice, card_number, cny, open_front_office
from tests.sample_files import jpeg, pdf
from tests.services.rows import handoffs_of

Q = Question


@pytest.fixture
def office(database: Database) -> FrontOffice:
    return open_front_office(database)


# The questions, one after another


async def test_the_questions_come_in_order_and_each_answer_is_kept(office: FrontOffice) -> None:
    me = await office.borrower()
    application = await office.applications.start(me, "personal")
    asked: list[Question] = []
    while (question := application.next_question) is not None:
        asked.append(question)
        application = await office.applications.set_answer(me, application.id, question, ALL_ANSWERS[question])
    assert asked == [
        Q.AMOUNT, Q.TERM, Q.METHOD, Q.PURPOSE, Q.NAME, Q.ID_NUMBER, Q.EMPLOYMENT, Q.EMPLOYER, Q.INCOME, Q.ADDRESS,
        Q.PAYOUT_ACCOUNT,
    ]  # fmt: skip
    assert await office.applications.get(me, application.id) == application
    assert (application.amount, application.term, application.monthly_income) == (cny("5000"), 6, cny("6000"))
    assert (application.full_name, application.employer) == ("李小明", "华联超市")
    assert application.answered == len(application.questions) == 11


async def test_an_answer_goes_to_the_application_that_is_being_filled_in(office: FrontOffice) -> None:
    me = await office.borrower()
    assert await office.applications.answer(me, Q.AMOUNT, "5000") is None
    mine = await office.applications.start(me, "personal")
    answered = await office.applications.answer(me, Q.AMOUNT, "5000")
    assert answered is not None
    assert (answered.id, answered.amount, answered.next_question) == (mine.id, cny("5000"), Q.TERM)
    with pytest.raises(AmountUnreadable):
        await office.applications.answer(me, Q.AMOUNT, "a lot")
    assert await office.applications.current(me) == answered
    await office.put_into(ApplicationStatus.SUBMITTED, mine.id)
    assert await office.applications.answer(me, Q.AMOUNT, "6000") is None
    assert (await office.applications.get(me, mine.id)).amount == cny("5000")


async def test_what_need_not_be_asked_is_left_out(office: FrontOffice) -> None:
    me = await office.borrower()
    farm = await office.applications.start(me, "farm")
    assert farm.method == "custom"
    assert Q.METHOD not in farm.questions
    retired = await office.applications.set_answer(me, farm.id, Q.EMPLOYMENT, "retired")
    assert Q.EMPLOYER not in retired.questions
    salaried = await office.applications.set_answer(me, farm.id, Q.EMPLOYMENT, "salaried")
    assert Q.EMPLOYER in salaried.questions


async def test_a_purpose_that_says_little_asks_for_a_few_words(office: FrontOffice) -> None:
    me = await office.borrower()
    mine = (await office.applications.start(me, "personal")).id
    other = await office.applications.set_answer(me, mine, Q.PURPOSE, "其他")
    assert Q.PURPOSE_NOTE in other.questions
    noted = await office.applications.set_answer(me, mine, Q.PURPOSE_NOTE, "给孩子买一架钢琴")
    assert noted.purpose_note == "给孩子买一架钢琴"
    changed = await office.applications.set_answer(me, mine, Q.PURPOSE, "medical")
    assert Q.PURPOSE_NOTE not in changed.questions
    assert changed.purpose_note is None


async def test_every_answer_can_be_changed_while_it_is_a_draft(office: FrontOffice) -> None:
    me = await office.borrower()
    mine = await office.draft(me)
    changed = await office.applications.set_answer(me, mine, Q.AMOUNT, "8千")
    changed = await office.applications.set_answer(me, mine, Q.TERM, "一年")
    assert (changed.amount, changed.term, changed.next_question) == (cny("8000"), 12, None)


async def test_a_draft_left_for_a_week_is_there_as_it_was(office: FrontOffice) -> None:
    me = await office.borrower()
    mine = (await office.applications.start(me, "personal")).id
    before = await office.applications.set_answer(me, mine, Q.AMOUNT, "5k")
    office.clock.advance(timedelta(days=7))
    assert await office.applications.current(me) == before


# One at a time, and only one's own


async def test_a_second_application_while_one_is_under_way_is_refused(office: FrontOffice) -> None:
    me = await office.borrower()
    first = await office.applications.start(me, "personal")
    for state in sorted(UNDER_WAY):
        await office.put_into(state, first.id)
        with pytest.raises(ApplicationAlreadyOpen) as refusal:
            await office.applications.start(me, "personal")
        assert refusal.value.params == {"reference": first.reference}
    for state in sorted(set(ApplicationStatus) - UNDER_WAY):
        await office.put_into(state, first.id)
        await office.applications.withdraw(me, (await office.applications.start(me, "farm")).id)


async def test_two_starts_at_once_make_one_application(office: FrontOffice) -> None:
    me = await office.borrower()
    answers = await asyncio.gather(
        *(office.applications.start(me, "personal") for _ in range(5)), return_exceptions=True
    )
    assert sum(isinstance(answer, Application) for answer in answers) == 1
    assert sum(isinstance(answer, ApplicationAlreadyOpen) for answer in answers) == 4


async def test_an_unknown_product_and_one_that_officers_arrange_cannot_be_applied_for(office: FrontOffice) -> None:
    me = await office.borrower()
    with pytest.raises(UnknownProduct):
        await office.applications.start(me, "yacht")
    arranged = office.products.get("line").model_copy(update={"self_service": False})
    products = Products([arranged], office.clock, office.lender)
    applications = Applications(office.database, office.clock, office.vault, office.lender, products)
    with pytest.raises(ProductNotSelfService):
        await applications.start(me, "line")


async def test_a_line_asks_how_much_is_wanted_at_once_and_again_when_the_limit_falls_below_it(
    office: FrontOffice,
) -> None:
    me = await office.borrower()
    application = await office.applications.start(me, "line")
    assert Question.FIRST_DRAW in application.questions
    assert Question.METHOD not in application.questions
    for question, answer in ((Question.AMOUNT, "20000"), (Question.TERM, "12"), (Question.FIRST_DRAW, "1.5万")):
        application = await office.applications.set_answer(me, application.id, question, answer)
    assert application.first_draw == cny("15000")
    with pytest.raises(AmountTooLarge):
        await office.applications.set_answer(me, application.id, Question.FIRST_DRAW, "20001")
    lowered = await office.applications.set_answer(me, application.id, Question.AMOUNT, "10000")
    assert (lowered.first_draw, lowered.next_question) == (None, Question.FIRST_DRAW)


async def test_nobody_reaches_another_borrowers_application(office: FrontOffice) -> None:
    me, other = await office.borrower(), await office.borrower()
    mine = await office.submitted(me)
    attempts = [
        office.applications.get(other, mine),
        office.applications.set_answer(other, mine, Q.AMOUNT, "5000"),
        office.applications.suggestion(other, mine, Q.INCOME),
        office.applications.use_suggestion(other, mine, Q.INCOME),
        office.applications.confirm_answers(other, mine),
        office.applications.reopen_answers(other, mine),
        office.applications.submit(other, mine),
        office.applications.withdraw(other, mine),
        office.applications.open_request(other, mine),
        office.review.answer_information(other, mine, 1, "ok"),
    ]
    for attempt in attempts:
        with pytest.raises(NotFound):
            await attempt
    assert await office.applications.current(other) is None
    assert await office.applications.list(other) == []


# Nothing is asked twice


async def test_answers_of_an_earlier_application_are_offered_and_taken(office: FrontOffice) -> None:
    me = await office.borrower()
    card = card_number(4711)
    first = await office.submitted(me, payout_account=card)
    await office.applications.withdraw(me, first)
    again = await office.applications.start(me, "personal")
    shown = {
        question: suggestion.shown
        for question in Question
        if (suggestion := await office.applications.suggestion(me, again.id, question)) is not None
    }
    assert shown[Q.PAYOUT_ACCOUNT] == f"6222{'*' * 8}{card[-4:]}"
    assert shown[Q.INCOME] == cny("6000")
    assert set(shown) == {Q.EMPLOYMENT, Q.EMPLOYER, Q.INCOME, Q.ADDRESS, Q.PAYOUT_ACCOUNT}
    for question in shown:
        application = await office.applications.use_suggestion(me, again.id, question)
    earlier = await office.applications.get(me, first)
    for name in ("employment", "employer", "monthly_income", "address", "payout_account_masked"):
        assert getattr(application, name) == getattr(earlier, name)


async def test_nothing_is_offered_where_nothing_is_known_nor_from_somebody_else(office: FrontOffice) -> None:
    me, other = await office.borrower(), await office.borrower()
    await office.draft(other)
    mine = (await office.applications.start(me, "personal")).id
    for question in Question:
        assert await office.applications.suggestion(me, mine, question) is None
    with pytest.raises(NotFound):
        await office.applications.use_suggestion(me, mine, Q.ADDRESS)


# The same on PostgreSQL


@pytest.mark.postgres
async def test_on_postgresql_two_starts_at_once_make_one_application(postgres: Database) -> None:
    office = open_front_office(postgres)
    me = await office.borrower()
    answers = await asyncio.gather(
        *(office.applications.start(me, "personal") for _ in range(5)), return_exceptions=True
    )
    assert sum(isinstance(answer, Application) for answer in answers) == 1
    assert sum(isinstance(answer, ApplicationAlreadyOpen) for answer in answers) == 4


@pytest.mark.postgres
async def test_on_postgresql_two_submits_at_once_call_the_officers_once(postgres: Database) -> None:
    office = open_front_office(postgres)
    me = await office.borrower()
    mine = await office.collecting(me)
    for item, data in zip((await office.documents.checklist(me, mine)).missing, (jpeg(1), pdf()), strict=True):
        await office.documents.add(me, mine, item.code, data)
    answers = await asyncio.gather(*(office.applications.submit(me, mine) for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(answer, Application) for answer in answers) == 1
    assert sum(isinstance(answer, ApplicationMoved) for answer in answers) == 3
    assert len(await handoffs_of(office.database, me)) == 1


@pytest.mark.postgres
async def test_on_postgresql_an_application_goes_from_hello_to_submitted_and_drafts_expire(postgres: Database) -> None:
    office = open_front_office(postgres)
    me, other = await office.borrower("en"), await office.borrower()
    mine = await office.submitted(me)
    await office.draft(other)
    office.clock.advance(timedelta(days=31))
    assert await office.applications.expire_stale() == 1
    assert (await office.applications.for_staff(mine)).application.status is ApplicationStatus.SUBMITTED
    assert (await office.borrowers.export(me))["applications"][0]["amount"] == "5000.00 CNY"
