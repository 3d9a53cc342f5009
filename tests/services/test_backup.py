"""Backups of either database: exact, whole, verified, and restored into either."""

import asyncio
import json
import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from services.db import Database
from services.documents.document_store import EncryptedFolder, place_of
from services.models import (
    Base,
    BorrowerRow,
    DocumentRow,
    StaffActionRow,
)
from services.repayment.payment_views import Aim
from services.safekeeping.backup import UNFINISHED, FolderTaken, NoSchema, make_backup
from services.safekeeping.manifest import MANIFEST, SUMS, BackupDamaged, Manifest
from services.safekeeping.restore import TargetNotEmpty, restore_backup
from services.safekeeping.row_text import Kind, kind_of, line_of, values_of
from services.safekeeping.verification import read_sums, verify
from services.schema import is_current, upgrade
from services.vault import Vault
from tests.services.lending import Lending, open_lending

AWKWARD = "tab\there, line\nthere, \\N and \\, 中文 \U0001f984, \r\v\f\b, 'quotes\" and \\."
Contents = dict[str, list[tuple[Any, ...]]]


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
        return await make_backup(self.database.engine, self.documents, folder, self.vault, self.lending.clock, kept)


@pytest.fixture
async def lender(database: Database, tmp_path: Path) -> Lender:
    return await keep(database, tmp_path)


@pytest.fixture
async def either_lender(either: Database, tmp_path: Path) -> Lender:
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
            session.add(_document(me, key, name * 64, lending))
        # The papers of the contract lie in a store of the tests' own.
        await session.execute(
            text("UPDATE contracts SET storage_key = :key, signed_storage_key = NULL"), {"key": keys[0]}
        )
        row = StaffActionRow(
            staff_id=-1, action="note", subject="x", details={"words": AWKWARD, "n": None}, acted_at=lending.clock.now()
        )
        session.add(row)
        borrower = await session.get_one(BorrowerRow, me)
        borrower.language, borrower.phone_masked = "", AWKWARD[:32]
        borrower.unreachable_since = lending.clock.now() + timedelta(microseconds=120)
    return Lender(lending, tmp_path / "documents", keys)


def _document(borrower_id: int, key: str, digest: str, lending: Lending) -> DocumentRow:
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


async def test_what_is_restored_is_what_was_there(either_lender: Lender, elsewhere: Database, tmp_path: Path) -> None:
    made = await either_lender.back_up(tmp_path / "backup")
    assert verify(tmp_path / "backup", either_lender.vault) == made
    restored = tmp_path / "restored"
    await restore_backup(tmp_path / "backup", elsewhere, restored, either_lender.vault)
    before = await contents(either_lender.database)
    assert await contents(elsewhere) == before
    assert {name: len(rows) for name, rows in before.items()} == {table.name: table.rows for table in made.tables}
    store = EncryptedFolder(restored, either_lender.vault, either_lender.lending.clock)
    assert [await store.get(key) for key in either_lender.keys] == [b"a paper", b"another"]


async def test_life_goes_on_after_a_restore(lender: Lender, elsewhere: Database, tmp_path: Path) -> None:
    await lender.back_up(tmp_path / "backup")
    await restore_backup(tmp_path / "backup", elsewhere, tmp_path / "restored", lender.vault)
    assert await is_current(elsewhere)
    again = open_lending(elsewhere)
    loan = await again.loan(await again.borrower())
    assert loan.id == 2
    with pytest.raises(Exception, match="only ever inserted"):
        async with elsewhere.transaction() as session:
            await session.execute(text("DELETE FROM loan_events"))


