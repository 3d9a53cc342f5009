"""The loans that are measured."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from services.engine import Event, EventType, Policy, Terms, quote
from services.money import Money

CURRENCY = "CNY"
SIZES = (12, 60, 360)
"""Installments of the measured schedules."""

HALVED_MONTHS = 41
PAID_MONTHS = 59


@dataclass(frozen=True, slots=True)
class Loan:
    """A monthly loan in equal installments: `annual_rate` is percent a year, each month one twelfth of it."""

    principal: Decimal
    annual_rate: Decimal
    installments: int
    disbursed_on: date

    def document(self) -> dict[str, object]:
        """The loan's terms as the command line reads them."""
        return {
            "currency": CURRENCY,
            "principal": str(self.principal),
            "annual_rate": str(self.annual_rate),
            "disbursed_on": self.disbursed_on.isoformat(),
            "installments": self.installments,
        }

    def terms(self) -> Terms:
        """The same, read and checked."""
        return Terms.from_json(self.document())


def standard(installments: int) -> Loan:
    """The loan whose schedule is timed. It begins on a 31st, so that the rule for short months is at work."""
    return Loan(Decimal("100000.00"), Decimal("7.2"), installments, date(2026, 1, 31))


PANEL = (
    *(standard(size) for size in SIZES),
    Loan(Decimal("1000.00"), Decimal("12"), 12, date(2026, 1, 15)),
    Loan(Decimal("12345.67"), Decimal("6.55"), 60, date(2024, 2, 29)),
    Loan(Decimal("99999.99"), Decimal("15.4"), 24, date(2027, 8, 31)),
    Loan(Decimal("250000.00"), Decimal("4.35"), 360, date(2025, 12, 1)),
    Loan(Decimal("600.00"), Decimal("24"), 6, date(2026, 11, 30)),
)
"""Loans on which a table is held against the engine's before it is called exact."""


@dataclass(frozen=True, slots=True)
class Life:
    """A loan in the course of its repayment, and the day on which it is asked about."""

    name: str
    terms: Terms
    policy: Policy
    events: tuple[Event, ...]
    on: date


def lives() -> tuple[Life, ...]:
    """Five years with a hundred payments each: one paid in halves, within the grace days; one paid a little ahead."""
    terms = Loan(Decimal("60000.00"), Decimal("14.4"), 60, date(2021, 1, 31)).terms()
    penalty = {"annual_rate": "18", "base": "overdue_principal", "grace_days": 5}
    policy = Policy.from_json({"penalty": penalty}, CURRENCY)
    schedule = quote(terms)
    dues = [(row.due_on, row.total.minor) for row in schedule.rows[:PAID_MONTHS]]
    on = dues[-1][0] + timedelta(days=20)
    return (
        Life("paid in halves", terms, policy, tuple(_in_halves(dues)), on),
        Life("paid a little ahead", terms, policy, tuple(_ahead(dues)), on),
    )


def _in_halves(dues: list[tuple[date, int]]) -> Iterator[Event]:
    for month, (due_on, total) in enumerate(dues):
        first = total // 2 if month < HALVED_MONTHS else total
        yield _payment(due_on, first)
        if first < total:
            yield _payment(due_on + timedelta(days=5), total - first)


def _ahead(dues: list[tuple[date, int]]) -> Iterator[Event]:
    for month, (due_on, total) in enumerate(dues):
        yield _payment(due_on, total)
        if month < HALVED_MONTHS:
            yield _payment(due_on + timedelta(days=10), 10_00)


def _payment(on: date, minor: int) -> Event:
    return Event(on=on, type=EventType.REPAY, amount=Money.from_minor(minor, CURRENCY))
