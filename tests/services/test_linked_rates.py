"""Products whose rate follows a reference rate: what their files may say, and what they cost on a day."""

import re
import shutil
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from services.clock import SteppedClock
from services.configuration.lender import load_lender
from services.configuration.products import Products, load_products
from services.configuration.rate_cap import RateCap
from services.configuration.reading import ConfigurationError
from services.configuration.reference_rates import ReferenceRates, load_reference_rates
from services.engine.conditions import RateSettlement
from services.engine.quote import quote
from services.engine.terms import Terms
from services.lending.rate_link import Repricing
from services.origination.offer_views import effective_rate
from tests.builders import cny
from tests.services.desk import CONFIG, lender
from tests.services.floating import business, floating_record, reference_rates

TODAY = date(2026, 3, 2)
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
LPR = {date(2020, 1, 1): "3.00", date(2026, 3, 20): "2.80"}


def catalogue(rates: ReferenceRates, at: datetime = NOON, **rate: object) -> Products:
    return Products([business(**rate)], SteppedClock(at), lender(), rates)


def terms_of(products: Products, on: date = TODAY) -> Terms:
    return products.terms(products.get("business"), cny("30000"), 6, "equal_installment", on)


MARGIN, REPRICED, SETTLEMENT = '^margin = "6.0".*', '^repriced = "new_year".*', '^settlement = "segmented".*'
MISTAKES = [
    ('^linked_to = "1Y LPR"', 'linked_to = "5Y LPR"', "linked_to", "the name of a reference rate, 1Y LPR"),
    ('^linked_to = "1Y LPR".*', "", "linked_to", "this key to be set"),
    (MARGIN, "margin = 6.0", "margin", 'a number in quotes, such as "10.8"'),
    (MARGIN, "", "margin", "this key to be set"),
    (MARGIN, 'points = "6.0"', "points", "only known keys; the sample configuration shows them all"),
    ('^floor = "5.0"', 'floor = "-5.0"', "floor", "a number of at least 0"),
    (REPRICED, 'repriced = "monthly"', "repriced", "one of 'new_year', 'anniversary', 'quarter' or 'at_once'"),
    (REPRICED, "", "repriced", "one of new_year, anniversary, quarter, at_once"),
    (SETTLEMENT, 'settlement = "daily"', "settlement", "one of 'contract', 'current' or 'segmented'"),
    (SETTLEMENT, 'settlement = "contract"', "repriced", 'nothing, as settlement = "contract" keeps the rate'),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CONFIG, tmp_path / "config"))


def refusal(folder: Path) -> ConfigurationError:
    at_work = load_lender(folder)
    rates = load_reference_rates(folder, at_work.rate_cap_multiple)
    with pytest.raises(ConfigurationError) as caught:
        load_products(folder, SteppedClock(NOON), at_work, rates)
    return caught.value


@pytest.mark.parametrize(("pattern", "instead", "key", "expected"), MISTAKES)
def test_a_mistake_in_the_table_is_refused_with_key_and_expected_form(
    folder: Path, pattern: str, instead: str, key: str, expected: str
) -> None:
    rewrite(folder / "products" / "business.toml", pattern, instead)
    error = refusal(folder)
    assert (error.file.name, error.key, error.expected) == ("business.toml", f"rate.{key}", expected)


def test_a_plain_rate_beside_the_table_is_refused(folder: Path) -> None:
    rewrite(folder / "products" / "business.toml", '^currency = "CNY"', 'currency = "CNY"\nannual_rate = "9"')
    assert str(refusal(folder)).startswith("business.toml: annual_rate: expected no such key beside the table [rate]")


def test_a_product_without_any_rate_is_refused(folder: Path) -> None:
    rewrite(folder / "products" / "personal.toml", "^annual_rate = .*", "")
    assert str(refusal(folder)).startswith("personal.toml: annual_rate: expected a rate, or a table [rate]")


