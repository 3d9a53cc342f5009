"""Checks of all loans by sums: what holds of every ledger whatever happened to the loan."""

from collections.abc import AsyncIterator
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from services.consistency.findings import Finding, Kind, first_rows
from services.engine.events import EventType
from services.engine.ledger import RECEIVABLE, Account
from services.lending.loan_states import LoanStatus
from services.models import InstallmentRow, LedgerEntryRow, LoanEventRow, LoanRow, PaymentRow
from services.repayment.payment_states import PaymentStatus

_BOOKED: Final = (PaymentStatus.SETTLED, PaymentStatus.REVERSED)
_OF_PAYMENTS: Final = (
    EventType.REPAY,
    EventType.PREPAY,
    EventType.PAYOFF,
    EventType.RECOVER,
    EventType.REVERSE,
)


async def ledger(session: AsyncSession) -> AsyncIterator[Finding]:
    """No claim is below nil, none is left on a loan that is over, every entry is of a known account and of its loan's
    currency, and every loan was paid out."""
    async for loan_id, account, minor, status in first_rows(session, _claims()):
        yield Finding(Kind.LEDGER, f"loan:{loan_id}", f"{account} stands at {minor} while the loan is {status}")
    async for entry_id, loan_id in first_rows(session, _foreign_entries()):
        yield Finding(Kind.LEDGER, f"loan:{loan_id}", f"entry {entry_id} has an unknown account or another currency")
    async for (loan_id,) in first_rows(session, _never_paid_out()):
        yield Finding(Kind.LEDGER, f"loan:{loan_id}", "nothing was ever booked as lent")


async def payments(session: AsyncSession) -> AsyncIterator[Finding]:
    """What came in for a payment is what was booked for it, and nothing was booked for one that did not come."""
    async for payment_id, amount, booked in first_rows(session, _booked_otherwise()):
        yield Finding(Kind.PAYMENT, f"payment:{payment_id}", f"{amount} came in, {booked} was booked")
    async for loan_id, amount, booked in first_rows(session, _booked_otherwise_in_all()):
        yield Finding(Kind.PAYMENT, f"loan:{loan_id}", f"{amount} came in by payments, {booked} was booked")
    async for payment_id, status in first_rows(session, _booked_too_soon()):
        yield Finding(Kind.PAYMENT, f"payment:{payment_id}", f"it is booked and its status is {status}")


async def due_dates(session: AsyncSession) -> AsyncIterator[Finding]:
    """The due dates by which a loan is found are those of its installments, and no installment has more than it asks
    for."""
    async for loan_id, noted, found in first_rows(session, _other_oldest()):
        yield Finding(Kind.DUE_DATES, f"loan:{loan_id}", f"unpaid since {noted} by its row, {found} by installments")
    async for loan_id, noted in first_rows(session, _next_due_nowhere()):
        yield Finding(Kind.DUE_DATES, f"loan:{loan_id}", f"next due on {noted}, where no installment is due")
    async for loan_id, number in first_rows(session, _paid_too_much()):
        yield Finding(Kind.DUE_DATES, f"loan:{loan_id}", f"installment {number} has more than it asks for")


def _claims() -> Select[*tuple[Any, ...]]:
    entry = LedgerEntryRow
    sides = union_all(
        select(entry.loan_id, entry.debit.label("account"), entry.amount_minor.label("minor")),
        select(entry.loan_id, entry.credit.label("account"), (-entry.amount_minor).label("minor")),
    ).subquery()
    both, held = sides.c, func.sum(sides.c.minor)
    impossible = or_(held < 0, and_(held != 0, LoanRow.status != LoanStatus.ACTIVE))
    return (
        select(both.loan_id, both.account, held, LoanRow.status)
        .join(LoanRow, LoanRow.id == both.loan_id)
        .where(both.account.in_(RECEIVABLE.values()))
        .group_by(both.loan_id, both.account, LoanRow.status)
        .having(impossible)
        .order_by(both.loan_id)
    )


def _foreign_entries() -> Select[*tuple[Any, ...]]:
    entry, known = LedgerEntryRow, tuple(Account)
    strange = or_(entry.debit.not_in(known), entry.credit.not_in(known), entry.currency != LoanRow.currency)
    return select(entry.id, entry.loan_id).join(LoanRow, LoanRow.id == entry.loan_id).where(strange).order_by(entry.id)


