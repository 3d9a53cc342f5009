"""The commands for whoever keeps the data safe: encryption keys, and the audit log."""

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from commands.shell import console, read_settings, refuse

if TYPE_CHECKING:
    from services.audit.audit_chain import Anchor, Verdict
    from services.db import Database
    from services.safekeeping.key_use import KeyUse
    from services.safekeeping.sealed_folder import SealedFolder
    from services.vault import Vault

TABLE_WIDTH = 120


def add_to(app: typer.Typer) -> None:
    """Make the commands known."""
    for command in (keys, rotate_keys, audit_head, verify_audit):
        app.command()(command)


def keys() -> None:
    """How many values and files lie under which encryption key. A key that nothing lies under may go."""

    async def count() -> "tuple[Vault, KeyUse]":
        async with _opened() as (database, vault, folder):
            return vault, await _use(database, vault, folder)

    vault, use = asyncio.run(count())
    _print_use(vault, use)
    if not _all_known(vault, use):
        raise typer.Exit(1)


def rotate_keys() -> None:
    """Bring everything that is encrypted under the first key of LOANLINE_KEYS, while the bot runs.

    A run that is cut short is run again and goes on where it was. It tells what is left under each other key; one that
    nothing is left under may be taken out of LOANLINE_KEYS.
    """
    from services.safekeeping.sealed_folder import RotationUnderWay

    try:
        vault, use = asyncio.run(_rotate())
    except RotationUnderWay as error:
        refuse(f"{str(error).capitalize()}.")
    left = {key_id: use.of(key_id) for key_id in vault.key_ids[1:]}
    for key_id, count in left.items():
        console.print(f"{count:,} left under {key_id}" if count else f"nothing is left under {key_id}: it may go")
    if any(left.values()) or not _all_known(vault, use):
        raise typer.Exit(1)


def audit_head() -> None:
    """Put what waits into the audit log's chain, and print how far it reaches as `position:hash`.

    Keep the line where nobody who can write the database can write, and give it to `verify-audit`.
    """

    async def head() -> "Anchor | None":
        from services.audit.audit_chain import AuditChain
        from services.clock import SystemClock

        async with _database() as database:
            chain = AuditChain(database, SystemClock())
            await chain.seal(from_the_start=True)
            return await chain.head()

    found = asyncio.run(head())
    if found is None:
        console.print("The audit log is empty.")
    else:
        sys.stdout.write(f"{found}\n")


def verify_audit(
    anchor: Annotated[
        list[str] | None, typer.Option(help="A line that `audit-head` printed before; may be given several times.")
    ] = None,
) -> None:
    """Compute the audit log's chain again from its first entry, and name the first one that does not hold.

    Without an anchor it cannot be seen that the end was cut off, or that everything was written anew.
    """
    from services.audit.audit_chain import Anchor, AuditChain
    from services.clock import SystemClock

    try:
        anchors = [Anchor.parse(line) for line in anchor or []]
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--anchor") from error

    async def look() -> "Verdict":
        async with _database() as database:
            return await AuditChain(database, SystemClock()).verify(anchors)

    verdict = asyncio.run(look())
    _print_verdict(verdict)
    if verdict.broken or verdict.overdue:
        raise typer.Exit(1)


async def _rotate() -> "tuple[Vault, KeyUse]":
    from services.clock import SystemClock
    from services.safekeeping.key_rotation import KeyRotation

    async with _opened() as (database, vault, folder):
        done: Counter[str] = Counter()
        with Console(stderr=True).status("changing keys") as status:
            async for step in KeyRotation(database, vault, folder, SystemClock()).run():
                done["moved"] += step.moved
                done["opened by no key"] += step.unreadable
                done["given twice"] += step.twice
                status.update(f"{step.place}: {done['moved']:,} moved")
        told = ", ".join(f"{count:,} {what}" for what, count in done.items() if count)
        console.print(f"{vault.key_ids[0]}: {told or 'nothing to do'}", highlight=False)
        return vault, await _use(database, vault, folder)


async def _use(database: "Database", vault: "Vault", folder: "SealedFolder") -> "KeyUse":
    from services.safekeeping.key_use import key_use

    return await key_use(database, folder, vault.key_ids)


def _all_known(vault: "Vault", use: "KeyUse") -> bool:
    unknown = use.key_ids - set(vault.key_ids)
    if unknown:
        console.print(
            "[red]Some values lie under a key that is not in LOANLINE_KEYS, or are fingerprints of before they named "
            "their key.[/red] For the latter run `python main.py rotate-keys`."
        )
    return not unknown


def _print_use(vault: "Vault", use: "KeyUse") -> None:
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("place", no_wrap=True)
    for number, key_id in enumerate(vault.key_ids):
        table.add_column(f"{key_id} (in use)" if number == 0 else key_id, justify="right", no_wrap=True)
    table.add_column("none of them", justify="right", no_wrap=True)
    unknown = use.key_ids - set(vault.key_ids)
    for place, counts in use.places.items():
        if any(counts.values()):
            cells = [counts.get(key_id, 0) for key_id in vault.key_ids]
            table.add_row(place, *map(str, cells), str(sum(counts.get(key_id, 0) for key_id in unknown)))
    Console(width=max(Console().width, TABLE_WIDTH)).print(table, highlight=False)


def _print_verdict(verdict: "Verdict") -> None:
    if verdict.broken is None:
        console.print(f"[green]The audit log holds:[/green] {verdict.links:,} entries, head {verdict.head}")
    else:
        where = f"at position {verdict.broken.position:,}"
        entry = "" if verdict.broken.entry_id is None else f", entry {verdict.broken.entry_id}"
        fault = verdict.broken.fault.replace("_", " ")
        console.print(f"[red]The audit log does not hold {where}{entry}: {fault}.[/red]", highlight=False)
    if verdict.waiting:
        waiting = f"{verdict.waiting:,} entries wait to be sealed since {verdict.waiting_since:%Y-%m-%d %H:%M} UTC"
        console.print(f"[red]{waiting}: nobody seals them.[/red]" if verdict.overdue else waiting, highlight=False)


@asynccontextmanager
async def _database() -> "AsyncIterator[Database]":
    from sqlalchemy.exc import SQLAlchemyError

    from services import schema
    from services.db import Database

    database = Database(read_settings().database_url)
    try:
        if not await schema.is_current(database):
            refuse("The database is not up to date: run `python main.py migrate`.")
        yield database
    except (SQLAlchemyError, OSError) as error:
        refuse(f"The database cannot be read or written: {type(error).__name__}.")
    finally:
        await database.close()


@asynccontextmanager
async def _opened() -> "AsyncIterator[tuple[Database, Vault, SealedFolder]]":
    from services.safekeeping.sealed_folder import SealedFolder
    from services.vault import BadKeys, Vault

    settings = read_settings()
    try:
        vault = Vault.from_text(settings.keys.get_secret_value())
    except BadKeys as error:
        refuse(f"LOANLINE_KEYS: {error}.")
    async with _database() as database:
        yield database, vault, SealedFolder(settings.data_dir / "documents", vault)
