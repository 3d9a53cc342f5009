"""Whose papers they are, and when they may still change. Everything here joins the caller's transaction."""

from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.documents.document_views import RECEIPT
from services.errors import IllegalMove, NotFound
from services.models import ApplicationRow, DocumentRow, InformationRequestRow, PaymentRow
from services.origination.application_review import open_request_of
from services.origination.application_states import BEING_FILLED_IN, ApplicationStatus, require

CHANGING: Final = (*sorted(BEING_FILLED_IN), ApplicationStatus.MORE_INFORMATION)
"""States of an application in which its borrower may add papers and replace them."""


class RequestClosed(IllegalMove):
    """The officer's request is answered already, or another one took its place."""

    key = "documents.request_closed"


class HandedIn(IllegalMove):
    """The paper is in the officers' hands: a better one may replace it, but it does not vanish."""

    key = "documents.handed_in"


async def own_application(
    session: AsyncSession, borrower_id: int, application_id: int, *, lock: bool = False
) -> ApplicationRow:
    """Raises NotFound."""
    row = await session.get(ApplicationRow, application_id, with_for_update=lock)
    if row is None or row.borrower_id != borrower_id:
        raise NotFound
    return row


async def own_document(session: AsyncSession, borrower_id: int, document_id: int) -> DocumentRow:
    """Raises NotFound, also for one that is deleted or replaced."""
    row = await session.get(DocumentRow, document_id)
    if row is None or row.borrower_id != borrower_id or row.deleted_at is not None:
        raise NotFound
    return row


async def paper_of(session: AsyncSession, application: ApplicationRow, document_id: int) -> DocumentRow:
    """A paper of that very application, read afresh: the application's row is locked. Raises NotFound."""
    row = await session.get(DocumentRow, document_id, populate_existing=True)
    if row is None or row.application_id != application.id or row.deleted_at is not None:
        raise NotFound
    return row


async def own_payment(session: AsyncSession, borrower_id: int, payment_id: int, *, lock: bool = False) -> None:
    """Raises NotFound unless the payment is the borrower's."""
    row = await session.get(PaymentRow, payment_id, with_for_update=lock)
    if row is None or row.borrower_id != borrower_id:
        raise NotFound


async def receipts_of(session: AsyncSession, payment_id: int) -> list[DocumentRow]:
    """The receipts sent for a payment, oldest first."""
    query = select(DocumentRow).where(
        DocumentRow.payment_id == payment_id, DocumentRow.requirement == RECEIPT, DocumentRow.deleted_at.is_(None)
    )
    return list(await session.scalars(query.order_by(DocumentRow.id)))


async def check_changing(session: AsyncSession, application: ApplicationRow, request_id: int | None) -> None:
    """Papers change while they are collected and while an officer waits for more; those of a request until it is
    answered. Raises ApplicationMoved, RequestClosed, NotFound for a request of another application."""
    if request_id is None:
        require(application, *CHANGING)
        return
    request = await session.get(InformationRequestRow, request_id)
    if request is None or request.application_id != application.id:
        raise NotFound
    require(application, ApplicationStatus.MORE_INFORMATION)
    waiting = await open_request_of(session, application.id)
    if waiting is None or waiting.id != request_id:
        raise RequestClosed


def check_deletable(application: ApplicationRow, paper: DocumentRow) -> None:
    """Raises HandedIn for a paper that was submitted with the application."""
    if application.submitted_at is not None and paper.received_at <= application.submitted_at:
        raise HandedIn
