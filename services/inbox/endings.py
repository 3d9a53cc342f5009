"""Ending turns: those that end at the same time are marked done in one transaction."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from services.conversations import Conversations
from services.db import Database
from services.inbox.inbox import Inbox
from services.inbox.inbox_states import ClaimLost, InboxEntry
from services.sqlite_driver import at_once
from services.transient import is_transient
from services.units import working_in


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a person stands after a turn, see `services.conversations`."""

    user_id: int
    step: str | None
    place: Mapping[str, Any]


_Ending: TypeAlias = tuple[InboxEntry, Standing | None, asyncio.Future[None]]


class Endings:
    """Marks what one worker has handled as done. While a transaction is under way, those who come wait for the next
    one, all of them together."""

    def __init__(self, database: Database, inbox: Inbox, conversations: Conversations) -> None:
        self._database = database
        self._inbox = inbox
        self._conversations = conversations
        self._waiting: list[_Ending] = []
        self._writing: asyncio.Task[None] | None = None

    async def end(self, entry: InboxEntry, standing: Standing | None) -> None:
        """The update is handled and answered, and the person stands there, None for where they stood before; committed
        when this returns. Raises ClaimLost, and what the database raises."""
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((entry, standing, ended))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        await ended

    async def _write(self) -> None:
        batch: list[_Ending] = []
        try:
            # The task is a child of a turn, but none of its use cases.
            with working_in(None), at_once():
                while self._waiting:
                    batch, self._waiting = self._waiting, []
                    await self._end(batch)
        except BaseException as end:
            # Cut off in the middle: nobody else would tell those who wait.
            for _, _, ended in (*batch, *self._waiting):
                _tell(ended, end)
            raise
        finally:
            self._writing = None

    async def _end(self, batch: list[_Ending]) -> None:
        try:
            kept = await self._mark(batch)
        except Exception as failure:  # noqa: BLE001 - each of those who wait is told
            if len(batch) > 1 and not is_transient(failure):
                # One that cannot be kept costs the others nothing.
                for each in batch:
                    await self._end([each])
                return
            for _, _, ended in batch:
                _tell(ended, failure)
        else:
            for entry, _, ended in batch:
                _tell(ended, None if entry.claim in kept else ClaimLost())

    async def _mark(self, batch: list[_Ending]) -> set[tuple[int, int]]:
        async with self._database.changing() as connection:
            kept = await self._inbox.mark_all_done(connection, [entry for entry, _, _ in batch])
            stand = [standing for entry, standing, _ in batch if standing is not None and entry.claim in kept]
            await self._conversations.keep_all(connection, {each.user_id: (each.step, each.place) for each in stand})
        return kept


def _tell(ended: asyncio.Future[None], failure: BaseException | None) -> None:
    if ended.done():
        return
    if failure is None:
        ended.set_result(None)
    elif isinstance(failure, asyncio.CancelledError):
        ended.cancel()
    else:
        ended.set_exception(failure)
