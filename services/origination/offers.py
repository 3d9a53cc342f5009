"""Offers as the borrower meets them: reading, declining, running out."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.audit.acts import borrower_did
from services.clock import Clock
from services.configuration.products import Products
from services.db import Database
from services.errors import NotFound
from services.messages.outbox import MessageClass, enqueue, withdraw
from services.models import ApplicationRow, ContractRow, OfferRow
from services.origination import application_buttons
from services.origination.application_states import ApplicationStatus
from services.origination.application_states import move as move_application
from services.origination.offer_states import OfferExpired, OfferStatus, move
from services.origination.offer_views import Offer, view_offer


async def find_offer(session: AsyncSession, borrower_id: int, offer_id: int) -> tuple[OfferRow, ApplicationRow]:
    """The borrower's offer with its application. Raises NotFound, also for somebody else's."""
    offer = await session.get(OfferRow, offer_id)
    if offer is None or offer.borrower_id != borrower_id:
        raise NotFound
    return offer, await _application(session, offer.application_id)


async def lock_offer(session: AsyncSession, borrower_id: int, offer_id: int) -> tuple[OfferRow, ApplicationRow]:
    """As `find_offer`, both rows locked and read afresh: the application first, as everywhere."""
    offer, _ = await find_offer(session, borrower_id, offer_id)
    application = await _application(session, offer.application_id, lock=True)
    await session.refresh(offer, with_for_update=True)
    return offer, application


def require_valid(offer: OfferRow, now: datetime) -> None:
    """Raises OfferExpired when its time is over, whether or not the daily work has seen to it."""
    if offer.status == OfferStatus.EXPIRED or (offer.status == OfferStatus.OPEN and offer.expires_at <= now):
        raise OfferExpired(expires_at=offer.expires_at)


class Offers:
    """Reading, declining and running out."""

    def __init__(self, database: Database, clock: Clock, products: Products) -> None:
        self._database = database
        self._clock = clock
        self._products = products

    async def open(self, borrower_id: int) -> Offer | None:
        """The offer that waits for the borrower's answer, None when there is none or its time is over."""
        query = (
            select(OfferRow)
            .where(
                OfferRow.borrower_id == borrower_id,
                OfferRow.status == OfferStatus.OPEN,
                OfferRow.expires_at > self._clock.now(),
            )
            .order_by(OfferRow.id.desc())
            .limit(1)
        )
        async with self._database.reading() as session:
            offer = await session.scalar(query)
            if offer is None:
                return None
            return await self._view(session, offer, await _application(session, offer.application_id))

    async def get(self, borrower_id: int, offer_id: int) -> Offer:
        """The offer, whatever became of it. Raises NotFound."""
        async with self._database.reading() as session:
            return await self._view(session, *await find_offer(session, borrower_id, offer_id))

    async def decline_offer(self, borrower_id: int, offer_id: int) -> Offer:
        """The borrower says no; the application ends with it. Raises NotFound, IllegalOfferMove, OfferExpired."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            offer, application = await lock_offer(session, borrower_id, offer_id)
            require_valid(offer, now)
            move(offer, OfferStatus.DECLINED, now)
            move_application(application, ApplicationStatus.WITHDRAWN)
            borrower_did(session, borrower_id, "declined_offer", f"offer:{offer.id}", now=now)
            application.updated_at = now
            await withdraw(session, dedupe_keys=(_ready_key(offer.id),))
            await application_buttons.moved_on(session, borrower_id, now)
            return await self._view(session, offer, application)

    async def expire_due(self) -> int:
        """End every open offer whose time is over, and its application with it; answers how many. The borrowers are
        told. Each offer is a transaction of its own."""
        query = select(OfferRow.id, OfferRow.borrower_id).where(
            OfferRow.status == OfferStatus.OPEN, OfferRow.expires_at <= self._clock.now()
        )
        async with self._database.reading() as session:
            due = (await session.execute(query)).all()
        return sum([await self._expire(offer_id, borrower_id) for offer_id, borrower_id in due])

    async def _expire(self, offer_id: int, borrower_id: int) -> bool:
        now = self._clock.now()
        async with self._database.transaction() as session:
            offer, application = await lock_offer(session, borrower_id, offer_id)
            if offer.status != OfferStatus.OPEN:
                return False
            move(offer, OfferStatus.EXPIRED, now)
            move_application(application, ApplicationStatus.EXPIRED)
            application.updated_at = now
            await enqueue(
                session,
                now=now,
                kind="offer_expired",
                borrower_id=borrower_id,
                message_class=MessageClass.SERVICE,
                params={
                    "offer_id": offer.id,
                    "reference": application.reference,
                    "product": self._products.get(offer.product_code).name,
                    "product_code": offer.product_code,
                },
                dedupe_key=f"offer:{offer.id}:expired",
            )
            return True

    async def _view(self, session: AsyncSession, offer: OfferRow, application: ApplicationRow) -> Offer:
        contract = await session.scalar(select(ContractRow).where(ContractRow.offer_id == offer.id))
        return view_offer(offer, application, self._products.get(offer.product_code), contract)


async def _application(session: AsyncSession, application_id: int, *, lock: bool = False) -> ApplicationRow:
    return await session.get_one(ApplicationRow, application_id, with_for_update=lock or None, populate_existing=lock)


def _ready_key(offer_id: int) -> str:
    return f"offer:{offer_id}:ready"
