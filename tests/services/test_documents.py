"""Papers: the checklist, what is taken and refused, who may see what, and what is left after a deletion."""

import asyncio
from datetime import timedelta

import pytest

from services.db import Database
from services.documents.documents import Documents, HandedIn, SameFileAgain, TooManyFiles
from services.documents.file_errors import FileDamaged, FileTypeNotAccepted, TooManyPages
from services.errors import DomainError, NotFound, Unavailable
from services.models import LoanRow, OfferRow, PaymentRow
from services.origination.application_states import ApplicationMoved
from services.wording import Label
from tests.builders import OFFICER, FrontOffice, open_front_office
from tests.sample_files import CAMERA, heic, jpeg, pdf, png
from tests.services.rows import papers_of


@pytest.fixture
def office(database: Database) -> FrontOffice:
    return open_front_office(database)


async def test_the_checklist_counts_down_to_complete(office: FrontOffice) -> None:
    me = await office.borrower()
    mine = await office.collecting(me)
    before = await office.documents.checklist(me, mine)
    assert (before.received, before.required_total, before.next_missing) == (0, 2, "identity")
    await office.documents.add(me, mine, "identity", jpeg())
    halfway = await office.documents.checklist(me, mine)
    assert (halfway.received, halfway.next_missing, halfway.complete) == (1, "income", False)
    await office.documents.add(me, mine, "income", pdf(pages=2))
    after = await office.documents.checklist(me, mine)
    assert (after.received, after.next_missing, after.complete) == (2, None, True)
    assert [document.pages for item in after.items for document in item.documents] == [1, 2]


async def test_a_paper_that_may_be_left_out_does_not_count(office: FrontOffice) -> None:
    me = await office.borrower()
    mine = await office.collecting(me)
    await office.documents.add(me, mine, "other", jpeg())
    checklist = await office.documents.checklist(me, mine)
    assert checklist.received == 0
    assert [item.received for item in checklist.items] == [False, False, True]


async def test_several_photos_may_answer_one_entry(office: FrontOffice) -> None:
    me = await office.borrower()
    mine = await office.collecting(me)
    await asyncio.gather(*(office.documents.add(me, mine, "income", jpeg(seed)) for seed in range(4)))
    checklist = await office.documents.checklist(me, mine)
    assert [len(item.documents) for item in checklist.items] == [0, 4, 0]


async def test_a_heic_photo_is_kept_as_a_jpeg_without_its_place(office: FrontOffice) -> None:
    me = await office.borrower()
    mine = await office.collecting(me)
    document = await office.documents.add(me, mine, "identity", heic())
    content = await office.documents.open_for_borrower(me, document.id)
    assert content.media_type == "image/jpeg"
    assert content.name == f"identity-{document.id}.jpg"
    assert CAMERA.encode() not in content.data


async def test_the_very_same_file_is_noticed_wherever_it_was_sent_before(office: FrontOffice) -> None:
    me = await office.borrower()
    mine = await office.collecting(me)
    first = await office.documents.add(me, mine, "identity", jpeg())
    with pytest.raises(SameFileAgain) as refusal:
        await office.documents.add(me, mine, "income", jpeg())
    assert refusal.value.params["name"] == first.name
    assert len(office.store.files) == 1


async def test_a_refused_file_leaves_what_was_there(office: FrontOffice) -> None:
    me = await office.borrower()
    mine = await office.collecting(me)
    kept = await office.documents.add(me, mine, "identity", jpeg())
    refused = [(b"hello", FileTypeNotAccepted), (jpeg(2)[:80], FileDamaged), (pdf(pages=3), TooManyPages)]
    for data, reason in refused:
        with pytest.raises(reason):
            await office.documents.add(me, mine, "identity", data, replaces=kept.id)
    checklist = await office.documents.checklist(me, mine)
    assert checklist.items[0].documents == [kept]
    assert len(office.store.files) == 1


async def test_a_retaken_photo_takes_the_place_of_the_first(office: FrontOffice) -> None:
    me = await office.borrower()
    mine = await office.collecting(me)
    blurred = await office.documents.add(me, mine, "identity", jpeg(1))
    sharp = await office.documents.replace(me, blurred.id, jpeg(2))
    checklist = await office.documents.checklist(me, mine)
    assert checklist.items[0].documents == [sharp]
    assert len(office.store.files) == 1
    with pytest.raises(NotFound):
        await office.documents.open_for_borrower(me, blurred.id)


