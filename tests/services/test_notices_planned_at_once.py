"""What the statements over many loans plan is what `notice_plan` says of each loan by itself."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.clock import SteppedClock
from services.configuration.lender import Lender
from services.db import Database
from services.desk.handoff_states import HandoffStatus
from services.lending.arrears import Arrears
from services.messages.message_params import decode_params
from services.messages.outbox import NOTICES, MessageStatus
from services.models import (
    AccrualForecastRow,
    ApplicationRow,
    BorrowerRow,
    CreditLineRow,
    HandoffRow,
    InstallmentRow,
    LoanRow,
    OfferRow,
    OutboxRow,
)
from services.money import Money
from services.reminders.notice_plan import Escalation, LoanFacts, OverdueNotice, Owed, Reminder, notices_owed
from services.reminders.notices import Notices, notice_rules
from tests.services.desk import lender

TODAY = date(2025, 10, 5)
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
WITHOUT_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)
"""Making a failing town smaller takes longer than reading it."""
_numbers = count(3_000_000)
ZONES = ["Asia/Shanghai", "America/New_York"]
REPLAYED = Arrears(Money.of("77.70", "CNY"), Money.of("7.70", "CNY"))


async def replayed(session: AsyncSession, loan: LoanRow, day: date) -> Arrears:
    return REPLAYED


@dataclass(frozen=True)
class Drawn:
    """A loan as it is drawn. Days count from `TODAY`; `told` are first day and figures of its forecast."""

    zone: str
    hour: int
    reachable: bool
    active: bool
    revolving: bool
    paid_out: int
    due: Sequence[tuple[int, bool]]
    told: tuple[int, Sequence[tuple[int, int]]] | None


@dataclass(frozen=True)
class Planned:
    """What the borrower is sent: the row's key and what else of it matters."""

    kind: str
    params: Mapping[str, object]
    at: datetime


@dataclass
class Town:
    """The drawn loans in the database, by their ids."""

    database: Database
    lender: Lender
    loans: dict[int, Drawn] = field(default_factory=dict)

    async def settle(self, drawn: Sequence[Drawn]) -> None:
        async with self.database.transaction() as session:
            for loan in drawn:
                self.loans[await self._add(session, loan)] = loan

    async def _add(self, session: AsyncSession, drawn: Drawn) -> int:
        borrower = BorrowerRow(
            telegram_id=next(_numbers),
            time_zone=drawn.zone,
            reminder_hour=drawn.hour,
            unreachable_since=None if drawn.reachable else LONG_AGO,
            created_at=LONG_AGO,
        )
        loan = loan_of(TODAY + timedelta(days=drawn.paid_out), "active" if drawn.active else "closed")
        unpaid = [TODAY + timedelta(days=days) for days, paid in drawn.due if not paid]
        loan.oldest_unpaid_due_on = min(unpaid, default=None)
        await add_with_its_origin(session, borrower, loan)
        session.add_all(
            InstallmentRow(
                loan_id=loan.id,
                number=number,
                due_on=TODAY + timedelta(days=days),
                due_minor=100_05,
                paid_minor=100_05 if paid else 5,
                settled_on=date(2025, 9, 1) if paid else None,
            )
            for number, (days, paid) in enumerate(drawn.due, start=1)
        )
        if drawn.revolving:
            session.add(CreditLineRow(loan_id=loan.id, limit_minor=1, minimum_draw_minor=1, valid_until=TODAY))
        if drawn.told:
            session.add(forecast_of(loan.id, *drawn.told))
        return loan.id

    async def empty(self) -> None:
        tables = (OutboxRow, HandoffRow, AccrualForecastRow, CreditLineRow, InstallmentRow, LoanRow, OfferRow)
        async with self.database.transaction() as session:
            for table in (*tables, ApplicationRow, BorrowerRow):
                await session.execute(delete(table))

    def expected(
        self, now: datetime, references: Mapping[int, str], keys: frozenset[str], called: set[int]
    ) -> Iterator[tuple[str, Planned]]:
        rules = notice_rules(self.lender)
        for loan_id, loan in self.loans.items():
            today = now.astimezone(ZoneInfo(loan.zone)).date()
            due = [(n, TODAY + timedelta(days=days)) for n, (days, paid) in enumerate(loan.due, start=1) if not paid]
            facts = LoanFacts(loan_id, today, TODAY + timedelta(days=loan.paid_out), due, keys, loan_id in called)
            at = max(now, self.lender.contact_window.wished(today, loan.hour, loan.zone))
            for notice in notices_owed(facts, rules) if loan.active else ():
                if loan.reachable:
                    kind, params = said(loan, notice, today)
                    key = f"{notice.key}:borrower" if isinstance(notice, Escalation) else notice.key
                    yield key, Planned(kind, {"loan_reference": references[loan_id], **params}, at)

    def handoffs(self, now: datetime, keys: frozenset[str], called: set[int]) -> Iterator[str]:
        for loan_id, loan in self.loans.items():
            today = now.astimezone(ZoneInfo(loan.zone)).date()
            due = [(n, TODAY + timedelta(days=days)) for n, (days, paid) in enumerate(loan.due, start=1) if not paid]
            facts = LoanFacts(loan_id, today, TODAY, due, keys, loan_id in called)
            owed = notices_owed(facts, notice_rules(self.lender)) if loan.active else ()
            yield from (notice.key for notice in owed if isinstance(notice, Escalation))


