"""No room left: said plainly in the log, refused kindly, nothing half done, and well again once there is room."""

import errno
import logging
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from services.connections import create_engine
from services.db import Database
from services.documents.document_store import EncryptedFolder
from services.errors import Unavailable
from services.models import StaffActionRow
from services.storage_errors import StorageFull, is_disk_full, storage_errors
from services.transient import is_transient
from services.vault import Vault
from tests.builders import open_front_office
from tests.services.test_schema import NOON

PAPER = b"a paper " * 1_000
LONG = "x" * 200_000


class Disk:
    """Takes bytes until there is no room for more."""

    def __init__(self, room: int, failing_with: int = errno.ENOSPC) -> None:
        self.room = room
        self.failing_with = failing_with

    def write(self, file: BinaryIO, sealed: bytes) -> None:
        file.write(sealed[: self.room])
        if len(sealed) > self.room:
            raise OSError(self.failing_with, "no more")


def store_on(disk: Disk, folder: Path, database: Database) -> EncryptedFolder:
    return EncryptedFolder(folder, Vault({"k1": bytes(32)}), open_front_office(database).clock, disk.write)


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_a_paper_for_which_there_is_no_room_is_refused_and_leaves_nothing(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    disk = Disk(room=100)
    store = store_on(disk, tmp_path / "documents", database)
    with pytest.raises(StorageFull) as refused:
        await store.put(PAPER)
    assert isinstance(refused.value, Unavailable)
    assert files_in(tmp_path / "documents") == []
    (line,) = caplog.records
    assert (line.levelno, line.message, vars(line)["where"]) == (logging.ERROR, "no room left on the disk", "documents")
    disk.room = 1_000_000
    assert await store.get(await store.put(PAPER)) == PAPER


async def test_a_disk_that_fails_otherwise_is_unavailable_and_not_full(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = store_on(Disk(room=10, failing_with=errno.EIO), tmp_path / "documents", database)
    with pytest.raises(Unavailable) as refused:
        await store.put(PAPER)
    assert not isinstance(refused.value, StorageFull)
    assert files_in(tmp_path / "documents") == []
    assert [record.message for record in caplog.records] == ["the disk refuses to write"]


@pytest.fixture
async def nearly_full(migrated: Path, tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    """A SQLite database that may not grow beyond the pages it has."""
    engine = create_engine(f"sqlite+aiosqlite:///{shutil.copy(migrated, tmp_path / 'full.db')}")
    async with engine.connect() as connection:
        await connection.execute(text("PRAGMA max_page_count = 1"))
    yield engine
    await engine.dispose()


async def note(engine: AsyncEngine, *notes: str) -> None:
    """Write them down in one transaction."""
    with storage_errors("database"):
        async with engine.begin() as connection:
            for words in notes:
                row = {"staff_id": 1, "action": "note", "subject": "x", "details": {"words": words}, "acted_at": NOON}
                await connection.execute(insert(StaffActionRow).values(row))


async def test_a_sqlite_file_that_cannot_grow_refuses_the_whole_transaction_and_recovers(
    nearly_full: AsyncEngine, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(StorageFull):
        await note(nearly_full, "short", LONG)
    assert [vars(record)["where"] for record in caplog.records] == ["database"]
    async with nearly_full.begin() as connection:
        assert await connection.scalar(select(func.count()).select_from(StaffActionRow)) == 0
        await connection.execute(text("PRAGMA max_page_count = 100000"))
    await note(nearly_full, LONG)


async def test_other_failures_of_the_database_stay_what_they_are(database: Database) -> None:
    with pytest.raises(OperationalError), storage_errors("database"):
        async with database.transaction() as session:
            await session.execute(text("SELECT * FROM nowhere"))


class PostgresSays(Exception):
    def __init__(self, sqlstate: str) -> None:
        self.sqlstate = sqlstate


def test_postgresqls_word_for_a_full_disk_is_known_and_waiting_does_not_help() -> None:
    full = OperationalError("INSERT", {}, PostgresSays("53100"))
    assert is_disk_full(full)
    assert not is_disk_full(OperationalError("INSERT", {}, PostgresSays("53200")))
    assert not is_transient(full)
