"""Contracts: what is signed is what was read, by the borrower, once."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from services.configuration.rate_cap import RateCap, RateCapExceeded
from services.db import Database
from services.errors import NotFound
from services.models import ApplicationRow, BorrowerRow, ContractRow, HandoffRow
from services.origination.contract_papers import ContractPapers
from services.origination.contract_records import AlreadySigned, Contract, ContractChanged, SignedHow, fingerprint
from services.origination.contracts import Contracts
from services.origination.offer_states import IllegalOfferMove, OfferExpired, OfferStatus
from services.origination.signing import (
    MOST_ATTEMPTS,
    CodeExpired,
    NoCodeSent,
    NotASignature,
    TooManyAttempts,
    WrongCode,
    masked,
    recognise,
)
from tests.fakes import PlainPapers
from tests.services.lending import CHAT, Lending, open_lending, rates_of


@pytest.fixture
def lending(database: Database) -> Lending:
    return open_lending(database)


async def issued(lending: Lending, borrower: int, language: str = "zh_Hans") -> Contract:
    offer = await lending.offer(borrower)
    return await lending.contracts.issue(borrower, offer.id, language)


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


async def test_a_contract_is_issued_once_and_reads_as_its_fingerprint_says(lending: Lending) -> None:
    borrower = await lending.borrower()
    contract = await issued(lending, borrower)
    assert await lending.contracts.issue(borrower, contract.offer_id, "en") == contract
    paper = await lending.contracts.read(borrower, contract.id)
    assert fingerprint(paper) == contract.sha256
    assert "李小明" in paper.decode()
    assert len(lending.store.files) == 1
    assert (await lending.offers.get(borrower, contract.offer_id)).contract_reference == contract.reference


async def test_two_requests_at_once_leave_one_contract_and_one_paper(lending: Lending) -> None:
    borrower = await lending.borrower()
    offer = await lending.offer(borrower)
    first, second = await asyncio.gather(
        lending.contracts.issue(borrower, offer.id, "zh_Hans"), lending.contracts.issue(borrower, offer.id, "zh_Hans")
    )
    assert first == second
    assert len(lending.store.files) == 1


async def test_the_code_that_was_shown_signs(lending: Lending) -> None:
    borrower = await lending.borrower()
    contract = await issued(lending, borrower)
    code = await lending.contracts.send_code(borrower, contract.id)
    signed = await lending.contracts.sign(borrower, contract.id, f" {code[:3]} {code[3:]} ", CHAT)
    assert signed.signed_how is SignedHow.CODE
    assert signed.signed_at == lending.clock.now()
    assert (await lending.offers.get(borrower, contract.offer_id)).status is OfferStatus.ACCEPTED
    async with lending.database.reading() as session:
        application = (await session.scalars(select(ApplicationRow))).one()
        handoff = (await session.scalars(select(HandoffRow))).one()
        row = await session.get_one(ContractRow, contract.id)
    assert application.status == "accepted"
    assert (handoff.kind, handoff.application_id) == ("payout", application.id)
    assert code not in str(row.code_fingerprint)
    assert row.signed_chat_id == CHAT


async def test_the_signed_copy_is_kept_with_its_fingerprint(lending: Lending) -> None:
    borrower = await lending.borrower()
    contract = await issued(lending, borrower)
    signed = await lending.contracts.sign(borrower, contract.id, "我同意签署", CHAT)
    copy = await lending.contracts.read(borrower, contract.id)
    assert fingerprint(copy) == signed.signed_sha256
    assert contract.sha256 in copy.decode()
    assert masked(CHAT) in copy.decode()
    assert str(CHAT) not in copy.decode()
    assert await lending.contracts.list(borrower) == [signed]


@pytest.mark.parametrize("typed", ["我同意签署", "“我同意签署”。", "I agree to sign", "ｉ ａｇｒｅｅ ｔｏ ｓｉｇｎ！"])
async def test_the_words_of_consent_sign_in_any_language_and_width(lending: Lending, typed: str) -> None:
    borrower = await lending.borrower()
    contract = await issued(lending, borrower)
    signed = await lending.contracts.sign(borrower, contract.id, typed, CHAT)
    assert signed.signed_how is SignedHow.PHRASE


@pytest.mark.parametrize("typed", ["同意", "yes", "", "12345", "1234567", "我不同意签署"])
async def test_other_words_do_not_sign_and_the_right_ones_are_named(lending: Lending, typed: str) -> None:
    borrower = await lending.borrower()
    contract = await issued(lending, borrower)
    with pytest.raises(NotASignature) as refused:
        await lending.contracts.sign(borrower, contract.id, typed, CHAT)
    assert refused.value.params["phrase"] == "我同意签署"


def test_digits_of_any_script_are_a_code() -> None:
    assert recognise("１２３ ４５６", ()) is SignedHow.CODE
    assert recognise("١٢٣٤٥٦", ()) is SignedHow.CODE


async def test_a_code_mistyped_too_often_is_void(lending: Lending) -> None:
    borrower = await lending.borrower()
    contract = await issued(lending, borrower)
    code = await lending.contracts.send_code(borrower, contract.id)
    for left in range(MOST_ATTEMPTS - 1, 0, -1):
        with pytest.raises(WrongCode) as refused:
            await lending.contracts.sign(borrower, contract.id, other_than(code), CHAT)
        assert refused.value.params["left"] == left
    with pytest.raises(TooManyAttempts):
        await lending.contracts.sign(borrower, contract.id, other_than(code), CHAT)
    with pytest.raises(TooManyAttempts):
        await lending.contracts.sign(borrower, contract.id, code, CHAT)
    fresh = await lending.contracts.send_code(borrower, contract.id)
    assert (await lending.contracts.sign(borrower, contract.id, fresh, CHAT)).signed_at


async def test_a_code_ends_after_its_minutes(lending: Lending) -> None:
    borrower = await lending.borrower()
    contract = await issued(lending, borrower)
    code = await lending.contracts.send_code(borrower, contract.id)
    lending.clock.advance(timedelta(minutes=lending.lender.signing_code_minutes))
    with pytest.raises(CodeExpired):
        await lending.contracts.sign(borrower, contract.id, code, CHAT)


async def test_a_code_needs_to_be_sent_first(lending: Lending) -> None:
    borrower = await lending.borrower()
    contract = await issued(lending, borrower)
    with pytest.raises(NoCodeSent):
        await lending.contracts.sign(borrower, contract.id, "123456", CHAT)


async def test_a_contract_is_signed_once_also_by_two_taps(lending: Lending) -> None:
    borrower = await lending.borrower()
    contract = await issued(lending, borrower)
    outcomes = await asyncio.gather(
        *(lending.contracts.sign(borrower, contract.id, "我同意签署", CHAT) for _ in range(2)), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes if isinstance(outcome, Exception)] == [AlreadySigned]
    assert len(lending.store.files) == 2
    with pytest.raises(AlreadySigned):
        await lending.contracts.send_code(borrower, contract.id)
    async with lending.database.reading() as session:
        assert len((await session.scalars(select(HandoffRow))).all()) == 1


async def test_nothing_is_signed_after_the_offer_ran_out(lending: Lending) -> None:
    borrower = await lending.borrower()
    contract = await issued(lending, borrower)
    lending.wait_days(lending.lender.offer_valid_days)
    with pytest.raises(OfferExpired):
        await lending.contracts.sign(borrower, contract.id, "我同意签署", CHAT)


async def test_no_contract_is_issued_from_a_declined_offer(lending: Lending) -> None:
    borrower = await lending.borrower()
    offer = await lending.offer(borrower)
    await lending.offers.decline_offer(borrower, offer.id)
    with pytest.raises(IllegalOfferMove):
        await lending.contracts.issue(borrower, offer.id, "en")


async def test_a_contract_whose_content_changed_is_read_again_before_it_is_signed(lending: Lending) -> None:
    borrower = await lending.borrower()
    contract = await issued(lending, borrower)
    code = await lending.contracts.send_code(borrower, contract.id)
    async with lending.database.transaction() as session:
        await session.execute(update(BorrowerRow).where(BorrowerRow.id == borrower).values(phone_masked="139****9999"))
    with pytest.raises(ContractChanged):
        await lending.contracts.sign(borrower, contract.id, code, CHAT)
    reissued = await lending.contracts.get(borrower, contract.id)
    assert reissued.sha256 != contract.sha256
    assert "139****9999" in (await lending.contracts.read(borrower, contract.id)).decode()
    with pytest.raises(NoCodeSent):
        await lending.contracts.sign(borrower, contract.id, code, CHAT)
    fresh = await lending.contracts.send_code(borrower, contract.id)
    assert (await lending.contracts.sign(borrower, contract.id, fresh, CHAT)).sha256 == reissued.sha256


async def test_a_cap_that_fell_since_the_offer_stops_the_contract(lending: Lending) -> None:
    borrower = await lending.borrower()
    offer = await lending.offer(borrower)
    contracts = Contracts(
        lending.database,
        lending.clock,
        lending.lender,
        ContractPapers(lending.lender, lending.products, lending.vault, PlainPapers()),
        lending.store,
        lending.vault,
        RateCap(rates_of("2")),
    )
    with pytest.raises(RateCapExceeded):
        await contracts.issue(borrower, offer.id, "en")
    assert not lending.store.files


async def test_the_contract_of_somebody_else_is_not_found(lending: Lending) -> None:
    contract = await issued(lending, await lending.borrower())
    stranger = await lending.borrower()
    refused = [
        lending.contracts.issue(stranger, contract.offer_id, "en"),
        lending.contracts.get(stranger, contract.id),
        lending.contracts.read(stranger, contract.id),
        lending.contracts.send_code(stranger, contract.id),
        lending.contracts.sign(stranger, contract.id, "我同意签署", CHAT),
    ]
    for attempt in refused:
        with pytest.raises(NotFound):
            await attempt
    assert await lending.contracts.list(stranger) == []
