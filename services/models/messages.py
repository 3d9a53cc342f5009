"""The outbox: every message the bot owes somebody, written in the transaction that makes it owed."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from services.models.base import Base, Identity


class OutboxRow(Base):
    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_status_next_attempt", "status", "next_attempt_at"),
        Index("ix_outbox_borrower_status", "borrower_id", "status"),
        Index("ix_outbox_handoff_status", "handoff_id", "status"),
    )

    id: Mapped[int] = mapped_column(Identity, primary_key=True)
    dedupe_key: Mapped[str] = mapped_column(String(128), unique=True)
    """Names the occasion, so that the same message is owed once however often it is planned."""
    kind: Mapped[str] = mapped_column(String(48))
    message_class: Mapped[str] = mapped_column(String(16))
    """`service` goes at any hour; `reminder` and `dunning` wait for the contact window; `desk` is for officers;
    `upkeep` changes what was sent."""
    borrower_id: Mapped[int | None] = mapped_column(ForeignKey("borrowers.id"))
    """None for a message to the officers' desk."""
    loan_id: Mapped[int | None] = mapped_column(ForeignKey("loans.id"), index=True)
    handoff_id: Mapped[int | None] = mapped_column(ForeignKey("handoffs.id"))
    params: Mapped[dict[str, Any]]
    """Typed values in plain JSON, see `services.messages.message_params`."""
    status: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    next_attempt_at: Mapped[datetime]
    claimed_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    telegram_message_id: Mapped[int | None] = mapped_column(BigInteger)
    failure: Mapped[str | None] = mapped_column(String(128))
