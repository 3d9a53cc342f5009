"""What being late adds, and where it ends, by hand-checked figures: interest on arrears, in duplum, late fees."""

from tests.engine.hand_checked import LINE, TERMS, column, event, state

# -- interest on what is really owed -----------------------------------------------------------------------------------


def test_arrears_bear_the_loan_s_rate_where_interest_follows_what_is_owed() -> None:
    events = [event("repay", "2026-02-10", amount="1035.29"), event("repay", "2026-03-25", amount="1035.29")]
    found = state("2026-04-10", *events, accrual="actual")
    assert found["rows"][2]["interest"] == "45.16", "5,024.71 for 15 days of 31 and 4,039.67 for 16"
    assert found["rows"][2]["total"] == "1035.29", "the installment stays as it is"


def test_money_paid_on_the_due_date_bears_nothing_more() -> None:
    paid = [event("repay", f"2026-{month:02}-10", amount="1035.29") for month in (2, 3, 4)]
    assert column(state("2026-04-10", *paid, accrual="actual"), "interest") == column(state("2026-04-10"), "interest")


def test_what_is_owed_after_the_last_due_date_goes_on_bearing_interest() -> None:
    terms = TERMS | {"method": "interest_only", "installments": 1}
    assert state("2026-04-10", terms=terms)["as_of"]["outstanding"]["interest"] == "60.00"
    found = state("2026-04-10", terms=terms, accrual="actual")
    assert found["as_of"]["outstanding"]["interest"] == "180.00"
    assert found["as_of"]["due_now"]["interest"] == "180.00"


# -- limits on lateness ------------------------------------------------------------------------------------------------


def test_in_duplum_stops_what_is_added_for_lateness_at_the_principal() -> None:
    terms = TERMS | {"method": "interest_only", "installments": 1, "annual_rate": "600"}
    penalty = {"annual_rate": "730"}
    assert state("2026-05-10", terms=terms, penalty=penalty)["as_of"]["outstanding"]["penalty"] == "10680.00"
    found = state("2026-05-10", terms=terms, penalty=penalty, in_duplum=True)
    assert found["as_of"]["outstanding"]["penalty"] == "3000.00", "with 3,000.00 of interest as much as the principal"


def test_interest_that_was_stopped_in_duplum_is_not_asked_for_later() -> None:
    terms = LINE | {"annual_rate": "1200"}
    stopped = state("2026-03-11", terms=terms, in_duplum=True)
    assert stopped["as_of"]["outstanding"]["interest"] == "10000.00", "60 days of 33.33 come to 20,000"
    paid = state("2026-03-11", event("repay", "2026-03-11", amount="4000"), terms=terms, in_duplum=True)
    assert paid["as_of"]["outstanding"]["interest"] == "6000.00"


def test_a_late_fee_may_come_again_with_every_later_due_date() -> None:
    fee = {"amount": "10", "after_days": 3}
    assert column(state("2026-05-20", late_fee=fee), "fees")[:4] == ["10.00"] * 4
    again = fee | {"once_per_installment": False}
    assert column(state("2026-05-20", late_fee=again), "fees")[:4] == ["40.00", "30.00", "20.00", "10.00"]
