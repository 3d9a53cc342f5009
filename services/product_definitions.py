"""What a product file may say, checked: amounts, terms, price, papers, purposes, eligibility."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from services.configuration import Configured, Words, Written
from services.engine.conditions import Method
from services.engine.dates import DayCount, Unit
from services.engine.policy import PenaltyBase
from services.money import Money
from services.wording import Label, Percent

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
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
            raise ValueError("minimum not above maximum")
        return self


class TermChoices(Configured):
    """An installment falls due every `every` units; `choices` are the numbers of installments on offer."""

    unit: Unit
    every: Annotated[int, Field(ge=1, le=366)] = 1
    choices: Annotated[list[Annotated[int, Field(ge=1, le=600)]], Field(min_length=1)]


class ProductFee(Configured):
    code: Code
    name: Words
    amount: Amount | None = None
    percent_of_principal: Rate | None = None
    when: Literal["disbursement", "disbursement_added", "every_installment", "first_installment"]

    @model_validator(mode="after")
    def _one_measure(self) -> Self:
        if (self.amount is None) == (self.percent_of_principal is None):
            raise ValueError("either amount or percent_of_principal, not both")
        return self


class ProductPenalty(Configured):
    """Penalty interest on what is overdue: a rate of its own, or a multiple of the loan's."""

    annual_rate: Rate | None = None
    multiple_of_rate: Annotated[Decimal, Written, Field(ge=0, le=10)] | None = None
    base: PenaltyBase = PenaltyBase.PRINCIPAL
    grace_days: Annotated[int, Field(ge=0, le=365)] = 0
    cap_percent_of_principal: Rate | None = None

    @model_validator(mode="after")
    def _one_rate(self) -> Self:
        if (self.annual_rate is None) == (self.multiple_of_rate is None):
            raise ValueError("either annual_rate or multiple_of_rate, not both")
        return self


class Purpose(Configured):
    code: Code
    name: Words
    banned: bool = False
    needs_note: bool = False
    """Whether the borrower must say in words what it is."""


class RequiredDocument(Configured):
    code: Code
    name: Words
    hint: Words
    required: bool = True
    max_mb: Annotated[int, Field(ge=1, le=20)] | None = None
    max_pages: Annotated[int, Field(ge=1, le=500)] | None = None


class Eligibility(Configured):
    age_min: Annotated[int, Field(ge=16, le=100)] = 18
    age_max: Annotated[int, Field(ge=16, le=120)] = 60
    """Highest age on the day the loan ends."""
    max_debt_to_income: Annotated[Decimal, Written, Field(gt=0, le=100)]
    """Percent of the monthly income that the loan may take, spread evenly over its term."""


class Harvest(Configured):
    """Months after whose harvest principal falls due, with the share of each (relative weights)."""

    months: Annotated[list[Annotated[int, Field(ge=1, le=12)]], Field(min_length=1)]
    shares: list[Annotated[int, Field(ge=1)]]

    @model_validator(mode="after")
    def _paired(self) -> Self:
        if len(self.months) != len(self.shares) or len(set(self.months)) != len(self.months):
            raise ValueError("as many shares as months, each month once")
        return self

    def plan(self, principal: Money, due_dates: Sequence[date]) -> tuple[Money, ...]:
        """Principal for each due date: by the shares where it falls into a harvest month, nil elsewhere; all of it on
        the last date when there is no harvest before."""
        share = dict(zip(self.months, self.shares, strict=True))
        weights = [share.get(due.month, 0) for due in due_dates]
        if not any(weights):
            weights[-1] = 1
        return tuple(principal.allocate(weights))


class RevolvingLine(Configured):
    """A line that is drawn and repaid at any time: its price a day, and how long it stands."""

    daily_rate: Rate
    """Percent a day on the drawn balance."""
    valid_months: Annotated[int, Field(ge=1, le=120)]


class Product(Configured):
    """One product, as its file describes it. `annual_rate` is percent a year."""

    code: Code
    version: Annotated[int, Field(ge=1)]
    name: Words
    summary: Words
    segments: Annotated[list[Segment], Field(min_length=1)]
    self_service: bool = True
    """Whether borrowers apply in the chat; otherwise an officer arranges it."""
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    amount: AmountRange
    term: TermChoices
    methods: Annotated[list[Method], Field(min_length=1)]
    annual_rate: Rate
    day_count: DayCount = DayCount.THIRTY_360
    fees: list[ProductFee] = Field(default_factory=list)
    penalty: ProductPenalty
    purposes: list[Purpose] = Field(default_factory=list)
    banned_purpose_words: list[str] = Field(default_factory=list)
    documents: list[RequiredDocument] = Field(default_factory=list)
    eligibility: Eligibility
    harvest: Harvest | None = None
    revolving: RevolvingLine | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (Method.CUSTOM in self.methods) != (self.harvest is not None):
            raise ValueError("a harvest table exactly when methods has custom")
        if (Method.REVOLVING in self.methods) != (self.revolving is not None):
            raise ValueError("a revolving table exactly when methods has revolving")
        if self.revolving is not None and self.self_service:
            raise ValueError("self_service = false for a revolving line")
        if self.self_service and not any(not purpose.banned for purpose in self.purposes):
            raise ValueError("at least one purpose that is not banned")
        return self

    @cached_property
    def minimum(self) -> Money:
        return Money.of(self.amount.minimum, self.currency)

    @cached_property
    def maximum(self) -> Money:
        return Money.of(self.amount.maximum, self.currency)

    @cached_property
    def step(self) -> Money:
        return Money.of(self.amount.step, self.currency)

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
