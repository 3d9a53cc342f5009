"""The daily sweep: bytes without a name go, everything that a row names stays."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.clock import SteppedClock
from services.db import Database
from services.documents.document_store import EncryptedFolder
from services.documents.stray_files import MOST_STRAYS, NAMES, YOUNG, StrayFiles, TooManyStrays
from services.models import DocumentRow, LoanRow
from services.models.base import Base
from services.vault import Vault
from tests.builders import open_front_office
from tests.sample_files import jpeg
from tests.services.lending import open_lending

A_MOMENT = timedelta(seconds=1)
NEW, OLD = "abab" + "1" * 28, "abab" + "0" * 28
"""Keys."""


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


async def test_bytes_whose_row_was_never_written_go_after_a_day(database: Database) -> None:
    office = open_front_office(database)
    sweeping = StrayFiles(database, office.clock, office.store)
    await office.store.put(b"the bot stopped before the row")
    office.clock.advance(YOUNG)
    assert await sweeping.sweep() == 0
    office.clock.advance(A_MOMENT)
    assert await sweeping.sweep() == 1
    assert office.store.files == {}


async def test_the_papers_of_an_application_stay_however_old(database: Database) -> None:
    office = open_front_office(database)
    me = await office.borrower()
    await office.submitted(me)
    before = dict(office.store.files)
    office.clock.advance(timedelta(days=400))
    assert await StrayFiles(database, office.clock, office.store).sweep() == 0
    assert office.store.files == before != {}


async def test_contracts_signed_copies_and_certificates_stay(database: Database) -> None:
    lending = open_lending(database)
    me = await lending.borrower()
    loan = await lending.loan(me)
    async with database.transaction() as session:
        row = await session.get_one(LoanRow, loan.id)
        row.certificate_storage_key = await lending.store.put(b"certificate")
    before = dict(lending.store.files)
    assert len(before) == 3
    lending.clock.advance(timedelta(days=400))
    assert await StrayFiles(database, lending.clock, lending.store).sweep() == 0
    assert lending.store.files == before


async def test_a_deletion_that_a_crash_cut_short_is_finished(database: Database) -> None:
    office = open_front_office(database)
    me = await office.borrower()
    mine = await office.collecting(me)
    paper = await office.documents.add(me, mine, "identity", jpeg())
    async with database.transaction() as session:
        row = await session.get_one(DocumentRow, paper.id)
        row.deleted_at = office.clock.now()
    office.clock.advance(YOUNG + A_MOMENT)
    assert await StrayFiles(database, office.clock, office.store).sweep() == 1
    assert office.store.files == {}


async def test_another_database_than_the_stores_costs_no_file(database: Database) -> None:
    office = open_front_office(database)
    for number in range(MOST_STRAYS + 1):
        await office.store.put(b"%d" % number)
    office.clock.advance(YOUNG + A_MOMENT)
    with pytest.raises(TooManyStrays):
        await StrayFiles(database, office.clock, office.store).sweep()
    assert len(office.store.files) == MOST_STRAYS + 1


def test_no_column_that_names_bytes_is_forgotten() -> None:
    keeping = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if column.name.endswith("storage_key")
    }
    assert keeping == {f"{column.class_.__tablename__}.{column.key}" for column, _ in NAMES}


async def test_on_the_disk_a_file_in_the_middle_of_being_written_stays_and_a_broken_off_one_goes(
    tmp_path: Path,
) -> None:
    clock = SteppedClock(datetime(2025, 11, 5, 12, tzinfo=UTC))
    folder = tmp_path / "documents"
    store = EncryptedFolder(folder, Vault({"k1": bytes(32)}), clock)
    finished = await store.put(b"paper")
    clock.advance(YOUNG + A_MOMENT)
    being_written, broken_off, not_ours = (
        folder / "ab" / "ab" / name for name in (f"{NEW}.part", f"{OLD}.part", "notes")
    )
    being_written.parent.mkdir(parents=True)
    for path, age in ((being_written, A_MOMENT), (broken_off, 2 * YOUNG), (not_ours, 2 * YOUNG)):
        path.write_bytes(b"half of a pap")
        written = (clock.now() - age).timestamp()
        os.utime(path, (written, written))
    later = await store.put(b"a paper whose row comes next")
    assert await store.stored_before(clock.now() - YOUNG) == sorted([finished, OLD])
    for key in await store.stored_before(clock.now() - YOUNG):
        await store.delete(key)
    assert names_in(folder) == sorted([being_written.name, not_ours.name, later])
