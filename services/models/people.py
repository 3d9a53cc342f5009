"""Borrowers as rows. Whatever identifies a person is sealed; what must be found again has a keyed fingerprint."""

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from services.models.base import Base, Identity


class BorrowerRow(Base):
    __tablename__ = "borrowers"
    KNOWN_BY: ClassVar[tuple[str, ...]] = (
        "id",
        "telegram_id",
        "language",
        "time_zone",
        "reminder_hour",
        "consent_version",
        "phone_masked",
        "full_name_sealed",
        "id_number_masked",
        "unreachable_since",
    )
    """What is read of a person with each update."""

    id: Mapped[int] = mapped_column(Identity, primary_key=True)
    telegram_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    language: Mapped[str | None] = mapped_column(String(12))
    time_zone: Mapped[str] = mapped_column(String(64), index=True)
    reminder_hour: Mapped[int]
    """Hour of the borrower's local day, 0 to 23, at which reminders are wished for."""
    consent_version: Mapped[str | None] = mapped_column(String(32))
    consented_at: Mapped[datetime | None]
    phone_sealed: Mapped[bytes | None]
    phone_masked: Mapped[str | None] = mapped_column(String(32))
    phone_fingerprint: Mapped[str | None] = mapped_column(String(64), unique=True)
    full_name_sealed: Mapped[bytes | None]
    id_number_sealed: Mapped[bytes | None]
    id_number_masked: Mapped[str | None] = mapped_column(String(32))
    id_number_fingerprint: Mapped[str | None] = mapped_column(String(64), unique=True)
    born_on: Mapped[date | None]
    """Read from the ID number."""
    unreachable_since: Mapped[datetime | None]
    """When Telegram first refused a message because the person had blocked the bot; cleared when they write again."""
    created_at: Mapped[datetime]


class ConversationRow(Base):
    """Where somebody stands in a dialogue, and which cards their private chat shows."""

    __tablename__ = "conversations"

    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    step: Mapped[str | None] = mapped_column(String(64))
    """Only the step, never an answer; None at none."""
    place: Mapped[dict[str, Any]]
    """What the step is about: ids and codes, such as the loan being repaid. Never an answer."""
