"""A loan and a line whose figures are checked by hand, what happens to them, and what is read off."""

from typing import Any

from tests.engine.answers import ask
from tests.engine.strategies import Document

TERMS: Document = {
    "currency": "CNY",
    "principal": "6000",
    "annual_rate": "12",
    "disbursed_on": "2026-01-10",
    "installments": 6,
}
"""Six installments of 1,035.29: interest 60.00, 50.25, 40.40, 30.45, 20.40, 10.25, due on the 10th from February."""
LINE: Document = TERMS | {"method": "revolving", "installments": 0, "principal": "10000", "day_count": "actual/360"}


def state(as_of: str, *events: Document, terms: Document = TERMS, **policy: object) -> Any:
    """The replay of a loan, asked about on a day."""
    return ask("replay", {"terms": terms, "policy": policy, "events": list(events), "as_of": as_of})


def event(kind: str, on: str, **details: object) -> Document:
    """Something that happens on a day."""
    return {"type": kind, "on": on} | details


def column(found: Any, name: str) -> list[str]:
    """One figure of every row."""
    return [row[name] for row in found["rows"]]
