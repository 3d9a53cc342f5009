"""The inbox as a queue of lanes: the first update of each is handed to one worker."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias, cast

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Select,
    bindparam,
    case,
    delete,
    exists,
    func,
    select,
    tuple_,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from services.clock import Clock
from services.db import Database
from services.inbox.inbox_states import TRYING_AGAIN, ClaimLost, InboxEntry, InboxState, InboxStatus
from services.inbox.lanes import lane_of
from services.inbox.quarantine import tell_desk
from services.messages.outbox import changed_rows
from services.models import Base, InboxRow
from services.retry_policy import RetryPolicy
from services.sqlite_driver import at_once
from services.upserts import insert_for
from services.vault import CannotUnseal, Vault

KEPT_FOR: Final = timedelta(days=3)
"""How long the number of a handled update is remembered. Telegram delivers nothing older than a day."""
LEASE: Final = timedelta(seconds=30)
"""How long a worker may be silent before its claims are given to others."""
Executes: TypeAlias = AsyncSession | AsyncConnection


class Inbox:
    """Stores updates and hands them out. A claim belongs to one worker; whoever lost it cannot commit under it."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        vault: Vault,
        retry: RetryPolicy = TRYING_AGAIN,
        lease: timedelta = LEASE,
    ) -> None:
        self._database = database
        self._clock = clock
        self._vault = vault
        self._retry = retry
        self.lease = lease
        """A claim whose worker has not been heard of for longer is given to another."""

    async def store(self, updates: Sequence[Mapping[str, Any]]) -> int:
        """Take updates in, each with a whole number as `update_id`; one that was taken in before changes nothing.
        Committed when this returns. Answers how many were new."""
        now = self._clock.now()
        rows = list({int(each["update_id"]): self._row(each, now) for each in updates}.values())
        if not rows:
            return 0
        with at_once():
            async with self._database.changing() as connection:
                statement = _STORE[connection.dialect.name]
                # A statement with several rows is compiled anew each time: the one of a single row, most often, is not.
                if len(rows) > 1:
                    return (await connection.execute(statement.values(rows))).rowcount
                return (await connection.execute(statement, rows[0])).rowcount

    async def something_waits(self) -> bool:
        """Whether any update waits, due or not: to look costs less than to claim in vain."""
        async with self._database.looking() as connection:
            return bool((await connection.execute(_WAITS)).scalar())

    async def claim(self, worker: str, most: int) -> list[InboxEntry]:
        """Take up to `most` updates that are due, the first of each free lane, oldest first."""
        taken = {"worker": worker, "now": self._clock.now(), "most": most}
        try:
            with at_once():
                async with self._database.changing() as connection:
                    rows = (await connection.execute(_CLAIM, taken)).all()
        except IntegrityError:
            # Another worker took a lane of these a moment ago: the key on claimed lanes lets only one have it.
            return []
        return [
            InboxEntry(row.update_id, row.lane, self._content(row.content_sealed), row.acted, row.attempts, worker)
            for row in sorted(rows, key=lambda row: row.update_id)
        ]

    async def mark_acted(self, session: Executes, entry: InboxEntry) -> None:
        """In the transaction of its effects: they are never brought about again. Raises ClaimLost."""
        await self._still_mine(session, _ACTED, entry, {})

    async def mark_done(self, session: Executes, entry: InboxEntry) -> None:
        """The update is handled and answered. Raises ClaimLost."""
        await self._still_mine(session, _DONE, entry, {"at": self._clock.now()})

    async def mark_all_done(self, session: Executes, entries: Sequence[InboxEntry]) -> set[tuple[int, int]]:
        """The same for several updates of one worker; answers which claims were still its own."""
        mine = {"claims": [entry.claim for entry in entries], "worker": entries[0].worker, "at": self._clock.now()}
        return {(row.update_id, row.attempts) for row in await session.execute(_ALL_DONE, mine)}

    async def retry_later(self, entry: InboxEntry, why: str) -> InboxStatus:
        """Give the claim back for another attempt; answers `pending`, or `quarantined` when it was the last one. `why`
        is a short technical word. Raises ClaimLost."""
        attempts = entry.attempts + 1
        if attempts >= self._retry.attempts:
            await self.quarantine(entry, why)
            return InboxStatus.QUARANTINED
        again = {
            "status": InboxStatus.PENDING,
            "claimed_by": None,
            "attempts": attempts,
            "next_attempt_at": self._clock.now() + self._retry.delay(attempts),
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
            await tell_desk(session, self._clock.now())

    async def still_at_work(self, worker: str, on: Collection[int]) -> None:
        """Say that the worker lives and is at work on these updates. Other claims of its name, left over from a moment
        when the database was away, are given back."""
        now = self._clock.now()
        mine = InboxRow.claimed_by == worker
        async with self._database.transaction() as session:
            await changed_rows(session, update(_INBOX).where(mine, InboxRow.update_id.in_(on)).values(claimed_at=now))
            left = update(_INBOX).where(mine, InboxRow.update_id.not_in(on), InboxRow.claimed_at <= now - self.lease)
            await changed_rows(session, left.values(self._given_back(now)))

    async def free_stalled(self) -> int:
        """Give back the claims of workers that vanished; answers how many. Each costs the update an attempt, and one
        that takes its worker down time and again is quarantined in the end."""
        now = self._clock.now()
        stalled = (InboxRow.claimed_by.is_not(None), InboxRow.claimed_at <= now - self.lease)
        async with self._database.transaction() as session:
            freed = await session.scalars(
                update(_INBOX).where(*stalled).values(self._given_back(now)).returning(_INBOX.c.status),
            )
            outcomes = freed.all()
            if InboxStatus.QUARANTINED in outcomes:
                await tell_desk(session, now)
            return len(outcomes)

    async def forget_old(self) -> int:
        """Delete what was handled long ago; answers how many. What is quarantined stays."""
        old = (InboxRow.status == InboxStatus.DONE, InboxRow.done_at < self._clock.now() - KEPT_FOR)
        async with self._database.transaction() as session:
            return await changed_rows(session, delete(_INBOX).where(*old))

    async def next_due_at(self) -> datetime | None:
        """When the next update that waits is due (UTC, possibly past); None when none waits for a free lane."""
        async with self._database.looking() as connection:
            at: datetime | None = await connection.scalar(_NEXT_DUE)
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
        spent = attempts >= self._retry.attempts
        return {
            "status": case((spent, InboxStatus.QUARANTINED.value), else_=InboxStatus.PENDING.value),
            "done_at": case((spent, now), else_=None),
            "claimed_by": None,
            "attempts": attempts,
            "next_attempt_at": now,
            "failure": "stalled",
        }

    async def _mine(self, session: AsyncSession, entry: InboxEntry, values: Mapping[str, Any]) -> None:
        await self._still_mine(session, update(_INBOX).where(*_MINE).values(values), entry, {})

    @staticmethod
    async def _still_mine(session: Executes, statement: Any, entry: InboxEntry, values: Mapping[str, Any]) -> None:
        of_it = {"entry": entry.update_id, "worker": entry.worker, "attempt": entry.attempts}
        result = cast("CursorResult[Any]", await session.execute(statement, of_it | dict(values)))
        if result.rowcount != 1:
            raise ClaimLost


_INBOX: Final = Base.metadata.tables[InboxRow.__tablename__]


def _next_of_each_lane(*due: ColumnElement[bool]) -> Select[int]:
    """The first pending update of each lane that nobody works on, oldest first."""
    other = _INBOX.alias("other")
    in_the_way = exists().where(
        other.c.lane == _INBOX.c.lane,
        other.c.done_at.is_(None),
        (other.c.update_id < _INBOX.c.update_id) | other.c.claimed_by.is_not(None),
    )
    waits = (_INBOX.c.done_at.is_(None), _INBOX.c.status == InboxStatus.PENDING, ~in_the_way)
    return select(_INBOX.c.update_id).where(*waits, *due).order_by(_INBOX.c.update_id)


_STORE: Final = {
    dialect: insert_for(dialect, _INBOX).on_conflict_do_nothing(index_elements=["update_id"])
    for dialect in ("postgresql", "sqlite")
}

# These are executed for every update, and built once: building a statement costs more than executing it.
_WORKER: Final = bindparam("worker", type_=InboxRow.claimed_by.type)
_NOW: Final = bindparam("now", type_=InboxRow.claimed_at.type)
# A worker that was thought dead may have claimed the same update anew: each claim is another attempt.
_MINE: Final = (
    _INBOX.c.update_id == bindparam("entry"),
    _INBOX.c.claimed_by == _WORKER,
    _INBOX.c.attempts == bindparam("attempt"),
)
_CLAIM: Final = (
    update(_INBOX)
    .where(
        _INBOX.c.update_id.in_(
            _next_of_each_lane(_INBOX.c.next_attempt_at <= _NOW)
            .limit(bindparam("most"))
            .with_for_update(skip_locked=True, of=_INBOX)
        )
    )
    .values(status=InboxStatus.CLAIMED.value, claimed_by=_WORKER, claimed_at=_NOW)
    .returning(_INBOX.c.update_id, _INBOX.c.lane, _INBOX.c.content_sealed, _INBOX.c.acted, _INBOX.c.attempts)
)
_WAITS: Final = select(
    exists().where(_INBOX.c.done_at.is_(None), _INBOX.c.status == InboxStatus.PENDING.value).select_from(_INBOX)
)
_NEXT_DUE: Final = select(func.min(_INBOX.c.next_attempt_at)).where(_INBOX.c.update_id.in_(_next_of_each_lane()))
_ACTED: Final = update(_INBOX).where(*_MINE).values(acted=True)
_IS_DONE: Final = {
    "status": InboxStatus.DONE.value,
    "done_at": bindparam("at", type_=InboxRow.done_at.type),
    "content_sealed": None,
    "claimed_by": None,
    "failure": None,
}
_DONE: Final = update(_INBOX).where(*_MINE).values(_IS_DONE)
_ALL_DONE: Final = (
    update(_INBOX)
    .where(
        tuple_(_INBOX.c.update_id, _INBOX.c.attempts).in_(bindparam("claims", expanding=True)),
        _INBOX.c.claimed_by == _WORKER,
    )
    .values(_IS_DONE)
    .returning(_INBOX.c.update_id, _INBOX.c.attempts)
)