def test_a_row_is_one_line_and_comes_back_as_it_was() -> None:
    kinds = [Kind.INTEGER, Kind.BOOLEAN, Kind.TEXT, Kind.BYTES, Kind.JSON, Kind.DATE, Kind.INSTANT, Kind.TEXT]
    row = (-7, 1, AWKWARD, b"\x00\xff", '{"a": "\\u00e9"}', "2026-03-02", "2026-03-02 04:00:00.120000", None)
    line = line_of(row, kinds)
    assert line.count("\n") == 1
    assert values_of(line.removesuffix("\n"), kinds) == row
    assert "2026-03-02 04:00:00.12+00\t\\N" in line


async def test_either_database_writes_the_same_backup(
    either_lender: Lender, elsewhere: Database, tmp_path: Path
) -> None:
    """Byte for byte, though it went from one into the other."""
    await either_lender.back_up(tmp_path / "first")
    await restore_backup(tmp_path / "first", elsewhere, tmp_path / "restored", either_lender.vault)
    vault, clock = either_lender.vault, either_lender.lending.clock
    await make_backup(elsewhere.engine, tmp_path / "restored", tmp_path / "second", vault, clock, kept)
    first, second = (read_sums(tmp_path / name) for name in ("first", "second"))
    assert first == second


@pytest.mark.postgres
async def test_a_backup_is_in_utc_wherever_the_server_lives(postgres: Database, tmp_path: Path) -> None:
    lending = open_lending(postgres)
    await lending.borrower()
    async with postgres.engine.begin() as connection:
        name = await connection.scalar(text("SELECT current_database()"))
        await connection.execute(text(f"ALTER DATABASE {name} SET timezone = 'Asia/Shanghai'"))
    await postgres.engine.dispose()
    made = await make_backup(postgres.engine, tmp_path, tmp_path / "b", lending.vault, lending.clock, kept)
    assert made.made_at == "2025-11-05T04:00:00+00:00"
    restored = Database(f"sqlite+aiosqlite:///{tmp_path / 'utc.db'}")
    await restore_backup(tmp_path / "b", restored, tmp_path / "documents", lending.vault)
    async with restored.reading() as session:
        assert await session.scalar(select(BorrowerRow.created_at)) == lending.clock.now()
    await restored.close()


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_every_column_has_a_kind() -> None:
    assert {kind_of(column.type) for table in Base.metadata.sorted_tables for column in table.columns} == set(Kind)


async def test_a_backup_is_of_one_moment(either_lender: Lender, tmp_path: Path) -> None:
    """Whoever lends while it is being made is in it with everything or with nothing."""

    async def lend() -> None:
        for _ in range(3):
            await either_lender.lending.loan(await either_lender.lending.borrower())

    await asyncio.gather(either_lender.back_up(tmp_path / "backup"), lend())
    restored = Database(f"sqlite+aiosqlite:///{tmp_path / 'moment.db'}")
    await restore_backup(tmp_path / "backup", restored, tmp_path / "restored", either_lender.vault)
    async with restored.engine.connect() as connection:
        assert (await connection.execute(text("PRAGMA foreign_key_check"))).all() == []
        loans = await connection.scalar(text("SELECT count(*) FROM loans"))
        assert await connection.scalar(text("SELECT count(DISTINCT loan_id) FROM ledger_entries")) == loans
    await restored.close()


def change_a_table(folder: Path) -> object:
    return (folder / "tables" / "loans.tsv.gz").write_bytes(b"\x1f\x8b nothing")


def change_a_document(folder: Path) -> object:
    document = next(path for path in (folder / "documents").rglob("*") if path.is_file())
    return document.write_bytes(document.read_bytes()[:-1] + b"!")


def lose_a_document(folder: Path) -> None:
    next(path for path in (folder / "documents").rglob("*") if path.is_file()).unlink()


def lose_a_table(folder: Path) -> None:
    (folder / "tables" / "ledger_entries.tsv.gz").unlink()


def add_a_file(folder: Path) -> object:
    return (folder / "tables" / "more.tsv.gz").write_bytes(b"")


def change_the_sums(folder: Path) -> object:
    return (folder / SUMS).write_text("", encoding="utf-8")


