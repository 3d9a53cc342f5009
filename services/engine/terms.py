"""The terms of a loan: everything that was agreed about its schedule, frozen and checked."""

from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Self

from services.engine import terms_rules
from services.engine.conditions import (
    MOST_INSTALLMENTS,
    NO_GRACE,
    Balloon,
    BrokenPeriod,
    Fee,
    Grace,
    InstallmentRounding,
    InterestPeriod,
    InterestRounding,
    Method,
    NonWorkingDays,
    RateSettlement,
)
from services.engine.dates import DayCount, Unit, month_day
from services.engine.fields import (
    Reader,
    as_choice,
    as_currency,
    as_date,
    as_integer,
    as_json,
    as_list,
    as_money,
    as_percent,
    as_share,
)
from services.engine.rates import RateChange
from services.engine.rounding import RoundingMode
from services.engine.tranches import Tranche
from services.money import Money

MOST_EVERY = 1200


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What lender and borrower agreed. The keys, their meaning and their defaults are those of docs/loan-arithmetic.md.

    Amounts are `Money` in the loan's currency; rates and shares are percent (`annual_rate` a year); `interest_period`
    None means `per_period` for 30/360, else `daily`; `round_to` None means the minor unit.
    Raises EngineError: InvalidTerms and its siblings, with the key at fault in `field`.
    """

    principal: Money
    annual_rate: Decimal
    disbursed_on: date
    installments: int
    every: int = 1
    unit: Unit = Unit.MONTH
    first_due_on: date | None = None
    due_day: int | None = None
    due_dates: tuple[date, ...] = ()
    broken_period: BrokenPeriod = BrokenPeriod.FIRST_INSTALLMENT
    method: Method = Method.EQUAL_INSTALLMENT
    principal_plan: tuple[Money, ...] = ()
    day_count: DayCount = DayCount.THIRTY_360
    interest_period: InterestPeriod | None = None
    interest_rounding: InterestRounding = InterestRounding.ROW
    installment_amount: Money | None = None
    rounding: RoundingMode = RoundingMode.HALF_UP
    round_to: Money | None = None
    installment_rounding: InstallmentRounding | None = None
    unrounded: bool = False
    down_payment: Decimal = Decimal(0)
    balloon: Balloon | None = None
    grace: Grace = NO_GRACE
    non_working_days: NonWorkingDays | None = None
    fees: tuple[Fee, ...] = ()
    cost_cap: Decimal | None = None
    tranches: tuple[Tranche, ...] = ()
    rate_changes: tuple[RateChange, ...] = ()
    rate_settlement: RateSettlement = RateSettlement.SEGMENTED

    def __post_init__(self) -> None:
        terms_rules.check(self)

    @property
    def currency(self) -> str:
        """ISO 4217 code, that of the principal."""
        return self.principal.currency

    @property
    def runs_daily(self) -> bool:
        """Whether interest runs by the day rather than by whole periods."""
        if self.interest_period is None:
            return self.day_count is not DayCount.THIRTY_360
        return self.interest_period is InterestPeriod.DAILY

    def month_day_after(self, start: date) -> int:
        """Day of the month on which the months after `start` end: the due day where `start` is a due date, or its own.

        A due date in a shorter month falls on its last day; where all are listed, none says what the due day was.
        """
        if self.due_dates:
            return start.day
        day = self.due_day or (self.first_due_on or self.disbursed_on).day
        return day if month_day(start.year, start.month, day) == start else start.day

    def changed(self, **changes: object) -> Self:
        """These terms with some of them changed, checked again."""
        return replace(self, **changes)  # type: ignore[arg-type]  # __post_init__ checks the values

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read terms as the contract writes them. Raises EngineError with the path of the key that is wrong."""
        reader = Reader(value)
        reader.allow(("currency", *(known.name for known in fields(cls))))
        code = as_currency(reader.required("currency"), "currency")
        rounding = reader.choice("rounding", RoundingMode.HALF_UP)
        money = partial(_money, code)
        return cls(
            principal=reader.money("principal", code),
            annual_rate=as_percent(reader.required("annual_rate"), "annual_rate"),
            disbursed_on=reader.day("disbursed_on"),
            installments=as_integer(reader.required("installments"), "installments", 0, MOST_INSTALLMENTS),
            every=reader.integer("every", 1, MOST_EVERY, 1),
            unit=reader.choice("unit", Unit.MONTH),
            first_due_on=reader.optional("first_due_on", as_date),
            due_day=reader.optional("due_day", lambda found, at: as_integer(found, at, 1, 31)),
            due_dates=reader.optional("due_dates", lambda found, at: as_list(found, at, as_date)) or (),
            broken_period=reader.choice("broken_period", BrokenPeriod.FIRST_INSTALLMENT),
            method=reader.choice("method", Method.EQUAL_INSTALLMENT),
            principal_plan=reader.optional("principal_plan", lambda found, at: as_list(found, at, money)) or (),
            day_count=reader.choice("day_count", DayCount.THIRTY_360),
            interest_period=reader.optional("interest_period", lambda found, at: as_choice(found, InterestPeriod, at)),
            interest_rounding=reader.choice("interest_rounding", InterestRounding.ROW),
            installment_amount=reader.optional("installment_amount", money),
            rounding=rounding,
            round_to=reader.optional("round_to", money),
            installment_rounding=reader.optional(
                "installment_rounding", lambda found, at: InstallmentRounding.read(found, at, code, rounding)
            ),
            unrounded=reader.flag("unrounded"),
            down_payment=reader.optional("down_payment", as_share) or Decimal(0),
            balloon=reader.optional("balloon", lambda found, at: Balloon.read(found, at, code)),
            grace=reader.optional("grace", Grace.read) or NO_GRACE,
            non_working_days=reader.optional("non_working_days", NonWorkingDays.read),
            fees=reader.optional("fees", lambda found, at: as_list(found, at, partial(_fee, code))) or (),
            cost_cap=reader.optional("cost_cap", as_percent),
            tranches=reader.optional("tranches", lambda found, at: as_list(found, at, partial(_tranche, code))) or (),
            rate_changes=reader.optional("rate_changes", lambda found, at: as_list(found, at, RateChange.read)) or (),
            rate_settlement=reader.choice("rate_settlement", RateSettlement.SEGMENTED),
        )

    def to_json(self) -> dict[str, object]:
        """A plain dict that `from_json` reads back to equal terms; keys at their default are left out."""
        written: dict[str, object] = {"currency": self.currency}
        for known in fields(self):
            value = getattr(self, known.name)
            if value != known.default:
                written[known.name] = as_json(value)
        return written


def _money(currency: str, value: object, path: str) -> Money:
    return as_money(value, currency, path)


def _fee(currency: str, value: object, path: str) -> Fee:
    return Fee.read(value, path, currency)


def _tranche(currency: str, value: object, path: str) -> Tranche:
    return Tranche.read(value, path, currency)
