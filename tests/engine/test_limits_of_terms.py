"""What terms just allow and just refuse, on either side of each limit."""

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest

from services.engine.errors import InvalidAmount, OutOfRange
from services.engine.jsonio import run
from services.engine.rates import RateChange
from services.engine.terms import Terms
from services.money import Money
from tests.engine.answers import refusal
from tests.engine.half_year import TERMS, fee
from tests.engine.strategies import Document


def tranches(*parts: tuple[str, str]) -> Document:
    return {"tranches": [{"on": on, "amount": amount} for on, amount in parts]}


def days_from(first: str, count: int) -> list[str]:
    return [(date.fromisoformat(first) + timedelta(days=place)).isoformat() for place in range(count)]


def rates(*days: str) -> Document:
    return {"rate_changes": [{"on": on, "annual_rate": "6"} for on in days]}


@pytest.mark.parametrize(
    ("allowed", "refused", "error", "field"),
    [
        ({"principal": "0.01"}, {"principal": "0"}, "out_of_range", "principal"),
        ({"principal": "999999999999999.99"}, {"principal": "1000000000000000"}, "invalid_amount", "principal"),
        ({"installment_amount": "0.01"}, {"installment_amount": "0"}, "out_of_range", "installment_amount"),
        ({"round_to": "0.01"}, {"round_to": "0"}, "out_of_range", "round_to"),
        ({"annual_rate": "100000"}, {"annual_rate": "100000.01"}, "out_of_range", "annual_rate"),
        ({"annual_rate": "0"}, {"annual_rate": "-0.01"}, "invalid_number", "annual_rate"),
        ({"cost_cap": "100000"}, {"cost_cap": "100000.01"}, "out_of_range", "cost_cap"),
        ({"down_payment": "99.99"}, {"down_payment": "100"}, "invalid_terms", "down_payment"),
        ({"down_payment": "99.99"}, {"down_payment": "100.01"}, "out_of_range", "down_payment"),
        ({"installments": 1}, {"installments": 0}, "out_of_range", "installments"),
        ({"installments": 1200, "unit": "day"}, {"installments": 1201}, "out_of_range", "installments"),
        ({"every": 1200, "unit": "day"}, {"every": 1201, "unit": "day"}, "out_of_range", "every"),
        ({"due_day": 31}, {"due_day": 32}, "out_of_range", "due_day"),
        ({"first_due_on": "2026-03-05"}, {"first_due_on": "2026-03-04"}, "invalid_terms", "first_due_on"),
        ({"disbursed_on": "1900-01-01"}, {"disbursed_on": "1899-12-31"}, "invalid_date", "disbursed_on"),
        (rates("2026-03-06"), rates("2026-03-05"), "invalid_terms", "rate_changes[0].on"),
        (
            rates("2026-03-06", "2026-03-07"),
            rates("2026-03-06", "2026-03-06"),
            "invalid_terms",
            "rate_changes[1].on",
        ),
        (tranches(("2026-03-05", "1")), tranches(("2026-03-04", "1")), "invalid_terms", "tranches[0].on"),
        (
            tranches(("2026-04-05", "1"), ("2026-04-05", "1")),
            tranches(("2026-04-05", "1"), ("2026-04-04", "1")),
            "invalid_terms",
            "tranches[1].on",
        ),
        (tranches(("2026-09-04", "1")), tranches(("2026-09-05", "1")), "invalid_terms", "tranches[0].on"),
        (
            tranches(("2026-04-05", "0.01")),
            tranches(("2026-04-05", "0")),
            "out_of_range",
            "tranches[0].amount",
        ),
        (
            tranches(("2026-04-05", "999999999987999.99")),
            tranches(("2026-04-05", "999999999988000")),
            "out_of_range",
            "tranches[0].amount",
        ),
        ({"grace": {"principal": 5}}, {"grace": {"principal": 6}}, "out_of_range", "grace.principal"),
        (
            {"grace": {"interest_payment": 5}},
            {"grace": {"interest_payment": 6}},
            "out_of_range",
            "grace.interest_payment",
        ),
        (
            {"grace": {"interest_charged": 6}},
            {"grace": {"interest_charged": 7}},
            "out_of_range",
            "grace.interest_charged",
        ),
        ({"balloon": {"amount": "12000"}}, {"balloon": {"amount": "12000.01"}}, "invalid_terms", "balloon"),
        (
            {"balloon": {"amount": "9600"}, "down_payment": "20"},
            {"balloon": {"amount": "9600.01"}, "down_payment": "20"},
            "invalid_terms",
            "balloon",
        ),
        (
            {"balloon": {"percent": "80"}, "down_payment": "20"},
            {"balloon": {"percent": "80.01"}, "down_payment": "20"},
            "invalid_terms",
            "balloon",
        ),
        (fee("disbursement", amount="11999.99"), fee("disbursement", amount="12000"), "invalid_terms", "fees"),
        (
            fee("disbursement", percent_of_principal="99.99"),
            fee("disbursement", percent_of_principal="100"),
            "invalid_terms",
            "fees",
        ),
        (fee("first_installment", amount="12000"), fee("disbursement", amount="12000"), "invalid_terms", "fees"),
        (
            {"principal": "0.03"} | fee("disbursement", percent_of_principal="80"),
            {"principal": "0.03"} | fee("disbursement", percent_of_principal="90"),
            "invalid_terms",
            "fees",
        ),
        (rates(*days_from("2027-01-01", 1200)), rates(*days_from("2027-01-01", 1201)), "out_of_range", "rate_changes"),
        (
            {"balloon": {"amount": "0"}, "down_payment": "99.5"},
            {"balloon": {"amount": "60.01"}, "down_payment": "99.5"},
            "invalid_terms",
            "balloon",
        ),
        *(
            ({"disbursed_on": first} | term, {"disbursed_on": second} | term, "invalid_terms", "installments")
            for first, second, term in (
                ("2200-12-25", "2200-12-26", {"unit": "day", "installments": 5}),
                ("2200-12-17", "2200-12-18", {"unit": "week", "installments": 1}),
                ("2200-10-30", "2200-10-31", {"unit": "month", "installments": 1}),
            )
        ),
    ],
)
def test_each_limit_is_the_last_value_that_is_allowed(
    allowed: Document, refused: Document, error: str, field: str
) -> None:
    status, _, message = run("quote", json.dumps(TERMS | allowed))
    assert (status, message) == (0, "")
    found = refusal("quote", TERMS | refused)
    assert (found["error"], found["field"]) == (error, field)


