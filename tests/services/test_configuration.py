"""A mistake in the lender's files is refused at start, in one sentence that names file, key and expected form."""

import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.clock import SteppedClock
from services.configuration.lender import load_lender
from services.configuration.products import Products, load_products
from services.configuration.reading import ConfigurationError
from services.configuration.reference_rates import load_reference_rates

SAMPLE = Path(__file__).resolve().parents[2] / "config"
LENDER, RATES = "lender.toml", "rates.toml"
PERSONAL, FARM, BUSINESS, LINE = (f"products/{code}.toml" for code in ("personal", "farm", "business", "line"))

WHOLE = "a whole number without quotes"
QUOTED = 'a number in quotes, such as "10.8"'
TEXT = "text in quotes"
WORDS = 'words by language, such as { zh_Hans = "…", en = "…" }'
UNKNOWN = "a known key, perhaps {}"
UNIQUE = "a code that no other of the {} has"
EXAMPLES = "one of 'identity_card', 'paper', 'licence' or 'receipt'"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SAMPLE, tmp_path / "config"))


def read_all(folder: Path) -> Products:
    lender = load_lender(folder)
    rates = load_reference_rates(folder, lender.rate_cap_multiple)
    return load_products(folder, SteppedClock(datetime(2025, 11, 5, tzinfo=UTC)), lender, rates)


def rewrite(file: Path, pattern: str, instead: str) -> None:
    """Change the first line that matches; a line that is not there would test nothing."""
    text, changes = re.subn(pattern, lambda _: instead, file.read_text(encoding="utf-8"), count=1, flags=re.MULTILINE)
    assert changes == 1, pattern
    file.write_text(text, encoding="utf-8")


def refusal(folder: Path) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        read_all(folder)
    return caught.value


def test_the_sample_configuration_is_sound() -> None:
    assert {product.code for product in read_all(SAMPLE).all()} == {"personal", "farm", "business", "line"}


