import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.app import Register, build_application
from bot.i18n import Catalogues
from bot.papers.press import Press
from bot.worker import Worker
from services import schema
from services.connections import EngineOptions
from services.db import Database
from tests.bot.doubles import BreakableDatabase, FakeServices, TelegramDouble
from tests.bot.lines import Line, StartLine


@pytest.fixture(scope="session")
def catalogues() -> Catalogues:
    return Catalogues.load(strict=True)


@pytest.fixture(scope="session")
def press() -> Press:
    return Press()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with every migration, copied for each test."""
    path = tmp_path_factory.mktemp("migrated") / "loanline.db"

    async def migrate() -> None:
        database = Database(f"sqlite+aiosqlite:///{path}")
        await schema.upgrade(database)
        await database.close()

    asyncio.run(migrate())
    return path


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
