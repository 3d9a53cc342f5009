"""Reminding borrowers of their own deadlines: an offer about to expire, an officer's question not yet answered."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, String, cast, exists, literal, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from services.clock import local_date
from services.db import Database
from services.messages import outbox
from services.messages.message_params import MessageParams
from services.messages.outbox import MessageClass, MessageStatus
from services.models import ApplicationRow, BorrowerRow, InformationRequestRow, OfferRow, OutboxRow
from services.origination.application_states import ApplicationStatus, RequestStatus
from services.origination.offer_states import OfferStatus

NOTICE_PERIOD = timedelta(hours=24)
"""How long before its end an offer is brought to mind; one that is younger than this is not."""
MOST_AT_ONCE = 500


async def plan_deadlines(database: Database, time_zone: str, now: datetime) -> int:
    """Owe the borrowers who live in `time_zone` a reminder of what ends within a day; answers how many are owed anew.
    At most `MOST_AT_ONCE` of each kind: the rest comes with the next plan."""
    async with database.transaction() as session:
        return await _plan_offers(session, time_zone, now) + await _plan_requests(session, time_zone, now)


async def _plan_offers(session: AsyncSession, time_zone: str, now: datetime) -> int:
    query = (
        select(OfferRow, BorrowerRow.id)
        .join(BorrowerRow, BorrowerRow.id == OfferRow.borrower_id)
        .where(
            *_reachable(time_zone),
            OfferRow.status == OfferStatus.OPEN,
            OfferRow.expires_at > now,
            OfferRow.expires_at <= now + NOTICE_PERIOD,
            OfferRow.made_at <= now - NOTICE_PERIOD,
            ~_planned("offer:", OfferRow.id, ":expiring"),
        )
    )
    owed = 0
    for offer, borrower_id in (await session.execute(query.limit(MOST_AT_ONCE))).all():
        params: MessageParams = {"reference": offer.reference, "expires_at": offer.expires_at}
        owed += await _enqueue(session, "offer_expiring", borrower_id, params, f"offer:{offer.id}:expiring", now)
    return owed


async def _plan_requests(session: AsyncSession, time_zone: str, now: datetime) -> int:
    today = local_date(now, time_zone)
    query = (
        select(InformationRequestRow, ApplicationRow.reference, BorrowerRow.id)
        .join(ApplicationRow, ApplicationRow.id == InformationRequestRow.application_id)
        .join(BorrowerRow, BorrowerRow.id == ApplicationRow.borrower_id)
        .where(
            *_reachable(time_zone),
            ApplicationRow.status == ApplicationStatus.MORE_INFORMATION,
            InformationRequestRow.status == RequestStatus.OPEN,
            InformationRequestRow.asked_at <= now - NOTICE_PERIOD,
            InformationRequestRow.answer_by >= today,
            InformationRequestRow.answer_by <= today + timedelta(days=1),
            ~_planned("information-request:", InformationRequestRow.id, ":due"),
        )
    )
    owed = 0
    for request, reference, borrower_id in (await session.execute(query.limit(MOST_AT_ONCE))).all():
        params: MessageParams = {
            "request_id": request.id,
            "reference": reference,
            "question": request.question,
            "answer_by": request.answer_by,
        }
        key = f"information-request:{request.id}:due"
        owed += await _enqueue(session, "information_due", borrower_id, params, key, now)
    return owed


def _reachable(time_zone: str) -> tuple[ColumnElement[bool], ...]:
    return (BorrowerRow.time_zone == time_zone, BorrowerRow.unreachable_since.is_(None))


def _planned(before: str, identity: InstrumentedAttribute[int], after: str) -> ColumnElement[bool]:
    key = literal(before) + cast(identity, String) + literal(after)
    return exists().where(OutboxRow.dedupe_key == key, OutboxRow.status != MessageStatus.WITHDRAWN)


async def _enqueue(
    session: AsyncSession, kind: str, borrower_id: int, params: MessageParams, key: str, now: datetime
) -> bool:
    return await outbox.enqueue(
        session,
        now=now,
        kind=kind,
        borrower_id=borrower_id,
        message_class=MessageClass.REMINDER,
        params=params,
        dedupe_key=key,
    )
