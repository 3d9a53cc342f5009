"""SQLite for asyncio with at most one visit to the connection's thread for each statement.

aiosqlite does the work; its cursors go to the thread to be made, to execute, to fetch and to be closed. A visit costs
ten times a small query, so here a statement brings its first rows along, and nothing is closed that is used up. Inside
`at_once` a statement makes no visit at all. What may wait for another process or for the disk, beginning with the write
lock and committing, always goes to the thread.
"""

import contextlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, Self

import aiosqlite

ROWS_AT_ONCE: Final = 256
"""Rows that a statement brings along; more are fetched when they are asked for."""


WAITS: Final = "BEGIN IMMEDIATE"
"""The statement that waits for another writer."""

_at_once: ContextVar[bool] = ContextVar("sqlite at once", default=False)


@contextmanager
def at_once() -> Iterator[None]:
    """For statements about one person or a few rows: a visit to the thread would take longer than they do."""
    token = _at_once.set(True)
    try:
        yield
    finally:
        _at_once.reset(token)


class _File(sqlite3.Connection):
    """Cut off in the middle of a transaction, it leaves no lock behind: SQLite keeps a closed connection alive, with
    its transaction, while somebody holds one of its cursors, such as the frames of an exception."""

    def close(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            self.rollback()
        super().close()


class Connection(aiosqlite.Connection):
    """A connection whose cursors go to its thread once for each statement, or never."""

    def __init__(self, connector: Callable[[], sqlite3.Connection], iter_chunk_size: int) -> None:
        super().__init__(connector, iter_chunk_size)
        self._asked = 0
        self._answered = 0

    def cursor(self) -> "Cursor":  # type: ignore[override]  # the driver above only needs what `Cursor` has
        return Cursor(self)

    async def rollback(self) -> None:
        if self._conn.in_transaction:
            await super().rollback()

    async def visit(self, function: Callable[..., Any], *arguments: Any, waits: bool = False) -> Any:
        """Have a function called with arguments: here if it is quick and the thread is free, else in the thread."""
        if not waits and _at_once.get() and self._asked == self._answered:
            return function(*arguments)
        self._asked += 1
        return await self._execute(self._in_thread, function, *arguments)  # type: ignore[no-untyped-call]

    def _in_thread(self, function: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return function(*arguments)
        finally:
            # Counted by the thread itself: whoever asked may have been cancelled meanwhile.
            self._answered += 1

    def begin_cursor(self) -> sqlite3.Cursor:
        return self._conn.cursor()


class Cursor:
    """What SQLAlchemy's adapter asks of a cursor."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._cursor: sqlite3.Cursor | None = None
        self._rows: list[Any] = []
        self._more = False
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Self:
        await self._connection.visit(self._executed, sql, parameters, waits=sql == WAITS)
        return self

    async def executemany(self, sql: str, parameters: Iterable[Sequence[Any]]) -> Self:
        await self._connection.visit(self._executed_many, sql, parameters)
        return self

    async def fetchall(self) -> Sequence[Any]:
        rows, self._rows = self._rows, []
        if self._more and self._cursor is not None:
            rows += await self._connection.visit(self._cursor.fetchall)
            self._more = False
        return rows

    async def fetchmany(self, size: int | None = None) -> Sequence[Any]:
        wanted = size or self.arraysize
        while self._more and len(self._rows) < wanted and self._cursor is not None:
            fresh = await self._connection.visit(self._cursor.fetchmany, ROWS_AT_ONCE)
            self._more = len(fresh) == ROWS_AT_ONCE
            self._rows += fresh
        rows, self._rows = self._rows[:wanted], self._rows[wanted:]
        return rows

    async def fetchone(self) -> Any:
        rows = await self.fetchmany(1)
        return rows[0] if rows else None

    async def close(self) -> None:
        cursor, self._cursor = self._cursor, None
        if cursor is not None and self._more:
            await self._connection.visit(cursor.close)

    def _executed(self, sql: str, parameters: Sequence[Any]) -> None:
        cursor = self._fresh()
        cursor.execute(sql, parameters)
        if cursor.description is not None:
            self._rows = cursor.fetchmany(ROWS_AT_ONCE)
            self._more = len(self._rows) == ROWS_AT_ONCE
        self._told(cursor)

    def _executed_many(self, sql: str, parameters: Iterable[Sequence[Any]]) -> None:
        cursor = self._fresh()
        cursor.executemany(sql, parameters)
        self._told(cursor)

    def _fresh(self) -> sqlite3.Cursor:
        self._cursor = self._connection.begin_cursor()
        return self._cursor

    def _told(self, cursor: sqlite3.Cursor) -> None:
        self.description, self.rowcount, self.lastrowid = cursor.description, cursor.rowcount, cursor.lastrowid


def connect(database: str, **options: Any) -> Connection:
    """A connection to be awaited: for `async_creator_fn`."""
    # Two threads use it, one after the other.
    options["check_same_thread"] = False
    connection = Connection(lambda: sqlite3.connect(database, factory=_File, **options), iter_chunk_size=ROWS_AT_ONCE)
    connection._thread.daemon = True
    return connection
