"""The nightly look at everything: ledger against installments, payments and replays, rows against files, what is stuck.

It only reads. What it finds goes into the log as errors, to whoever asked to be told, and as one message to the desk.
"""

import logging
from collections.abc import AsyncIterator, Callable
from datetime import date, datetime
from functools import partial
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.clock import Clock, local_date
from services.configuration.lender import Lender
from services.configuration.staff import Staff
from services.consistency import book_checks, store_checks, stuck_checks
from services.consistency.findings import Finding, Report
from services.consistency.replay_check import replayed, todays_loans
from services.db import Database
from services.gateways import DocumentStore
from services.messages.outbox import MessageClass, enqueue
from services.transient import retrying

logger = logging.getLogger(__name__)

LOANS_A_NIGHT: Final = 500
"""Loans replayed in one run."""

_WITHOUT_LIMITS: Final = text(
    "SELECT set_config('statement_timeout', '0', true), set_config('idle_in_transaction_session_timeout', '0', true)"
)

Check = Callable[[AsyncSession], AsyncIterator[Finding]]


class ConsistencyCheck:
    """Every check in turn, each in a snapshot of its own beside a bot that is at work."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        lender: Lender,
        staff: Staff,
        store: DocumentStore,
        *,
        loans_a_night: int = LOANS_A_NIGHT,
    ) -> None:
        self._database = database
        self._clock = clock
        self._lender = lender
        self._staff = staff
        self._store = store
        self._loans_a_night = loans_a_night
        self._told: list[Callable[[Report], None]] = []

    def on_report(self, told: Callable[[Report], None]) -> None:
        """Have `told` called with every report, also with one that found nothing. It must be quick and not raise."""
        self._told.append(told)

    async def run(self) -> Report:
        """Check everything, log what is wrong, tell the desk and whoever asked, answer the report."""
        report = await self.look()
        await self._tell_desk(report)
        for told in self._told:
            told(report)
        return report

    async def look(self) -> Report:
        """Check everything, log what is wrong, answer the report. Nothing is written."""
        now = self._clock.now()
        day = local_date(now, self._lender.time_zone)
        findings: list[Finding] = []
        for check in self._checks(now):
            findings += await retrying(partial(self._collected, check))
        loans = await self._todays_loans(day)
        for loan_id in loans:
            findings += await retrying(partial(self._replayed, loan_id))
        for finding in findings:
            logger.log(
                logging.ERROR if finding.kind.is_mistake else logging.WARNING,
                "the books do not agree" if finding.kind.is_mistake else "something waits too long",
                extra={"check": finding.kind.value, "subject": finding.subject, "detail": finding.detail},
            )
        return Report(day, tuple(findings), len(loans))

    def _checks(self, now: datetime) -> tuple[Check, ...]:
        return (
            book_checks.ledger,
            book_checks.payments,
            book_checks.due_dates,
            store_checks.damage,
            lambda session: store_checks.missing_files(session, self._store, now),
            lambda session: store_checks.stray_files(session, self._store, now),
            lambda session: stuck_checks.messages(session, now),
            lambda session: stuck_checks.handoffs(session, now),
            lambda session: stuck_checks.half_way(session, now),
        )

    async def _collected(self, check: Check) -> list[Finding]:
        async with self._database.snapshot() as session:
            if session.get_bind().dialect.name == "postgresql":
                # Sums over everything take longer than any borrower's question may, and so does listing the store.
                await session.execute(_WITHOUT_LIMITS)
            return [finding async for finding in check(session)]

    async def _todays_loans(self, day: date) -> tuple[int, ...]:
        async with self._database.reading() as session:
            return tuple(await todays_loans(session, day, self._loans_a_night))

    async def _replayed(self, loan_id: int) -> list[Finding]:
        async with self._database.snapshot() as session:
            return await replayed(session, loan_id)

    async def _tell_desk(self, report: Report) -> None:
        if not report.findings or self._staff.desk is None:
            return
        async with self._database.transaction() as session:
            await enqueue(
                session,
                now=self._clock.now(),
                kind="consistency_findings",
                borrower_id=None,
                message_class=MessageClass.DESK,
                params={
                    "day": report.day,
                    "findings": [(kind.label, count) for kind, count in report.counts().items() if count],
                },
                dedupe_key=f"consistency:{report.day}:{report.fingerprint()}",
            )
