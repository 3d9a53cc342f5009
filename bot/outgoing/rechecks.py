"""Asking once more whether messages are still owed, of all that ask at about the same time in one go."""

import asyncio
from contextlib import suppress
from typing import Final

from services.messages.outbox_delivery import Outbox

MOST: Final = 256
"""Messages that one question is about."""


class Rechecks:
    """One question to the outbox at a time; whoever comes meanwhile waits for the next."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._waiting: dict[int, asyncio.Future[bool]] = {}
        self._asking: asyncio.Task[None] | None = None

    async def still_owed(self, message_id: int) -> bool:
        """Whether a claimed message is still to go out. Raises what the database raises."""
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting[message_id] = answer
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask())
        return await answer

    async def _ask(self) -> None:
        try:
            while self._waiting:
                # Whoever is about to ask in this turn of the loop comes along.
                await asyncio.sleep(0)
                batch = {each: self._waiting.pop(each) for each in list(self._waiting)[:MOST]}
                try:
                    owed = await self._outbox.recheck(*batch)
                except Exception as failure:  # noqa: BLE001 - it is for those who asked
                    for answer in batch.values():
                        with suppress(asyncio.InvalidStateError):
                            answer.set_exception(failure)
                    continue
                for message_id, answer in batch.items():
                    with suppress(asyncio.InvalidStateError):
                        answer.set_result(message_id in owed)
        finally:
            self._asking = None
