"""Finding the loans that a plan must look at, and what it must know of them, without reading the others.

The lender may have millions of loans, of which a few are owed a notice in any hour. Every query here starts from the
due dates of one day, by the index over unpaid installments, and leaves out the loans whose notice exists already.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, String, and_, cast, exists, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from services.desk.handoff_states import HandoffKind, HandoffStatus
from services.lending.loan_states import LoanStatus
from services.messages.outbox import NOTICES, MessageStatus
from services.models import BorrowerRow, HandoffRow, InstallmentRow, LoanRow, OutboxRow
from services.reminders.notice_plan import (
    LoanFacts,
    NoticeRules,
    escalation_occasion,
    overdue_occasion,
    overdue_step,
    reminder_rung,
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A loan that may be owed a notice, with its borrower and its unpaid installments up to the horizon."""

    loan: LoanRow
    borrower: BorrowerRow
    installments: Sequence[InstallmentRow]
    facts: LoanFacts


_REACHABLE = BorrowerRow.unreachable_since.is_(None)


async def overdue_dates(session: AsyncSession, today: date) -> list[date]:
    """The due dates before `today` on which somebody still owes something, the oldest first."""
    query = select(InstallmentRow.due_on).where(InstallmentRow.settled_on.is_(None), InstallmentRow.due_on < today)
    return list(await session.scalars(query.distinct().order_by(InstallmentRow.due_on)))


def queries(rules: NoticeRules, time_zone: str, today: date, overdue: Sequence[date]) -> Iterator[Select[int]]:
    """For every due date that matters on `today`, the query for the loan ids of the borrowers in `time_zone` that are
    to be looked at. `overdue` are the due dates that have passed."""
    for due_on in overdue:
        missing = _missing_overdue(rules, due_on, (today - due_on).days)
        if missing is not None:
            yield _loans_with_unpaid(due_on, time_zone).where(~_unpaid_before(due_on), missing)
    for days_left in range(rules.horizon + 1):
        rung = reminder_rung(rules, days_left)
        if rung is not None:
            due_on = today + timedelta(days=days_left)
            disbursed_before = LoanRow.disbursed_on < due_on - timedelta(days=rung)
            yield _loans_with_unpaid(due_on, time_zone).where(
                _REACHABLE, disbursed_before, ~_unpaid_before(today), ~_exists_notice(_loan_key(_reminder(rung)))
            )


def _loans_with_unpaid(due_on: date, time_zone: str) -> Select[int]:
    return (
        select(InstallmentRow.loan_id)
        .join(LoanRow, LoanRow.id == InstallmentRow.loan_id)
        .join(BorrowerRow, BorrowerRow.id == LoanRow.borrower_id)
        .where(
            InstallmentRow.settled_on.is_(None),
            InstallmentRow.due_on == due_on,
            LoanRow.status == LoanStatus.ACTIVE,
            BorrowerRow.time_zone == time_zone,
        )
    )


def _unpaid_before(day: date) -> ColumnElement[bool]:
    earlier = aliased(InstallmentRow)
    return exists().where(earlier.loan_id == LoanRow.id, earlier.settled_on.is_(None), earlier.due_on < day)


def _missing_overdue(rules: NoticeRules, due_on: date, days: int) -> ColumnElement[bool] | None:
    """Loans without the notice or without the handoff that their arrears call for; None when they call for neither."""
    step = overdue_step(rules, days)
    missing = []
    if step is not None:
        missing.append(and_(_REACHABLE, ~_exists_notice(_loan_key(literal(overdue_occasion(due_on, step.days))))))
    if days >= rules.escalate_from_days:
        missing.append(~_officer_called(due_on))
    return or_(*missing) if missing else None


def _officer_called(due_on: date) -> ColumnElement[bool]:
    at_work = and_(
        HandoffRow.loan_id == LoanRow.id,
        HandoffRow.kind == HandoffKind.ESCALATION,
        HandoffRow.status != HandoffStatus.CLOSED,
    )
    called_before = HandoffRow.dedupe_key == _loan_key(literal(escalation_occasion(due_on)))
    return or_(exists().where(at_work), exists().where(called_before))


def _exists_notice(key: ColumnElement[str]) -> ColumnElement[bool]:
    return exists().where(OutboxRow.dedupe_key == key, OutboxRow.status != MessageStatus.WITHDRAWN)


def _loan_key(occasion: ColumnElement[str]) -> ColumnElement[str]:
    """`services.reminders.notice_plan.loan_key` of the loan at hand."""
    return literal("loan:") + cast(LoanRow.id, String) + literal(":") + occasion


def _reminder(rung: int) -> ColumnElement[str]:
    """`services.reminders.notice_plan.reminder_occasion` of the installment at hand."""
    return literal("installment:") + cast(InstallmentRow.number, String) + literal(f":reminder:{rung}")


async def load(session: AsyncSession, loan_ids: Sequence[int], today: date, rules: NoticeRules) -> list[Candidate]:
    """The loans with the facts of the day, a few queries for all of them."""
    loans = select(LoanRow, BorrowerRow).join(BorrowerRow).where(LoanRow.id.in_(loan_ids)).order_by(LoanRow.id)
    rows = (await session.execute(loans)).all()
    unpaid = await _unpaid(session, loan_ids, today + timedelta(days=max(rules.horizon, 0)))
    keys, called = await _worked_off(session, loan_ids)
    return [
        Candidate(
            loan=loan,
            borrower=borrower,
            installments=unpaid.get(loan.id, []),
            facts=LoanFacts(
                loan_id=loan.id,
                today=today,
                disbursed_on=loan.disbursed_on,
                unpaid=[(row.number, row.due_on) for row in unpaid.get(loan.id, [])],
                keys=keys,
                officer_called=loan.id in called,
            ),
        )
        for loan, borrower in rows
    ]


async def _unpaid(session: AsyncSession, loan_ids: Sequence[int], until: date) -> dict[int, list[InstallmentRow]]:
    query = select(InstallmentRow).where(
        InstallmentRow.loan_id.in_(loan_ids), InstallmentRow.settled_on.is_(None), InstallmentRow.due_on <= until
    )
    by_loan: dict[int, list[InstallmentRow]] = {}
    for row in await session.scalars(query.order_by(InstallmentRow.number)):
        by_loan.setdefault(row.loan_id, []).append(row)
    return by_loan


async def _worked_off(session: AsyncSession, loan_ids: Sequence[int]) -> tuple[frozenset[str], frozenset[int]]:
    """Keys of the notices and handoffs that exist, and the loans whose arrears an officer is at work on."""
    notices = select(OutboxRow.dedupe_key).where(
        OutboxRow.loan_id.in_(loan_ids),
        OutboxRow.message_class.in_(NOTICES),
        OutboxRow.status != MessageStatus.WITHDRAWN,
    )
    handoffs = select(HandoffRow).where(HandoffRow.loan_id.in_(loan_ids), HandoffRow.kind == HandoffKind.ESCALATION)
    called = (await session.scalars(handoffs)).all()
    keys = {*await session.scalars(notices), *(row.dedupe_key for row in called if row.dedupe_key)}
    at_work = {row.loan_id for row in called if row.status != HandoffStatus.CLOSED and row.loan_id is not None}
    return frozenset(keys), frozenset(at_work)
