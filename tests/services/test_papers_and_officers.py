"""Papers between a borrower and the officers: asked for, handed in, looked at on record."""

import pytest
from sqlalchemy import select

from services.db import Database
from services.desk.handoff_records import open_handoff
from services.desk.handoff_states import HandoffKind
from services.documents.documents import RequestClosed, seen_elsewhere
from services.errors import NotAllowed, NotFound
from services.models import AuditEntryRow, DocumentViewRow
from services.origination.application_states import ApplicationMoved
from services.wording import Label
from tests.builders import CASHIER, OFFICER, STRANGER, FrontOffice, open_front_office
from tests.sample_files import jpeg, pdf
from tests.services.rows import papers_of


@pytest.fixture
def office(database: Database) -> FrontOffice:
    return open_front_office(database)


async def test_a_paper_for_an_officers_request_comes_in_while_the_request_is_open(office: FrontOffice) -> None:
    me = await office.borrower()
    mine = await office.submitted(me)
    await office.put_into("in_review", mine)
    request = await office.review.request_information(OFFICER, mine, "请补充近三个月银行流水")
    document = await office.documents.add(me, mine, "requested", pdf(seed=500), request_id=request.id)
    assert document.name == Label("terms.document_requested")
    await office.review.answer_information(me, mine, request.id, None)
    with pytest.raises(ApplicationMoved):
        await office.documents.add(me, mine, "requested", jpeg(502), request_id=request.id)
    with pytest.raises(ApplicationMoved):
        await office.documents.delete(me, document.id)


async def test_a_request_that_was_replaced_takes_no_more_papers(office: FrontOffice) -> None:
    me = await office.borrower()
    mine = await office.submitted(me)
    await office.put_into("in_review", mine)
    first = await office.review.request_information(OFFICER, mine, "请补充近三个月银行流水")
    sent = await office.documents.add(me, mine, "requested", jpeg(501), request_id=first.id)
    second = await office.review.request_information(OFFICER, mine, "请补充收入证明")
    with pytest.raises(RequestClosed):
        await office.documents.add(me, mine, "requested", jpeg(502), request_id=first.id)
    with pytest.raises(RequestClosed):
        await office.documents.delete(me, sent.id)
    await office.documents.add(me, mine, "requested", jpeg(502), request_id=second.id)


async def test_a_request_of_another_application_is_not_found(office: FrontOffice) -> None:
    me, other = await office.borrower(), await office.borrower()
    mine, theirs = await office.submitted(me), await office.submitted(other)
    for application_id in (mine, theirs):
        await office.put_into("in_review", application_id)
    await office.review.request_information(OFFICER, mine, "请补充流水")
    their_request = await office.review.request_information(OFFICER, theirs, "请补充流水")
    with pytest.raises(NotFound):
        await office.documents.add(me, mine, "requested", jpeg(), request_id=their_request.id)


async def test_an_officers_look_at_a_paper_is_on_record(office: FrontOffice) -> None:
    me = await office.borrower()
    mine = await office.submitted(me)
    listed = await office.documents.list_for_staff(OFFICER, mine)
    assert [document.requirement for document in listed] == ["identity", "income"]
    content = await office.documents.open_for_staff(OFFICER, listed[0].id)
    assert content.data == (await office.documents.open_for_borrower(me, listed[0].id)).data
    async with office.database.reading() as session:
        (view,) = await session.scalars(select(DocumentViewRow))
        acts = select(AuditEntryRow).where(AuditEntryRow.action == "view_document")
        (act,) = await session.scalars(acts)
    assert (act.actor_id, act.subject, act.acted_at) == (OFFICER, f"document:{listed[0].id}", office.clock.now())
    assert (view.document_id, view.staff_id, view.viewed_at) == (listed[0].id, OFFICER, office.clock.now())


@pytest.mark.parametrize("who", [CASHIER, STRANGER])
async def test_who_may_not_see_papers_sees_none_and_leaves_no_record(office: FrontOffice, who: int) -> None:
    me = await office.borrower()
    mine = await office.submitted(me)
    (first, *_) = await papers_of(office.database)
    attempts = [
        office.documents.open_for_staff(who, first.id),
        office.documents.list_for_staff(who, mine),
        office.documents.receipts_for_staff(who, 1),
    ]
    for attempt in attempts:
        with pytest.raises(NotAllowed):
            await attempt
    async with office.database.reading() as session:
        assert not list(await session.scalars(select(DocumentViewRow)))


async def test_an_officer_finds_no_deleted_paper(office: FrontOffice) -> None:
    me = await office.borrower()
    mine = await office.collecting(me)
    document = await office.documents.add(me, mine, "identity", jpeg())
    await office.documents.delete(me, document.id)
    with pytest.raises(NotFound):
        await office.documents.open_for_staff(OFFICER, document.id)
    assert await office.documents.list_for_staff(OFFICER, mine) == []
    with pytest.raises(NotFound):
        await office.documents.list_for_staff(OFFICER, mine + 1)


async def test_a_handed_in_paper_is_part_of_the_officers_file(office: FrontOffice) -> None:
    me = await office.borrower()
    mine = await office.submitted(me)
    async with office.database.transaction() as session:
        await open_handoff(
            session, now=office.clock.now(), kind=HandoffKind.APPLICATION, borrower_id=me, application_id=mine
        )
    file = await office.applications.for_staff(mine)
    assert [paper.requirement for paper in file.papers] == ["identity", "income"]


async def test_the_same_file_from_two_borrowers_raises_a_flag(office: FrontOffice) -> None:
    me, other = await office.borrower(), await office.borrower()
    mine, theirs = await office.collecting(me), await office.collecting(other)
    await office.documents.add(me, mine, "identity", jpeg(800))
    assert Label("applications.flag_same_file") not in (await office.applications.for_staff(mine)).flags
    await office.documents.add(other, theirs, "identity", jpeg(800))
    assert Label("applications.flag_same_file") in (await office.applications.for_staff(mine)).flags
    sha256 = (await papers_of(office.database))[0].sha256
    async with office.database.reading() as session:
        assert await seen_elsewhere(session, sha256, me)
        assert not await seen_elsewhere(session, "0" * 64, me)
