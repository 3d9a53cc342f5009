"""A document that is broken anywhere is refused at that place, whatever it holds, and without computing anything."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.engine.errors import EngineError
from services.engine.jsonio import run
from services.engine.terms import Terms
from tests.engine.malformed import BARE_NUMBERS, WHOLE, Broken, broken, written
from tests.engine.profiles import examples
from tests.engine.strategies import Document, scenarios, terms
from tests.engine.work import TooMuchWork, within

ROOT = Path(__file__).resolve().parent.parent.parent
LIGHT = 60_000
"""Calls that suffice to read any document of the strategies, and to refuse it; laying out one long loan takes more."""

TERMS: Document = {
    "currency": "CNY",
    "principal": "12000",
    "annual_rate": "14.4",
    "disbursed_on": "2026-03-05",
    "installments": 6,
}


def is_sound(command: str, document: Document) -> bool:
    """Whether the engine answers the document before it is broken."""
    return run(command, json.dumps(document))[0] == 0


@st.composite
def broken_terms(draw: st.DrawFn) -> Broken:
    """Terms that would be quoted, broken in one place."""
    document = draw(terms())
    assume(is_sound("quote", document))
    return draw(broken(document))


@st.composite
def broken_scenarios(draw: st.DrawFn) -> Broken:
    """A loan's life that would be replayed, broken in one place."""
    document = draw(scenarios())
    assume(is_sound("replay", document))
    return draw(broken(document))


def refused(command: str, case: Broken) -> None:
    """The whole document is refused with one error object that names the field, after little work."""
    status, out, err = within(LIGHT, lambda: run(command, case.source))
    assert (status, out) == (2, ""), case.how
    found = json.loads(err)
    assert err.count("\n") == 1
    assert list(found) == ["error", "field", "message"]
    assert found["field"] == case.field, (case.how, found)
    assert found["message"].isprintable()
    assert found["message"].endswith(".")


@examples(300, nightly=10_000)
@given(broken_terms())
def test_broken_terms_are_refused_at_the_field_that_is_broken(case: Broken) -> None:
    refused("quote", case)


@examples(200, nightly=10_000)
@given(broken_scenarios())
def test_a_broken_scenario_is_refused_at_the_field_that_is_broken(case: Broken) -> None:
    refused("replay", case)


@examples(30)
@given(st.lists(st.one_of(terms(), broken_terms()), min_size=1, max_size=5))
def test_in_a_list_each_broken_document_is_answered_in_its_place(items: list[Any]) -> None:
    readable = [item for item in items if not isinstance(item, Broken) or item.field != WHOLE]
    sources = [item.source if isinstance(item, Broken) else written(item) for item in readable]
    status, out, err = run("quote", b"[" + b",".join(sources) + b"]")
    assert err == ""
    answers = json.loads(out)
    assert len(answers) == len(readable)
    for item, source, answer in zip(readable, sources, answers, strict=True):
        alone = run("quote", source)
        assert answer == json.loads(alone[1] or alone[2])
        if isinstance(item, Broken):
            assert answer["field"] == item.field
    assert status == (1 if any("error" in answer for answer in answers) else 0)


UNREADABLE = "The document cannot be read: "


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (b'{"currency": "\xff"}', UNREADABLE + "byte 15 is not UTF-8."),
        (b"\xff", UNREADABLE + "byte 1 is not UTF-8."),
        (b"\xef\xbb\xbf{}", UNREADABLE + "it begins with a byte order mark."),
        ("\ufeff{}", UNREADABLE + "it begins with a byte order mark."),
        (b"", UNREADABLE + "it is not JSON (line 1, column 1)."),
        (b'{"currency":\n  oops}', UNREADABLE + "it is not JSON (line 2, column 3)."),
        (b"[" * 100_000, UNREADABLE + "it is nested too deeply."),
        (b'{"currency": "CNY", "currency": "CNY"}', UNREADABLE + "an object has the same key twice."),
    ],
)
def test_what_cannot_be_read_says_why_and_where(source: str | bytes, message: str) -> None:
    for command in ("quote", "replay"):
        status, out, err = run(command, source)
        assert (status, out) == (2, "")
        assert json.loads(err) == {"error": "invalid_document", "field": "$", "message": message}


@pytest.mark.parametrize("number", BARE_NUMBERS)
@pytest.mark.parametrize("key", ["principal", "unrounded", "disbursed_on", "currency", "fees"])
def test_a_bare_number_of_any_size_is_of_the_wrong_type(key: str, number: str) -> None:
    text = json.dumps(TERMS | {key: "here"}).replace('"here"', number)
    status, out, err = run("quote", text)
    assert (status, out) == (2, "")
    assert (json.loads(err)["error"], json.loads(err)["field"]) == ("wrong_type", key)


def test_bytes_are_read_as_the_text_that_they_write() -> None:
    document = TERMS | {"fees": [{"name": "服务费", "amount": "1", "when": "first_installment"}]}
    text = json.dumps(document, ensure_ascii=False)
    assert run("quote", text.encode()) == run("quote", text)
    assert run("quote", text.encode())[0] == 0


