"""Which failures are an outage, however deep below the one that is raised they lie."""

import errno
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError, OperationalError

from services.errors import NotFound, Unavailable
from services.outages import is_outage


class ServerError(Exception):
    """As a driver raises it."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


def from_driver(cause: Exception) -> DBAPIError:
    return DBAPIError("INSERT", {}, cause)


def refused_because_of(cause: Exception) -> Unavailable:
    refusal = Unavailable()
    refusal.__cause__ = cause
    return refusal


@pytest.mark.parametrize(
    "failure",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        refused_because_of(OSError(errno.EIO, "Input/output error")),
        from_driver(ServerError("53100")),
        from_driver(ServerError("53200")),
        from_driver(ServerError("58030")),
        from_driver(ServerError("57P03")),
        OperationalError("UPDATE", {}, ConnectionResetError(), connection_invalidated=True),
        ConnectionRefusedError(),
    ],
    ids=str,
)
def test_what_the_application_stands_on_failed(failure: Exception) -> None:
    assert is_outage(failure)


@pytest.mark.parametrize(
    "failure",
    [
        ZeroDivisionError(),
        NotFound(),
        refused_because_of(FileNotFoundError(errno.ENOENT, "No such file")),
        from_driver(ServerError("23505")),
        from_driver(ServerError("42703")),
    ],
    ids=repr,
)
def test_a_mistake_of_ours_is_none(failure: Exception) -> None:
    assert not is_outage(failure)


def test_a_sqlite_file_that_may_not_grow_is_an_outage(tmp_path: Path) -> None:
    line = sqlite3.connect(tmp_path / "small.db")
    line.execute("PRAGMA max_page_count = 2")
    line.execute("CREATE TABLE papers (content BLOB)")
    with pytest.raises(sqlite3.OperationalError) as full:
        line.execute("INSERT INTO papers VALUES (zeroblob(100000))")
    line.close()
    assert is_outage(from_driver(full.value))