MISTAKES_OF_THE_LENDER = [
    ("^offer_valid_days = 7", "offer_valid_day = 7", "offer_valid_day", UNKNOWN.format("offer_valid_days")),
    ("^offer_valid_days = 7", "", "offer_valid_days", "this key to be set"),
    ("^offer_valid_days = 7", 'offer_valid_days = "7"', "offer_valid_days", WHOLE),
    ("^offer_valid_days = 7", "offer_valid_days = 7.0", "offer_valid_days", WHOLE),
    ("^offer_valid_days = 7", "offer_valid_days = true", "offer_valid_days", WHOLE),
    ("^offer_valid_days = 7", "offer_valid_days = -7", "offer_valid_days", "a number of at least 1"),
    ("^draft_kept_days = 30", "draft_kept_days = 3000", "draft_kept_days", "a number of at most 365"),
    ('^rate_cap_multiple = "4"', "rate_cap_multiple = 4.0", "rate_cap_multiple", QUOTED),
    ('^rate_cap_multiple = "4"', 'rate_cap_multiple = "four"', "rate_cap_multiple", QUOTED),
    ('^rate_cap_multiple = "4"', 'rate_cap_multiple = "NaN"', "rate_cap_multiple", QUOTED),
    ('^rate_cap_multiple = "4"', 'rate_cap_multiple = "0"', "rate_cap_multiple", "a number above 0"),
    (
        '^time_zone = "Asia/Shanghai"',
        'time_zone = "Asia/Beijing"',
        "time_zone",
        'an IANA time zone such as "Asia/Shanghai"',
    ),
    ('^time_zone = "Asia/Shanghai"', 'time_zone = "../etc"', "time_zone", 'an IANA time zone such as "Asia/Shanghai"'),
    ('^time_zone = "Asia/Shanghai"', "time_zone = 8", "time_zone", TEXT),
    ('^currency = "CNY"', 'currency = "RMB"', "currency", 'an ISO 4217 currency such as "CNY"'),
    (r"^languages = \[.*?\]", "languages = []", "languages", "a list with at least one entry"),
    (r"^languages = \[.*?\]", 'languages = "en"', "languages", "a list in square brackets"),
    (r"^languages = \[.*?\]", 'languages = ["en", "en"]', "languages", "each entry once"),
    (r"^languages = \[.*?\]", 'languages = ["en", "sw"]', "signing_phrases.sw", "a phrase for each of the languages"),
    ("^name = .*", 'name = "Hexin"', "name", WORDS),
    ("^name = .*", 'name = { zh_Hans = " ", en = "Hexin" }', "name", WORDS),
    ("^name = .*", 'name = { zh-hans = "禾信" }', "name", "languages written like zh_Hans or en"),
    ("^licence = .*", "licence = 2026", "licence", TEXT),
    ("^licence = .*", 'licence = ""', "licence", "text that is not empty"),
    ("^open = 08:00:00", "open = 8", "contact_hours.open", "a time of the day, such as 08:00:00"),
    ("^open = 08:00:00", 'open = "early"', "contact_hours.open", "a time of the day, such as 08:00:00"),
    (r"^reminder_days = \[.*\]", "reminder_days = [7, -1]", "reminder_days.2", "a number of at least 0"),
    (r"^reminder_days = \[.*\]", "reminder_days = [7, 7]", "reminder_days", "each entry once"),
    ("^default_reminder_hour = 9", "default_reminder_hour = 3", "default_reminder_hour", "one of reminder_hours"),
    ('days = 3, tone = "kind"', 'days = 1, tone = "kind"', "overdue_steps", "rising days, each once"),
    ('days = 3, tone = "kind"', 'days = 3, tone = "rude"', "overdue_steps.2.tone", "one of 'kind', 'firm' or 'final'"),
    ('days = 3, tone = "kind"', "days = 3", "overdue_steps.2.tone", "this key to be set"),
    ("^max_mb = 10", "max_mb = 50", "uploads.max_mb", "a number of at most 20"),
    ("^max_mb = 10", "maximum_mb = 10", "uploads.maximum_mb", UNKNOWN.format("max_mb")),
    (r"^\[uploads\]", "[upload]", "upload", UNKNOWN.format("uploads")),
    ("^holder = .*", "", "transfer_account.holder", "this key to be set"),
    (r"^forbidden_words = \[", "forbidden_words = [ 7,", "forbidden_words.1", TEXT),
]

MISTAKES_OF_THE_RATES = [
    ("since = 2019-08-20", 'since = "20 Aug 2019"', "rates.1.since", "a date without quotes, such as 2025-05-20"),
    ("since = 2019-08-20", "since = 20190820", "rates.1.since", "a date without quotes, such as 2025-05-20"),
    ("since = 2019-09-20", "since = 2019-08-20", "rates.2.since", "a date after 2019-08-20"),
    ('percent = "4.25"', "percent = 4.25", "rates.1.percent", QUOTED),
    ('percent = "4.25"', 'percent = "4,25"', "rates.1.percent", QUOTED),
    ('percent = "4.25"', 'percent = "-4.25"', "rates.1.percent", "a number above 0"),
    (r"^rates = \[", "rate = [", "rate", UNKNOWN.format("rates")),
    ("^source = .*", "", "source", "this key to be set"),
]

A_FEE = '[[fees]]\ncode = "service"\nname = { en = "fee" }\namount = "5"\nwhen = "disbursement"'