async def test_a_deleted_paper_is_gone_from_the_store_and_its_row_says_so(office: FrontOffice) -> None:
    me = await office.borrower()
    mine = await office.collecting(me)
    document = await office.documents.add(me, mine, "identity", jpeg())
    await office.documents.delete(me, document.id)
    assert not office.store.files
    assert (await office.documents.checklist(me, mine)).received == 0
    (row,) = await papers_of(office.database)
    assert (row.status, row.deleted_at) == ("deleted", office.clock.now())
    with pytest.raises(NotFound):
        await office.documents.delete(me, document.id)


async def test_a_file_deleted_by_mistake_can_be_sent_again(office: FrontOffice) -> None:
    me = await office.borrower()
    mine = await office.collecting(me)
    document = await office.documents.add(me, mine, "identity", jpeg())
    await office.documents.delete(me, document.id)
    await office.documents.add(me, mine, "identity", jpeg())
    assert (await office.documents.checklist(me, mine)).received == 1


async def test_an_entry_takes_no_flood_of_files(office: FrontOffice) -> None:
    me = await office.borrower()
    mine = await office.collecting(me)
    for seed in range(20):
        last = await office.documents.add(me, mine, "identity", png(seed))
    with pytest.raises(TooManyFiles):
        await office.documents.add(me, mine, "identity", png(99))
    await office.documents.replace(me, last.id, png(100))


async def test_nobody_reaches_another_borrowers_papers(office: FrontOffice) -> None:
    me, other = await office.borrower(), await office.borrower()
    mine, theirs = await office.collecting(me), await office.collecting(other)
    document = await office.documents.add(me, mine, "identity", jpeg())
    attempts = [
        office.documents.checklist(other, mine),
        office.documents.add(other, mine, "identity", jpeg(2)),
        office.documents.add(other, theirs, "identity", jpeg(2), replaces=document.id),
        office.documents.replace(other, document.id, jpeg(2)),
        office.documents.delete(other, document.id),
        office.documents.open_for_borrower(other, document.id),
    ]
    for attempt in attempts:
        with pytest.raises(NotFound):
            await attempt
    assert len(office.store.files) == 1


async def test_an_unknown_entry_or_application_is_not_found(office: FrontOffice) -> None:
    me = await office.borrower()
    mine = await office.collecting(me)
    with pytest.raises(NotFound):
        await office.documents.add(me, mine, "passport", jpeg())
    with pytest.raises(NotFound):
        await office.documents.add(me, mine + 1, "identity", jpeg())
    with pytest.raises(NotFound):
        await office.documents.add(me, mine, "requested", jpeg(), request_id=77)


@pytest.mark.parametrize("state", ["draft", "more_information"])
async def test_papers_also_change_while_an_answer_is_corrected_or_an_officer_waits(
    office: FrontOffice, state: str
) -> None:
    me = await office.borrower()
    mine = await office.collecting(me)
    blurred = await office.documents.add(me, mine, "identity", jpeg(1))
    await office.put_into(state, mine)
    sharp = await office.documents.replace(me, blurred.id, jpeg(2))
    more = await office.documents.add(me, mine, "income", jpeg(3))
    await office.documents.delete(me, more.id)
    checklist = await office.documents.checklist(me, mine)
    assert [item.documents for item in checklist.items] == [[sharp], [], []]


async def test_a_paper_in_the_officers_hands_is_replaced_but_does_not_vanish(office: FrontOffice) -> None:
    me = await office.borrower()
    mine = await office.submitted(me)
    handed_in = (await office.documents.checklist(me, mine)).items[0].documents[0]
    office.clock.advance(timedelta(hours=1))
    await office.put_into("more_information", mine)
    with pytest.raises(HandedIn):
        await office.documents.delete(me, handed_in.id)
    better = await office.documents.replace(me, handed_in.id, jpeg(700))
    assert (await office.documents.checklist(me, mine)).items[0].documents == [better]


async def test_a_paper_takes_the_place_of_one_of_its_own_kind_only(office: FrontOffice) -> None:
    me = await office.borrower()
    mine = await office.collecting(me)
    identity = await office.documents.add(me, mine, "identity", jpeg(1))
    with pytest.raises(NotFound):
        await office.documents.add(me, mine, "income", jpeg(2), replaces=identity.id)
    assert (await office.documents.checklist(me, mine)).items[0].documents == [identity]
    assert len(office.store.files) == 1


