"""Planning most notices of a day where the facts are: one statement for many loans.

The statements say what `notice_plan.notices_owed` says of a single loan. An overdue notice names figures of its day,
which the loan's forecast holds; where there is none they are left to a replay.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, case, exists, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from services.configuration.contact_policy import ContactWindow
from services.lending.loan_states import LoanStatus
from services.messages.outbox import MessageClass
from services.messages.outbox_bulk import enqueue_selected
from services.models import AccrualForecastRow, BorrowerRow, CreditLineRow, InstallmentRow, LoanRow, OutboxRow
from services.portable_sql import DaysBetween, IsoText, JsonArray, JsonFlag, JsonObject, WholeNumberAt
from services.reminders.notice_keys import (
    REACHABLE,
    is_planned,
    late_loans,
    overdue_key,
    reminder_key,
    step_days,
    step_tone,
)
from services.reminders.notice_plan import NoticeRules, reminder_rung


@dataclass(frozen=True, slots=True)
class ZoneDay:
    """Whose notices are planned, and when: those of the borrowers in a time zone, where it is `today` at `now`."""

    time_zone: str
    today: date
    now: datetime
    rules: NoticeRules
    window: ContactWindow


def reminder_days(zone: ZoneDay) -> Iterator[tuple[int, int]]:
    """The days left before a due date on which a rung of the ladder has been reached, each with that rung."""
    for days_left in range(zone.rules.horizon + 1):
        rung = reminder_rung(zone.rules, days_left)
        if rung is not None:
            yield days_left, rung


async def owe_reminders(session: AsyncSession, zone: ZoneDay, days_left: int, rung: int) -> int:
    """Owe every reminder of the installments due in `days_left` days; answers how many are owed anew."""
    due_on = zone.today + timedelta(days=days_left)
    key = reminder_key(rung)
    found = (
        select(InstallmentRow.id)
        .join(LoanRow, LoanRow.id == InstallmentRow.loan_id)
        .join(BorrowerRow, BorrowerRow.id == LoanRow.borrower_id)
        .outerjoin(CreditLineRow, CreditLineRow.loan_id == LoanRow.id)
        .where(
            InstallmentRow.settled_on.is_(None),
            InstallmentRow.due_on == due_on,
            *_living_in(zone),
            LoanRow.disbursed_on < due_on - timedelta(days=rung),
            ~_late(zone.today),
            ~is_planned(key),
        )
    )
    params = JsonObject(
        loan_reference=LoanRow.reference,
        number=InstallmentRow.number,
        amount=_amount(InstallmentRow.due_minor - InstallmentRow.paid_minor),
        due_on=_date(InstallmentRow.due_on),
        days_left=literal(days_left),
        revolving=JsonFlag(CreditLineRow.loan_id.is_not(None)),
    )
    return await _enqueue(session, zone, found, "reminder", MessageClass.REMINDER, params, key)


async def owe_overdue_notices(session: AsyncSession, zone: ZoneDay) -> int:
    """Owe the overdue notices of the loans whose forecast has the day's figures; answers how many are owed anew."""
    if not zone.rules.overdue_steps:
        return 0
    late, told = late_loans(zone.today), AccrualForecastRow
    oldest = late.c.due_on
    step = step_days(zone.rules, oldest, zone.today)
    key = overdue_key(oldest, step)
    place = DaysBetween(told.since, literal(zone.today))
    total, penalty = (func.coalesce(WholeNumberAt(amounts, place), 0) for amounts in (told.due, told.penalty_due))
    found = (
        select(LoanRow.id)
        .join(late, late.c.loan_id == LoanRow.id)
        .join(BorrowerRow, BorrowerRow.id == LoanRow.borrower_id)
        .join(told, told.loan_id == LoanRow.id)
        .where(
            *_living_in(zone),
            told.since <= zone.today,
            told.until >= zone.today,
            step.is_not(None),
            ~is_planned(key),
        )
    )
    params = JsonObject(
        loan_reference=LoanRow.reference,
        amount=_amount(total - penalty),
        penalty=_amount(penalty),
        total=_amount(total),
        due_on=_date(oldest),
        days_past_due=DaysBetween(oldest, literal(zone.today)),
        step=step,
        tone=step_tone(zone.rules, oldest, zone.today),
    )
    return await _enqueue(session, zone, found, "overdue", MessageClass.DUNNING, params, key)


async def _enqueue(
    session: AsyncSession,
    zone: ZoneDay,
    found: Select[Any],
    kind: str,
    message_class: MessageClass,
    params: JsonObject,
    key: ColumnElement[str],
) -> int:
    return await enqueue_selected(
        session,
        found,
        now=zone.now,
        kind=kind,
        message_class=message_class,
        borrower_id=LoanRow.borrower_id,
        loan_id=LoanRow.id,
        params=params,
        dedupe_key=key,
        next_attempt_at=_wished(zone),
    )


def _living_in(zone: ZoneDay) -> tuple[ColumnElement[bool], ...]:
    return (LoanRow.status == LoanStatus.ACTIVE, BorrowerRow.time_zone == zone.time_zone, REACHABLE)


def _late(today: date) -> ColumnElement[bool]:
    """Whether the loan at hand has an unpaid installment from before `today`."""
    earlier = aliased(InstallmentRow)
    return exists().where(earlier.loan_id == LoanRow.id, earlier.settled_on.is_(None), earlier.due_on < today)


def _wished(zone: ZoneDay) -> ColumnElement[datetime]:
    """When the notice goes out: at the borrower's hour of the day, at once where that has passed."""
    at = {
        hour: literal(max(zone.now, zone.window.wished(zone.today, hour, zone.time_zone)), OutboxRow.created_at.type)
        for hour in range(24)
    }
    return case(at, value=BorrowerRow.reminder_hour)


def _amount(minor: SQLColumnExpression[int]) -> JsonObject:
    return JsonObject(minor=JsonArray(minor, LoanRow.currency))


def _date(day: SQLColumnExpression[date]) -> JsonObject:
    return JsonObject(date=IsoText(day))
