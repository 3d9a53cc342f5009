"""What late installments cost as time goes by: penalty that runs on them, fees charged for them, and their caps."""

from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from datetime import date, timedelta
from typing import NamedTuple

from services.engine.dates import add_periods
from services.engine.installment import Installment
from services.engine.penalties import Meter, PenaltyRate, PenaltyStretch, late_fee_minor
from services.engine.policy import Component, Policy
from services.engine.rounding import Rounder
from services.engine.terms import Terms


class Gain(NamedTuple):
    """Penalty borne since last looked at, as far as the caps allow, and all that was `seen` by now before caps."""

    meter: Meter
    installment: Installment
    minor: int
    seen: int


class Lateness:
    """Applies the policy's penalty and late fee. All amounts are minor units."""

    def __init__(self, policy: Policy, terms: Terms) -> None:
        self._fee = policy.late_fee
        self._penalty = PenaltyRate(policy.penalty, terms) if policy.penalty else None
        self._rounder = Rounder(1, terms.rounding)
        self._terms = terms
        self._next = 0
        self._repeats = 0

    def agree(self, day: date, terms: Terms) -> None:
        """From the day on other terms hold."""
        before, self._terms = self._terms, terms
        same = (before.annual_rate, before.rate_changes) == (terms.annual_rate, terms.rate_changes)
        if self._penalty and not same:
            self._penalty = self._penalty.agreed(day, terms)

    def copy(self) -> "Lateness":
        """The same, to go on by itself."""
        return copy(self)

    # penalty

    def start(self, installment: Installment, day: date) -> None:
        """The installment falls due."""
        if self._penalty:
            installment.meter = self._penalty.meter(day)

    def borne(self, installment: Installment, day: date) -> list[PenaltyStretch]:
        """What the installment's penalty by `day` was computed from, before caps."""
        if self._penalty is None or installment.meter is None:
            return []
        return self._penalty.stretches(installment.meter, installment.due_on, day)

    def rebase(self, installment: Installment, day: date) -> None:
        """Let penalty run on what is unpaid at the end of the day.

        What is paid of penalties counts for those that events charged first: none is borne on those.
        """
        if self._penalty and installment.meter:
            overdue = installment.bears_penalty(self._penalty.policy.base)
            settled = max(0, installment.settled(Component.PENALTY) - installment.charged(Component.PENALTY))
            self._penalty.rebase(installment.meter, overdue, settled, installment.due_on, day)

    def gains(self, due: Iterable[Installment], day: date, charged: int, cap: int, room: int) -> Iterator[Gain]:
        """What the installments have gained by `day`, of which `cap` less `charged`, and at most `room`, come through.

        `charged` counts the penalty so far, `cap` the most that the policy lets the loan bear.
        """
        if self._penalty is None:
            return
        left = max(0, min(room, cap - charged))
        for installment in due:
            meter = installment.meter
            seen = self._penalty.accrued(meter, installment.due_on, day) if meter else 0
            if meter is None or seen == meter.seen:
                continue
            gain = min(seen - meter.seen, left)
            left -= gain
            yield Gain(meter, installment, gain, seen)

    # late fee

    def next_fee_on(self, installments: Sequence[Installment]) -> date | None:
        """The day on which a late fee may be charged next, None where none will be."""
        if self._fee is None or not installments:
            return None
        if self._next < len(installments):
            due_on = installments[self._next].due_on
        elif self._fee.once_per_installment or installments[-1].line.period.is_open_ended:
            return None
        else:
            last, terms = installments[-1].due_on, self._terms
            periods = (self._repeats + 1) * terms.every
            due_on = add_periods(last, periods, terms.unit, terms.month_day_after(last))
        if (date.max - due_on).days <= self._fee.after_days:
            return None
        return due_on + timedelta(days=self._fee.after_days + 1)

    def fees_on(self, installments: Sequence[Installment], day: date) -> list[tuple[Installment, int]]:
        """The late fees that the day brings: each installment's own day has come, or that of a later one."""
        found: list[tuple[Installment, int]] = []
        fee, on = self._fee, self.next_fee_on(installments)
        while fee is not None and on is not None and on <= day:
            first = self._next if fee.once_per_installment else 0
            late = installments[first : self._next + 1]
            found += [(row, late_fee_minor(fee, row.arrears(), self._rounder)) for row in late if row.arrears()]
            if self._next < len(installments):
                self._next += 1
            else:
                self._repeats += 1
            on = self.next_fee_on(installments)
        return found
