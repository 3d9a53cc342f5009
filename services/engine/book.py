"""A loan's account while its events are replayed: installments and what is booked of them. Amounts are minor units."""

from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from datetime import date
from typing import Self

from services.engine.allocation import Part
from services.engine.balances import Balances
from services.engine.basis import Basis
from services.engine.draws import Draws
from services.engine.installment import Amounts, Charge, Installment, nothing
from services.engine.lateness import Gain, Lateness
from services.engine.ledger import INCOME, Account
from services.engine.levels import Levels
from services.engine.policy import Accrued, Component, Policy
from services.engine.rows import Rows
from services.engine.schedule import whole_plan

_NO_LIMIT = 1 << 200


class Book(Balances, Rows):
    """Holds the state of the loan. Time moves it by `open_day`, `accrue` and `close_day`; events by the other methods.

    `basis` is that of the terms in force, `opened` that of the terms at disbursement.
    """

    def __init__(self, basis: Basis, policy: Policy) -> None:
        plan = whole_plan(basis)
        Balances.__init__(self, basis.currency)
        Rows.__init__(self, [Installment(line) for line in plan.lines])
        self.basis = basis
        self.opened = basis
        self.policy = policy
        self.levels = Levels(plan.rule)
        self.lateness = Lateness(policy, basis.terms)
        self.draws = Draws(basis)
        self._bases = {basis.after: basis}
        self._touched: list[Installment] = []
        self._accrued_on: date | None = None
        self._disburse()

    def copy(self) -> Self:
        """The same account at the end of a day, to be moved by itself. What terms and rules say is shared."""
        other, copies = super().copy(), {id(row): row.copy() for row in self.installments}
        other.installments = list(copies.values())
        other.lateness = self.lateness.copy()
        other.draws = copy(self.draws)
        other._bases = self._bases.copy()
        other._touched = [copies[id(row)] for row in self._touched if id(row) in copies]
        return other

    # time

    def next_day(self, since: date) -> date | None:
        """The next day on which time alone changes something: something falls due, is lent, or is charged as late.

        Where interest follows what is owed, a period that ends on `since` or later does as well, for its due date may
        have been moved. A day before `since` is one that was not played, since nothing but what is void was on it.
        """
        if self.written_off_on is not None:
            return None
        days = [self.lateness.next_fee_on(self.installments), self.draws.next_on(), self.next_due_on()]
        if self.policy.accrual is Accrued.ACTUAL:
            days.append(self.period_end(since))
        return min((day for day in days if day is not None), default=None)

    def open_day(self, day: date) -> None:
        """What the day brings before anything happens on it: installments fall due, tranches are lent, late fees."""
        if self.written_off_on is not None:
            return
        self.ledger.event, self.ledger.memo = None, "accrual"
        self._accrue_interest(day)
        for installment in self.falling_due(day):
            self._fall_due(installment, day)
        for installment, fee in self.lateness.fees_on(self.installments, day):
            self.charge(day, installment, day, Component.FEE, fee)
        self.ledger.memo = "disbursement"
        for minor in self.draws.lent_by(day):
            self.lend(day, minor)

    def accrue(self, day: date) -> None:
        """Bring interest and penalty receivable to what has accrued by `day`."""
        if self.written_off_on is not None:
            return
        self._accrue_interest(day)
        gains = list(self._penalty_gains(day))
        for gain in gains:
            gain.meter.seen = gain.seen
            gain.meter.charged += gain.minor
            gain.installment.recognised[Component.PENALTY] += gain.minor
        self.book(day, Component.PENALTY, sum(gain.minor for gain in gains))

    def note_accrued(self, installment: Installment, day: date) -> int:
        """Raise the installment's recognised interest to what it has borne; by how much. Nothing is booked."""
        gained = self._interest_gain(installment, day)
        installment.recognised[Component.INTEREST] += gained
        if installment.line.grows:
            line, recognised = installment.line, installment.recognised[Component.INTEREST]
            line.interest = recognised - line.capitalised
            borne = installment.interest_by(installment.counts_to(day), self.basis.accrual)
            installment.forgone = max(installment.forgone, borne - recognised)
        return gained

    def close_day(self, day: date) -> None:
        """After the events of a day: settlements are noted, changed penalty bases take effect."""
        for installment in self._touched:
            installment.note_settlement(day)
            self.lateness.rebase(installment, day)
        self._touched.clear()
        self.pass_settled()

    def rows_changed(self) -> None:
        """Rows were rebuilt: what each has accrued, and when the day closes whether it is settled, is seen anew."""
        self.look_back()
        self._touched = list(self.installments)
        self._accrued_on = None

    # figures

    def outstanding_on(self, day: date) -> Amounts:
        """What is outstanding, with what will have accrued by `day`; nothing is booked."""
        amounts = self.outstanding()
        if self.written_off_on is None:
            amounts[Component.INTEREST] += sum(self._interest_gain(row, day) for row in self.running(day))
            amounts[Component.PENALTY] += sum(gain.minor for gain in self._penalty_gains(day))
        return amounts

    def due(self, day: date) -> Amounts:
        """What is due by `day` and unpaid."""
        total = nothing()
        if self.written_off_on is None:
            for installment in self.with_dues():
                for component, minor in installment.due(day).items():
                    total[component] += minor
        return total

    def principal_due(self, day: date) -> int:
        """Principal that is due by `day` and unpaid."""
        if self.written_off_on is not None:
            return 0
        return sum(row.open(Component.PRINCIPAL) for row in self.with_dues() if row.due_on <= day)

    def accrued_interest(self, installment: Installment, day: date) -> int:
        """Interest that the installment has borne by `day`, whether paid or not."""
        line = installment.line
        if not installment.has_begun(day):
            return 0
        if line.grows:
            borne = installment.interest_by(installment.counts_to(day), self.basis.accrual) - installment.forgone
            return min(borne, line.bears + self.room())
        if installment.due_on <= day:
            return line.bears
        return min(line.bears, installment.interest_by(day, self.basis.accrual))

    def is_paid(self) -> bool:
        """Whether no installment asks for anything more, due or not."""
        return not self.principal and not any(any(row.owed().values()) for row in self.installments)

    def room(self) -> int:
        """How much may still be added for lateness under the cost cap and the rule in duplum.

        Source of the latter: National Credit Act 34 of 2005 (South Africa), section 103(5).
        """
        room = _NO_LIMIT
        if self.policy.in_duplum:
            room = self.principal - self.income_owed()
        if self.basis.cost_cap is not None:
            spent = self.opened.fees_withheld + self.opened.fees_added + self.charged()
            spent += sum(row.line.bears + row.line.fees for row in self.installments)
            room = min(room, self.basis.cost_cap - spent)
        return max(0, room)

    def charged(self) -> int:
        """What events and lateness have cost, fees that no schedule held and penalty, where a cost cap counts it."""
        if self.basis.cost_cap is None:
            return 0
        return sum(row.charged(Component.FEE) + row.asked(Component.PENALTY) for row in self.installments)

    # movements

    def basis_of(self, installment: Installment) -> Basis:
        """What the installment's figures were computed from: later terms may have replaced those of its time."""
        return self._bases[max(after for after in self._bases if after < max(installment.n, 1))]

    def agree(self, day: date, basis: Basis) -> None:
        """From the day on other terms hold, whose draws up to then have been lent."""
        self.basis = self._bases[basis.after] = basis
        self.draws.agree(day, basis)
        self.lateness.agree(day, basis.terms)

    def lend_no_more(self) -> None:
        """Tranches that were agreed and not lent yet are cancelled: the terms go on without them."""
        self.basis = self._bases[self.basis.after] = self.draws.cancel()

    def pay(self, day: date, among: Sequence[Installment], parts: Iterable[Part], source: Account) -> None:
        """Settle the parts of those installments with money from `source`."""
        for part in parts:
            self._settle(day, among[part.place], part, source)
            among[part.place].paid[part.component] += part.minor

    def waive(self, day: date, among: Sequence[Installment], parts: Iterable[Part]) -> None:
        """Forgive the parts: income is given back, principal is lost."""
        for part in parts:
            self._settle(day, among[part.place], part, INCOME.get(part.component, Account.LOSS))
            among[part.place].waived[part.component] += part.minor

    def charge(self, day: date, installment: Installment, owed_on: date, component: Component, minor: int) -> int:
        """Put a fee or penalty on the installment, as far as the cost cap has room; what was charged."""
        minor = min(minor, self.room())
        if minor:
            installment.charges.append(Charge(owed_on, component, minor))
            installment.recognised[component] += minor
            self.book(day, component, minor)
            self.look_back()
            self._touched.append(installment)
        return minor

    def write_off(self, day: date) -> Amounts:
        """Take what is owed out of the books, and nothing more is lent. What was written off."""
        self.lend_no_more()
        return super().write_off(day)

    # within

    def _settle(self, day: date, installment: Installment, part: Part, source: Account) -> None:
        """Settle the part with money from `source`; what is settled before it is due is recognised first."""
        component = part.component
        if component is not Component.PRINCIPAL:
            early = installment.settled(component) + part.minor - installment.recognised[component]
            if early > 0:
                installment.recognised[component] += early
                self.book(day, component, early)
        self.clear(day, component, part.minor, source)
        self._touched.append(installment)

    def _disburse(self) -> None:
        basis, day, post = self.basis, self.basis.terms.disbursed_on, self.ledger.post
        self.principal = basis.principal
        post(day, Account.LOAN_PRINCIPAL, Account.CASH, basis.disbursed)
        post(day, Account.LOAN_PRINCIPAL, Account.FEE_INCOME, basis.fees_added)
        post(day, Account.FEE_RECEIVABLE, Account.FEE_INCOME, basis.fees_withheld)
        post(day, Account.CASH, Account.FEE_RECEIVABLE, basis.fees_withheld)
        zero = self.installments[0]
        if zero.n == 0 and zero.line.interest:
            self.pay(day, [zero], [Part(0, Component.INTEREST, zero.line.interest)], Account.CASH)

    def _accrue_interest(self, day: date) -> None:
        """Once a day while the rows stay, but for interest without an end: events move the limits of that."""
        running = list(self.running(day))
        if self._accrued_on == day and not any(row.line.grows for row in running):
            return
        self._accrued_on = day
        gained = sum(self.note_accrued(row, day) for row in running)
        self.book(day, Component.INTEREST, gained)

    def _fall_due(self, installment: Installment, day: date) -> None:
        early = installment.ahead(Component.FEE)
        installment.recognised[Component.FEE] += installment.line.fees - early
        self.book(day, Component.FEE, installment.line.fees - early)
        self.capitalise(day, installment.line.capitalised)
        self.lateness.start(installment, day)
        self._touched.append(installment)

    def _interest_gain(self, installment: Installment, day: date) -> int:
        target = max(self.accrued_interest(installment, day), installment.settled(Component.INTEREST))
        return target - installment.recognised[Component.INTEREST]

    def _penalty_gains(self, day: date) -> Iterator[Gain]:
        """What installments have gained, as far as the caps let it through."""
        penalty, charged, most = self.policy.penalty, 0, _NO_LIMIT
        if penalty is None:
            return iter(())
        if penalty.cap_percent_of_principal is not None:
            charged = sum(row.meter.charged for row in self.installments if row.meter)
            most = self.opened.cap(penalty.cap_percent_of_principal)
        return self.lateness.gains(self.behind(), day, charged, most, self.room())
