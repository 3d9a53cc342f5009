"""The officers' side of an application: the whole file, and asking the borrower for more."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.clock import Clock, local_date
from services.configuration.estimates import Estimate
from services.configuration.lender import Lender
from services.configuration.products import Products
from services.configuration.staff import Permission, Staff
from services.db import Database
from services.desk.handoff_records import card_changed
from services.desk.handoff_states import HandoffKind, HandoffStatus
from services.desk.officer_text import civil
from services.desk.staff_actions import record_action
from services.documents.document_views import seen_elsewhere
from services.errors import InvalidInput, NotFound
from services.messages import outbox
from services.messages.outbox import MessageClass
from services.models import ApplicationRow, DocumentRow, HandoffRow, InformationRequestRow, LoanRow
from services.money import Money
from services.origination import application_buttons
from services.origination.application_checks import LONGEST_TEXT, TextTooLong, written
from services.origination.application_states import ApplicationStatus, RequestStatus, move, require
from services.origination.application_views import ApplicationFile, ApplicationViews, InformationRequest, PaperOnFile
from services.people.borrowers import age_on, borrower_row
from services.vault import Vault
from services.wording import Label, LocalizedText

REQUESTED = "requested"
"""`requirement` of a file that answers an officer's request."""


class NothingSent(InvalidInput):
    """Neither words nor a file answer the officer's request yet."""

    key = "applications.nothing_sent"


class ApplicationReview:
    """What officers ask of a borrower, and the borrower's answers."""

    def __init__(
        self, database: Database, clock: Clock, vault: Vault, lender: Lender, products: Products, staff: Staff
    ) -> None:
        self._database = database
        self._clock = clock
        self._vault = vault
        self._lender = lender
        self._staff = staff
        self._views = ApplicationViews(vault, products, lender)

    async def request_information(self, staff_id: int, application_id: int, question: str) -> InformationRequest:
        """Ask the borrower for one more paper or answer, in the officer's words. An earlier request that is still open
        is replaced. Raises NotAllowed, NotFound, ApplicationMoved, TextTooShort, TextTooLong, ThreateningWords."""
        self._staff.require(staff_id, Permission.ASK_INFORMATION)
        words = civil(written(question), self._lender.forbidden_words)
        now = self._clock.now()
        async with self._database.transaction() as session:
            row = await session.get(ApplicationRow, application_id, with_for_update=True)
            if row is None:
                raise NotFound
            require(row, ApplicationStatus.IN_REVIEW, ApplicationStatus.MORE_INFORMATION)
            move(row, ApplicationStatus.MORE_INFORMATION)
            row.updated_at = now
            if (before := await open_request_of(session, application_id)) is not None:
                before.status = RequestStatus.REPLACED
            answer_by = local_date(now, self._lender.time_zone) + timedelta(days=self._lender.answer_within_days)
            request = InformationRequestRow(
                application_id=application_id,
                staff_id=staff_id,
                question=words,
                status=RequestStatus.OPEN,
                asked_at=now,
                answer_by=answer_by,
            )
            session.add(request)
            await session.flush()
            subject = f"application:{application_id}"
            record_action(session, now=now, staff_id=staff_id, action="request_information", subject=subject)
            await outbox.enqueue(
                session,
                now=now,
                kind="information_requested",
                borrower_id=row.borrower_id,
                message_class=MessageClass.SERVICE,
                params={
                    "application_id": application_id,
                    "request_id": request.id,
                    "reference": row.reference,
                    "question": words,
                    "answer_by": answer_by,
                },
                dedupe_key=f"information-request:{request.id}",
            )
            for handoff in await _handoffs_about(session, application_id):
                await card_changed(session, handoff, now=now)
            return self._views.request(request)

    async def note_answer(
        self, borrower_id: int, application_id: int, request_id: int, text: str | None
    ) -> InformationRequest:
        """Keep words of an answer that is not sent yet, after those kept before; None forgets them all. Officers see
        them once they are sent. Raises NotFound, ApplicationMoved, TextTooLong."""
        async with self._database.transaction() as session:
            _, request = await _own_request(session, borrower_id, application_id, request_id)
            before = self._views.opened(request.answer_sealed) if text else None
            words = "\n".join(filter(None, (before, text)))
            if len(words) > LONGEST_TEXT:
                raise TextTooLong(maximum=LONGEST_TEXT)
            request.answer_sealed = self._vault.seal_text(words) if words else None
            return self._views.request(request, unsent=True)

    async def answer_information(
        self, borrower_id: int, application_id: int, request_id: int, text: str | None
    ) -> InformationRequest:
        """The borrower has sent what was asked, in words (`text`, or those noted before), in files, or both; the
        officer's card says so. Raises NotFound, ApplicationMoved, NothingSent."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            row, request = await _own_request(session, borrower_id, application_id, request_id)
            if text:
                request.answer_sealed = self._vault.seal_text(written(text, shortest=1))
            if request.answer_sealed is None and not await _files_for(session, request_id):
                raise NothingSent
            request.status, request.answered_at = RequestStatus.ANSWERED, now
            move(row, ApplicationStatus.IN_REVIEW)
            row.updated_at = now
            await application_buttons.moved_on(session, borrower_id, now)
            await self._tell_desk(session, row, request, now)
            return self._views.request(request)

    async def _tell_desk(
        self, session: AsyncSession, row: ApplicationRow, request: InformationRequestRow, now: datetime
    ) -> None:
        for handoff in await _handoffs_about(session, row.id):
            await card_changed(session, handoff, now=now)
            await outbox.enqueue(
                session,
                now=now,
                kind="information_answered",
                borrower_id=None,
                message_class=MessageClass.DESK,
                params={"reference": row.reference, "question": request.question},
                dedupe_key=f"information-request:{request.id}:answered:{handoff.id}",
                handoff_id=handoff.id,
            )


async def _own_request(
    session: AsyncSession, borrower_id: int, application_id: int, request_id: int
) -> tuple[ApplicationRow, InformationRequestRow]:
    """The borrower's application with a request that waits for their answer. Raises NotFound, ApplicationMoved."""
    row = await session.get(ApplicationRow, application_id, with_for_update=True)
    request = await session.get(InformationRequestRow, request_id, with_for_update=True)
    if row is None or row.borrower_id != borrower_id or request is None or request.application_id != row.id:
        raise NotFound
    require(row, ApplicationStatus.MORE_INFORMATION)
    if request.status != RequestStatus.OPEN:
        raise NotFound
    return row, request


