"""An application that is started and fed by hand."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from bot.context import LoanlineApplication
from bot.incoming.worker import Worker
from tests.bot.doubles import FakeServices, Letters, TelegramDouble


@dataclass
class Line:
    application: LoanlineApplication
    worker: Worker
    letters: Letters
    services: FakeServices
    telegram: TelegramDouble

    async def receive(self, *updates: dict[str, Any]) -> None:
        """Store updates as Telegram delivered them; the worker, if it runs, looks at them."""
        for update in updates:
            await self.services.inbox.store([update])
        self.worker.wake()

    async def handle(self, *updates: dict[str, Any]) -> None:
        await self.receive(*updates)
        await self.worker.work_off()


StartLine = Callable[..., AbstractAsyncContextManager[Line]]
"""Called with what registers the handlers, and if wished with services and the number of places."""
