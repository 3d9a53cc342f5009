"""What is no whole backup is not taken for one: spoiled, cut off, or under other keys."""

import json
import shutil
from pathlib import Path

import pytest
from sqlalchemy import text

from services.db import Database
from services.documents.document_store import EncryptedFolder
from services.safekeeping.backup import UNFINISHED, make_backup
from services.safekeeping.manifest import MANIFEST, SUMS, BackupDamaged
from services.safekeeping.restore import restore_backup
from services.safekeeping.verification import verify
from services.vault import Vault
from tests.services import backups
from tests.services.backups import Lender, document_row, kept
from tests.services.lending import open_lending

lender, either_lender = backups.lender, backups.either_lender


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


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
        session.add(document_row(me, await store.put(b"a paper"), "a" * 64, lending))
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
