"""What a quote discloses beside its rows: the rates of the flows that it shows, what is received and what it costs."""

from datetime import date
from decimal import Context, Decimal, localcontext
from typing import Any

import pytest
from hypothesis import assume, given

from tests.engine.answers import ask
from tests.engine.profiles import examples
from tests.engine.strategies import Document, minor, terms
from tests.engine.test_quote_properties import quoted

TERMS: Document = {
    "currency": "CNY",
    "principal": "12000",
    "annual_rate": "12",
    "disbursed_on": "2026-01-10",
    "installments": 12,
}
RATES = ("apr", "apr_nominal", "irr_monthly")


def flows_of(answer: Any) -> list[tuple[Any, int]]:
    """The rows with what the borrower pays on their due dates; interest of row 0 is withheld, not paid."""
    return [
        (row, minor(row["total"]) - (minor(row["interest"]) if row["n"] == 0 else 0))
        for row in answer["rows"]
        if row["total"] != "0"
    ]


def worth(flows: list[tuple[Decimal, int]], rate: Decimal) -> Decimal:
    """The payments, each at a time in years or months, discounted at so many percent a year or month."""
    return sum((amount / (1 + rate / 100) ** time for time, amount in flows), start=Decimal(0))


def years(document: Document, due_on: date) -> Decimal:
    """Years from the disbursement: twelfths for whole months where the unit is the month, else days over 365."""
    start = date.fromisoformat(document["disbursed_on"])
    if document.get("unit", "month") == "month" and due_on.day == start.day:
        return Decimal(12 * (due_on.year - start.year) + due_on.month - start.month) / 12
    return Decimal((due_on - start).days) / 365


def balances_the_flows(flows: list[tuple[Decimal, int]], net: int, rate: str, half: Decimal) -> bool:
    """Whether the rate that the payments are worth `net` at lies within half a digit of the one that is printed."""
    with localcontext(Context(prec=60)):
        slack = Decimal("1e-30") * max(1, net)
        return worth(flows, Decimal(rate) + half) - slack <= net <= worth(flows, Decimal(rate) - half) + slack


@examples(100)
@given(terms())
def test_at_the_annual_rate_the_payments_are_worth_what_is_received(document: Document) -> None:
    answer = quoted(document)
    assume(answer["apr"] is not None)
    flows = [(years(document, date.fromisoformat(row["due_on"])), amount) for row, amount in flows_of(answer)]
    later = [(tranche["on"], minor(tranche["amount"])) for tranche in document.get("tranches", ())]
    flows += [(years(document, date.fromisoformat(on)), -amount) for on, amount in later]
    at_once = minor(answer["net_disbursed"]) - sum(amount for _, amount in later)
    assert balances_the_flows(flows, at_once, answer["apr"], Decimal("0.00005"))


@examples(100)
@given(terms())
def test_at_the_monthly_rate_the_payments_are_worth_what_is_received(document: Document) -> None:
    document.pop("tranches", None)
    answer = quoted(document)
    assume(answer["irr_monthly"] is not None)
    flows = [(Decimal(row["n"] * document.get("every", 1)), amount) for row, amount in flows_of(answer)]
    assert balances_the_flows(flows, minor(answer["net_disbursed"]), answer["irr_monthly"], Decimal("0.0000005"))


def test_a_down_payment_is_a_smaller_loan() -> None:
    bought, borrowed = ask("quote", TERMS | {"down_payment": "20"}), ask("quote", TERMS | {"principal": "9600"})
    assert [row["total"] for row in bought["rows"]] == ["2400.00", *(row["total"] for row in borrowed["rows"])]
    assert [bought[rate] for rate in RATES] == [borrowed[rate] for rate in RATES]
    assert bought["cost_of_credit"] == borrowed["cost_of_credit"]


@pytest.mark.parametrize("method", ["equal_principal", "interest_only", "flat", "bullet"])
def test_fees_of_the_installments_cost_as_interest_does(method: str) -> None:
    free = {"annual_rate": "0", "method": method}
    fee = {"name": "service", "amount": "60", "when": "every_installment"}
    answer = ask("quote", TERMS | free | {"fees": [fee]})
    assert answer["totals"] == {"principal": "12000.00", "interest": "0.00", "fees": "720.00", "total": "12720.00"}
    assert answer["cost_of_credit"] == "720.00"
    if method == "flat":
        interest = ask("quote", TERMS | {"annual_rate": "6", "method": "flat"})
        assert [answer[rate] for rate in RATES] == [interest[rate] for rate in RATES]


def test_interest_withheld_at_disbursement_is_not_paid_again() -> None:
    broken = {"first_due_on": "2026-02-25", "broken_period": "at_disbursement"}
    answer = ask("quote", TERMS | broken)
    assert answer["rows"][0] | {"interest": "58.06", "total": "58.06"} == answer["rows"][0]
    assert (answer["net_disbursed"], answer["irr_monthly"]) == ("11941.94", "1.076856")
    assert answer["cost_of_credit"] == str(Decimal(answer["totals"]["interest"]))
