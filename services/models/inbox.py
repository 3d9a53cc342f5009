"""The inbox: every update as Telegram delivered it, until it is handled; and who does what alone."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from services.models.base import Base

_OPEN = text("done_at IS NULL")
_CLAIMED = text("claimed_by IS NOT NULL")


class InboxRow(Base):
    __tablename__ = "inbox"
    __table_args__ = (
        Index("ix_inbox_open", "lane", "update_id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("uq_inbox_claimed_lane", "lane", unique=True, sqlite_where=_CLAIMED, postgresql_where=_CLAIMED),
        Index("ix_inbox_done_at", "done_at"),
    )

    update_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """Telegram's number: the same update is taken once, however often it is delivered."""
    lane: Mapped[str] = mapped_column(String(32))
    """Updates of one lane are handled one after the other; a claimed row keeps its lane to one worker."""
    content_sealed: Mapped[bytes | None]
    """The update as JSON; forgotten once it is handled."""
    status: Mapped[str] = mapped_column(String(16))
    acted: Mapped[bool] = mapped_column(default=False)
    """Whether what it brings about is committed already, so that only the answer may be missing."""
    attempts: Mapped[int] = mapped_column(default=0)
    received_at: Mapped[datetime]
    next_attempt_at: Mapped[datetime]
    claimed_by: Mapped[str | None] = mapped_column(String(64))
    claimed_at: Mapped[datetime | None]
    """When its worker last said that it is at work on it."""
    done_at: Mapped[datetime | None]
    """When it was handled, or given up."""
    failure: Mapped[str | None] = mapped_column(String(128))


class LeaseRow(Base):
    """Work that exactly one process does at a time, and who does it until when."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    holder: Mapped[str] = mapped_column(String(64))
    until: Mapped[datetime]
