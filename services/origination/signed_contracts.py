"""A borrower's signed contracts, and whether a paper or its fingerprint is one of them. Nothing is written here."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.db import Database
from services.engine.terms import Terms
from services.errors import InvalidInput, NotFound
from services.models import ContractRow, LoanRow, OfferRow
from services.money import Money
from services.origination.contract_records import Contract, fingerprint, view

SHORTEST: Final = 8
"""Digits of a fingerprint that must be given: as many as chats and papers show for comparing by eye."""
LONGEST: Final = 64
_GROUPING: Final = re.compile(r"[\s:\-–.]+")
_DIGITS: Final = re.compile(rf"[0-9a-f]{{{SHORTEST},{LONGEST}}}")


class NotAFingerprint(InvalidInput):
    """What was typed cannot be one: a fingerprint has `shortest` to `longest` digits from 0 to 9 and A to F."""

    key = "contracts.not_a_fingerprint"
    field = "fingerprint"


class PaperKind(StrEnum):
    """Which paper of a contract it is."""

    SIGNED = "signed"
    """The signed copy."""
    ISSUED = "issued"
    """As it was read before it was signed."""


@dataclass(frozen=True, slots=True)
class SignedContract:
    """A contract that its borrower signed; `loan_reference` is None until the money is paid out."""

    contract: Contract
    principal: Money
    loan_reference: str | None

    @property
    def fingerprint(self) -> str:
        """Of the signed copy, hexadecimal."""
        return self.contract.signed_sha256 or ""


@dataclass(frozen=True, slots=True)
class Recognised:
    """A paper of one's own, by its fingerprint."""

    signed: SignedContract
    kind: PaperKind


class SignedContracts:
    """What the borrower signed, to look through and to check."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, borrower_id: int) -> Sequence[SignedContract]:
        """Latest first."""
        async with self._database.reading() as session:
            return await _signed_by(session, borrower_id)

    async def get(self, borrower_id: int, contract_id: int) -> SignedContract:
        """Raises NotFound, also for somebody else's and for one that is not signed."""
        for signed in await self.list(borrower_id):
            if signed.contract.id == contract_id:
                return signed
        raise NotFound

    async def recognise(self, borrower_id: int, typed: str) -> Recognised | None:
        """The borrower's own contract whose fingerprint begins with what was typed, however it is grouped; None when
        there is none, also for the fingerprint of somebody else's. Raises NotAFingerprint."""
        digits = _GROUPING.sub("", unicodedata.normalize("NFKC", typed)).lower()
        if not _DIGITS.fullmatch(digits):
            raise NotAFingerprint(shortest=SHORTEST, longest=LONGEST)
        return self._match(await self.list(borrower_id), digits)

    async def recognise_file(self, borrower_id: int, data: bytes) -> Recognised | None:
        """The borrower's own contract that these very bytes are."""
        return self._match(await self.list(borrower_id), fingerprint(data))

    @staticmethod
    def _match(mine: Sequence[SignedContract], digits: str) -> Recognised | None:
        for signed in mine:
            if signed.fingerprint.startswith(digits):
                return Recognised(signed, PaperKind.SIGNED)
            if signed.contract.sha256.startswith(digits):
                return Recognised(signed, PaperKind.ISSUED)
        return None


async def _signed_by(session: AsyncSession, borrower_id: int) -> list[SignedContract]:
    query = (
        select(ContractRow, OfferRow.terms, LoanRow.reference)
        .join(OfferRow, OfferRow.id == ContractRow.offer_id)
        .outerjoin(LoanRow, LoanRow.offer_id == ContractRow.offer_id)
        .where(ContractRow.borrower_id == borrower_id, ContractRow.signed_at.is_not(None))
        .order_by(ContractRow.signed_at.desc(), ContractRow.id.desc())
    )
    return [
        SignedContract(view(row), Terms.from_json(terms).principal, loan)
        for row, terms, loan in await session.execute(query)
    ]
