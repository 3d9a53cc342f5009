"""Revolving lines: the limit within which a loan is drawn on again, and each further draw."""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from services.models.base import Base, Identity


class CreditLineRow(Base):
    """What makes a loan a line: how much of principal may be outstanding, and until when it may be drawn."""

    __tablename__ = "credit_lines"

    loan_id: Mapped[int] = mapped_column(ForeignKey("loans.id"), primary_key=True, autoincrement=False)
    limit_minor: Mapped[int] = mapped_column(BigInteger)
    minimum_draw_minor: Mapped[int] = mapped_column(BigInteger)
    valid_until: Mapped[date]
    """The last due date: what is drawn then falls due, and nothing more is paid out from that day on."""
    blocked_at: Mapped[datetime | None]
    blocked_by: Mapped[int | None] = mapped_column(BigInteger)


class DrawRow(Base):
    """A draw from asking to payout. The loan's event is written when it is paid out, not before."""

    __tablename__ = "draws"

    id: Mapped[int] = mapped_column(Identity, primary_key=True)
    reference: Mapped[str] = mapped_column(String(12), unique=True)
    loan_id: Mapped[int] = mapped_column(ForeignKey("loans.id"), index=True)
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrowers.id"), index=True)
    status: Mapped[str] = mapped_column(String(16), index=True)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    opened_at: Mapped[datetime]
    valid_until: Mapped[datetime]
    """Until then the borrower may confirm it."""
    code_fingerprint: Mapped[str | None] = mapped_column(String(64))
    code_expires_at: Mapped[datetime | None]
    code_attempts: Mapped[int] = mapped_column(default=0)
    confirmed_at: Mapped[datetime | None]
    confirmed_how: Mapped[str | None] = mapped_column(String(16))
    closed_at: Mapped[datetime | None]
    """When it was paid out, cancelled, refused or given up."""
    paid_out_on: Mapped[date | None]
    paid_out_by: Mapped[int | None] = mapped_column(BigInteger)
    payout_reference: Mapped[str | None] = mapped_column(String(64), unique=True)
    event_position: Mapped[int | None]
    """Of the loan's event that the payout became."""
