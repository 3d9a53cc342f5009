"""A town on SQLite for outages of what lies below one process."""

import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.conversations.town import Town


@pytest.fixture
async def town(tmp_path: Path, migrated: Path) -> AsyncIterator[Town]:
    shutil.copy(migrated, tmp_path / "loanline.db")
    async with AsyncExitStack() as stack:
        here = Town(tmp_path, stack)
        await here.open()
        yield here
