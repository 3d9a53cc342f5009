"""What is refused among an application's answers and why, and how answers may be written."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.configuration.loan_limits import (
    AmountNotAMultiple,
    AmountTooLarge,
    AmountTooSmall,
    AmountUnreadable,
    MethodNotOffered,
    TermNotOffered,
)
from services.configuration.product_definitions import Product
from services.configuration.reading import load
from services.db import Database
from services.errors import InvalidInput
from services.models import LoanRow, OfferRow
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
from services.origination.application_states import ApplicationStatus
from services.origination.applications import Question
from tests.builders import CONFIG, OFFICER, FrontOffice, card_number, cny, id_number, open_front_office

Q = Question


@pytest.fixture
def office(database: Database) -> FrontOffice:
    return open_front_office(database)


async def paid_out(office: FrontOffice, borrower_id: int, application_id: int) -> None:
    """As if the application had become a loan."""
    now = office.clock.now()
    await office.put_into("disbursed", application_id)
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
