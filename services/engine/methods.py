"""How much principal each installment holds: one rule for each method of repayment."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import gcd

from services.engine.accrual import Amount, Stretch
from services.engine.annuity import level_installment
from services.engine.basis import Basis
from services.engine.conditions import Method
from services.engine.rounding import divide

_FINE = 10**60
"""Full precision: where terms ask for an unrounded running balance, it is kept to this part of a minor unit."""
_LONGEST_DENOMINATOR = 1 << 400

Level = Amount | tuple[int, ...]
"""What a rule keeps, minor units: the level installment or principal share, or the amounts that a plan still holds."""


@dataclass(slots=True)
class Start:
    """Where a schedule begins: at the first installment, or later with what has happened before.

    `balance` is the principal left before installment `index`; `current` are the stretches of that installment's own
    period (none: the whole period on `balance`); `carried` are stretches whose interest waits for a payable row;
    `level` keeps an installment (or principal share, or plan) that was fixed before; `replanned` says that a prepayment
    or the like made a new beginning, `since` on which day: what was lent up to then is part of `balance`. `spent` is
    what earlier rows cost in interest and fees.
    """

    index: int
    balance: Amount
    current: tuple[Stretch, ...] = ()
    carried: tuple[Stretch, ...] = ()
    level: Level | None = None
    replanned: bool = False
    since: date | None = None
    spent: int = 0


class Rule:
    """No principal before the last installment: interest only, bullet and revolving loans."""

    def __init__(self, basis: Basis, start: Start) -> None:
        self.basis = basis
        self.start = start
        self.begins = start.index
        self._levels: list[tuple[int, Level]] = []

    def share(self, index: int, balance: Amount, interest: Amount) -> Amount:
        """Principal of the installment, whose own interest is given; never negative, never more than is left."""
        if index == self.basis.last:
            return balance
        if not self.basis.pays_principal(index):
            return 0
        return max(0, min(self.wanted(index, balance, interest), balance - self.basis.balloon))

    def wanted(self, index: int, balance: Amount, interest: Amount) -> Amount:
        """What the method itself asks for, before the limits of `share`."""
        return 0

    def capitalised(self) -> None:
        """Interest was added to the balance: a share derived before is derived again."""

    def repriced(self, index: int, balance: Amount, current: tuple[Stretch, ...]) -> None:
        """The rate changes in the period of installment `index`: what was derived from it is derived again."""

    def enlarged(self, index: int, balance: Amount, current: tuple[Stretch, ...]) -> None:
        """More is lent in the period of installment `index`, `current` are its balances: the rest is derived again."""

    def level_at(self, index: int) -> Level | None:
        """The installment, principal share or plan that holds at installment `index`, for a new beginning there."""
        held = [level for begins, level in self._levels if begins <= index]
        return held[-1] if held else next((level for _, level in self._levels), None)

    def _hold(self, index: int, level: Level) -> None:
        """From that installment on this is the level."""
        self._levels.append((index, level))


class EqualInstallment(Rule):
    """Interest and principal together stay level, also for flat interest."""

    def __init__(self, basis: Basis, start: Start) -> None:
        super().__init__(basis, start)
        fixed = basis.terms.installment_amount
        self._given = _amount(start.level)
        if self._given is None and fixed is not None and not start.replanned:
            self._given = fixed.minor
        self._derive(start.index)

    def _derive(self, index: int) -> None:
        self.level = _rounded_level(self.basis, *self.exact_level()) if self._given is None else self._given
        self._hold(index, self.level)

    def wanted(self, index: int, balance: Amount, interest: Amount) -> Amount:
        """The installment less its interest."""
        return self.level - interest

    def repriced(self, index: int, balance: Amount, current: tuple[Stretch, ...]) -> None:
        """An installment that was given stays, and the last row takes the difference."""
        if self._given is None:
            self.start = Start(index, balance, current, replanned=self.start.replanned)
            self._derive(index)

    def enlarged(self, index: int, balance: Amount, current: tuple[Stretch, ...]) -> None:
        """Only an installment that the terms themselves fix stays."""
        fixed = self.basis.terms.installment_amount
        if fixed is None or self._given != fixed.minor:
            self._given = None
            self.repriced(index, balance, current)

    def exact_level(self) -> tuple[int, int]:
        """The one installment that brings the balance to the balloon, as an exact fraction of minor units.

        The arithmetic is that of `level_installment`; a row without an installment adds nothing to b, and one whose
        interest is not capitalised either leaves the balance alone.
        """
        basis, start = self.basis, self.start
        if basis.is_plain:
            own = [self._factor(start.index)] if start.current else []
            factors = [*own, *basis.factors[start.index + len(own) :]]
            return level_installment(start.balance, basis.balloon, factors)
        a, d, b = start.balance.numerator, start.balance.denominator, 0
        for index in range(self.start.index, basis.last + 1):
            p, q = self._factor(index)
            if basis.pays_principal(index):
                a, b, d = a * (q + p), b * (q + p) + d * q, d * q
            elif basis.capitalises(index):
                a, b, d = a * (q + p), b * (q + p), d * q
        return a - d * basis.balloon, b

    def _factor(self, index: int) -> tuple[int, int]:
        basis, start = self.basis, self.start
        if basis.is_free(index):
            return 0, 1
        if index == start.index and start.current and start.balance:
            return (basis.accrual.exact(start.current) / start.balance).as_integer_ratio()
        period = basis.periods[index]
        known = basis.periods[start.index].end
        p, q = basis.accrual.factor(period, period.start, period.end, known)
        common = gcd(p, q)
        return p // common, q // common


class FlatInstallment(EqualInstallment):
    """Level installments where interest is the same share in each row, whatever the balance."""

    def exact_level(self) -> tuple[int, int]:
        """What is left to repay before the balloon, with its interest, in equal parts."""
        basis = self.basis
        paying = [index for index in range(self.start.index, basis.last + 1) if basis.pays_principal(index)]
        if not paying:
            return 0, 1
        owed = Fraction(self.start.balance) - basis.balloon + basis.flat.expected(basis.periods[paying[0]].n)
        return owed.numerator, owed.denominator * len(paying)


class EqualPrincipal(Rule):
    """The same principal in each installment that holds any."""

    def __init__(self, basis: Basis, start: Start) -> None:
        super().__init__(basis, start)
        self._share = _amount(start.level)
        if self._share is not None:
            self._hold(start.index, self._share)

    def wanted(self, index: int, balance: Amount, interest: Amount) -> Amount:
        """The principal left before the balloon, in equal parts, derived at the first row that holds principal."""
        if self._share is None:
            left, rows = balance - self.basis.balloon, self.basis.last + 1 - index
            exact = Fraction(left) / rows
            self._share = exact if self.basis.terms.unrounded else self.basis.rounder.fraction(exact)
            self._hold(index, self._share)
        return self._share

    def capitalised(self) -> None:
        """The share is derived again from the larger balance, unless it was kept from before."""
        if self.start.level is None:
            self._share = None

    def enlarged(self, index: int, balance: Amount, current: tuple[Stretch, ...]) -> None:
        """The same: the rows left share what is left."""
        self._share = None


class CustomPlan(Rule):
    """The plan's own amounts. After a prepayment the last ones shrink first, or all in proportion."""

    def __init__(self, basis: Basis, start: Start) -> None:
        super().__init__(basis, start)
        self._plans: list[tuple[int, tuple[int, ...]]] = []
        if isinstance(start.level, tuple):
            self._keep(start.index, start.level)
            return
        plan = tuple(amount.minor for amount in basis.terms.principal_plan[start.index :])
        self._keep(start.index, self._rescaled(plan, start.balance) if start.replanned else plan)

    def wanted(self, index: int, balance: Amount, interest: Amount) -> Amount:
        """The plan's amount for the installment; none for one that was added since the plan was made."""
        place = index - self._first
        return self._plan[place] if place < len(self._plan) else 0

    def enlarged(self, index: int, balance: Amount, current: tuple[Stretch, ...]) -> None:
        """What the plan still holds grows in proportion; a plan that holds nothing more leaves it to the last row."""
        self._keep(index, self._rescaled(self._plan[index - self._first :], balance))

    def level_at(self, index: int) -> Level | None:
        """The amounts of the plan from that installment on."""
        first, plan = next(found for found in reversed(self._plans) if found[0] <= max(index, self._plans[0][0]))
        return plan[max(0, index - first) :]

    def _keep(self, index: int, plan: tuple[int, ...]) -> None:
        """From that installment on these are the amounts."""
        self._first, self._plan = index, plan
        self._plans.append((index, plan))

    def _rescaled(self, plan: tuple[int, ...], balance: Amount) -> tuple[int, ...]:
        planned = sum(plan)
        return (
            tuple(self.basis.rounder.fraction(Fraction(balance) * part / planned) for part in plan) if planned else plan
        )