def lose_the_manifest(folder: Path) -> None:
    (folder / MANIFEST).unlink()


def change_the_manifest(folder: Path) -> object:
    stored = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    stored["tables"][0]["rows"] += 1
    return (folder / MANIFEST).write_text(json.dumps(stored), encoding="utf-8")


def break_the_manifest(folder: Path) -> object:
    return (folder / MANIFEST).write_text("{", encoding="utf-8")


SPOILED = {
    change_a_table: "loans.tsv.gz was changed",
    change_a_document: "was changed",
    lose_a_document: "is missing",
    lose_a_table: "ledger_entries.tsv.gz is missing",
    add_a_file: "more.tsv.gz was added",
    change_the_sums: "SHA256SUMS was changed",
    lose_the_manifest: "no backup, or one that was cut off",
    change_the_manifest: "changed since",
    break_the_manifest: "cannot be read",
}


async def test_whatever_is_done_to_a_backup_is_found_and_nothing_is_restored(
    database: Database, tmp_path: Path
) -> None:
    lending = open_lending(database)
    store = EncryptedFolder(tmp_path / "documents", lending.vault, lending.clock)
    me = await lending.borrower()
    async with database.transaction() as session:
        session.add(_document(me, await store.put(b"a paper"), "a" * 64, lending))
    await make_backup(database.engine, tmp_path / "documents", tmp_path / "good", lending.vault, lending.clock, kept)
    for number, (spoil, damage) in enumerate(SPOILED.items()):
        folder = tmp_path / f"spoiled{number}"
        shutil.copytree(tmp_path / "good", folder)
        spoil(folder)
        untouched = Database(f"sqlite+aiosqlite:///{tmp_path / f'untouched{number}.db'}")
        with pytest.raises(BackupDamaged, match=damage):
            await restore_backup(folder, untouched, tmp_path / "nowhere", lending.vault)
        await untouched.close()
    assert not [name for name in names_in(tmp_path) if name.startswith(("untouched", "nowhere"))]


async def test_a_backup_says_when_the_keys_are_others(database: Database, tmp_path: Path) -> None:
    lending = open_lending(database)
    await make_backup(database.engine, tmp_path / "documents", tmp_path / "backup", lending.vault, lending.clock, kept)
    with pytest.raises(BackupDamaged, match="LOANLINE_KEYS"):
        verify(tmp_path / "backup", Vault({"k9": bytes(32)}))
    with_a_newer_one = Vault({"k9": bytes(32), "k1": bytes(range(32))})
    assert verify(tmp_path / "backup", with_a_newer_one)


async def test_a_document_that_is_not_there_is_named_and_the_rest_is_kept(lender: Lender, tmp_path: Path) -> None:
    (lender.documents / place_of(lender.keys[1])).unlink()
    made = await lender.back_up(tmp_path / "backup")
    assert (made.documents, made.missing) == (1, [lender.keys[1]])
    assert verify(tmp_path / "backup", lender.vault) == made


async def test_files_that_nobody_names_are_left_out(lender: Lender, tmp_path: Path) -> None:
    store = EncryptedFolder(lender.documents, lender.vault, lender.lending.clock)
    stray = await store.put(b"the bot stopped before the row")
    made = await lender.back_up(tmp_path / "backup")
    assert made.documents == len(lender.keys)
    assert not (tmp_path / "backup" / "documents" / place_of(stray)).exists()


async def test_a_backup_that_fails_leaves_nothing_that_looks_like_one(either_lender: Lender, tmp_path: Path) -> None:
    async with either_lender.database.engine.begin() as connection:
        await connection.execute(text("DROP TABLE outbox"))
    with pytest.raises(Exception, match="outbox"):
        await either_lender.back_up(tmp_path / "backup")
    assert not [name for name in names_in(tmp_path) if name.startswith("backup")]


