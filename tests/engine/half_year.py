"""Terms of half a year, valid as they stand, that tests change in one place."""

from tests.engine.strategies import Document

TERMS: Document = {
    "currency": "CNY",
    "principal": "12000",
    "annual_rate": "12",
    "disbursed_on": "2026-03-05",
    "installments": 6,
}


def fee(when: str, **details: str) -> Document:
    """The part of the terms that asks for one fee."""
    return {"fees": [{"name": "f", "when": when} | details]}
