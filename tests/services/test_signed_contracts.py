"""What a borrower signed: listed, and recognised by its fingerprint."""

import pytest

from services.db import Database
from services.errors import NotFound
from services.origination.signed_contracts import NotAFingerprint, PaperKind, SignedContracts
from tests.services.lending import Lending, open_lending


@pytest.fixture
def lending(database: Database) -> Lending:
    return open_lending(database)


@pytest.fixture
def contracts(database: Database) -> SignedContracts:
    return SignedContracts(database)


async def test_the_list_names_amount_and_loan_latest_first(lending: Lending, contracts: SignedContracts) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    lending.wait_days(1)
    offer = await lending.signed(borrower)
    latest, first = await contracts.list(borrower)
    assert (latest.loan_reference, first.loan_reference) == (None, loan.reference)
    assert latest.contract.offer_id == offer.id
    assert first.principal == loan.principal
    assert await contracts.get(borrower, first.contract.id) == first


async def test_a_contract_that_is_only_read_is_not_listed(lending: Lending, contracts: SignedContracts) -> None:
    borrower = await lending.borrower()
    offer = await lending.offer(borrower)
    issued = await lending.contracts.issue(borrower, offer.id, "en")
    assert await contracts.list(borrower) == []
    assert await contracts.recognise(borrower, issued.sha256) is None


async def test_a_fingerprint_is_recognised_however_it_is_typed(lending: Lending, contracts: SignedContracts) -> None:
    borrower = await lending.borrower()
    await lending.signed(borrower)
    (mine,) = await contracts.list(borrower)
    whole = mine.fingerprint
    for typed in (whole, f" {whole.upper()}\n", f"{whole[:4]} {whole[4:8]}", f"{whole[:8]}-{whole[8:16]}"):
        found = await contracts.recognise(borrower, typed)
        assert found is not None
        assert (found.signed, found.kind) == (mine, PaperKind.SIGNED)
    read_before = await contracts.recognise(borrower, mine.contract.sha256)
    assert read_before is not None
    assert read_before.kind is PaperKind.ISSUED
    assert await contracts.recognise(borrower, whole[1:] + whole[0]) is None


async def test_the_papers_own_bytes_are_recognised_and_changed_ones_are_not(
    lending: Lending, contracts: SignedContracts
) -> None:
    borrower = await lending.borrower()
    await lending.signed(borrower)
    (mine,) = await contracts.list(borrower)
    paper = await lending.contracts.read(borrower, mine.contract.id)
    found = await contracts.recognise_file(borrower, paper)
    assert found is not None
    assert found.signed == mine
    assert await contracts.recognise_file(borrower, paper + b" ") is None


async def test_somebody_elses_contract_is_neither_shown_nor_recognised(
    lending: Lending, contracts: SignedContracts
) -> None:
    owner, stranger = await lending.borrower(), await lending.borrower()
    await lending.signed(owner)
    (theirs,) = await contracts.list(owner)
    assert await contracts.recognise(stranger, theirs.fingerprint) is None
    with pytest.raises(NotFound):
        await contracts.get(stranger, theirs.contract.id)


@pytest.mark.parametrize("typed", ["", "3F9A", "hello world", "g" * 64, "0" * 65])
async def test_what_cannot_be_a_fingerprint_is_said_to_be_none(
    lending: Lending, contracts: SignedContracts, typed: str
) -> None:
    borrower = await lending.borrower()
    with pytest.raises(NotAFingerprint):
        await contracts.recognise(borrower, typed)
