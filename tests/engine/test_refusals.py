"""Whatever is wrong with a document, the answer is an error object that names the field."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.engine.jsonio import run
from tests.engine.answers import refusal
from tests.engine.profiles import examples
from tests.engine.strategies import Document, scenarios, terms

TERMS: Document = {
    "currency": "CNY",
    "principal": "12000",
    "annual_rate": "14.4",
    "disbursed_on": "2026-03-05",
    "installments": 6,
}
SCENARIO: Document = {"terms": TERMS, "policy": {}, "events": [], "as_of": "2026-06-01"}


@pytest.mark.parametrize(
    ("change", "error", "field"),
    [
        ({"principle": "1"}, "unknown_key", "principle"),
        ({"principal": None}, "missing_key", "principal"),
        ({"principal": 12000}, "wrong_type", "principal"),
        ({"principal": "12000.001"}, "invalid_amount", "principal"),
        ({"principal": "-1"}, "invalid_amount", "principal"),
        ({"principal": "1e5"}, "invalid_amount", "principal"),
        ({"principal": "１２"}, "invalid_amount", "principal"),
        ({"principal": "9" * 40}, "invalid_amount", "principal"),
        ({"principal": "0"}, "out_of_range", "principal"),
        ({"currency": "XYZ"}, "invalid_choice", "currency"),
        ({"currency": ["CNY"]}, "wrong_type", "currency"),
        ({"annual_rate": "NaN"}, "invalid_number", "annual_rate"),
        ({"annual_rate": "100001"}, "out_of_range", "annual_rate"),
        ({"annual_rate": 14.4}, "wrong_type", "annual_rate"),
        ({"disbursed_on": "0000-01-01"}, "invalid_date", "disbursed_on"),
        ({"disbursed_on": "2026-02-30"}, "invalid_date", "disbursed_on"),
        ({"disbursed_on": "2026-W10-4"}, "invalid_date", "disbursed_on"),
        ({"disbursed_on": "1899-12-31"}, "invalid_date", "disbursed_on"),
        ({"installments": 100_000}, "out_of_range", "installments"),
        ({"installments": 0}, "out_of_range", "installments"),
        ({"installments": True}, "wrong_type", "installments"),
        ({"installments": "6"}, "wrong_type", "installments"),
        ({"installments": 1200, "every": 12}, "invalid_terms", "installments"),
        ({"method": "annuity"}, "invalid_choice", "method"),
        ({"method": "revolving", "installments": 0, "due_day": 5}, "invalid_terms", "due_day"),
        ({"method": "custom"}, "missing_key", "principal_plan"),
        ({"method": "custom", "principal_plan": ["1"] * 6}, "invalid_terms", "principal_plan"),
        ({"method": "custom", "principal_plan": ["2000"] * 5}, "invalid_terms", "principal_plan"),
        ({"principal_plan": ["12000"]}, "invalid_terms", "principal_plan"),
        ({"first_due_on": "2026-03-04"}, "invalid_terms", "first_due_on"),
        ({"unit": "week", "due_day": 5}, "invalid_terms", "due_day"),
        ({"due_dates": ["2026-04-01"]}, "invalid_terms", "due_dates"),
        ({"due_dates": ["2026-04-01"] * 6}, "invalid_terms", "due_dates[1]"),
        ({"due_dates": "2026-04-01"}, "wrong_type", "due_dates"),
        ({"grace": {"principal": 6}}, "out_of_range", "grace.principal"),
        ({"grace": {"capitalize": True}}, "unknown_key", "grace.capitalize"),
        ({"fees": [{"name": "f", "when": "later", "amount": "1"}]}, "invalid_choice", "fees[0].when"),
        ({"fees": [{"name": "f", "when": "disbursement"}]}, "missing_key", "fees[0].amount"),
        ({"fees": [{"name": "f", "when": "disbursement", "amount": "12000"}]}, "invalid_terms", "fees"),
        ({"balloon": {"amount": "1", "percent": "1"}}, "invalid_terms", "balloon.percent"),
        ({"balloon": {"amount": "12000.01"}}, "invalid_terms", "balloon"),
        ({"down_payment": "100"}, "invalid_terms", "down_payment"),
        ({"non_working_days": {"weekdays": [1, 2, 3, 4, 5, 6, 7]}}, "invalid_terms", "non_working_days.weekdays"),
        ({"non_working_days": {"country": "Atlantis"}}, "invalid_choice", "non_working_days.country"),
        ({"installment_rounding": {"to": "0"}}, "out_of_range", "installment_rounding.to"),
        ({"tranches": [{"on": "2025-12-31", "amount": "1"}]}, "invalid_terms", "tranches[0].on"),
        ({"tranches": [{"on": "2036-01-01", "amount": "1"}]}, "invalid_terms", "tranches[0].on"),
        ({"tranches": [{"on": "2026-04-01", "amount": "0"}]}, "out_of_range", "tranches[0].amount"),
        ({"rate_changes": [{"on": "2020-04-01", "annual_rate": "1"}]}, "invalid_terms", "rate_changes[0].on"),
        ({"rate_changes": [{"on": "2026-04-01"}]}, "missing_key", "rate_changes[0].annual_rate"),
        (
            {"rate_changes": [{"on": "2026-04-01", "annual_rate": "-1"}]},
            "invalid_number",
            "rate_changes[0].annual_rate",
        ),
    ],
)
def test_the_error_names_the_field_of_the_terms(change: Document, error: str, field: str) -> None:
    found = refusal("quote", TERMS | change)
    assert (found["error"], found["field"]) == (error, field)
    assert found["message"].endswith(".")
    within = refusal("replay", SCENARIO | {"terms": TERMS | change})
    assert (within["error"], within["field"]) == (error, f"terms.{field}")


@pytest.mark.parametrize(
    ("change", "error", "field"),
    [
        ({"as_of": "2026-03-04"}, "out_of_range", "as_of"),
        ({"as_of": None}, "missing_key", "as_of"),
        ({"asof": "2026-03-04"}, "unknown_key", "asof"),
        ({"terms": []}, "wrong_type", "terms"),
        ({"policy": {"allocation": ["fee", "fee", "interest", "principal"]}}, "invalid_terms", "policy.allocation"),
        ({"policy": {"allocation": {"late": []}}}, "unknown_key", "policy.allocation.late"),
        ({"policy": {"accrual": "sometimes"}}, "invalid_choice", "policy.accrual"),
        ({"policy": {"penalty": {"base": "overdue_total"}}}, "missing_key", "policy.penalty.annual_rate"),
        ({"policy": {"classification": [[90, "bad"], [30, "late"]]}}, "invalid_terms", "policy.classification"),
        ({"policy": {"classification": [[90]]}}, "wrong_type", "policy.classification[0]"),
        ({"events": [{"type": "repay", "on": "2026-04-01"}]}, "missing_key", "events[0].amount"),
        ({"events": [{"type": "repay", "on": "2026-03-04", "amount": "1"}]}, "out_of_range", "events[0].on"),
        ({"events": [{"type": "repay", "on": "2026-04-01", "amount": "0"}]}, "out_of_range", "events[0].amount"),
        (
            {"events": [{"type": "repay", "on": "2026-04-01", "amount": "1", "of": "fee"}]},
            "unknown_key",
            "events[0].of",
        ),
        ({"events": [{"type": "gift", "on": "2026-04-01"}]}, "invalid_choice", "events[0].type"),
        (
            {"events": [{"type": "extend", "on": "2026-04-01", "installments": 1200}]},
            "invalid_event",
            "events[0].installments",
        ),
        ({"events": [{"type": "draw", "on": "2026-04-01", "amount": "1"}]}, "invalid_event", "events[0].type"),
        ({"events": [{"type": "reverse", "on": "2026-04-01", "event": 0}]}, "invalid_event", "events[0].event"),
        ({"events": [{"type": "reverse", "on": "2026-04-01", "event": 7}]}, "invalid_event", "events[0].event"),
        ({"events": [{}] * 5001}, "out_of_range", "events"),
    ],
)
def test_the_error_names_the_field_of_the_scenario(change: Document, error: str, field: str) -> None:
    found = refusal("replay", SCENARIO | change)
    assert (found["error"], found["field"]) == (error, field)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"principal": "1\n2"}, "“1?2” is not an amount: digits, with at most 2 of them after a decimal point and 15"),
        ({"principal": "9" * 41}, f"“{'9' * 40}” is not an amount"),
        ({"annual_rate": "a\u202eb"}, "“a?b” is not a plain decimal number with at most 8 digits after the point."),
        ({"rounding": "\x1b"}, "“?” is not one of half_up, half_even, up, down."),
        (
            {"disbursed_on": "2026-02-30"},
            "“2026-02-30” is not a date such as 2026-03-05 between the years 1900 and 2200",
        ),
        ({"a\x00": 1}, "There is no key “a?” here."),
    ],
)
def test_the_sentence_shows_what_was_given_shortened_and_made_printable(change: Document, message: str) -> None:
    assert refusal("quote", TERMS | change)["message"].startswith(message)


@pytest.mark.parametrize(
    "text",
    ["", "{", "nul", '{"currency": "CNY", "currency": "CNY"}', "[" * 100_000, '{"a":' * 100_000, "\ufeff{}", "\x00"],
)
def test_what_is_no_document_is_refused_as_a_whole(text: str) -> None:
    assert refusal("quote", text)["field"] == "$"


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e999", "1" * 5000, "12000.50"])
def test_a_bare_number_is_refused_at_its_field(value: str) -> None:
    text = json.dumps(TERMS).replace('"12000"', value)
    assert refusal("quote", text)["field"] == "principal"


def test_a_list_answers_each_document_in_its_place() -> None:
    status, out, err = run("quote", json.dumps([TERMS, TERMS | {"every": 0}, [], TERMS]))
    answers = json.loads(out)
    assert (status, err) == (1, "")
    assert answers[0] == answers[3]
    assert answers[1]["field"] == "every"
    assert answers[2]["error"] == "wrong_type"


def test_a_list_of_valid_documents_succeeds() -> None:
    assert run("quote", json.dumps([TERMS, TERMS]))[0] == 0
    assert run("quote", "[]") == (0, "[]\n", "")


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(
        ["NaN", "1e999", "-0.01", "99999999999999999999", "0000-00-00", "9999-12-31", "０", "\ud800", "1.", ".5"]
    ),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place within a document."""
    inside: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        inside = list(value.items())
    elif isinstance(value, list):
        inside = list(enumerate(value))
    return [path, *(place for key, item in inside for place in places(item, (*path, key)))]


