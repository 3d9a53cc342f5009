"""How often one person may ask for what costs much, and that everybody is told when it works again."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from services.clock import SteppedClock
from services.configuration.allowance_rules import Allowance, Costly
from services.configuration.allowance_rules import Allowances as Rules
from services.configuration.lender import Lender
from services.db import Database
from services.desk.handoff_cards import HandoffCards
from services.desk.handoff_states import HandoffKind
from services.desk.handoffs import Handoffs
from services.documents.file_errors import FileTypeNotAccepted
from services.models import AllowanceRow, HandoffRow
from services.people.allowances import Allowances, TooManyRequests, TooOften, after_one_more, allowed_from
from tests.builders import FrontOffice, open_front_office
from tests.sample_files import jpeg
from tests.services.desk import lender, products, staff, vault
from tests.services.lending import open_lending
from tests.services.rows import NoFiles

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
allowances = st.builds(Allowance, times=st.integers(1, 50), minutes=st.integers(1, 2_000))
gaps = st.lists(st.integers(0, 90 * 60 * 1_000_000), min_size=1, max_size=120)
"""Microseconds between one try and the next."""


def tried(allowance: Allowance, waits: Sequence[int]) -> tuple[list[int], list[tuple[int, int]]]:
    """When a use was allowed; and when one was refused, with the instant that was named."""
    now, whole_at, allowed, refused = 0, 0, [], []
    for wait in waits:
        now += wait
        after = after_one_more(whole_at, now, allowance)
        if after is None:
            refused.append((now, allowed_from(whole_at, allowance)))
        else:
            whole_at = after
            allowed.append(now)
    return allowed, refused


@given(allowances, gaps)
def test_no_span_of_time_sees_more_than_the_allowance_and_what_grew_back_in_it(
    allowance: Allowance, waits: Sequence[int]
) -> None:
    allowed, _ = tried(allowance, waits)
    for first in range(len(allowed)):
        for last in range(first, len(allowed)):
            span = allowed[last] - allowed[first]
            assert last - first + 1 <= allowance.times + span // allowance.part_us


@given(allowances, gaps)
def test_the_instant_that_a_refusal_names_is_the_first_that_works(allowance: Allowance, waits: Sequence[int]) -> None:
    now, whole_at = 0, 0
    for wait in waits:
        now += wait
        after = after_one_more(whole_at, now, allowance)
        if after is None:
            again = allowed_from(whole_at, allowance)
            assert now < again <= now + allowance.part_us
            assert after_one_more(whole_at, again - 1, allowance) is None
            assert after_one_more(whole_at, again, allowance) is not None
        else:
            whole_at = after


@given(allowances)
def test_who_has_done_nothing_for_the_span_has_the_whole_allowance(allowance: Allowance) -> None:
    burst = [allowance.span_us] + [0] * allowance.times
    allowed, refused = tried(allowance, [*burst, *burst])
    assert (len(allowed), len(refused)) == (2 * allowance.times, 2)


@given(allowances)
def test_who_asks_at_the_pace_of_the_allowance_is_never_refused(allowance: Allowance) -> None:
    assert tried(allowance, [allowance.part_us] * 200)[1] == []


@given(allowances)
def test_the_parts_of_an_allowance_make_up_its_minutes_to_a_microsecond_each(allowance: Allowance) -> None:
    assert 0 <= allowance.span_us - allowance.minutes * 60_000_000 < allowance.times


def ten_a_minute() -> Lender:
    return lender().model_copy(update={"allowances": Rules(pictures=Allowance(times=10, minutes=1))})


async def test_the_database_counts_as_the_arithmetic_does(either: Database) -> None:
    office, rules = open_front_office(either), ten_a_minute()
    borrower, clock = await office.stranger(), SteppedClock(NOON)
    kept, allowance = Allowances(either, clock, rules), rules.allowances.pictures
    waits = [0] * 12 + [6_000_000, 0, 5_999_999, 1, 0, 18_000_000, 0, 0, 0, 0, 500_000_000] + [0] * 11
    whole_at, now = 0, 0
    for wait in waits:
        now += wait
        clock.advance(timedelta(microseconds=wait))
        expected = after_one_more(whole_at, now, allowance)
        if expected is None:
            with pytest.raises(TooOften) as refusal:
                await kept.spend(borrower, Costly.PICTURE)
            again = NOON + timedelta(microseconds=allowed_from(whole_at, allowance))
            assert refusal.value.params == {"again_at": again}
        else:
            await kept.spend(borrower, Costly.PICTURE)
            whole_at = expected


async def test_people_and_costly_things_have_allowances_of_their_own(database: Database) -> None:
    office, rules = open_front_office(database), ten_a_minute()
    one, two = await office.stranger(), await office.stranger()
    kept = Allowances(database, SteppedClock(NOON), rules)
    for _ in range(10):
        await kept.spend(one, Costly.PICTURE)
    with pytest.raises(TooOften):
        await kept.spend(one, Costly.PICTURE)
    await kept.spend(two, Costly.PICTURE)
    await kept.spend(one, Costly.PAPER)


@pytest.mark.postgres
async def test_of_many_workers_asked_at_once_no_more_than_the_allowance_goes_through(postgres: Database) -> None:
    office = open_front_office(postgres)
    borrower = await office.stranger()
    kept = Allowances(postgres, SteppedClock(NOON), ten_a_minute())
    outcomes = await asyncio.gather(*(kept.spend(borrower, Costly.PICTURE) for _ in range(25)), return_exceptions=True)
    assert sum(outcome is None for outcome in outcomes) == 10
    assert sum(isinstance(outcome, TooOften) for outcome in outcomes) == 15


def test_every_costly_thing_has_an_allowance_in_the_sample_configuration() -> None:
    assert all(lender().allowances.of(costly).times >= 1 for costly in Costly)
    assert lender().allowances == Rules()


async def spent(database: Database, costly: Costly) -> int:
    async with database.reading() as session:
        query = select(func.count()).select_from(AllowanceRow).where(AllowanceRow.costly == costly)
        return await session.scalar(query) or 0


@pytest.fixture
def office(database: Database) -> FrontOffice:
    return open_front_office(database)


async def test_a_sixth_application_of_the_day_waits_for_its_turn(office: FrontOffice) -> None:
    borrower = await office.borrower()
    for _ in range(5):
        draft = await office.applications.start(borrower, "personal")
        await office.applications.withdraw(borrower, draft.id)
    with pytest.raises(TooOften) as refusal:
        await office.applications.start(borrower, "personal")
    assert refusal.value.params["again_at"] == office.clock.now() + timedelta(hours=24) / 5
    office.clock.advance(timedelta(hours=24) / 5)
    await office.applications.start(borrower, "personal")


async def test_a_file_counts_whether_it_is_accepted_or_not(office: FrontOffice) -> None:
    borrower = await office.borrower()
    application = await office.collecting(borrower)
    code = (await office.documents.checklist(borrower, application)).missing[0].code
    allowance = office.lender.allowances.uploads
    await office.documents.add(borrower, application, code, jpeg(1))
    for _ in range(allowance.times - 1):
        with pytest.raises(FileTypeNotAccepted):
            await office.documents.add(borrower, application, code, b"no picture at all")
    with pytest.raises(TooOften):
        await office.documents.add(borrower, application, code, jpeg(2))
    assert len((await office.documents.checklist(borrower, application)).items[0].documents) == 1


async def test_a_fourth_copy_of_ones_data_waits(office: FrontOffice) -> None:
    borrower = await office.borrower()
    for _ in range(3):
        await office.borrowers.export(borrower)
    with pytest.raises(TooOften):
        await office.borrowers.export(borrower)


async def test_codes_and_papers_are_counted(database: Database) -> None:
    lending = open_lending(database)
    borrower = await lending.borrower()
    offer = await lending.offer(borrower)
    contract = await lending.contracts.issue(borrower, offer.id, "zh_Hans")
    assert await spent(database, Costly.PAPER) == 1
    for _ in range(10):
        await lending.contracts.send_code(borrower, contract.id)
    with pytest.raises(TooOften):
        await lending.contracts.send_code(borrower, contract.id)


async def test_a_contract_that_is_there_already_costs_nothing(database: Database) -> None:
    lending = open_lending(database)
    borrower = await lending.borrower()
    offer = await lending.offer(borrower)
    for _ in range(25):
        await lending.contracts.issue(borrower, offer.id, "zh_Hans")


async def test_statements_are_counted(database: Database) -> None:
    lending = open_lending(database)
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    # The contract was the first of twenty papers.
    for _ in range(19):
        await lending.loans.statement_document(borrower, loan.id, "en")
    with pytest.raises(TooOften):
        await lending.loans.statement_document(borrower, loan.id, "en")


async def test_who_calls_in_people_without_end_is_given_the_telephone(database: Database) -> None:
    clock, borrower = SteppedClock(NOON), await open_front_office(database).stranger()
    cards = HandoffCards(database, vault(), staff(), NoFiles(), NoFiles())
    handoffs = Handoffs(database, clock, vault(), lender(), products(clock), staff(), cards)
    for _ in range(10):
        await handoffs.ask(borrower, HandoffKind.QUESTION, "?!")
    with pytest.raises(TooManyRequests) as refusal:
        await handoffs.ask(borrower, HandoffKind.QUESTION, "?!")
    assert refusal.value.params["phone"] == lender().complaint_phone
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(HandoffRow)) == 10
