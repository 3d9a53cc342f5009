"""One installment in the course of a loan: what it asks for, what was paid of it and when."""

from dataclasses import dataclass, field
from datetime import date

from services.engine.accrual import Accrual, Stretch, until
from services.engine.line import Line
from services.engine.penalties import Meter
from services.engine.policy import Component, PenaltyBase

Amounts = dict[Component, int]
_NOTHING: Amounts = dict.fromkeys(Component, 0)


def nothing() -> Amounts:
    """No amount of any component."""
    return _NOTHING.copy()


@dataclass(frozen=True, slots=True)
class Charge:
    """A fee or penalty that an event put on an installment, owed from a day that may lie before the due date."""

    owed_on: date
    component: Component
    minor: int


@dataclass(slots=True)
class Installment:
    """A row of the schedule and its history. Amounts are minor units.

    `recognised` is what the books show as earned of interest, fees and penalty; `prepaid` is principal paid
    before its due date while the row's period ran, part of the row's principal. `cleared_on` is the day since which
    nothing that fell due on the due date is owed, `settled_on` the day since which nothing at all is. `forgone` is
    interest without an end that a cap held back: it is never asked for, whatever is paid later. `retained` is interest
    that was paid before rows were laid out anew and asked for less of it: the row asks for it on top of what it bears.
    """

    line: Line
    paid: Amounts = field(default_factory=nothing)
    waived: Amounts = field(default_factory=nothing)
    recognised: Amounts = field(default_factory=nothing)
    charges: list[Charge] = field(default_factory=list)
    prepaid: int = 0
    forgone: int = 0
    retained: int = 0
    meter: Meter | None = None
    cleared_on: date | None = None
    settled_on: date | None = None
    _borne: tuple[tuple[Stretch, ...], date, int] | None = field(default=None, compare=False, repr=False)

    @property
    def n(self) -> int:
        """Number of the installment, 0 for what is due at disbursement."""
        return self.line.period.n

    @property
    def due_on(self) -> date:
        """The day on which it is payable."""
        return self.line.period.due_on

    def copy(self) -> "Installment":
        """The same installment, to be changed by itself."""
        return Installment(
            self.line.copy(),
            self.paid.copy(),
            self.waived.copy(),
            self.recognised.copy(),
            self.charges.copy(),
            prepaid=self.prepaid,
            forgone=self.forgone,
            retained=self.retained,
            meter=self.meter and self.meter.copy(),
            cleared_on=self.cleared_on,
            settled_on=self.settled_on,
        )

    def interest_by(self, day: date, accrual: Accrual) -> int:
        """What its stretches have borne by the day: asked for many times on one day, and computed once."""
        stretches = self.line.stretches
        if self._borne is None or self._borne[0] is not stretches or self._borne[1] != day:
            passed = until(stretches, day)
            self._borne = stretches, day, accrual.rounded(passed) if passed else 0
        return self._borne[2]

    def has_begun(self, day: date) -> bool:
        """Whether it may have borne interest by the day."""
        return self.line.begins < day or self.due_on <= day

    def counts_to(self, day: date) -> date:
        """The day up to which interest is asked for on `day`: the end of its period, where it is due before that."""
        end = self.line.period.end
        return end if self.due_on <= day < end else day

    def retain(self, minor: int) -> None:
        """Ask for so much more interest, which was or is just being paid."""
        self.retained += minor
        self.line.interest += minor

    @property
    def is_untouched(self) -> bool:
        """Whether nothing of it was paid or waived."""
        return self.paid == _NOTHING and self.waived == _NOTHING

    def settled(self, component: Component) -> int:
        """What was paid or waived of the component."""
        return self.paid[component] + self.waived[component]

    def asked(self, component: Component) -> int:
        """All that the installment asks for of the component, due or not."""
        if component is Component.PRINCIPAL:
            return self.line.principal
        if component is Component.INTEREST:
            return self.line.interest
        if component is Component.FEE:
            return self.line.fees + self.charged(Component.FEE)
        return self.charged(Component.PENALTY) + (self.meter.charged if self.meter else 0)

    def charged(self, component: Component, by: date | None = None) -> int:
        """Charges of the component, those owed by a day if one is given."""
        if not self.charges:
            return 0
        return sum(
            charge.minor
            for charge in self.charges
            if charge.component is component and (by is None or charge.owed_on <= by)
        )

    def ahead(self, component: Component) -> int:
        """What was settled of the component before the due date and is no charge: fees of the schedule, paid ahead."""
        return self.recognised[component] - self.charged(component)

    def open(self, component: Component) -> int:
        """What is still unpaid of the component, due or not."""
        return self.asked(component) - self.paid[component] - self.waived[component]

    def owed(self) -> Amounts:
        """What is still unpaid of each component, due or not."""
        return {component: self.open(component) for component in Component}

    def due(self, day: date) -> Amounts:
        """What is unpaid and due by the day: everything from the due date on, before it only charges owed early."""
        if self.due_on <= day:
            return self.owed()
        if not self.charges:
            return {}
        return {
            component: max(0, self.charged(component, by=day) + self.ahead(component) - self.settled(component))
            for component in (Component.PENALTY, Component.FEE)
        }

    def arrears(self) -> int:
        """What is unpaid of that which fell due on the due date: principal, interest and the schedule's fees."""
        line, settled = self.line, self.settled
        owed = line.principal + line.interest - settled(Component.PRINCIPAL) - settled(Component.INTEREST)
        return owed + max(0, line.fees - settled(Component.FEE)) if line.fees else owed

    def bears_penalty(self, base: PenaltyBase) -> int:
        """The unpaid part that penalty is reckoned on."""
        overdue = self.open(Component.PRINCIPAL)
        if base is not PenaltyBase.PRINCIPAL:
            overdue += self.open(Component.INTEREST)
        if base is PenaltyBase.TOTAL:
            overdue += self.open(Component.FEE)
        return overdue

    def note_settlement(self, day: date) -> None:
        """Set or withdraw the days of clearance and settlement, as the amounts stand at the end of `day`."""
        if day < self.due_on and self.is_untouched:
            self.cleared_on = self.settled_on = None
            return
        cleared = not self.arrears()
        self.cleared_on = (self.cleared_on or day) if cleared else None
        settled = cleared and not self.open(Component.FEE) and not self.open(Component.PENALTY)
        self.settled_on = (self.settled_on or day) if settled else None
