"""A change of keys: everything comes under the new one, nothing is lost, and nobody's double goes unnoticed."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import LargeBinary, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from services.clock import SteppedClock
from services.db import Database
from services.documents.document_store import EncryptedFolder, stored_files
from services.models import AuditEntryRow, Base, BorrowerRow, HandoffMessageRow
from services.people.borrowers import Borrowers, PhoneTaken
from services.safekeeping import key_rotation
from services.safekeeping.key_rotation import KeyRotation, Progress
from services.safekeeping.key_use import NO_KEY, KeyUse, key_use
from services.safekeeping.sealed_columns import FingerprintColumn, SealedColumn, sealed_columns
from services.safekeeping.sealed_folder import RotationUnderWay, SealedFolder
from services.vault import Vault
from tests.builders import FrontOffice, card_number, open_front_office

OLD, NEW = bytes(range(32)), bytes([9] * 32)
BEFORE, BOTH, AFTER = Vault({"k1": OLD}), Vault({"k2": NEW, "k1": OLD}), Vault({"k2": NEW})
"""`k1` is the key of the front office's own vault."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "documents"


async def rotated(database: Database, folder: Path, clock: SteppedClock, vault: Vault = BOTH) -> list[Progress]:
    rotation = KeyRotation(database, vault, SealedFolder(folder, vault), clock)
    return [step async for step in rotation.run()]


async def used(database: Database, folder: Path, vault: Vault = BOTH) -> KeyUse:
    return await key_use(database, SealedFolder(folder, vault), vault.key_ids)


async def opened(database: Database, vault: Vault) -> Mapping[str, list[str]]:
    """Every sealed value of the database, by place."""
    async with database.reading() as session:
        return {
            each.name: [
                vault.unseal_text(value)
                for value in await session.scalars(select(each.column).order_by(*each.table.primary_key.columns))
                if value is not None
            ]
            for each in sealed_columns()
        }


async def lived_in(database: Database) -> FrontOffice:
    """A front office with an application in the officers' hands and a line of a conversation."""
    office = open_front_office(database)
    await office.submitted(await office.borrower())
    async with database.transaction() as session:
        await session.execute(
            text(
                "INSERT INTO handoff_messages (handoff_id, staff_id, text_sealed, sent_at) "
                "SELECT id, NULL, :words, opened_at FROM handoffs"
            ),
            {"words": BEFORE.seal_text("您好")},
        )
    return office


def test_every_column_of_bytes_is_a_sealed_one_by_name() -> None:
    columns = [column for table in Base.metadata.sorted_tables for column in table.columns]
    of_bytes = [column for column in columns if isinstance(column.type, LargeBinary)]
    assert {column.name.rsplit("_", 1)[-1] for column in of_bytes} == {"sealed"}
    assert [each.column for each in sealed_columns()] == of_bytes


async def test_everything_comes_under_the_new_key_and_reads_as_before(either: Database, folder: Path) -> None:
    office = await lived_in(either)
    paper = await EncryptedFolder(folder, BEFORE, office.clock).put(b"a paper")
    before = await opened(either, BEFORE)
    assert (await used(either, folder)).key_ids == {"k1"}
    steps = await rotated(either, folder, office.clock)
    assert not any(step.unreadable or step.twice for step in steps)
    assert (await used(either, folder)).key_ids == {"k2"}
    assert await opened(either, AFTER) == before
    assert await EncryptedFolder(folder, AFTER, office.clock).get(paper) == b"a paper"


async def test_what_was_done_is_on_record_and_a_second_run_finds_nothing_to_do(
    database: Database, folder: Path
) -> None:
    office = await lived_in(database)
    moved = sum(step.moved for step in await rotated(database, folder, office.clock))
    assert moved > 8
    assert sum(step.moved for step in await rotated(database, folder, office.clock)) == 0
    async with database.reading() as session:
        query = select(AuditEntryRow).where(AuditEntryRow.action == "changed_keys").order_by(AuditEntryRow.id)
        first, second = await session.scalars(query)
    assert (first.actor, first.subject, first.details) == ("operator", "key:k2", {"moved": moved, "unreadable": 0})
    assert second.details["moved"] == 0


