"""From draft to signed contract: applications, documents, decisions, offers, contracts."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.models.base import Base, Identity


class ApplicationRow(Base):
    __tablename__ = "applications"

    id: Mapped[int] = mapped_column(Identity, primary_key=True)
    reference: Mapped[str] = mapped_column(String(12), unique=True)
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrowers.id"), index=True)
    status: Mapped[str] = mapped_column(String(24), index=True)
    product_code: Mapped[str] = mapped_column(String(32))
    product_version: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    amount_minor: Mapped[int | None] = mapped_column(BigInteger)
    """The loan, or the limit of a revolving line."""
    first_draw_minor: Mapped[int | None] = mapped_column(BigInteger)
    """What the borrower of a revolving line wants at once."""
    term: Mapped[int | None]
    """Number of installments, in the product's own period."""
    method: Mapped[str | None] = mapped_column(String(24))
    purpose: Mapped[str | None] = mapped_column(String(32))
    purpose_note_sealed: Mapped[bytes | None]
    monthly_income_minor: Mapped[int | None] = mapped_column(BigInteger)
    employment: Mapped[str | None] = mapped_column(String(24))
    employer_sealed: Mapped[bytes | None]
    address_sealed: Mapped[bytes | None]
    payout_account_sealed: Mapped[bytes | None]
    payout_account_masked: Mapped[str | None] = mapped_column(String(32))
    payout_account_fingerprint: Mapped[str | None] = mapped_column(String(64), index=True)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]


class DocumentRow(Base):
    """One received file. The bytes lie encrypted in the document store under `storage_key`."""

    __tablename__ = "documents"
    __table_args__ = (Index("ix_documents_application_requirement", "application_id", "requirement"),)

    id: Mapped[int] = mapped_column(Identity, primary_key=True)
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrowers.id"), index=True)
    application_id: Mapped[int | None] = mapped_column(ForeignKey("applications.id"))
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payments.id"), index=True)
    information_request_id: Mapped[int | None] = mapped_column(ForeignKey("information_requests.id"))
    requirement: Mapped[str] = mapped_column(String(32))
    """Code of the checklist entry it answers, `requested` for an officer's request, `receipt` for a transfer."""
    status: Mapped[str] = mapped_column(String(16))
    media_type: Mapped[str] = mapped_column(String(32))
    size_bytes: Mapped[int]
    pages: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    """Of the bytes as received, so that the same file sent again is noticed whoever sends it."""
    storage_key: Mapped[str] = mapped_column(String(64), unique=True)
    received_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


class DocumentViewRow(Base):
    """Who looked at whose paper, and when. Only ever inserted."""

    __tablename__ = "document_views"

    id: Mapped[int] = mapped_column(Identity, primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"), index=True)
    staff_id: Mapped[int] = mapped_column(BigInteger)
    viewed_at: Mapped[datetime]


class InformationRequestRow(Base):
    """An officer's request for one more paper or answer."""

    __tablename__ = "information_requests"

    id: Mapped[int] = mapped_column(Identity, primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"), index=True)
    staff_id: Mapped[int] = mapped_column(BigInteger)
    question: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(16))
    answer_sealed: Mapped[bytes | None]
    asked_at: Mapped[datetime]
    answer_by: Mapped[date] = mapped_column(index=True)
    answered_at: Mapped[datetime | None]


class DecisionRow(Base):
    """An officer's decision. Only ever inserted."""

    __tablename__ = "decisions"

    id: Mapped[int] = mapped_column(Identity, primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"), index=True)
    staff_id: Mapped[int] = mapped_column(BigInteger)
    outcome: Mapped[str] = mapped_column(String(16))
    amount_minor: Mapped[int | None] = mapped_column(BigInteger)
    term: Mapped[int | None]
    reason: Mapped[str | None] = mapped_column(String(32))
    decided_at: Mapped[datetime]


class OfferRow(Base):
    """Terms that the lender stands by until `expires_at`."""

    __tablename__ = "offers"
    __table_args__ = (Index("ix_offers_status", "status", "expires_at"),)

    id: Mapped[int] = mapped_column(Identity, primary_key=True)
    reference: Mapped[str] = mapped_column(String(12), unique=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"), index=True)
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrowers.id"), index=True)
    status: Mapped[str] = mapped_column(String(16))
    terms: Mapped[dict[str, Any]]
    """Engine terms as of the offer's day; disbursement moves the dates, nothing else."""
    policy: Mapped[dict[str, Any]]
    rate_link: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """How the rate follows a reference rate, see `services.lending.rate_link`; None where it does not."""
    product_code: Mapped[str] = mapped_column(String(32))
    product_version: Mapped[int]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class ContractRow(Base):
    """The paper the borrower reads and signs. A signed contract never changes."""

    __tablename__ = "contracts"

    id: Mapped[int] = mapped_column(Identity, primary_key=True)
    reference: Mapped[str] = mapped_column(String(12), unique=True)
    offer_id: Mapped[int] = mapped_column(ForeignKey("offers.id"), unique=True)
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrowers.id"), index=True)
    template_version: Mapped[str] = mapped_column(String(16))
    language: Mapped[str] = mapped_column(String(12))
    sha256: Mapped[str] = mapped_column(String(64))
    storage_key: Mapped[str] = mapped_column(String(64))
    issued_at: Mapped[datetime]
    code_fingerprint: Mapped[str | None] = mapped_column(String(64))
    code_expires_at: Mapped[datetime | None]
    code_attempts: Mapped[int] = mapped_column(default=0)
    signed_at: Mapped[datetime | None]
    signed_how: Mapped[str | None] = mapped_column(String(16))
    signed_chat_id: Mapped[int | None] = mapped_column(BigInteger)
    signed_sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    signed_storage_key: Mapped[str | None] = mapped_column(String(64))
