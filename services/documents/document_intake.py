"""Which limits a paper must keep to, and what it may not be beside those that are there already."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from services.configuration.lender import Lender
from services.configuration.product_definitions import Product
from services.documents.document_views import (
    RECEIPT,
    REQUESTED,
    DocumentStatus,
    FileLimits,
    limits_of,
    name_of,
    requirement_of,
)
from services.documents.file_inspection import InspectedFile, inspect
from services.errors import InvalidInput, NotFound
from services.models import DocumentRow
from services.wording import Label, LocalizedText


class SameFileAgain(InvalidInput):
    """That very file is there already, as `name`."""

    key = "documents.same_file_again"
    field = "file"


class TooManyFiles(InvalidInput):
    """There are `maximum` files for this already."""

    key = "documents.too_many_files"
    field = "file"


@dataclass(frozen=True, slots=True)
class Intake:
    """The limits for one paper."""

    requirement: str
    limits: FileLimits
    product: Product | None

    @classmethod
    def for_application(cls, lender: Lender, product: Product, requirement: str) -> Self:
        """Those of the checklist entry, the lender's where it says nothing. Raises NotFound for an unknown entry."""
        wanted = requirement_of(product, requirement)
        if wanted is None and requirement != REQUESTED:
            raise NotFound
        return cls(requirement, limits_of(wanted, lender.uploads), product)

    @classmethod
    def for_receipt(cls, lender: Lender) -> Self:
        return cls(RECEIPT, limits_of(None, lender.uploads), None)

    def inspect(self, data: bytes) -> InspectedFile:
        """The clean copy. Raises as `services.documents.file_inspection.inspect`."""
        return inspect(data, max_mb=self.limits.max_mb, max_pages=self.limits.max_pages)

    def check_against(self, paper: InspectedFile, there: Sequence[DocumentRow], replaced: DocumentRow | None) -> None:
        """Raises SameFileAgain, TooManyFiles."""
        for row in there:
            if row.sha256 == paper.sha256:
                raise SameFileAgain(name=self._name(row))
        alike = [row for row in there if row.requirement == self.requirement and row is not replaced]
        if len(alike) >= self.limits.max_files:
            raise TooManyFiles(maximum=self.limits.max_files)

    def row(self, paper: InspectedFile, storage_key: str, borrower_id: int, now: datetime) -> DocumentRow:
        """The row of a paper whose bytes lie in the store."""
        return DocumentRow(
            borrower_id=borrower_id,
            requirement=self.requirement,
            status=DocumentStatus.RECEIVED,
            media_type=paper.media_type,
            size_bytes=len(paper.data),
            pages=paper.pages,
            sha256=paper.sha256,
            storage_key=storage_key,
            received_at=now,
        )

    def _name(self, row: DocumentRow) -> LocalizedText | Label:
        return name_of(row.requirement, self.product)