MISTAKES_OF_PRODUCTS = [
    (PERSONAL, '^annual_rate = "10.8"', "annual_rate = 10.8", "annual_rate", QUOTED),
    (PERSONAL, '^annual_rate = "10.8"', 'annual_rate = "-1"', "annual_rate", "a number of at least 0"),
    (PERSONAL, '^annual_rate = "10.8"', 'annual_rates = "10.8"', "annual_rates", UNKNOWN.format("annual_rate")),
    (PERSONAL, '^code = "personal"', 'code = "Personal loan"', "code",
     "a code of at most 32 lower-case letters, digits and _, beginning with a letter"),
    (PERSONAL, '^code = "personal"', 'code = "farm"', "code", "another code than farm.toml has"),
    (PERSONAL, "^version = 1", "version = 0", "version", "a number of at least 1"),
    (PERSONAL, "^position = 1", "position = 0", "position", "a number of at least 1"),
    (PERSONAL, "^position = 1", 'position = "first"', "position", WHOLE),
    (PERSONAL, '^currency = "CNY"', 'currency = "USD"', "currency", "the lender's currency CNY"),
    (PERSONAL, '^currency = "CNY"', 'currency = "yuan"', "currency", 'an ISO 4217 currency such as "CNY"'),
    (PERSONAL, "^methods = .*", "methods = []", "methods", "a list with at least one entry"),
    (PERSONAL, "^methods = .*", 'methods = ["bullet", "bullet"]', "methods", "each entry once"),
    (PERSONAL, "^methods = .*", 'methods = ["custom"]', "harvest", "a table exactly when methods has custom"),
    (PERSONAL, "^methods = .*", 'methods = ["revolving"]', "revolving", "a table exactly when methods has revolving"),
    (PERSONAL, '^minimum = "1000"', 'minimum = "300000"', "amount.minimum", "at most the maximum, 200000"),
    (PERSONAL, '^minimum = "1000"', 'minimum = "1050"', "amount.minimum", "a multiple of step, 100"),
    (PERSONAL, '^minimum = "1000"', 'minimum = "0"', "amount.minimum", "a number above 0"),
    (PERSONAL, '^step = "100"', 'step = "0.001"', "amount.step", "an amount that can be paid in CNY"),
    (PERSONAL, '^step = "100"', "", "amount.step", "this key to be set"),
    (PERSONAL, '^unit = "month"', 'unit = "year"', "term.unit", "one of 'day', 'week' or 'month'"),
    (PERSONAL, r"^choices = \[3, 6, 12, 24\]", "choices = [0]", "term.choices.1", "a number of at least 1"),
    (PERSONAL, r"^choices = \[3, 6, 12, 24\]", "choices = [3, 3]", "term.choices", "each entry once"),
    (PERSONAL, '^multiple_of_rate = "1.5"', "", "penalty", "exactly one of annual_rate and multiple_of_rate"),
    (PERSONAL, "^grace_days = 0", "grace_days = -1", "penalty.grace_days", "a number of at least 0"),
    (PERSONAL, "^age_min = 18", "age_min = 70", "eligibility.age_min", "at most age_max, 60"),
    (PERSONAL, '^max_debt_to_income = "50"', "max_debt_to_income = 0.5", "eligibility.max_debt_to_income", QUOTED),
    (PERSONAL, '^code = "medical"', 'code = "household"', "purposes.2.code", UNIQUE.format("purposes")),
    (PERSONAL, '^code = "income"', 'code = "identity"', "documents.2.code", UNIQUE.format("documents")),
    (PERSONAL, '^example = "identity_card"', 'example = "passport"', "documents.1.example", EXAMPLES),
    (PERSONAL, '^code = "income"', 'code = "receipt"', "documents.2.code", "another code than requested and receipt"),
    (PERSONAL, "^needs_note = true", 'needs_note = "yes"', "purposes.6.needs_note", "true or false"),
    (FARM, r"^shares = \[40, 60\]", "shares = [40]", "harvest.shares", "as many as months, 2"),
    (FARM, r"^shares = \[40, 60\]", "shares = [40.5, 60]", "harvest.shares.1", WHOLE),
    (FARM, r"^months = \[6, 10\]", "months = [6, 13]", "harvest.months.2", "a number of at most 12"),
    (FARM, r"^\[harvest\]", "[harvests]", "harvests", UNKNOWN.format("harvest")),
    (BUSINESS, "^percent_of_principal = .*", "", "fees.1", "exactly one of amount and percent_of_principal"),
    (LINE, '^daily_rate = "0.03"', 'daily_rate = "0.05"', "revolving.daily_rate", "annual_rate by 365, 0.03"),
    (LINE, '^day_count = "actual/365"', "", "day_count",
     "one of actual/360, actual/364, actual/365 for a revolving line"),
    (LINE, r'^methods = \["revolving"\]', 'methods = ["revolving", "bullet"]', "methods",
     "revolving alone for a revolving line"),
    (LINE, '^minimum_draw = "500"', 'minimum_draw = "6000"', "revolving.minimum_draw",
     "at most the smallest limit, 5000"),
    (LINE, '^minimum_draw = "500"', 'minimum_draw = "0.001"', "revolving.minimum_draw",
     "an amount that can be paid in CNY"),
    (LINE, r"^\[penalty\]", f"{A_FEE}\n[penalty]", "fees",
     "none for a revolving line, whose draws may have revolving.draw_fee"),
    (LINE, "^# draw_fee = .*", 'draw_fee = { name = { en = "fee" }, amount = "50" }', "annual_rate",
     "a rate and fees whose APR stays within the cap of 12.00 % (6 installments, revolving)"),
    (LINE, "^# draw_fee = .*", 'draw_fee = { name = { en = "fee" } }', "revolving.draw_fee",
     "exactly one of amount and percent_of_draw"),
    (LINE, '^daily_rate = "0.03"', "daily_rate = 0.03", "revolving.daily_rate", QUOTED),
]  # fmt: skip

