"""What a product file may say, checked: amounts, terms, price, papers, purposes, eligibility."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from services.configuration.extension_rules import ExtensionRules
from services.configuration.linked_rates import LinkedRate
from services.configuration.reading import (
    Configured,
    EachOnce,
    Inconsistent,
    Switch,
    Whole,
    Words,
    Written,
    require_unique,
)
from services.documents.examples import Example
from services.engine.conditions import Method
from services.engine.dates import DayCount, Unit
from services.engine.policy import PenaltyBase
from services.money import InvalidMoney, Money
from services.wording import Label, Percent


def _code(value: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,31}", value):
        raise ValueError("a code of at most 32 lower-case letters, digits and _, beginning with a letter")
    return value


def _currency(value: str) -> str:
    try:
        return Money.zero(value).currency
    except InvalidMoney as error:
        raise ValueError('an ISO 4217 currency such as "CNY"') from error


RESERVED_REQUIREMENTS: Final = ("requested", "receipt")
"""Codes of papers that no product asks for: answers to an officer's request, and receipts of transfers."""

DAYS_A_YEAR: Final = {DayCount.ACTUAL_360: 360, DayCount.ACTUAL_364: 364, DayCount.ACTUAL_365: 365}
"""The day counts by which every day of a year costs the same."""

Code = Annotated[str, AfterValidator(_code)]
Rate = Annotated[Decimal, Written, Field(ge=0, le=1000)]
Amount = Annotated[Decimal, Written, Field(gt=0)]
Segment = Literal["salaried", "self_employed", "farmer", "company"]


class AmountRange(Configured):
    """Limits of the principal in major units; it must be a multiple of `step`."""

    minimum: Amount
    maximum: Amount
    step: Amount

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.minimum > self.maximum:
            raise Inconsistent("minimum", f"at most the maximum, {self.maximum}", str(self.minimum))
        for name, limit in (("minimum", self.minimum), ("maximum", self.maximum)):
            if limit % self.step:
                raise Inconsistent(name, f"a multiple of step, {self.step}", str(limit))
        return self


class TermChoices(Configured):
    """An installment falls due every `every` units; `choices` are the numbers of installments on offer."""

    unit: Unit
    every: Annotated[Whole, Field(ge=1, le=366)] = 1
    choices: Annotated[list[Annotated[Whole, Field(ge=1, le=600)]], Field(min_length=1), EachOnce]


class ProductFee(Configured):
    code: Code
    name: Words
    amount: Amount | None = None
    percent_of_principal: Rate | None = None
    when: Literal["disbursement", "disbursement_added", "every_installment", "first_installment"]

    @model_validator(mode="after")
    def _one_measure(self) -> Self:
        if (self.amount is None) == (self.percent_of_principal is None):
            raise ValueError("exactly one of amount and percent_of_principal")
        return self


class ProductPenalty(Configured):
    """Penalty interest on what is overdue: a rate of its own, or a multiple of the loan's."""

    annual_rate: Rate | None = None
    multiple_of_rate: Annotated[Decimal, Written, Field(ge=0, le=10)] | None = None
    base: PenaltyBase = PenaltyBase.PRINCIPAL
    grace_days: Annotated[Whole, Field(ge=0, le=365)] = 0
    cap_percent_of_principal: Rate | None = None

    @model_validator(mode="after")
    def _one_rate(self) -> Self:
        if (self.annual_rate is None) == (self.multiple_of_rate is None):
            raise ValueError("exactly one of annual_rate and multiple_of_rate")
        return self


class Purpose(Configured):
    code: Code
    name: Words
    banned: Switch = False
    needs_note: Switch = False
    """Whether the borrower must say in words what it is."""


def _not_reserved(code: str) -> str:
    if code in RESERVED_REQUIREMENTS:
        raise ValueError(f"another code than {' and '.join(RESERVED_REQUIREMENTS)}")
    return code


class RequiredDocument(Configured):
    code: Annotated[Code, AfterValidator(_not_reserved)]
    name: Words
    hint: Words
    required: Switch = True
    max_mb: Annotated[Whole, Field(ge=1, le=20)] | None = None
    max_pages: Annotated[Whole, Field(ge=1, le=500)] | None = None
    example: Example = Example.PAPER
    """The drawing that shows how it is photographed."""


