"""Connections to the database: how many, for how long, and with what time limits."""

import asyncio
import socket
from asyncio.trsock import TransportSocket
from dataclasses import dataclass, replace
from datetime import timedelta
from math import inf
from time import monotonic
from typing import Any, Final, Self

import asyncpg
from sqlalchemy import URL, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection, PoolResetState

from services import sqlite_driver
from services.compiled_statements import share_compiled

NO_LIMIT: Final = timedelta(0)
SILENCE: Final = timedelta(seconds=20)
"""A server that cannot be reached for so long is given up, however long the statement under way may take."""
_PROBES: Final = 4

GIVEN_BACK: Final = "given back"
"""Where the pool notes when a connection was given back, in seconds of a clock that is never set."""

READERS: Final = 8
"""Connections that read a SQLite file. To wait for one takes less than to open another and to close it again."""


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """How a process keeps its connections. What does not begin with `sqlite_` is PostgreSQL's; a limit of nil is none.

    All processes together must stay below the server's `max_connections`: each may hold twice `pool_size` and
    `pool_overflow`.
    """

    pool_size: int = 10
    """Connections that stay open."""
    pool_overflow: int = 10
    """Further ones under load, closed when they are given back."""
    pool_patience: timedelta = timedelta(seconds=10)
    """How long a unit of work waits for a free connection."""
    trusted_for: timedelta = timedelta(seconds=1)
    """One that was given back longer ago is asked whether it still answers before it is used again."""
    recycle: timedelta = timedelta(minutes=30)
    """A connection older than that is replaced: firewalls forget connections, and servers grow with their age."""
    connect_patience: timedelta = timedelta(seconds=5)
    statement_limit: timedelta = timedelta(seconds=30)
    """The server ends a statement that takes longer."""
    answer_patience: timedelta = timedelta(seconds=5)
    """And one that has not even done that so much later is frozen: its connection is given up."""
    lock_limit: timedelta = timedelta(seconds=10)
    """And one that waits longer for a lock."""
    idle_in_transaction_limit: timedelta = timedelta(minutes=1)
    """And the connection of a transaction in which nothing is asked for longer."""
    application_name: str = "loanline"
    """What `pg_stat_activity` calls the process."""
    sqlite_patience: timedelta = timedelta(seconds=15)
    """How long a SQLite writer waits for another one."""
    sqlite_survives_power_cuts: bool = True
    """Whether a commit reaches the disk before it is one. Without, a power cut may take back the last commits, though
    never break the file: enough for data that is thrown away, such as a test's."""

    def unhurried(self) -> Self:
        """The same for work that takes as long as it takes, such as a backup: no limit on statements, locks or
        pauses."""
        return replace(self, statement_limit=NO_LIMIT, lock_limit=NO_LIMIT, idle_in_transaction_limit=NO_LIMIT)


DEFAULT_OPTIONS: Final = EngineOptions()


def create_engine(url: str | URL, options: EngineOptions = DEFAULT_OPTIONS) -> AsyncEngine:
    """An engine for SQLite (`sqlite+aiosqlite:///…`) or PostgreSQL (`postgresql+asyncpg://…`). Nothing is opened yet.

    On SQLite the execution option `sqlite_begin` chooses how a transaction begins: `IMMEDIATE` takes the write lock at
    once, the default `DEFERRED` with the first write.
    """
    if make_url(url).get_backend_name() == "sqlite":
        engine = _sqlite_engine(url, options)
        event.listen(engine.sync_engine, "begin", _begin_as_told)
    else:
        engine = _postgres_engine(url, options)
        _ask_after_a_rest(engine, options.trusted_for.total_seconds())
    event.listen(engine.sync_engine, "reset", _undo_what_is_left)
    return engine


def create_reading_engine(url: str | URL, options: EngineOptions = DEFAULT_OPTIONS) -> AsyncEngine:
    """An engine for looking only, in which each statement is a transaction of its own: a third of the messages that
    go to and fro otherwise. A connection that was lost is noticed by the statement that fails on it."""
    if make_url(url).get_backend_name() == "sqlite":
        return _sqlite_engine(url, options, pool_reset_on_return=None, pool_size=READERS, max_overflow=0)
    return _postgres_engine(url, options, isolation_level="AUTOCOMMIT", pool_reset_on_return=None, max_overflow=0)


