"""What a lender gives up, by hand-checked figures: waivers, write-offs and what comes in after them, refunds."""

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


def state(as_of: str, *events: Document, terms: Document = TERMS, **policy: object) -> Any:
    return ask("replay", {"terms": terms, "policy": policy, "events": list(events), "as_of": as_of})


def event(kind: str, on: str, **details: object) -> Document:
    return {"type": kind, "on": on} | details


def waive(on: str, of: str, amount: str) -> Document:
    return event("waive", on, of=of, amount=amount)


def allocated(found: Any, place: int = -1) -> dict[str, str]:
    """What a transaction settled, without the components that it did not touch."""
    return {name: part for name, part in found["transactions"][place]["allocated"].items() if part != "0.00"}


def postings(found: Any, memo: str) -> list[tuple[str, str, str]]:
    """Debit, credit and amount of the entries with that memo."""
    return [(entry["debit"], entry["credit"], entry["amount"]) for entry in found["ledger"] if entry["memo"] == memo]


# -- waivers ---------------------------------------------------------------------------------------------------------


def test_waivers_of_one_row_add_up_and_give_income_back() -> None:
    found = state("2026-02-10", waive("2026-02-10", "interest", "10"), waive("2026-02-10", "interest", "15"))
    assert (found["as_of"]["due_now"]["interest"], found["as_of"]["due_now"]["principal"]) == ("35.00", "975.29")
    assert postings(found, "waive") == [
        ("interest_income", "interest_receivable", "10.00"),
        ("interest_income", "interest_receivable", "15.00"),
    ]


def test_interest_is_waived_as_far_as_it_has_accrued_the_oldest_first() -> None:
    """15 of 31 days of 60.00 are 29.03; on 25 February 60.00 are due and 15 of 28 days of 50.25 are 26.92."""
    assert allocated(state("2026-01-25", waive("2026-01-25", "interest", "50"))) == {
        "interest": "29.03",
        "unallocated": "20.97",
    }
    found = state("2026-02-25", waive("2026-02-25", "interest", "80"))
    assert allocated(found) == {"interest": "80.00"}
    assert (found["as_of"]["due_now"]["interest"], found["as_of"]["outstanding"]["interest"]) == ("0.00", "6.92")
    assert found["as_of"]["next_due"] == {"on": "2026-03-10", "amount": "1015.29"}


def test_interest_that_is_to_join_the_principal_is_not_waived() -> None:
    terms = TERMS | {"grace": {"interest_payment": 1, "capitalise": True}}
    found = state("2026-01-25", waive("2026-01-25", "interest", "50"), terms=terms)
    assert allocated(found) == {"unallocated": "50.00"}
    assert found["as_of"]["outstanding"]["interest"] == "29.03"


def test_fees_and_penalties_are_waived_from_what_was_charged() -> None:
    fee = event("fee", "2026-01-20", name="visit", amount="15", due_on="2026-03-01")
    letter = event("fee", "2026-01-20", name="letter", amount="8", counts_as="penalty")
    events = [fee, letter, waive("2026-01-25", "fee", "20"), waive("2026-01-25", "penalty", "3")]
    found = state("2026-01-25", *events)
    assert allocated(found, -2) == {"fee": "15.00", "unallocated": "5.00"}
    assert allocated(found) == {"penalty": "3.00"}
    assert found["as_of"]["outstanding"]["penalty"] == "5.00"
    assert postings(found, "waive") == [
        ("fee_income", "fee_receivable", "15.00"),
        ("penalty_income", "penalty_receivable", "3.00"),
    ]


def test_a_loan_closed_after_several_waivers_is_settled_for_less() -> None:
    given = [waive("2026-02-10", "interest", "10"), waive("2026-02-10", "interest", "10")]
    found = state("2026-02-10", *given, event("payoff", "2026-02-10"))
    assert (found["transactions"][-1]["amount"], found["as_of"]["status"]) == ("6040.00", "settled")
    nothing = waive("2026-02-10", "fee", "5")
    assert state("2026-02-10", *given, nothing, event("payoff", "2026-02-10"))["as_of"]["status"] == "settled"
    undone = [*given, event("reverse", "2026-02-10", event=0), event("reverse", "2026-02-10", event=1)]
    assert state("2026-02-10", *undone, event("payoff", "2026-02-10"))["as_of"]["status"] == "closed"


# -- after a write-off -----------------------------------------------------------------------------------------------

LOST = event("write_off", "2026-03-10")
"""6,000.00 of principal and 110.25 of interest."""


