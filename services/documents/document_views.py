"""What received papers look like from outside, and which ones a product asks for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.configuration.lender import UploadLimits
from services.configuration.product_definitions import Product, RequiredDocument
from services.documents.examples import Example
from services.documents.file_inspection import EXTENSIONS
from services.models import ApplicationRow, DocumentRow
from services.wording import Label, LocalizedText

REQUESTED = "requested"
"""Requirement of a paper that answers an officer's request."""
RECEIPT = "receipt"
"""Requirement of a bank transfer's receipt."""


MOST_FILES: Final = 20
"""For one checklist entry, request or payment."""


class DocumentStatus(StrEnum):
    RECEIVED = "received"
    REPLACED = "replaced"
    DELETED = "deleted"

    @property
    def label(self) -> Label:
        return Label(f"terms.document_status_{self}")


@dataclass(frozen=True, slots=True)
class Document:
    """A file that the lender has."""

    id: int
    requirement: str
    """Code of the checklist entry, or `requested`, or `receipt`."""
    name: LocalizedText | Label
    """What it is, in words."""
    media_type: str
    size_bytes: int
    """Of the clean copy in the store."""
    pages: int
    received_at: datetime

    @property
    def file_name(self) -> str:
        """A name for whoever downloads it; that of the sender's phone is not kept."""
        return f"{self.requirement}-{self.id}.{EXTENSIONS[self.media_type]}"


@dataclass(frozen=True, slots=True)
class DocumentContent:
    """A paper with its bytes."""

    document: Document
    data: bytes

    @property
    def name(self) -> str:
        return self.document.file_name

    @property
    def media_type(self) -> str:
        return self.document.media_type


@dataclass(frozen=True, slots=True)
class FileLimits:
    """What may be sent for one checklist entry, request or payment."""

    max_mb: int
    """Of each file."""
    max_pages: int
    """Of a PDF."""
    max_files: int = MOST_FILES


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One thing that the product asks for, and what has come in for it."""

    code: str
    name: LocalizedText
    hint: LocalizedText
    required: bool
    limits: FileLimits
    example: Example
    documents: Sequence[Document]

    @property
    def received(self) -> bool:
        return bool(self.documents)


@dataclass(frozen=True, slots=True)
class Checklist:
    """All papers of an application."""

    items: Sequence[ChecklistItem]

    @property
    def required_total(self) -> int:
        """How many entries must be there."""
        return sum(item.required for item in self.items)

    @property
    def received(self) -> int:
        """How many of those are there."""
        return sum(item.required and item.received for item in self.items)

    @property
    def missing(self) -> list[ChecklistItem]:
        """Required entries without a paper."""
        return [item for item in self.items if item.required and not item.received]

    @property
    def complete(self) -> bool:
        return not self.missing

    @property
    def next_missing(self) -> str | None:
        """Code of the first required entry without a paper."""
        return next((item.code for item in self.missing), None)


def view_document(row: DocumentRow, product: Product | None) -> Document:
    """The paper, named as in the checklist of `product`."""
    return Document(
        id=row.id,
        requirement=row.requirement,
        name=name_of(row.requirement, product),
        media_type=row.media_type,
        size_bytes=row.size_bytes,
        pages=row.pages,
        received_at=row.received_at,
    )


def name_of(requirement: str, product: Product | None) -> LocalizedText | Label:
    """What the paper is, in words."""
    wanted = None if product is None else requirement_of(product, requirement)
    if wanted is not None:
        return wanted.name
    return Label("terms.document_receipt" if requirement == RECEIPT else "terms.document_requested")


def requirement_of(product: Product, code: str) -> RequiredDocument | None:
    """The checklist entry of that code, None when the product has no such."""
    return next((each for each in product.documents if each.code == code), None)


def limits_of(wanted: RequiredDocument | None, general: UploadLimits) -> FileLimits:
    """The checklist entry's own limits, the lender's where it has none."""
    if wanted is None:
        return FileLimits(general.max_mb, general.max_pages)
    return FileLimits(wanted.max_mb or general.max_mb, wanted.max_pages or general.max_pages)


def checklist_of(product: Product, rows: Iterable[DocumentRow], general: UploadLimits) -> Checklist:
    """The product's checklist with the papers that stand in `rows`."""
    papers = [view_document(row, product) for row in rows]
    return Checklist(
        [
            ChecklistItem(
                code=wanted.code,
                name=wanted.name,
                hint=wanted.hint,
                required=wanted.required,
                limits=limits_of(wanted, general),
                example=wanted.example,
                documents=[paper for paper in papers if paper.requirement == wanted.code],
            )
            for wanted in product.documents
        ]
    )


async def papers_of(session: AsyncSession, application_id: int) -> list[DocumentRow]:
    """The application's papers that are neither deleted nor replaced, oldest first."""
    query = select(DocumentRow).where(DocumentRow.application_id == application_id, DocumentRow.deleted_at.is_(None))
    return list(await session.scalars(query.order_by(DocumentRow.id)))


async def missing_documents(
    session: AsyncSession, application: ApplicationRow, product: Product
) -> list[LocalizedText]:
    """Names of the required papers that are not there yet, in the caller's transaction."""
    there = {row.requirement for row in await papers_of(session, application.id)}
    return [wanted.name for wanted in product.documents if wanted.required and wanted.code not in there]


async def seen_elsewhere(session: AsyncSession, sha256: str, borrower_id: int) -> bool:
    """Whether the very same file, by its hash as received, came from anybody but this borrower."""
    query = select(DocumentRow.id).where(DocumentRow.sha256 == sha256, DocumentRow.borrower_id != borrower_id)
    return await session.scalar(query.limit(1)) is not None
