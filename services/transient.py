"""Which failures of a database pass by themselves, and doing a unit of work again after one of them."""

import asyncio
import secrets
import socket
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoFreeConnection

Answer = TypeVar("Answer")

SQLSTATES: Final = frozenset(
    {
        "40001",  # serialization_failure
        "40P01",  # deadlock_detected
        "55P03",  # lock_not_available: lock_timeout
        "57014",  # query_canceled: statement_timeout
        "25P03",  # idle_in_transaction_session_timeout
        "57P01",  # admin_shutdown
        "57P02",  # crash_shutdown
        "57P03",  # cannot_connect_now
        "57P05",  # idle_session_timeout
        "53300",  # too_many_connections
    }
)
CONNECTION_EXCEPTIONS: Final = "08"
"""The class of SQLSTATEs of a connection that failed."""
SQLITE_CODES: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
LOW_BYTE: Final = 0xFF
"""An extended SQLite code is its plain code with detail in the higher bytes."""


def is_transient(error: BaseException) -> bool:
    """Whether the same unit of work may succeed when it is done again: a statement or a lock took too long, two
    transactions stood in each other's way, a connection was lost or none was to be had. False for a full disk, a
    broken rule of the schema and everything that repetition does not cure."""
    return any(_passes(each) for each in causes(error))


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error, what led to it, and what the driver raised beneath them: services turn some failures into refusals of
    their own."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        each = waiting.pop()
        if each is not None and id(each) not in seen:
            seen.add(id(each))
            yield each
            waiting += [each.__cause__, each.orig if isinstance(each, DBAPIError) else None]


def _passes(error: BaseException) -> bool:
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    if isinstance(error, NoFreeConnection | ConnectionError | TimeoutError | socket.gaierror):
        return True
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", 0) & LOW_BYTE in SQLITE_CODES
    state = getattr(error, "sqlstate", None)
    return isinstance(state, str) and (state in SQLSTATES or state.startswith(CONNECTION_EXCEPTIONS))


async def _sleep(wait: timedelta) -> None:
    await asyncio.sleep(wait.total_seconds())


@dataclass(frozen=True, slots=True)
class Backoff:
    """How often a unit of work is tried, and how long it waits in between: after the n-th failure a random time of
    whole milliseconds from half of `first` x 2^(n - 1) to the whole of it, at most `longest`."""

    attempts: int = 5
    first: timedelta = timedelta(milliseconds=50)
    longest: timedelta = timedelta(seconds=2)
    pick: Callable[[int], int] = secrets.randbelow
    """A random whole number from 0 to below its argument."""
    sleep: Callable[[timedelta], Awaitable[None]] = _sleep

    def delay(self, failures: int) -> timedelta:
        """The wait after that many failures, 1 or more."""
        whole = min(self.first * (1 << min(failures - 1, 30)), self.longest) // timedelta(milliseconds=1)
        return timedelta(milliseconds=whole - self.pick(whole // 2 + 1))


BACKOFF: Final = Backoff()


async def retrying(
    unit: Callable[[], Awaitable[Answer]],
    backoff: Backoff = BACKOFF,
    passes: Callable[[BaseException], bool] = is_transient,
) -> Answer:
    """Do a whole unit of work, and again from its beginning after each failure that passes; raises the last failure
    when the attempts are used up.

    A connection that is lost while a transaction commits leaves open whether it did: only a unit that changes nothing
    when it is done twice belongs here.
    """
    failures = 0
    while True:
        try:
            return await unit()
        except Exception as error:
            failures += 1
            if failures >= backoff.attempts or not passes(error):
                raise
        await backoff.sleep(backoff.delay(failures))
