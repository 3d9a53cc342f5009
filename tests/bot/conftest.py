import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.app import Register, build_application
from bot.incoming.worker import Worker
from bot.papers.press import Press
from bot.wording.i18n import Catalogues
from services.connections import EngineOptions
from tests.bot.doubles import BreakableDatabase, FakeServices, TelegramDouble
from tests.bot.lines import Line, StartLine


@pytest.fixture(scope="session")
def catalogues() -> Catalogues:
    return Catalogues.load(strict=True)


@pytest.fixture(scope="session")
def press() -> Press:
    return Press()


@pytest.fixture
async def database(tmp_path: Path, migrated: Path) -> AsyncIterator[BreakableDatabase]:
    shutil.copy(migrated, tmp_path / "loanline.db")
    quick = EngineOptions(sqlite_survives_power_cuts=False)
    database = BreakableDatabase(f"sqlite+aiosqlite:///{tmp_path / 'loanline.db'}", quick)
    yield database
    await database.close()


@pytest.fixture
def services(database: BreakableDatabase) -> FakeServices:
    return FakeServices(database)


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramDouble]:
    async with TelegramDouble() as server:
        yield server


@pytest.fixture
def line(telegram: TelegramDouble, catalogues: Catalogues, press: Press, services: FakeServices) -> StartLine:
    @asynccontextmanager
    async def start(register: Register, at_once: int = 64) -> AsyncIterator[Line]:
        application = build_application(telegram.settings(), services.whole, catalogues, register, press=press)
        worker = Worker(application, services.database, services.clock, name="worker", at_once=at_once)
        async with application:
            running = asyncio.create_task(worker.run())
            yield Line(application, worker, services.letters, services, telegram)
            worker.stop()
            await running

    return start
