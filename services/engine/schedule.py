"""From terms to rows: the walk down the installments that every method shares."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.engine.accrual import Amount, Stretch
from services.engine.basis import Basis
from services.engine.conditions import Method
from services.engine.errors import InvalidTerms
from services.engine.methods import Rule, Start, fine, rule_for
from services.engine.periods import Period


@dataclass(slots=True)
class Line:
    """One row of a schedule, in minor units.

    `own` are the balances of its own period; `stretches` are what its interest was computed from, those of earlier rows
    whose interest it carries included; `capitalised` is interest that it adds to the principal and does not ask for.
    """

    period: Period
    principal: int
    interest: int
    fees: int
    balance: int
    own: tuple[Stretch, ...] = ()
    stretches: tuple[Stretch, ...] = ()
    capitalised: int = 0

    @property
    def bears(self) -> int:
        """Interest that accrues in the row, to be paid or to be capitalised."""
        return self.interest + self.capitalised


@dataclass(frozen=True, slots=True)
class Plan:
    """The rows from some installment on, and the rule that made them."""

    lines: list[Line]
    rule: Rule


def whole_plan(basis: Basis) -> Plan:
    """The schedule from the disbursement on, row 0 included, costs capped where the terms cap them."""
    lines = [line for line in (_row_zero(basis),) if line is not None]
    plan = plan_from(basis, Start(0, basis.principal - basis.down_payment))
    lines.extend(plan.lines)
    cap_costs(basis, lines)
    return Plan(lines, plan.rule)


def plan_from(basis: Basis, start: Start) -> Plan:
    """The rows from `start` on. Rows end when the balance is nil."""
    rule = rule_for(basis, start)
    walk = _Walk(basis, start, rule)
    for index in range(start.index, basis.last + 1):
        if not walk.balance:
            break
        walk.take(index)
    lines = _shown(basis, start, walk.lines) if basis.terms.unrounded else [_whole(line) for line in walk.lines]
    return Plan(lines, rule)


def cap_costs(basis: Basis, lines: Sequence[Line], spent: int = 0) -> None:
    """Cut interest and fees of the rows in their order where together they pass the cost cap; `spent` came before."""
    if basis.cost_cap is None:
        return
    left = max(0, basis.cost_cap - basis.fees_withheld - basis.fees_added - spent)
    for line in lines:
        line.interest = min(line.interest, left)
        line.fees = min(line.fees, left - line.interest)
        left -= line.interest + line.fees


@dataclass(slots=True)
class _Exact:
    """A row before it is shown: amounts may be exact fractions."""

    period: Period
    principal: Amount
    interest: Amount
    fees: int
    balance: Amount
    own: tuple[Stretch, ...]
    stretches: tuple[Stretch, ...] = ()
    capitalised: Amount = 0


class _Walk:
    """Carries the balance, and interest that waits, from row to row."""

    def __init__(self, basis: Basis, start: Start, rule: Rule) -> None:
        self.basis = basis
        self.rule = rule
        self.balance = start.balance
        self.lines: list[_Exact] = []
        self._carried = start.carried
        self._start = start
        self._interest = basis.accrual.exact if basis.terms.unrounded else basis.accrual.rounded

    def take(self, index: int) -> None:
        """Add the row of installment `index`."""
        basis = self.basis
        period = basis.periods[index]
        own = self._own_stretches(index, period)
        if index > self._start.index and basis.accrual.rates.changes_within(period.start, period.end):
            self.rule.repriced(index, self.balance)
        interest: Amount = self._interest(own) if own else 0
        principal = self.rule.share(index, self.balance, interest)
        self.balance = fine(self.balance - principal)
        line = _Exact(period, principal, 0, basis.fees_of(index), self.balance, own)
        self.lines.append(line)
        if basis.capitalises(index):
            self._capitalise(line, interest, own)
        elif self.balance and basis.defers(index):
            self._carried += own
        else:
            line.stretches = self._carried + self._with_lost_rows(index, own)
            line.interest = interest if line.stretches == own else self._interest(line.stretches)
            self._carried = ()

    def _capitalise(self, line: _Exact, interest: Amount, own: tuple[Stretch, ...]) -> None:
        self.balance = fine(self.balance + interest)
        line.balance, line.capitalised, line.stretches = self.balance, interest, own
        self.rule.capitalised()

    def _own_stretches(self, index: int, period: Period) -> tuple[Stretch, ...]:
        if self.basis.is_free(index):
            return ()
        if index == self._start.index and self._start.current:
            return self._start.current
        return (Stretch(period, period.start, period.end, self.balance),)

    def _with_lost_rows(self, index: int, own: tuple[Stretch, ...]) -> tuple[Stretch, ...]:
        """Flat interest is owed for the whole term: where rows end early, the last takes that of the missing ones."""
        if self.balance or self.basis.terms.method is not Method.FLAT or self._start.replanned:
            return own
        later = self.basis.periods[index + 1 :]
        return own + tuple(Stretch(period, period.start, period.end, 0) for period in later)


def _row_zero(basis: Basis) -> Line | None:
    """The row due at disbursement: a down payment, interest of a broken first period, or both."""
    balance = basis.principal - basis.down_payment
    day = basis.terms.disbursed_on
    stretches = () if basis.broken is None else (Stretch(basis.broken, basis.broken.start, basis.broken.end, balance),)
    if basis.broken is None and not basis.down_payment:
        return None
    interest = basis.accrual.rounded(stretches)
    if interest >= basis.disbursed - basis.fees_withheld:
        raise InvalidTerms(field="broken_period", reason="the interest at disbursement takes all that is paid out")
    return Line(Period(0, day, day, day), basis.down_payment, interest, 0, balance, stretches, stretches)


def _whole(line: _Exact) -> Line:
    return Line(
        line.period,
        int(line.principal),
        int(line.interest),
        line.fees,
        int(line.balance),
        line.own,
        line.stretches,
        int(line.capitalised),
    )


def _shown(basis: Basis, start: Start, exact: Sequence[_Exact]) -> list[Line]:
    """Unrounded rows as they are shown: each column's running total is rounded, so that no cent is lost or made."""
    show = basis.rounder.fraction
    lines: list[Line] = []
    before = start.balance if isinstance(start.balance, int) else show(start.balance)
    charged: Amount = 0
    for row in exact:
        capitalised = show(row.capitalised)
        balance = min(show(row.balance), before + capitalised)
        interest = show(charged + row.interest) - show(charged)
        charged = fine(charged + row.interest)
        principal = before + capitalised - balance
        lines.append(Line(row.period, principal, interest, row.fees, balance, row.own, row.stretches, capitalised))
        before = balance
    return lines
