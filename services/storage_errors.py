"""A full disk, told from other failures: what is asked for can wait until an operator has made room."""

import errno
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import DBAPIError

from services.errors import Unavailable

logger = logging.getLogger(__name__)

NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
DISK_FULL: Final = "53100"
"""PostgreSQL's SQLSTATE for it."""
_LOW_BYTE: Final = 0xFF


class StorageFull(Unavailable):
    """There is no room left on the disk. Nothing of what was asked for was kept."""

    key = "errors.unavailable"


def is_disk_full(error: BaseException) -> bool:
    """Whether the file system, SQLite or PostgreSQL says that there is no room left."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        return is_disk_full(error.orig)
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", 0) & _LOW_BYTE == sqlite3.SQLITE_FULL
    if isinstance(error, OSError):
        return error.errno in NO_ROOM
    return getattr(error, "sqlstate", None) == DISK_FULL


@contextmanager
def storage_errors(where: str) -> Iterator[None]:
    """Turn a full disk into StorageFull, with a line in the log that says which store it was; everything else goes on
    as it is. `where` is a word for the operator."""
    try:
        yield
    except (DBAPIError, OSError) as error:
        if not is_disk_full(error):
            raise
        logger.error("no room left on the disk", extra={"where": where})
        raise StorageFull from error
