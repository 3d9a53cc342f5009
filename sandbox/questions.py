"""Queries that wait for the bot's answer: pressed buttons and checkouts."""

import asyncio
import itertools
from dataclasses import dataclass, field

from sandbox.errors import query_expired
from sandbox.shapes import PressAnswer

CALLBACK_SECONDS = 15.0
CHECKOUT_SECONDS = 10.0
FIRST_QUERY_ID = 4_380_000_000_000_000_001


@dataclass
class Questions:
    """Open queries by id. The deadlines are seconds; a query is gone once answered or overdue."""

    callback_seconds: float = CALLBACK_SECONDS
    checkout_seconds: float = CHECKOUT_SECONDS
    _callbacks: dict[str, "asyncio.Future[PressAnswer]"] = field(default_factory=dict)
    _checkouts: dict[str, "asyncio.Future[str | None]"] = field(default_factory=dict)
    _ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(FIRST_QUERY_ID))

    def open_callback(self) -> str:
        """A fresh callback query id."""
        query_id = str(next(self._ids))
        self._callbacks[query_id] = asyncio.get_running_loop().create_future()
        return query_id

    def open_checkout(self) -> str:
        """A fresh pre-checkout query id."""
        query_id = str(next(self._ids))
        self._checkouts[query_id] = asyncio.get_running_loop().create_future()
        return query_id

    async def callback_answer(self, query_id: str) -> PressAnswer | None:
        """Wait for the answer to a pressed button; None when the bot let the time pass."""
        try:
            async with asyncio.timeout(self.callback_seconds):
                return await self._callbacks[query_id]
        except TimeoutError:
            return None
        finally:
            self._callbacks.pop(query_id, None)

    async def checkout_answer(self, query_id: str) -> tuple[bool, str | None]:
        """Wait for the bot's word on a payment: whether it answered in time, and its objection if any."""
        try:
            async with asyncio.timeout(self.checkout_seconds):
                return True, await self._checkouts[query_id]
        except TimeoutError:
            return False, None
        finally:
            self._checkouts.pop(query_id, None)

    def checkout(self, query_id: str) -> "asyncio.Future[str | None]":
        """The open checkout itself, for whoever does not wait: done with None for consent, with the objection else."""
        return self._checkouts[query_id]

    def forget(self, query_id: str) -> None:
        """The query is overdue: an answer comes too late from here on."""
        self._callbacks.pop(query_id, None)
        self._checkouts.pop(query_id, None)

    def answer_callback(self, query_id: str, answer: PressAnswer) -> None:
        """The bot's answer. Raises ApiError 400 when the query is unknown, answered or too old."""
        future = self._callbacks.pop(query_id, None)
        if future is None or future.done():
            raise query_expired()
        future.set_result(answer)

    def answer_checkout(self, query_id: str, objection: str | None) -> None:
        """The bot's consent (None) or objection. Raises ApiError 400 as `answer_callback` does."""
        future = self._checkouts.pop(query_id, None)
        if future is None or future.done():
            raise query_expired()
        future.set_result(objection)

    def close(self) -> None:
        """End every wait as if the bot had let the time pass."""
        for callback in self._callbacks.values():
            callback.set_result(PressAnswer(answered=False, text=None, alert=False, url=None))
        for checkout in self._checkouts.values():
            checkout.set_result("The sandbox was stopped.")
        self._callbacks.clear()
        self._checkouts.clear()
