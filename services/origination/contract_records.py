"""Contracts as rows, and as their parties know them."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.errors import IllegalMove, NotFound
from services.models import ContractRow
from services.wording import Label


class SignedHow(StrEnum):
    """By which act the borrower signed."""

    CODE = "code"
    PHRASE = "phrase"

    @property
    def label(self) -> Label:
        return Label(f"terms.signed_how_{self}")


class AlreadySigned(IllegalMove):
    """The contract is signed and never changes again; `reference` names it."""

    key = "contracts.already_signed"


class ContractChanged(IllegalMove):
    """What the contract names has changed since it was read, so it was issued afresh and must be read again."""

    key = "contracts.changed"


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract. `sha256` is the fingerprint of the paper as issued, `signed_sha256` that of the signed copy, both
    hexadecimal; instants are aware UTC."""

    id: int
    reference: str
    offer_id: int
    borrower_id: int
    language: str
    template_version: str
    sha256: str
    issued_at: datetime
    signed_at: datetime | None
    signed_how: SignedHow | None
    signed_sha256: str | None


def view(row: ContractRow) -> Contract:
    return Contract(
        id=row.id,
        reference=row.reference,
        offer_id=row.offer_id,
        borrower_id=row.borrower_id,
        language=row.language,
        template_version=row.template_version,
        sha256=row.sha256,
        issued_at=row.issued_at,
        signed_at=row.signed_at,
        signed_how=None if row.signed_how is None else SignedHow(row.signed_how),
        signed_sha256=row.signed_sha256,
    )


def fingerprint(data: bytes) -> str:
    """SHA-256 of the paper's bytes, hexadecimal."""
    return hashlib.sha256(data).hexdigest()


async def find_contract(
    session: AsyncSession, borrower_id: int, contract_id: int, *, lock: bool = False
) -> ContractRow:
    """The borrower's contract. Raises NotFound, also for somebody else's."""
    query = select(ContractRow).where(ContractRow.id == contract_id, ContractRow.borrower_id == borrower_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    contract = await session.scalar(query)
    if contract is None:
        raise NotFound
    return contract


async def contract_of_offer(session: AsyncSession, offer_id: int) -> ContractRow | None:
    """The contract issued for the offer, if there is one."""
    return await session.scalar(select(ContractRow).where(ContractRow.offer_id == offer_id))
