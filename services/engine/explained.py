"""What an explanation of interest says: each row's figure taken apart into balances, days and rates."""

from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal
from enum import StrEnum
from fractions import Fraction

from services.engine.fields import plain
from services.engine.rounding import RoundingMode
from services.money import Money

_SHOWN_DIGITS = 10
_CONTEXT = Context(prec=60)


class Treatment(StrEnum):
    """What becomes of the interest of a row's period.

    It is due with the row, waits for a later row, is added to the principal, was settled at disbursement, or is not
    charged at all.
    """

    DUE = "due"
    DEFERRED = "deferred"
    CAPITALISED = "capitalised"
    AT_DISBURSEMENT = "at_disbursement"
    FREE = "free"


class Rounded(StrEnum):
    """How exact interest becomes the row's figure.

    Rounded once for the row, for each segment, for each day; or, where the terms keep full precision, as the difference
    of running totals, each rounded.
    """

    ROW = "row"
    STRETCH = "stretch"
    DAY = "day"
    RUNNING_TOTAL = "running_total"


class Adjustment(StrEnum):
    """Why a row asks for other interest than its segments come to."""

    COST_CAP = "cost_cap"
    IN_DUPLUM = "in_duplum"
    CLOSED_EARLY = "closed_early"
    ALREADY_PAID = "already_paid"


@dataclass(frozen=True, slots=True)
class Segment:
    """A balance that bears interest at one rate from `start` to `end`, within the period of installment `n`.

    `exact` is its interest in minor units: balance × rate × part of a year; with flat interest its part of the row's
    equal share, and `balance` is then the principal that flat interest runs on. `amount` is what of the row's rounded
    figure falls on it.
    """

    n: int
    start: date
    end: date
    balance: Money
    annual_rate: Decimal
    year_part: Fraction
    exact: Fraction
    amount: Money

    @property
    def days(self) -> int:
        """Calendar days, whatever the day count says."""
        return (self.end - self.start).days

    def to_json(self) -> dict[str, object]:
        """As the command `explain` writes a segment; `exact` is unrounded but for its ten decimals."""
        return {
            "n": self.n,
            "from": self.start.isoformat(),
            "to": self.end.isoformat(),
            "days": self.days,
            "balance": str(self.balance.amount),
            "annual_rate": plain(self.annual_rate),
            "year_part": str(self.year_part),
            "exact": _in_major_units(self.exact, self.amount),
            "amount": str(self.amount.amount),
        }


@dataclass(frozen=True, slots=True)
class PenaltySegment:
    """An overdue amount that bears penalty at one rate, percent a year by calendar days over 365."""

    start: date
    end: date
    base: Money
    annual_rate: Decimal
    amount: Money

    @property
    def days(self) -> int:
        """Calendar days."""
        return (self.end - self.start).days

    def to_json(self) -> dict[str, object]:
        """As the command `explain` writes it."""
        return {
            "from": self.start.isoformat(),
            "to": self.end.isoformat(),
            "days": self.days,
            "base": str(self.base.amount),
            "annual_rate": plain(self.annual_rate),
            "amount": str(self.amount.amount),
        }


@dataclass(frozen=True, slots=True)
class PenaltyInterest:
    """Penalty of an overdue installment: what its segments come to, what the caps let through of it, and fixed charges
    that count as penalty."""

    segments: tuple[PenaltySegment, ...]
    accrued: Money
    charged: Money
    fixed: Money

    def to_json(self) -> dict[str, object]:
        """As the command `explain` writes it."""
        return {
            "segments": [segment.to_json() for segment in self.segments],
            "accrued": str(self.accrued.amount),
            "charged": str(self.charged.amount),
            "fixed": str(self.fixed.amount),
        }


@dataclass(frozen=True, slots=True)
class FlatShare:
    """Flat interest in `rows` equal shares, of which the row takes the first: `total` is all that they share."""

    total: Money
    rows: int

    def to_json(self) -> dict[str, object]:
        """As the command `explain` writes it."""
        return {"total": str(self.total.amount), "rows": self.rows}


@dataclass(frozen=True, slots=True)
class RowInterest:
    """How the interest of row `n` comes about. Segments of earlier installments are interest that waited for this row.

    `computed` is what the segments come to, rounded as `rounded` and `rounding` say to a multiple of `round_to`;
    `interest` is what the row asks for and `capitalised` what it adds to the principal instead: together `computed`,
    unless `adjustment` says why not. `accrued` is the part of it that the row has borne by the day asked about.
    `per_period` says that whole periods count as equal parts of a year, whatever days they have. The segments of a row
    whose interest waits show what a later row asks for. A loan without installments has one row that is due on no day
    and ends, so far, on the day asked about.
    """

    n: int
    start: date
    end: date
    due_on: date | None
    treatment: Treatment
    segments: tuple[Segment, ...]
    rounded: Rounded
    rounding: RoundingMode
    round_to: Money
    per_period: bool
    computed: Money
    interest: Money
    capitalised: Money
    accrued: Money
    adjustment: Adjustment | None
    flat: FlatShare | None
    penalty: PenaltyInterest | None

    @property
    def exact(self) -> Fraction:
        """Interest of the segments together, unrounded, in minor units."""
        return sum((segment.exact for segment in self.segments), start=Fraction(0))

    def to_json(self) -> dict[str, object]:
        """As the command `explain` writes it."""
        return {
            "n": self.n,
            "from": self.start.isoformat(),
            "to": self.end.isoformat(),
            "due_on": self.due_on and self.due_on.isoformat(),
            "treatment": self.treatment.value,
            "segments": [segment.to_json() for segment in self.segments],
            "exact": _in_major_units(self.exact, self.interest),
            "rounded": self.rounded.value,
            "rounding": self.rounding.value,
            "round_to": str(self.round_to.amount),
            "per_period": self.per_period,
            "computed": str(self.computed.amount),
            "interest": str(self.interest.amount),
            "capitalised": str(self.capitalised.amount),
            "accrued": str(self.accrued.amount),
            "adjustment": self.adjustment and self.adjustment.value,
            "flat": self.flat and self.flat.to_json(),
            "penalty": self.penalty and self.penalty.to_json(),
        }


def _in_major_units(minor: Fraction, like: Money) -> str:
    """An exact amount in the currency of `like`, at most ten decimals."""
    unit = Money.from_minor(1, like.currency).amount
    scaled = round(minor * Fraction(unit) * 10**_SHOWN_DIGITS)
    return plain(Decimal(scaled).scaleb(-_SHOWN_DIGITS, _CONTEXT))
