"""Planning most notices of a day where the facts are: one statement for many loans.

The statements say what `notice_plan.notices_owed` says of a single loan. An overdue notice names figures of its day,
which the loan's forecast holds; where there is none they are left to a replay.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, case, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.configuration.contact_policy import ContactWindow
from services.lending.loan_states import LoanStatus
from services.messages.outbox import MessageClass
from services.messages.outbox_bulk import enqueue_selected
from services.models import AccrualForecastRow, BorrowerRow, CreditLineRow, InstallmentRow, LoanRow, OutboxRow
from services.portable_sql import DaysBetween, IsoText, JsonArray, JsonFlag, JsonObject, WholeNumberAt
from services.reminders.notice_keys import (
    REACHABLE,
    is_planned,
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


async def owe_reminders(session: AsyncSession, zone: ZoneDay, loan_ids: range) -> int:
    """Owe every reminder of the day of the loans with those ids; answers how many are owed anew."""
    ladder = dict(_reminder_days(zone))
    if not ladder:
        return 0
    due_on = InstallmentRow.due_on
    rung = case({day: literal(reached) for day, reached in ladder.items()}, value=due_on)
    began = case({day: literal(day - timedelta(days=reached)) for day, reached in ladder.items()}, value=due_on)
    key = reminder_key(rung)
    found = (
        select(InstallmentRow.id)
        .join(LoanRow, LoanRow.id == InstallmentRow.loan_id)
        .join(BorrowerRow, BorrowerRow.id == LoanRow.borrower_id)
        .outerjoin(CreditLineRow, CreditLineRow.loan_id == LoanRow.id)
        .where(
            InstallmentRow.settled_on.is_(None),
            due_on.in_(ladder),
            InstallmentRow.loan_id.between(loan_ids[0], loan_ids[-1]),
            LoanRow.id.between(loan_ids[0], loan_ids[-1]),
            *_living_in(zone),
            LoanRow.disbursed_on < began,
            LoanRow.oldest_unpaid_due_on >= zone.today,
            ~is_planned(key),
        )
        .order_by(LoanRow.id, InstallmentRow.number)
    )
    params = JsonObject(
        loan_reference=LoanRow.reference,
        number=InstallmentRow.number,
        amount=_amount(InstallmentRow.due_minor - InstallmentRow.paid_minor),
        due_on=_date(due_on),
        days_left=DaysBetween(literal(zone.today), due_on),
        revolving=JsonFlag(CreditLineRow.loan_id.is_not(None)),
    )
    return await _enqueue(session, zone, found, "reminder", MessageClass.REMINDER, params, key)


def _reminder_days(zone: ZoneDay) -> Iterator[tuple[date, int]]:
    """The due dates to come for which a rung of the ladder has been reached, each with that rung."""
    for days_left in range(zone.rules.horizon + 1):
        rung = reminder_rung(zone.rules, days_left)
        if rung is not None:
            yield zone.today + timedelta(days=days_left), rung


async def owe_overdue_notices(session: AsyncSession, zone: ZoneDay) -> int:
    """Owe the overdue notices of the loans whose forecast has the day's figures; answers how many are owed anew."""
    if not zone.rules.overdue_steps:
        return 0
    told = AccrualForecastRow
    step = step_days(zone.rules, zone.today)
    key = overdue_key(step)
    place = DaysBetween(told.since, literal(zone.today))
    total, penalty = (func.coalesce(WholeNumberAt(amounts, place), 0) for amounts in (told.due, told.penalty_due))
    found = (
        select(LoanRow.id)
        .join(BorrowerRow, BorrowerRow.id == LoanRow.borrower_id)
        .join(told, told.loan_id == LoanRow.id)
        .where(
            *_living_in(zone),
            LoanRow.oldest_unpaid_due_on < zone.today,
            told.since <= zone.today,
            told.until >= zone.today,
            step.is_not(None),
            ~is_planned(key),
        )
        .order_by(LoanRow.id)
    )
    params = JsonObject(
        loan_reference=LoanRow.reference,
        amount=_amount(total - penalty),
        penalty=_amount(penalty),
        total=_amount(total),
        due_on=_date(LoanRow.oldest_unpaid_due_on),
        days_past_due=DaysBetween(LoanRow.oldest_unpaid_due_on, literal(zone.today)),
        step=step,
        tone=step_tone(zone.rules, zone.today),
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


def _wished(zone: ZoneDay) -> ColumnElement[datetime]:
    """When the notice goes out: at the borrower's hour of the day, at once where that has passed."""
    at = {
        hour: literal(max(zone.now, zone.window.wished(zone.today, hour, zone.time_zone)), OutboxRow.created_at.type)
        for hour in range(24)
    }
    return case(at, value=BorrowerRow.reminder_hour)


def _amount(minor: SQLColumnExpression[int]) -> JsonObject:
    return JsonObject(minor=JsonArray(minor, LoanRow.currency))


def _date(day: SQLColumnExpression[Any]) -> JsonObject:
    return JsonObject(date=IsoText(day))
