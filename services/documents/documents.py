"""Papers: taken in, checked, kept encrypted, shown to those who may see them, each view by an officer on record.

Borrowers add, replace and delete while they collect papers or answer an officer's request; afterwards nothing changes.
Bytes go into the store before the row that names them, and leave it after the row says so: a crash in between leaves
bytes that nobody names (`services.documents.stray_files` sweeps them out), never a name without bytes.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.clock import Clock
from services.configuration.allowance_rules import Costly
from services.configuration.lender import Lender
from services.configuration.product_definitions import Product
from services.configuration.products import Products
from services.configuration.staff import Permission, Staff
from services.db import Database
from services.desk.staff_actions import record_action
from services.documents.document_access import (
    HandedIn,
    RequestClosed,
    check_changing,
    check_deletable,
    own_application,
    own_document,
    own_payment,
    paper_of,
    receipts_of,
)
from services.documents.document_intake import Intake, SameFileAgain, TooManyFiles
from services.documents.document_views import (
    REQUESTED,
    Checklist,
    Document,
    DocumentContent,
    DocumentStatus,
    checklist_of,
    missing_documents,
    papers_of,
    seen_elsewhere,
    view_document,
)
from services.documents.file_inspection import InspectedFile
from services.errors import NotFound
from services.gateways import DocumentStore
from services.models import ApplicationRow, DocumentRow, DocumentViewRow
from services.origination.application_states import ApplicationStatus
from services.people.allowances import spend_first

__all__ = [
    "Checklist",
    "Document",
    "DocumentContent",
    "Documents",
    "HandedIn",
    "RequestClosed",
    "SameFileAgain",
    "TooManyFiles",
    "missing_documents",
    "seen_elsewhere",
]

INSPECTIONS_AT_ONCE: Final = 2
"""Unpacking a large photo takes hundreds of megabytes; more of them wait for their turn."""


class Documents:
    """The borrowers' papers and the officers' look at them."""

    def __init__(
        self, database: Database, clock: Clock, lender: Lender, products: Products, staff: Staff, store: DocumentStore
    ) -> None:
        self._database = database
        self._clock = clock
        self._lender = lender
        self._products = products
        self._staff = staff
        self._store = store
        self._inspections = asyncio.Semaphore(INSPECTIONS_AT_ONCE)

    async def checklist(self, borrower_id: int, application_id: int) -> Checklist:
        """What the application's product asks for and what has come in. Raises NotFound."""
        async with self._database.reading() as session:
            application = await own_application(session, borrower_id, application_id)
            papers = await papers_of(session, application.id)
            return checklist_of(self._product(application), papers, self._lender.uploads)

    async def answering(self, borrower_id: int, application_id: int, request_id: int) -> list[Document]:
        """The papers that answer an officer's request, oldest first. Raises NotFound."""
        async with self._database.reading() as session:
            application = await own_application(session, borrower_id, application_id)
            product = self._product(application)
            papers = await papers_of(session, application.id)
            return [view_document(row, product) for row in papers if row.information_request_id == request_id]

    async def add(
        self,
        borrower_id: int,
        application_id: int,
        requirement: str,
        data: bytes,
        *,
        request_id: int | None = None,
        replaces: int | None = None,
    ) -> Document:
        """Take in a paper for the checklist entry `requirement`, or with `request_id` for an officer's open request;
        `replaces` is the paper that goes when this one is in.

        Raises NotFound, ApplicationMoved, RequestClosed, SameFileAgain, TooManyFiles, TooOften and as
        `file_inspection.inspect`.
        What was there before stays unless the new paper is accepted.
        """
        requirement = requirement if request_id is None else REQUESTED
        async with self._database.reading() as session:
            application = await own_application(session, borrower_id, application_id)
            await check_changing(session, application, request_id)
            intake = Intake.for_application(self._lender, self._product(application), requirement)
        async with self._stored(borrower_id, intake, data) as (paper, key), self._database.transaction() as session:
            application = await own_application(session, borrower_id, application_id, lock=True)
            await check_changing(session, application, request_id)
            row = intake.row(paper, key, borrower_id, self._clock.now())
            row.application_id, row.information_request_id = application.id, request_id
            old = None if replaces is None else await paper_of(session, application, replaces)
            if old is not None and (old.requirement, old.information_request_id) != (requirement, request_id):
                raise NotFound
            intake.check_against(paper, await papers_of(session, application.id), old)
            session.add(row)
            application.updated_at = self._clock.now()
            if old is not None:
                _drop(old, DocumentStatus.REPLACED, self._clock.now())
            await session.flush()
        if old is not None:
            await self._store.delete(old.storage_key)
        return view_document(row, self._product(application))

    async def replace(self, borrower_id: int, document_id: int, data: bytes) -> Document:
        """Take in a better picture of the same paper. Raises as `add` does."""
        async with self._database.reading() as session:
            old = await own_document(session, borrower_id, document_id)
        if old.application_id is None:
            raise NotFound
        return await self.add(
            borrower_id,
            old.application_id,
            old.requirement,
            data,
            request_id=old.information_request_id,
            replaces=document_id,
        )

    async def delete(self, borrower_id: int, document_id: int) -> None:
        """Forget a paper that is not in the officers' hands yet. Raises NotFound, ApplicationMoved, RequestClosed,
        HandedIn."""
        async with self._database.transaction() as session:
            found = await own_document(session, borrower_id, document_id)
            if found.application_id is None:
                raise NotFound
            application = await own_application(session, borrower_id, found.application_id, lock=True)
            await check_changing(session, application, found.information_request_id)
            paper = await paper_of(session, application, document_id)
            check_deletable(application, paper)
            _drop(paper, DocumentStatus.DELETED, self._clock.now())
        await self._store.delete(paper.storage_key)

    async def add_receipt(self, borrower_id: int, payment_id: int, data: bytes) -> Document:
        """Take in the receipt of a bank transfer. Whether the payment still waits for one is for
        `services.repayment.repayments` to say. Raises NotFound and what `add` raises for a file."""
        async with self._database.reading() as session:
            await own_payment(session, borrower_id, payment_id)
        intake = Intake.for_receipt(self._lender)
        async with self._stored(borrower_id, intake, data) as (paper, key), self._database.transaction() as session:
            await own_payment(session, borrower_id, payment_id, lock=True)
            row = intake.row(paper, key, borrower_id, self._clock.now())
            row.payment_id = payment_id
            intake.check_against(paper, await receipts_of(session, payment_id), None)
            session.add(row)
            await session.flush()
        return view_document(row, None)

    async def open_for_borrower(self, borrower_id: int, document_id: int) -> DocumentContent:
        """The borrower's own paper. Raises NotFound, Unavailable."""
        async with self._database.reading() as session:
            row = await own_document(session, borrower_id, document_id)
            paper = await self._view(session, row)
        return DocumentContent(paper, await self._store.get(row.storage_key))

    async def open_for_staff(self, staff_id: int, document_id: int) -> DocumentContent:
        """A paper for an officer; that they looked is on record before they see it. Raises NotAllowed, NotFound,
        Unavailable."""
        self._staff.require(staff_id, Permission.VIEW_DOCUMENTS)
        async with self._database.transaction() as session:
            row = await session.get(DocumentRow, document_id)
            if row is None or row.deleted_at is not None:
                raise NotFound
            paper = await self._view(session, row)
            now = self._clock.now()
            session.add(DocumentViewRow(document_id=row.id, staff_id=staff_id, viewed_at=now))
            record_action(session, now=now, staff_id=staff_id, action="view_document", subject=f"document:{row.id}")
        return DocumentContent(paper, await self._store.get(row.storage_key))

    async def list_for_staff(self, staff_id: int, application_id: int) -> list[Document]:
        """An application's papers, oldest first. Raises NotAllowed, NotFound."""
        self._staff.require(staff_id, Permission.VIEW_DOCUMENTS)
        async with self._database.reading() as session:
            application = await session.get(ApplicationRow, application_id)
            if application is None:
                raise NotFound
            product = self._product(application)
            return [view_document(row, product) for row in await papers_of(session, application_id)]

    async def receipts_for_staff(self, staff_id: int, payment_id: int) -> list[Document]:
        """The receipts sent for a bank transfer, oldest first. Raises NotAllowed."""
        self._staff.require(staff_id, Permission.VIEW_DOCUMENTS)
        async with self._database.reading() as session:
            return [view_document(row, None) for row in await receipts_of(session, payment_id)]

    async def forget_abandoned(self) -> int:
        """Delete the papers of applications that ended before they were submitted; answers how many. The lender has
        no use for them."""
        ended = (ApplicationStatus.WITHDRAWN, ApplicationStatus.EXPIRED)
        query = (
            select(DocumentRow)
            .join(ApplicationRow, ApplicationRow.id == DocumentRow.application_id)
            .where(
                ApplicationRow.status.in_(ended),
                ApplicationRow.submitted_at.is_(None),
                DocumentRow.deleted_at.is_(None),
            )
        )
        async with self._database.transaction() as session:
            rows = list(await session.scalars(query.limit(500)))
            for row in rows:
                _drop(row, DocumentStatus.DELETED, self._clock.now())
        for row in rows:
            await self._store.delete(row.storage_key)
        return len(rows)

    @asynccontextmanager
    async def _stored(self, borrower_id: int, intake: Intake, data: bytes) -> AsyncIterator[tuple[InspectedFile, str]]:
        """The inspected paper and the key of its bytes, which go again when what follows fails. Raises TooOften: what
        costs is the inspection, so a file that is refused counts as well."""
        await spend_first(self._database, self._lender, borrower_id, Costly.UPLOAD, self._clock.now())
        async with self._inspections:
            paper = await asyncio.to_thread(intake.inspect, data)
        key = await self._store.put(paper.data)
        try:
            yield paper, key
        except BaseException:
            await self._store.delete(key)
            raise

    def _product(self, application: ApplicationRow) -> Product:
        return self._products.get(application.product_code)

    async def _view(self, session: AsyncSession, row: DocumentRow) -> Document:
        if row.application_id is None:
            return view_document(row, None)
        return view_document(row, self._product(await session.get_one(ApplicationRow, row.application_id)))


def _drop(paper: DocumentRow, status: DocumentStatus, now: datetime) -> None:
    paper.status = status
    paper.deleted_at = now
