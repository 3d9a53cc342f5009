"""The operators' commands: what they write, and what they refuse."""

import asyncio
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from main import app
from services.clock import SystemClock
from services.db import Database
from services.documents.document_store import EncryptedFolder
from services.leases import Leases
from services.models import BorrowerRow, DocumentRow
from services.safekeeping.manifest import Manifest
from services.safekeeping.newest_backup import newest_verified
from services.vault import Vault
from tests.services.desk import CONFIG

KEYS = Vault.new_key("k1")


async def lend(url: str, documents: Path) -> None:
    """A borrower with a paper."""
    database, clock = Database(url), SystemClock()
    key = await EncryptedFolder(documents, Vault.from_text(KEYS), clock).put(b"a paper")
    async with database.transaction() as session:
        now = clock.now()
        borrower = BorrowerRow(telegram_id=7, time_zone="Asia/Shanghai", reminder_hour=9, created_at=now)
        session.add(borrower)
        await session.flush()
        paper = DocumentRow(
            borrower_id=borrower.id,
            requirement="id_front",
            status="received",
            media_type="image/jpeg",
            size_bytes=7,
            pages=1,
            sha256="0" * 64,
            storage_key=key,
            received_at=now,
        )
        session.add(paper)
    await database.close()


Use = Callable[[str], Path]


@pytest.fixture
def use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Use:
    """Have the commands use the data folder of that name."""

    def chosen(name: str) -> Path:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        monkeypatch.setenv("LOANLINE_DATABASE_URL", f"sqlite+aiosqlite:///{folder / 'loanline.db'}")
        monkeypatch.setenv("LOANLINE_DATA_DIR", str(folder))
        return folder

    monkeypatch.setenv("LOANLINE_CONFIG_DIR", str(CONFIG))
    monkeypatch.setenv("LOANLINE_KEYS", KEYS)
    return chosen


@pytest.fixture
def at_work(use: Use, migrated: Path) -> Path:
    folder = use("at_work")
    shutil.copy(migrated, folder / "loanline.db")
    asyncio.run(lend(f"sqlite+aiosqlite:///{folder / 'loanline.db'}", folder / "documents"))
    return folder


def said(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_a_backup_is_made_verified_and_restored_elsewhere(at_work: Path, use: Use, tmp_path: Path) -> None:
    folder = str(tmp_path / "backup")
    made = said("backup", folder)
    assert made.exit_code == 0, made.stderr
    assert "2 rows and 1 documents" in made.stderr
    assert "is whole" in said("verify-backup", folder).stderr
    elsewhere = use("elsewhere")
    restored = said("restore", folder)
    assert restored.exit_code == 0, restored.stderr
    assert "The books agree" in restored.stderr
    names = [{path.name for path in (each / "documents").rglob("*") if path.is_file()} for each in (at_work, elsewhere)]
    assert names[0] == names[1]


def test_a_verified_backup_is_noted_where_the_bot_looks(at_work: Path, tmp_path: Path) -> None:
    folder = str(tmp_path / "backup")
    said("backup", folder)

    async def newest() -> datetime | None:
        database = Database(f"sqlite+aiosqlite:///{at_work / 'loanline.db'}")
        try:
            return await newest_verified(Leases(database, SystemClock(), "somebody"))
        finally:
            await database.close()

    assert said("verify-backup", folder).exit_code == 0
    assert asyncio.run(newest()) is None
    assert said("verify-backup", "--note", folder).exit_code == 0
    assert asyncio.run(newest()) == Manifest.read(Path(folder)).moment


def test_nothing_is_restored_over_what_is_there(at_work: Path, tmp_path: Path) -> None:
    folder = str(tmp_path / "backup")
    said("backup", folder)
    assert said("backup", folder).exit_code == 1
    refused = said("restore", folder)
    assert refused.exit_code == 1
    assert "not empty" in refused.stderr


def test_each_damage_is_named(at_work: Path, tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    said("backup", str(folder))
    for name in ("loans", "borrowers"):
        (folder / "tables" / f"{name}.tsv.gz").unlink()
    refused = said("verify-backup", str(folder))
    assert refused.exit_code == 1
    assert "tables/loans.tsv.gz is missing" in refused.stderr
    assert "tables/borrowers.tsv.gz is missing" in refused.stderr


def test_a_folder_that_cannot_be_written_is_named(at_work: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    refused = said("backup", str(tmp_path / "file" / "backup"))
    assert refused.exit_code == 1
    assert "Not a directory" in refused.stderr


def test_a_missing_document_is_named_by_backup_and_check(at_work: Path, tmp_path: Path) -> None:
    (paper,) = (path for path in (at_work / "documents").rglob("*") if path.is_file())
    paper.unlink()
    made = said("backup", str(tmp_path / "backup"))
    assert made.exit_code == 0
    assert paper.name in made.stderr
    checked = said("check-books")
    assert checked.exit_code == 1
    assert "missing_file documents:1" in checked.stderr


def test_books_that_agree_are_said_to(at_work: Path) -> None:
    assert said("check-books").exit_code == 0
