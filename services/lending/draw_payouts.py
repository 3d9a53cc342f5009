"""Officers and revolving lines: paying a draw out or refusing it, stopping further draws and letting them again."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.clock import Clock, local_date
from services.configuration.lender import Lender
from services.configuration.staff import Permission, Staff
from services.db import Database
from services.desk.handoff_records import settle_handoff
from services.desk.handoff_states import HandoffKind
from services.desk.second_officer import require_second_officer
from services.desk.staff_actions import record_action
from services.errors import IllegalMove, NotFound
from services.lending import loan_record
from services.lending.credit_line_views import CreditLine, Draw, view_draw
from services.lending.credit_lines import (
    available_of,
    credit_line,
    find_line,
    on_the_way,
    require_amount,
    require_drawable,
)
from services.lending.draw_charges import draw_events
from services.lending.draw_records import find_draw, handoff_key, lock_draw
from services.lending.draw_states import DrawStatus, move, require
from services.lending.loan_figures import next_due
from services.messages.message_params import MessageParams
from services.messages.outbox import MessageClass, enqueue
from services.models import ApplicationRow, DrawRow, LoanRow
from services.money import Money
from services.origination.disbursement import PayoutReferenceTaken, cleaned_reference
from services.wording import Label


class DrawRefusal(StrEnum):
    """Why a draw is not paid out, in the words that the borrower may be told."""

    ACCOUNT = "account"
    CHECK = "check"
    DEBT = "debt"

    @property
    def label(self) -> Label:
        return Label(f"terms.draw_refusal_{self}")


@dataclass(frozen=True, slots=True)
class LineFile:
    """A line as an officer sees it."""

    loan_id: int
    reference: str
    line: CreditLine


class DrawPaidOut(IllegalMove):
    """The draw was paid out already, under the bank's `reference`."""

    key = "draws.already_paid_out"


