"""Loans, what happened to them, what is due, and the money that moved."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from services.models.base import Base, Identity


class LoanRow(Base):
    """A loan is its terms, its policy and its events; every figure is replayed from those.

    `next_due_on` and `oldest_unpaid_due_on` repeat what a replay says, so that one query finds whose day has come.
    """

    __tablename__ = "loans"

    id: Mapped[int] = mapped_column(Identity, primary_key=True)
    reference: Mapped[str] = mapped_column(String(12), unique=True)
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrowers.id"), index=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"), unique=True)
    offer_id: Mapped[int] = mapped_column(ForeignKey("offers.id"), unique=True)
    product_code: Mapped[str] = mapped_column(String(32))
    product_version: Mapped[int]
    status: Mapped[str] = mapped_column(String(16), index=True)
    currency: Mapped[str] = mapped_column(String(3))
    terms: Mapped[dict[str, Any]]
    policy: Mapped[dict[str, Any]]
    disbursed_on: Mapped[date]
    disbursed_by: Mapped[int] = mapped_column(BigInteger)
    payout_reference: Mapped[str | None] = mapped_column(String(64), unique=True)
    next_due_on: Mapped[date | None] = mapped_column(index=True)
    oldest_unpaid_due_on: Mapped[date | None] = mapped_column(index=True)
    created_at: Mapped[datetime]
    closed_on: Mapped[date | None]
    certificate_reference: Mapped[str | None] = mapped_column(String(12), unique=True)
    certificate_sha256: Mapped[str | None] = mapped_column(String(64))
    certificate_storage_key: Mapped[str | None] = mapped_column(String(64))


class LoanEventRow(Base):
    """One thing that happened to a loan, in the engine's own form. Only ever inserted."""

    __tablename__ = "loan_events"
    __table_args__ = (
        UniqueConstraint("loan_id", "position"),
        UniqueConstraint("payment_id", "kind"),
    )

    id: Mapped[int] = mapped_column(Identity, primary_key=True)
    loan_id: Mapped[int] = mapped_column(ForeignKey("loans.id"))
    position: Mapped[int]
    """0 for the first event of the loan; `reverse` names this number."""
    effective_on: Mapped[date]
    kind: Mapped[str] = mapped_column(String(16))
    event: Mapped[dict[str, Any]]
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payments.id"))
    """The payment that brought the money. One that closes the loan and leaves a surplus is two events."""
    rebooked_payment_id: Mapped[int | None] = mapped_column(Identity)
    """The payment whose money is booked anew, once what it had become was reversed: `payment_id` names each payment
    once. No foreign key, which could not be added beside a bot that is at work."""
    recorded_at: Mapped[datetime]


_UNPAID = text("settled_on IS NULL")


class InstallmentRow(Base):
    """A schedule row as the last replay saw it, for finding due dates; rewritten whenever an event is recorded."""

    __tablename__ = "installments"
    __table_args__ = (
        UniqueConstraint("loan_id", "number"),
        Index("ix_installments_unpaid_due", "due_on", "loan_id", sqlite_where=_UNPAID, postgresql_where=_UNPAID),
        Index("ix_installments_unpaid_loan", "loan_id", "due_on", sqlite_where=_UNPAID, postgresql_where=_UNPAID),
    )

    id: Mapped[int] = mapped_column(Identity, primary_key=True)
    loan_id: Mapped[int] = mapped_column(ForeignKey("loans.id"))
    number: Mapped[int]
    due_on: Mapped[date]
    due_minor: Mapped[int] = mapped_column(BigInteger)
    """What the row asks for in all, without penalties."""
    paid_minor: Mapped[int] = mapped_column(BigInteger)
    settled_on: Mapped[date | None]


class LedgerEntryRow(Base):
    """A positive amount moved from one account to another. Only ever inserted; a correction is a reversal."""

    __tablename__ = "ledger_entries"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="positive"),
        CheckConstraint("debit <> credit", name="two_accounts"),
        Index("ix_ledger_entries_loan_effective", "loan_id", "effective_on"),
        Index("ix_ledger_entries_effective_on", "effective_on", "id"),
        Index("ix_ledger_entries_recorded_at", "recorded_at", "id"),
    )

    id: Mapped[int] = mapped_column(Identity, primary_key=True)
    loan_id: Mapped[int] = mapped_column(ForeignKey("loans.id"))
    event_id: Mapped[int | None] = mapped_column(ForeignKey("loan_events.id"))
    effective_on: Mapped[date]
    recorded_at: Mapped[datetime]
    debit: Mapped[str] = mapped_column(String(32))
    credit: Mapped[str] = mapped_column(String(32))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    memo: Mapped[str] = mapped_column(String(64))


class AccrualForecastRow(Base):
    """What the days from `since`, which the ledger had reached, to `until` bring a loan if nothing happens to it.

    Each list has a place for every day, minor units; it is empty where that is nothing on any of them. The loan's next
    event deletes the row.
    """

    __tablename__ = "accrual_forecasts"

    loan_id: Mapped[int] = mapped_column(ForeignKey("loans.id"), primary_key=True, autoincrement=False)
    since: Mapped[date]
    until: Mapped[date]
    interest: Mapped[list[Any]]
    """What the day adds to the interest that is owed, nothing on the first; `fees` and `penalty` likewise."""
    fees: Mapped[list[Any]]
    penalty: Mapped[list[Any]]
    due: Mapped[list[Any]]
    """All that is due and unpaid at the end of the day, `penalty_due` the penalty in it."""
    penalty_due: Mapped[list[Any]]


class PaymentRow(Base):
    """Money a borrower means to pay, or has paid, and how we know."""

    __tablename__ = "payments"

    id: Mapped[int] = mapped_column(Identity, primary_key=True)
    reference: Mapped[str] = mapped_column(String(12), unique=True)
    loan_id: Mapped[int] = mapped_column(ForeignKey("loans.id"), index=True)
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrowers.id"), index=True)
    aim: Mapped[str] = mapped_column(String(16))
    channel: Mapped[str | None] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(24), index=True)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    opened_at: Mapped[datetime]
    valid_until: Mapped[datetime]
    provider_reference: Mapped[str | None] = mapped_column(String(128), unique=True)
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[int | None] = mapped_column(BigInteger)
    rejected_because: Mapped[str | None] = mapped_column(String(32))
