"""How a loan is serviced: allocation, prepayment, penalties, payoff, classification. Frozen with the loan's terms."""

from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum
from typing import Self

from services.engine.classes import FIVE_CLASSES, Ladder, as_ladder
from services.engine.conditions import amount_or_percent, exactly_one
from services.engine.errors import InvalidTerms, WrongType
from services.engine.fields import (
    Reader,
    as_choice,
    as_json,
    as_list,
    as_money,
    as_percent,
    as_share,
    plain,
)
from services.money import Money

MOST_DAYS = 3660


class Component(StrEnum):
    """The four parts of a debt."""

    PENALTY = "penalty"
    FEE = "fee"
    INTEREST = "interest"
    PRINCIPAL = "principal"

    __hash__ = str.__hash__  # an enumeration's own is computed in Python, and components are keys everywhere


Order = tuple[Component, ...]
USUAL_ORDER: Order = tuple(Component)


class AllocateBy(StrEnum):
    """Whether the oldest installment, or the first component of all, is settled wholly before the next."""

    INSTALLMENT = "installment"
    COMPONENT = "component"


class Prepayment(StrEnum):
    """What money paid before its due date does to the rest of the schedule."""

    REDUCE_TERM = "reduce_term"
    REDUCE_INSTALLMENT = "reduce_installment"
    NEXT_INSTALLMENTS = "next_installments"


class PrepayInterest(StrEnum):
    """The interest that a prepayment takes before principal."""

    ACCRUED = "accrued"
    ON_PREPAID = "on_prepaid"
    NEXT_DUE = "next_due"


class InterestTo(StrEnum):
    """The date to which a payoff pays interest."""

    PAYOFF_DATE = "payoff_date"
    NEXT_DUE_DATE = "next_due_date"


class PenaltyBase(StrEnum):
    """The part of an overdue installment that bears penalty."""

    PRINCIPAL = "overdue_principal"
    PRINCIPAL_AND_INTEREST = "overdue_principal_and_interest"
    TOTAL = "overdue_total"


class PenaltyRound(StrEnum):
    """Whether penalty is rounded once for a stretch of constant base, or for each day."""

    TOTAL = "total"
    DAY = "day"


class Accrued(StrEnum):
    """Whether interest follows the schedule or the principal really owed."""

    SCHEDULED = "scheduled"
    ACTUAL = "actual"


@dataclass(frozen=True, slots=True)
class Allocation:
    """The orders in which a repayment meets the components, by the state that the loan is in."""

    standard: Order = USUAL_ORDER
    arrears: Order = USUAL_ORDER
    written_off: Order = USUAL_ORDER

    @classmethod
    def read(cls, value: object, path: str) -> Self:
        """One order for all states, or an object with orders. Raises EngineError."""
        if isinstance(value, list | tuple):
            order = _order(value, path)
            return cls(order, order, order)
        if not isinstance(value, dict):
            raise WrongType(field=path, expected="a list of components, or an object with one for each state")
        reader = Reader(value, path)
        states = [known.name for known in fields(cls)]
        reader.allow(states)
        return cls(*(reader.optional(state, _order) or USUAL_ORDER for state in states))

    def to_json(self) -> dict[str, object]:
        """As `read` takes it."""
        return {known.name: as_json(getattr(self, known.name)) for known in fields(self)}


@dataclass(frozen=True, slots=True)
class Penalty:
    """Penalty interest: a rate of its own (percent a year) or a multiple of the loan's, by calendar days over 365."""

    annual_rate: Decimal | None = None
    multiple_of_rate: Decimal | None = None
    base: PenaltyBase = PenaltyBase.PRINCIPAL
    grace_days: int = 0
    grace_free: bool = False
    compound: bool = False
    round: PenaltyRound = PenaltyRound.TOTAL
    cap_percent_of_principal: Decimal | None = None

    @classmethod
    def read(cls, value: object, path: str) -> Self:
        """Raises EngineError with the path of the key that is wrong."""
        reader = Reader(value, path)
        reader.allow(known.name for known in fields(cls))
        penalty = cls(
            annual_rate=reader.optional("annual_rate", as_percent),
            multiple_of_rate=reader.optional("multiple_of_rate", lambda found, at: as_percent(found, at, maximum=100)),
            base=reader.choice("base", PenaltyBase.PRINCIPAL),
            grace_days=reader.integer("grace_days", 0, MOST_DAYS, 0),
            grace_free=reader.flag("grace_free"),
            compound=reader.flag("compound"),
            round=reader.choice("round", PenaltyRound.TOTAL),
            cap_percent_of_principal=reader.optional("cap_percent_of_principal", as_percent),
        )
        exactly_one(path, annual_rate=penalty.annual_rate, multiple_of_rate=penalty.multiple_of_rate)
        return penalty

    def rate_on(self, annual_rate: Decimal) -> Decimal:
        """Percent a year on what is overdue of a loan at that rate."""
        return annual_rate * (self.multiple_of_rate or 0) if self.annual_rate is None else self.annual_rate

    def to_json(self) -> dict[str, object]:
        """As `read` takes it."""
        return {
            known.name: as_json(value) for known in fields(self) if (value := getattr(self, known.name)) is not None
        }