class DrawPayouts:
    """The officers' side."""

    def __init__(self, database: Database, clock: Clock, lender: Lender, staff: Staff) -> None:
        self._database = database
        self._clock = clock
        self._lender = lender
        self._staff = staff

    async def pay_out(self, staff_id: int, draw_id: int, payout_reference: str) -> Draw:
        """Record that the draw was paid out today under the bank's reference; a repetition changes nothing.

        Raises NotAllowed (`SecondOfficerNeeded`, `ClaimedByAnother`), NotFound, PayoutReferenceMissing,
        PayoutReferenceTaken, DrawPaidOut, IllegalDrawMove, and why nothing can be drawn by now.
        """
        self._staff.require(staff_id, Permission.PAY_OUT)
        reference = cleaned_reference(payout_reference)
        now = self._clock.now()
        async with self._database.transaction() as session:
            draw, loan = await _lock(session, draw_id)
            if draw.status == DrawStatus.PAID_OUT:
                if draw.payout_reference == reference:
                    return view_draw(draw, loan)
                raise DrawPaidOut(reference=draw.payout_reference)
            await _require_free(session, reference)
            await require_second_officer(session, self._staff, staff_id, loan.application_id)
            require(draw, DrawStatus.REQUESTED)
            await self._lend(session, draw, loan, now)
            draw.paid_out_on, draw.paid_out_by, draw.payout_reference = self._today(), staff_id, reference
            record_action(session, now=now, staff_id=staff_id, action="paid_out", subject=f"draw:{draw.id}")
            await self._settle(session, staff_id, draw, now)
            return view_draw(draw, loan)

    async def refuse(self, staff_id: int, draw_id: int, reason: DrawRefusal) -> Draw:
        """Not pay the draw out; the borrower is told why. Raises NotAllowed, NotFound, IllegalDrawMove."""
        self._staff.require(staff_id, Permission.PAY_OUT)
        now = self._clock.now()
        async with self._database.transaction() as session:
            draw, loan = await _lock(session, draw_id)
            move(draw, DrawStatus.REFUSED, now)
            details: MessageParams = {"reason": reason.label}
            record_action(
                session, now=now, staff_id=staff_id, action="refused_draw", subject=f"draw:{draw.id}", details=details
            )
            await self._settle(session, staff_id, draw, now)
            await enqueue(
                session,
                now=now,
                kind="draw_refused",
                borrower_id=draw.borrower_id,
                message_class=MessageClass.SERVICE,
                params={
                    "loan_id": loan.id,
                    "reference": loan.reference,
                    "amount": Money.from_minor(draw.amount_minor, draw.currency),
                    "reason": reason.label,
                },
                dedupe_key=f"draw:{draw.id}:refused",
                loan_id=loan.id,
            )
            return view_draw(draw, loan)

    async def find(self, staff_id: int, loan_reference: str) -> LineFile:
        """The line of that reference, however it is typed. Raises NotAllowed, NotFound."""
        self._staff.require(staff_id, Permission.DECIDE)
        query = select(LoanRow).where(LoanRow.reference == loan_reference.strip().upper())
        async with self._database.reading() as session:
            loan = await session.scalar(query)
            if loan is None:
                raise NotFound
            return await self._view(session, loan)

    async def block(self, staff_id: int, loan_id: int, *, blocked: bool) -> LineFile:
        """Stop further draws, or let them again; the borrower is told when it changes. Raises NotAllowed, NotFound."""
        self._staff.require(staff_id, Permission.DECIDE)
        now = self._clock.now()
        async with self._database.transaction() as session:
            loan = await loan_record.lock_loan(session, loan_id)
            line = await find_line(session, loan.id, lock=True)
            if (line.blocked_at is not None) != blocked:
                line.blocked_at, line.blocked_by = (now, staff_id) if blocked else (None, None)
                action = "blocked_line" if blocked else "unblocked_line"
                record_action(session, now=now, staff_id=staff_id, action=action, subject=f"loan:{loan.id}")
                await _tell_blocked(session, loan, now, blocked=blocked)
            return await self._view(session, loan)

    async def _lend(self, session: AsyncSession, draw: DrawRow, loan: LoanRow, now: datetime) -> None:
        """Write the draw into the loan's record, if it may still be drawn, and owe the borrower the message."""
        today, amount = self._today(), Money.from_minor(draw.amount_minor, draw.currency)
        line = await find_line(session, loan.id)
        record = await loan_record.load(session, loan)
        others = await on_the_way(session, loan.id, but=draw.id)
        require_amount(amount, line, require_drawable(loan, line, record.state(today), others))
        move(draw, DrawStatus.PAID_OUT, now)
        recorded = [
            await loan_record.record(session, loan, event, now) for event in draw_events(record.terms, amount, today)
        ]
        draw.event_position = recorded[0].position
        after = recorded[-1].state
        coming = next_due(after)
        application = await session.get_one(ApplicationRow, loan.application_id)
        await enqueue(
            session,
            now=now,
            kind="draw_paid_out",
            borrower_id=draw.borrower_id,
            message_class=MessageClass.SERVICE,
            params={
                "loan_id": loan.id,
                "reference": loan.reference,
                "amount": amount,
                "account": application.payout_account_masked or "",
                "drawn": after.outstanding.principal,
                "available": available_of(line, after, others),
                "next_due_on": None if coming is None else coming.on,
                "next_due_amount": None if coming is None else coming.amount,
            },
            dedupe_key=f"draw:{draw.id}:paid_out",
            loan_id=loan.id,
        )

    async def _settle(self, session: AsyncSession, staff_id: int, draw: DrawRow, now: datetime) -> None:
        key = handoff_key(draw.id)
        await settle_handoff(session, self._staff, staff_id, now=now, kind=HandoffKind.DRAW, dedupe_key=key)

    async def _view(self, session: AsyncSession, loan: LoanRow) -> LineFile:
        record = await loan_record.load(session, loan)
        line = await credit_line(session, loan, record, record.state(self._today()))
        if line is None:
            raise NotFound
        return LineFile(loan.id, loan.reference, line)

    def _today(self) -> date:
        return local_date(self._clock.now(), self._lender.time_zone)


async def _lock(session: AsyncSession, draw_id: int) -> tuple[DrawRow, LoanRow]:
    """The loan first, as everywhere. Raises NotFound."""
    found = await find_draw(session, draw_id)
    loan = await loan_record.lock_loan(session, found.loan_id)
    return await lock_draw(session, draw_id), loan


async def _require_free(session: AsyncSession, reference: str) -> None:
    """Raises PayoutReferenceTaken when a loan or another draw was paid out under the bank's reference."""
    loan = await session.scalar(select(LoanRow.reference).where(LoanRow.payout_reference == reference))
    drawn = select(LoanRow.reference).join(DrawRow, DrawRow.loan_id == LoanRow.id)
    taken = loan or await session.scalar(drawn.where(DrawRow.payout_reference == reference))
    if taken is not None:
        raise PayoutReferenceTaken(reference=taken)


async def _tell_blocked(session: AsyncSession, loan: LoanRow, now: datetime, *, blocked: bool) -> None:
    await enqueue(
        session,
        now=now,
        kind="line_blocked" if blocked else "line_unblocked",
        borrower_id=loan.borrower_id,
        message_class=MessageClass.SERVICE,
        params={"loan_id": loan.id, "reference": loan.reference},
        dedupe_key=f"loan:{loan.id}:blocked:{blocked}:{int(now.timestamp())}",
        loan_id=loan.id,
    )