def _never_paid_out() -> Select[*tuple[Any, ...]]:
    entry = LedgerEntryRow
    lent = select(entry.id).where(entry.loan_id == LoanRow.id, entry.debit == Account.LOAN_PRINCIPAL)
    return select(LoanRow.id).where(~lent.exists()).order_by(LoanRow.id)


def _booked_otherwise() -> Select[*tuple[Any, ...]]:
    entry, event, booked = LedgerEntryRow, LoanEventRow, _cash()
    return (
        select(PaymentRow.id, PaymentRow.amount_minor, booked)
        .outerjoin(event, event.payment_id == PaymentRow.id)
        .outerjoin(entry, entry.event_id == event.id)
        .where(PaymentRow.status.in_(_BOOKED), PaymentRow.loan_id.not_in(_rebooked()))
        .group_by(PaymentRow.id, PaymentRow.amount_minor)
        .having(booked != PaymentRow.amount_minor)
        .order_by(PaymentRow.id)
    )


def _booked_otherwise_in_all() -> Select[*tuple[Any, ...]]:
    """Where a payment was booked anew, the entries of one event hold what it changed of others as well."""
    entry, event, payment = LedgerEntryRow, LoanEventRow, PaymentRow
    came = select(func.coalesce(func.sum(payment.amount_minor), 0)).where(
        payment.loan_id == LoanRow.id, payment.status == PaymentStatus.SETTLED
    )
    moved = select(_cash()).join(event, event.id == entry.event_id).where(event.kind.in_(_OF_PAYMENTS))
    in_all, booked = came.scalar_subquery(), moved.where(entry.loan_id == LoanRow.id).scalar_subquery()
    differs = select(LoanRow.id, in_all, booked).where(LoanRow.id.in_(_rebooked()), in_all != booked)
    return differs.order_by(LoanRow.id)


def _cash() -> ColumnElement[int]:
    entry, cash = LedgerEntryRow, Account.CASH
    signed = case((entry.debit == cash, entry.amount_minor), (entry.credit == cash, -entry.amount_minor), else_=0)
    return func.coalesce(func.sum(signed), 0)


def _rebooked() -> Select[int]:
    """Loans with a payment that was booked anew."""
    return select(LoanEventRow.loan_id).where(LoanEventRow.rebooked_payment_id.is_not(None))


def _booked_too_soon() -> Select[*tuple[Any, ...]]:
    event = LoanEventRow
    query = select(PaymentRow.id, PaymentRow.status).join(event, event.payment_id == PaymentRow.id).distinct()
    return query.where(PaymentRow.status.not_in(_BOOKED)).order_by(PaymentRow.id)


def _other_oldest() -> Select[*tuple[Any, ...]]:
    row = InstallmentRow
    oldest = (
        select(func.min(row.due_on))
        .where(row.loan_id == LoanRow.id, row.settled_on.is_(None))
        .correlate(LoanRow)
        .scalar_subquery()
    )
    differs = LoanRow.oldest_unpaid_due_on.is_distinct_from(oldest)
    query = select(LoanRow.id, LoanRow.oldest_unpaid_due_on, oldest)
    return query.where(LoanRow.status == LoanStatus.ACTIVE, differs).order_by(LoanRow.id)


def _next_due_nowhere() -> Select[*tuple[Any, ...]]:
    row = InstallmentRow
    there = select(row.id).where(row.loan_id == LoanRow.id, row.settled_on.is_(None), row.due_on == LoanRow.next_due_on)
    query = select(LoanRow.id, LoanRow.next_due_on).where(LoanRow.status == LoanStatus.ACTIVE)
    return query.where(LoanRow.next_due_on.is_not(None), ~there.exists()).order_by(LoanRow.id)


def _paid_too_much() -> Select[*tuple[Any, ...]]:
    row = InstallmentRow
    wrong = or_(row.paid_minor > row.due_minor, row.paid_minor < 0)
    return select(row.loan_id, row.number).where(wrong).order_by(row.loan_id, row.number)
