"""Tables out of a database into files, and back."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Table, column, func, select, table, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.models import Base
from services.safekeeping.dump_files import chunks_of, compressed, lines_of
from services.safekeeping.manifest import TableDump
from services.safekeeping.row_text import Kind, kind_of, line_of, values_of

BATCH: Final = 1_000
"""Rows in memory at a time on SQLite."""
AS_LONG_AS_IT_TAKES: Final = timedelta(days=7).total_seconds()


def is_sqlite(connection: AsyncConnection) -> bool:
    return connection.dialect.name == "sqlite"


def columns_of(source: Table) -> list[tuple[str, Kind]]:
    return [(column.name, kind_of(column.type)) for column in source.columns]


async def dump(connection: AsyncConnection, folder: Path) -> list[TableDump]:
    """Write every table into its file, as the connection's transaction sees it."""
    return [await _dump(connection, source, folder) for source in Base.metadata.sorted_tables]


async def _dump(connection: AsyncConnection, source: Table, folder: Path) -> TableDump:
    empty = TableDump(source.name, columns_of(source), 0)
    names = ", ".join(f'"{name}"' for name in empty.column_names)
    order = ", ".join(f'"{column.name}"' for column in source.primary_key)
    query = f'SELECT {names} FROM "{source.name}" ORDER BY {order}'  # nosec B608  # noqa: S608 - names of our own tables
    with compressed(folder / empty.file) as sink:
        if is_sqlite(connection):
            found = await connection.stream(text(query))
            async for rows in found.partitions(BATCH):
                sink.write("".join(line_of(row, empty.kinds) for row in rows).encode())
        else:

            async def write(data: bytes) -> None:
                sink.write(data)

            driver = await _driver(connection)
            await driver.copy_from_query(query, output=write, format="text", timeout=AS_LONG_AS_IT_TAKES)
    return TableDump(empty.name, empty.columns, sink.lines)


async def fill(connection: AsyncConnection, folder: Path, dumps: Sequence[TableDump]) -> None:
    """Put the rows of the files into empty tables, in the connection's transaction, and have new rows numbered after
    them."""
    if is_sqlite(connection):
        await connection.execute(text("PRAGMA defer_foreign_keys = ON"))
        for each in dumps:
            await _insert(connection, folder / each.file, each)
        return
    driver = await _driver(connection)
    for each in dumps:
        await driver.copy_to_table(
            each.name,
            source=_asynchronous(folder / each.file),
            columns=each.column_names,
            format="text",
            timeout=AS_LONG_AS_IT_TAKES,
        )
        if "id" in each.column_names:
            await _number_after(connection, each.name)


async def _number_after(connection: AsyncConnection, name: str) -> None:
    """Have the next row numbered after the highest; nothing for a table without rows or without numbering."""
    highest = await connection.scalar(select(func.max(column("id"))).select_from(table(name)))
    if highest is not None:
        await connection.execute(select(func.setval(func.pg_get_serial_sequence(name, "id"), highest)))


async def _insert(connection: AsyncConnection, path: Path, dumped: TableDump) -> None:
    names = ", ".join(f'"{name}"' for name in dumped.column_names)
    places = ", ".join("?" for _ in dumped.columns)
    statement = f'INSERT INTO "{dumped.name}" ({names}) VALUES ({places})'  # nosec B608  # noqa: S608 - names of a verified manifest
    rows = (values_of(line, dumped.kinds) for line in lines_of(path))
    while batch := list(islice(rows, BATCH)):
        await connection.exec_driver_sql(statement, batch)


async def filled_tables(connection: AsyncConnection, names: Sequence[str]) -> list[str]:
    """Those of the tables that have rows."""
    found = []
    for name in names:
        if await connection.scalar(
            select(func.count()).select_from(select(1).select_from(table(name)).limit(1).subquery())
        ):
            found.append(name)
    return found


async def _asynchronous(path: Path) -> AsyncIterator[bytes]:
    for chunk in chunks_of(path):
        yield chunk


async def _driver(connection: AsyncConnection) -> Any:
    """The driver's own connection, inside the transaction that SQLAlchemy began."""
    await connection.execute(text("SELECT 1"))
    raw = await connection.get_raw_connection()
    return raw.driver_connection