@dataclass(frozen=True, slots=True)
class LateFee:
    """A fee for each installment that is unpaid more than `after_days` after its due date.

    It is charged once, or else again so many days after every later due date for as long as any of it is unpaid; plain
    periods go on after the last due date.
    """

    amount: Money | None = None
    percent: Decimal | None = None
    after_days: int = 0
    once_per_installment: bool = True

    @classmethod
    def read(cls, value: object, path: str, currency: str) -> Self:
        """Raises EngineError with the path of the key that is wrong."""
        reader = Reader(value, path)
        reader.allow(("amount", "percent", "after_days", "once_per_installment"))
        fee = cls(
            amount=reader.money("amount", currency) if reader.has("amount") else None,
            percent=reader.optional("percent", as_share),
            after_days=reader.integer("after_days", 0, MOST_DAYS, 0),
            once_per_installment=reader.flag("once_per_installment", default=True),
        )
        exactly_one(path, amount=fee.amount, percent=fee.percent)
        return fee

    def to_json(self) -> dict[str, object]:
        """As `read` takes it."""
        written = amount_or_percent(self.amount, "percent", self.percent) | {"after_days": self.after_days}
        return written if self.once_per_installment else written | {"once_per_installment": False}


@dataclass(frozen=True, slots=True)
class Payoff:
    """What closing a loan early costs: interest to a date, and a fee on the principal paid off (percent)."""

    interest_to: InterestTo = InterestTo.PAYOFF_DATE
    fee_percent_of_principal: Decimal = Decimal(0)

    @classmethod
    def read(cls, value: object, path: str) -> Self:
        """Raises EngineError with the path of the key that is wrong."""
        reader = Reader(value, path)
        reader.allow(known.name for known in fields(cls))
        return cls(
            interest_to=reader.choice("interest_to", InterestTo.PAYOFF_DATE),
            fee_percent_of_principal=reader.optional("fee_percent_of_principal", as_share) or Decimal(0),
        )

    def to_json(self) -> dict[str, object]:
        """As `read` takes it."""
        return {
            "interest_to": self.interest_to.value,
            "fee_percent_of_principal": plain(self.fee_percent_of_principal),
        }


USUAL_ALLOCATION = Allocation()
USUAL_PAYOFF = Payoff()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How the loan is serviced; keys and defaults as in docs/loan-arithmetic.md. `close_within` None means nought.

    `in_duplum`: once unpaid interest, fees and penalty reach the unpaid principal, nothing is added for lateness.
    """

    allocation: Allocation = USUAL_ALLOCATION
    allocate_by: AllocateBy = AllocateBy.INSTALLMENT
    prepayment: Prepayment = Prepayment.REDUCE_TERM
    penalty: Penalty | None = None
    late_fee: LateFee | None = None
    payoff: Payoff = USUAL_PAYOFF
    accrual: Accrued = Accrued.SCHEDULED
    prepay_interest: PrepayInterest = PrepayInterest.ACCRUED
    close_within: Money | None = None
    due_day_counts_as: int = 0
    classification: Ladder = FIVE_CLASSES
    observation_days: int = 0
    in_duplum: bool = False

    @classmethod
    def from_json(cls, value: object, currency: str) -> Self:
        """Read a policy for loans of the currency. Raises EngineError with the path of the key that is wrong."""
        reader = Reader(value)
        reader.allow(known.name for known in fields(cls))
        return cls(
            allocation=reader.optional("allocation", Allocation.read) or USUAL_ALLOCATION,
            allocate_by=reader.choice("allocate_by", AllocateBy.INSTALLMENT),
            prepayment=reader.choice("prepayment", Prepayment.REDUCE_TERM),
            penalty=reader.optional("penalty", Penalty.read),
            late_fee=reader.optional("late_fee", lambda found, at: LateFee.read(found, at, currency)),
            payoff=reader.optional("payoff", Payoff.read) or USUAL_PAYOFF,
            accrual=reader.choice("accrual", Accrued.SCHEDULED),
            prepay_interest=reader.choice("prepay_interest", PrepayInterest.ACCRUED),
            close_within=reader.optional("close_within", lambda found, at: as_money(found, currency, at)),
            due_day_counts_as=reader.integer("due_day_counts_as", 0, 1, 0),
            classification=reader.optional("classification", as_ladder) or FIVE_CLASSES,
            observation_days=reader.integer("observation_days", 0, MOST_DAYS, 0),
            in_duplum=reader.flag("in_duplum"),
        )

    def to_json(self) -> dict[str, object]:
        """A plain dict that `from_json` reads back to an equal policy; keys at their default are left out."""
        return {
            known.name: as_json(value)
            for known in fields(self)
            if (value := getattr(self, known.name)) != known.default
        }


def _order(value: object, path: str) -> Order:
    order = as_list(value, path, lambda item, at: as_choice(item, Component, at))
    if sorted(order) != sorted(Component):
        raise InvalidTerms(field=path, reason="an order names each of the four components once")
    return order