class Eligibility(Configured):
    age_min: Annotated[Whole, Field(ge=16, le=100)] = 18
    age_max: Annotated[Whole, Field(ge=16, le=120)] = 60
    """Highest age on the day the loan ends."""
    max_debt_to_income: Annotated[Decimal, Written, Field(gt=0, le=100)]
    """Percent of the monthly income that the loan may take, spread evenly over its term."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.age_min > self.age_max:
            raise Inconsistent("age_min", f"at most age_max, {self.age_max}", self.age_min)
        return self


class Harvest(Configured):
    """Months after whose harvest principal falls due, with the share of each (relative weights)."""

    months: Annotated[list[Annotated[Whole, Field(ge=1, le=12)]], Field(min_length=1), EachOnce]
    shares: list[Annotated[Whole, Field(ge=1)]]

    @model_validator(mode="after")
    def _paired(self) -> Self:
        if len(self.months) != len(self.shares):
            raise Inconsistent("shares", f"as many as months, {len(self.months)}", self.shares)
        return self

    def plan(self, principal: Money, due_dates: Sequence[date]) -> tuple[Money, ...]:
        """Principal for each due date: by the shares where it falls into a harvest month, nil elsewhere; all of it on
        the last date when there is no harvest before."""
        share = dict(zip(self.months, self.shares, strict=True))
        weights = [share.get(due.month, 0) for due in due_dates]
        if not any(weights):
            weights[-1] = 1
        return tuple(principal.allocate(weights))


class DrawFee(Configured):
    """What each draw costs besides interest, owed with the next installment: an amount, or percent of what is drawn."""

    name: Words
    amount: Amount | None = None
    percent_of_draw: Rate | None = None

    @model_validator(mode="after")
    def _one_measure(self) -> Self:
        if (self.amount is None) == (self.percent_of_draw is None):
            raise ValueError("exactly one of amount and percent_of_draw")
        return self


class RevolvingLine(Configured):
    """A line that is drawn and repaid at any time until its last due date. Its limit is the product's `amount`."""

    daily_rate: Rate
    """Percent a day on the drawn balance: `annual_rate` by the days of the day count."""
    minimum_draw: Amount
    draw_fee: DrawFee | None = None


