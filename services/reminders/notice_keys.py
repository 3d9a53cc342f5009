"""What `notice_plan` says of one loan, said to the database of all of them: keys, ladders and what is worked off.

`today` and the dates are of the borrowers' own calendar.
"""

from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Subquery, and_, case, exists, func, literal, or_, select
from sqlalchemy import String as Text
from sqlalchemy import cast as cast_to

from services.desk.handoff_states import HandoffKind, HandoffStatus
from services.messages.outbox import MessageStatus
from services.models import BorrowerRow, HandoffRow, InstallmentRow, LoanRow, OutboxRow
from services.portable_sql import IsoText
from services.reminders.notice_plan import NoticeRules

REACHABLE: Final = BorrowerRow.unreachable_since.is_(None)


def late_loans(today: date) -> Subquery:
    """The loans with an unpaid installment from before `today`: `loan_id`, and `due_on` of the oldest."""
    row = InstallmentRow
    late = select(row.loan_id, func.min(row.due_on).label("due_on")).where(row.settled_on.is_(None), row.due_on < today)
    return late.group_by(row.loan_id).subquery("late")


def step_days(rules: NoticeRules, oldest: ColumnElement[date], today: date) -> ColumnElement[Any]:
    """`overdue_step` of arrears since `oldest`: its day; NULL before the first. There must be a step."""
    return _reached(rules, oldest, today, {step.days: step.days for step in rules.overdue_steps})


def step_tone(rules: NoticeRules, oldest: ColumnElement[date], today: date) -> ColumnElement[Any]:
    """The same: its tone."""
    return _reached(rules, oldest, today, {step.days: step.tone for step in rules.overdue_steps})


def _reached(
    rules: NoticeRules, oldest: ColumnElement[date], today: date, of_step: dict[int, Any]
) -> ColumnElement[Any]:
    worst_first = sorted(of_step, reverse=True)
    return case(*((oldest <= today - timedelta(days=days), literal(of_step[days])) for days in worst_first))


def reminder_key(rung: int) -> ColumnElement[str]:
    """Key of the reminder of the installment at hand."""
    return _loan_key(literal("installment:") + cast_to(InstallmentRow.number, Text) + literal(f":reminder:{rung}"))


def overdue_key(oldest: ColumnElement[date], step: ColumnElement[Any]) -> ColumnElement[str]:
    """Key of the overdue notice of the loan at hand."""
    return _loan_key(literal("overdue:") + IsoText(oldest) + literal(":") + cast_to(step, Text))


def is_planned(key: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether the notice exists and was not withdrawn."""
    return exists().where(OutboxRow.dedupe_key == key, OutboxRow.status != MessageStatus.WITHDRAWN)


def officer_called(oldest: ColumnElement[date]) -> ColumnElement[bool]:
    """Whether an officer is at work on the arrears of the loan at hand, or was called in for these before."""
    at_work = and_(
        HandoffRow.loan_id == LoanRow.id,
        HandoffRow.kind == HandoffKind.ESCALATION,
        HandoffRow.status != HandoffStatus.CLOSED,
    )
    called_before = HandoffRow.dedupe_key == _loan_key(literal("escalation:") + IsoText(oldest))
    return or_(exists().where(at_work), exists().where(called_before))


def _loan_key(occasion: ColumnElement[str]) -> ColumnElement[str]:
    return literal("loan:") + cast_to(LoanRow.id, Text) + literal(":") + occasion
