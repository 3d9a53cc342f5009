"""Kills processes of the bot at random moments, and has others take their places."""

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import select

from services.db import Database
from services.models import InboxRow, OutboxRow
from tests.killing.crew import Crew

LONGEST_LIFE = 100
"""Events between two kills, at most."""


@dataclass
class Toll:
    """What the kills hit."""

    kills: int = 0
    by_event: Counter[str] = field(default_factory=Counter)
    """Kills by what had just happened."""
    turns: int = 0
    """Updates that were being handled by a process that was killed."""
    messages: Counter[int] = field(default_factory=Counter)
    """How often a message of the outbox was on its way when somebody was killed, by its id."""
    alone: int = 0
    """Moments at which nobody was left."""


class Reaper:
    """Kills `kills` times: one of the crew, or all of them, after a random number of events, each time when those to be
    killed are up. The same seed makes the same choices."""

    def __init__(self, crew: Crew, names: tuple[str, ...], database: Database, seed: int, kills: int) -> None:
        self.toll = Toll()
        self._crew = crew
        self._names = names
        self._database = database
        self._dice = random.Random(seed)
        self._kills = kills
        self._left: int | None = None
        self._victims: tuple[str, ...] = ()
        self._struck: asyncio.Event = asyncio.Event()
        self.over = asyncio.Event()

    def happened(self, what: str) -> None:
        """Something happened: perhaps it was the last thing that somebody did."""
        if self._left is None:
            return
        self._left -= 1
        if self._left > 0:
            return
        self._left = None
        for name in self._victims:
            self._crew.strike(name)
        self.toll.by_event[what] += len(self._victims)
        self._struck.set()

    async def run(self) -> None:
        """Kill until nobody is to be killed any more; all are up then."""
        while self.toll.kills < self._kills:
            everybody = self._dice.random() < 0.2 and self.toll.kills + len(self._names) <= self._kills
            self._victims = self._names if everybody else (self._dice.choice(self._names),)
            for name in self._victims:
                await self._crew.members[name].up.wait()
            self.toll.alone += not self._others_up()
            self._struck.clear()
            self._left = self._dice.randint(1, LONGEST_LIFE)
            await self._struck.wait()
            pids = {f":{self._crew.members[name].pid}:" for name in self._victims}
            for name in self._victims:
                await self._crew.bury(name)
            await self._count(pids)
            self.toll.kills += len(self._victims)
            for name in self._victims:
                await self._crew.start(name)
        for member in self._crew.members.values():
            await member.up.wait()
        self.over.set()

    def _others_up(self) -> bool:
        return any(self._crew.members[name].up.is_set() for name in self._names if name not in self._victims)

    async def _count(self, pids: set[str]) -> None:
        async with self._database.reading() as session:
            claims = await session.scalars(select(InboxRow.claimed_by).where(InboxRow.claimed_by.is_not(None)))
            self.toll.turns += sum(any(pid in (claim or "") for pid in pids) for claim in claims)
            self.toll.messages.update(await session.scalars(select(OutboxRow.id).where(OutboxRow.status == "claimed")))