async def test_a_backup_that_was_cut_off_has_another_name_and_no_manifest(lender: Lender, tmp_path: Path) -> None:
    cut_off = tmp_path / f"backup{UNFINISHED}"
    (cut_off / "tables").mkdir(parents=True)
    with pytest.raises(BackupDamaged, match="cut off"):
        verify(cut_off, lender.vault)
    await lender.back_up(tmp_path / "backup")
    assert not cut_off.exists()


async def test_a_folder_that_is_there_is_left_alone(lender: Lender, tmp_path: Path) -> None:
    (tmp_path / "backup").mkdir()
    with pytest.raises(FolderTaken):
        await lender.back_up(tmp_path / "backup")


async def test_a_database_without_a_schema_is_no_backup(elsewhere: Database, tmp_path: Path) -> None:
    lending = open_lending(elsewhere)
    with pytest.raises(NoSchema):
        await make_backup(elsewhere.engine, tmp_path, tmp_path / "backup", lending.vault, lending.clock, kept)
    assert not (tmp_path / "backup").exists()


async def test_a_database_with_rows_is_not_restored_over(lender: Lender, tmp_path: Path) -> None:
    await lender.back_up(tmp_path / "backup")
    with pytest.raises(TargetNotEmpty, match="borrowers"):
        await restore_backup(tmp_path / "backup", lender.database, tmp_path / "restored", lender.vault)
    assert not (tmp_path / "restored").exists()


async def test_a_migrated_database_without_rows_takes_a_backup(lender: Lender, migrated: Path, tmp_path: Path) -> None:
    await lender.back_up(tmp_path / "backup")
    shutil.copy(migrated, tmp_path / "ready.db")
    ready = Database(f"sqlite+aiosqlite:///{tmp_path / 'ready.db'}")
    await restore_backup(tmp_path / "backup", ready, tmp_path / "restored", lender.vault)
    assert await contents(ready) == await contents(lender.database)
    await ready.close()


async def test_a_folder_with_other_documents_is_not_restored_over(
    lender: Lender, elsewhere: Database, tmp_path: Path
) -> None:
    await lender.back_up(tmp_path / "backup")
    other = tmp_path / "restored" / "ab" / "cd" / ("abcd" + "0" * 28)
    other.parent.mkdir(parents=True)
    other.write_bytes(b"somebody else's")
    with pytest.raises(TargetNotEmpty, match=other.name):
        await restore_backup(tmp_path / "backup", elsewhere, tmp_path / "restored", lender.vault)


async def test_a_restore_that_was_cut_off_is_run_again(lender: Lender, elsewhere: Database, tmp_path: Path) -> None:
    await lender.back_up(tmp_path / "backup")
    restored = tmp_path / "restored" / place_of(lender.keys[0])
    restored.parent.mkdir(parents=True)
    shutil.copy(tmp_path / "backup" / "documents" / place_of(lender.keys[0]), restored)
    restored.with_name(f"{'0' * 32}.part").write_bytes(b"half a pap")
    await restore_backup(tmp_path / "backup", elsewhere, tmp_path / "restored", lender.vault)
    assert await contents(elsewhere) == await contents(lender.database)


async def test_a_restore_that_fails_leaves_the_database_empty(
    lender: Lender, elsewhere: Database, tmp_path: Path
) -> None:
    """Two rows under one unique key cannot come out of a database; here they stand for whatever goes wrong."""
    await lender.back_up(tmp_path / "backup")
    manifest = Manifest.read(tmp_path / "backup")
    assert manifest.tables
    await upgrade(elsewhere, to=manifest.revision)
    async with elsewhere.engine.begin() as connection:
        await connection.execute(text("CREATE UNIQUE INDEX one_only ON ledger_entries (currency)"))
    with pytest.raises(Exception, match=r"(?i)unique"):
        await restore_backup(tmp_path / "backup", elsewhere, tmp_path / "restored", lender.vault)
    assert not any((await contents(elsewhere)).values())