async def open_request_of(session: AsyncSession, application_id: int) -> InformationRequestRow | None:
    """The request of that application which waits for the borrower."""
    query = select(InformationRequestRow).where(
        InformationRequestRow.application_id == application_id, InformationRequestRow.status == RequestStatus.OPEN
    )
    found: InformationRequestRow | None = await session.scalar(query.order_by(InformationRequestRow.id.desc()).limit(1))
    return found


async def application_file(
    session: AsyncSession, application_id: int, views: ApplicationViews, products: Products, now: datetime
) -> ApplicationFile:
    """Everything an officer decides from. Raises NotFound."""
    row = await session.get(ApplicationRow, application_id)
    if row is None:
        raise NotFound
    borrower = await borrower_row(session, row.borrower_id)
    application = views.of(row, borrower)
    papers = await _papers(session, row, products)
    requests = await session.scalars(
        select(InformationRequestRow)
        .where(InformationRequestRow.application_id == row.id)
        .order_by(InformationRequestRow.id)
    )
    loans = select(func.count()).select_from(LoanRow).where(LoanRow.borrower_id == row.borrower_id)
    return ApplicationFile(
        application=application,
        borrower_name=application.full_name,
        phone_masked=borrower.phone_masked,
        age=None if borrower.born_on is None else age_on(borrower.born_on, local_date(now, borrower.time_zone)),
        estimate=_estimate(row, products),
        papers=papers,
        requests=[views.request(each) for each in requests],
        flags=await _flags(session, row, papers, views.account_fingerprints(row)),
        earlier_loans=await session.scalar(loans) or 0,
    )


def _estimate(row: ApplicationRow, products: Products) -> Estimate | None:
    if row.amount_minor is None or row.term is None or row.method is None:
        return None
    return products.estimate(row.product_code, Money.from_minor(row.amount_minor, row.currency), row.term, row.method)


async def _papers(session: AsyncSession, row: ApplicationRow, products: Products) -> list[PaperOnFile]:
    names: dict[str, LocalizedText | Label] = {
        each.code: each.name for each in products.get(row.product_code).documents
    }
    query = select(DocumentRow).where(DocumentRow.application_id == row.id, DocumentRow.deleted_at.is_(None))
    papers = []
    for paper in await session.scalars(query.order_by(DocumentRow.id)):
        papers.append(
            PaperOnFile(
                id=paper.id,
                name=names.get(paper.requirement, Label("terms.paper_requested")),
                requirement=paper.requirement,
                media_type=paper.media_type,
                pages=paper.pages,
                received_at=paper.received_at,
                seen_elsewhere=await seen_elsewhere(session, paper.sha256, row.borrower_id),
            )
        )
    return papers


async def _flags(
    session: AsyncSession, row: ApplicationRow, papers: list[PaperOnFile], same_account: Sequence[str]
) -> list[Label]:
    flags = []
    if same_account:
        shared = select(ApplicationRow.id).where(
            ApplicationRow.payout_account_fingerprint.in_(same_account),
            ApplicationRow.borrower_id != row.borrower_id,
        )
        if await session.scalar(shared.limit(1)) is not None:
            flags.append(Label("applications.flag_same_account"))
    if any(paper.seen_elsewhere for paper in papers):
        flags.append(Label("applications.flag_same_file"))
    return flags


async def _handoffs_about(session: AsyncSession, application_id: int) -> list[HandoffRow]:
    query = select(HandoffRow).where(
        HandoffRow.application_id == application_id,
        HandoffRow.kind == HandoffKind.APPLICATION,
        HandoffRow.status != HandoffStatus.CLOSED,
    )
    return list(await session.scalars(query))


async def _files_for(session: AsyncSession, request_id: int) -> bool:
    query = select(DocumentRow.id).where(
        DocumentRow.information_request_id == request_id, DocumentRow.deleted_at.is_(None)
    )
    return await session.scalar(query.limit(1)) is not None
