"""The schedule of terms and what it costs: everything that is disclosed before a loan is signed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import zip_longest
from math import lcm

from services.engine.apr import Flow, annual_percentage_rate, nominal_rate, periodic_rate
from services.engine.basis import Basis
from services.engine.conditions import Method
from services.engine.dates import Unit
from services.engine.line import Line
from services.engine.schedule import Plan, whole_plan
from services.engine.terms import Terms
from services.money import Money

_LEVEL = (Method.EQUAL_INSTALLMENT, Method.FLAT)


@dataclass(frozen=True, slots=True)
class Row:
    """One installment. `n` is 0 for what falls due at disbursement; `start` is the contract's `from`.

    Figures are kept in minor units and read as `Money`; `balance` is the principal left when all is paid as scheduled.
    """

    n: int
    start: date
    due_on: date
    currency: str
    principal_minor: int
    interest_minor: int
    fees_minor: int
    balance_minor: int

    @property
    def days(self) -> int:
        """Calendar days from `start` to `due_on`."""
        return (self.due_on - self.start).days

    @property
    def principal(self) -> Money:
        """Principal due."""
        return Money.from_minor(self.principal_minor, self.currency)

    @property
    def interest(self) -> Money:
        """Interest due."""
        return Money.from_minor(self.interest_minor, self.currency)

    @property
    def fees(self) -> Money:
        """Fees due."""
        return Money.from_minor(self.fees_minor, self.currency)

    @property
    def total(self) -> Money:
        """All that the row asks for."""
        return Money.from_minor(self.principal_minor + self.interest_minor + self.fees_minor, self.currency)

    @property
    def balance(self) -> Money:
        """Principal outstanding after the row."""
        return Money.from_minor(self.balance_minor, self.currency)

    def to_json(self) -> dict[str, object]:
        """As the contract writes a row."""
        return {
            "n": self.n,
            "from": self.start.isoformat(),
            "due_on": self.due_on.isoformat(),
            "days": self.days,
            "principal": str(self.principal.amount),
            "interest": str(self.interest.amount),
            "fees": str(self.fees.amount),
            "total": str(self.total.amount),
            "balance": str(self.balance.amount),
        }


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums of the rows' columns."""

    principal: Money
    interest: Money
    fees: Money

    @property
    def total(self) -> Money:
        """All that the rows ask for."""
        return self.principal + self.interest + self.fees


@dataclass(frozen=True, slots=True)
class Quote:
    """A schedule with its disclosure.

    `installment` is the regular equal installment where the method has one. `apr` (EU, effective) and `apr_nominal`
    (US Regulation Z) are percent a year with four digits, `irr_monthly` percent a month with six; each is None where no
    such rate exists, `irr_monthly` also where the unit is not the month. `net_disbursed` is what the borrower receives,
    `cost_of_credit` all that is paid above it.
    """

    rows: tuple[Row, ...]
    totals: Totals
    installment: Money | None
    apr: Decimal | None
    apr_nominal: Decimal | None
    irr_monthly: Decimal | None
    net_disbursed: Money
    cost_of_credit: Money

    def to_json(self) -> dict[str, object]:
        """As the contract writes the answer of `quote`."""
        totals = self.totals
        return {
            "rows": [row.to_json() for row in self.rows],
            "totals": {
                name: str(amount.amount)
                for name, amount in (
                    ("principal", totals.principal),
                    ("interest", totals.interest),
                    ("fees", totals.fees),
                    ("total", totals.total),
                )
            },
            "installment": None if self.installment is None else str(self.installment.amount),
            "apr": _written(self.apr),
            "apr_nominal": _written(self.apr_nominal),
            "irr_monthly": _written(self.irr_monthly),
            "net_disbursed": str(self.net_disbursed.amount),
            "cost_of_credit": str(self.cost_of_credit.amount),
        }


