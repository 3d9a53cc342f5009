"""Which notices a loan is owed on a day: facts in, notices out, no database and no clock.

A loan in good standing gets reminders before a due date, a loan in arrears overdue notices after the oldest one;
never both, so that a borrower reads one figure. On each ladder only the rung reached last counts, so that days on which
nothing could be sent are caught up with one message. A rung is worked off when a notice of its key exists, sent or
waiting; a reminder of a date that has passed is never owed, nor one whose day had come before the loan was paid out.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class OverdueStep:
    """A rung of the overdue ladder: from `days` past due on, in a `tone` such as `kind` or `firm`."""

    days: int
    tone: str


@dataclass(frozen=True, slots=True)
class NoticeRules:
    """The lender's ladders. `reminder_days` count before a due date, 0 being the day itself; the days of the overdue
    steps and `escalate_from_days` count past it. Their order does not matter."""

    reminder_days: tuple[int, ...]
    overdue_steps: tuple[OverdueStep, ...]
    escalate_from_days: int

    @property
    def horizon(self) -> int:
        """Days before a due date from which a reminder can be owed."""
        return max(self.reminder_days, default=-1)


@dataclass(frozen=True, slots=True)
class LoanFacts:
    """What a plan needs to know of a loan. Dates are of the borrower's own calendar."""

    loan_id: int
    today: date
    disbursed_on: date
    unpaid: Sequence[tuple[int, date]]
    """Number and due date of the installments that are not wholly paid."""
    keys: AbstractSet[str]
    """Keys of the notices that need not be planned again."""
    officer_called: bool
    """Whether an officer is at work on these arrears already."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """`rung` is the ladder's day before the due date, `days_left` what is really left of it today."""

    key: str
    number: int
    due_on: date
    rung: int
    days_left: int


@dataclass(frozen=True, slots=True)
class OverdueNotice:
    key: str
    oldest_due_on: date
    days_past_due: int
    step: OverdueStep


@dataclass(frozen=True, slots=True)
class Escalation:
    """An officer is to be called in."""

    key: str
    oldest_due_on: date
    days_past_due: int


Owed: TypeAlias = Reminder | OverdueNotice | Escalation


def notices_owed(facts: LoanFacts, rules: NoticeRules) -> tuple[Owed, ...]:
    """The notices that the loan is owed and that do not exist yet."""
    oldest = min((due_on for _, due_on in facts.unpaid), default=facts.today)
    if oldest < facts.today:
        owed: tuple[Owed | None, ...] = (_overdue(facts, rules, oldest), _escalation(facts, rules, oldest))
    else:
        owed = tuple(_reminder(facts, rules, number, due_on) for number, due_on in sorted(facts.unpaid))
    return tuple(notice for notice in owed if notice is not None and notice.key not in facts.keys)


def reminder_rung(rules: NoticeRules, days_left: int) -> int | None:
    """The rung reached last with that many days left before a due date; None before the first and after the date."""
    if days_left < 0:
        return None
    return min((rung for rung in rules.reminder_days if rung >= days_left), default=None)


def overdue_step(rules: NoticeRules, days_past_due: int) -> OverdueStep | None:
    """The worst step whose day is reached; None before the first."""
    reached = (step for step in rules.overdue_steps if step.days <= days_past_due)
    return max(reached, key=lambda step: step.days, default=None)


def loan_key(loan_id: int, occasion: str) -> str:
    """The key under which a loan's notice of that occasion exists once."""
    return f"loan:{loan_id}:{occasion}"


def reminder_occasion(number: int, rung: int) -> str:
    return f"installment:{number}:reminder:{rung}"


def overdue_occasion(oldest_due_on: date, step_days: int) -> str:
    return f"overdue:{oldest_due_on}:{step_days}"


def escalation_occasion(oldest_due_on: date) -> str:
    return f"escalation:{oldest_due_on}"


def _reminder(facts: LoanFacts, rules: NoticeRules, number: int, due_on: date) -> Reminder | None:
    days_left = (due_on - facts.today).days
    rung = reminder_rung(rules, days_left)
    if rung is None or due_on - timedelta(days=rung) <= facts.disbursed_on:
        return None
    return Reminder(loan_key(facts.loan_id, reminder_occasion(number, rung)), number, due_on, rung, days_left)


def _overdue(facts: LoanFacts, rules: NoticeRules, oldest: date) -> OverdueNotice | None:
    days = (facts.today - oldest).days
    step = overdue_step(rules, days)
    if step is None:
        return None
    return OverdueNotice(loan_key(facts.loan_id, overdue_occasion(oldest, step.days)), oldest, days, step)


def _escalation(facts: LoanFacts, rules: NoticeRules, oldest: date) -> Escalation | None:
    days = (facts.today - oldest).days
    if days < rules.escalate_from_days or facts.officer_called:
        return None
    return Escalation(loan_key(facts.loan_id, escalation_occasion(oldest)), oldest, days)
