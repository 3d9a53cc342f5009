"""The outbox: every message the bot owes somebody, written in the transaction that makes it owed."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, TextClause, text
from sqlalchemy.orm import Mapped, mapped_column

from services.models.base import Base, Identity

_DESK = text("status = 'pending' AND message_class IN ('desk')")
_SERVICE = text("status = 'pending' AND message_class IN ('service')")
_BULK = text("status = 'pending' AND message_class IN ('reminder', 'dunning', 'upkeep')")
_CLAIMED = text("status = 'claimed'")
_SENT = text("sent_at IS NOT NULL")


def _partial(name: str, *columns: str, where: TextClause) -> Index:
    return Index(name, *columns, sqlite_where=where, postgresql_where=where)


class OutboxRow(Base):
    __tablename__ = "outbox"
    __table_args__ = (
        _partial("ix_outbox_due_desk", "next_attempt_at", "id", where=_DESK),
        _partial("ix_outbox_due_service", "next_attempt_at", "id", where=_SERVICE),
        _partial("ix_outbox_due_bulk", "next_attempt_at", "id", where=_BULK),
        _partial("ix_outbox_claimed", "claimed_at", where=_CLAIMED),
        _partial("ix_outbox_sent_at", "sent_at", where=_SENT),
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
    claimed_by: Mapped[str | None] = mapped_column(String(32))
    """The sender that claimed it last, by the name that it gave itself."""
    sent_at: Mapped[datetime | None]
    telegram_message_id: Mapped[int | None] = mapped_column(BigInteger)
    failure: Mapped[str | None] = mapped_column(String(128))
