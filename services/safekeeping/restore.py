"""Restoring a backup into an empty place: an empty database of either kind, and an empty folder of documents.

The backup is verified first. Documents come first, then all rows in one transaction, so that one which was cut off is
simply run again: nothing names the documents that it left behind, and they are known by their sums.
"""

from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import delete, table, text

from services import schema
from services.db import Database
from services.safekeeping.dump_files import copy_sealed, sum_of
from services.safekeeping.manifest import DOCUMENTS, Manifest
from services.safekeeping.table_dumps import fill, filled_tables, is_sqlite
from services.safekeeping.verification import read_sums, verify
from services.vault import Vault


class TargetNotEmpty(Exception):
    """There is something where the backup would go; nothing was changed."""


async def restore_backup(folder: Path, database: Database, documents: Path, vault: Vault) -> Manifest:
    """Restore the backup and bring its schema up to date. Raises BackupDamaged, TargetNotEmpty, OSError."""
    manifest = verify(folder, vault)
    sums = {path: digest for path, digest in read_sums(folder).items() if path.startswith(f"{DOCUMENTS}/")}
    _require_room(documents, sums)
    fresh = await _require_empty(database, manifest)
    if fresh:
        await schema.upgrade(database, to=manifest.revision)
    for path in sums:
        copy_sealed(folder / path, documents / Path(path).relative_to(DOCUMENTS))
    async with database.engine.connect() as connection:
        await connection.execution_options(sqlite_begin="IMMEDIATE")
        async with connection.begin():
            if not is_sqlite(connection):
                await connection.execute(text("SET LOCAL statement_timeout = 0"))
            if fresh:
                # What migrations put into their tables is in the backup as well.
                for name in reversed(await filled_tables(connection, [each.name for each in manifest.tables])):
                    await connection.execute(delete(table(name)))
            await fill(connection, folder, manifest.tables)
    await schema.upgrade(database)
    return manifest


def _require_room(documents: Path, sums: Mapping[str, str]) -> None:
    """Only documents of this very backup may be there, from a restore that was cut off."""
    for path in documents.rglob("*"):
        place = f"{DOCUMENTS}/{path.relative_to(documents).as_posix()}"
        if path.is_file() and path.suffix != ".part" and (place not in sums or sum_of(path) != sums[place]):
            raise TargetNotEmpty(f"{documents} holds documents that are not the backup's, such as {path.name}")


async def _require_empty(database: Database, manifest: Manifest) -> bool:
    """Whether the database has no schema yet; one that has must be the backup's, and without rows."""
    applied = await schema.applied_revisions(database)
    if not applied:
        return True
    if applied != {manifest.revision}:
        raise TargetNotEmpty(
            f"the database is at revision {', '.join(sorted(applied))} and the backup at {manifest.revision}: "
            "restore into a database without tables"
        )
    async with database.engine.connect() as connection:
        filled = await filled_tables(connection, [each.name for each in manifest.tables])
    if filled:
        raise TargetNotEmpty(f"the database is not empty: there are rows in {', '.join(filled)}")
    return False
