"""Whether notices that wait in the outbox are still owed, asked at the last moment before they go out.

A notice of an earlier day of the borrower's calendar is not: its figures and days have moved on, and the plan of the
day owes a fresh one if there is one to send. A message that is no notice is owed whatever happens.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from services.clock import local_date
from services.lending.loan_states import LoanStatus
from services.messages.message_params import MessageParam
from services.messages.outbox import NOTICES
from services.models import ApplicationRow, InformationRequestRow, InstallmentRow, LoanRow, OfferRow
from services.origination.application_states import ApplicationStatus, RequestStatus
from services.origination.offer_states import OfferStatus

OVERDUE_KINDS = ("overdue", "escalated")


@dataclass(frozen=True, slots=True)
class WaitingNotice:
    """As much of a message as decides whether it is still owed."""

    id: int
    kind: str
    message_class: str
    loan_id: int | None
    params: Mapping[str, MessageParam]
    created_at: datetime
    """Aware UTC."""
    time_zone: str
    """The borrower's."""


async def no_longer_owed(session: AsyncSession, messages: Sequence[WaitingNotice], now: datetime) -> set[int]:
    """The ids of those messages whose words do not hold at `now`. A few statements for however many there are."""
    notices = [each for each in messages if each.message_class in NOTICES]
    today = {zone: local_date(now, zone) for zone in {each.time_zone for each in notices}}
    stale = {each.id for each in notices if local_date(each.created_at, each.time_zone) != today[each.time_zone]}
    fresh = [each for each in notices if each.id not in stale]
    return (
        stale
        | await _answered_by_payment(session, fresh, today)
        | await _offers_gone(session, [each for each in fresh if each.kind == "offer_expiring"], now)
        | await _requests_over(session, [each for each in fresh if each.kind == "information_due"])
    )


async def _answered_by_payment(
    session: AsyncSession, notices: Sequence[WaitingNotice], today: Mapping[str, date]
) -> set[int]:
    """A reminder holds while its installment is unpaid and nothing older is late: a loan in arrears gets none. A notice
    of arrears holds while what it names is the oldest debt."""
    reminders = [each for each in notices if each.kind == "reminder"]
    overdue = [each for each in notices if each.kind in OVERDUE_KINDS]
    if not reminders and not overdue:
        return set()
    oldest = await _oldest_unpaid(session, {each.loan_id for each in (*reminders, *overdue)})
    unpaid = await _unpaid(session, {(each.loan_id, each.params["number"]) for each in reminders})
    gone = {each.id for each in overdue if oldest.get(each.loan_id) != each.params["due_on"]}
    for each in reminders:
        first = oldest.get(each.loan_id)
        late = first is None or first < today[each.time_zone]
        if late or (each.loan_id, each.params["number"]) not in unpaid:
            gone.add(each.id)
    return gone


async def _oldest_unpaid(session: AsyncSession, loan_ids: set[int | None]) -> dict[int | None, date]:
    """By active loan, the due date of its oldest installment that is not wholly paid."""
    query = (
        select(InstallmentRow.loan_id, func.min(InstallmentRow.due_on).label("first"))
        .join(LoanRow, LoanRow.id == InstallmentRow.loan_id)
        .where(
            LoanRow.id.in_([each for each in loan_ids if each is not None]),
            LoanRow.status == LoanStatus.ACTIVE,
            InstallmentRow.settled_on.is_(None),
        )
        .group_by(InstallmentRow.loan_id)
    )
    return {row.loan_id: row.first for row in await session.execute(query)}


async def _unpaid(
    session: AsyncSession, installments: set[tuple[int | None, MessageParam]]
) -> set[tuple[int | None, MessageParam]]:
    """Those of the installments, by loan and number, that are not wholly paid."""
    if not installments:
        return set()
    which = tuple_(InstallmentRow.loan_id, InstallmentRow.number).in_(list(installments))
    query = select(InstallmentRow.loan_id, InstallmentRow.number).where(which, InstallmentRow.settled_on.is_(None))
    return {(loan_id, number) for loan_id, number in await session.execute(query)}


async def _offers_gone(session: AsyncSession, notices: Sequence[WaitingNotice], now: datetime) -> set[int]:
    if not notices:
        return set()
    query = select(OfferRow.reference).where(
        OfferRow.reference.in_({each.params["reference"] for each in notices}),
        OfferRow.status == OfferStatus.OPEN,
        OfferRow.expires_at > now,
    )
    still_open = set(await session.scalars(query))
    return {each.id for each in notices if each.params["reference"] not in still_open}


async def _requests_over(session: AsyncSession, notices: Sequence[WaitingNotice]) -> set[int]:
    """Answered, replaced by another one, or of an application that has moved on without it."""
    if not notices:
        return set()
    waits = select(InformationRequestRow.id).join(
        ApplicationRow, ApplicationRow.id == InformationRequestRow.application_id
    )
    query = waits.where(
        InformationRequestRow.id.in_({each.params["request_id"] for each in notices}),
        InformationRequestRow.status == RequestStatus.OPEN,
        ApplicationRow.status == ApplicationStatus.MORE_INFORMATION,
    )
    waiting = set(await session.scalars(query))
    return {each.id for each in notices if each.params["request_id"] not in waiting}