@st.composite
def damaged(draw: st.DrawFn, documents: st.SearchStrategy[Document]) -> Any:
    """A valid document with junk put in one to three places, or a key added."""
    document = copy.deepcopy(draw(documents))
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.sampled_from(places(document)))
        if not place:
            document[draw(st.text(max_size=6))] = draw(JUNK)
            continue
        target = document
        for key in place[:-1]:
            target = target[key]
        target[place[-1]] = draw(JUNK)
    return document


def answered(command: str, document: Any) -> None:
    status, out, err = run(command, json.dumps(document))
    if status == 0:
        assert json.loads(out)
        return
    found = json.loads(err)
    assert (status, out) == (2, "")
    assert set(found) == {"error", "field", "message"}
    assert all(isinstance(text, str) and text for text in found.values())


@examples(300)
@given(damaged(terms()))
def test_damaged_terms_are_answered_or_refused(document: Any) -> None:
    answered("quote", document)


@examples(200)
@given(damaged(scenarios()))
def test_damaged_scenarios_are_answered_or_refused(document: Any) -> None:
    answered("replay", document)


@examples(200)
@given(
    st.recursive(
        JUNK, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    )
)
def test_any_json_at_all_is_answered(document: Any) -> None:
    for command in ("quote", "replay", "explain"):
        if isinstance(document, list):
            assert run(command, json.dumps(document))[0] in (0, 1)
        else:
            answered(command, document)


@pytest.mark.parametrize(
    ("first_row", "second_row", "refused"), [(1_001, 0, True), (1_000, 1, False), (0, 1_001, True)]
)
def test_a_thousand_events_between_two_due_dates_are_as_many_as_are_played(
    first_row: int, second_row: int, refused: bool
) -> None:
    """None of them is played: they lie after the day asked about."""
    days = ["2026-03-20"] * first_row + ["2026-04-20"] * second_row
    events = [{"on": day, "type": "repay", "amount": "1"} for day in days]
    document = SCENARIO | {"events": events, "as_of": "2026-03-05"}
    if refused:
        assert refusal("replay", document)["field"] == "events"
    else:
        assert run("replay", json.dumps(document))[0] == 0
