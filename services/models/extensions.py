"""Extensions of loans: what was asked, what was decided, what was signed."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from services.models.base import Base, Identity

_OPEN = text("closed_at IS NULL")


class ExtensionRow(Base):
    """A borrower's request for a later end of a loan. What came of it in the loan is an event of the loan's."""

    __tablename__ = "extensions"
    __table_args__ = (
        Index("uq_extensions_open_loan", "loan_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[int] = mapped_column(Identity, primary_key=True)
    reference: Mapped[str] = mapped_column(String(12), unique=True)
    loan_id: Mapped[int] = mapped_column(ForeignKey("loans.id"), index=True)
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrowers.id"), index=True)
    status: Mapped[str] = mapped_column(String(16), index=True)
    asked_kind: Mapped[str] = mapped_column(String(16))
    asked_installments: Mapped[int]
    """How many more the borrower asked for."""
    reason: Mapped[str] = mapped_column(String(24))
    requested_at: Mapped[datetime]
    decide_by: Mapped[datetime]
    valid_until: Mapped[datetime]
    """Until then it waits for the decision; once granted, for the signature."""
    decided_by: Mapped[int | None] = mapped_column(BigInteger)
    decided_at: Mapped[datetime | None]
    kind: Mapped[str | None] = mapped_column(String(16))
    installments: Mapped[int | None]
    """How many more were granted."""
    annual_rate: Mapped[str | None] = mapped_column(String(16))
    """Percent a year from the extension's day on, as decimal digits; None where the rate stays."""
    declined_because: Mapped[str | None] = mapped_column(String(32))
    agreement: Mapped[dict[str, Any] | None]
    """The old and the new plan as they were last shown for signing."""
    agreement_sha256: Mapped[str | None] = mapped_column(String(64))
    code_fingerprint: Mapped[str | None] = mapped_column(String(64))
    code_expires_at: Mapped[datetime | None]
    code_attempts: Mapped[int] = mapped_column(default=0)
    signed_at: Mapped[datetime | None]
    signed_how: Mapped[str | None] = mapped_column(String(16))
    signed_chat_id: Mapped[int | None] = mapped_column(BigInteger)
    paper_sha256: Mapped[str | None] = mapped_column(String(64))
    """Fingerprint of the signed paper's file."""
    paper_storage_key: Mapped[str | None] = mapped_column(String(64))
    event_position: Mapped[int | None]
    """Number of the event that it became in the loan's record."""
    closed_at: Mapped[datetime | None]
