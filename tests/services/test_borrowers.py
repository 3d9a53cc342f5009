"""Borrowers: getting to know them, what they agree to, how they are reached, what is kept sealed."""

import asyncio
import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from services.db import Database
from services.errors import NotFound
from services.models import BorrowerRow
from services.people.borrowers import (
    Borrowers,
    HourNotOffered,
    InvalidPhone,
    LanguageNotOffered,
    NotYourContact,
    PhoneTaken,
    age_on,
    masked,
    read_hour,
)
from tests.builders import FrontOffice, card_number, id_number, open_front_office

ME, OTHER = 71, 72


@pytest.fixture
def office(database: Database) -> FrontOffice:
    return open_front_office(database)


async def row_of(office: FrontOffice, borrower_id: int) -> BorrowerRow:
    async with office.database.reading() as session:
        return await session.get_one(BorrowerRow, borrower_id)


async def test_whoever_writes_is_known_from_the_first_word_and_the_same_ever_after(office: FrontOffice) -> None:
    first = await office.borrowers.meet(ME, "en")
    again = await office.borrowers.meet(ME)
    assert first == again
    assert (first.telegram_id, first.language, first.registered) == (ME, None, False)
    assert (first.time_zone, first.reminder_hour) == ("Asia/Shanghai", 9)


async def test_two_first_words_at_once_make_one_borrower(office: FrontOffice) -> None:
    met = await asyncio.gather(*(office.borrowers.meet(ME) for _ in range(8)))
    assert len({borrower.id for borrower in met}) == 1


async def test_registration_is_language_consent_and_telephone_number(office: FrontOffice) -> None:
    me = (await office.borrowers.meet(ME)).id
    assert not (await office.borrowers.choose_language(me, "en")).registered
    assert not (await office.borrowers.consent(me)).registered
    assert (await office.borrowers.share_phone(me, "+8613800138000", ME)).registered


async def test_a_language_that_the_lender_does_not_speak_is_refused(office: FrontOffice) -> None:
    me = (await office.borrowers.meet(ME)).id
    with pytest.raises(LanguageNotOffered):
        await office.borrowers.choose_language(me, "fr")


async def test_consent_is_kept_with_its_version_and_asked_again_for_a_new_one(office: FrontOffice) -> None:
    me = (await office.borrowers.meet(ME)).id
    assert (await office.borrowers.consent(me)).consented
    row = await row_of(office, me)
    assert (row.consent_version, row.consented_at) == (office.lender.consent_version, office.clock.now())
    lender = office.lender.model_copy(update={"consent_version": "2027-1"})
    later = Borrowers(office.database, office.clock, office.vault, lender)
    assert not (await later.get(me)).consented
    assert (await later.consent(me)).consented


@pytest.mark.parametrize("number", ["+8613800138000", "8613800138000", "+86 138-0013-8000"])
async def test_the_shared_number_is_kept_sealed_and_shown_masked(office: FrontOffice, number: str) -> None:
    me = (await office.borrowers.meet(ME)).id
    borrower = await office.borrowers.share_phone(me, number, ME)
    assert borrower.phone_masked == "+86138****8000"
    row = await row_of(office, me)
    assert row.phone_sealed is not None
    assert b"138" not in row.phone_sealed
    assert office.vault.unseal_text(row.phone_sealed) == "+8613800138000"


async def test_somebody_elses_contact_is_refused(office: FrontOffice) -> None:
    me = (await office.borrowers.meet(ME)).id
    for contact_of in (OTHER, 0):
        with pytest.raises(NotYourContact):
            await office.borrowers.share_phone(me, "+8613800138000", contact_of)
    assert (await office.borrowers.get(me)).phone_masked is None


@pytest.mark.parametrize("number", ["", "hello", "+", "+86", "12345", "+999999999999999999"])
async def test_what_cannot_be_a_number_is_refused(office: FrontOffice, number: str) -> None:
    me = (await office.borrowers.meet(ME)).id
    with pytest.raises(InvalidPhone):
        await office.borrowers.share_phone(me, number, ME)


async def test_one_number_belongs_to_one_chat_and_may_be_shared_again_from_there(office: FrontOffice) -> None:
    me, other = (await office.borrowers.meet(ME)).id, (await office.borrowers.meet(OTHER)).id
    await office.borrowers.share_phone(me, "+8613800138000", ME)
    await office.borrowers.share_phone(me, "8613800138000", ME)
    with pytest.raises(PhoneTaken):
        await office.borrowers.share_phone(other, "+86 138 0013 8000", OTHER)


