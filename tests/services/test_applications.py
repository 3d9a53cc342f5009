"""Applications from the first question to the officers' hands: each answer checked, kept, nobody else's business."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from services.configuration.loan_limits import (
    AmountNotAMultiple,
    AmountTooLarge,
    AmountTooSmall,
    AmountUnreadable,
    MethodNotOffered,
    TermNotOffered,
)
from services.configuration.product_definitions import Product
from services.configuration.products import Products, UnknownProduct
from services.configuration.reading import load
from services.db import Database
from services.desk.handoff_states import HandoffKind, HandoffStatus
from services.errors import InvalidInput, NotFound
from services.models import ApplicationRow, HandoffRow, LoanRow, OfferRow, OutboxRow
from services.origination import application_checks as checks
from services.origination.application_checks import (
    AddressTooShort,
    IdentityConfirmed,
    IdNumberTaken,
    IncomeUnreadable,
    InstallmentTooHigh,
    InvalidIdNumber,
    InvalidPayoutAccount,
    NameUnreadable,
    PurposeBanned,
    TextTooLong,
    TextTooShort,
    TooOldAtTheEnd,
    TooYoung,
    UnknownChoice,
)
from services.origination.application_states import MOVES, UNDER_WAY, ApplicationMoved, ApplicationStatus, move
from services.origination.applications import (
    Application,
    ApplicationAlreadyOpen,
    Applications,
    DocumentsMissing,
    NotComplete,
    ProductNotSelfService,
    Question,
)
from tests.builders import ANSWERS, CONFIG, OFFICER, FrontOffice, card_number, cny, id_number, open_front_office
from tests.sample_files import jpeg, pdf

Q = Question
GOOD = {**ANSWERS, Q.ID_NUMBER: id_number(), Q.PAYOUT_ACCOUNT: card_number()}


@pytest.fixture
def office(database: Database) -> FrontOffice:
    return open_front_office(database)


async def status(office: FrontOffice, application_id: int, to: str) -> None:
    async with office.database.transaction() as session:
        await session.execute(update(ApplicationRow).where(ApplicationRow.id == application_id).values(status=to))


async def handoffs(office: FrontOffice) -> list[HandoffRow]:
    async with office.database.reading() as session:
        return list(await session.scalars(select(HandoffRow).order_by(HandoffRow.id)))


async def paid_out(office: FrontOffice, borrower_id: int, application_id: int) -> None:
    """As if the application had become a loan."""
    now = office.clock.now()
    await status(office, application_id, "disbursed")
    async with office.database.transaction() as session:
        offer = OfferRow(
            reference="F0000001", application_id=application_id, borrower_id=borrower_id, status="accepted", terms={},
            policy={}, product_code="personal", product_version=1, made_at=now, expires_at=now,
        )  # fmt: skip
        session.add(offer)
        await session.flush()
        loan = LoanRow(
            reference="L0000001", borrower_id=borrower_id, application_id=application_id, offer_id=offer.id,
            product_code="personal", product_version=1, status="active", currency="CNY", terms={}, policy={},
            disbursed_on=now.date(), disbursed_by=OFFICER, created_at=now,
        )  # fmt: skip
        session.add(loan)


# The questions, one after another


async def test_the_questions_come_in_order_and_each_answer_is_kept(office: FrontOffice) -> None:
    me = await office.borrower()
    application = await office.applications.start(me, "personal")
    asked: list[Question] = []
    while (question := application.next_question) is not None:
        asked.append(question)
        application = await office.applications.set_answer(me, application.id, question, GOOD[question])
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
    await status(office, mine.id, ApplicationStatus.SUBMITTED)
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


# What is refused, and why


@pytest.mark.parametrize(
    ("question", "text", "reason", "named"),
    [
        (Q.AMOUNT, "500", AmountTooSmall, {"minimum": cny("1000"), "maximum": cny("200000")}),
        (Q.AMOUNT, "30万", AmountTooLarge, {"minimum": cny("1000"), "maximum": cny("200000")}),
        (Q.AMOUNT, "5050", AmountNotAMultiple, {"step": cny("100"), "lower": cny("5000"), "higher": cny("5100")}),
        (Q.AMOUNT, "a lot", AmountUnreadable, {"minimum": cny("1000"), "maximum": cny("200000")}),
        (Q.AMOUNT, "9" * 39, AmountUnreadable, {}),
        (Q.TERM, "5个月", TermNotOffered, {"choices": [3, 6, 12, 24]}),
        (Q.TERM, "forever", TermNotOffered, {}),
        (Q.METHOD, "bullet", MethodNotOffered, {}),
        (Q.PURPOSE, "炒股", PurposeBanned, {}),
        (Q.PURPOSE, "stock market", PurposeBanned, {"purpose": "stock market"}),
        (Q.PURPOSE, "for Gambling!", PurposeBanned, {"purpose": "gambling"}),
        (Q.PURPOSE, "whatever", UnknownChoice, {}),
        (Q.PURPOSE_NOTE, "还网贷用", PurposeBanned, {}),
        (Q.PURPOSE_NOTE, "x", TextTooShort, {"minimum": 2}),
        (Q.PURPOSE_NOTE, "x" * 301, TextTooLong, {"maximum": 300}),
        (Q.NAME, "李", NameUnreadable, {}),
        (Q.NAME, "12345", NameUnreadable, {}),
        (Q.NAME, "a" * 61, NameUnreadable, {}),
        (Q.ID_NUMBER, f"{id_number()[:17]}{int(id_number()[17]) ^ 1}", InvalidIdNumber, {}),
        (Q.ID_NUMBER, "12345", InvalidIdNumber, {}),
        (Q.ID_NUMBER, id_number(date(2008, 1, 1)), TooYoung, {"minimum": 18}),
        (Q.ID_NUMBER, id_number(date(1964, 1, 1)), TooOldAtTheEnd, {"maximum": 60}),
        (Q.EMPLOYMENT, "pirate", UnknownChoice, {}),
        (Q.INCOME, "enough", IncomeUnreadable, {}),
        (Q.INCOME, "0", IncomeUnreadable, {}),
        (Q.ADDRESS, "上海", AddressTooShort, {}),
        (Q.ADDRESS, "6222021234567890319", AddressTooShort, {}),
        (Q.PAYOUT_ACCOUNT, "6222026000000001", InvalidPayoutAccount, {}),
        (Q.PAYOUT_ACCOUNT, "0000000000000000", InvalidPayoutAccount, {}),
        (Q.PAYOUT_ACCOUNT, "62220260", InvalidPayoutAccount, {}),
    ],
)
async def test_a_wrong_answer_is_refused_with_what_would_be_right_and_nothing_is_lost(
    office: FrontOffice, question: Question, text: str, reason: type[InvalidInput], named: dict[str, object]
) -> None:
    me = await office.borrower()
    mine = await office.draft(me)
    before = await office.applications.get(me, mine)
    with pytest.raises(reason) as refusal:
        await office.applications.set_answer(me, mine, question, text)
    assert named.items() <= refusal.value.params.items()
    assert await office.applications.get(me, mine) == before


PERSONAL = load(Product, CONFIG / "products" / "personal.toml")
ANYTHING_TYPED: dict[str, Callable[[str], object]] = {
    "name": checks.full_name,
    "id number": checks.id_number,
    "purpose": partial(checks.purpose, PERSONAL),
    "note": partial(checks.allowed_words, PERSONAL),
    "address": checks.address,
    "income": lambda text: checks.income(text, "CNY"),
    "account": checks.payout_account,
    "company account": partial(checks.payout_account, of_company=True),
}


@pytest.mark.parametrize("check", ANYTHING_TYPED.values(), ids=ANYTHING_TYPED)
@given(text=st.text(max_size=80) | st.text("0123456789０٣Xx- 一二万.李·'", max_size=40))
def test_whatever_is_typed_is_taken_or_refused_with_a_reason(check: Callable[[str], object], text: str) -> None:
    with suppress(InvalidInput):
        check(text)


@pytest.mark.parametrize(
    "text",
    [
        "炒 股",
        "买，房",
        "去澳门赌-博",
        "用来炒股票",
        "买bitcoin",
        "Cryptocurrency",
        "to GAMBLE",
        "ｂｉｔｃｏｉｎ",
        "a bet",
        "the Stock Market",
    ],
)
def test_a_banned_use_is_found_however_it_is_written(text: str) -> None:
    with pytest.raises(PurposeBanned):
        checks.allowed_words(PERSONAL, text)


@pytest.mark.parametrize("text", ["a better kitchen", "给孩子买钢琴", "alphabet books", "房租", "股骨手术"])
def test_an_honest_use_that_only_looks_like_a_banned_one_is_taken(text: str) -> None:
    assert checks.allowed_words(PERSONAL, text) == text


@given(st.dates(date(1920, 1, 1), date(2024, 12, 31)), st.integers(0, 999))
def test_a_right_id_number_tells_the_birthday_and_one_wrong_digit_is_noticed(born: date, serial: int) -> None:
    number = id_number(born, serial)
    assert checks.id_number(number) == (number, born)
    for at in (5, 12, 16):
        wrong = number[:at] + str((int(number[at]) + 1) % 10) + number[at + 1 :]
        with pytest.raises(InvalidIdNumber):
            checks.id_number(wrong)


@given(st.integers(0, 9_999_999), st.integers(0, 15))
def test_a_right_card_number_is_taken_and_one_wrong_digit_is_noticed(serial: int, at: int) -> None:
    number = card_number(serial)
    assert checks.payout_account(number) == number
    wrong = number[:at] + str((int(number[at]) + 1) % 10) + number[at + 1 :]
    with pytest.raises(InvalidPayoutAccount):
        checks.payout_account(wrong)


@pytest.mark.parametrize(
    ("question", "text", "shown"),
    [
        (Q.ID_NUMBER, " 11010119900307001２ ", None),
        (Q.PAYOUT_ACCOUNT, f"６２２２ {card_number()[4:]}", f"6222********{card_number()[-4:]}"),
        (Q.NAME, "Ｌｉ　Ｍｉｎｇ", "Li Ming"),
        (Q.NAME, "阿卜杜拉·买买提", "阿卜杜拉·买买提"),
        (Q.NAME, "Jean-Luc O'Neil Jr.", "Jean-Luc O'Neil Jr."),
        (Q.INCOME, "６千", "6000.00 CNY"),
        (Q.ADDRESS, "  Room 3,  12 Century   Avenue ", "Room 3, 12 Century Avenue"),
    ],
)
async def test_answers_are_understood_however_they_are_typed(
    office: FrontOffice, question: Question, text: str, shown: str | None
) -> None:
    me = await office.borrower()
    mine = (await office.applications.start(me, "personal")).id
    if shown is None:
        number = id_number()
        text, shown = f" {number[:6]} {number[6:14]}-{number[14:]} ", f"{number[:3]}***********{number[-4:]}"
    application = await office.applications.set_answer(me, mine, question, text)
    attribute = {Q.ID_NUMBER: "id_number_masked", Q.PAYOUT_ACCOUNT: "payout_account_masked", Q.NAME: "full_name",
                 Q.INCOME: "monthly_income", Q.ADDRESS: "address"}[question]  # fmt: skip
    assert str(getattr(application, attribute)) == shown


async def test_an_id_number_ending_in_x_may_be_typed_in_either_case(office: FrontOffice) -> None:
    me = await office.borrower()
    mine = (await office.applications.start(me, "personal")).id
    number = next(found for serial in range(100) if (found := id_number(serial=serial)).endswith("X"))
    application = await office.applications.set_answer(me, mine, Q.ID_NUMBER, number.lower())
    assert application.id_number_masked is not None
    assert application.id_number_masked.endswith("X")


async def test_one_identity_number_belongs_to_one_borrower(office: FrontOffice) -> None:
    me, other = await office.borrower(), await office.borrower()
    await office.draft(me, id_number=id_number(serial=500))
    with pytest.raises(IdNumberTaken):
        await office.draft(other, id_number=id_number(serial=500))


async def test_the_age_at_the_end_counts_with_the_term_that_was_chosen(office: FrontOffice) -> None:
    sixty_next_year = id_number(date(1966, 8, 5))
    me = await office.borrower()
    mine = await office.draft(me, id_number=sixty_next_year, term="12", income="20000")
    with pytest.raises(TooOldAtTheEnd):
        await office.applications.set_answer(me, mine, Q.TERM, "24")
    assert (await office.applications.get(me, mine)).term == 12


async def test_a_birthday_while_the_draft_waits_is_noticed_when_it_goes_on(office: FrontOffice) -> None:
    me = await office.borrower()
    mine = await office.draft(me, id_number=id_number(date(1965, 11, 20)), term="12", income="20000")
    office.clock.advance(timedelta(days=20))
    with pytest.raises(TooOldAtTheEnd):
        await office.applications.confirm_answers(me, mine)


async def test_name_and_id_number_are_fixed_once_they_stand_in_a_loans_contract(office: FrontOffice) -> None:
    me = await office.borrower()
    number = id_number(serial=700)
    await paid_out(office, me, await office.submitted(me, id_number=number))
    again = await office.applications.start(me, "personal")
    assert (again.full_name, again.next_question) == ("李小明", Q.AMOUNT)
    for question, text in ((Q.NAME, "王大力"), (Q.ID_NUMBER, id_number(serial=701))):
        with pytest.raises(IdentityConfirmed):
            await office.applications.set_answer(me, again.id, question, text)
    await office.applications.set_answer(me, again.id, Q.NAME, "李小明")
    await office.applications.set_answer(me, again.id, Q.ID_NUMBER, number)


async def test_a_company_owner_may_be_paid_to_a_company_account_and_nobody_else(office: FrontOffice) -> None:
    me = await office.borrower()
    mine = (await office.applications.start(me, "business")).id
    account = "03124500040877"
    await office.applications.set_answer(me, mine, Q.EMPLOYMENT, "self_employed")
    with pytest.raises(InvalidPayoutAccount):
        await office.applications.set_answer(me, mine, Q.PAYOUT_ACCOUNT, account)
    await office.applications.set_answer(me, mine, Q.EMPLOYMENT, "company_owner")
    application = await office.applications.set_answer(me, mine, Q.PAYOUT_ACCOUNT, account)
    assert application.payout_account_masked == "0312******0877"


# Whether it can be borne


async def test_an_installment_beyond_the_income_stops_the_application_and_says_what_fits(office: FrontOffice) -> None:
    me = await office.borrower()
    mine = await office.draft(me, amount="20000", term="6", income="6000")
    seen = (await office.applications.get(me, mine)).affordability
    assert seen is not None
    assert not seen.within
    with pytest.raises(InstallmentTooHigh) as refusal:
        await office.applications.confirm_answers(me, mine)
    assert refusal.value.params == {"monthly": seen.monthly, "limit": cny("3000"), "income": cny("6000")}
    await office.applications.set_answer(me, mine, Q.TERM, "12")
    confirmed = await office.applications.confirm_answers(me, mine)
    assert confirmed.status is ApplicationStatus.COLLECTING_DOCUMENTS


# One at a time, and only one's own


async def test_a_second_application_while_one_is_under_way_is_refused(office: FrontOffice) -> None:
    me = await office.borrower()
    first = await office.applications.start(me, "personal")
    for state in sorted(UNDER_WAY):
        await status(office, first.id, state)
        with pytest.raises(ApplicationAlreadyOpen) as refusal:
            await office.applications.start(me, "personal")
        assert refusal.value.params == {"reference": first.reference}
    for state in sorted(set(ApplicationStatus) - UNDER_WAY):
        await status(office, first.id, state)
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


# The states


async def test_only_a_draft_takes_answers(office: FrontOffice) -> None:
    me = await office.borrower()
    mine = await office.draft(me)
    for state in set(ApplicationStatus) - {ApplicationStatus.DRAFT}:
        await status(office, mine, state)
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
        await status(office, mine, state)
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
    assert await handoffs(office) == []


async def test_a_submitted_application_calls_the_officers_and_promises_a_time(office: FrontOffice) -> None:
    me = await office.borrower()
    mine = await office.submitted(me)
    application = await office.applications.get(me, mine)
    assert application.status is ApplicationStatus.SUBMITTED
    assert application.submitted_at == office.clock.now()
    assert application.decision_due_at == office.clock.now() + timedelta(hours=24)
    (handoff,) = await handoffs(office)
    assert (handoff.kind, handoff.application_id, handoff.status) == (HandoffKind.APPLICATION, mine, "open")
    async with office.database.reading() as session:
        cards = list(await session.scalars(select(OutboxRow).where(OutboxRow.handoff_id == handoff.id)))
    assert [card.kind for card in cards] == ["desk_card"]


async def test_pressing_submit_twice_calls_the_officers_once(office: FrontOffice) -> None:
    me = await office.borrower()
    mine = await office.submitted(me)
    with pytest.raises(ApplicationMoved):
        await office.applications.submit(me, mine)
    assert len(await handoffs(office)) == 1


async def test_a_withdrawn_application_leaves_the_officers_nothing_to_do_and_room_for_another(
    office: FrontOffice,
) -> None:
    me = await office.borrower()
    mine = await office.submitted(me)
    withdrawn = await office.applications.withdraw(me, mine)
    assert withdrawn.status is ApplicationStatus.WITHDRAWN
    assert [handoff.status for handoff in await handoffs(office)] == [HandoffStatus.CLOSED]
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
    assert len(await handoffs(office)) == 1


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
