"""Who did what to what, and the chain of hashes that shows when such a record was changed afterwards."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from services.models.base import Base, Identity


class AuditEntryRow(Base):
    """One act. Only ever inserted, in the transaction of the act."""

    __tablename__ = "audit_entries"

    id: Mapped[int] = mapped_column(Identity, primary_key=True)
    actor: Mapped[str] = mapped_column(String(12), server_default="staff")
    """`staff`, `borrower`, `gateway` or `operator`."""
    actor_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    """Of an officer the Telegram id, of a borrower the row's id; None for the gateway and the operator."""
    action: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(48), index=True)
    """Kind and identity of what was acted on, such as `application:17`."""
    details: Mapped[dict[str, Any]]
    acted_at: Mapped[datetime]


class AuditSealRow(Base):
    """A link of the chain: the entry's hash over its fields and the hash before it. Only ever inserted."""

    __tablename__ = "audit_seals"

    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """1 for the first; without gaps."""
    entry_id: Mapped[int] = mapped_column(ForeignKey("audit_entries.id"), unique=True)
    sealed_at: Mapped[datetime]
    hash: Mapped[str] = mapped_column(String(64))
