"""A product whose rate follows a reference rate: what its file may say in the table [rate]."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, model_validator

from services.configuration.reading import Configured, Inconsistent, Line, Written
from services.configuration.reference_rates import ReferenceRates
from services.engine.conditions import RateSettlement
from services.lending.rate_link import RateLink, Repricing, floating_rate
from services.wording import Percent


class LinkedRate(Configured):
    """The rate is that of `linked_to`, a reference rate by its name, plus `margin` percent points, at least `floor`
    percent a year. It is reckoned again when `repriced` says; `settlement` is which of the rates of an installment's
    time its interest is settled at."""

    linked_to: Line
    margin: Annotated[Decimal, Written, Field(gt=-100, le=1000)]
    repriced: Repricing | None = None
    settlement: RateSettlement = RateSettlement.SEGMENTED
    floor: Annotated[Decimal, Written, Field(ge=0, le=1000)] = Decimal(0)

    @model_validator(mode="after")
    def _repriced_where_it_counts(self) -> Self:
        if self.settlement is RateSettlement.CONTRACT and self.repriced is not None:
            raise Inconsistent("repriced", 'nothing, as settlement = "contract" keeps the rate', self.repriced.value)
        if self.settlement is not RateSettlement.CONTRACT and self.repriced is None:
            raise Inconsistent("repriced", f"one of {', '.join(each.value for each in Repricing)}")
        return self

    @property
    def points(self) -> Percent:
        """The margin."""
        return Percent(self.margin)

    @property
    def floats(self) -> bool:
        """Whether the rate of a running loan changes."""
        return self.repriced is not None

    def on(self, reference: Decimal) -> Decimal:
        """Percent a year where the reference rate is so much."""
        return floating_rate(reference, self.margin, self.floor)

    def link(self, rates: ReferenceRates, agreed_on: date) -> RateLink:
        """The formula of a loan that is offered on that day. Raises NoReferenceRate."""
        return RateLink(
            reference=self.linked_to,
            title=rates.title,
            percent=rates.on(agreed_on),
            agreed_on=agreed_on,
            margin=self.margin,
            floor=self.floor,
            repriced=self.repriced,
        )
