"""Terms that are valid one by one and do not go together are refused at the one that is too many."""

import pytest

from tests.engine.answers import refusal
from tests.engine.half_year import TERMS, fee
from tests.engine.strategies import Document

LINE: Document = TERMS | {"method": "revolving", "installments": 0}
PLAN: Document = TERMS | {"method": "custom", "principal_plan": ["2000"] * 6}


def test_listed_due_dates_replace_a_first_one_and_a_day() -> None:
    listed = {"installments": 1, "due_dates": ["2026-04-05"]}
    assert refusal("quote", TERMS | listed | {"first_due_on": "2026-04-05"})["field"] == "first_due_on"
    assert refusal("quote", TERMS | listed | {"due_day": 5})["field"] == "due_day"


@pytest.mark.parametrize(
    ("part", "field"),
    [
        ({"first_due_on": "2026-04-05"}, "first_due_on"),
        ({"due_day": 5}, "due_day"),
        ({"balloon": {"amount": "1"}}, "balloon"),
        ({"non_working_days": {"weekdays": [7]}}, "non_working_days"),
        ({"down_payment": "1"}, "down_payment"),
        ({"grace": {"capitalise": True}}, "grace"),
        ({"broken_period": "ignore"}, "broken_period"),
        (fee("every_installment", amount="1"), "fees[0].when"),
        (fee("first_installment", amount="1"), "fees[0].when"),
    ],
)
def test_a_line_without_installments_has_nothing_that_goes_with_them(part: Document, field: str) -> None:
    found = refusal("quote", LINE | part)
    assert (found["error"], found["field"]) == ("invalid_terms", field)


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        (PLAN | {"down_payment": "1"}, "down_payment"),
        (PLAN | {"balloon": {"amount": "1"}}, "balloon"),
        (PLAN | {"grace": {"principal": 1}}, "grace"),
        (PLAN | {"installment_amount": "2000"}, "installment_amount"),
        (TERMS | {"method": "equal_principal", "installment_rounding": {"to": "1"}}, "installment_rounding"),
        (TERMS | {"installment_amount": "2000", "installment_rounding": {"to": "1"}}, "installment_rounding"),
        (TERMS | {"broken_period": "ignore", "grace": {"interest_charged": 1}}, "broken_period"),
    ],
)
def test_rules_that_say_the_same_thing_twice_are_refused(terms: Document, field: str) -> None:
    found = refusal("quote", terms)
    assert (found["error"], found["field"]) == ("invalid_terms", field)
