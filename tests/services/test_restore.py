"""Restoring into either database: what was there comes back, and nothing that is there is overwritten."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import text

from services.db import Database
from services.documents.document_store import EncryptedFolder, place_of
from services.safekeeping.manifest import Manifest
from services.safekeeping.restore import TargetNotEmpty, restore_backup
from services.safekeeping.verification import verify
from services.schema import is_current, upgrade
from tests.services import backups
from tests.services.backups import Lender, contents
from tests.services.lending import open_lending

lender, either_lender, elsewhere = backups.lender, backups.either_lender, backups.elsewhere


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
