"""What needs a human: handoffs, the conversation an officer has through the bot, and the officers' acts."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.models.base import Base, Identity


class HandoffRow(Base):
    __tablename__ = "handoffs"
    __table_args__ = (Index("ix_handoffs_borrower_status", "borrower_id", "status"),)

    id: Mapped[int] = mapped_column(Identity, primary_key=True)
    reference: Mapped[str] = mapped_column(String(12), unique=True)
    kind: Mapped[str] = mapped_column(String(24))
    status: Mapped[str] = mapped_column(String(16), index=True)
    dedupe_key: Mapped[str | None] = mapped_column(String(96), unique=True)
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrowers.id"))
    application_id: Mapped[int | None] = mapped_column(ForeignKey("applications.id"), index=True)
    loan_id: Mapped[int | None] = mapped_column(ForeignKey("loans.id"), index=True)
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payments.id"), index=True)
    text_sealed: Mapped[bytes | None]
    """What the borrower wrote: the question, the complaint, the hardship."""
    details: Mapped[dict[str, Any]]
    opened_at: Mapped[datetime]
    claimed_by: Mapped[int | None] = mapped_column(BigInteger)
    claimed_at: Mapped[datetime | None]
    talking: Mapped[bool] = mapped_column(default=False)
    """True while an officer speaks with the borrower through the bot and the bot itself keeps quiet."""
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[int | None] = mapped_column(BigInteger)


class DeskMessageRow(Base):
    """A message in an officers' chat that belongs to a handoff; a reply to it reaches the borrower."""

    __tablename__ = "desk_messages"
    __table_args__ = (
        UniqueConstraint("chat_id", "message_id"),
        Index("ix_desk_messages_thread", "chat_id", "thread_id"),
    )

    id: Mapped[int] = mapped_column(Identity, primary_key=True)
    handoff_id: Mapped[int] = mapped_column(ForeignKey("handoffs.id"), index=True)
    chat_id: Mapped[int] = mapped_column(BigInteger)
    message_id: Mapped[int] = mapped_column(BigInteger)
    thread_id: Mapped[int | None] = mapped_column(BigInteger)
    is_card: Mapped[bool]


class HandoffMessageRow(Base):
    """One line of the conversation between borrower and officer. Only ever inserted."""

    __tablename__ = "handoff_messages"

    id: Mapped[int] = mapped_column(Identity, primary_key=True)
    handoff_id: Mapped[int] = mapped_column(ForeignKey("handoffs.id"), index=True)
    staff_id: Mapped[int | None] = mapped_column(BigInteger)
    """None when the borrower wrote it."""
    text_sealed: Mapped[bytes]
    sent_at: Mapped[datetime]


class StaffActionRow(Base):
    """What an officer did to what, for the record. Only ever inserted."""

    __tablename__ = "staff_actions"

    id: Mapped[int] = mapped_column(Identity, primary_key=True)
    staff_id: Mapped[int] = mapped_column(BigInteger, index=True)
    action: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(48))
    """Kind and identity of what was acted on, such as `application:17`."""
    details: Mapped[dict[str, Any]]
    acted_at: Mapped[datetime]
