"""What a reversal leaves in the books: the money passed through suspense, and nothing else happened."""

from typing import Any

import pytest

from tests.engine.answers import ask, refusal
from tests.engine.strategies import Document

TERMS: Document = {
    "currency": "CNY",
    "principal": "6000",
    "annual_rate": "12",
    "disbursed_on": "2026-01-10",
    "installments": 6,
}
"""Six installments of 1,035.29: interest 60.00, 50.25, 40.40, 30.45, 20.40, 10.25, due on the 10th from February."""
LINE: Document = TERMS | {"method": "revolving", "installments": 0, "day_count": "actual/360"}
NOTHING = {"penalty": "0.00", "fee": "0.00", "interest": "0.00", "principal": "0.00", "unallocated": "0.00"}


def scenario(as_of: str, *events: Document, terms: Document = TERMS) -> Document:
    return {"terms": terms, "events": list(events), "as_of": as_of}


def state(as_of: str, *events: Document, terms: Document = TERMS) -> Any:
    return ask("replay", scenario(as_of, *events, terms=terms))


def event(kind: str, on: str, **details: object) -> Document:
    return {"type": kind, "on": on} | details


def postings(found: Any, *memos: str) -> list[tuple[str, str, str, str]]:
    """Day, debit, credit and amount of the entries with those memos."""
    return [(e["on"], e["debit"], e["credit"], e["amount"]) for e in found["ledger"] if e["memo"] in memos]


@pytest.mark.parametrize(
    ("undone", "amount"),
    [
        (event("repay", "2026-02-20", amount="1035.29"), "1035.29"),
        (event("prepay", "2026-02-20", amount="500"), "500.00"),
        (event("payoff", "2026-02-20"), "6077.95"),
        (event("recover", "2026-02-20", amount="70"), "70.00"),
    ],
)
def test_money_that_is_taken_back_waits_in_suspense_from_its_day_to_the_reversal(undone: Document, amount: str) -> None:
    """A payoff on 20 February is of 6,000, the 60.00 of row 1 and 10 of 28 days of the 50.25 of row 2."""
    found = state("2026-02-22", undone, event("reverse", "2026-02-22", event=0))
    assert postings(found, undone["type"], "reverse") == [
        ("2026-02-20", "cash", "borrower_suspense", amount),
        ("2026-02-22", "borrower_suspense", "cash", amount),
    ]
    assert [(made["amount"], made["allocated"]) for made in found["transactions"]] == [(amount, NOTHING)] * 2
    assert found["as_of"] == state("2026-02-22")["as_of"]


def test_a_draw_that_is_taken_back_was_owed_by_the_borrower_s_suspense() -> None:
    found = state(
        "2026-02-20",
        event("draw", "2026-02-01", amount="500"),
        event("reverse", "2026-02-15", event=0),
        terms=LINE,
    )
    assert postings(found, "draw", "reverse") == [
        ("2026-02-01", "borrower_suspense", "cash", "500.00"),
        ("2026-02-15", "cash", "borrower_suspense", "500.00"),
    ]
    assert found["as_of"]["outstanding"]["interest"] == "82.00", "41 days of 2.00"


@pytest.mark.parametrize(
    ("undone", "amount"),
    [
        (event("fee", "2026-02-20", name="visit", amount="15"), "15.00"),
        (event("waive", "2026-02-20", of="interest", amount="10"), "10.00"),
        (event("refund", "2026-02-20", amount="10"), "10.00"),
        (event("extend", "2026-02-20", installments=2), "0.00"),
        (event("write_off", "2026-02-20"), "0.00"),
    ],
)
def test_what_moved_no_money_leaves_no_posting(undone: Document, amount: str) -> None:
    found = state("2026-02-22", undone, event("reverse", "2026-02-22", event=0))
    assert postings(found, undone["type"], "reverse") == []
    assert [(made["amount"], made["allocated"]) for made in found["transactions"]] == [(amount, NOTHING)] * 2
    assert found["rows"] == state("2026-02-22")["rows"]


@pytest.mark.parametrize("places", [(0, 1), (1, 0)])
def test_a_reversal_on_the_day_of_its_event_may_be_listed_before_it(places: tuple[int, int]) -> None:
    paid = event("repay", "2026-02-15", amount="500")
    listed = [paid, event("reverse", "2026-02-15", event=places[0])]
    found = state("2026-02-20", *(listed[place] for place in places))
    assert postings(found, "repay", "reverse") == [
        ("2026-02-15", "cash", "borrower_suspense", "500.00"),
        ("2026-02-15", "borrower_suspense", "cash", "500.00"),
    ]
    assert [made["type"] for made in found["transactions"]] == ["repay", "reverse"]


def test_events_of_one_day_keep_their_order_around_a_reversal() -> None:
    listed = [
        event("reverse", "2026-02-15", event=2),
        event("fee", "2026-02-15", name="visit", amount="15"),
        event("repay", "2026-02-15", amount="500"),
        event("repay", "2026-02-15", amount="15"),
        event("reverse", "2026-02-16", event=3),
    ]
    made = state("2026-02-20", *listed)["transactions"]
    assert [(entry["type"], entry["amount"]) for entry in made] == [
        ("fee", "15.00"),
        ("repay", "500.00"),
        ("reverse", "500.00"),
        ("repay", "15.00"),
        ("reverse", "15.00"),
    ]


def test_a_reversal_of_an_earlier_day_is_played_as_it_is_listed() -> None:
    listed = [
        event("reverse", "2026-02-16", event=2),
        event("fee", "2026-02-16", name="visit", amount="15"),
        event("repay", "2026-02-15", amount="500"),
    ]
    assert [made["type"] for made in state("2026-02-20", *listed)["transactions"]] == ["repay", "reverse", "fee"]


@pytest.mark.parametrize(
    ("event_index", "events"),
    [
        (2, [event("repay", "2026-02-15", amount="5"), event("reverse", "2026-02-16", event=2)]),
        (1, [event("repay", "2026-02-15", amount="5"), event("reverse", "2026-02-16", event=1)]),
        (0, [event("repay", "2026-02-16", amount="5"), event("reverse", "2026-02-15", event=0)]),
        (
            0,
            [
                event("repay", "2026-02-15", amount="5"),
                event("reverse", "2026-02-16", event=0),
                event("reverse", "2026-02-17", event=0),
            ],
        ),
        (
            1,
            [
                event("repay", "2026-02-15", amount="5"),
                event("reverse", "2026-02-16", event=0),
                event("reverse", "2026-02-17", event=1),
            ],
        ),
    ],
)
def test_only_an_earlier_event_that_still_stands_is_reversed(event_index: int, events: list[Document]) -> None:
    assert events[-1]["event"] == event_index
    place = len(events) - 1
    assert refusal("replay", scenario("2026-02-20", *events))["field"] == f"events[{place}].event"
