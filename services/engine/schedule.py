"""From terms to rows: the walk down the installments that every method shares."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from services.engine.accrual import Amount, Stretch, until
from services.engine.basis import Basis, Draw
from services.engine.conditions import Method
from services.engine.errors import InvalidTerms
from services.engine.line import Line
from services.engine.methods import Rule, Start, fine, rule_for
from services.engine.periods import Period
from services.engine.plain_rows import plain_lines

_NO_LIMIT = 1 << 200


class Plan(NamedTuple):
    """The rows from some installment on, and the rule that made them."""

    lines: list[Line]
    rule: Rule


def whole_plan(basis: Basis) -> Plan:
    """The schedule from the disbursement on, row 0 included, costs capped where the terms cap them."""
    zero = _row_zero(basis)
    plan = plan_from(basis, Start(0, basis.principal - basis.down_payment, spent=zero.interest if zero else 0))
    if zero:
        plan.lines.insert(0, zero)
    cap_costs(basis, plan.lines)
    return plan


def plan_from(basis: Basis, start: Start) -> Plan:
    """The rows from `start` on. Rows end when the balance is nil and nothing more will be lent."""
    rule = rule_for(basis, start)
    walk, index = _Walk(basis, start, rule), start.index
    level = walk.plain_level(index)
    while level is None and index <= basis.last and (walk.balance or walk.pending):
        walk.take(index)
        index += 1
        level = walk.plain_level(index)
    lines = _shown(basis, start, walk.lines) if basis.terms.unrounded else [_whole(line) for line in walk.lines]
    if level is not None:
        lines += plain_lines(basis, index, int(walk.balance), level)
    return Plan(lines, rule)


def cap_costs(basis: Basis, lines: Sequence[Line], charged: int = 0) -> None:
    """Cut interest and fees of the rows in their order where together they pass the cost cap, in whole steps.

    `charged` is what events and lateness have cost besides.
    """
    if basis.cost_cap is None:
        return
    step = basis.rounder.step
    left = max(0, basis.cost_cap - basis.fees_withheld - basis.fees_added - charged)
    for line in lines:
        left = max(0, left - line.capitalised)
        line.interest = min(line.interest, left // step * step)
        left -= line.interest
        if line.fees > left:
            line.fees = left // step * step
        left -= line.fees


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
    drawn: int = 0
    drawn_first: int = 0


class _Walk:
    """Carries the balance, and interest that waits, from row to row."""

    def __init__(self, basis: Basis, start: Start, rule: Rule) -> None:
        self.basis = basis
        self.rule = rule
        self.balance = start.balance
        self.lines: list[_Exact] = []
        self.pending = [draw for draw in basis.draws if _is_ahead(draw, start)]
        self._carried = start.carried
        self._start = start
        self._interest = basis.accrual.exact if basis.terms.unrounded else basis.accrual.rounded

    def take(self, index: int) -> None:
        """Add the row of installment `index`."""
        basis = self.basis
        period = basis.periods[index]
        drawn = self._draw(index)
        own = self._own_stretches(index, period, drawn)
        self.balance += sum(draw.minor for draw in drawn)
        if drawn:
            self.rule.enlarged(index, self.balance, own)
        elif index > self._start.index and basis.accrual.rates.changes_within(period.start, period.end):
            self.rule.repriced(index, self.balance, own)
        interest: Amount = self._interest(own) if own else 0
        principal = self.rule.share(index, self.balance, interest)
        self.balance = fine(self.balance - principal)
        line = _Exact(period, principal, 0, basis.fees_of(index), self.balance, own)
        line.drawn = sum(draw.minor for draw in drawn)
        line.drawn_first = sum(draw.minor for draw in drawn if draw.on <= period.start)
        self.lines.append(line)
        if basis.capitalises(index):
            self._capitalise(index, line, interest)
        elif self.balance and basis.defers(index):
            self._carried += own
        else:
            line.stretches = self._carried + self._with_lost_rows(index, own)
            line.interest = self._asked(period, line.stretches)
            self._carried = ()

    def _asked(self, period: Period, stretches: tuple[Stretch, ...]) -> Amount:
        """Interest of the row; one without an end asks for what has accrued by the day on which it is laid out."""
        if not period.is_open_ended:
            return self._interest(stretches)
        since = self._start.since
        return 0 if since is None else self._interest(until(stretches, since))

    def plain_level(self, index: int) -> int | None:
        """The installment of all rows from `index` on where they are plain, with nothing carried into them, else None.

        A plain row bears the interest of its whole period: it does not hold the day on which the rows begin anew.
        """
        begun = index == self._start.index and self._start.current
        if not self.basis.is_plain or begun or self._carried:
            return None
        level = self.rule.level_at(index)
        return level if isinstance(level, int) else None

    def _capitalise(self, index: int, line: _Exact, interest: Amount) -> None:
        """Add the interest to the balance, as far as the cost cap has room for it."""
        line.capitalised, line.stretches = min(interest, self._room()), line.own
        self.balance = line.balance = fine(self.balance + line.capitalised)
        self.rule.capitalised()
        if line.capitalised < interest:
            self.rule.repriced(index + 1, self.balance, ())

    def _room(self) -> Amount:
        """What the cost cap leaves for interest of the row at hand, after what those before it cost, in whole steps."""
        basis, step = self.basis, self.basis.rounder.step
        if basis.cost_cap is None:
            return _NO_LIMIT
        fees = basis.fees_withheld + basis.fees_added + self._start.spent + sum(line.fees for line in self.lines)
        spent = sum((line.interest + line.capitalised for line in self.lines), start=Fraction(0))
        left = max(Fraction(0), (basis.cost_cap - fees) // step * step - spent)
        return left if basis.terms.unrounded else int(left // step) * step

    def _draw(self, index: int) -> list[Draw]:
        """What is lent further in the period, taken from what is pending."""
        drawn = [draw for draw in self.pending if draw.place == index]
        self.pending = self.pending[len(drawn) :]
        return drawn

    def _own_stretches(self, index: int, period: Period, drawn: Sequence[Draw]) -> tuple[Stretch, ...]:
        if self.basis.is_free(index):
            return ()
        if index == self._start.index and self._start.current:
            stretches = list(self._start.current)
        else:
            stretches = [Stretch(period, period.start, period.end, self.balance)]
        for draw in drawn:
            before, on = stretches.pop(), max(draw.on, period.start)
            if on > before.start:
                stretches.append(before._replace(end=on))
            stretches.append(before._replace(start=max(on, before.start), balance=before.balance + draw.minor))
        return (*self._before_the_period(period, drawn), *stretches)

    def _before_the_period(self, period: Period, drawn: Sequence[Draw]) -> Iterator[Stretch]:
        """What was lent in the broken period bears interest in it, which nobody could withhold when the loan began."""
        broken = self.basis.broken
        if broken is None:
            return
        early, lent = [draw for draw in drawn if draw.on < broken.end], 0
        for draw, on in zip(early, [*(draw.on for draw in early[1:]), broken.end], strict=False):
            lent += draw.minor
            if draw.on < on:
                yield Stretch(broken._replace(n=period.n), draw.on, on, lent)

    def _with_lost_rows(self, index: int, own: tuple[Stretch, ...]) -> tuple[Stretch, ...]:
        """Flat interest is owed for the whole term: where rows end early, the last takes that of the missing ones."""
        if self.balance or self.basis.terms.method is not Method.FLAT or self._start.replanned:
            return own
        later = self.basis.periods[index + 1 :]
        return own + tuple(Stretch(period, period.start, period.end, 0) for period in later)


def _is_ahead(draw: Draw, start: Start) -> bool:
    """Whether the draw is not yet part of the balance at the start."""
    if draw.place != start.index:
        return draw.place > start.index
    return start.since is None or draw.on > start.since


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
    return Line(Period(0, day, day, day), basis.down_payment, interest, 0, balance, own=stretches, stretches=stretches)


def _line(exact: _Exact, principal: int, interest: int, balance: int, capitalised: int) -> Line:
    """The row as it is shown, with these figures."""
    line = Line(exact.period, principal, interest, exact.fees, balance, own=exact.own, stretches=exact.stretches)
    line.capitalised, line.drawn, line.drawn_first = capitalised, exact.drawn, exact.drawn_first
    return line


def _whole(line: _Exact) -> Line:
    return _line(line, int(line.principal), int(line.interest), int(line.balance), int(line.capitalised))


def _shown(basis: Basis, start: Start, exact: Sequence[_Exact]) -> list[Line]:
    """Unrounded rows as they are shown: each column's running total is rounded, so that no cent is lost or made."""
    show = basis.rounder.fraction
    lines: list[Line] = []
    before = start.balance if isinstance(start.balance, int) else show(start.balance)
    charged: Amount = 0
    joined: Amount = 0
    for row in exact:
        capitalised = show(joined + row.capitalised) - show(joined)
        joined = fine(joined + row.capitalised)
        added = row.drawn + capitalised
        balance = min(show(row.balance), before + added)
        interest = show(charged + row.interest) - show(charged)
        charged = fine(charged + row.interest)
        principal = before + added - balance
        lines.append(_line(row, principal, interest, balance, capitalised))
        before = balance
    return lines
