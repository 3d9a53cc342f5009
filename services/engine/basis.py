"""What a schedule is computed from: the terms with their dates laid out and their amounts in whole minor units."""

from bisect import bisect_right
from collections.abc import Iterable
from copy import copy
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import NamedTuple

from services.engine.accrual import Accrual, FlatAccrual
from services.engine.conditions import NO_GRACE, Fee, FeeTime, InterestRounding, Method
from services.engine.errors import InvalidTerms
from services.engine.periods import Period, calendar
from services.engine.rounding import Rounder, RoundingMode
from services.engine.terms import Terms

_WAITING = (Method.INTEREST_ONLY, Method.BULLET, Method.REVOLVING)


_end = attrgetter("end")


class Draw(NamedTuple):
    """A further disbursement, minor units; `place` is the index of the first period whose interest it raises."""

    place: int
    on: date
    minor: int


class Basis:
    """Derived once from terms and then only read. All amounts are minor units of the loan's currency.

    `after` is the number of the last installment of earlier terms: those here follow it. `taken_in` is what these terms
    added to the principal that was owed before them.

    `is_plain` says that every row pays the equal installment and bears the interest of its period on the balance before
    it, rounded once. `factors` is then the interest of each period on a balance of 1, exactly.
    """

    def __init__(self, terms: Terms, after: int = 0, taken_in: int = 0) -> None:
        laid_out = calendar(terms, after)
        self.terms = terms
        self.after = after
        self.taken_in = taken_in
        self.currency = terms.currency
        self.broken: Period | None = laid_out.broken
        self.periods = laid_out.periods
        self.last = len(self.periods) - 1
        self.rounder = Rounder(terms.round_to.minor if terms.round_to else 1, terms.rounding)
        self.accrual = Accrual(terms, self.rounder)
        if terms.method is Method.FLAT:
            self.accrual = self.flat = FlatAccrual(terms, self.rounder, self.periods)
        self.disbursed = terms.principal.minor
        self.cost_cap = None if terms.cost_cap is None else self.cap(terms.cost_cap)
        self.fees_added = self._within_cap(self._fees(FeeTime.DISBURSEMENT_ADDED))
        self.fees_withheld = self._within_cap(self._fees(FeeTime.DISBURSEMENT), self.fees_added)
        self.principal = self.disbursed + self.fees_added
        self.down_payment = self._down_payment() if terms.down_payment else 0
        self.balloon = self._balloon()
        self.every_fee = self._fees(FeeTime.EVERY_INSTALLMENT)
        self._first_fee = self._fees(FeeTime.FIRST_INSTALLMENT)
        self.draws = self._draws()
        self.is_plain = _is_plain(terms) and self.accrual.rates.never_change
        self.factors = self.accrual.factors(self.periods) if self.is_plain else []

    def with_terms(self, terms: Terms) -> "Basis":
        """The same installments' numbers and beginning, and the same draws, under terms that were changed."""
        other = Basis(terms, self.after, self.taken_in)
        other.draws = self.draws
        return other

    def with_draws(self, draws: Iterable[Draw]) -> "Basis":
        """The same with other draws than the tranches of the terms."""
        other = copy(self)
        other.draws = tuple(draws)
        return other

    def index_of(self, n: int) -> int:
        """Index of the period of installment `n`."""
        return n - self.after - 1

    def index_at(self, day: date) -> int:
        """Index of the period in which the day lies; after all of them, one more than the last."""
        return bisect_right(self.periods, day, key=_end)

    def drawn(self, index: int, by: date) -> int:
        """What was lent further within the period up to a day."""
        return sum(draw.minor for draw in self.draws if draw.place == index and draw.on <= by)

    def cap(self, percent: Decimal) -> int:
        """The most that so many percent of the amount disbursed allow: rounded down."""
        return Rounder(1, RoundingMode.DOWN).percent_of(self.disbursed, percent)

    def fees_of(self, index: int) -> int:
        """The terms' fees that fall due with the installment."""
        return self.every_fee + (self._first_fee if index == 0 else 0)

    def is_free(self, index: int) -> bool:
        """Whether the installment's period bears no interest."""
        return index < self.terms.grace.interest_charged

    def defers(self, index: int) -> bool:
        """Whether the period's interest waits for a later installment."""
        if self.terms.method is Method.BULLET and not self.capitalises(index):
            return index < self.last
        return index < self.terms.grace.interest_payment and not self.terms.grace.capitalise

    def capitalises(self, index: int) -> bool:
        """Whether the period's interest is added to the principal."""
        return self.terms.grace.capitalise and index < self.terms.grace.interest_payment

    def pays_principal(self, index: int) -> bool:
        """Whether the installment holds principal. No equal installment is due where interest is capitalised."""
        if index == self.last:
            return True
        if self.terms.method in _WAITING or index < self.terms.grace.principal:
            return False
        levelled = self.terms.method in (Method.EQUAL_INSTALLMENT, Method.FLAT)
        return not (levelled and self.capitalises(index))

    def _draws(self) -> tuple[Draw, ...]:
        found = []
        for place, tranche in enumerate(self.terms.tranches):
            index = self.index_at(tranche.on)
            if index > self.last:
                reason = "nothing falls due after it that could repay it"
                raise InvalidTerms(field=f"tranches[{place}].on", reason=reason)
            found.append(Draw(index, tranche.on, tranche.amount.minor))
        return tuple(found)

    def _down_payment(self) -> int:
        return min(self.rounder.percent_of(self.disbursed, self.terms.down_payment), self.disbursed)

    def _fees(self, when: FeeTime) -> int:
        fees = self.terms.fees
        return sum(self._fee(fee) for fee in fees if fee.when is when) if fees else 0

    def _within_cap(self, fees: int, spent: int = 0) -> int:
        """The fees as far as the cost cap leaves room for them, in whole steps."""
        if self.cost_cap is None or fees <= self.cost_cap - spent:
            return fees
        return max(0, self.cost_cap - spent) // self.rounder.step * self.rounder.step

    def _fee(self, fee: Fee) -> int:
        if fee.amount is not None:
            return fee.amount.minor
        return self.rounder.percent_of(self.disbursed, fee.percent_of_principal or Decimal(0))

    def _balloon(self) -> int:
        balloon = self.terms.balloon
        if balloon is None:
            return 0
        if balloon.amount is not None:
            return balloon.amount.minor
        share = self.rounder.percent_of(self.disbursed, balloon.percent or Decimal(0))
        return min(share, self.principal - self.down_payment)


def _is_plain(terms: Terms) -> bool:
    """As far as the terms alone say, rates left aside."""
    return (
        terms.method is Method.EQUAL_INSTALLMENT
        and terms.interest_rounding is InterestRounding.ROW
        and not (terms.unrounded or terms.tranches)
        and (terms.grace is NO_GRACE or terms.grace == NO_GRACE)
    )