def said(loan: Drawn, notice: Owed, today: date) -> tuple[str, dict[str, object]]:
    if isinstance(notice, Reminder):
        return "reminder", {
            "number": notice.number,
            "amount": Money.of("100.00", "CNY"),
            "due_on": notice.due_on,
            "days_left": notice.days_left,
            "revolving": loan.revolving,
        }
    arrears = arrears_of(loan, today)
    figures = {
        "amount": arrears.total - arrears.penalty,
        "penalty": arrears.penalty,
        "total": arrears.total,
        "due_on": notice.oldest_due_on,
        "days_past_due": notice.days_past_due,
    }
    if isinstance(notice, OverdueNotice):
        return "overdue", {**figures, "step": notice.step.days, "tone": notice.step.tone}
    return "escalated", figures


def arrears_of(loan: Drawn, today: date) -> Arrears:
    if loan.told is not None:
        first, days = loan.told
        place = (today - TODAY).days - first
        if 0 <= place < len(days):
            total, penalty = days[place]
            return Arrears(Money.from_minor(total, "CNY"), Money.from_minor(penalty, "CNY"))
    return REPLAYED


def loan_of(disbursed_on: date, status: str) -> LoanRow:
    return LoanRow(
        reference=f"L{next(_numbers):07}",
        product_code="personal",
        product_version=1,
        status=status,
        currency="CNY",
        terms={},
        policy={},
        disbursed_on=disbursed_on,
        disbursed_by=9001,
        created_at=LONG_AGO,
    )


async def add_with_its_origin(session: AsyncSession, borrower: BorrowerRow, loan: LoanRow) -> None:
    """A loan points to its borrower, its application and its offer."""
    session.add(borrower)
    await session.flush()
    common = {"product_code": "personal", "product_version": 1, "borrower_id": borrower.id}
    application = ApplicationRow(
        reference=f"A{next(_numbers):07}",
        status="approved",
        currency="CNY",
        created_at=LONG_AGO,
        updated_at=LONG_AGO,
        **common,
    )
    session.add(application)
    await session.flush()
    offer = OfferRow(
        reference=f"O{next(_numbers):07}",
        application_id=application.id,
        status="accepted",
        terms={},
        policy={},
        made_at=LONG_AGO,
        expires_at=LONG_AGO,
        **common,
    )
    session.add(offer)
    await session.flush()
    loan.borrower_id, loan.application_id, loan.offer_id = borrower.id, application.id, offer.id
    session.add(loan)
    await session.flush()


def forecast_of(loan_id: int, first: int, days: Sequence[tuple[int, int]]) -> AccrualForecastRow:
    since = TODAY + timedelta(days=first)
    return AccrualForecastRow(
        loan_id=loan_id,
        since=since,
        until=since + timedelta(days=len(days) - 1),
        interest=[],
        fees=[],
        penalty=[],
        due=[total for total, _ in days] if any(total for total, _ in days) else [],
        penalty_due=[penalty for _, penalty in days] if any(penalty for _, penalty in days) else [],
    )


