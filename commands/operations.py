"""The commands for whoever runs the bot: backups, and whether the books agree."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.shell import console, read_settings, refuse

if TYPE_CHECKING:
    from bot.settings import Settings
    from services.consistency.findings import Report
    from services.db import Database
    from services.safekeeping.manifest import Manifest
    from services.vault import Vault

Folder = Annotated[Path, typer.Argument(help="The folder of the backup.")]


def add_to(app: typer.Typer) -> None:
    """Make the commands known."""
    for command in (backup, restore, verify_backup, check_books):
        app.command()(command)


def backup(folder: Folder) -> None:
    """Write database and documents into FOLDER, which must not be there yet. The bot may be at work.

    Personal data and documents stay sealed: keep the keys of LOANLINE_KEYS too, and elsewhere. Without them a backup
    opens nothing.
    """
    settings = read_settings()
    with _refusals():
        made = asyncio.run(_back_up(settings, folder))
    _describe(made, f"{folder} holds")
    for key in made.missing:
        console.print(f"[yellow]The document store has no file {key}, which the database names.[/yellow]")


def verify_backup(
    folder: Folder,
    note: Annotated[
        bool, typer.Option("--note", help="Note in the database of when it is: an alert tells when it grows too old.")
    ] = False,
) -> None:
    """Read the whole backup in FOLDER: every file there, none changed, none added, sealed with the keys here."""
    from services.safekeeping.verification import verify

    settings = read_settings()
    with _refusals():
        verified = verify(folder, _vault(settings))
        if note:
            asyncio.run(_note(settings, verified))
        _describe(verified, f"{folder} is whole:")


def restore(folder: Folder) -> None:
    """Verify the backup in FOLDER and restore it into the database and the documents' folder of the settings, both of
    them empty. Then check the books. A backup of SQLite may go into PostgreSQL, and the other way round.
    """
    settings = read_settings()
    with _refusals():
        restored, report = asyncio.run(_restore(settings, folder))
    _describe(restored, "Restored:")
    _conclude(report)


def check_books() -> None:
    """Look whether everything in the database agrees: ledger, installments, payments, replays, documents, what is
    stuck. Nothing is changed. Ends with status 1 when something does not.
    """
    settings = read_settings()
    with _refusals():
        report = asyncio.run(_check(settings))
    _conclude(report)


@contextmanager
def _refusals() -> Iterator[None]:
    """What an operator can do something about ends the command with its sentence."""
    from services.configuration.reading import ConfigurationError
    from services.safekeeping.backup import FolderTaken, NoSchema
    from services.safekeeping.manifest import BackupDamaged
    from services.safekeeping.restore import TargetNotEmpty
    from services.schema import MigrationsUnderWay
    from services.vault import BadKeys

    try:
        yield
    except BackupDamaged as error:
        refuse("\n".join(error.damage))
    except (BadKeys, ConfigurationError, FolderTaken, MigrationsUnderWay, NoSchema, TargetNotEmpty) as error:
        refuse(str(error))
    except OSError as error:
        refuse(f"{error.filename or 'The disk'}: {error.strerror}.")


def _describe(manifest: "Manifest", how: str) -> None:
    rows = sum(table.rows for table in manifest.tables)
    console.print(
        f"{how} {rows:,} rows and {manifest.documents:,} documents of {manifest.made_at} "
        f"({manifest.database}, schema {manifest.revision}).",
        highlight=False,
    )


def _conclude(report: "Report") -> None:
    for finding in report.findings:
        console.print(f"[red]{finding.kind}[/red] {finding.subject}: {finding.detail}", highlight=False)
    if report.findings:
        raise typer.Exit(1)
    console.print(f"The books agree; {report.replayed:,} loans were replayed.", highlight=False)


def _vault(settings: "Settings") -> "Vault":
    from services.vault import Vault

    return Vault.from_text(settings.keys.get_secret_value())


def _documents(settings: "Settings") -> Path:
    return settings.data_dir / "documents"


async def _back_up(settings: "Settings", folder: Path) -> "Manifest":
    from services.clock import SystemClock
    from services.connections import create_engine
    from services.safekeeping.backup import make_backup

    engine = create_engine(settings.database_url, settings.engine_options().unhurried())
    try:
        return await make_backup(engine, _documents(settings), folder, _vault(settings), SystemClock())
    finally:
        await engine.dispose()


async def _note(settings: "Settings", verified: "Manifest") -> None:
    from services.clock import SystemClock
    from services.db import Database
    from services.leases import Leases
    from services.safekeeping.newest_backup import note_verified

    database = Database(settings.database_url, settings.engine_options())
    try:
        await note_verified(Leases(database, SystemClock(), "verify-backup"), verified.moment)
    finally:
        await database.close()


async def _restore(settings: "Settings", folder: Path) -> tuple["Manifest", "Report"]:
    from services.audit.acts import operator_did
    from services.clock import SystemClock
    from services.db import Database
    from services.safekeeping.restore import restore_backup

    database = Database(settings.database_url, settings.engine_options())
    try:
        restored = await restore_backup(folder, database, _documents(settings), _vault(settings))
        async with database.transaction() as session:
            operator_did(session, "restored_backup", f"backup:{folder.name}"[:48], now=SystemClock().now())
        return restored, await _look(settings, database)
    finally:
        await database.close()


async def _check(settings: "Settings") -> "Report":
    from services.db import Database

    database = Database(settings.database_url, settings.engine_options())
    try:
        return await _look(settings, database)
    finally:
        await database.close()


async def _look(settings: "Settings", database: "Database") -> "Report":
    from services.clock import SystemClock
    from services.configuration.lender import load_lender
    from services.configuration.staff_file import load_staff
    from services.consistency.consistency_check import ConsistencyCheck
    from services.documents.document_store import EncryptedFolder

    clock = SystemClock()
    lender, staff = load_lender(settings.config_dir), load_staff(settings.config_dir)
    store = EncryptedFolder(_documents(settings), _vault(settings), clock)
    return await ConsistencyCheck(database, clock, lender, staff, store).look()