async def test_a_run_that_was_cut_short_goes_on_where_it_was(
    database: Database, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_rotation, "BATCH", 1)
    office = await lived_in(database)
    await office.borrower()
    before = await opened(database, BEFORE)
    async for step in KeyRotation(database, BOTH, SealedFolder(folder, BOTH), office.clock).run():
        if step.place == "borrowers/phone_sealed":
            break
    halfway = (await used(database, folder)).places["borrowers/phone_sealed"]
    assert halfway == {"k2": 1, "k1": 1}
    assert await opened(database, BOTH) == before
    await rotated(database, folder, office.clock)
    assert (await used(database, folder)).key_ids == {"k2"}
    assert await opened(database, AFTER) == before


async def test_somebody_known_under_the_old_key_is_found_in_the_middle_of_the_change_and_after_it(
    either: Database, folder: Path
) -> None:
    office = open_front_office(either)
    known, stranger = await office.stranger(), await office.stranger()
    telegram_ids = {each: await office.borrowers.telegram_id_of(each) for each in (known, stranger)}
    await office.borrowers.share_phone(known, "+8613800138000", telegram_ids[known])
    changing = Borrowers(either, office.clock, BOTH, office.lender)
    with pytest.raises(PhoneTaken):
        await changing.share_phone(stranger, "+8613800138000", telegram_ids[stranger])
    await rotated(either, folder, office.clock)
    for vault in (BOTH, AFTER):
        with pytest.raises(PhoneTaken):
            await Borrowers(either, office.clock, vault, office.lender).share_phone(
                stranger, "+8613800138000", telegram_ids[stranger]
            )
    again = await Borrowers(either, office.clock, AFTER, office.lender).share_phone(
        known, "+8613800138000", telegram_ids[known]
    )
    assert again.id == known


async def test_an_account_that_two_applications_share_is_flagged_across_a_change_of_keys(database: Database) -> None:
    office = open_front_office(database)
    account = card_number(77)
    one = await office.submitted(await office.borrower(), payout_account=account)
    both = open_front_office(database, vault=BOTH)
    two = await both.submitted(await both.borrower(), payout_account=account)
    for application in (one, two):
        flags = (await both.applications.for_staff(application)).flags
        assert "applications.flag_same_account" in [flag.key for flag in flags]


async def test_a_value_that_changes_under_the_eyes_of_the_run_keeps_the_change(
    database: Database, folder: Path
) -> None:
    """The bot writes between the moment in which the run reads a value and the one in which it replaces it."""
    office = await lived_in(database)
    fresh = BOTH.seal_text("李大明")

    class Overtaken(KeyRotation):
        async def _move(
            self,
            session: AsyncSession,
            place: SealedColumn | FingerprintColumn,
            keys: Sequence[object],
            row: Sequence[Any],
        ) -> str:
            if place.name == "borrowers/full_name_sealed":
                await session.execute(update(BorrowerRow).values(full_name_sealed=fresh))
            return await super()._move(session, place, keys, row)

    rotation = Overtaken(database, BOTH, SealedFolder(folder, BOTH), office.clock)
    assert [step async for step in rotation.run()]
    assert (await opened(database, AFTER))["borrowers/full_name_sealed"] == ["李大明"]


async def test_what_no_key_opens_is_counted_and_left_alone(database: Database, folder: Path) -> None:
    office = await lived_in(database)
    async with database.transaction() as session:
        await session.execute(update(BorrowerRow).values(full_name_sealed=Vault({"k0": bytes(32)}).seal_text("谁")))
    steps = await rotated(database, folder, office.clock)
    assert [(step.place, step.unreadable) for step in steps if step.unreadable] == [("borrowers/full_name_sealed", 1)]
    use = await used(database, folder)
    assert use.places["borrowers/full_name_sealed"] == {NO_KEY: 1}
    assert use.of("k1") == 0


