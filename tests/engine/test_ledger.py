"""The postings of a loan."""

from datetime import date
from typing import Any

from services.engine import Event, Policy, Terms, replay
from services.engine.ledger import Account, Ledger, balances
from services.money import Money
from tests.engine.strategies import Document

DAY = date(2026, 1, 10)
TERMS: Document = {
    "currency": "CNY",
    "principal": "6000",
    "annual_rate": "12",
    "disbursed_on": "2026-01-10",
    "installments": 6,
}


def test_a_negative_amount_is_posted_the_other_way_round_and_nought_not_at_all() -> None:
    ledger = Ledger("CNY")
    ledger.post(DAY, Account.CASH, Account.LOAN_PRINCIPAL, -500)
    ledger.post(DAY, Account.CASH, Account.LOAN_PRINCIPAL, 0)
    ledger.post(DAY, Account.CASH, Account.LOAN_PRINCIPAL, 1)
    assert [(entry.debit, entry.credit, entry.amount.minor) for entry in ledger.entries] == [
        (Account.LOAN_PRINCIPAL, Account.CASH, 500),
        (Account.CASH, Account.LOAN_PRINCIPAL, 1),
    ]


def test_balances_are_debits_less_credits() -> None:
    ledger = Ledger("CNY")
    for minor in (500, 250):
        ledger.post(DAY, Account.LOAN_PRINCIPAL, Account.CASH, minor)
    ledger.post(DAY, Account.CASH, Account.LOAN_PRINCIPAL, 100)
    found = balances(ledger.entries, "CNY")
    assert found[Account.LOAN_PRINCIPAL] == Money.of("6.50", "CNY")
    assert found[Account.CASH] == Money.of("-6.50", "CNY")
    assert found[Account.LOSS] == Money.zero("CNY")


def test_each_posting_knows_its_day_its_reason_and_the_event_behind_it() -> None:
    paid = Event.from_json({"on": "2026-02-10", "type": "repay", "amount": "1035.29"}, "CNY")
    loan = replay(Terms.from_json(TERMS), Policy(), [paid], date(2026, 2, 20))
    assert [(entry.on.isoformat(), entry.memo, entry.event) for entry in loan.ledger] == [
        ("2026-01-10", "disbursement", None),
        ("2026-02-10", "accrual", None),
        ("2026-02-10", "repay", 0),
        ("2026-02-10", "repay", 0),
        ("2026-02-20", "accrual", None),
    ]


def test_an_entry_is_written_as_the_contract_says() -> None:
    ledger = Ledger("CNY")
    ledger.post(DAY, Account.LOAN_PRINCIPAL, Account.CASH, 600_000)
    written: dict[str, Any] = ledger.entries[0].to_json()
    assert written == {
        "on": "2026-01-10",
        "debit": "loan_principal",
        "credit": "cash",
        "amount": "6000.00",
        "memo": "disbursement",
    }
