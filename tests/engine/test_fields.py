"""Values of documents: how they are read and written."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from services.engine.dates import Unit
from services.engine.errors import (
    EngineError,
    InvalidAmount,
    InvalidChoice,
    InvalidDate,
    OutOfRange,
    WrongType,
    joined,
)
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
    as_text,
    plain,
)
from services.money import Money


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("14.40", "14.4"),
        ("10", "10"),
        ("100.00", "100"),
        ("0.00", "0"),
        ("0.05", "0.05"),
        ("1E+2", "100"),
        ("20", "20"),
    ],
)
def test_a_decimal_number_is_written_without_exponent_and_needless_noughts(number: str, text: str) -> None:
    assert plain(Decimal(number)) == text


def test_values_are_written_as_the_contract_writes_them() -> None:
    values = (Money.of("12.50", "CNY"), Decimal("1.50"), date(2026, 3, 5), Unit.WEEK, 7, True, None, "visit")
    assert as_json(values) == ["12.50", "1.5", "2026-03-05", "week", 7, True, None, "visit"]


@pytest.mark.parametrize(("digits", "amount"), [("CNY", "0.01"), ("JPY", "1"), ("KWD", "0.001")])
def test_an_amount_has_the_digits_of_its_currency_at_most(digits: str, amount: str) -> None:
    assert as_money(amount, digits, "principal") == Money.from_minor(1, digits)
    with pytest.raises(InvalidAmount):
        as_money(amount + ("0" if "." in amount else ".0"), digits, "principal")


def test_an_amount_has_fifteen_digits_before_the_point_at_most() -> None:
    assert as_money("9" * 15 + ".99", "CNY", "principal").minor == 10**17 - 1
    with pytest.raises(InvalidAmount):
        as_money("1" + "0" * 15, "CNY", "principal")


def test_limits_are_within_the_range() -> None:
    assert [as_integer(number, "every", 1, 5) for number in (1, 5)] == [1, 5]
    assert [as_percent(text, "rate", maximum=100) for text in ("0", "100")] == [0, 100]
    assert [as_date(text, "on") for text in ("1900-01-01", "2200-12-31")] == [date(1900, 1, 1), date(2200, 12, 31)]
    for number in (0, 6):
        with pytest.raises(OutOfRange):
            as_integer(number, "every", 1, 5)
    with pytest.raises(OutOfRange) as refusal:
        as_percent("100.00000001", "rate", maximum=100)
    assert refusal.value.answer()["message"] == "This must be between 0 and 100."
    for text in ("1899-12-31", "2201-01-01"):
        with pytest.raises(InvalidDate):
            as_date(text, "on")


@pytest.mark.parametrize(
    ("read", "value", "error", "message"),
    [
        (
            as_date,
            "5 March",
            InvalidDate,
            "“5 March” is not a date such as 2026-03-05 between the years 1900 and 2200.",
        ),
        (as_date, "2026-02-30", InvalidDate, "“2026-02-30” is not a date such as 2026-03-05 between"),
        (as_date, "1899-12-31", InvalidDate, "“1899-12-31” is not a date such as 2026-03-05 between"),
        (as_percent, "100000.00000001", OutOfRange, "This must be between 0 and 100000."),
        (as_share, "100.00000001", OutOfRange, "This must be between 0 and 100."),
        (as_share, 5, WrongType, "This must be a percentage as a decimal string, such as “12.5”."),
        (as_currency, 5, WrongType, "This must be a currency code such as “CNY”."),
        (as_currency, "RMB", InvalidChoice, "“RMB” is not one of the ISO 4217 currency codes."),
        (as_text, "x" * 201, WrongType, "This must be a string of at most 200 printable characters."),
        (lambda value, field: as_integer(value, field, 1, 5), 6, OutOfRange, "This must be between 1 and 5."),
        (lambda value, field: as_list(value, field, as_date), "x", WrongType, "This must be a list."),
        (
            lambda value, field: as_choice(value, Unit, field),
            "year",
            InvalidChoice,
            "“year” is not one of day, week, month.",
        ),
    ],
)
def test_a_refusal_names_the_field_and_says_what_is_right(
    read: Callable[[object, str], object], value: object, error: type[EngineError], message: str
) -> None:
    with pytest.raises(error) as refusal:
        read(value, "terms.fees[0].x")
    assert refusal.value.field == "terms.fees[0].x"
    assert refusal.value.answer()["message"].startswith(message)


def test_the_highest_percentage_and_the_whole_of_something_are_accepted() -> None:
    assert as_percent("100000", "rate") == 100_000
    assert as_share("100", "down_payment") == 100


def test_a_percentage_has_eight_digits_after_the_point_at_most() -> None:
    assert as_percent("0.12345678", "rate") == Decimal("0.12345678")
    with pytest.raises(EngineError):
        as_percent("0.123456789", "rate")


def test_a_name_has_two_hundred_characters_at_most_all_printable() -> None:
    assert as_text("名" * 200, "name") == "名" * 200
    for value in ("x" * 201, "a\tb", 5):
        with pytest.raises(WrongType):
            as_text(value, "name")


def test_a_list_holds_so_many_items_and_each_has_its_own_path() -> None:
    assert as_list([1, 2], "days", lambda item, path: (item, path), most=2) == ((1, "days[0]"), (2, "days[1]"))
    with pytest.raises(OutOfRange) as refusal:
        as_list([1, 2, 3], "days", lambda item, path: item, most=2)
    assert refusal.value.answer() == {
        "error": "out_of_range",
        "field": "days",
        "message": "This must be between 0 and 2.",
    }


def test_a_list_without_a_limit_of_its_own_holds_five_thousand_items() -> None:
    assert len(as_list([0] * 5000, "fees", lambda item, path: item)) == 5000
    with pytest.raises(OutOfRange):
        as_list([0] * 5001, "fees", lambda item, path: item)


@pytest.mark.parametrize(
    ("prefix", "name", "path"),
    [("", "fees", "fees"), ("$", "fees", "fees"), ("fees", "[0]", "fees[0]"), ("fees[0]", "name", "fees[0].name")],
)
def test_paths_are_joined_by_dots_and_indices(prefix: str, name: str, path: str) -> None:
    assert joined(prefix, name) == path


@pytest.mark.parametrize(("value", "path", "field"), [([], "", "$"), ("{}", "terms", "terms"), (None, "a[0]", "a[0]")])
def test_what_is_read_by_its_keys_must_be_an_object(value: object, path: str, field: str) -> None:
    with pytest.raises(WrongType) as refusal:
        Reader(value, path)
    assert refusal.value.answer() == {"error": "wrong_type", "field": field, "message": "This must be an object."}


def test_null_is_the_same_as_an_absent_key() -> None:
    reader = Reader({"every": None, "unit": None, "unrounded": None, "amount": None}, "terms")
    assert reader.integer("every", 1, 5, 1) == 1
    assert reader.choice("unit", Unit.WEEK) is Unit.WEEK
    assert reader.flag("unrounded", default=True) is True
    assert not reader.has("amount")
    with pytest.raises(EngineError) as refusal:
        reader.money("amount", "CNY")
    assert refusal.value.answer() == {
        "error": "missing_key",
        "field": "terms.amount",
        "message": "This key is required.",
    }


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        (lambda reader: reader.integer("a", 1, 5, 1), "a whole number"),
        (lambda reader: reader.flag("a"), "true or false"),
        (lambda reader: reader.choice("a", Unit.DAY), "a string"),
        (lambda reader: reader.day("a"), "a date as a string, such as “2026-03-05”"),
        (lambda reader: reader.money("a", "CNY"), "an amount as a decimal string, such as “1000.00”"),
        (lambda reader: reader.optional("a", as_percent), "a percentage as a decimal string, such as “12.5”"),
        (lambda reader: reader.optional("a", as_text), "a string of at most 200 printable characters"),
    ],
)
def test_a_value_of_another_type_is_refused_with_the_type_that_is_right(
    read: Callable[[Reader], object], expected: str
) -> None:
    with pytest.raises(WrongType) as refusal:
        read(Reader({"a": 2.5}, "terms"))
    assert refusal.value.answer() == {
        "error": "wrong_type",
        "field": "terms.a",
        "message": f"This must be {expected}.",
    }
