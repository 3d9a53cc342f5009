"""Officers' decisions on extensions. Only where a loan is granted more time does the borrower get to sign."""

from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from services.clock import Clock, local_date
from services.configuration.lender import Lender
from services.configuration.product_definitions import Product
from services.configuration.products import Products
from services.configuration.rate_cap import RateCap
from services.configuration.staff import Permission, Staff
from services.db import Database
from services.desk.handoff_records import settle_handoff
from services.desk.handoff_states import HandoffKind
from services.desk.second_officer import require_other_officer
from services.desk.staff_actions import record_action
from services.extensions import extension_limits as limits
from services.extensions.extension_plans import Change, Comparison, Kind
from services.extensions.extension_records import find, lock, moved_on, proposal
from services.extensions.extension_states import (
    ExtensionStatus,
    IllegalExtensionMove,
    move,
    require_valid,
)
from services.extensions.extension_views import Extension, RefusalReason, view
from services.lending import loan_record
from services.lending.loans import require_active
from services.messages.message_params import MessageParams
from services.messages.outbox import MessageClass, enqueue
from services.models import ExtensionRow, LoanRow


class ExtensionDecisions:
    """Granting, as asked or otherwise, and declining."""

    def __init__(
        self, database: Database, clock: Clock, lender: Lender, products: Products, rate_cap: RateCap, staff: Staff
    ) -> None:
        self._database = database
        self._clock = clock
        self._lender = lender
        self._products = products
        self._rate_cap = rate_cap
        self._staff = staff

    async def preview(
        self, staff_id: int, extension_id: int, installments: int | None = None, kind: Kind | None = None
    ) -> Comparison:
        """The plan that `approve` would let the borrower sign today; nothing is written. Raises as `approve` does,
        but for a colleague's handoff."""
        self._staff.require(staff_id, Permission.DECIDE)
        async with self._database.reading() as session:
            row = await find(session, extension_id)
            loan = await session.get_one(LoanRow, row.loan_id)
            _, comparison = await self._granted(session, staff_id, loan, row, (kind, installments))
            return comparison

    async def approve(
        self, staff_id: int, extension_id: int, installments: int | None = None, kind: Kind | None = None
    ) -> Extension:
        """Grant what was asked for, or as many installments in the way given; the borrower has `valid_days` to sign.

        Raises NotAllowed (`OtherOfficerDecides` for a loan that the officer granted; `ClaimedByAnother`), NotFound,
        IllegalExtensionMove, ExtensionExpired, IllegalLoanMove, ExtensionNotOffered, ExtendedTooOften,
        LengthNotOffered, ArrearsFirst, RateCapExceeded.
        """
        self._staff.require(staff_id, Permission.DECIDE)
        now = self._clock.now()
        async with self._database.transaction() as session:
            loan, row = await lock(session, extension_id)
            change, comparison = await self._granted(session, staff_id, loan, row, (kind, installments))
            move(row, ExtensionStatus.APPROVED, now)
            rules = limits.offered(self._product(loan).extension, await loan_record.load(session, loan))
            row.valid_until = now + timedelta(days=rules.valid_days)
            row.kind, row.installments = change.kind, change.installments
            row.annual_rate = None if change.annual_rate is None else str(change.annual_rate)
            await self._conclude(session, loan, row, staff_id, now)
            await _announce_approval(session, row, loan, comparison, now)
            return view(row, loan, self._product(loan))

    async def decline(self, staff_id: int, extension_id: int, reason: RefusalReason) -> Extension:
        """Decline for `reason`, which the borrower is told. Raises NotAllowed, NotFound, IllegalExtensionMove,
        ExtensionExpired."""
        self._staff.require(staff_id, Permission.DECIDE)
        now = self._clock.now()
        async with self._database.transaction() as session:
            loan, row = await lock(session, extension_id)
            require_valid(row, now)
            move(row, ExtensionStatus.DECLINED, now)
            row.declined_because = reason
            await self._conclude(session, loan, row, staff_id, now)
            params: MessageParams = {
                "loan_id": loan.id,
                "loan_reference": loan.reference,
                "reference": row.reference,
                "reason": reason.label,
            }
            await _tell(session, row, "extension_declined", params, now)
            return view(row, loan, self._product(loan))

    async def _granted(
        self,
        session: AsyncSession,
        staff_id: int,
        loan: LoanRow,
        row: ExtensionRow,
        given: tuple[Kind | None, int | None],
    ) -> tuple[Change, Comparison]:
        """What would be granted, within everything that limits it."""
        require_valid(row, self._clock.now())
        if row.status != ExtensionStatus.REQUESTED:
            raise IllegalExtensionMove(state=ExtensionStatus(row.status).label)
        require_active(loan)
        await require_other_officer(session, self._staff, staff_id, loan.application_id)
        record, today = await loan_record.load(session, loan), self._today()
        rules = limits.offered(self._product(loan).extension, record)
        limits.require_arrears_paid(rules, record.state(today))
        kind, installments = given[0] or Kind(row.asked_kind), given[1] or row.asked_installments
        change = limits.change_of(rules, record, kind, installments, today)
        return change, proposal(record, change, today, self._rate_cap)

    async def _conclude(
        self, session: AsyncSession, loan: LoanRow, row: ExtensionRow, staff_id: int, now: datetime
    ) -> None:
        row.decided_by, row.decided_at = staff_id, now
        record_action(
            session,
            now=now,
            staff_id=staff_id,
            action=f"extension_{row.status}",
            subject=f"extension:{row.id}",
            details={"kind": row.kind, "installments": row.installments, "reason": row.declined_because},
        )
        await settle_handoff(session, self._staff, staff_id, now=now, kind=HandoffKind.EXTENSION, loan_id=loan.id)
        await moved_on(session, row, now)

    def _product(self, loan: LoanRow) -> Product:
        return self._products.get(loan.product_code)

    def _today(self) -> date:
        return local_date(self._clock.now(), self._lender.time_zone)


async def _announce_approval(
    session: AsyncSession, row: ExtensionRow, loan: LoanRow, comparison: Comparison, now: datetime
) -> None:
    params: MessageParams = {
        "extension_id": row.id,
        "product_code": loan.product_code,
        "loan_id": loan.id,
        "loan_reference": loan.reference,
        "reference": row.reference,
        "asked_kind": row.asked_kind,
        "asked": row.asked_installments,
        "granted_kind": row.kind,
        "granted": row.installments,
        "last_due_on": comparison.after.last.due_on,
        "extra": comparison.extra,
        "valid_until": row.valid_until,
    }
    await _tell(session, row, "extension_approved", params, now)


async def _tell(session: AsyncSession, row: ExtensionRow, kind: str, params: MessageParams, now: datetime) -> None:
    await enqueue(
        session,
        now=now,
        kind=kind,
        borrower_id=row.borrower_id,
        message_class=MessageClass.SERVICE,
        params=params,
        dedupe_key=f"extension:{row.id}:{row.status}",
        loan_id=row.loan_id,
    )
