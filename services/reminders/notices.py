"""Planning the notices that borrowers are owed. The database is the schedule: whatever asks for a plan, however often,
each notice is planned once, because its key names its occasion.

Reminders, and overdue notices whose figures are foretold, are planned by statements over all loans of a time zone. Of
the rest a plan reads the facts, lets `notice_plan` decide, and writes the outcome, a page of loans at a time. Each
statement and each page has its own short transaction, so that borrowers are answered while it runs.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from itertools import starmap
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.clock import Clock, local_date
from services.configuration.lender import Lender
from services.db import Database
from services.desk.handoff_records import Opening, open_handoffs
from services.desk.handoff_states import HandoffKind
from services.lending.arrears import Arrears, ArrearsOn, arrears_on
from services.messages.message_params import MessageParam, MessageParams
from services.messages.outbox import NOTICES, MessageClass, MessageStatus, withdraw_where
from services.messages.outbox_bulk import OwedMessage, enqueue_many
from services.models import BorrowerRow, LoanRow, OutboxRow
from services.reminders.deadline_notices import plan_deadlines
from services.reminders.notice_candidates import Candidate, late_without_notice, load
from services.reminders.notice_plan import (
    Escalation,
    NoticeRules,
    OverdueNotice,
    OverdueStep,
    notices_owed,
)
from services.reminders.notice_statements import ZoneDay, owe_overdue_notices, owe_reminders

PAGE = 200
"""Loans planned in one transaction."""
REMINDED_AT_ONCE = 50_000
"""Loans whose reminders one statement plans."""
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
    """A loan in arrears with what it is owed, and the figures to be named if that is anything."""

    candidate: Candidate
    overdue: Sequence[OverdueNotice]
    escalations: Sequence[Escalation]
    arrears: Arrears | None

    @property
    def is_reachable(self) -> bool:
        return self.candidate.borrower.unreachable_since is None


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
        for time_zone in await self._time_zones():
            now = self._clock.now()
            await self._withdraw_stale(time_zone, now)
            today = local_date(now, time_zone)
            total += await self._plan_zone(ZoneDay(time_zone, today, now, self._rules, self._window))
            total += Planned(deadlines=await plan_deadlines(self._database, time_zone, now))
        return total

    async def _time_zones(self) -> list[str]:
        """Where borrowers live, from one to the next by the index: there are few zones, and many borrowers in each."""
        zones: list[str] = []
        async with self._database.reading() as session:
            while True:
                further = select(func.min(BorrowerRow.time_zone)).where(BorrowerRow.time_zone > (zones or [""])[-1])
                found = await session.scalar(further)
                if found is None:
                    return zones
                zones.append(found)

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
        for loan_ids in await self._stretches():
            async with self._database.transaction() as session:
                total += Planned(reminders=await owe_reminders(session, zone, loan_ids))
        async with self._database.transaction() as session:
            total += Planned(overdue=await owe_overdue_notices(session, zone))
        async for page in self._left_over(zone):
            total += await self._plan_page(page, zone)
        return total

    async def _stretches(self) -> list[range]:
        """All loan ids, cut so that no statement keeps anybody waiting for long."""
        async with self._database.reading() as session:
            last = await session.scalar(select(func.max(LoanRow.id))) or 0
        return [range(first, first + REMINDED_AT_ONCE) for first in range(1, last + 1, REMINDED_AT_ONCE)]

    async def _left_over(self, zone: ZoneDay) -> AsyncIterator[Sequence[int]]:
        """The loans that are to be looked at one by one, in pages."""
        after, most = 0, self._page * PAGES_FOUND_AT_ONCE
        while True:
            query = late_without_notice(self._rules, zone.time_zone, zone.today, after)
            async with self._database.reading() as session:
                loan_ids = (await session.scalars(query.limit(most))).all()
            for first in range(0, len(loan_ids), self._page):
                yield loan_ids[first : first + self._page]
            if len(loan_ids) < most:
                return
            after = loan_ids[-1]

    async def _plan_page(self, loan_ids: Sequence[int], zone: ZoneDay) -> Planned:
        async with self._database.reading() as session:
            candidates = await load(session, loan_ids, zone.today, self._rules)
            decided = [await self._decide(session, candidate) for candidate in candidates]
        overdue = [self._overdue(each, notice) for each in decided for notice in each.overdue]
        called = [(each, notice) for each in decided for notice in each.escalations]
        async with self._database.transaction() as session:
            planned = Planned(overdue=await enqueue_many(session, overdue, zone.now), escalations=len(called))
            await open_handoffs(session, HandoffKind.ESCALATION, list(starmap(_opening, called)), zone.now)
            told = [self._escalated(each, notice) for each, notice in called if each.is_reachable]
            await enqueue_many(session, told, zone.now)
        return planned

    async def _decide(self, session: AsyncSession, candidate: Candidate) -> _Decided:
        owed = notices_owed(candidate.facts, self._rules)
        # Nothing reaches somebody who blocked the bot; an officer may find another way.
        reachable = candidate.borrower.unreachable_since is None
        overdue = [notice for notice in owed if isinstance(notice, OverdueNotice) and reachable]
        escalations = [notice for notice in owed if isinstance(notice, Escalation)]
        arrears = candidate.arrears
        if arrears is None and (overdue or escalations):
            # A replay is arithmetic without a pause: let the bot answer somebody between two of them.
            await asyncio.sleep(0)
            arrears = await self._arrears(session, candidate.loan, candidate.facts.today)
        return _Decided(candidate, overdue, escalations, arrears)

    def _overdue(self, decided: _Decided, notice: OverdueNotice) -> OwedMessage:
        params = _params(decided, notice) | {"step": notice.step.days, "tone": notice.step.tone}
        return self._message("overdue", decided.candidate, params, notice.key)

    def _escalated(self, decided: _Decided, notice: Escalation) -> OwedMessage:
        """Tells the borrower that somebody will be in touch."""
        return self._message("escalated", decided.candidate, _params(decided, notice), f"{notice.key}:borrower")

    def _message(self, kind: str, candidate: Candidate, params: MessageParams, key: str) -> OwedMessage:
        borrower = candidate.borrower
        return OwedMessage(
            kind=kind,
            message_class=MessageClass.DUNNING,
            params=params,
            dedupe_key=key,
            borrower_id=borrower.id,
            not_before=self._window.wished(candidate.facts.today, borrower.reminder_hour, borrower.time_zone),
            loan_id=candidate.loan.id,
        )


def notice_rules(lender: Lender) -> NoticeRules:
    """The ladders of the lender's configuration."""
    steps = tuple(OverdueStep(step.days, step.tone) for step in lender.overdue_steps)
    return NoticeRules(tuple(lender.reminder_days), steps, lender.escalate_from_days)


def _opening(decided: _Decided, notice: Escalation) -> Opening:
    """Hands the arrears to an officer."""
    loan = decided.candidate.loan
    return Opening(loan.borrower_id, loan.id, _params(decided, notice), notice.key)


def _params(decided: _Decided, notice: OverdueNotice | Escalation) -> dict[str, MessageParam]:
    arrears = decided.arrears
    if arrears is None:
        raise ValueError("a notice of arrears names what is owed")
    return {
        "loan_reference": decided.candidate.loan.reference,
        "amount": arrears.total - arrears.penalty,
        "penalty": arrears.penalty,
        "total": arrears.total,
        "due_on": notice.oldest_due_on,
        "days_past_due": notice.days_past_due,
    }
