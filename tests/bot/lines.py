"""An application that is started and fed by hand."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from bot.chat_order import ChatOrderedProcessor
from bot.context import LoanlineApplication
from tests.bot.doubles import FakeServices, Letters, TelegramDouble


@dataclass
class Line:
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


StartLine = Callable[..., AbstractAsyncContextManager[Line]]
"""Called with what registers the handlers, and if wished with services and the number of places."""
