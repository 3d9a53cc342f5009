"""Planning the notices that borrowers are owed. The database is the schedule: whatever asks for a plan, however often,
each notice is planned once, because its key names its occasion.

Reminders, and overdue notices whose figures are foretold, are planned by statements over all loans of a time zone. Of
the rest a plan reads the facts, lets `notice_plan` decide, and writes the outcome, a page of loans at a time. Each
statement and each page has its own short transaction, so that borrowers are answered while it runs.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.clock import Clock, local_date
from services.configuration.lender import Lender
from services.db import Database
from services.desk.handoff_records import open_handoff
from services.desk.handoff_states import HandoffKind
from services.engine.conditions import Method
from services.lending.arrears import Arrears, ArrearsOn, arrears_on
from services.messages import outbox
from services.messages.message_params import MessageParam, MessageParams
from services.messages.outbox import NOTICES, MessageClass, MessageStatus, withdraw_where
from services.models import BorrowerRow, InstallmentRow, LoanRow, OutboxRow
from services.money import Money
from services.reminders.deadline_notices import plan_deadlines
from services.reminders.notice_candidates import Candidate, late_without_notice, load
from services.reminders.notice_plan import (
    Escalation,
    NoticeRules,
    OverdueNotice,
    OverdueStep,
    Owed,
    Reminder,
    notices_owed,
)
from services.reminders.notice_statements import ZoneDay, owe_overdue_notices, owe_reminders, reminder_days

PAGE = 200
"""Loans planned in one transaction."""
PAGES_FOUND_AT_ONCE = 50
"""Finding loans walks through all arrears: it is done for many pages together."""


@dataclass(frozen=True, slots=True)
class Planned:
    """How much a plan made owed that was not owed before."""

    reminders: int = 0
    overdue: int = 0
    escalations: int = 0
    deadlines: int = 0
    """Offers about to expire and questions about to go unanswered."""

    def __add__(self, other: "Planned") -> "Planned":
        return Planned(
            self.reminders + other.reminders,
            self.overdue + other.overdue,
            self.escalations + other.escalations,
            self.deadlines + other.deadlines,
        )


@dataclass(frozen=True, slots=True)
class _Decided:
    """A loan with the notices it is owed and, where it is in arrears, the figures they name."""

    candidate: Candidate
    owed: Sequence[Owed]
    arrears: Arrears | None


class Notices:
    """Reminders before due dates, overdue notices after them, and officers called in."""

    def __init__(
        self, database: Database, clock: Clock, lender: Lender, arrears: ArrearsOn = arrears_on, page: int = PAGE
    ) -> None:
        self._database = database
        self._clock = clock
        self._rules = notice_rules(lender)
        self._window = lender.contact_window
        self._arrears = arrears
        self._page = page

    async def plan(self) -> Planned:
        """Make owed what every loan is owed today, by the calendar of each borrower's time zone, and withdraw what an
        earlier day planned and nobody received. Harmless to repeat and to interrupt."""
        total = Planned()
        async with self._database.reading() as session:
            zones = (await session.scalars(select(BorrowerRow.time_zone).distinct())).all()
        for time_zone in zones:
            now = self._clock.now()
            await self._withdraw_stale(time_zone, now)
            today = local_date(now, time_zone)
            total += await self._plan_zone(ZoneDay(time_zone, today, now, self._rules, self._window))
            total += Planned(deadlines=await plan_deadlines(self._database, time_zone, now))
        return total

    async def _withdraw_stale(self, time_zone: str, now: datetime) -> None:
        """Take back the notices of earlier days: their figures have moved on, and the day's plan says what holds."""
        midnight = datetime.combine(local_date(now, time_zone), time.min, ZoneInfo(time_zone))
        living_there = select(BorrowerRow.id).where(BorrowerRow.time_zone == time_zone)
        async with self._database.transaction() as session:
            await withdraw_where(
                session,
                OutboxRow.status == MessageStatus.PENDING,
                OutboxRow.message_class.in_(NOTICES),
                OutboxRow.created_at < midnight,
                OutboxRow.borrower_id.in_(living_there),
            )

    async def _plan_zone(self, zone: ZoneDay) -> Planned:
        total = Planned()
        for days_left, rung in reminder_days(zone):
            async with self._database.transaction() as session:
                total += Planned(reminders=await owe_reminders(session, zone, days_left, rung))
        async with self._database.transaction() as session:
            total += Planned(overdue=await owe_overdue_notices(session, zone))
        async for loan_ids in self._left_over(zone):
            total += await self._plan_page(loan_ids, zone.today, zone.now)
        return total

    async def _left_over(self, zone: ZoneDay) -> AsyncIterator[Sequence[int]]:
        """The loans that are to be looked at one by one, in pages."""
        after = 0
        while True:
            query = late_without_notice(self._rules, zone.time_zone, zone.today, after)
            async with self._database.reading() as session:
                loan_ids = (await session.scalars(query.limit(self._page * PAGES_FOUND_AT_ONCE))).all()
            if not loan_ids:
                return
            for first in range(0, len(loan_ids), self._page):
                yield loan_ids[first : first + self._page]
            after = loan_ids[-1]

    async def _plan_page(self, loan_ids: Sequence[int], today: date, now: datetime) -> Planned:
        async with self._database.reading() as session:
            candidates = await load(session, loan_ids, today, self._rules)
            decided = [await self._decide(session, candidate) for candidate in candidates]
        total = Planned()
        async with self._database.transaction() as session:
            for each in decided:
                for notice in each.owed:
                    total += await self._owe(session, each, notice, now)
        return total

    async def _decide(self, session: AsyncSession, candidate: Candidate) -> _Decided:
        owed = notices_owed(candidate.facts, self._rules)
        if candidate.borrower.unreachable_since is not None:
            # Nothing reaches somebody who blocked the bot; an officer may find another way.
            owed = tuple(notice for notice in owed if isinstance(notice, Escalation))
        if not any(isinstance(notice, OverdueNotice | Escalation) for notice in owed):
            return _Decided(candidate, owed, None)
        if candidate.arrears is not None:
            return _Decided(candidate, owed, candidate.arrears)
        # A replay is arithmetic without a pause: let the bot answer somebody between two of them.
        await asyncio.sleep(0)
        return _Decided(candidate, owed, await self._arrears(session, candidate.loan, candidate.facts.today))

    async def _owe(self, session: AsyncSession, decided: _Decided, notice: Owed, now: datetime) -> Planned:
        loan = decided.candidate.loan
        match notice:
            case Reminder():
                params = _reminder_params(loan, decided.candidate.installments, notice)
                fresh = await self._enqueue(
                    session, decided.candidate, "reminder", MessageClass.REMINDER, params, notice.key, now
                )
                return Planned(reminders=fresh)
            case OverdueNotice():
                params = _overdue_params(loan, decided.arrears, notice.oldest_due_on, notice.days_past_due)
                params |= {"step": notice.step.days, "tone": notice.step.tone}
                fresh = await self._enqueue(
                    session, decided.candidate, "overdue", MessageClass.DUNNING, params, notice.key, now
                )
                return Planned(overdue=fresh)
            case Escalation():
                return await self._call_officer(session, decided, notice, now)

    async def _call_officer(
        self, session: AsyncSession, decided: _Decided, notice: Escalation, now: datetime
    ) -> Planned:
        """Hand the arrears to an officer and tell the borrower that somebody will be in touch."""
        loan = decided.candidate.loan
        params = _overdue_params(loan, decided.arrears, notice.oldest_due_on, notice.days_past_due)
        await open_handoff(
            session,
            now=now,
            kind=HandoffKind.ESCALATION,
            borrower_id=loan.borrower_id,
            loan_id=loan.id,
            details=params,
            dedupe_key=notice.key,
        )
        if decided.candidate.borrower.unreachable_since is not None:
            return Planned(escalations=1)
        key = f"{notice.key}:borrower"
        await self._enqueue(session, decided.candidate, "escalated", MessageClass.DUNNING, params, key, now)
        return Planned(escalations=1)

    async def _enqueue(
        self,
        session: AsyncSession,
        candidate: Candidate,
        kind: str,
        message_class: MessageClass,
        params: MessageParams,
        key: str,
        now: datetime,
    ) -> bool:
        borrower = candidate.borrower
        return await outbox.enqueue(
            session,
            now=now,
            kind=kind,
            borrower_id=borrower.id,
            message_class=message_class,
            params=params,
            dedupe_key=key,
            not_before=self._window.wished(candidate.facts.today, borrower.reminder_hour, borrower.time_zone),
            loan_id=candidate.loan.id,
        )


def notice_rules(lender: Lender) -> NoticeRules:
    """The ladders of the lender's configuration."""
    steps = tuple(OverdueStep(step.days, step.tone) for step in lender.overdue_steps)
    return NoticeRules(tuple(lender.reminder_days), steps, lender.escalate_from_days)


def _reminder_params(loan: LoanRow, installments: Sequence[InstallmentRow], notice: Reminder) -> MessageParams:
    row = next(row for row in installments if row.number == notice.number)
    return {
        "loan_reference": loan.reference,
        "number": notice.number,
        "amount": Money.from_minor(row.due_minor - row.paid_minor, loan.currency),
        "due_on": notice.due_on,
        "days_left": notice.days_left,
        "revolving": loan.terms.get("method") == Method.REVOLVING,
    }


def _overdue_params(
    loan: LoanRow, arrears: Arrears | None, oldest_due_on: date, days_past_due: int
) -> dict[str, MessageParam]:
    if arrears is None:
        raise ValueError("an overdue notice names what is owed")
    return {
        "loan_reference": loan.reference,
        "amount": arrears.total - arrears.penalty,
        "penalty": arrears.penalty,
        "total": arrears.total,
        "due_on": oldest_due_on,
        "days_past_due": days_past_due,
    }
