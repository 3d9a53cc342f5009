from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from bot.app import build_application
from bot.chat_order import ChatOrderedProcessor
from bot.context import LoanlineApplication
from bot.i18n import Catalogues
from tests.bot.doubles import FakeServices, Letters, TelegramDouble


@pytest.fixture(scope="session")
def catalogues() -> Catalogues:
    return Catalogues.load(strict=True)


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramDouble]:
    async with TelegramDouble() as server:
        yield server


@dataclass
class Line:
    """A started application, fed by hand."""

    application: LoanlineApplication
    processor: ChatOrderedProcessor
    letters: Letters
    services: FakeServices
    telegram: TelegramDouble

    async def receive(self, *updates: object) -> None:
        for update in updates:
            await self.application.update_queue.put(update)

    async def handle(self, *updates: object) -> None:
        await self.receive(*updates)
        await self.processor.idle()


@pytest.fixture
def line(telegram: TelegramDouble, catalogues: Catalogues):  # type: ignore[no-untyped-def] # a context manager factory
    @asynccontextmanager
    async def start(register, services: FakeServices | None = None, at_once: int = 64) -> AsyncIterator[Line]:  # type: ignore[no-untyped-def] # any callable over the application
        services = services or FakeServices()
        processor = ChatOrderedProcessor(at_once)
        application = build_application(telegram.settings(), services.whole, catalogues, register, processor=processor)
        async with application:
            await application.start()
            yield Line(application, processor, Letters(application.bot), services, telegram)
            await application.stop()

    return start
