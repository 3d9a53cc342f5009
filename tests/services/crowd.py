"""A database full of borrowers like those that are in it, made by a statement for each table."""

from collections.abc import Iterator

from sqlalchemy import Column, Date, String, Table, UniqueConstraint, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.db import Database
from services.models import Base
from services.models.base import UtcInstant

STEP = 10_000
"""Rows of the same clone keep their distance: every identity is moved by so much for each clone."""
SPREAD_DAYS = 1_500
NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :times)"
MOVED = {"telegram_id", "message_id", "thread_id", "user_id"}
"""Numbers that are somebody's or something's own, beside the identities."""


async def multiply(database: Database, times: int) -> frozenset[str]:
    """Put `times` clones of everything that is in the database into it, each a day earlier than the one before, and
    have the planner learn of it; answers which tables are large. Identities must be below `STEP`."""
    dialect = database.engine.dialect.name
    sized = {}
    async with database.engine.begin() as connection:
        for table in Base.metadata.sorted_tables:
            columns = ", ".join(column.name for column in table.columns)
            values = ", ".join(_value(table, column, dialect) for column in table.columns)
            clones = f"INSERT INTO {table.name} ({columns}) SELECT {values} FROM {table.name} CROSS JOIN n WHERE true"  # noqa: S608 - our own names
            await connection.execute(text(f"{NUMBERS} {clones}"), {"times": times})
        sized = {table.name: await _rows(connection, table) for table in Base.metadata.sorted_tables}
        if dialect == "postgresql":
            # SQLite plans without figures, as it does where the bot runs.
            await connection.execute(text("ANALYZE"))
            await _move_sequences(connection)
    return frozenset(name for name, rows in sized.items() if rows >= times)


def _value(table: Table, column: Column[object], dialect: str) -> str:
    name = column.name
    if name in MOVED or column.foreign_keys or (column.primary_key and name == "id"):
        return f"{table.name}.{name} + {STEP} * n.i"
    if isinstance(column.type, String) and name in _unique(table):
        limit = column.type.length
        return f"CASE WHEN {name} IS NULL THEN NULL ELSE substr('x' || (id + {STEP} * n.i), 1, {limit}) END"
    if isinstance(column.type, Date | UtcInstant):
        return _earlier(column, dialect)
    return f"{table.name}.{name}"


def _earlier(column: Column[object], dialect: str) -> str:
    day = isinstance(column.type, Date)
    if dialect == "sqlite":
        form = "%Y-%m-%d" if day else "%Y-%m-%d %H:%M:%f"
        return f"strftime('{form}', {column.name}, '-' || (n.i % {SPREAD_DAYS}) || ' days')"
    past = f"n.i % {SPREAD_DAYS}"
    return f"{column.name} - {past}" if day else f"{column.name} - make_interval(days => {past})"


def _unique(table: Table) -> set[str]:
    """Columns that are unique by themselves."""
    alone = [c for c in table.constraints if isinstance(c, UniqueConstraint) and len(c.columns) == 1]
    return {column.name for constraint in alone for column in constraint.columns}


async def _rows(connection: AsyncConnection, table: Table) -> int:
    return int(await connection.scalar(select(func.count()).select_from(table)) or 0)


async def _move_sequences(connection: AsyncConnection) -> None:
    for table in Base.metadata.sorted_tables:
        if "id" in table.columns:
            highest = select(func.coalesce(func.max(table.columns.id), 1)).scalar_subquery()
            await connection.execute(select(func.setval(func.pg_get_serial_sequence(table.name, "id"), highest)))


def scanned(plan: object, dialect: str) -> Iterator[str]:
    """Tables that the plan reads from one end to the other, by an index or without."""
    if dialect == "sqlite":
        for *_, detail in plan:  # type: ignore[attr-defined]  # rows of EXPLAIN QUERY PLAN
            words = str(detail).split()
            if words[0] == "SCAN":
                yield words[1]
        return
    if isinstance(plan, list):
        for each in plan:
            yield from scanned(each, dialect)
    if isinstance(plan, dict):
        whole = plan.get("Node Type") == "Seq Scan" or ("Index" in plan.get("Node Type", "") and not _narrowed(plan))
        if whole and "Relation Name" in plan:
            yield str(plan["Relation Name"])
        for value in plan.values():
            if isinstance(value, dict | list):
                yield from scanned(value, dialect)


def _narrowed(plan: dict[str, object]) -> bool:
    return "Index Cond" in plan or "Recheck Cond" in plan or "Bitmap" in str(plan.get("Node Type"))
