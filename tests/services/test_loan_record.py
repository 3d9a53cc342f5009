"""The record of a loan, its ledger and its installments always agree with one replay."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from services.db import Database
from services.engine.events import Event, EventType
from services.engine.policy import Component
from services.errors import DomainError, NotFound
from services.lending import loan_record
from services.lending.loan_states import LoanStatus
from services.messages.outbox import MessageClass, enqueue
from services.models import InstallmentRow, LedgerEntryRow, LoanEventRow, LoanRow, OutboxRow
from services.money import Money
from services.repayment.payment_views import Aim
from tests.builders import cny
from tests.services.desk import MANAGER
from tests.services.lending import Lending, open_lending


@pytest.fixture
def lending(database: Database) -> Lending:
    return open_lending(database)


async def record(lending: Lending, loan_id: int, event: Event) -> None:
    async with lending.database.transaction() as session:
        loan = await loan_record.lock_loan(session, loan_id)
        await loan_record.record(session, loan, event, lending.clock.now())


async def accrue(lending: Lending, loan_id: int) -> None:
    async with lending.database.transaction() as session:
        loan = await loan_record.lock_loan(session, loan_id)
        await loan_record.accrue(session, loan, lending.today, lending.clock.now())


async def assert_agreement(lending: Lending, borrower: int, loan_id: int) -> None:
    """What the borrower sees today is what the ledger and the installments hold."""
    await accrue(lending, loan_id)
    view = await lending.loans.get(borrower, loan_id)
    held = await lending.loans.trial_balance(loan_id)
    assert sum(amount.minor for amount in held.values()) == 0
    assert held["loan_principal"] == view.outstanding.principal
    assert held["interest_receivable"] == view.outstanding.interest
    assert held["fee_receivable"] == view.outstanding.fees
    assert held["penalty_receivable"] == view.outstanding.penalty
    assert -held["borrower_suspense"] == view.surplus
    async with lending.database.reading() as session:
        rows = (await session.scalars(select(InstallmentRow).where(InstallmentRow.loan_id == loan_id))).all()
        loan = await session.get_one(LoanRow, loan_id)
    assert {row.number: (row.due_on, row.due_minor, row.paid_minor, row.settled_on) for row in rows} == {
        row.number: (row.due_on, row.total.minor, row.paid.minor, row.settled_on) for row in view.rows
    }
    unpaid = [row.due_on for row in view.rows if row.settled_on is None]
    assert loan.oldest_unpaid_due_on == min(unpaid, default=None)
    assert (loan.status == LoanStatus.ACTIVE) == bool(unpaid) or loan.status == LoanStatus.WRITTEN_OFF


@dataclass(frozen=True)
class Entry:
    debit: str
    credit: str
    amount_minor: int
    memo: str


Act: TypeAlias = tuple[str, int, int]

acts = st.lists(
    st.tuples(
        st.sampled_from(["wait", "due", "other", "early", "transfer", "reverse", "waive", "fee", "accrue", "payoff"]),
        st.integers(min_value=1, max_value=4000),
        st.integers(min_value=0, max_value=45),
    ),
    min_size=1,
    max_size=10,
)
products = st.sampled_from(
    [
        ("personal", "5000", 6, "equal_installment"),
        ("personal", "12000", 3, "equal_principal"),
        ("personal", "3000", 12, "interest_only"),
        ("farm", "20000", 12, "custom"),
        ("business", "30000", 6, "equal_installment"),
    ]
)


@given(product=products, acts=acts)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_every_figure_shown_equals_the_ledgers(
    database: Database, product: tuple[str, str, int, str], acts: list[Act]
) -> None:
    lending = open_lending(database)
    borrower = await lending.borrower()
    code, amount, term, method = product
    loan = await lending.loan(borrower, product=code, amount=amount, term=term, method=method)
    settled: list[int] = []
    for kind, minor_hundreds, days in acts:
        await act(lending, borrower, loan.id, kind, Money.from_minor(minor_hundreds * 100, "CNY"), days, settled)
        await assert_agreement(lending, borrower, loan.id)


async def act(
    lending: Lending, borrower: int, loan_id: int, kind: str, amount: Money, days: int, settled: list[int]
) -> None:
    view = await lending.loans.get(borrower, loan_id)
    match kind:
        case "wait":
            lending.wait_days(days)
        case "accrue":
            lending.wait_days(1)
            await accrue(lending, loan_id)
        case "fee":
            await record(lending, loan_id, Event(on=lending.today, type=EventType.FEE, name="letter", amount=amount))
        case "waive":
            waiver = Event(on=lending.today, type=EventType.WAIVE, of=Component.PENALTY, amount=amount)
            await record(lending, loan_id, waiver)
        case "reverse" if settled:
            await lending.reversals.reverse(MANAGER, settled.pop(days % len(settled)))
        case "due" | "other" | "early" | "payoff" | "transfer" if view.payoff:
            aim = Aim.OTHER if kind == "transfer" else Aim(kind)
            payment = await lending.repayments.open(borrower, loan_id, aim, min(amount, view.payoff))
            settled.append(payment.id)
            if kind == "transfer":
                received_on = max(view.disbursed_on, lending.today - timedelta(days=days))
                await lending.repayments.confirm_transfer(MANAGER, payment.id, received_on, amount)
            else:
                await lending.repayments.confirm(payment.reference, f"TG{payment.id}", payment.amount.minor, "CNY")


async def test_a_second_accrual_on_the_same_day_posts_nothing(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    lending.wait_days(12)
    assert await lending.loans.accrue_all() == 1
    before = await entries(lending, loan.id)
    await lending.loans.accrue_all()
    assert await entries(lending, loan.id) == before
    assert (await lending.loans.trial_balance(loan.id))["interest_receivable"] > cny("0")


async def test_a_payment_is_an_accrual_and_then_a_movement_of_cash(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower, amount="5000", term=6)
    lending.go_to(loan.first_due_on)
    payment = await lending.repayments.open(borrower, loan.id, Aim.DUE)
    await lending.repayments.confirm(payment.reference, "TG1", payment.amount.minor, "CNY")
    posted = [(row.debit, row.credit, row.amount_minor, row.memo) for row in (await entries(lending, loan.id)).values()]
    accrued = [row for row in posted if row[3] == "accrual"]
    assert [row for row in posted if row not in accrued] == [
        ("loan_principal", "cash", 500000, "disbursement"),
        ("cash", "loan_principal", 81478, "repay"),
        ("cash", "interest_receivable", 4500, "repay"),
    ]
    assert {row[:2] for row in accrued} == {("interest_receivable", "interest_income")}
    assert sum(row[2] for row in accrued) == 4500
    assert len(accrued) == 30


async def test_a_payment_found_days_later_takes_back_the_penalty_that_was_not_due(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    lending.go_to(loan.first_due_on)
    payment = await lending.repayments.open(borrower, loan.id, Aim.DUE)
    await lending.repayments.choose_transfer(borrower, payment.id)
    lending.wait_days(5)
    await lending.loans.accrue_all()
    assert (await lending.loans.trial_balance(loan.id))["penalty_receivable"] > cny("0")
    await lending.repayments.confirm_transfer(MANAGER, payment.id, received_on=loan.first_due_on)
    held = await lending.loans.trial_balance(loan.id)
    assert not held["penalty_receivable"]
    assert not held["penalty_income"]
    assert (await lending.loans.get(borrower, loan.id)).days_past_due == 0


async def test_a_reversal_opens_the_loan_again_and_keeps_every_entry(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    lending.wait_days(3)
    payment = await lending.repayments.open(borrower, loan.id, Aim.PAYOFF)
    await lending.repayments.confirm(payment.reference, "TG1", payment.amount.minor, "CNY")
    before = await entries(lending, loan.id)
    assert (await lending.loans.get(borrower, loan.id)).status is LoanStatus.CLOSED
    await lending.reversals.reverse(MANAGER, payment.id)
    after = await entries(lending, loan.id)
    assert {key: after[key] for key in before} == before
    assert len(after) > len(before)
    view = await lending.loans.get(borrower, loan.id)
    assert view.status is LoanStatus.ACTIVE
    assert view.closed_on is None
    assert not view.certificate_available
    assert view.outstanding.principal == cny("5000")


async def test_paying_withdraws_the_notices_that_wait(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    async with lending.database.transaction() as session:
        await enqueue(
            session,
            now=lending.clock.now(),
            kind="reminder",
            borrower_id=borrower,
            message_class=MessageClass.REMINDER,
            params={},
            dedupe_key="reminder",
            loan_id=loan.id,
        )
    payment = await lending.repayments.open(borrower, loan.id, Aim.DUE)
    await lending.repayments.confirm(payment.reference, "TG1", payment.amount.minor, "CNY")
    async with lending.database.reading() as session:
        status = await session.scalar(select(OutboxRow.status).where(OutboxRow.dedupe_key == "reminder"))
    assert status == "withdrawn"


async def test_an_event_that_cannot_be_recorded_leaves_nothing_behind(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    before = await entries(lending, loan.id)
    lending.wait_days(4)
    with pytest.raises(DomainError):
        await record(lending, loan.id, Event(on=lending.today, type=EventType.REVERSE, event=7))
    assert await entries(lending, loan.id) == before
    async with lending.database.reading() as session:
        assert (await session.scalars(select(LoanEventRow))).all() == []


async def test_the_loan_of_somebody_else_cannot_be_locked(lending: Lending) -> None:
    loan = await lending.loan(await lending.borrower())
    stranger = await lending.borrower()
    async with lending.database.transaction() as session:
        with pytest.raises(NotFound):
            await loan_record.lock_loan(session, loan.id, stranger)


async def entries(lending: Lending, loan_id: int) -> dict[int, Entry]:
    async with lending.database.reading() as session:
        rows = await session.scalars(
            select(LedgerEntryRow).where(LedgerEntryRow.loan_id == loan_id).order_by(LedgerEntryRow.id)
        )
        return {row.id: Entry(row.debit, row.credit, row.amount_minor, row.memo) for row in rows}