class Product(Configured):
    """One product, as its file describes it. `annual_rate` is percent a year; where `rate` links it to a reference rate
    the file has none, and `priced` puts that of a day in its place."""

    code: Code
    version: Annotated[Whole, Field(ge=1)]
    position: Annotated[Whole, Field(ge=1)] | None = None
    """Where borrowers see it among the products, 1 first; one without comes after those that have one."""
    name: Words
    summary: Words
    segments: Annotated[list[Segment], Field(min_length=1), EachOnce]
    self_service: Switch = True
    """Whether borrowers apply in the chat; otherwise an officer arranges it."""
    currency: Annotated[str, AfterValidator(_currency)]
    amount: AmountRange
    term: TermChoices
    methods: Annotated[list[Method], Field(min_length=1), EachOnce]
    annual_rate: Rate = Decimal(0)
    rate: LinkedRate | None = None
    day_count: DayCount = DayCount.THIRTY_360
    fees: list[ProductFee] = Field(default_factory=list)
    penalty: ProductPenalty
    purposes: list[Purpose] = Field(default_factory=list)
    banned_purpose_words: list[str] = Field(default_factory=list)
    documents: list[RequiredDocument] = Field(default_factory=list)
    eligibility: Eligibility
    harvest: Harvest | None = None
    revolving: RevolvingLine | None = None
    extension: ExtensionRules | None = None
    """Without it loans are not extended."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.rate is None and "annual_rate" not in self.model_fields_set:
            raise Inconsistent("annual_rate", "a rate, or a table [rate] that links it to a reference rate")
        if self.rate is not None and "annual_rate" in self.model_fields_set:
            raise Inconsistent("annual_rate", "no such key beside the table [rate]", str(self.annual_rate))
        if self.rate is not None and self.revolving is not None:
            raise Inconsistent("rate", "no such table for a revolving line, whose price is by the day")
        if (Method.CUSTOM in self.methods) != (self.harvest is not None):
            raise Inconsistent("harvest", "a table exactly when methods has custom")
        if (Method.REVOLVING in self.methods) != (self.revolving is not None):
            raise Inconsistent("revolving", "a table exactly when methods has revolving")
        if self.revolving is not None:
            self._check_line(self.revolving)
        if self.revolving is not None and self.extension is not None and self.extension.times:
            raise Inconsistent("extension.times", "0 for a revolving line, which has no installments to add")
        if self.self_service and not self.open_purposes:
            raise Inconsistent("purposes", "at least one that is not banned")
        require_unique("purposes", (each.code for each in self.purposes))
        require_unique("documents", (each.code for each in self.documents))
        require_unique("fees", (each.code for each in self.fees))
        self._check_amounts()
        return self

    def _check_line(self, line: RevolvingLine) -> None:
        """A line is repaid in no other way, and what it costs a day is what it costs a year."""
        if len(self.methods) > 1:
            raise Inconsistent("methods", "revolving alone for a revolving line", [str(each) for each in self.methods])
        if self.fees:
            raise Inconsistent("fees", "none for a revolving line, whose draws may have revolving.draw_fee")
        days = DAYS_A_YEAR.get(self.day_count)
        if days is None:
            raise Inconsistent("day_count", f"one of {', '.join(DAYS_A_YEAR)} for a revolving line", self.day_count)
        if line.daily_rate * days != self.annual_rate:
            expected = f"annual_rate by {days}, {(self.annual_rate / days).normalize():f}"
            raise Inconsistent("revolving.daily_rate", expected, str(line.daily_rate))
        if line.minimum_draw > self.amount.minimum:
            limit = f"at most the smallest limit, {self.amount.minimum}"
            raise Inconsistent("revolving.minimum_draw", limit, str(line.minimum_draw))

    def _check_amounts(self) -> None:
        amounts = {f"amount.{name}": getattr(self.amount, name) for name in ("minimum", "maximum", "step")}
        if self.revolving is not None:
            amounts["revolving.minimum_draw"] = self.revolving.minimum_draw
            amounts["revolving.draw_fee.amount"] = self.revolving.draw_fee and self.revolving.draw_fee.amount
        amounts |= {f"fees.{number}.amount": fee.amount for number, fee in enumerate(self.fees, start=1)}
        for key, amount in amounts.items():
            try:
                Money.of(amount or 0, self.currency)
            except InvalidMoney as error:
                raise Inconsistent(key, f"an amount that can be paid in {self.currency}", str(amount)) from error

    @cached_property
    def minimum(self) -> Money:
        return Money.of(self.amount.minimum, self.currency)

    @cached_property
    def maximum(self) -> Money:
        return Money.of(self.amount.maximum, self.currency)

    @cached_property
    def step(self) -> Money:
        return Money.of(self.amount.step, self.currency)

    def priced(self, annual_rate: Decimal) -> Self:
        """The product at a rate, percent a year."""
        return self.model_copy(update={"annual_rate": annual_rate})

    @property
    def floats(self) -> bool:
        """Whether the rate of a running loan changes with a reference rate."""
        return self.rate is not None and self.rate.floats

    @property
    def minimum_draw(self) -> Money | None:
        """The least that a revolving line pays out at one time."""
        return None if self.revolving is None else Money.of(self.revolving.minimum_draw, self.currency)

    @property
    def nominal_rate(self) -> Percent:
        return Percent(self.annual_rate)

    @property
    def penalty_rate(self) -> Percent:
        """Percent a year on what is overdue."""
        if self.penalty.annual_rate is not None:
            return Percent(self.penalty.annual_rate)
        return Percent(self.annual_rate * (self.penalty.multiple_of_rate or 0))

    @property
    def method_labels(self) -> list[Label]:
        return [Label(f"terms.method_{method}") for method in self.methods]

    def fixed_charge(self, fee: ProductFee) -> Money:
        """The amount of a fee that is no share of the principal; nil for one that is."""
        return Money.of(fee.amount or 0, self.currency)

    @property
    def open_purposes(self) -> list[Purpose]:
        """What may be financed."""
        return [purpose for purpose in self.purposes if not purpose.banned]

    @property
    def term_lengths(self) -> list[int]:
        """The terms on offer in the product's unit."""
        return [self.length(count) for count in self.term.choices]

    def length(self, installments: int) -> int:
        """How many of the product's units so many installments take."""
        return installments * self.term.every
