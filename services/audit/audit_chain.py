"""Sealing entries into the chain, its head, and the proof that nothing in it was changed.

Entries are written without waiting for one another; `seal` puts them into the chain a moment later, one sealer at a
time. An entry that commits late gets a later link. What a chain cannot show by itself is that its end was cut off or
that all of it was written anew: for that its head is noted elsewhere, as an `Anchor`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Self

from sqlalchemy import Select, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.audit.links import NOTHING_BEFORE, Link
from services.clock import Clock
from services.db import Database
from services.models import AuditEntryRow, AuditSealRow

AT_ONCE: Final = 500
"""Links of one transaction."""
LATE_COMMITS: Final = 10_000
"""How many ids behind the latest sealed one an entry may still appear: transactions last seconds, not thousands of
acts. A sealing `from_the_start` finds any."""
SEALED_WITHIN: Final = timedelta(hours=1)
"""An entry that has waited longer means that nobody seals."""
_SEALERS_LOCK: Final = 0x10A_0A0D17
"""PostgreSQL's advisory lock that one sealer holds at a time."""
_SEAL, _ENTRY = AuditSealRow, AuditEntryRow


@dataclass(frozen=True, slots=True)
class Anchor:
    """How far the chain reached, to be kept outside the database. Written `position:hash`."""

    position: int
    hash: str

    def __str__(self) -> str:
        return f"{self.position}:{self.hash}"

    @classmethod
    def parse(cls, written: str) -> Self:
        """Raises ValueError."""
        found = re.fullmatch(r"([0-9]{1,18}):([0-9a-f]{64})", written.strip())
        if found is None:
            raise ValueError("an anchor is written as position:hash, the way `audit-head` prints it")
        return cls(int(found[1]), found[2])


class Fault(StrEnum):
    """What is wrong with the first link that does not hold."""

    SEAL_MISSING = "seal_missing"
    """No link stands at the position, though later ones do."""
    ENTRY_MISSING = "entry_missing"
    """The link's entry is gone."""
    CHANGED = "changed"
    """Entry, link or their order is not what was sealed."""
    CUT_OFF = "cut_off"
    """The chain ends before an anchor."""
    REWRITTEN = "rewritten"
    """The chain holds by itself, but not the link that an anchor names."""


@dataclass(frozen=True, slots=True)
class Broken:
    """The first place at which the chain does not hold."""

    position: int
    fault: Fault
    entry_id: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a look at the whole chain found."""

    broken: Broken | None
    head: Anchor | None
    """The last link that holds."""
    links: int
    """How many hold."""
    waiting: int
    """Entries that are not in the chain yet."""
    waiting_since: datetime | None
    overdue: bool
    """Whether one of them has waited for more than an hour."""


class AuditChain:
    """The chain over the audit log of one database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def seal(self, *, from_the_start: bool = False) -> int:
        """Put into the chain whatever waits; answers how many entries. Any number of processes may do it at once.
        `from_the_start` looks through all entries, not only the latest ones."""
        sealed = 0
        while some := await self._seal_some(from_the_start=from_the_start):
            sealed += some
            if some < AT_ONCE:
                break
        return sealed

    async def head(self) -> Anchor | None:
        """How far the chain reaches; None before the first link."""
        async with self._database.reading() as session:
            return await _head(session)

    async def verify(self, anchors: Sequence[Anchor] = ()) -> Verdict:
        """Compute every hash again, in the order of the chain, and compare it with the anchors that are given."""
        async with self._database.snapshot() as session:
            head, broken = await _walk(session, anchors)
            reached = 0 if head is None else head.position
            beyond = [anchor for anchor in anchors if anchor.position > reached]
            if broken is None and beyond:
                broken = Broken(reached + 1, Fault.CUT_OFF)
            waiting, since = (await session.execute(_unsealed(func.count(_ENTRY.id), func.min(_ENTRY.acted_at)))).one()
        overdue = since is not None and since < self._clock.now() - SEALED_WITHIN
        return Verdict(broken, head, reached, waiting, since, overdue)

    async def _seal_some(self, *, from_the_start: bool) -> int:
        async with self._database.transaction() as session:
            if session.get_bind().dialect.name == "postgresql":
                await session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _SEALERS_LOCK})
            head = await _head(session) or Anchor(0, NOTHING_BEFORE)
            waiting = _unsealed(_ENTRY).order_by(_ENTRY.id).limit(AT_ONCE)
            if not from_the_start:
                latest = await session.scalar(select(func.max(_SEAL.entry_id))) or 0
                waiting = waiting.where(_ENTRY.id > latest - LATE_COMMITS)
            entries = (await session.scalars(waiting)).all()
            now, previous = self._clock.now(), head.hash
            for position, entry in enumerate(entries, start=head.position + 1):
                seal = _SEAL(position=position, entry_id=entry.id, sealed_at=now)
                seal.hash = previous = _link(seal, entry, previous).hash
                session.add(seal)
        return len(entries)


def _unsealed(*what: Any) -> Select[*tuple[Any, ...]]:
    return select(*what).outerjoin(_SEAL, _SEAL.entry_id == _ENTRY.id).where(_SEAL.position.is_(None))


async def _head(session: AsyncSession) -> Anchor | None:
    last = await session.scalar(select(_SEAL).order_by(_SEAL.position.desc()).limit(1))
    return None if last is None else Anchor(last.position, last.hash)


async def _walk(session: AsyncSession, anchors: Sequence[Anchor]) -> tuple[Anchor | None, Broken | None]:
    """From the first link to the last one that holds, and what is wrong with the next."""
    query = select(_SEAL, _ENTRY).outerjoin(_ENTRY, _ENTRY.id == _SEAL.entry_id).order_by(_SEAL.position)
    head: Anchor | None = None
    while True:
        position = 1 if head is None else head.position + 1
        page = (await session.execute(query.where(_SEAL.position >= position).limit(AT_ONCE))).all()
        if not page:
            return head, None
        for seal, entry in page:
            previous = NOTHING_BEFORE if head is None else head.hash
            fault = _fault(seal, entry, position, previous)
            if fault is None and any(each.position == position and each.hash != seal.hash for each in anchors):
                fault = Fault.REWRITTEN
            if fault is not None:
                return head, Broken(position, fault, None if fault is Fault.SEAL_MISSING else seal.entry_id)
            head, position = Anchor(position, seal.hash), position + 1
        session.expunge_all()


def _fault(seal: AuditSealRow, entry: AuditEntryRow | None, position: int, previous: str) -> Fault | None:
    if seal.position != position:
        return Fault.SEAL_MISSING
    if entry is None:
        return Fault.ENTRY_MISSING
    return None if _link(seal, entry, previous).hash == seal.hash else Fault.CHANGED


def _link(seal: AuditSealRow, entry: AuditEntryRow, previous: str) -> Link:
    return Link(
        position=seal.position,
        previous=previous,
        sealed_at=seal.sealed_at,
        entry_id=entry.id,
        actor=entry.actor,
        actor_id=entry.actor_id,
        action=entry.action,
        subject=entry.subject,
        details=entry.details,
        acted_at=entry.acted_at,
    )
