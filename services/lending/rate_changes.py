"""Floating rates through time: on each repricing day the rate of every loan that follows a reference rate is reckoned
again, and its borrower is told.

A change is an event of the loan, dated on the repricing day however late it is found, a rise no earlier than the last
due date that has passed. Nothing remembers which days were looked at: the loan's own record says whether a change is
missing.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.clock import Clock, local_date
from services.configuration.lender import Lender
from services.configuration.rate_cap import RateCap
from services.configuration.reference_rates import ReferenceRates
from services.db import Database
from services.lending import loan_record
from services.lending.loan_record import LoanRecord
from services.lending.loan_states import LoanStatus
from services.lending.rate_link import RateLink
from services.lending.repricing_rule import OwedChange, Reference, changes_owed
from services.messages.outbox import MessageClass, enqueue
from services.models import BorrowerRow, ContractRow, LoanRow, OfferRow
from services.wording import Percent

PAGE: Final = 200
"""Loans that are looked at in one reading."""


class RateChanges:
    """Brings the rates of running loans to what their formulas say."""

    def __init__(
        self, database: Database, clock: Clock, lender: Lender, rates: ReferenceRates, cap: RateCap, page: int = PAGE
    ) -> None:
        self._database = database
        self._clock = clock
        self._time_zone = lender.time_zone
        self._window = lender.contact_window
        self._rates = rates
        self._cap = cap
        self._page = page

    async def record_due(self) -> int:
        """Write down every change that is missing by the end of the lender's day, a transaction for each loan; answers
        how many loans changed. Harmless to repeat and to interrupt."""
        changed = 0
        async for loan_ids in self._owed_something():
            for loan_id in loan_ids:
                async with self._database.transaction() as session:
                    changed += await self._record(session, loan_id)
        return changed

    async def _owed_something(self) -> AsyncIterator[Sequence[int]]:
        """The loans whose rate is to change, found without locking any."""
        after = 0
        while True:
            async with self._database.reading() as session:
                page = (await session.execute(_following().where(LoanRow.id > after).limit(self._page))).all()
                owed = [loan.id for loan, link, signed in page if await self._changes(session, loan, link, signed)]
            if not page:
                return
            yield owed
            after = page[-1][0].id

    async def _record(self, session: AsyncSession, loan_id: int) -> bool:
        loan = await loan_record.lock_loan(session, loan_id)
        found = (await session.execute(_following().where(LoanRow.id == loan_id))).one_or_none()
        if found is None:
            return False
        _, link, signed_at = found
        changes, now = await self._changes(session, loan, link, signed_at), self._clock.now()
        position = 0
        for change in changes:
            position = (await loan_record.record(session, loan, change.event, now)).position
        if changes:
            await self._tell(session, loan, changes[-1], position, now)
        return bool(changes)

    async def _changes(
        self, session: AsyncSession, loan: LoanRow, stored: dict[str, Any] | None, signed_at: datetime | None
    ) -> Sequence[OwedChange]:
        if stored is None:
            return ()
        link = RateLink.from_json(stored)
        if link.reference != self._rates.table.name:
            return ()
        record = await loan_record.load(session, loan)
        signed_on = link.agreed_on if signed_at is None else local_date(signed_at, self._time_zone)
        return changes_owed(record, link, self._reference(record, signed_on), self._today())

    def _reference(self, record: LoanRecord, signed_on: date) -> Reference:
        """The cap is that of the contract's day, and never more than a contract of the repricing day could have."""
        return Reference(
            days=self._rates.days,
            on=self._rates.on,
            highest=lambda wanted, day: self._cap.highest(record.terms, wanted, signed_on, day),
        )

    async def _tell(
        self, session: AsyncSession, loan: LoanRow, change: OwedChange, position: int, now: datetime
    ) -> None:
        """Owe the borrower the news, inside the contact hours. No notice of its day: it is owed until it is read."""
        borrower = await session.get_one(BorrowerRow, loan.borrower_id)
        today = local_date(now, borrower.time_zone)
        wished = max(now, self._window.wished(today, borrower.reminder_hour, borrower.time_zone))
        await enqueue(
            session,
            now=now,
            kind="rate_changed",
            borrower_id=loan.borrower_id,
            message_class=MessageClass.SERVICE,
            params={
                "loan_id": loan.id,
                "reference": loan.reference,
                "before": Percent(change.before),
                "rate": Percent(change.rate),
                "since": change.on,
            },
            dedupe_key=f"loan:{loan.id}:rate:{position}",
            not_before=self._window.next_open(wished, borrower.time_zone),
            loan_id=loan.id,
        )

    def _today(self) -> date:
        return local_date(self._clock.now(), self._time_zone)


def _following() -> Select[tuple[LoanRow, dict[str, Any] | None, datetime | None]]:
    """Running loans that follow a reference rate, with the formula and the time of signing."""
    return (
        select(LoanRow, OfferRow.rate_link, ContractRow.signed_at)
        .join(OfferRow, OfferRow.id == LoanRow.offer_id)
        .outerjoin(ContractRow, ContractRow.offer_id == LoanRow.offer_id)
        .where(LoanRow.status == LoanStatus.ACTIVE, OfferRow.rate_link.is_not(None))
        .order_by(LoanRow.id)
    )