MISTAKES = [
    *((LENDER, *mistake) for mistake in MISTAKES_OF_THE_LENDER),
    *((RATES, *mistake) for mistake in MISTAKES_OF_THE_RATES),
    *MISTAKES_OF_PRODUCTS,
]


@pytest.mark.parametrize(("file", "pattern", "instead", "key", "expected"), MISTAKES)
def test_a_mistake_is_refused_with_file_key_and_expected_form(
    folder: Path, file: str, pattern: str, instead: str, key: str, expected: str
) -> None:
    rewrite(folder / file, pattern, instead)
    error = refusal(folder)
    assert (error.file.name, error.key, error.expected) == (Path(file).name, key, expected)
    assert re.fullmatch(rf"{re.escape(error.file.name)}: {re.escape(key)}: expected [^\n]+\.", str(error))


def test_a_product_dearer_than_every_cap_so_far_is_refused_with_both_figures(folder: Path) -> None:
    rewrite(folder / PERSONAL, '^annual_rate = "10.8"', 'annual_rate = "24"')
    sentence = str(refusal(folder))
    assert sentence.startswith("personal.toml: annual_rate: expected ")
    assert "the cap of 12.00 %" in sentence
    assert "APR 26.83 %" in sentence


def test_a_fee_counts_against_the_cap(folder: Path) -> None:
    rewrite(folder / BUSINESS, "^percent_of_principal = .*", 'percent_of_principal = "3"')
    assert "business.toml: rate.margin: expected a rate and fees" in str(refusal(folder))


def emptied(file: Path) -> None:
    file.write_text("")


def broken(file: Path) -> None:
    file.write_text('name = "never closed\n')


def not_text(file: Path) -> None:
    file.write_bytes(b"\xff\xfe")


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (Path.unlink, r"{}: expected the file to exist in the configuration folder\."),
        (broken, r"{}: expected a TOML file that can be read \(.*line 1.*\)\."),
        (not_text, r"{}: expected a TOML file that can be read \(.*utf-8.*\)\."),
        (emptied, r"{}: \w+: expected this key to be set\."),
    ],
)
@pytest.mark.parametrize("file", [LENDER, RATES])
def test_a_file_that_cannot_be_read_is_named(
    folder: Path, file: str, spoil: Callable[[Path], None], sentence: str
) -> None:
    spoil(folder / file)
    assert re.fullmatch(sentence.format(re.escape(file)), str(refusal(folder)))


def test_a_lender_without_products_is_refused(folder: Path) -> None:
    shutil.rmtree(folder / "products")
    assert str(refusal(folder)) == "products: expected at least one product file."


def test_a_date_that_no_calendar_has_is_refused_with_its_line(folder: Path) -> None:
    rewrite(folder / RATES, "since = 2019-08-20", "since = 2019-02-30")
    assert re.search(r"rates\.toml: expected a TOML file that can be read \(.*line \d+", str(refusal(folder)))
