"""A lender whose business loan floats, under a reference rate that tests lay out."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from services.configuration.product_definitions import Product
from services.configuration.rate_cap import RateCap
from services.configuration.reading import check, read_toml
from services.configuration.reference_rates import RateTable, ReferenceRates
from services.db import Database
from services.engine.events import Event
from services.engine.policy import Policy
from services.engine.terms import Terms
from services.lending.loan_record import LoanRecord
from services.lending.rate_changes import RateChanges
from services.lending.rate_link import RateLink, Repricing
from services.wording import LocalizedText
from tests.services.desk import CONFIG
from tests.services.lending import Lending, open_lending

BUSINESS = CONFIG / "products" / "business.toml"


def reference_rates(rates: Mapping[date, str], checked_on: date | None = None) -> ReferenceRates:
    """The one-year LPR with those rates from their days on, and a cap of four times."""
    table = {"name": "1Y LPR", "source": "test", "certainty": "test", "checked_on": checked_on}
    entries = [{"since": since, "percent": percent} for since, percent in rates.items()]
    return ReferenceRates(RateTable.model_validate(table | {"rates": entries}), Decimal(4))


def business(**rate: Any) -> Product:
    """The business loan with another table [rate]; None takes a key out."""
    content = read_toml(BUSINESS)
    changed = content["rate"] | rate
    content["rate"] = {key: value for key, value in changed.items() if value is not None}
    return check(Product, content, BUSINESS)


def floating_lending(database: Database, rates: ReferenceRates, **rate: Any) -> Lending:
    """A lender who has the business loan alone."""
    return open_lending(database, rates=rates, sold=[business(**rate)])


def rate_changes(lending: Lending, rates: ReferenceRates, page: int = 200) -> RateChanges:
    """The daily work, as it knows the reference rates."""
    return RateChanges(lending.database, lending.clock, lending.lender, rates, RateCap(rates), page)


def link(
    repriced: Repricing | None = Repricing.QUARTER, *, margin: str = "6", floor: str = "0", agreed: str = "2026-03-02"
) -> RateLink:
    """A formula as an offer froze it, with the reference rate at 3 %."""
    return RateLink(
        reference="1Y LPR",
        title=LocalizedText({"en": "one-year LPR", "zh_Hans": "一年期LPR"}),
        percent=Decimal("3.00"),
        agreed_on=date.fromisoformat(agreed),
        margin=Decimal(margin),
        floor=Decimal(floor),
        repriced=repriced,
    )


def floating_record(*events: Mapping[str, Any], **terms: Any) -> LoanRecord:
    """30,000 at 9 % over six months from 2 March 2026, with what happened since."""
    usual = {
        "currency": "CNY",
        "principal": "30000",
        "annual_rate": "9",
        "disbursed_on": "2026-03-02",
        "installments": 6,
    }
    happened = [Event.from_json(dict(event), "CNY") for event in events]
    return LoanRecord(Terms.from_json(usual | terms), Policy.from_json({}, "CNY"), happened)