def quote(terms: Terms) -> Quote:
    """The schedule and the disclosure of the terms. A pure function."""
    basis = Basis(terms)
    plan = whole_plan(basis)
    lines = [line for line in plan.lines if not line.period.is_open_ended]
    withheld = sum(line.interest for line in plan.lines if line.period.n == 0)
    drawn = sum(draw.minor for draw in basis.draws)
    net = basis.disbursed - basis.fees_withheld - withheld
    paid = sum(line.principal + line.interest + line.fees for line in plan.lines) - withheld
    currency = basis.currency
    flows = [flow for flow in (_flow(basis, line) for line in lines) if flow.amount]
    flows = sorted([*flows, *_advances(basis)], key=lambda flow: flow.on)
    at_once = sum(flow.amount for flow in flows if flow.on == terms.disbursed_on)
    later = [flow for flow in flows if flow.on > terms.disbursed_on]
    return Quote(
        rows=tuple(row_of(line, currency, following=after) for line, after in zip_longest(lines, lines[1:])),
        totals=Totals(
            Money.from_minor(sum(line.principal for line in lines), currency),
            Money.from_minor(sum(line.interest for line in lines), currency),
            Money.from_minor(sum(line.fees for line in lines), currency),
        ),
        installment=installment_of(basis, plan),
        apr=annual_percentage_rate(net - at_once, terms.disbursed_on, later),
        apr_nominal=nominal_rate(net - at_once, terms.disbursed_on, later),
        irr_monthly=_monthly_rate(basis, lines, net),
        net_disbursed=Money.from_minor(net + drawn, currency),
        cost_of_credit=Money.from_minor(paid - net - drawn, currency),
    )


def row_of(line: Line, currency: str, charged_fees: int = 0, following: Line | None = None) -> Row:
    """The line as a row of an answer, with the fees that events charged on top of the schedule's.

    Its balance is that after the due date: what the `following` line's period begins with is lent by then.
    """
    period, fees = line.period, line.fees + charged_fees
    lent = following.drawn_first if following and following.period.start <= period.end else 0
    balance = line.balance + lent
    return Row(period.n, period.start, period.due_on, currency, line.principal, line.interest, fees, balance)


def installment_of(basis: Basis, plan: Plan) -> Money | None:
    """The regular equal installment, as shown, where the method has one."""
    level = plan.rule.level_at(0)
    if basis.terms.method not in _LEVEL or level is None or isinstance(level, tuple):
        return None
    return Money.from_minor(level if isinstance(level, int) else basis.rounder.fraction(level), basis.currency)


def _flow(basis: Basis, line: Line) -> Flow:
    """What the borrower pays with the row; interest withheld from the payout is not paid again."""
    interest = 0 if line.period.n == 0 else line.interest
    return _flow_on(basis, line.period.due_on, line.principal + interest + line.fees)


def _advances(basis: Basis) -> Iterator[Flow]:
    """Further disbursements, as payments below nought."""
    for draw in basis.draws:
        yield _flow_on(basis, draw.on, -draw.minor)


def _flow_on(basis: Basis, on: date, amount: int) -> Flow:
    disbursed, months = basis.terms.disbursed_on, None
    if basis.terms.unit is Unit.MONTH and on.day == disbursed.day:
        months = 12 * (on.year - disbursed.year) + on.month - disbursed.month
    return Flow(on, amount, months)


def _monthly_rate(basis: Basis, lines: Sequence[Line], net: int) -> Decimal | None:
    """The monthly internal rate with each installment a whole number of months after the last, as `every` says.

    What is lent within a period counts the part of its days that have passed by then.
    """
    if basis.terms.unit is not Unit.MONTH or not lines:
        return None
    amounts = ((line.period.n, line.principal + line.interest + line.fees) for line in lines)
    flows: list[tuple[int | Fraction, int]] = [(n, amount) for n, amount in amounts if n]
    at_once = sum(line.principal for line in lines if not line.period.n)
    for draw in basis.draws:
        period = basis.periods[draw.place]
        passed = Fraction(max((draw.on - period.start).days, 0), (period.end - period.start).days)
        flows.append((draw.place + passed, -draw.minor))
    at_once += sum(amount for time, amount in flows if not time)
    parts = lcm(*(time.denominator for time, _ in flows))
    timed = sorted((int(time * basis.terms.every * parts), amount) for time, amount in flows if time)
    return periodic_rate(net - at_once, timed, steps=parts)


def _written(rate: Decimal | None) -> str | None:
    return None if rate is None else f"{rate:f}"
