"""Borrowers whom Telegram no longer reaches: an officer hears of those who have something open with the lender."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.desk.handoff_records import close_handoffs, open_handoff
from services.desk.handoff_states import HandoffKind
from services.lending.loan_states import LoanStatus
from services.models import ApplicationRow, BorrowerRow, LoanRow
from services.origination.application_states import BEING_FILLED_IN, UNDER_WAY


async def lost(session: AsyncSession, borrower: BorrowerRow, now: datetime) -> None:
    """Note, in the caller's transaction with the row locked, that the borrower cannot be reached. Once for each time it
    happens an officer is called in, if there is an active loan or an application on the lender's side."""
    if borrower.unreachable_since is not None:
        return
    borrower.unreachable_since = now
    loan_id = await session.scalar(
        select(LoanRow.id)
        .where(LoanRow.borrower_id == borrower.id, LoanRow.status == LoanStatus.ACTIVE)
        .order_by(LoanRow.oldest_unpaid_due_on, LoanRow.id)
        .limit(1)
    )
    submitted = [status.value for status in UNDER_WAY - BEING_FILLED_IN]
    application_id = await session.scalar(
        select(ApplicationRow.id)
        .where(ApplicationRow.borrower_id == borrower.id, ApplicationRow.status.in_(submitted))
        .order_by(ApplicationRow.id.desc())
        .limit(1)
    )
    if loan_id is None and application_id is None:
        return
    await open_handoff(
        session,
        now=now,
        kind=HandoffKind.UNREACHABLE,
        borrower_id=borrower.id,
        loan_id=loan_id,
        application_id=None if loan_id else application_id,
        dedupe_key=_occasion(borrower.id, now),
    )


async def found(session: AsyncSession, borrower: BorrowerRow, now: datetime) -> None:
    """Note, in the caller's transaction with the row locked, that the borrower has written: nobody need look for them
    any more."""
    since, borrower.unreachable_since = borrower.unreachable_since, None
    if since is not None:
        kinds = (HandoffKind.UNREACHABLE,)
        await close_handoffs(session, now=now, kinds=kinds, dedupe_key=_occasion(borrower.id, since))


def _occasion(borrower_id: int, since: datetime) -> str:
    return f"borrower:{borrower_id}:unreachable:{since.isoformat()}"