@pytest.mark.parametrize("depth", [1, 100, 900, 990, 1_000, 10_000, 1_000_000])
@pytest.mark.parametrize("brackets", ["[]", '{"a":0}'])
def test_deep_nesting_is_refused_at_whatever_depth_reading_gives_up(depth: int, brackets: str) -> None:
    opening, closing = ("[", "]") if brackets == "[]" else ('{"a":', "}")
    nest = opening * depth + ("" if brackets == "[]" else "0") + closing * depth
    text = json.dumps(TERMS).replace('"12000"', nest)
    status, out, err = run("quote", text)
    assert (status, out) == (2, "")
    assert json.loads(err)["field"] in ("principal", "$")


@pytest.mark.parametrize("policy", [[], "", 0, False, 0.5, "{}"])
def test_a_policy_is_an_object_or_absent(policy: object) -> None:
    status, _, err = run("replay", json.dumps({"terms": TERMS, "policy": policy, "as_of": "2026-03-05"}))
    assert (status, json.loads(err)["field"]) == (2, "policy")


def test_an_amount_that_grows_beyond_all_bounds_is_refused() -> None:
    grows = {"installments": 1200, "annual_rate": "100000", "principal": "999999999999999.99"}
    document = TERMS | grows | {"grace": {"interest_payment": 1199, "principal": 1199, "capitalise": True}}
    status, out, err = run("quote", json.dumps(document))
    assert (status, out) == (2, "")
    refusal = {
        "error": "invalid_terms",
        "field": "$",
        "message": "These terms make no loan: an amount grows beyond all bounds.",
    }
    assert json.loads(err) == refusal
    assert json.loads(run("quote", json.dumps([document, TERMS]))[1])[0] == refusal


def test_ten_thousand_documents_are_a_list_and_one_more_is_too_many() -> None:
    assert run("quote", "[" + ",".join(["0"] * 10_000) + "]")[0] == 1
    status, out, err = run("quote", "[" + ",".join(["0"] * 10_001) + "]")
    assert (status, out) == (2, "")
    message = "This must be between 0 and 10000."
    assert json.loads(err) == {"error": "out_of_range", "field": "$", "message": message}


NOUGHTS = [17, 18, 4_000, 5_000]


@pytest.mark.parametrize(
    "number", ["-1", "1201", *(sign + "1" + "0" * count for count in NOUGHTS for sign in ("", "-"))]
)
def test_a_whole_number_of_any_size_is_out_of_range(number: str) -> None:
    status, _, err = run("quote", json.dumps(TERMS | {"installments": "here"}).replace('"here"', number))
    assert status == 2
    assert json.loads(err) == {
        "error": "out_of_range",
        "field": "installments",
        "message": "This must be between 0 and 1200.",
    }


def test_a_document_of_more_than_fifty_million_bytes_is_not_read() -> None:
    status, _, err = run("quote", b" " * 50_000_001)
    assert (status, json.loads(err)) == (
        2,
        {"error": "invalid_document", "field": "$", "message": UNREADABLE + "it is too large."},
    )
    assert run("quote", written(TERMS).ljust(50_000_000)) == run("quote", written(TERMS))


def test_reading_stops_at_the_limit_of_work() -> None:
    with pytest.raises(TooMuchWork):
        within(LIGHT, lambda: run("quote", json.dumps(TERMS | {"installments": 1200})))


def command_line(command: str, source: bytes, *arguments: str) -> tuple[int, bytes, bytes]:
    """The real process: exit status, standard output, standard error."""
    done = subprocess.run(
        [sys.executable, "main.py", command, *arguments], cwd=ROOT, input=source, capture_output=True, check=False
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("command", "source", "field", "reason"),
    [
        ("quote", b'{"currency": "\xff"}', "$", "byte 15 is not UTF-8"),
        ("quote", b"\xef\xbb\xbf{}", "$", "byte order mark"),
        ("quote", b"", "$", "not JSON (line 1, column 1)"),
        ("replay", b"[" * 100_000, "$", "nested too deeply"),
        ("replay", b'{"terms": {"currency": "\\ud800\\u202e"}}', "terms.currency", "ISO 4217"),
        ("quote", b'{"\\ud800": 1}', "\ud800", "no key"),
        ("quote", json.dumps(TERMS | {"installments": 100_000}).encode(), "installments", "between 0 and 1200"),
    ],
)
def test_the_command_refuses_with_status_2_and_one_error_object(
    command: str, source: bytes, field: str, reason: str
) -> None:
    status, out, err = command_line(command, source)
    assert (status, out) == (2, b"")
    found = json.loads(err)
    assert found["field"] == field
    assert reason in found["message"]


def test_the_command_answers_a_sound_document_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "terms.json"
    file.write_bytes(written(TERMS))
    status, out, err = command_line("quote", b"", str(file))
    assert (status, err) == (0, b"")
    assert len(json.loads(out)["rows"]) == 6


def test_a_file_that_does_not_open_is_refused_like_a_document(tmp_path: Path) -> None:
    status, out, err = command_line("quote", b"", str(tmp_path / "absent.json"))
    assert (status, out) == (2, b"")
    assert json.loads(err)["error"] == "invalid_document"


def test_terms_that_are_built_in_code_are_checked_like_those_that_are_read() -> None:
    sound = Terms.from_json(TERMS)
    with pytest.raises(EngineError) as refusal:
        sound.changed(installments=100_000)
    assert refusal.value.field == "installments"