async def test_two_who_gave_the_same_number_under_two_keys_are_told_of_not_merged(
    database: Database, folder: Path
) -> None:
    office = open_front_office(database)
    one, two = await office.borrower(), await office.borrower()
    same = {"phone_sealed": BOTH.seal_text("+8613900000000")}
    async with database.transaction() as session:
        for borrower, vault in ((one, BEFORE), (two, BOTH)):
            print_ = vault.fingerprint("phone", "+8613900000000")
            row = update(BorrowerRow).where(BorrowerRow.id == borrower)
            await session.execute(row.values(phone_fingerprint=print_, **same))
    steps = await rotated(database, folder, office.clock)
    assert [(step.place, step.twice) for step in steps if step.twice] == [("borrowers/phone_fingerprint", 1)]
    assert (await used(database, folder)).places["borrowers/phone_fingerprint"] == {"k2": 1, "k1": 1}


async def test_a_fingerprint_from_before_it_named_its_key_is_made_anew(database: Database, folder: Path) -> None:
    office = open_front_office(database)
    await office.borrower()
    async with database.transaction() as session:
        row = (await session.scalars(select(BorrowerRow))).one()
        *_, bare = BEFORE.fingerprints("phone", BEFORE.unseal_text(row.phone_sealed or b""))
        row.phone_fingerprint = bare
    assert (await used(database, folder)).places["borrowers/phone_fingerprint"] == {NO_KEY: 1}
    await rotated(database, folder, office.clock, BEFORE)
    assert (await used(database, folder, BEFORE)).places["borrowers/phone_fingerprint"] == {"k1": 1}


async def test_a_file_keeps_its_age_and_stays_closed_to_others(database: Database, folder: Path) -> None:
    office = open_front_office(database)
    await EncryptedFolder(folder, BEFORE, office.clock).put(b"a paper")
    (path,) = stored_files(folder)
    age = path.stat().st_mtime
    office.clock.advance_to(office.clock.now().replace(year=2030))
    await rotated(database, folder, office.clock)
    assert [each.stat().st_mtime for each in stored_files(folder)] == [age]
    assert path.stat().st_mode & 0o077 == 0


async def test_a_file_that_was_deleted_meanwhile_stays_deleted(folder: Path) -> None:
    sealed = SealedFolder(folder, BOTH)
    assert await sealed.reseal(folder / "aa" / "bb" / ("a" * 32))
    assert list(stored_files(folder)) == []


async def test_two_runs_at_once_do_not_meet_in_one_store(database: Database, folder: Path) -> None:
    clock = open_front_office(database).clock
    with SealedFolder(folder, BOTH).alone(), pytest.raises(RotationUnderWay):
        await rotated(database, folder, clock)


@pytest.mark.postgres
async def test_a_row_that_the_bot_holds_is_passed_over_and_left_for_the_next_run(
    postgres: Database, folder: Path
) -> None:
    office = await lived_in(postgres)
    async with postgres.transaction() as session:
        await session.execute(select(BorrowerRow).with_for_update())
        await rotated(postgres, folder, office.clock)
        assert (await used(postgres, folder)).places["borrowers/phone_sealed"] == {"k1": 1}
        assert (await used(postgres, folder)).places["applications/address_sealed"] == {"k2": 1}
    await rotated(postgres, folder, office.clock)
    assert (await used(postgres, folder)).key_ids == {"k2"}


async def test_a_line_of_a_conversation_may_be_sealed_afresh_and_nothing_else_of_it_changed(database: Database) -> None:
    await lived_in(database)
    async with database.transaction() as session:
        await session.execute(update(HandoffMessageRow).values(text_sealed=BOTH.seal_text("您好")))
    for change in ({"staff_id": 1}, {"handoff_id": 2}):
        with pytest.raises(DBAPIError, match="only ever inserted"):
            async with database.transaction() as session:
                await session.execute(update(HandoffMessageRow).values(**change))
