"""Loanline's commands. `python main.py --help` lists them.

Each command imports what it needs when it runs: `quote`, `replay` and `explain` answer in a moment because they load
nothing of the bot.
"""

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from commands import bookkeeping, operations, quarantine, safekeeping, simulating
from commands.shell import Document, bytes_of, console, read_settings, refuse

if TYPE_CHECKING:
    from bot.process import Role
    from bot.settings import Settings

app = typer.Typer(
    help="A Telegram bot through which people borrow and repay, and officers see what needs a human.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_show_locals=False,
)
Work = Callable[[asyncio.Event], Coroutine[Any, Any, None]]


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="Port of the phone page.")] = 8765,
    data: Annotated[Path, typer.Option(help="Folder for the demo's data; emptied at every start.")] = Path("var/demo"),
) -> None:
    """Run everything on this machine: bot, local Telegram, phones in a web page. No token, no network.

    Open the printed address. The left phone is a borrower, the right one a loan officer; the bar at the top moves
    the clock. Ctrl+C ends it.
    """
    from bot.monitoring import logs
    from demo import run_demo

    logs.configure("warning", "console")

    def announce(address: str) -> None:
        console.print(f"\n  The phones are at [bold]{address}[/bold]\n  Ctrl+C ends the demo.\n", highlight=False)

    try:
        asyncio.run(_until_told(lambda stop: run_demo(port, data, announce, stop.wait())))
    except OSError as error:
        console.print(f"[red]Port {port} cannot be used: {error.strerror}.[/red] Choose another one with --port.")
        raise typer.Exit(1) from error


@app.command()
def run(
    migrate_first: Annotated[
        bool, typer.Option("--migrate", help="Bring the database up to date before starting.")
    ] = False,
    roles: Annotated[
        str, typer.Option(help="What this process does, comma-separated: web, worker, sender, scheduler.")
    ] = "web,worker,sender,scheduler",
) -> None:
    """Run the bot against real Telegram, as the environment says (LOANLINE_TOKEN_FILE, LOANLINE_KEYS_FILE, …).

    One process does everything. On PostgreSQL several may share the work, each with all roles or with some.
    """
    from telegram.error import TelegramError

    from bot.client.first_contact import StoppedMeanwhile
    from bot.monitoring import logs
    from bot.process import NotMigrated, RoleError, roles_named
    from services.configuration.reading import ConfigurationError
    from services.vault import BadKeys

    settings = read_settings()
    logs.configure(settings.log_level, settings.log_format)
    try:
        chosen = roles_named(roles, settings)
        asyncio.run(_until_told(lambda stop: _serve(settings, chosen, migrate_first, stop)))
    except (ConfigurationError, NotMigrated, BadKeys, RoleError) as error:
        refuse(str(error))
    except StoppedMeanwhile:
        console.print("Stopped before Telegram answered.")
    except TelegramError as error:
        refuse(f"Telegram did not let the bot start: {error.message}.")


@app.command()
def migrate() -> None:
    """Bring the database of LOANLINE_DATABASE_URL up to date. Running it again changes nothing."""
    asyncio.run(_migrate(read_settings()))
    console.print("The database is up to date.")


@app.command()
def quote(document: Document = None) -> None:
    """Terms in, schedule and disclosure out, both JSON: rows, totals, APR, cost of credit.

    Needs no database and no configuration. A document that is refused ends with status 2 and one JSON object on
    standard error; a list is answered by a list.
    """
    _answer("quote", document)


@app.command()
def replay(document: Document = None) -> None:
    """Terms, policy and events in; allocations, balances, standing and ledger on a date out, all JSON."""
    _answer("replay", document)


@app.command()
def explain(document: Document = None) -> None:
    """The scenario of `replay` in, with `installment` for one row alone; dates, days, balances and rates of interest
    out, all JSON."""
    _answer("explain", document)


@app.command()
def doctor() -> None:
    """Look at token, database, folders, fonts, catalogues, configuration and desk, and say what to do about each."""
    from rich.table import Table

    from bot.monitoring.doctor import Outcome, run_checks
    from services.clock import SystemClock

    checks = asyncio.run(run_checks(read_settings(), SystemClock()))
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    signs = {Outcome.OK: "[green]ok[/green]", Outcome.WARN: "[yellow]warn[/yellow]", Outcome.FAIL: "[red]fail[/red]"}
    for check in checks:
        table.add_row(signs[check.outcome], check.name, check.found)
        if check.advice:
            table.add_row("", "", f"[dim]→ {check.advice}[/dim]")
    Console().print(table)
    if any(check.outcome is Outcome.FAIL for check in checks):
        raise typer.Exit(1)


@app.command()
def new_key() -> None:
    """Print a new encryption key for LOANLINE_KEYS. docs/security.md says in which order keys are changed."""
    from services.clock import SystemClock
    from services.vault import Vault

    sys.stdout.write(Vault.new_key(f"k{SystemClock().now():%Y%m%d}") + "\n")


def _answer(command: str, document: Path | None) -> None:
    from services.engine import jsonio
    from services.engine.errors import DOCUMENT, InvalidDocument

    try:
        source = bytes_of(document, at_most=jsonio.LARGEST_DOCUMENT + 1)
    except OSError as error:
        reason = f"the file does not open ({error.strerror})"
        status, out, err = jsonio.refused(InvalidDocument(field=DOCUMENT, reason=reason))
    else:
        status, out, err = jsonio.run(command, source)
    sys.stdout.write(out)
    sys.stderr.write(err)
    raise typer.Exit(status)


async def _serve(settings: "Settings", roles: "frozenset[Role]", migrate_first: bool, stop: asyncio.Event) -> None:
    from bot.garbage import look_seldom
    from bot.process import Process, Role, load_configuration
    from handlers import announce_commands, register
    from services.clock import SystemClock

    if migrate_first:
        await _migrate(settings)
    clock = SystemClock()
    process = Process(settings, load_configuration(settings.config_dir, clock), clock, register, roles=roles, stop=stop)
    async with process:
        look_seldom()
        if Role.WEB in roles:
            await announce_commands(process.application, process.catalogues)
        await stop.wait()


async def _migrate(settings: "Settings") -> None:
    from services import schema
    from services.db import Database

    database = Database(settings.database_url, settings.engine_options())
    try:
        await schema.upgrade(database)
    finally:
        await database.close()


async def _until_told(work: Work) -> None:
    """Run until done, or until the operating system asks to end; what is under way is finished."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    await work(stop)


for each in (bookkeeping, operations, quarantine, safekeeping, simulating):
    each.add_to(app)

if __name__ == "__main__":
    app()
