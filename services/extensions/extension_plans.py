"""What an extension does to a loan's plan: the old and the new one side by side. Functions of the record alone."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from services.engine.errors import InvalidEvent
from services.engine.events import Event, EventType
from services.engine.state import LoanRow as EngineRow
from services.engine.state import LoanState
from services.engine.terms import Terms
from services.extensions.payment_pause import pause
from services.lending.loan_figures import asking_rows
from services.lending.loan_record import LoanRecord
from services.lending.rate_in_force import rate_on
from services.lending.terms_in_force import standing
from services.money import Money
from services.wording import Percent


class Kind(StrEnum):
    """In which way a loan's end is moved."""

    LONGER = "longer"
    """What is not yet due is spread over more installments, which shrink."""
    PAUSE = "pause"
    """Interest alone for some installments, then those that there were."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is changed: so many more installments, in which way, and another rate (percent a year) where it has one."""

    kind: Kind
    installments: int
    annual_rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PlanRow:
    """What is still to be paid of an installment."""

    number: int
    due_on: date
    principal: Money
    interest: Money
    fees: Money

    @property
    def total(self) -> Money:
        return self.principal + self.interest + self.fees


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that is still to be paid, penalties for late payment left out. There is at least one row."""

    rows: tuple[PlanRow, ...]
    annual_rate: Percent
    next: PlanRow | None
    """The first that is not yet due; None once all are."""

    @property
    def last(self) -> PlanRow:
        return self.rows[-1]

    @property
    def highest(self) -> Money:
        return max(row.total for row in self.rows)

    @property
    def uneven(self) -> bool:
        """Whether a later installment is far above the next, such as one with all the principal."""
        return self.next is not None and self.highest > self.next.total * 2

    @property
    def interest(self) -> Money:
        return Money.total((row.interest for row in self.rows), self.rows[0].interest.currency)

    @property
    def total(self) -> Money:
        return Money.total((row.total for row in self.rows), self.rows[0].interest.currency)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The loan's plan on the day `on` as it is, and as the change would make it."""

    on: date
    effective_on: date
    """From when on the new plan runs; a pause begins with the period that is running."""
    change: Change
    before: Plan
    after: Plan

    @property
    def extra(self) -> Money:
        """What the change costs in all."""
        return self.after.total - self.before.total


def compare(record: LoanRecord, change: Change, on: date) -> Comparison:
    """Raises EngineError when the loan cannot be changed so: nothing that is owed on the day may change by it."""
    event = event_of(record, change, on)
    changed = record.after(event)
    before, after = record.state(on), changed.state(on)
    if after.outstanding != before.outstanding:
        raise InvalidEvent(field="type", reason="what is owed today would change")
    return Comparison(
        on=on,
        effective_on=event.on,
        change=change,
        before=plan_of(record, before),
        after=plan_of(changed, after),
    )


def event_of(record: LoanRecord, change: Change, on: date) -> Event:
    """What the change is in the loan's record. Raises EngineError when the loan's terms have no place for it."""
    if change.kind is Kind.PAUSE:
        return pause(record, change.installments, change.annual_rate, on)
    return Event(on=on, type=EventType.EXTEND, installments=change.installments, annual_rate=change.annual_rate)


def plan_of(record: LoanRecord, state: LoanState) -> Plan:
    """What is left of the plan on the state's day."""
    rows = tuple(_left(row) for row in asking_rows(state) if row.settled_on is None)
    coming = next((row for row in rows if row.due_on > state.as_of), None)
    return Plan(rows, Percent(rate_on(record, state.as_of)), coming)


def _left(row: EngineRow) -> PlanRow:
    paid = row.paid
    return PlanRow(
        number=row.n,
        due_on=row.due_on,
        principal=row.row.principal - paid.principal,
        interest=row.row.interest - paid.interest,
        fees=row.row.fees - paid.fees,
    )


def last_due_on(state: LoanState) -> date:
    """When the plan ends."""
    return asking_rows(state)[-1].due_on


def times_extended(record: LoanRecord) -> int:
    """How often the loan's end was moved already."""
    moved = (EventType.EXTEND, EventType.RESCHEDULE)
    return sum(event.type in moved for event in standing(record.events))


def priced(record: LoanRecord, plan: Plan, on: date) -> Terms:
    """Terms whose APR tells what the debt costs from the day on: what is left of the principal, lent that day over as
    many installments as the plan has."""
    return Terms(
        principal=Money.total((row.principal for row in plan.rows), record.terms.currency),
        annual_rate=plan.annual_rate.value,
        disbursed_on=on,
        installments=len(plan.rows),
        every=record.terms.every,
        unit=record.terms.unit,
        day_count=record.terms.day_count,
    )