figures = st.one_of(
    st.tuples(st.integers(0, 10**10), st.integers(0, 10**9)), st.integers(1, 999).map(lambda minor: (minor, 0))
)
loans = st.lists(
    st.builds(
        Drawn,
        zone=st.sampled_from(ZONES),
        hour=st.integers(0, 23),
        reachable=st.integers(0, 4).map(bool),
        active=st.integers(0, 4).map(bool),
        revolving=st.booleans(),
        paid_out=st.integers(-12, 0) | st.integers(-60, 0),
        due=st.lists(st.tuples(st.integers(-14, 14) | st.integers(-45, 35), st.booleans()), min_size=1, max_size=3).map(
            sorted
        ),
        told=st.none() | st.tuples(st.integers(-5, 2), st.lists(figures, min_size=1, max_size=6)),
    ),
    min_size=1,
    max_size=40,
)
ladders = st.fixed_dictionaries(
    {
        "reminder_days": st.lists(st.integers(0, 20), unique=True, max_size=4),
        "overdue_steps": st.dictionaries(st.integers(1, 40), st.sampled_from(["kind", "firm"]), max_size=4),
        "escalate_from_days": st.integers(1, 30),
    }
)


def at_work(ladder: Mapping[str, Any]) -> Lender:
    usual = lender()
    steps = [
        usual.overdue_steps[0].model_copy(update={"days": days, "tone": tone})
        for days, tone in ladder["overdue_steps"].items()
    ]
    return usual.model_copy(update={**ladder, "overdue_steps": steps})


@given(drawn=loans, ladder=ladders, hour=st.integers(0, 23), earlier=st.integers(0, 9), fates=st.randoms())
@settings(max_examples=12, deadline=None, phases=WITHOUT_SHRINKING, suppress_health_check=list(HealthCheck))
async def test_a_plan_of_many_loans_is_that_of_each_of_them(
    either: Database, drawn: list[Drawn], ladder: Mapping[str, Any], hour: int, earlier: int, fates: Any
) -> None:
    town = Town(either, at_work(ladder))
    try:
        await town.settle(drawn)
        now = datetime.combine(TODAY, time(hour, 30), UTC)
        clock = SteppedClock(now - timedelta(days=earlier))
        notices = Notices(either, clock, town.lender, replayed, page=2)
        if earlier:
            await notices.plan()
        async with either.transaction() as session:
            for row in await session.scalars(select(OutboxRow)):
                row.status = fates.choice([MessageStatus.SENT, MessageStatus.WITHDRAWN, MessageStatus.FAILED])
            for handoff in await session.scalars(select(HandoffRow)):
                handoff.status = fates.choice([HandoffStatus.OPEN, HandoffStatus.CLOSED])
        async with either.reading() as session:
            references = {loan.id: loan.reference for loan in await session.scalars(select(LoanRow))}
            standing = OutboxRow.status != MessageStatus.WITHDRAWN
            known = (await session.scalars(select(OutboxRow.dedupe_key).where(standing))).all()
            handoffs = (await session.scalars(select(HandoffRow))).all()
        keys = frozenset([*known, *(row.dedupe_key for row in handoffs if row.dedupe_key)])
        called = {row.loan_id for row in handoffs if row.status != HandoffStatus.CLOSED and row.loan_id}
        clock.advance_to(now)
        planned = await notices.plan()
        async with either.reading() as session:
            waiting = select(OutboxRow).where(
                OutboxRow.status == MessageStatus.PENDING, OutboxRow.message_class.in_(NOTICES)
            )
            owed = {
                row.dedupe_key: Planned(row.kind, decode_params(row.params), row.next_attempt_at)
                for row in await session.scalars(waiting)
            }
            opened = select(HandoffRow.dedupe_key).where(HandoffRow.id.not_in([row.id for row in handoffs]))
            escalated = (await session.scalars(opened)).all()
        assert owed == dict(town.expected(now, references, keys, called))
        assert sorted(str(key) for key in escalated) == sorted(town.handoffs(now, keys, called))
        assert planned.reminders == sum(each.kind == "reminder" for each in owed.values())
        assert planned.overdue == sum(each.kind == "overdue" for each in owed.values())
        assert await notices.plan() == type(planned)()
    finally:
        await town.empty()
