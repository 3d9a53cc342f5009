"""What holds for the schedule of every valid set of terms."""

import json
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from services.engine.jsonio import run
from services.engine.terms import Terms
from tests.engine.profiles import examples
from tests.engine.strategies import Document, minor, terms


def quoted(document: Document) -> Any:
    """The answer to valid terms; terms that are refused are no example."""
    status, out, err = run("quote", json.dumps(document))
    if status:
        assert json.loads(err)["error"] in {"invalid_terms", "out_of_range"}, err
        assume(False)
    return json.loads(out)


@examples(200)
@given(terms(plain=True))
def test_the_principal_column_sums_to_the_principal(document: Document) -> None:
    answer = quoted(document)
    assert sum(minor(row["principal"]) for row in answer["rows"]) == minor(document["principal"])
    assert minor(answer["rows"][-1]["balance"]) == 0


@examples(200)
@given(terms())
def test_what_is_lent_is_repaid_to_the_cent(document: Document) -> None:
    assume(document["installments"])
    document.get("grace", {}).pop("capitalise", None)
    answer = quoted(document)
    added = [fee for fee in document.get("fees", []) if fee["when"] == "disbursement_added"]
    lent = sum(minor(tranche["amount"]) for tranche in document.get("tranches", [])) + minor(document["principal"])
    repaid = sum(minor(row["principal"]) for row in answer["rows"])
    assert repaid >= lent if added else repaid == lent
    assert minor(answer["net_disbursed"]) <= lent


@examples(200)
@given(terms())
def test_every_row_follows_from_the_one_before(document: Document) -> None:
    rows = quoted(document)["rows"]
    assume(rows)
    grows = document.get("grace", {}).get("capitalise", False) or document.get("tranches")
    for before, row in pairwise(rows):
        left = minor(before["balance"]) - minor(row["principal"])
        assert minor(row["balance"]) == left or (grows and minor(row["balance"]) > left)
        assert row["n"] == before["n"] + 1
        assert row["due_on"] >= before["due_on"]
    assert minor(rows[-1]["balance"]) == 0


@examples(200)
@given(terms())
def test_no_figure_is_negative_and_totals_are_sums(document: Document) -> None:
    answer = quoted(document)
    for row in answer["rows"]:
        parts = [minor(row[name]) for name in ("principal", "interest", "fees")]
        assert min([*parts, minor(row["balance"])]) >= 0
        assert sum(parts) == minor(row["total"])
        assert row["days"] == (date.fromisoformat(row["due_on"]) - date.fromisoformat(row["from"])).days
    for name in ("principal", "interest", "fees", "total"):
        assert sum(minor(row[name]) for row in answer["rows"]) == minor(answer["totals"][name])


@examples(150)
@given(terms())
def test_the_cost_of_credit_is_interest_and_fees(document: Document) -> None:
    answer = quoted(document)
    rows, withheld = answer["rows"], 0
    assume(rows)
    if rows[0]["n"] == 0:
        withheld = minor(rows[0]["interest"])
    paid = sum(minor(row["total"]) for row in rows) - withheld
    assert minor(answer["cost_of_credit"]) == paid - minor(answer["net_disbursed"])
    assert minor(answer["cost_of_credit"]) >= 0
    if "cost_cap" in document:
        cap = minor(document["principal"]) * Decimal(document["cost_cap"]) / 100
        assert minor(answer["cost_of_credit"]) <= max(cap, fees_at_disbursement(document))


def fees_at_disbursement(document: Document) -> int:
    """Fees that are withheld or added to the principal: no cap takes them back."""
    at_once = [fee for fee in document.get("fees", []) if fee["when"].startswith("disbursement")]
    alone = dict(document, fees=at_once, annual_rate="0", cost_cap="100000")
    return minor(quoted(alone)["cost_of_credit"])


@examples(150)
@given(terms())
def test_terms_survive_being_stored(document: Document) -> None:
    quoted(document)
    read = Terms.from_json(document)
    stored = json.loads(json.dumps(read.to_json()))
    assert Terms.from_json(stored) == read


@examples(100)
@given(terms(plain=True), st.integers(1, 500))
def test_a_higher_rate_never_costs_less_interest_in_all(document: Document, hundredths: int) -> None:
    assume(document["method"] not in ("equal_installment", "flat"))
    document["rounding"] = "half_up"
    more = dict(document, annual_rate=str(Decimal(document["annual_rate"]) + Decimal(hundredths) / 100))
    assert minor(quoted(more)["totals"]["interest"]) >= minor(quoted(document)["totals"]["interest"])


@examples(100)
@given(terms(plain=True))
def test_equal_installments_are_equal_but_for_the_last(document: Document) -> None:
    assume(document["method"] == "equal_installment" and not document["unrounded"])
    document.pop("rate_changes", None)
    answer = quoted(document)
    regular = [row for row in answer["rows"][:-1] if row["n"] > 0 and minor(row["principal"])]
    assert {row["total"] for row in regular} <= {answer["installment"]}