@pytest.mark.parametrize(
    ("terms", "limits"),
    [
        ({"principal": "0"}, "0.01 and 1000000000000000"),
        ({"round_to": "0"}, "0.01 and 1000000000000000"),
        ({"annual_rate": "100000.01"}, "0 and 100000"),
        ({"down_payment": "100.01"}, "0 and 100"),
        ({"installments": 0}, "1 and 1200"),
        ({"grace": {"principal": 6}}, "0 and 5"),
        ({"grace": {"interest_charged": 7}}, "0 and 6"),
        ({"rate_changes": [{"on": "2026-05-01", "annual_rate": "100000.01"}]}, "0 and 100000"),
        (rates(*days_from("2027-01-01", 1201)), "0 and 1200"),
        (tranches(("2026-04-05", "0")), "0.01 and 1000000000000000"),
        (tranches(("2026-04-05", "999999999999999")), "0 and 1000000000000000"),
    ],
)
def test_a_refusal_says_between_which_values_a_figure_must_lie(terms: Document, limits: str) -> None:
    assert refusal("quote", TERMS | terms)["message"] == f"This must be between {limits}."


@pytest.mark.parametrize("rate", ["NaN", "Infinity", "-0.01", "100000.01"])
def test_a_rate_that_is_no_share_is_refused_however_the_terms_are_made(rate: str) -> None:
    terms = Terms.from_json(TERMS)
    with pytest.raises(OutOfRange, match="minimum=0, maximum=100000"):
        terms.changed(annual_rate=Decimal(rate))
    with pytest.raises(OutOfRange, match="minimum=0, maximum=100000"):
        terms.changed(rate_changes=(RateChange(date(2026, 5, 1), Decimal(rate)),))


@pytest.mark.parametrize("amount", [Money(Decimal("1"), "USD"), Money(Decimal(10) ** 15, "CNY")])
def test_an_amount_in_another_currency_or_beyond_all_bounds_is_refused(amount: Money) -> None:
    with pytest.raises(InvalidAmount):
        Terms.from_json(TERMS).changed(round_to=amount)


def test_terms_repeat_after_one_unit_at_least() -> None:
    with pytest.raises(OutOfRange, match="minimum=1, maximum=1200"):
        Terms.from_json(TERMS).changed(every=0)


@pytest.mark.parametrize(
    ("first", "refused", "field"),
    [
        ("2026-03-05", False, ""),
        ("2026-03-04", True, "due_dates[0]"),
    ],
)
def test_listed_due_dates_begin_on_the_day_of_disbursement_or_later(first: str, refused: bool, field: str) -> None:
    terms = TERMS | {"installments": 2, "due_dates": [first, "2026-05-05"]}
    if refused:
        assert refusal("quote", terms)["field"] == field
    else:
        assert run("quote", json.dumps(terms))[0] == 0


@pytest.mark.parametrize(
    ("allowed", "refused", "field"),
    [
        ({"due_day": 1}, {"due_day": 0}, "due_day"),
        ({"grace": {"principal": 0}}, {"grace": {"principal": -1}}, "grace.principal"),
        ({"grace": {"interest_payment": 0}}, {"grace": {"interest_payment": -1}}, "grace.interest_payment"),
        ({"grace": {"interest_charged": 0}}, {"grace": {"interest_charged": -1}}, "grace.interest_charged"),
        (
            {"non_working_days": {"weekdays": [1, 7]}},
            {"non_working_days": {"weekdays": [8]}},
            "non_working_days.weekdays[0]",
        ),
        (
            {"non_working_days": {"weekdays": [1]}},
            {"non_working_days": {"weekdays": [0]}},
            "non_working_days.weekdays[0]",
        ),
    ],
)
def test_numbers_of_the_terms_begin_and_end_where_they_make_sense(
    allowed: Document, refused: Document, field: str
) -> None:
    assert run("quote", json.dumps(TERMS | allowed))[0] == 0
    assert refusal("quote", TERMS | refused)["field"] == field
