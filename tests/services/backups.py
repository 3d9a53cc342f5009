"""A lender whose database and documents are backed up, and databases to restore them into, for tests."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from services.db import Database
from services.documents.document_store import EncryptedFolder
from services.models import AuditEntryRow, Base, BorrowerRow, DocumentRow
from services.repayment.payment_views import Aim
from services.safekeeping.backup import make_backup
from services.safekeeping.manifest import Manifest
from services.vault import Vault
from tests.services.lending import Lending, open_lending

AWKWARD = "tab\there, line\nthere, \\N and \\, 中文 \U0001f984, \r\v\f\b, 'quotes\" and \\."
"""A text that is hard to write down."""
Contents = dict[str, list[tuple[Any, ...]]]
"""The rows of each table, by its name."""


@dataclass(frozen=True)
class Lender:
    """A lender whose database and documents are worth keeping."""

    lending: Lending
    documents: Path
    keys: tuple[str, ...]

    @property
    def database(self) -> Database:
        return self.lending.database

    @property
    def vault(self) -> Vault:
        return self.lending.vault

    async def back_up(self, folder: Path) -> Manifest:
        """Back up everything into the folder, which must not be there yet."""
        return await make_backup(self.database.engine, self.documents, folder, self.vault, self.lending.clock, kept)


@pytest.fixture
async def lender(database: Database, tmp_path: Path) -> Lender:
    """A lender whose database is SQLite."""
    return await keep(database, tmp_path)


@pytest.fixture
async def either_lender(either: Database, tmp_path: Path) -> Lender:
    """A lender whose database is SQLite, and one whose database is PostgreSQL."""
    return await keep(either, tmp_path)


async def keep(database: Database, tmp_path: Path) -> Lender:
    """A loan, a payment, papers, and rows that hold whatever is hard to write down."""
    lending = open_lending(database)
    store = EncryptedFolder(tmp_path / "documents", lending.vault, lending.clock)
    me = await lending.borrower()
    loan = await lending.loan(me)
    lending.wait_days(3)
    await lending.loans.accrue_all()
    payment = await lending.repayments.open(me, loan.id, Aim.DUE)
    await lending.repayments.confirm(payment.reference, "BANK-9", payment.amount.minor, "CNY")
    keys = (await store.put(b"a paper"), await store.put(b"another"))
    async with database.transaction() as session:
        for name, key in zip("ab", keys, strict=True):
            session.add(document_row(me, key, name * 64, lending))
        # The papers of the contract lie in a store of the tests' own.
        await session.execute(
            text("UPDATE contracts SET storage_key = :key, signed_storage_key = NULL"), {"key": keys[0]}
        )
        row = AuditEntryRow(
            actor="staff",
            actor_id=-1,
            action="note",
            subject="x",
            details={"words": AWKWARD, "n": None},
            acted_at=lending.clock.now(),
        )
        session.add(row)
        borrower = await session.get_one(BorrowerRow, me)
        borrower.language, borrower.phone_masked = "", AWKWARD[:32]
        borrower.unreachable_since = lending.clock.now() + timedelta(microseconds=120)
    return Lender(lending, tmp_path / "documents", keys)


def document_row(borrower_id: int, key: str, digest: str, lending: Lending) -> DocumentRow:
    """A paper that was received, kept under that key."""
    return DocumentRow(
        borrower_id=borrower_id,
        requirement="id_front",
        status="received",
        media_type="image/jpeg",
        size_bytes=7,
        pages=1,
        sha256=digest,
        storage_key=key,
        received_at=lending.clock.now(),
    )


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def elsewhere(request: pytest.FixtureRequest) -> Database:
    """A database without a schema."""
    found = request.getfixturevalue("bare_sqlite" if request.param == "sqlite" else "bare_postgres")
    assert isinstance(found, Database)
    return found


def kept() -> None:
    """Nothing here has to survive a power cut."""


async def contents(database: Database) -> Contents:
    """Every row of every table, as the models read it."""
    async with database.engine.connect() as connection:
        return {
            table.name: [tuple(row) for row in await connection.execute(select(table).order_by(*table.primary_key))]
            for table in Base.metadata.sorted_tables
        }
