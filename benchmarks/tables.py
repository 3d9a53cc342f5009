"""Tables of rows in one shape, and whether one is exact."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from benchmarks import floor
from benchmarks.loans import Loan
from services.engine.basis import Basis
from services.engine.line import Line
from services.engine.schedule import whole_plan
from services.engine.terms import Terms

_CENTS = Decimal(100)
_AMOUNTS = ("principal", "interest", "total", "balance")
_BEYOND_CHANCE = Decimal("1e-9")


class Row(NamedTuple):
    """One row as a table gives it; `due_on` is None where the table has no dates."""

    n: int
    due_on: date | None
    principal: object
    interest: object
    total: object
    balance: object


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether tables were those of the engine: what is wrong with them, and what they leave out."""

    faults: tuple[str, ...] = ()
    dated: bool = True

    @property
    def exact(self) -> bool:
        """Whether every figure and every date is right."""
        return not self.faults

    def __str__(self) -> str:
        said = "exact" if self.exact else "not exact: " + ", ".join(self.faults)
        return said if self.dated else said + "; no due dates"


def engine_lines(terms: Terms) -> Sequence[Line]:
    """What is timed as a schedule: the rows of the whole plan."""
    return whole_plan(Basis(terms)).lines


def engine_rows(terms: Terms) -> list[Row]:
    """The engine's table, in major units."""
    return [
        Row(
            line.period.n,
            line.period.due_on,
            line.principal / _CENTS,
            line.interest / _CENTS,
            (line.principal + line.interest) / _CENTS,
            line.balance / _CENTS,
        )
        for line in engine_lines(terms)
    ]


def floor_rows(loan: Loan) -> list[Row]:
    """The floor's table."""
    made = floor.rows(loan)
    return [
        Row(n, due_on, principal, interest, total, balance)
        for n, _, due_on, principal, interest, total, balance in made
    ]


def judge(pairs: Iterable[tuple[Sequence[Row], Sequence[Row]]]) -> Verdict:
    """Hold tables against the engine's, pair by pair: (theirs, the engine's)."""
    furthest, floats, rows_differ, dates_differ, dated = Decimal(0), False, False, False, True
    for theirs, right in pairs:
        rows_differ |= len(theirs) != len(right)
        for row, good in zip(theirs, right, strict=False):
            dated &= row.due_on is not None
            dates_differ |= row.due_on not in (None, good.due_on)
            for name in _AMOUNTS:
                value = getattr(row, name)
                floats |= isinstance(value, float)
                furthest = max(furthest, abs(_decimal(value) - _decimal(getattr(good, name))))
    faults = []
    if floats:
        faults.append("binary floats")
    if furthest:
        faults.append(f"off by up to {_shown(furthest)}")
    if rows_differ:
        faults.append("another number of rows")
    if dates_differ:
        faults.append("other due dates")
    return Verdict(tuple(faults), dated)


def _decimal(value: object) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))


def _shown(difference: Decimal) -> str:
    return f"{difference:.0e}" if difference < _BEYOND_CHANCE else f"{difference:.4f}"
