"""Whether a notice that waits in the outbox is still owed, asked at the last moment before it goes out."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.clock import local_date
from services.lending.loan_states import LoanStatus
from services.messages.message_params import MessageParam, decode_params
from services.messages.outbox import NOTICES
from services.models import (
    BorrowerRow,
    InformationRequestRow,
    InstallmentRow,
    LoanRow,
    OfferRow,
    OutboxRow,
)
from services.origination.offer_states import OfferStatus


async def still_owed(session: AsyncSession, message: OutboxRow, now: datetime) -> bool:
    """Whether what the message says holds at `now`.

    A notice of an earlier day of the borrower's calendar does not: its figures and days have moved on, and the plan of
    the day owes a fresh one if there is one to send. A message that is no notice is owed whatever happens.
    """
    if message.message_class not in NOTICES:
        return True
    borrower = await session.get_one(BorrowerRow, message.borrower_id)
    planned_on = local_date(message.created_at, borrower.time_zone)
    today = local_date(now, borrower.time_zone)
    if planned_on != today:
        return False
    params = decode_params(message.params)
    match message.kind:
        case "reminder":
            return await _installment_unpaid(session, message.loan_id, params, today)
        case "overdue" | "escalated":
            return await _oldest_unpaid(session, message.loan_id) == params["due_on"]
        case "offer_expiring":
            return await _some(session, _open_offer(params, now))
        case "information_due":
            return await _some(session, _open_request(params))
    return True


async def _installment_unpaid(
    session: AsyncSession, loan_id: int | None, params: Mapping[str, MessageParam], today: date
) -> bool:
    """Unpaid, to come, and nothing older unpaid either: a loan in arrears gets no reminders."""
    oldest = await _oldest_unpaid(session, loan_id)
    if oldest is None or oldest < today:
        return False
    of_loan = select(InstallmentRow.id).where(InstallmentRow.loan_id == loan_id)
    return await _some(
        session, of_loan.where(InstallmentRow.number == params["number"], InstallmentRow.settled_on.is_(None))
    )


async def _oldest_unpaid(session: AsyncSession, loan_id: int | None) -> date | None:
    """Due date of the oldest installment of an active loan that is not wholly paid."""
    query = select(func.min(InstallmentRow.due_on)).join(LoanRow, LoanRow.id == InstallmentRow.loan_id)
    active = query.where(
        LoanRow.id == loan_id, LoanRow.status == LoanStatus.ACTIVE, InstallmentRow.settled_on.is_(None)
    )
    return await session.scalar(active)


def _open_offer(params: Mapping[str, MessageParam], now: datetime) -> Select[int]:
    return select(OfferRow.id).where(
        OfferRow.reference == params["reference"], OfferRow.status == OfferStatus.OPEN, OfferRow.expires_at > now
    )


def _open_request(params: Mapping[str, MessageParam]) -> Select[int]:
    return select(InformationRequestRow.id).where(
        InformationRequestRow.id == params["request_id"], InformationRequestRow.answered_at.is_(None)
    )


async def _some(session: AsyncSession, query: Select[int]) -> bool:
    return await session.scalar(query.limit(1)) is not None
