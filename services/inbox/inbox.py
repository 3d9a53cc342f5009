"""The inbox as a queue of lanes.

    pending ──► claimed ──► done              a worker took it; effects and "done" are one commit
                claimed ──► acted ──► done    effects are committed, the answer is still to be given
                claimed ──► pending           again later: the database or Telegram was away, or the worker vanished
                any     ──► quarantined       given up, for the operator to look at

An update that acted is never handled again: whoever takes it over shows the person where they stand.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, cast

from sqlalchemy import CursorResult, case, delete, exists, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from services.clock import Clock
from services.db import Database
from services.inbox.lanes import lane_of
from services.models import InboxRow
from services.upserts import insert_into
from services.vault import CannotUnseal, Vault

KEPT_FOR: Final = timedelta(days=3)
"""How long the number of a handled update is remembered. Telegram delivers nothing older than a day."""
LEASE: Final = timedelta(seconds=30)
"""A claim whose worker has not been heard of for longer is given to another."""


class InboxStatus(StrEnum):
    PENDING = "pending"
    CLAIMED = "claimed"
    DONE = "done"
    QUARANTINED = "quarantined"


class ClaimLost(Exception):
    """Another worker has taken the update over: nothing of the present attempt may be committed."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long an update waits after an attempt that failed: `first` x 2^(n - 1) after the n-th, at most `longest`;
    given up after `attempts` of them. With the defaults 1 s, 2 s, 4 s … 5 min, for about half an hour in all."""

    first: timedelta = timedelta(seconds=1)
    longest: timedelta = timedelta(minutes=5)
    attempts: int = 14

    def delay(self, attempts: int) -> timedelta:
        """The wait after that many failed attempts, 1 or more."""
        return min(self.first * (1 << min(attempts - 1, 20)), self.longest)


@dataclass(frozen=True, slots=True)
class InboxEntry:
    """An update claimed by a worker."""

    update_id: int
    lane: str
    content: Mapping[str, Any] | None
    """The update as Telegram's JSON; None when it cannot be read any more."""
    acted: bool
    attempts: int
    """Failed attempts so far."""
    worker: str


@dataclass(frozen=True, slots=True)
class InboxState:
    """How the inbox does: `oldest_received_at` is that of the updates not handled yet."""

    waiting: int
    quarantined: int
    oldest_received_at: datetime | None


