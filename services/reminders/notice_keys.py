"""What `notice_plan` says of one loan, said to the database of all of them: keys, ladders and what is worked off.

`today` and the dates are of the borrowers' own calendar.
"""

from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, exists, false, func, literal, or_, select
from sqlalchemy import String as Text
from sqlalchemy import cast as cast_to

from services.desk.handoff_states import HandoffKind, HandoffStatus
from services.messages.outbox import MessageStatus
from services.models import BorrowerRow, HandoffRow, InstallmentRow, LoanRow, OutboxRow
from services.portable_sql import IsoText
from services.reminders.notice_plan import NoticeRules

REACHABLE: Final = BorrowerRow.unreachable_since.is_(None)


def step_days(rules: NoticeRules, today: date) -> ColumnElement[Any]:
    """`overdue_step` of the arrears of the loan at hand: its day; NULL before the first. There must be a step."""
    return _reached(today, {step.days: step.days for step in rules.overdue_steps})


def step_tone(rules: NoticeRules, today: date) -> ColumnElement[Any]:
    """The same: its tone."""
    return _reached(today, {step.days: step.tone for step in rules.overdue_steps})


def _reached(today: date, of_step: dict[int, Any]) -> ColumnElement[Any]:
    late_since, worst_first = LoanRow.oldest_unpaid_due_on, sorted(of_step, reverse=True)
    return case(*((late_since <= today - timedelta(days=days), literal(of_step[days])) for days in worst_first))


def reminder_key(rung: ColumnElement[int]) -> ColumnElement[str]:
    """Key of the reminder of the installment at hand."""
    number = cast_to(InstallmentRow.number, Text)
    return _loan_key(literal("installment:") + number + literal(":reminder:") + cast_to(rung, Text))


def overdue_key(step: ColumnElement[Any]) -> ColumnElement[str]:
    """Key of the overdue notice of the loan at hand."""
    return _loan_key(literal("overdue:") + IsoText(LoanRow.oldest_unpaid_due_on) + literal(":") + cast_to(step, Text))


def is_planned(key: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether the notice exists and was not withdrawn. Asked key by key: as a join, the optimiser may turn it into a
    scan of all that was ever sent."""
    standing = select(OutboxRow.status != MessageStatus.WITHDRAWN).where(OutboxRow.dedupe_key == key)
    return func.coalesce(standing.scalar_subquery(), false())


def officer_called() -> ColumnElement[bool]:
    """Whether an officer is at work on the arrears of the loan at hand, or was called in for these before."""
    at_work = and_(
        HandoffRow.loan_id == LoanRow.id,
        HandoffRow.kind == HandoffKind.ESCALATION,
        HandoffRow.status != HandoffStatus.CLOSED,
    )
    called_before = HandoffRow.dedupe_key == _loan_key(literal("escalation:") + IsoText(LoanRow.oldest_unpaid_due_on))
    return or_(exists().where(at_work), exists().where(called_before))


def _loan_key(occasion: ColumnElement[str]) -> ColumnElement[str]:
    return literal("loan:") + cast_to(LoanRow.id, Text) + literal(":") + occasion
