from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.app import Register, build_application
from bot.chat_order import ChatOrderedProcessor
from bot.i18n import Catalogues
from bot.papers.press import Press
from tests.bot.doubles import FakeServices, Letters, TelegramDouble
from tests.bot.lines import Line, StartLine


@pytest.fixture(scope="session")
def catalogues() -> Catalogues:
    return Catalogues.load(strict=True)


@pytest.fixture(scope="session")
def press() -> Press:
    return Press()


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramDouble]:
    async with TelegramDouble() as server:
        yield server


@pytest.fixture
def line(telegram: TelegramDouble, catalogues: Catalogues, press: Press) -> StartLine:
    @asynccontextmanager
    async def start(register: Register, services: FakeServices | None = None, at_once: int = 64) -> AsyncIterator[Line]:
        services = services or FakeServices()
        processor = ChatOrderedProcessor(at_once)
        application = build_application(
            telegram.settings(), services.whole, catalogues, register, press=press, processor=processor
        )
        async with application:
            await application.start()
            yield Line(application, processor, Letters(application.bot), services, telegram)
            await application.stop()

    return start
