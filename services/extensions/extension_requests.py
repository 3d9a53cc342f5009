"""Asking for a later end of a loan: what can be had and what it costs, the request, and its running out."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.audit.acts import WITHDREW, borrower_did
from services.clock import Clock, local_date
from services.configuration.extension_rules import ExtensionRules
from services.configuration.lender import Lender
from services.configuration.products import Products
from services.configuration.rate_cap import RateCap
from services.db import Database
from services.desk.handoff_records import close_handoffs, open_handoff
from services.desk.handoff_states import HandoffKind
from services.desk.officer_text import written
from services.errors import DomainError, IllegalMove
from services.extensions import extension_limits as limits
from services.extensions.extension_plans import Comparison, Kind, times_extended
from services.extensions.extension_records import (
    dedupe_key,
    find,
    granted,
    lock,
    moved_on,
    open_of,
    proposal,
    require_money_booked,
)
from services.extensions.extension_states import OPEN, ExtensionStatus, move, require_valid
from services.extensions.extension_views import (
    Extension,
    ExtensionFile,
    ExtensionOptions,
    ExtensionReason,
    is_open,
    view,
)
from services.lending import loan_record
from services.lending.loan_record import LoanRecord
from services.lending.loan_states import LoanStatus
from services.lending.loans import find_loan, require_active
from services.messages.outbox import MessageClass, enqueue
from services.models import ExtensionRow, LoanRow
from services.references import new_reference
from services.vault import Vault


class ExtensionAlreadyAsked(IllegalMove):
    """The loan has a request that waits already; `reference` names it."""

    key = "extensions.already_asked"


class Extensions:
    """The borrower's side up to the decision, and reading."""

    def __init__(
        self, database: Database, clock: Clock, vault: Vault, lender: Lender, products: Products, rate_cap: RateCap
    ) -> None:
        self._database = database
        self._clock = clock
        self._vault = vault
        self._lender = lender
        self._products = products
        self._rate_cap = rate_cap

    async def offered(self, borrower_id: int, loan_id: int) -> bool:
        """Whether it makes sense to speak of extending the loan: its product allows it once more, or a request waits.
        Raises NotFound."""
        async with self._database.reading() as session:
            return await self._offered(session, await find_loan(session, borrower_id, loan_id))

    async def offered_loans(self, borrower_id: int) -> Sequence[int]:
        """The ids of the borrower's loans for which `offered` holds."""
        query = select(LoanRow).where(LoanRow.borrower_id == borrower_id, LoanRow.status == LoanStatus.ACTIVE)
        async with self._database.reading() as session:
            loans = (await session.scalars(query.order_by(LoanRow.id))).all()
            return [loan.id for loan in loans if await self._offered(session, loan)]

    async def options(self, borrower_id: int, loan_id: int) -> ExtensionOptions:
        """What can be asked for today, with what each choice costs.

        Raises NotFound, IllegalLoanMove, ExtensionNotOffered, ExtendedTooOften, AskedTooEarly, AskedTooLate,
        ArrearsFirst, RateCapExceeded.
        """
        today = self._today()
        async with self._database.reading() as session:
            loan = await find_loan(session, borrower_id, loan_id)
            record = await loan_record.load(session, loan)
        product = self._products.get(loan.product_code)
        rules = self._require_offered(loan, record, today)
        choices = self._choices(rules, record, today)
        return ExtensionOptions(
            loan_id=loan.id,
            loan_reference=loan.reference,
            product=product,
            arrears=record.state(today).due_now.total,
            choices=choices,
            times_left=rules.times - times_extended(record),
            decide_within_hours=self._lender.decision_within_hours,
        )

    async def ask(
        self,
        borrower_id: int,
        loan_id: int,
        installments: int,
        reason: ExtensionReason,
        note: str | None = None,
        kind: Kind = Kind.LONGER,
    ) -> Extension:
        """Ask for so many more installments, and call an officer to decide. `note` is what the borrower adds in words.

        Raises as `options` does, and LengthNotOffered, TransferUnderWay, ExtensionAlreadyAsked, `EmptyText`,
        `TextTooLong`.
        """
        now, today = self._clock.now(), self._today()
        sealed = None if note is None else self._vault.seal_text(written(note))
        await self._close_if_over(borrower_id, loan_id)
        async with self._database.transaction() as session:
            loan = await loan_record.lock_loan(session, loan_id, borrower_id)
            waiting = await open_of(session, loan.id)
            if waiting is not None:
                raise ExtensionAlreadyAsked(reference=waiting.reference)
            record = await loan_record.load(session, loan)
            rules = self._require_offered(loan, record, today)
            await require_money_booked(session, loan.id, kind)
            proposal(record, limits.change_of(rules, record, kind, installments, today), today, self._rate_cap)
            row = ExtensionRow(
                reference=new_reference("E"),
                loan_id=loan.id,
                borrower_id=borrower_id,
                status=ExtensionStatus.REQUESTED,
                asked_kind=kind,
                asked_installments=installments,
                reason=reason,
                requested_at=now,
                decide_by=now + timedelta(hours=self._lender.decision_within_hours),
                valid_until=now + timedelta(days=rules.valid_days),
            )
            session.add(row)
            await session.flush()
            await open_handoff(
                session,
                now=now,
                kind=HandoffKind.EXTENSION,
                borrower_id=borrower_id,
                loan_id=loan.id,
                text_sealed=sealed,
                details={"extension_id": row.id, "decide_by": row.decide_by},
                dedupe_key=dedupe_key(row.id),
            )
            return view(row, loan, self._products.get(loan.product_code))

    async def current(self, borrower_id: int, loan_id: int) -> Extension | None:
        """The loan's request that waits for a decision or a signature. Raises NotFound."""
        async with self._database.reading() as session:
            loan = await find_loan(session, borrower_id, loan_id)
            row = await open_of(session, loan.id)
            if row is None or loan.status != LoanStatus.ACTIVE:
                return None
            found = view(row, loan, self._products.get(loan.product_code))
            return found if is_open(found, self._clock.now()) else None

    async def get(self, borrower_id: int, extension_id: int) -> Extension:
        """Raises NotFound, also for somebody else's."""
        async with self._database.reading() as session:
            return await self._view(session, await find(session, extension_id, borrower_id))

    async def withdraw(self, borrower_id: int, extension_id: int) -> Extension:
        """The borrower thinks better of it, before or after the decision. Raises NotFound, IllegalExtensionMove,
        ExtensionExpired."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            loan, row = await lock(session, extension_id, borrower_id)
            require_valid(row, now)
            move(row, ExtensionStatus.WITHDRAWN, now)
            borrower_did(session, borrower_id, WITHDREW, f"extension:{row.id}", now=now)
            await close_handoffs(session, now=now, kinds=(HandoffKind.EXTENSION,), loan_id=loan.id)
            await moved_on(session, row, now)
            return view(row, loan, self._products.get(loan.product_code))

    async def for_staff(self, extension_id: int) -> ExtensionFile:
        """The extension for the officer who decides. Whoever shows it answers for who sees it. Raises NotFound."""
        async with self._database.reading() as session:
            row = await find(session, extension_id)
            loan = await session.get_one(LoanRow, row.loan_id)
            record = await loan_record.load(session, loan)
            before = select(func.count(ExtensionRow.id)).where(
                ExtensionRow.loan_id == loan.id,
                ExtensionRow.id < row.id,
                ExtensionRow.status != ExtensionStatus.AGREED,
            )
            asked_before = await session.scalar(before) or 0
        rules = self._products.get(loan.product_code).extension
        return ExtensionFile(
            extension=view(row, loan, self._products.get(loan.product_code)),
            comparison=self._compared(row, loan, record),
            extended_before=times_extended(record),
            asked_before=asked_before,
            choices=() if rules is None or row.status != ExtensionStatus.REQUESTED else limits.choices(rules),
        )

    def _choices(self, rules: ExtensionRules, record: LoanRecord, on: date) -> tuple[Comparison, ...]:
        """Every choice with both plans; a pause only where the loan has something to pause."""
        found = []
        for kind, count in limits.choices(rules):
            change = limits.change_of(rules, record, kind, count, on)
            try:
                found.append(proposal(record, change, on, self._rate_cap))
            except limits.ExtensionNotOffered:
                if kind is Kind.LONGER:
                    raise
        return tuple(found)

    def _compared(self, row: ExtensionRow, loan: LoanRow, record: LoanRecord) -> Comparison | None:
        """What the extension would do today, where it still may do anything."""
        rules = self._products.get(loan.product_code).extension
        if row.status not in OPEN or loan.status != LoanStatus.ACTIVE or rules is None:
            return None
        try:
            kind, today = Kind(row.asked_kind), self._today()
            change = granted(row) or limits.change_of(rules, record, kind, row.asked_installments, today)
            return proposal(record, change, today, self._rate_cap)
        except DomainError:
            return None

    async def expire_due(self) -> int:
        """End every request that nobody decided or signed in time, or whose loan is over; answers how many. Borrowers
        are told where their loan still runs. Each is a transaction of its own."""
        over = or_(ExtensionRow.valid_until <= self._clock.now(), LoanRow.status != LoanStatus.ACTIVE)
        query = select(ExtensionRow.id).join(LoanRow, LoanRow.id == ExtensionRow.loan_id)
        async with self._database.reading() as session:
            due = (await session.scalars(query.where(ExtensionRow.status.in_(OPEN), over))).all()
        return sum([await self._expire(extension_id) for extension_id in due])

    async def _expire(self, extension_id: int) -> bool:
        now = self._clock.now()
        async with self._database.transaction() as session:
            loan, row = await lock(session, extension_id)
            runs = loan.status == LoanStatus.ACTIVE
            if row.status not in OPEN or (runs and row.valid_until > now):
                return False
            decided = row.status == ExtensionStatus.APPROVED
            move(row, ExtensionStatus.EXPIRED, now)
            await close_handoffs(session, now=now, kinds=(HandoffKind.EXTENSION,), loan_id=loan.id)
            await moved_on(session, row, now)
            if runs:
                await self._tell_expired(session, row, loan, decided=decided, now=now)
            return True

    async def _tell_expired(
        self, session: AsyncSession, row: ExtensionRow, loan: LoanRow, *, decided: bool, now: datetime
    ) -> None:
        await enqueue(
            session,
            now=now,
            kind="extension_expired",
            borrower_id=row.borrower_id,
            message_class=MessageClass.SERVICE,
            params={
                "loan_id": loan.id,
                "loan_reference": loan.reference,
                "reference": row.reference,
                "decided": decided,
            },
            dedupe_key=f"extension:{row.id}:expired",
            loan_id=loan.id,
        )

    async def _close_if_over(self, borrower_id: int, loan_id: int) -> None:
        """A request whose time is over must not stand in the way of a new one until the daily work comes by."""
        async with self._database.reading() as session:
            loan = await find_loan(session, borrower_id, loan_id)
            row = await open_of(session, loan.id)
        if row is not None and row.valid_until <= self._clock.now():
            await self._expire(row.id)

    async def _offered(self, session: AsyncSession, loan: LoanRow) -> bool:
        if loan.status != LoanStatus.ACTIVE:
            return False
        if await open_of(session, loan.id) is not None:
            return True
        try:
            limits.offered(self._products.get(loan.product_code).extension, await loan_record.load(session, loan))
        except IllegalMove:
            return False
        return True

    def _require_offered(self, loan: LoanRow, record: LoanRecord, on: date) -> ExtensionRules:
        require_active(loan)
        rules = limits.offered(self._products.get(loan.product_code).extension, record)
        state = record.state(on)
        limits.require_time_to_ask(rules, state)
        limits.require_arrears_paid(rules, state)
        return rules

    async def _view(self, session: AsyncSession, row: ExtensionRow) -> Extension:
        loan = await session.get_one(LoanRow, row.loan_id)
        return view(row, loan, self._products.get(loan.product_code))

    def _today(self) -> date:
        return local_date(self._clock.now(), self._lender.time_zone)