@pytest.mark.parametrize(
    ("typed", "hour"),
    [(20, 20), ("20", 20), ("8点", 8), ("晚上8点", 20), ("8 pm", 20), ("9:00", 9), ("９：００", 9), ("上午十点", 10)],
)
async def test_the_reminder_hour_is_understood_as_people_write_it(
    office: FrontOffice, typed: int | str, hour: int
) -> None:
    me = (await office.borrowers.meet(ME)).id
    assert (await office.borrowers.set_reminder_hour(me, typed)).reminder_hour == hour


@pytest.mark.parametrize("typed", ["3", 3, "23", "noon", "", "25", -1, "9:30"])
async def test_an_hour_that_is_not_offered_is_refused_with_those_that_are(
    office: FrontOffice, typed: int | str
) -> None:
    me = (await office.borrowers.meet(ME)).id
    with pytest.raises(HourNotOffered) as refusal:
        await office.borrowers.set_reminder_hour(me, typed)
    assert refusal.value.params["choices"] == ["8:00", "9:00", "10:00", "12:00", "14:00", "18:00", "20:00", "21:00"]
    assert (await office.borrowers.get(me)).reminder_hour == 9


@given(st.text(max_size=30))
def test_reading_an_hour_never_fails(text: str) -> None:
    hour = read_hour(text)
    assert hour is None or 0 <= hour <= 23


async def test_who_blocked_the_bot_is_unreachable_until_they_write_again(office: FrontOffice) -> None:
    me = (await office.borrowers.meet(ME)).id
    await office.borrowers.mark_unreachable(me)
    since = office.clock.now()
    await office.borrowers.mark_unreachable(me)
    assert (await row_of(office, me)).unreachable_since == since
    await office.borrowers.meet(ME)
    assert (await row_of(office, me)).unreachable_since is None


async def test_nobody_is_found_under_an_unknown_id(office: FrontOffice) -> None:
    for attempt in (office.borrowers.get(99), office.borrowers.consent(99), office.borrowers.export(99)):
        with pytest.raises(NotFound):
            await attempt


async def test_the_exported_copy_is_plain_json_with_id_number_and_account_masked(office: FrontOffice) -> None:
    me = await office.borrower()
    identity, card = id_number(serial=321), card_number(77)
    await office.draft(me, id_number=identity, payout_account=card, address="Room 3, 12 Century Avenue, Shanghai")
    copy = await office.borrowers.export(me)
    text = json.dumps(copy, ensure_ascii=False)
    assert identity not in text
    assert card not in text
    assert "Century Avenue" in text
    assert copy["person"]["full_name"] == "李小明"
    (application,) = copy["applications"]
    assert (application["amount"], application["monthly_income"]) == ("5000.00 CNY", "6000.00 CNY")


async def test_the_exported_copy_holds_nobody_elses_data(office: FrontOffice) -> None:
    me, other = await office.borrower(), await office.borrower()
    await office.submitted(other)
    copy = await office.borrowers.export(me)
    assert [copy[part] for part in ("applications", "documents", "loans", "payments", "requests")] == [[]] * 5


async def test_nothing_that_identifies_a_person_lies_readable_in_the_database(office: FrontOffice) -> None:
    me = await office.borrower()
    identity, card = id_number(serial=654), card_number(88)
    await office.draft(
        me, name="欧阳小明", id_number=identity, payout_account=card, address="上海市浦东新区张杨路500号"
    )
    async with office.database.reading() as session:
        connection = await session.connection()
        dump = ""
        for table in BorrowerRow.metadata.sorted_tables:
            dump += str((await connection.execute(select(table))).all())
    for secret in (identity, card, "欧阳小明", "张杨路"):
        assert secret not in dump
        assert secret.encode().hex() not in dump


def test_an_age_is_counted_in_whole_years() -> None:
    assert age_on(date(2007, 11, 6), date(2025, 11, 5)) == 17
    assert age_on(date(2007, 11, 5), date(2025, 11, 5)) == 18
    assert age_on(date(2004, 2, 29), date(2025, 2, 28)) == 20
    assert age_on(date(2004, 2, 29), date(2025, 3, 1)) == 21


@given(st.text("0123456789", min_size=8, max_size=30), st.integers(0, 4))
def test_a_mask_hides_at_least_four_characters_of_the_middle(number: str, first: int) -> None:
    shown = masked(number, shown_first=first)
    assert shown.startswith(number[:first])
    assert shown.endswith(number[-4:])
    assert shown.count("*") >= 4
