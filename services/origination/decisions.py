"""Officers' decisions on applications. A decision is a row that never changes; an approval brings an offer with it."""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.clock import Clock, local_date
from services.configuration.lender import Lender
from services.configuration.loan_limits import check_limits
from services.configuration.products import Products
from services.configuration.rate_cap import RateCap
from services.configuration.staff import Permission, Staff
from services.db import Database
from services.desk.handoff_records import settle_handoff
from services.desk.handoff_states import HandoffKind
from services.desk.staff_actions import record_action
from services.errors import InvalidInput, NotFound
from services.messages.outbox import MessageClass, enqueue
from services.models import ApplicationRow, DecisionRow, OfferRow
from services.money import Money
from services.origination.application_states import ApplicationStatus, require
from services.origination.application_states import move as move_application
from services.origination.line_offers import first_draw, is_line
from services.origination.offer_states import OfferStatus
from services.origination.offer_views import Offer, view_offer
from services.references import new_reference
from services.wording import Label

DECIDABLE = (ApplicationStatus.SUBMITTED, ApplicationStatus.IN_REVIEW, ApplicationStatus.MORE_INFORMATION)
"""States of an application on which an officer may decide."""


class DeclineReason(StrEnum):
    """Why an application is declined, in the words that the borrower may be told."""

    INCOME = "income"
    DOCUMENTS = "documents"
    PURPOSE = "purpose"
    EXISTING_DEBT = "existing_debt"
    IDENTITY = "identity"
    POLICY = "policy"

    @property
    def label(self) -> Label:
        return Label(f"terms.decline_reason_{self}")


class Outcome(StrEnum):
    """What a decision came to."""

    APPROVED = "approved"
    DECLINED = "declined"


class MoreThanAskedFor(InvalidInput):
    """An approval may lower what the borrower asked for, never raise it; `asked` is that amount."""

    key = "decisions.more_than_asked"
    field = "amount"


