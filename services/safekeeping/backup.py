"""Making a backup beside a bot that is at work.

Everything is of one moment: the database of one snapshot, and the documents that this snapshot names. The snapshot
comes first. Bytes lie in the store before a row names them, so all that it names is there; what is stored later it does
not name. Documents are copied before the tables are written out: a paper that is deleted meanwhile is the only one that
can be missed, and the sooner it is copied, the less likely.
"""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.clock import Clock
from services.documents.document_store import place_of
from services.documents.stray_files import NAMES
from services.safekeeping.dump_files import copy_sealed, sum_of
from services.safekeeping.manifest import DOCUMENTS, MANIFEST, SUMS, Manifest, instant
from services.safekeeping.table_dumps import dump, is_sqlite
from services.vault import Vault

UNFINISHED: Final = ".unfinished"
"""What the folder's name ends with until the backup is whole."""


class FolderTaken(Exception):
    """A backup goes into a folder of its own, which must not be there yet."""


class NoSchema(Exception):
    """The database has not been migrated."""


async def make_backup(
    engine: AsyncEngine,
    documents: Path,
    folder: Path,
    vault: Vault,
    clock: Clock,
    flush: Callable[[], None] = os.sync,
) -> Manifest:
    """Write a backup of the database and of the sealed files in `documents` into `folder`, which appears under its name
    once it is whole and `flush` has brought it to the disk. Documents stay sealed: to use them again takes the keys.
    Raises FolderTaken, NoSchema, OSError."""
    with _folder_that_appears_whole(folder, flush) as unfinished:
        async with engine.connect() as connection:
            await _hold_still(connection)
            made_at = clock.now()
            revision = await _revision(connection)
            keys = await named_documents(connection)
            missing = _copy_documents(keys, documents, unfinished / DOCUMENTS)
            tables = await dump(connection, unfinished)
        _write_sums(unfinished)
        manifest = Manifest(
            made_at=instant(made_at),
            revision=revision,
            database=engine.dialect.name,
            tables=tables,
            documents=len(keys) - len(missing),
            missing=missing,
            sums_sha256=sum_of(unfinished / SUMS),
        ).sealed(vault)
        (unfinished / MANIFEST).write_text(manifest.to_json(), encoding="utf-8")
    return manifest


@contextmanager
def _folder_that_appears_whole(folder: Path, flush: Callable[[], None]) -> Iterator[Path]:
    """The folder under another name until everything in it is on the disk; nothing of it stays when that fails."""
    if folder.exists():
        raise FolderTaken(f"{folder} is there already")
    unfinished = folder.with_name(folder.name + UNFINISHED)
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True, mode=0o700)
    try:
        yield unfinished
        flush()
        unfinished.rename(folder)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


async def _hold_still(connection: AsyncConnection) -> None:
    """Have every later query see the database of this moment, however long that takes."""
    if is_sqlite(connection):
        # A deferred transaction sees from its first read on what it saw then.
        await connection.execute(text("SELECT count(*) FROM sqlite_master"))
        return
    await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):
        await connection.execute(text(f"SET LOCAL {limit} = 0"))
    for form in ("timezone = 'UTC'", "datestyle = 'ISO'", "bytea_output = 'hex'"):
        await connection.execute(text(f"SET LOCAL {form}"))


async def _revision(connection: AsyncConnection) -> str:
    tables = "sqlite_master WHERE name" if is_sqlite(connection) else "pg_class WHERE relname"
    if not await connection.scalar(text(f"SELECT count(*) FROM {tables} = 'alembic_version'")):  # nosec B608  # noqa: S608 - ours
        raise NoSchema("the database has no schema: nothing to back up")
    return str(await connection.scalar(text("SELECT version_num FROM alembic_version")))


async def named_documents(connection: AsyncConnection) -> list[str]:
    """Keys of all files in the store that rows name, in order."""
    named: set[str] = set()
    for column, meant in NAMES:
        query = select(column).where(column.is_not(None))
        named.update(key for (key,) in await connection.execute(query if meant is None else query.where(meant)) if key)
    return sorted(named)


def _copy_documents(keys: Iterable[str], store: Path, into: Path) -> list[str]:
    """Copy the files; answers the keys of those that are not there."""
    missing = []
    for key in keys:
        try:
            place = place_of(key)
            copy_sealed(store / place, into / place)
        except (FileNotFoundError, ValueError):
            missing.append(key)
    return missing


def _write_sums(folder: Path) -> None:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    with (folder / SUMS).open("x", encoding="utf-8") as sums:
        sums.writelines(f"{sum_of(path)}  {path.relative_to(folder).as_posix()}\n" for path in files)
