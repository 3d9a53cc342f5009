"""Turns that end at the same time are committed together, and none costs another anything."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from services.clock import SystemClock
from services.conversations import Conversations
from services.db import Database
from services.inbox.endings import Endings, Standing
from services.inbox.inbox import Inbox
from services.inbox.inbox_states import ClaimLost, InboxEntry
from services.vault import Vault


class Desk:
    """An inbox with claimed updates, one of each of the persons 1, 2, 3."""

    def __init__(self, database: Database) -> None:
        self.commits = 0
        database.on_commit(self._count)
        self.inbox = Inbox(database, SystemClock(), Vault.from_text(Vault.new_key()))
        self.conversations = Conversations(database)
        self.endings = Endings(database, self.inbox, self.conversations)

    def _count(self, _: object) -> None:
        self.commits += 1

    async def claimed(self) -> list[InboxEntry]:
        await self.inbox.store([{"update_id": n, "message": {"chat": {"id": n}}} for n in (1, 2, 3)])
        entries = await self.inbox.claim("worker", 3)
        self.commits = 0
        return entries

    async def end_all(self, entries: list[InboxEntry], place: Callable[[int], Any]) -> list[BaseException | None]:
        endings: list[Awaitable[None]] = [
            self.endings.end(entry, Standing(entry.update_id, "menu:open", place(entry.update_id))) for entry in entries
        ]
        return await asyncio.gather(*endings, return_exceptions=True)

    async def steps(self) -> list[str | None]:
        return [(await self.conversations.load(n)).step for n in (1, 2, 3)]


async def test_turns_that_end_together_are_one_commit(either: Database) -> None:
    desk = Desk(either)
    assert await desk.end_all(await desk.claimed(), lambda n: {"card": n}) == [None, None, None]
    assert desk.commits == 1
    assert await desk.steps() == ["menu:open"] * 3
    assert (await desk.conversations.load(2)).place == {"card": 2}
    assert (await desk.inbox.state()).waiting == 0


async def test_a_turn_whose_claim_was_lost_leaves_the_person_where_they_stood(either: Database) -> None:
    desk = Desk(either)
    entries = await desk.claimed()
    await desk.inbox.retry_later(entries[1], "taken away")
    first, lost, last = await desk.end_all(entries, lambda n: {})
    assert (first, last) == (None, None)
    assert isinstance(lost, ClaimLost)
    assert await desk.steps() == ["menu:open", None, "menu:open"]


async def test_a_place_that_cannot_be_kept_costs_only_its_own_turn(either: Database) -> None:
    desk = Desk(either)
    first, broken, last = await desk.end_all(await desk.claimed(), lambda n: {"card": object() if n == 2 else n})
    assert (first, last) == (None, None)
    assert broken is not None
    assert await desk.steps() == ["menu:open", None, "menu:open"]
    assert (await desk.inbox.state()).waiting == 1


class Killed(BaseException):
    """What ends a process in the middle of a statement."""


async def test_whoever_waits_is_told_when_the_writing_is_cut_off(database: Database) -> None:
    desk = Desk(database)
    entries = await desk.claimed()

    async def cut_off(*_: object) -> set[int]:
        raise Killed

    desk.inbox.mark_all_done = cut_off  # type: ignore[method-assign]
    told = await desk.end_all(entries, lambda n: {"card": n})
    assert [type(each) for each in told] == [Killed] * 3
