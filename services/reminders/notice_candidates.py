"""Finding the loans that a plan must look at one by one, and what it must know of them, without reading the others.

The lender may have millions of loans. What one statement plans for many is planned by then (`notice_statements`); left
are overdue notices whose figures only a replay can tell, and arrears of which an officer is to be told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.desk.handoff_states import HandoffKind, HandoffStatus
from services.lending.arrears import Arrears, foretold
from services.lending.loan_states import LoanStatus
from services.messages.outbox import NOTICES, MessageStatus
from services.models import BorrowerRow, HandoffRow, InstallmentRow, LoanRow, OutboxRow
from services.reminders.notice_keys import (
    REACHABLE,
    is_planned,
    officer_called,
    overdue_key,
    step_days,
)
from services.reminders.notice_plan import LoanFacts, NoticeRules


@dataclass(frozen=True, slots=True)
class Candidate:
    """A loan that may be owed a notice, with its borrower and its unpaid installments up to the horizon; `arrears` are
    None where no forecast tells them."""

    loan: LoanRow
    borrower: BorrowerRow
    installments: Sequence[InstallmentRow]
    facts: LoanFacts
    arrears: Arrears | None


def late_without_notice(rules: NoticeRules, time_zone: str, today: date, after: int) -> Select[int]:
    """Loans in arrears, with ids beyond `after`, of the borrowers in `time_zone`, without the notice or without the
    handoff that their arrears call for."""
    missing: list[ColumnElement[bool]] = [
        and_(LoanRow.oldest_unpaid_due_on <= today - timedelta(days=rules.escalate_from_days), ~officer_called())
    ]
    if rules.overdue_steps:
        step = step_days(rules, today)
        missing.append(and_(REACHABLE, step.is_not(None), ~is_planned(overdue_key(step))))
    return (
        select(LoanRow.id)
        .join(BorrowerRow, BorrowerRow.id == LoanRow.borrower_id)
        .where(
            LoanRow.id > after,
            LoanRow.status == LoanStatus.ACTIVE,
            LoanRow.oldest_unpaid_due_on < today,
            BorrowerRow.time_zone == time_zone,
            or_(*missing),
        )
        .order_by(LoanRow.id)
    )


async def load(session: AsyncSession, loan_ids: Sequence[int], today: date, rules: NoticeRules) -> list[Candidate]:
    """The loans with the facts of the day, a few queries for all of them."""
    loans = select(LoanRow, BorrowerRow).join(BorrowerRow).where(LoanRow.id.in_(loan_ids)).order_by(LoanRow.id)
    rows = (await session.execute(loans)).all()
    unpaid = await _unpaid(session, loan_ids, today + timedelta(days=max(rules.horizon, 0)))
    keys, called = await _worked_off(session, loan_ids)
    told = await foretold(session, loan_ids, today)
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
            arrears=told.get(loan.id),
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
