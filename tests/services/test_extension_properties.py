"""Whatever is changed in whichever loan: nothing more is owed that day, and paying it all leaves nothing behind."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import assume, given
from hypothesis import strategies as st

from services.engine.errors import EngineError
from services.engine.events import Event, EventType
from services.engine.ledger import Account, balances
from services.engine.policy import Policy
from services.engine.terms import Terms
from services.extensions.extension_plans import Change, Kind, compare, event_of
from services.lending.loan_record import LoanRecord
from services.money import Money
from tests.engine.profiles import examples

PAID_OUT = date(2026, 1, 10)
POLICY = Policy.from_json(
    {"penalty": {"base": "overdue_principal", "multiple_of_rate": "1.5"}, "prepayment": "next_installments"}, "CNY"
)

LOANS = st.builds(
    lambda principal, rate, method, installments: Terms.from_json(
        {
            "currency": "CNY",
            "principal": str(principal),
            "annual_rate": rate,
            "disbursed_on": PAID_OUT.isoformat(),
            "installments": installments,
            "method": method,
        }
    ),
    st.integers(1000, 90_000),
    st.sampled_from(["7.2", "10.8", "12"]),
    st.sampled_from(["equal_installment", "equal_principal", "interest_only", "bullet"]),
    st.integers(1, 8),
)
CHANGES = st.builds(Change, st.sampled_from(Kind), st.integers(1, 4), st.sampled_from([None, Decimal("12.5")]))
STEPS = st.lists(st.tuples(st.integers(0, 40), st.one_of(CHANGES, st.integers(1, 200_000))), min_size=1, max_size=6)


def lived(terms: Terms, steps: list[tuple[int, Change | int]]) -> tuple[LoanRecord, date, int]:
    """The loan after payments of so many cents and changes, each so many days after the one before; how many changes
    there were."""
    record, day, changed = LoanRecord(terms, POLICY, ()), PAID_OUT, 0
    for days, step in steps:
        day += timedelta(days=days)
        state = record.state(day)
        if isinstance(step, int):
            minor = min(step, state.payoff.minor - 1)
            if minor > 0:
                record = record.after(Event(on=day, type=EventType.REPAY, amount=Money.from_minor(minor, "CNY")))
            continue
        try:
            compared = compare(record, step, day)
        except EngineError:
            continue
        record, changed = record.after(event_of(record, step, day)), changed + 1
        assert record.state(day).outstanding == state.outstanding
        principal = [sum(row.principal.minor for row in plan.rows) for plan in (compared.before, compared.after)]
        assert principal[0] == principal[1]
    return record, day, changed


@examples(100)
@given(LOANS, STEPS, st.integers(0, 60))
def test_a_changed_loan_owes_the_same_that_day_and_is_paid_off_to_the_cent(
    terms: Terms, steps: list[tuple[int, Change | int]], later: int
) -> None:
    record, day, changed = lived(terms, steps)
    assume(changed)
    day += timedelta(days=later)
    ended = record.after(Event(on=day, type=EventType.PAYOFF)).state(day)
    held = balances(ended.ledger, "CNY")
    assert not ended.outstanding.total
    assert not held[Account.LOAN_PRINCIPAL]
    assert not sum(amount.minor for amount in held.values())
