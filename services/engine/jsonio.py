"""The command line's documents: JSON in, JSON out, every refusal an error object."""

import json
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import NamedTuple, TypeVar

from services.engine.errors import DOCUMENT, EngineError, InvalidDocument, InvalidTerms, OutOfRange
from services.engine.events import MOST_EVENTS, Event
from services.engine.fields import Reader, as_date, as_integer, as_list
from services.engine.policy import Policy
from services.engine.quote import quote
from services.engine.replay import explain, replay
from services.engine.state import LoanState
from services.engine.terms import Terms
from services.money import InvalidMoney

MOST_DOCUMENTS = 10_000
Result = TypeVar("Result")

LARGEST_DOCUMENT = 50_000_000
_LONGEST_INTEGER = 18
_BYTE_ORDER_MARK = "\ufeff"

OK, SOME_INVALID, INVALID = 0, 1, 2


def run(command: str, source: str | bytes) -> tuple[int, str, str]:
    """Answer a document for `quote`, `replay` or `explain`: exit status, standard output, standard error.

    Bytes are UTF-8.

    A list of documents is answered by a list, an item that is refused by its error object in its place (status 1). A
    single document that is refused leaves the output empty and its error object on standard error (status 2).
    """
    answer = _COMMANDS[command]
    try:
        document = parse(source)
        if isinstance(document, list):
            if len(document) > MOST_DOCUMENTS:
                raise OutOfRange(field=DOCUMENT, minimum=0, maximum=MOST_DOCUMENTS)
            answers = [_answer_or_error(answer, item) for item in document]
            return (SOME_INVALID if any("error" in item for item in answers) else OK), _dump(answers), ""
        return OK, _dump(_computed(answer, document)), ""
    except EngineError as refusal:
        return refused(refusal)


def refused(refusal: EngineError) -> tuple[int, str, str]:
    """Exit status, standard output and standard error of a document that is refused as a whole."""
    return INVALID, "", _dump(refusal.answer())


def parse(source: str | bytes) -> object:
    """The JSON value of a document, numbers with a fraction as Decimal. Raises InvalidDocument."""
    if len(source) > LARGEST_DOCUMENT:
        raise InvalidDocument(field=DOCUMENT, reason="it is too large")
    text = source if isinstance(source, str) else _decoded(source)
    if text.startswith(_BYTE_ORDER_MARK):
        raise InvalidDocument(field=DOCUMENT, reason="it begins with a byte order mark")
    try:
        return json.loads(
            text,
            parse_float=_number,
            parse_int=_integer,
            parse_constant=Decimal,
            object_pairs_hook=_object,
        )
    except RecursionError:
        raise InvalidDocument(field=DOCUMENT, reason="it is nested too deeply") from None
    except json.JSONDecodeError as failure:
        where = f"line {failure.lineno}, column {failure.colno}"
        raise InvalidDocument(field=DOCUMENT, reason=f"it is not JSON ({where})") from None


def quote_document(document: object) -> dict[str, object]:
    """Answer of `quote` for terms. Raises EngineError."""
    return quote(Terms.from_json(document)).to_json()


def replay_document(document: object) -> dict[str, object]:
    """Answer of `replay` for a scenario. Raises EngineError with paths from the scenario's root."""
    return replayed(document).to_json()


def replayed(document: object) -> LoanState:
    """The loan of a scenario on its date. Raises EngineError with paths from the scenario's root."""
    scenario = Reader(document)
    scenario.allow(_SCENARIO)
    return replay(*_scenario(scenario))


def explain_document(document: object) -> dict[str, object]:
    """Answer of `explain` for a scenario: how the interest of each row, or of the `installment` named, comes about.

    Raises EngineError with paths from the scenario's root.
    """
    scenario = Reader(document)
    scenario.allow((*_SCENARIO, "installment"))
    rows = explain(*_scenario(scenario))
    first, last = rows[0].n, rows[-1].n
    wanted = scenario.optional("installment", lambda value, path: as_integer(value, path, first, last))
    return {"rows": [row.to_json() for row in rows if wanted in (None, row.n)]}


class _Scenario(NamedTuple):
    terms: Terms
    policy: Policy
    events: Sequence[Event]
    as_of: date


_SCENARIO = _Scenario._fields


def _scenario(reader: Reader) -> _Scenario:
    agreed = reader.required("terms")
    terms = _within("terms", lambda: Terms.from_json(agreed))
    serviced = reader.required("policy") if reader.has("policy") else {}
    policy = _within("policy", lambda: Policy.from_json(serviced, terms.currency))

    def event(value: object, path: str) -> Event:
        return _within(path, lambda: Event.from_json(value, terms.currency))

    events = reader.optional("events", lambda value, path: as_list(value, path, event, most=MOST_EVENTS)) or ()
    return _Scenario(terms, policy, events, as_date(reader.required("as_of"), "as_of"))


_COMMANDS: dict[str, Callable[[object], dict[str, object]]] = {
    "quote": quote_document,
    "replay": replay_document,
    "explain": explain_document,
}


def _answer_or_error(answer: Callable[[object], dict[str, object]], item: object) -> dict[str, object]:
    try:
        return _computed(answer, item)
    except EngineError as refusal:
        return dict(refusal.answer())


def _computed(answer: Callable[[object], dict[str, object]], document: object) -> dict[str, object]:
    try:
        return answer(document)
    except InvalidMoney as failure:
        if failure.params["reason"] != "not_finite":
            raise
        raise InvalidTerms(field=DOCUMENT, reason="an amount grows beyond all bounds") from None


def _within(prefix: str, read: Callable[[], Result]) -> Result:
    try:
        return read()
    except EngineError as refusal:
        raise refusal.within(prefix) from None


def _decoded(source: bytes) -> str:
    try:
        return source.decode("utf-8")
    except UnicodeDecodeError as failure:
        raise InvalidDocument(field=DOCUMENT, reason=f"byte {failure.start + 1} is not UTF-8") from None


def _number(digits: str) -> Decimal:
    """A number with a fraction or an exponent; one that Decimal cannot hold is none, so that its field refuses it."""
    try:
        return Decimal(digits)
    except InvalidOperation:
        return Decimal("NaN")


def _integer(digits: str) -> int:
    """An integer, cut where it is longer than any field takes: what is left is still beyond all limits."""
    return int(digits[:_LONGEST_INTEGER])


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise InvalidDocument(field=DOCUMENT, reason="an object has the same key twice")
    return found


def _dump(value: object) -> str:
    return json.dumps(value) + "\n"
