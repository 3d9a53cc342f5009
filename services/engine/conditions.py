"""The parts that terms are made of: fees, grace, balloon, working days, rounding; each reads and writes JSON."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Self

from services.engine.dates import Move, Workdays, country_codes
from services.engine.errors import InvalidChoice, InvalidTerms, MissingKey, OutOfRange, shown
from services.engine.fields import Reader, as_date, as_integer, as_list, as_percent, as_share, as_text, plain
from services.engine.rounding import RoundingMode
from services.money import Money

MOST_INSTALLMENTS = 1200


class Method(StrEnum):
    """How principal and interest are spread over the installments."""

    EQUAL_INSTALLMENT = "equal_installment"
    EQUAL_PRINCIPAL = "equal_principal"
    INTEREST_ONLY = "interest_only"
    BULLET = "bullet"
    FLAT = "flat"
    CUSTOM = "custom"
    REVOLVING = "revolving"


class BrokenPeriod(StrEnum):
    """Where the interest of an irregular first period goes."""

    FIRST_INSTALLMENT = "first_installment"
    IGNORE = "ignore"
    AT_DISBURSEMENT = "at_disbursement"


class InterestPeriod(StrEnum):
    """Whether interest runs by whole periods or by the day."""

    PER_PERIOD = "per_period"
    DAILY = "daily"


class RateSettlement(StrEnum):
    """Which rate an installment's interest is settled at where the rate changes within its time.

    The rate of the contract whatever changes; the one in force when it falls due; or each for its own days (分段计息).
    """

    CONTRACT = "contract"
    CURRENT = "current"
    SEGMENTED = "segmented"


class InterestRounding(StrEnum):
    """How often interest is rounded."""

    ROW = "row"
    DAY = "day"
    STRETCH = "stretch"


class FeeTime(StrEnum):
    """When a fee is taken."""

    DISBURSEMENT = "disbursement"
    DISBURSEMENT_ADDED = "disbursement_added"
    EVERY_INSTALLMENT = "every_installment"
    FIRST_INSTALLMENT = "first_installment"


@dataclass(frozen=True, slots=True)
class Fee:
    """A fee of the terms: either an amount or a percentage of the principal disbursed."""

    name: str
    when: FeeTime
    amount: Money | None = None
    percent_of_principal: Decimal | None = None

    @classmethod
    def read(cls, value: object, path: str, currency: str) -> Self:
        """Raises EngineError with the path of the key that is wrong."""
        reader = Reader(value, path)
        reader.allow(("name", "when", "amount", "percent_of_principal"))
        reader.required("when")
        fee = cls(
            name=as_text(reader.required("name"), reader.field("name")),
            when=reader.choice("when", FeeTime.DISBURSEMENT),
            amount=reader.money("amount", currency) if reader.has("amount") else None,
            percent_of_principal=reader.optional("percent_of_principal", as_percent),
        )
        exactly_one(path, amount=fee.amount, percent_of_principal=fee.percent_of_principal)
        return fee

    def to_json(self) -> dict[str, object]:
        """As `read` takes it."""
        return {"name": self.name, "when": self.when.value} | amount_or_percent(
            self.amount, "percent_of_principal", self.percent_of_principal
        )


@dataclass(frozen=True, slots=True)
class Balloon:
    """Principal left for the last installment: either an amount or a percentage of the principal."""

    amount: Money | None = None
    percent: Decimal | None = None

    @classmethod
    def read(cls, value: object, path: str, currency: str) -> Self:
        """Raises EngineError with the path of the key that is wrong."""
        reader = Reader(value, path)
        reader.allow(("amount", "percent"))
        balloon = cls(
            amount=reader.money("amount", currency) if reader.has("amount") else None,
            percent=reader.optional("percent", as_share),
        )
        exactly_one(path, amount=balloon.amount, percent=balloon.percent)
        return balloon

    def to_json(self) -> dict[str, object]:
        """As `read` takes it."""
        return amount_or_percent(self.amount, "percent", self.percent)


@dataclass(frozen=True, slots=True)
class Grace:
    """Numbers of first installments without principal, with interest deferred (or capitalised), or free of interest."""

    principal: int = 0
    interest_payment: int = 0
    interest_charged: int = 0
    capitalise: bool = False

    @classmethod
    def read(cls, value: object, path: str) -> Self:
        """Raises EngineError with the path of the key that is wrong."""
        reader = Reader(value, path)
        reader.allow(("principal", "interest_payment", "interest_charged", "capitalise"))
        return cls(
            principal=reader.integer("principal", 0, MOST_INSTALLMENTS, 0),
            interest_payment=reader.integer("interest_payment", 0, MOST_INSTALLMENTS, 0),
            interest_charged=reader.integer("interest_charged", 0, MOST_INSTALLMENTS, 0),
            capitalise=reader.flag("capitalise"),
        )

    def to_json(self) -> dict[str, object]:
        """As `read` takes it."""
        return {
            "principal": self.principal,
            "interest_payment": self.interest_payment,
            "interest_charged": self.interest_charged,
            "capitalise": self.capitalise,
        }


NO_GRACE = Grace()


@dataclass(frozen=True, slots=True)
class NonWorkingDays:
    """Days on which nothing falls due, and where a due date goes instead."""

    weekdays: tuple[int, ...] = ()
    holidays: tuple[date, ...] = ()
    country: str | None = None
    move: Move = Move.NONE
    move_interest: bool = False
    calendar: Workdays = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "calendar", Workdays(self.weekdays, self.holidays, self.country))

    @classmethod
    def read(cls, value: object, path: str) -> Self:
        """Raises EngineError with the path of the key that is wrong."""
        reader = Reader(value, path)
        reader.allow(("weekdays", "holidays", "country", "move", "move_interest"))
        country = reader.optional("country", as_text)
        if country is not None and country not in country_codes():
            raise InvalidChoice(
                field=reader.field("country"), value=shown(country), choices="the ISO 3166 codes of known countries"
            )
        weekdays = reader.optional(
            "weekdays", lambda found, at: as_list(found, at, lambda item, where: as_integer(item, where, 1, 7))
        )
        if len(set(weekdays or ())) == 7:
            raise InvalidTerms(field=reader.field("weekdays"), reason="some day of the week must be a working day")
        return cls(
            weekdays=weekdays or (),
            holidays=reader.optional("holidays", lambda found, at: as_list(found, at, as_date)) or (),
            country=country,
            move=reader.choice("move", Move.NONE),
            move_interest=reader.flag("move_interest"),
        )

    def to_json(self) -> dict[str, object]:
        """As `read` takes it."""
        written: dict[str, object] = {
            "weekdays": list(self.weekdays),
            "holidays": [day.isoformat() for day in self.holidays],
            "move": self.move.value,
            "move_interest": self.move_interest,
        }
        return written if self.country is None else written | {"country": self.country}


@dataclass(frozen=True, slots=True)
class InstallmentRounding:
    """How the equal installment alone is rounded, once: to multiples of `to`."""

    to: Money
    mode: RoundingMode

    @classmethod
    def read(cls, value: object, path: str, currency: str, usual: RoundingMode) -> Self:
        """Raises EngineError with the path of the key that is wrong."""
        reader = Reader(value, path)
        reader.allow(("to", "mode"))
        to = reader.money("to", currency)
        if not to:
            raise OutOfRange(field=reader.field("to"), minimum="the minor unit", maximum="any amount")
        return cls(to=to, mode=reader.choice("mode", usual))

    def to_json(self) -> dict[str, object]:
        """As `read` takes it."""
        return {"to": str(self.to.amount), "mode": self.mode.value}


def exactly_one(path: str, **choices: object) -> None:
    """Raises MissingKey where none of the named values is there, InvalidTerms where several are."""
    given = [name for name, value in choices.items() if value is not None]
    if not given:
        raise MissingKey(field=f"{path}.{next(iter(choices))}")
    if len(given) > 1:
        raise InvalidTerms(
            field=f"{path}.{given[1]}", reason=f"{given[1]} stands beside {given[0]}, one of them is enough"
        )


def amount_or_percent(amount: Money | None, percent_key: str, percent: Decimal | None) -> dict[str, object]:
    """The one of the two that is there, as JSON."""
    if amount is not None:
        return {"amount": str(amount.amount)}
    return {} if percent is None else {percent_key: plain(percent)}
