"""Signing an extension: the old and the new plan are frozen under a fingerprint, signed like a contract, and become
the loan's.

What is signed is the plan of the day on which it is signed: interest runs by the day, and a payment in between changes
what is left. Where the plan that was shown no longer holds, it must be read again.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.audit.acts import borrower_did
from services.clock import Clock, local_date
from services.configuration.allowance_rules import Costly
from services.configuration.lender import Lender
from services.configuration.products import Products
from services.configuration.rate_cap import RateCap
from services.db import Database
from services.desk.handoff_records import close_handoffs
from services.desk.handoff_states import HandoffKind
from services.errors import DomainError, IllegalMove, NotFound
from services.extensions import extension_limits as limits
from services.extensions.extension_papers import ExtensionPapers
from services.extensions.extension_plans import Comparison, Plan, event_of, plan_of
from services.extensions.extension_records import find, granted, lock, moved_on, proposal, require_money_booked
from services.extensions.extension_states import (
    ExtensionStatus,
    IllegalExtensionMove,
    move,
    require_valid,
)
from services.extensions.extension_views import Agreed, Agreement, Extension, view
from services.lending import loan_record
from services.lending.loans import find_loan, require_active
from services.models import ExtensionRow, LoanRow
from services.origination.contract_records import SignedHow, contract_of_offer
from services.origination.signing import NoCodeSent, NotASignature, put_code, recognise, try_code
from services.people.allowances import spend
from services.vault import Vault


class PlanChanged(IllegalMove):
    """The plan that was shown no longer holds, so the extension must be read again; `reference` names it."""

    key = "extensions.plan_changed"


class ExtensionAgreements:
    """Reading what was granted, and signing it."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        vault: Vault,
        lender: Lender,
        products: Products,
        rate_cap: RateCap,
        papers: ExtensionPapers,
    ) -> None:
        self._database = database
        self._clock = clock
        self._vault = vault
        self._lender = lender
        self._products = products
        self._rate_cap = rate_cap
        self._papers = papers

    async def read(self, borrower_id: int, extension_id: int) -> Agreement:
        """What would be signed today. Raises NotFound, IllegalExtensionMove, ExtensionExpired, IllegalLoanMove,
        ExtensionNotOffered, ArrearsFirst, TransferUnderWay, RateCapExceeded."""
        async with self._database.reading() as session:
            row = await find(session, extension_id, borrower_id)
            loan = await session.get_one(LoanRow, row.loan_id)
            comparison = await self._signable(session, row, loan)
            return await self._agreement(session, row, loan, comparison)

    async def send_code(self, borrower_id: int, extension_id: int) -> tuple[Agreement, str]:
        """Freeze what is signed, and answer it with a fresh six-digit code that the borrower types back; an earlier
        code is void from here on. Raises as `read` does, and TooOften."""
        now = self._clock.now()
        valid = timedelta(minutes=self._lender.signing_code_minutes)
        async with self._database.transaction() as session:
            loan, row = await lock(session, extension_id, borrower_id)
            comparison = await self._signable(session, row, loan)
            agreement = await self._agreement(session, row, loan, comparison)
            row.agreement = await _written(session, row, loan, comparison)
            row.agreement_sha256 = agreement.sha256
            await spend(session, self._lender, borrower_id, Costly.SIGNING_CODE, now)
            return agreement, put_code(row, self._vault, now, valid)

    async def sign(self, borrower_id: int, extension_id: int, typed: str, chat_id: int) -> Agreed:
        """Sign by the code that was shown, or by the lender's words of consent in any of its languages; from here on
        the loan has its new plan.

        The agreement is printed and kept. Raises as `read` does, PlanChanged, and for what was typed WrongCode,
        NoCodeSent, CodeExpired, TooManyAttempts, NotASignature.
        """
        now = self._clock.now()
        how = await self._check_typed(borrower_id, extension_id, typed, now)
        async with self._database.reading() as session:
            row = await find(session, extension_id, borrower_id)
            loan = await session.get_one(LoanRow, row.loan_id)
            shown = row.agreement_sha256 or ""
            comparison = await self._signable(session, row, loan)
            paper, language = await self._papers.draw_up(
                session, row, loan, comparison, terms_sha256=shown, how=how, chat_id=chat_id, now=now
            )
        key, sha256 = await self._papers.print(paper, language)
        try:
            async with self._database.transaction() as session:
                loan, row = await lock(session, extension_id, borrower_id)
                comparison = await self._signable(session, row, loan)
                today = (await self._agreement(session, row, loan, comparison)).sha256
                if not shown == row.agreement_sha256 == today:
                    raise PlanChanged(reference=row.reference)
                move(row, ExtensionStatus.AGREED, now)
                row.signed_at, row.signed_how, row.signed_chat_id = now, how, chat_id
                row.paper_sha256, row.paper_storage_key = sha256, key
                row.code_fingerprint = None
                borrower_did(
                    session,
                    borrower_id,
                    "signed_extension",
                    f"extension:{row.id}",
                    now=now,
                    details={"how": str(how), "sha256": sha256},
                )
                return await self._take_effect(session, loan, row, comparison, now)
        except DomainError:
            await self._papers.forget(key)
            raise

    async def signed(self, borrower_id: int, loan_id: int) -> Sequence[Extension]:
        """The signed extensions of the borrower's loan, oldest first. Raises NotFound."""
        of_loan = (ExtensionRow.loan_id == loan_id, ExtensionRow.status == ExtensionStatus.AGREED)
        async with self._database.reading() as session:
            loan = await find_loan(session, borrower_id, loan_id)
            rows = (await session.scalars(select(ExtensionRow).where(*of_loan).order_by(ExtensionRow.id))).all()
            return [view(row, loan, self._products.get(loan.product_code)) for row in rows]

    async def paper(self, borrower_id: int, extension_id: int) -> bytes:
        """The signed agreement as PDF. Raises NotFound, also for one that is not signed, and Unavailable."""
        async with self._database.reading() as session:
            row = await find(session, extension_id, borrower_id)
        if row.paper_storage_key is None:
            raise NotFound
        return await self._papers.stored(row.paper_storage_key)

    async def _check_typed(self, borrower_id: int, extension_id: int, typed: str, now: datetime) -> SignedHow:
        phrases = self._lender.signing_phrases
        async with self._database.transaction() as session:
            loan, row = await lock(session, extension_id, borrower_id)
            comparison = await self._signable(session, row, loan)
            shown, today = row.agreement_sha256, (await self._agreement(session, row, loan, comparison)).sha256
            how = recognise(typed, phrases.values())
            refusal = try_code(row, self._vault, typed, now) if how is SignedHow.CODE else None
            if shown is not None and shown != today:
                row.code_fingerprint = row.agreement = row.agreement_sha256 = None
        if how is None:
            raise NotASignature(phrase=next(iter(phrases.values())))
        if shown is None:
            raise NoCodeSent
        if shown != today:
            raise PlanChanged(reference=row.reference)
        if refusal is not None:
            raise refusal
        return how

    async def _take_effect(
        self,
        session: AsyncSession,
        loan: LoanRow,
        row: ExtensionRow,
        comparison: Comparison,
        now: datetime,
    ) -> Agreed:
        change, record = granted(row), await loan_record.load(session, loan)
        if change is None:
            raise IllegalExtensionMove(state=ExtensionStatus(row.status).label)
        recorded = await loan_record.record(session, loan, event_of(record, change, comparison.on), now)
        row.event_position = recorded.position
        if not recorded.state.due_now.total:
            await close_handoffs(session, now=now, kinds=(HandoffKind.ESCALATION,), loan_id=loan.id)
        await moved_on(session, row, now)
        plan = plan_of(await loan_record.load(session, loan), recorded.state)
        return Agreed(
            extension=view(row, loan, self._products.get(loan.product_code)),
            next=plan.next or plan.last,
            last_due_on=plan.last.due_on,
        )

    async def _signable(self, session: AsyncSession, row: ExtensionRow, loan: LoanRow) -> Comparison:
        """The plan of today, if what was granted may be signed today."""
        require_valid(row, self._clock.now())
        change = granted(row)
        if row.status != ExtensionStatus.APPROVED or change is None:
            raise IllegalExtensionMove(state=ExtensionStatus(row.status).label)
        require_active(loan)
        await require_money_booked(session, loan.id, change.kind)
        record, today = await loan_record.load(session, loan), self._today()
        rules = self._products.get(loan.product_code).extension
        if rules is not None:
            limits.require_arrears_paid(rules, record.state(today))
        return proposal(record, change, today, self._rate_cap)

    async def _agreement(
        self, session: AsyncSession, row: ExtensionRow, loan: LoanRow, comparison: Comparison
    ) -> Agreement:
        extension = view(row, loan, self._products.get(loan.product_code))
        return Agreement(extension, comparison, fingerprint(await _written(session, row, loan, comparison)))

    def _today(self) -> date:
        return local_date(self._clock.now(), self._lender.time_zone)


def fingerprint(agreement: dict[str, Any]) -> str:
    """SHA-256 of the agreement as JSON with sorted keys and no blanks, hexadecimal."""
    text = json.dumps(agreement, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


async def _written(session: AsyncSession, row: ExtensionRow, loan: LoanRow, comparison: Comparison) -> dict[str, Any]:
    """The agreement as it is kept: whose it is, of which contract, from which day, the old plan and the new one."""
    contract = await contract_of_offer(session, loan.offer_id)
    return {
        "extension": row.reference,
        "loan": loan.reference,
        "contract": None if contract is None else contract.reference,
        "currency": loan.currency,
        "from": comparison.effective_on.isoformat(),
        "on": comparison.on.isoformat(),
        "kind": comparison.change.kind,
        "installments": comparison.change.installments,
        "old": _plan(comparison.before),
        "new": _plan(comparison.after),
        "costs": str(comparison.extra.amount),
    }


def _plan(plan: Plan) -> dict[str, Any]:
    return {
        "annual_rate": str(plan.annual_rate.value),
        "rows": [
            [
                row.number,
                row.due_on.isoformat(),
                *(str(part.amount) for part in (row.principal, row.interest, row.fees)),
            ]
            for row in plan.rows
        ],
    }
