"""A database for every test of the services."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.db import Database
from services.models import Base


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'loanline.db'}")
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield database
    await database.close()
