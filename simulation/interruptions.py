"""What happens in the middle of one machine's work: another one does its own, and people go on pressing buttons."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import Context
from typing import Final

from simulation.carrier import Carrier
from simulation.faults import STATEMENTS_OF_CHANGE
from simulation.machine import Machine
from simulation.town import Town

MIDST: Final = 2
"""Changes within which somebody acts who acts meanwhile: after the first ones of a decision others wait for it."""
ERRANDS: Final = frozenset({"inbox", "outbox", "conversations"})
"""Tables that change with whatever a machine does: what comes between there decides nothing."""
THOUGHT_BETTER: Final = 0.7
"""Share of those who were to act meanwhile and do not when nothing is about to change."""

Act = Callable[[], Awaitable[object]]


class Interruptions:
    """Has machines come in between each other's operations, where there are two."""

    def __init__(self, town: Town, carrier: Carrier) -> None:
        self._town = town
        self._carrier = carrier
        self._dice = town.chance("interruptions")
        self._fine = town.records.engine.dialect.name == "postgresql"
        self._coming_in: tuple[Machine, asyncio.Task[object]] | None = None
        """The machine that works in the middle of another one's, and its work."""
        self._to_come: tuple[int, Act] | None = None
        """Changes before somebody acts, and what they do."""
        if len(town.machines) > 1:
            town.meanwhile = self._meanwhile

    async def in_the_midst(self, act: Act) -> None:
        """Have somebody act while a machine is about to change something, and another one do what comes of it before
        the first one goes on; at once where there is no other."""
        if len(self._town.alive) > 1 and self._to_come is None:
            self._to_come = self._dice.randrange(MIDST), act
        else:
            await act()

    async def act_at_last(self) -> bool:
        """Everybody is at rest: whoever was to act meanwhile thinks again or does it after all. Answers whether
        somebody did."""
        if self._to_come is None:
            return False
        (_, act), self._to_come = self._to_come, None
        if self._dice.random() < THOUGHT_BETTER:
            return False
        await act()
        return True

    async def _meanwhile(self, machine: str, what: str) -> None:
        """Between two statements, between a statement and a commit, between a call and its record. On SQLite only
        where no transaction is open."""
        if self._coming_in is not None and self._coming_in[0].name == machine:
            return
        if not (self._fine or what.startswith("BEGIN") or what.islower()):
            return
        act = self._now_to_come(what)
        if act is None and self._dice.random() >= self._town.interruptions:
            return
        if self._coming_in is not None:
            # Already there because of something else that the first machine does side by side.
            await asyncio.wait({self._coming_in[1]})
            if act is None:
                return
        others = [each for each in self._town.alive if each.name != machine]
        if act is not None:
            await act()
        if others:
            await self._comes_in(others[0], bringing=act is not None)

    def _now_to_come(self, what: str) -> Act | None:
        """What somebody does before this operation."""
        if self._to_come is None or not _decides(what):
            return None
        left, act = self._to_come
        self._to_come = (left - 1, act) if left else None
        return None if left else act

    async def _comes_in(self, machine: Machine, *, bringing: bool) -> None:
        async def work() -> None:
            if bringing:
                await self._carrier.bring(machine)
            await machine.work()

        # In a context of its own: nothing of what the first machine is in the middle of is known to the other.
        coming = asyncio.create_task(work(), context=Context())
        self._coming_in = machine, coming
        try:
            await coming
        finally:
            self._coming_in = None


def _decides(what: str) -> bool:
    """Whether an operation changes something that people could speak of."""
    return what.startswith(STATEMENTS_OF_CHANGE) and ERRANDS.isdisjoint(what.split())