def test_a_revolving_line_has_its_price_by_the_day(folder: Path) -> None:
    table = '[rate]\nlinked_to = "1Y LPR"\nmargin = "6"\nrepriced = "quarter"\n\n[amount]'
    rewrite(folder / "products" / "line.toml", "^annual_rate = .*", "")
    rewrite(folder / "products" / "line.toml", r"^\[amount\]", table)
    assert str(refusal(folder)).startswith("line.toml: rate: expected no such table for a revolving line")


def rewrite(file: Path, pattern: str, instead: str) -> None:
    text, changes = re.subn(pattern, lambda _: instead, file.read_text(encoding="utf-8"), count=1, flags=re.MULTILINE)
    assert changes == 1, pattern
    file.write_text(text, encoding="utf-8")


def test_the_rate_is_that_of_the_day_on_which_somebody_asks() -> None:
    for at, rate in ((NOON, "9.00"), (datetime(2026, 3, 20, 4, tzinfo=UTC), "8.80")):
        products = catalogue(reference_rates(LPR), at)
        assert products.get("business").annual_rate == Decimal(rate)
        assert [product.annual_rate for product in products.all()] == [Decimal(rate)]
        assert products.estimate("business", cny("30000"), 6, "interest_only").rows[0].interest == cny(rate) * 25


def test_the_day_is_the_lenders_not_the_machines() -> None:
    """Four in the afternoon of the day before, on the world's clock, is midnight in Shanghai."""
    assert catalogue(reference_rates(LPR), datetime(2026, 3, 19, 16, tzinfo=UTC)).get(
        "business"
    ).annual_rate == Decimal("8.8")


def test_a_rate_never_starts_below_the_floor() -> None:
    assert catalogue(reference_rates(LPR), margin="1", floor="5").get("business").annual_rate == Decimal(5)


@pytest.mark.parametrize("settlement", ["segmented", "current"])
def test_the_settlement_goes_into_the_terms(settlement: str) -> None:
    products = catalogue(reference_rates(LPR), settlement=settlement)
    assert terms_of(products).rate_settlement is RateSettlement(settlement)
    assert products.get("business").floats


def test_a_rate_that_is_settled_as_signed_does_not_float() -> None:
    products = catalogue(reference_rates(LPR), settlement="contract", repriced=None)
    assert terms_of(products).rate_settlement is RateSettlement.CONTRACT
    assert not products.get("business").floats


def test_the_formula_names_the_reference_rate_of_the_offers_day() -> None:
    products = catalogue(reference_rates(LPR), repriced="quarter")
    formula = products.rate_link(products.get("business"), date(2026, 3, 25))
    assert formula is not None
    assert (formula.percent, formula.margin, formula.floor) == (Decimal("2.80"), Decimal("6.0"), Decimal("5.0"))
    assert formula.repriced is Repricing.QUARTER


@pytest.mark.parametrize("cap", ["1.20", "2.00", "2.99", "3.00"])
def test_the_highest_lawful_rate_is_the_last_that_keeps_to_the_cap(cap: str) -> None:
    rates = reference_rates({date(2020, 1, 1): cap})
    terms = floating_record().terms
    highest = RateCap(rates).highest(terms, Decimal("14.5"), TODAY)
    assert apr(terms, highest) <= 4 * Decimal(cap) < apr(terms, highest + Decimal("0.01"))
    assert RateCap(rates).highest(terms, Decimal("4.111"), TODAY) == Decimal("4.111")


def apr(terms: Terms, rate: Decimal) -> Decimal:
    return effective_rate(quote(terms.changed(annual_rate=rate))).value


def test_the_table_is_known_until_its_newest_rate_or_the_last_look_at_what_is_published() -> None:
    """A line for a day to come is no look at today's."""
    looked = reference_rates(LPR | {date(2026, 6, 22): "2.50"}, checked_on=date(2026, 4, 20))
    assert looked.known_until(date(2026, 5, 1)) == date(2026, 4, 20)
    assert looked.known_until(date(2026, 7, 1)) == date(2026, 6, 22)
    assert reference_rates(LPR).known_until(date(2026, 5, 1)) == date(2026, 3, 20)
