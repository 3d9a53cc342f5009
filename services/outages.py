"""Failures of what the application stands on, as opposed to mistakes of its own: they pass, and work that they hindered
is done later."""

import errno
import sqlite3
from collections.abc import Iterator
from typing import Final

from sqlalchemy.exc import DBAPIError

from services.transient import LOW_BYTE, is_transient

NO_SPACE: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO})
FULL: Final = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY})
NO_RESOURCES: Final = "53"
"""The class of SQLSTATEs of a server without space, memory or connections."""
IO_ERROR: Final = "58030"


def is_outage(error: BaseException) -> bool:
    """Whether the same work may succeed later, seconds or half an hour from here: what `is_transient` says, and a disk
    that is full or does not answer. Unlike the former, repeating at once is of no use."""
    return is_transient(error) or any(_without_space(each) for each in _behind(error))


def _without_space(error: BaseException) -> bool:
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", 0) & LOW_BYTE in FULL
    if isinstance(error, OSError):
        return error.errno in NO_SPACE
    state = getattr(error, "sqlstate", None)
    return isinstance(state, str) and (state.startswith(NO_RESOURCES) or state == IO_ERROR)


def _behind(error: BaseException) -> Iterator[BaseException]:
    """The error and what led to it: services turn a disk that fails into a refusal of their own."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        each = waiting.pop()
        if each is not None and id(each) not in seen:
            seen.add(id(each))
            yield each
            waiting += [each.__cause__, each.orig if isinstance(each, DBAPIError) else None]