@pytest.mark.parametrize("state", ["submitted", "in_review", "approved", "declined", "disbursed"])
async def test_papers_do_not_change_once_submitted(office: FrontOffice, state: str) -> None:
    me = await office.borrower()
    mine = await office.collecting(me)
    document = await office.documents.add(me, mine, "identity", jpeg())
    await office.put_into(state, mine)
    attempts = [
        office.documents.add(me, mine, "identity", jpeg(2)),
        office.documents.replace(me, document.id, jpeg(2)),
        office.documents.delete(me, document.id),
    ]
    for attempt in attempts:
        with pytest.raises(ApplicationMoved):
            await attempt
    assert len(office.store.files) == 1


async def test_papers_of_an_abandoned_draft_are_forgotten(office: FrontOffice) -> None:
    me, other = await office.borrower(), await office.borrower()
    abandoned, alive = await office.collecting(me), await office.collecting(other)
    await office.documents.add(me, abandoned, "identity", jpeg(1))
    kept = await office.documents.add(other, alive, "identity", jpeg(2))
    await office.applications.withdraw(me, abandoned)
    assert await office.documents.forget_abandoned() == 1
    assert await office.documents.forget_abandoned() == 0
    assert len(office.store.files) == 1
    assert (await office.documents.open_for_borrower(other, kept.id)).data


async def payment_of(office: FrontOffice, borrower_id: int) -> int:
    """A payment that waits for its bank transfer."""
    now = office.clock.now()
    application_id = await office.submitted(borrower_id)
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
        await session.flush()
        payment = PaymentRow(
            reference="P0000001", loan_id=loan.id, borrower_id=borrower_id, aim="due", status="open",
            amount_minor=100, currency="CNY", opened_at=now, valid_until=now,
        )  # fmt: skip
        session.add(payment)
    return payment.id


async def test_a_transfer_receipt_is_kept_with_its_payment(office: FrontOffice) -> None:
    me, other = await office.borrower(), await office.borrower()
    payment_id = await payment_of(office, me)
    receipt = await office.documents.add_receipt(me, payment_id, jpeg(900))
    assert receipt.name == Label("terms.document_receipt")
    assert await office.documents.receipts_for_staff(OFFICER, payment_id) == [receipt]
    assert (await office.documents.open_for_staff(OFFICER, receipt.id)).media_type == "image/jpeg"
    with pytest.raises(SameFileAgain):
        await office.documents.add_receipt(me, payment_id, jpeg(900))
    with pytest.raises(NotFound):
        await office.documents.add_receipt(other, payment_id, jpeg(901))
    with pytest.raises(NotFound):
        await office.documents.delete(me, receipt.id)


class FullDisk:
    """A store that takes nothing."""

    async def put(self, data: bytes) -> str:
        raise Unavailable

    async def get(self, key: str) -> bytes:
        raise Unavailable

    async def delete(self, key: str) -> None:
        return None


async def test_when_the_store_fails_nothing_is_on_record(office: FrontOffice) -> None:
    me = await office.borrower()
    mine = await office.collecting(me)
    broken = Documents(
        office.database,
        office.clock,
        office.lender,
        office.products,
        open_front_office(office.database).staff,
        FullDisk(),
    )
    with pytest.raises(DomainError):
        await broken.add(me, mine, "identity", jpeg())
    assert await papers_of(office.database) == []


async def test_a_statement_of_twenty_one_pages_is_one_too_many(office: FrontOffice) -> None:
    me = await office.borrower()
    mine = await office.collecting(me)
    with pytest.raises(TooManyPages) as refusal:
        await office.documents.add(me, mine, "income", pdf(pages=21))
    assert refusal.value.params == {"pages": 21, "maximum": 20}
    assert (await office.documents.add(me, mine, "income", pdf(pages=20))).pages == 20


async def test_the_same_file_sent_twice_at_once_is_kept_once(office: FrontOffice) -> None:
    me = await office.borrower()
    mine = await office.collecting(me)
    sendings = [office.documents.add(me, mine, "identity", jpeg()) for _ in range(3)]
    outcomes = await asyncio.gather(*sendings, return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Document", "SameFileAgain", "SameFileAgain"]
    assert len(office.store.files) == 1