class Inbox:
    """Stores updates and hands them out. A claim belongs to one worker; whoever lost it cannot commit under it."""

    def __init__(self, database: Database, clock: Clock, vault: Vault, backoff: Backoff | None = None) -> None:
        self._database = database
        self._clock = clock
        self._vault = vault
        self._backoff = backoff or Backoff()

    async def store(self, updates: Sequence[Mapping[str, Any]]) -> int:
        """Take updates in, each with a whole number as `update_id`; one that was taken in before changes nothing.
        Committed when this returns. Answers how many were new."""
        now = self._clock.now()
        rows = {int(each["update_id"]): self._row(each, now) for each in updates}
        if not rows:
            return 0
        async with self._database.transaction() as session:
            statement = insert_into(session, InboxRow).values(list(rows.values()))
            return await _changed(session, statement.on_conflict_do_nothing(index_elements=[InboxRow.update_id]))

    async def claim(self, worker: str, most: int) -> list[InboxEntry]:
        """Take up to `most` updates that are due, the first of each free lane, oldest first."""
        now = self._clock.now()
        waiting = _next_of_each_lane(now).limit(most).with_for_update(skip_locked=True, of=InboxRow)
        taken = {"status": InboxStatus.CLAIMED, "claimed_by": worker, "claimed_at": now}
        statement = (
            update(InboxRow)
            .where(InboxRow.update_id.in_(waiting))
            .values(taken)
            .returning(InboxRow.update_id, InboxRow.lane, InboxRow.content_sealed, InboxRow.acted, InboxRow.attempts)
        )
        try:
            async with self._database.transaction() as session:
                rows = (await session.execute(statement)).all()
        except IntegrityError:
            # Another worker took a lane of these a moment ago: the key on claimed lanes lets only one have it.
            return []
        return [
            InboxEntry(row.update_id, row.lane, self._content(row.content_sealed), row.acted, row.attempts, worker)
            for row in sorted(rows, key=lambda row: row.update_id)
        ]

    async def mark_acted(self, session: AsyncSession, entry: InboxEntry) -> None:
        """In the transaction of its effects: they are never brought about again. Raises ClaimLost."""
        await self._mine(session, entry, {"acted": True})

    async def mark_done(self, session: AsyncSession, entry: InboxEntry) -> None:
        """The update is handled and answered. Raises ClaimLost."""
        handled = {"status": InboxStatus.DONE, "done_at": self._clock.now(), "content_sealed": None}
        await self._mine(session, entry, handled | {"claimed_by": None, "failure": None})

    async def retry_later(self, entry: InboxEntry, why: str) -> InboxStatus:
        """Give the claim back for another attempt; answers `pending`, or `quarantined` when it was the last one. `why`
        is a short technical word. Raises ClaimLost."""
        attempts = entry.attempts + 1
        if attempts >= self._backoff.attempts:
            await self.quarantine(entry, why)
            return InboxStatus.QUARANTINED
        again = {
            "status": InboxStatus.PENDING,
            "claimed_by": None,
            "attempts": attempts,
            "next_attempt_at": self._clock.now() + self._backoff.delay(attempts),
            "failure": why[:128],
        }
        async with self._database.transaction() as session:
            await self._mine(session, entry, again)
        return InboxStatus.PENDING

    async def quarantine(self, entry: InboxEntry, why: str) -> None:
        """Give the update up and keep it for the operator: those after it go on. Raises ClaimLost."""
        given_up = {"status": InboxStatus.QUARANTINED, "done_at": self._clock.now(), "claimed_by": None}
        async with self._database.transaction() as session:
            await self._mine(session, entry, given_up | {"attempts": entry.attempts + 1, "failure": why[:128]})

    async def still_at_work(self, worker: str, on: Collection[int]) -> None:
        """Say that the worker lives and is at work on these updates. Other claims of its name, left over from a moment
        when the database was away, are given back."""
        now = self._clock.now()
        mine = InboxRow.claimed_by == worker
        async with self._database.transaction() as session:
            await _changed(session, update(InboxRow).where(mine, InboxRow.update_id.in_(on)).values(claimed_at=now))
            left = update(InboxRow).where(mine, InboxRow.update_id.not_in(on), InboxRow.claimed_at <= now - LEASE)
            await _changed(session, left.values(self._given_back(now)))

    async def free_stalled(self) -> int:
        """Give back the claims of workers that vanished; answers how many. Each costs the update an attempt, and one
        that takes its worker down time and again is quarantined in the end."""
        now = self._clock.now()
        stalled = (InboxRow.claimed_by.is_not(None), InboxRow.claimed_at <= now - LEASE)
        async with self._database.transaction() as session:
            return await _changed(session, update(InboxRow).where(*stalled).values(self._given_back(now)))

    async def forget_old(self) -> int:
        """Delete what was handled long ago; answers how many. What is quarantined stays."""
        old = (InboxRow.status == InboxStatus.DONE, InboxRow.done_at < self._clock.now() - KEPT_FOR)
        async with self._database.transaction() as session:
            return await _changed(session, delete(InboxRow).where(*old))

    async def next_due_at(self) -> datetime | None:
        """When the next update that waits is due (UTC, possibly past); None when none waits for a free lane."""
        head = _next_of_each_lane(None).subquery()
        query = select(func.min(InboxRow.next_attempt_at)).where(InboxRow.update_id.in_(select(head.c.update_id)))
        async with self._database.reading() as session:
            at: datetime | None = await session.scalar(query)
            return at

    async def state(self) -> InboxState:
        """For the health page and the operator."""
        async with self._database.reading() as session:
            waiting = select(func.count(), func.min(InboxRow.received_at)).where(InboxRow.done_at.is_(None))
            count, oldest = (await session.execute(waiting)).one()
            kept = select(func.count()).where(InboxRow.status == InboxStatus.QUARANTINED)
            return InboxState(count, await session.scalar(kept) or 0, oldest)

    def _row(self, content: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        return {
            "update_id": int(content["update_id"]),
            "lane": lane_of(content),
            "content_sealed": self._vault.seal(json.dumps(content, separators=(",", ":")).encode()),
            "status": InboxStatus.PENDING,
            "acted": False,
            "attempts": 0,
            "received_at": now,
            "next_attempt_at": now,
        }

    def _content(self, sealed: bytes | None) -> Mapping[str, Any] | None:
        if sealed is None:
            return None
        try:
            return cast("Mapping[str, Any]", json.loads(self._vault.unseal(sealed)))
        except CannotUnseal:
            return None

    def _given_back(self, now: datetime) -> dict[str, Any]:
        attempts = InboxRow.attempts + 1
        spent = attempts >= self._backoff.attempts
        return {
            "status": case((spent, InboxStatus.QUARANTINED.value), else_=InboxStatus.PENDING.value),
            "done_at": case((spent, now), else_=None),
            "claimed_by": None,
            "attempts": attempts,
            "next_attempt_at": now,
            "failure": "stalled",
        }

    @staticmethod
    async def _mine(session: AsyncSession, entry: InboxEntry, values: Mapping[str, Any]) -> None:
        mine = (InboxRow.update_id == entry.update_id, InboxRow.claimed_by == entry.worker)
        if await _changed(session, update(InboxRow).where(*mine).values(values)) != 1:
            raise ClaimLost


def _next_of_each_lane(now: datetime | None) -> Any:
    """The first pending update of each lane that nobody works on, due by `now` if given, oldest first."""
    other = aliased(InboxRow)
    in_the_way = exists().where(
        other.lane == InboxRow.lane,
        other.done_at.is_(None),
        (other.update_id < InboxRow.update_id) | other.claimed_by.is_not(None),
    )
    query = select(InboxRow.update_id).where(
        InboxRow.done_at.is_(None), InboxRow.status == InboxStatus.PENDING, ~in_the_way
    )
    if now is not None:
        query = query.where(InboxRow.next_attempt_at <= now)
    return query.order_by(InboxRow.update_id)


async def _changed(session: AsyncSession, statement: Any) -> int:
    result = cast("CursorResult[Any]", await session.execute(statement, execution_options=_AS_IT_IS))
    return result.rowcount


_AS_IT_IS: Final = {"synchronize_session": False}
