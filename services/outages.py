"""Failures of what the application stands on, as opposed to mistakes of its own: they pass, and work that they hindered
is done later."""

import errno
import sqlite3
from typing import Final

from services.transient import LOW_BYTE, causes, is_transient

NO_SPACE: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO})
FULL: Final = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY})
NO_RESOURCES: Final = "53"
"""The class of SQLSTATEs of a server without space, memory or connections."""
IO_ERROR: Final = "58030"


def is_outage(error: BaseException) -> bool:
    """Whether the same work may succeed later, seconds or half an hour from here: what `is_transient` says, and a disk
    that is full or does not answer. Unlike the former, repeating at once is of no use."""
    return is_transient(error) or any(_without_space(each) for each in causes(error))


def _without_space(error: BaseException) -> bool:
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", 0) & LOW_BYTE in FULL
    if isinstance(error, OSError):
        return error.errno in NO_SPACE
    state = getattr(error, "sqlstate", None)
    return isinstance(state, str) and (state.startswith(NO_RESOURCES) or state == IO_ERROR)