_RULES: dict[Method, type[Rule]] = {
    Method.EQUAL_INSTALLMENT: EqualInstallment,
    Method.EQUAL_PRINCIPAL: EqualPrincipal,
    Method.INTEREST_ONLY: Rule,
    Method.BULLET: Rule,
    Method.FLAT: FlatInstallment,
    Method.CUSTOM: CustomPlan,
    Method.REVOLVING: Rule,
}


def rule_for(basis: Basis, start: Start) -> Rule:
    """The rule of the terms' method, ready for the installments from `start` on."""
    return _RULES[basis.terms.method](basis, start)


def _amount(level: Level | None) -> Amount | None:
    return None if isinstance(level, tuple) else level


def fine(value: Amount) -> Amount:
    """A fraction whose digits have grown beyond use, cut to full precision."""
    if isinstance(value, int) or value.denominator < _LONGEST_DENOMINATOR:
        return value
    return Fraction(round(value * _FINE), _FINE)


def _rounded_level(basis: Basis, numerator: int, denominator: int) -> Amount:
    if numerator <= 0:
        return 0
    own = basis.terms.installment_rounding
    if own is not None:
        return divide(numerator, denominator * own.to.minor, own.mode) * own.to.minor
    if basis.terms.unrounded:
        return fine(Fraction(numerator, denominator))
    return basis.rounder.ratio(numerator, denominator)
