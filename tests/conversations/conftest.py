"""The town that conversations happen in."""

import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from demo import CONFIG
from tests.conversations.town import Town


@pytest.fixture
async def town_with_arranged_line(tmp_path: Path, migrated: Path) -> AsyncIterator[Town]:
    """A town whose lender arranges the credit line with an officer."""
    shutil.copy(migrated, tmp_path / "loanline.db")
    config = Path(shutil.copytree(CONFIG, tmp_path / "config"))
    line = config / "products" / "line.toml"
    line.write_text("self_service = false\n" + line.read_text(encoding="utf-8"), encoding="utf-8")
    async with AsyncExitStack() as stack:
        here = Town(tmp_path, stack, config=config)
        await here.open()
        yield here
        await here.settled()
        assert here.errors == []


@pytest.fixture
async def town(tmp_path: Path, migrated: Path) -> AsyncIterator[Town]:
    """Closes with a check that nothing was logged as an error."""
    shutil.copy(migrated, tmp_path / "loanline.db")
    async with AsyncExitStack() as stack:
        here = Town(tmp_path, stack)
        await here.open()
        yield here
        await here.settled()
        assert here.errors == []
