"""Backups of either database: exact, whole, of one moment, and the same from either."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select, text

from services.db import Database
from services.documents.document_store import EncryptedFolder, place_of
from services.models import Base, BorrowerRow
from services.safekeeping.backup import FolderTaken, NoSchema, make_backup
from services.safekeeping.restore import restore_backup
from services.safekeeping.row_text import Kind, kind_of, line_of, values_of
from services.safekeeping.verification import read_sums, verify
from tests.services import backups
from tests.services.backups import AWKWARD, Lender, kept
from tests.services.lending import open_lending

lender, either_lender, elsewhere = backups.lender, backups.either_lender, backups.elsewhere


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


async def test_a_folder_that_is_there_is_left_alone(lender: Lender, tmp_path: Path) -> None:
    (tmp_path / "backup").mkdir()
    with pytest.raises(FolderTaken):
        await lender.back_up(tmp_path / "backup")


async def test_a_database_without_a_schema_is_no_backup(elsewhere: Database, tmp_path: Path) -> None:
    lending = open_lending(elsewhere)
    with pytest.raises(NoSchema):
        await make_backup(elsewhere.engine, tmp_path, tmp_path / "backup", lending.vault, lending.clock, kept)
    assert not (tmp_path / "backup").exists()