def _sqlite_engine(url: str | URL, options: EngineOptions, **more: Any) -> AsyncEngine:
    engine = create_async_engine(url, connect_args={"async_creator_fn": sqlite_driver.connect}, **more)
    share_compiled(engine)
    pragmas = (
        "journal_mode=WAL",
        f"synchronous={'FULL' if options.sqlite_survives_power_cuts else 'NORMAL'}",
        "foreign_keys=ON",
        f"busy_timeout={options.sqlite_patience // timedelta(milliseconds=1)}",
    )

    @event.listens_for(engine.sync_engine, "connect")
    def configure(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        # The driver must not open transactions on its own, or a BEGIN IMMEDIATE of ours comes too late.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine


def _begin_as_told(connection: Any) -> None:
    mode = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")


def is_in_transaction(driven: Any) -> bool:
    """Whether a connection of a driver is, by its own word: aiosqlite has a property for it, asyncpg a method."""
    return bool(driven.in_transaction if hasattr(driven, "in_transaction") else driven.is_in_transaction())


def _undo_what_is_left(connection: DBAPIConnection, record: ConnectionPoolEntry, state: PoolResetState) -> None:
    """After a commit that failed SQLAlchemy takes the transaction for ended; where the database's goes on, the next one
    to use the connection would commit what belongs to it."""
    if state.transaction_was_reset and state.asyncio_safe and is_in_transaction(record.driver_connection):
        connection.rollback()


def _postgres_engine(url: str | URL, options: EngineOptions, **more: Any) -> AsyncEngine:
    pool = {
        "pool_size": options.pool_size,
        "max_overflow": options.pool_overflow,
        "pool_timeout": options.pool_patience.total_seconds(),
        "pool_recycle": int(options.recycle.total_seconds()),
    }
    engine = create_async_engine(url, connect_args=_postgres_arguments(options), **(pool | more))
    share_compiled(engine)
    event.listen(engine.sync_engine, "handle_error", _give_up_what_is_frozen)
    return engine


def _ask_after_a_rest(engine: AsyncEngine, trusted_for: float) -> None:
    """As the pool's own question before each use, which takes three exchanges, but not of what answered just now."""
    dialect = engine.dialect

    @event.listens_for(engine.sync_engine, "checkin")
    def given_back(connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
        record.info[GIVEN_BACK] = monotonic()

    @event.listens_for(engine.sync_engine, "checkout")
    def taken(connection: DBAPIConnection, record: ConnectionPoolEntry, proxy: PoolProxiedConnection) -> None:
        if monotonic() - record.info.get(GIVEN_BACK, inf) <= trusted_for:
            return
        try:
            dialect.do_ping(connection)
        except dialect.loaded_dbapi.Error as failure:
            raise InvalidatePoolError from failure


def _give_up_what_is_frozen(context: ExceptionContext) -> None:
    """A connection on which nothing came back in time would first wait for the end of that statement for ever."""
    if isinstance(context.original_exception, TimeoutError):
        context.is_disconnect = True
        context.invalidate_pool_on_disconnect = False


def _postgres_arguments(options: EngineOptions) -> dict[str, Any]:
    limits = {
        "statement_timeout": options.statement_limit,
        "lock_timeout": options.lock_limit,
        "idle_in_transaction_session_timeout": options.idle_in_transaction_limit,
    }
    answer = options.statement_limit + options.answer_patience
    server = {name: str(limit // timedelta(milliseconds=1)) for name, limit in limits.items()}
    return {
        "async_creator_fn": _connect,
        "connection_class": WatchfulConnection,
        "timeout": options.connect_patience.total_seconds(),
        "command_timeout": answer.total_seconds() if options.statement_limit else None,
        "server_settings": server
        | {
            "application_name": options.application_name,
            # Instants are written and read as UTC whatever zone the server lives in.
            "timezone": "UTC",
            # After five times the server would go on with a plan for any parameters. For a queue whose batch it does
            # not know, that reads and sorts everything that waits for each batch.
            "plan_cache_mode": "force_custom_plan",
        },
    }


def watch(line: socket.socket | TransportSocket) -> None:
    """Have the kernel notice that the other end of a TCP line has gone without a word; other sockets have no need."""
    if line.family not in (socket.AF_INET, socket.AF_INET6):
        return
    every = int(SILENCE.total_seconds()) // _PROBES
    line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    wanted = {
        "TCP_KEEPIDLE": every,
        "TCP_KEEPINTVL": every,
        "TCP_KEEPCNT": _PROBES - 1,
        "TCP_USER_TIMEOUT": SILENCE // timedelta(milliseconds=1),
    }
    for name, value in wanted.items():
        # Not every system has each of them.
        if hasattr(socket, name):
            line.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


class WatchfulConnection(asyncpg.Connection):  # type: ignore[misc]  # the driver has no types
    """A connection that fails when its server cannot be reached any more, rather than wait for an answer for ever."""

    def __init__(self, protocol: Any, transport: asyncio.Transport, *args: Any) -> None:
        super().__init__(protocol, transport, *args)
        watch(transport.get_extra_info("socket"))


async def _connect(*args: Any, **options: Any) -> asyncpg.Connection:
    try:
        return await asyncpg.connect(*args, **options)
    except FileNotFoundError as error:
        # A server that stops takes its socket file with it: the same as a port on which nobody listens.
        raise ConnectionRefusedError("no server listens on the socket") from error