class Decisions:
    """Approving and declining."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        lender: Lender,
        products: Products,
        rate_cap: RateCap,
        staff: Staff,
    ) -> None:
        self._database = database
        self._clock = clock
        self._lender = lender
        self._products = products
        self._rate_cap = rate_cap
        self._staff = staff

    async def preview(
        self, staff_id: int, application_id: int, amount: Money | None = None, term: int | None = None
    ) -> Offer:
        """The offer that `approve` would make, with id 0 and nothing written. Raises as `approve` does."""
        self._staff.require(staff_id, Permission.DECIDE)
        async with self._database.reading() as session:
            application = await _found(session, application_id, lock=False)
            require(application, *DECIDABLE)
            offer = self._draw_up(application, amount, term, self._clock.now())
            offer.id = 0
            return view_offer(offer, application, self._products.get(offer.product_code), None)

    async def approve(
        self, staff_id: int, application_id: int, amount: Money | None = None, term: int | None = None
    ) -> Offer:
        """Approve at the asked amount and term, or at those given, and make the offer.

        Raises NotAllowed (also when a colleague has taken the case), NotFound, ApplicationMoved, the product's own
        limits (AmountTooSmall and the like), MoreThanAskedFor, RateCapExceeded.
        """
        self._staff.require(staff_id, Permission.DECIDE)
        now = self._clock.now()
        async with self._database.transaction() as session:
            application = await _found(session, application_id, lock=True)
            require(application, *DECIDABLE)
            move_application(application, ApplicationStatus.APPROVED)
            offer = self._draw_up(application, amount, term, now)
            session.add(offer)
            await session.flush()
            view = view_offer(offer, application, self._products.get(offer.product_code), None)
            decision = _decision(application, staff_id, Outcome.APPROVED, now)
            decision.amount_minor, decision.term = view.amount.minor, view.term
            session.add(decision)
            await self._conclude(session, application, staff_id, decision, now)
            await _announce(session, view, now)
            return view

    async def decline(self, staff_id: int, application_id: int, reason: DeclineReason) -> None:
        """Decline for `reason`, which the borrower is told. Raises NotAllowed, NotFound, ApplicationMoved."""
        self._staff.require(staff_id, Permission.DECIDE)
        now = self._clock.now()
        async with self._database.transaction() as session:
            application = await _found(session, application_id, lock=True)
            require(application, *DECIDABLE)
            move_application(application, ApplicationStatus.DECLINED)
            decision = _decision(application, staff_id, Outcome.DECLINED, now)
            decision.reason = reason
            session.add(decision)
            await self._conclude(session, application, staff_id, decision, now)
            await enqueue(
                session,
                now=now,
                kind="application_declined",
                borrower_id=application.borrower_id,
                message_class=MessageClass.SERVICE,
                params={
                    "application_id": application.id,
                    "reference": application.reference,
                    "product": self._products.get(application.product_code).name,
                    "reason": reason.label,
                },
                dedupe_key=f"application:{application.id}:declined",
            )

    def _draw_up(self, application: ApplicationRow, amount: Money | None, term: int | None, now: datetime) -> OfferRow:
        """The offer's row, within the limits of product and rate cap."""
        product = self._products.get(application.product_code)
        if application.amount_minor is None or application.term is None or application.method is None:
            raise NotFound
        asked = Money.from_minor(application.amount_minor, application.currency)
        granted = asked if amount is None else amount
        if granted > asked:
            raise MoreThanAskedFor(asked=asked)
        installments = application.term if term is None else term
        check_limits(product, granted, installments, application.method)
        today = local_date(now, self._lender.time_zone)
        terms = self._products.terms(product, granted, installments, application.method, today)
        self._rate_cap.check(terms, today)
        if is_line(terms):
            # A fee of the first draw weighs the more, the smaller that is.
            self._rate_cap.check(terms.changed(principal=first_draw(granted, application)), today)
        link = self._products.rate_link(product, today)
        return OfferRow(
            reference=new_reference("F"),
            application_id=application.id,
            borrower_id=application.borrower_id,
            status=OfferStatus.OPEN,
            terms=terms.to_json(),
            policy=self._products.policy(product).to_json(),
            rate_link=None if link is None else link.to_json(),
            product_code=product.code,
            product_version=product.version,
            made_at=now,
            expires_at=now + timedelta(days=self._lender.offer_valid_days),
        )

    async def _conclude(
        self, session: AsyncSession, application: ApplicationRow, staff_id: int, decision: DecisionRow, now: datetime
    ) -> None:
        application.decided_at = now
        application.updated_at = now
        record_action(
            session,
            now=now,
            staff_id=staff_id,
            action=decision.outcome,
            subject=f"application:{application.id}",
            details={"reason": decision.reason, "amount_minor": decision.amount_minor, "term": decision.term},
        )
        await settle_handoff(
            session, self._staff, staff_id, now=now, kind=HandoffKind.APPLICATION, application_id=application.id
        )


async def _found(session: AsyncSession, application_id: int, *, lock: bool) -> ApplicationRow:
    query = select(ApplicationRow).where(ApplicationRow.id == application_id)
    application = await session.scalar(query.with_for_update() if lock else query)
    if application is None:
        raise NotFound
    return application


def _decision(application: ApplicationRow, staff_id: int, outcome: Outcome, now: datetime) -> DecisionRow:
    return DecisionRow(application_id=application.id, staff_id=staff_id, outcome=outcome, decided_at=now)


async def _announce(session: AsyncSession, offer: Offer, now: datetime) -> None:
    await enqueue(
        session,
        now=now,
        kind="offer_ready",
        borrower_id=offer.borrower_id,
        message_class=MessageClass.SERVICE,
        params={
            "offer_id": offer.id,
            "reference": offer.application_reference,
            "product": offer.product,
            "asked_amount": offer.asked_amount,
            "amount": offer.amount,
            "term": offer.term,
            "apr": offer.apr,
            "expires_at": offer.expires_at,
            "first_draw": None if offer.line is None else offer.line.first_draw,
        },
        dedupe_key=f"offer:{offer.id}:ready",
    )