def test_every_payment_after_a_write_off_is_a_recovery() -> None:
    events = [
        event("repay", "2026-03-20", amount="100"),
        event("prepay", "2026-03-21", amount="50"),
        event("recover", "2026-03-22", amount="30"),
    ]
    found = state("2026-03-22", LOST, *events)
    assert [allocated(found, place) for place in (1, 2, 3)] == [
        {"interest": "100.00"},
        {"interest": "10.25", "principal": "39.75"},
        {"principal": "30.00"},
    ]
    assert [entry["credit"] for entry in found["ledger"][-3:]] == ["recovery_income"] * 3
    assert found["as_of"]["status"] == "written_off"


def test_a_payoff_after_a_write_off_pays_the_whole_claim() -> None:
    found = state("2026-05-01", LOST, event("payoff", "2026-05-01"))
    assert found["transactions"][-1]["amount"] == "6110.25"
    assert postings(found, "payoff") == [("cash", "recovery_income", "6110.25")]
    assert found["as_of"]["status"] == "closed"


def test_charges_after_a_write_off_raise_the_claim_and_not_the_books() -> None:
    charges = [
        event("fee", "2026-04-01", name="court", amount="30"),
        event("fee", "2026-04-02", name="bailiff", amount="12"),
        event("fee", "2026-04-02", name="letter", amount="7", counts_as="penalty"),
    ]
    found = state("2026-05-01", LOST, *charges, event("payoff", "2026-05-01"))
    assert [made["amount"] for made in found["transactions"]] == ["6110.25", "30.00", "12.00", "7.00", "6159.25"]
    assert allocated(found) == {"penalty": "7.00", "fee": "42.00", "interest": "110.25", "principal": "6000.00"}
    assert postings(found, "fee") == []


def test_waivers_after_a_write_off_shrink_the_claim_as_far_as_it_goes() -> None:
    events = [
        event("fee", "2026-04-01", name="court", amount="42"),
        waive("2026-04-03", "interest", "10"),
        waive("2026-04-03", "interest", "5"),
        waive("2026-04-04", "fee", "50"),
    ]
    found = state("2026-05-01", LOST, *events, event("payoff", "2026-05-01"))
    assert [allocated(found, place) for place in (2, 3, 4)] == [
        {"interest": "10.00"},
        {"interest": "5.00"},
        {"fee": "42.00", "unallocated": "8.00"},
    ]
    assert allocated(found) == {"interest": "95.25", "principal": "6000.00"}
    assert (found["as_of"]["status"], postings(found, "waive")) == ("settled", [])
    nothing = waive("2026-04-05", "penalty", "1")
    again = state("2026-05-01", LOST, *events, nothing, event("payoff", "2026-05-01"))
    assert again["as_of"]["status"] == "settled"


def test_a_loan_that_is_written_off_stays_overdue_until_the_claim_is_paid() -> None:
    """Fifty days after 10 February."""
    found = state("2026-04-01", LOST)["as_of"]
    assert (found["days_past_due"], found["classification"]) == (50, "special_mention")
    paid = state("2026-04-01", LOST, event("payoff", "2026-04-01"))["as_of"]
    assert (paid["days_past_due"], paid["classification"]) == (0, "normal")


def test_a_loan_is_written_off_once() -> None:
    found = state("2026-04-01", LOST, event("write_off", "2026-04-01"))
    assert found["transactions"][-1]["amount"] == "0.00"
    assert len(postings(found, "write_off")) == 2


def test_a_recovery_before_any_write_off_is_a_repayment() -> None:
    found = state("2026-02-10", event("recover", "2026-02-10", amount="1035.29"))
    assert allocated(found) == {"interest": "60.00", "principal": "975.29"}
    assert [entry["credit"] for entry in found["ledger"][-2:]] == ["interest_receivable", "loan_principal"]


# -- money kept and given back ---------------------------------------------------------------------------------------


def test_what_exceeds_the_claim_is_kept_and_no_more_than_that_is_given_back() -> None:
    events = [LOST, event("recover", "2026-04-01", amount="7000"), event("refund", "2026-04-02", amount="1000")]
    found = state("2026-04-02", *events)
    assert allocated(found, 1) == {"interest": "110.25", "principal": "6000.00", "unallocated": "889.75"}
    assert postings(found, "recover") == [
        ("cash", "recovery_income", "6110.25"),
        ("cash", "borrower_suspense", "889.75"),
    ]
    assert allocated(found) == {"unallocated": "110.25"}
    assert postings(found, "refund") == [("borrower_suspense", "cash", "889.75")]


def test_a_refund_in_part_leaves_the_loan_overpaid() -> None:
    events = [event("repay", "2026-02-10", amount="6100"), event("refund", "2026-02-10", amount="15")]
    found = state("2026-02-10", *events)
    assert allocated(found, 0)["unallocated"] == "40.00"
    assert (allocated(found), found["as_of"]["status"]) == ({}, "overpaid")
    assert state("2026-02-10", *events, events[1] | {"amount": "25"})["as_of"]["status"] == "closed"
