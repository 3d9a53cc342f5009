"""The commands for accountants: the journal, the trial balance, and the ledger of a scenario."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer
from rich.console import Console

from commands.shell import Document, bytes_of, console, read_settings, refuse

if TYPE_CHECKING:
    from services.accounting.books import Books
    from services.accounting.journal import JournalFormat
    from services.accounting.selection import Days, Selection
    from services.accounting.trial_balance import TrialBalance
    from services.configuration.chart_of_accounts import ChartOfAccounts
    from services.configuration.lender import Lender

TABLE_WIDTH = 132
"""Columns of a trial balance that is not written to a terminal of its own width."""


class Format(StrEnum):
    """How a journal is written."""

    CSV = "csv"
    BEANCOUNT = "beancount"


class Shape(StrEnum):
    """How a trial balance is written."""

    TABLE = "table"
    CSV = "csv"


A_DAY: dict[str, Any] = {"parser": date.fromisoformat, "metavar": "DATE"}
Day = date | None


def add_to(app: typer.Typer) -> None:
    """Make the commands known."""
    for command in (journal, trial_balance, ledger):
        app.command()(command)


def journal(
    file: Annotated[Path | None, typer.Argument(help="Where to write; without it, standard output.")] = None,
    since: Annotated[Day, typer.Option("--from", help="First day.", **A_DAY)] = None,
    until: Annotated[Day, typer.Option("--to", help="Last day.", **A_DAY)] = None,
    style: Annotated[Format, typer.Option("--format", help="How it is written.")] = Format.CSV,
    by_recording: Annotated[
        bool, typer.Option("--recorded", help="--from and --to are days of recording, not effective days.")
    ] = False,
    recorded_by: Annotated[Day, typer.Option(help="Leave out what was recorded after that day.", **A_DAY)] = None,
    effective_by: Annotated[
        Day, typer.Option(help="With --recorded: only what is effective by that day.", **A_DAY)
    ] = None,
) -> None:
    """The journal of the configured database under your own account codes.

    By effective days; with --recorded by the days on which entries were recorded, so that nothing that came late for a
    closed month is missed. docs/accounting.md says how to close a month with it.
    """
    from services.accounting.selection import Days, Selection

    if by_recording and recorded_by:
        raise typer.BadParameter("--recorded has --to for the last day of recording", param_hint="--recorded-by")
    if effective_by and not by_recording:
        raise typer.BadParameter(
            "--to is the last effective day unless --recorded is given", param_hint="--effective-by"
        )
    span = _days(since, until)
    if by_recording:
        selection = Selection(Days(last=effective_by), span, by_recording=True)
    else:
        selection = Selection(span, Days(last=recorded_by))
    entries = asyncio.run(_write_journal(selection, style, file))
    console.print(f"{entries:,} entries" + (f" in {file}" if file else ""), highlight=False)


def trial_balance(
    on: Annotated[date, typer.Option(help="The day whose end is meant.", **A_DAY)],
    since: Annotated[
        Day, typer.Option("--from", help="First day of what is posted; the month's by default.", **A_DAY)
    ] = None,
    recorded_by: Annotated[Day, typer.Option(help="As the books stood at the end of that day.", **A_DAY)] = None,
    shape: Annotated[Shape, typer.Option("--format", help="How it is written.")] = Shape.TABLE,
) -> None:
    """The trial balance 试算表 of a day: opening balance, debits, credits and closing balance of each account."""
    first = since or on.replace(day=1)
    if first > on:
        raise typer.BadParameter("it lies after --on", param_hint="--from")
    found, language = asyncio.run(_read_trial_balance(first, on, recorded_by))
    (_print_csv if shape is Shape.CSV else _print_table)(found, language)


def ledger(
    document: Document = None,
    style: Annotated[Format, typer.Option("--format", help="How it is written.")] = Format.BEANCOUNT,
) -> None:
    """The ledger of a scenario, as `replay` takes it, as Beancount or CSV under your own account codes.

    Needs no database. A list of scenarios makes one journal of them all.
    """
    from services.accounting.scenario_journal import RefusedScenario, replayed_loans, written
    from services.engine.jsonio import LARGEST_DOCUMENT

    chart = _chart()
    try:
        loans = replayed_loans(bytes_of(document, at_most=LARGEST_DOCUMENT + 1))
    except OSError as error:
        refuse(f"The file does not open: {error.strerror}.")
    except RefusedScenario as refusal:
        sys.stderr.write(f"{refusal}\n")
        raise typer.Exit(2) from None
    for piece in written(loans, chart, _format(style, chart, "Ledger of a scenario", "en")):
        sys.stdout.buffer.write(piece.encode())


async def _write_journal(selection: "Selection", style: Format, file: Path | None) -> int:
    """Write the selected entries; how many they were."""
    entries = 0
    async with _opened() as (books, chart, lender):
        written = _format(style, chart, lender.name.in_language(lender.languages[0]), lender.languages[0])
        async with books.journal(selection) as journal:
            with _sink(file, style) as sink:
                sink.write(written.head(journal.frame).encode())
                async for entry in journal.entries:
                    sink.write(written.entry(entry).encode())
                    entries += 1
                sink.write(written.tail(journal.frame).encode())
    return entries


async def _read_trial_balance(since: date, until: date, recorded_by: date | None) -> "tuple[TrialBalance, str]":
    async with _opened() as (books, _, lender):
        return await books.trial_balance(since, until, recorded_by), lender.languages[0]


@asynccontextmanager
async def _opened() -> "AsyncIterator[tuple[Books, ChartOfAccounts, Lender]]":
    """The books of the configured database; ends the command where it cannot be read."""
    from sqlalchemy.exc import SQLAlchemyError

    from services import schema
    from services.accounting.books import Books
    from services.configuration.lender import load_lender
    from services.configuration.reading import ConfigurationError
    from services.db import Database

    settings, chart = read_settings(), _chart()
    try:
        lender = load_lender(settings.config_dir)
    except ConfigurationError as error:
        refuse(str(error))
    database = Database(settings.database_url)
    try:
        if not await schema.is_current(database):
            refuse("The database is not up to date: run `python main.py migrate`.")
        yield Books(database, chart, lender.time_zone), chart, lender
    except (SQLAlchemyError, OSError) as error:
        refuse(f"The books cannot be read or written: {type(error).__name__}.")
    finally:
        await database.close()


def _chart() -> "ChartOfAccounts":
    from services.configuration.chart_of_accounts import load_chart_of_accounts
    from services.configuration.reading import ConfigurationError

    try:
        return load_chart_of_accounts(read_settings().config_dir)
    except ConfigurationError as error:
        refuse(str(error))


def _format(style: Format, chart: "ChartOfAccounts", title: str, language: str) -> "JournalFormat":
    from services.accounting.beancount_journal import BeancountJournal
    from services.accounting.csv_journal import CsvJournal

    return CsvJournal(chart, language) if style is Format.CSV else BeancountJournal(chart, title)


@contextmanager
def _sink(file: Path | None, style: Format) -> Iterator[BinaryIO]:
    """Where the journal goes. A file appears under its name only once it is whole; CSV begins with the mark by which
    spreadsheets know UTF-8."""
    if file is None:
        yield sys.stdout.buffer
        return
    unfinished = file.with_name(f"{file.name}.part")
    try:
        with unfinished.open("wb") as sink:
            if style is Format.CSV:
                sink.write("\ufeff".encode())
            yield sink
        os.replace(unfinished, file)
    finally:
        unfinished.unlink(missing_ok=True)


def _print_csv(found: "TrialBalance", language: str) -> None:
    from services.accounting.csv_journal import rows_as_csv
    from services.accounting.trial_balance import COLUMNS

    rows = [COLUMNS, *(row.cells(language) for row in found.rows)]
    sys.stdout.buffer.write(rows_as_csv(rows).encode())


def _print_table(found: "TrialBalance", language: str) -> None:
    from rich.table import Table

    from services.accounting.trial_balance import COLUMNS

    table = Table(box=None, padding=(0, 2, 0, 0))
    for column in COLUMNS:
        words = column.replace("_", " ")
        table.add_column(words, justify="left" if column in ("code", "account", "currency") else "right", no_wrap=True)
    for row in found.rows:
        table.add_row(*row.cells(language))
    for total in found.totals():
        table.add_row(*total, style="bold")
    screen = Console()
    Console(width=max(screen.width, TABLE_WIDTH)).print(table, highlight=False)


def _days(first: Day, last: Day) -> "Days":
    from services.accounting.selection import Days

    if first is not None and last is not None and first > last:
        raise typer.BadParameter("it lies after --to", param_hint="--from")
    return Days(first, last)
