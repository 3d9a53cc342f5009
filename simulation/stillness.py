"""Which machines would look in vain: nothing has changed since they found nothing, and nothing has fallen due."""

from collections.abc import Hashable
from datetime import datetime
from typing import Final

from simulation.machine import Machine
from simulation.town import Town

_NEVER: Final = object()


class Stillness:
    """Remembers what the machines of a town have seen. A real one looks at its queues all the time; in a town where
    that is most of all work, whoever is known to find nothing is not asked."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._found_nothing: dict[str, Hashable] = {}
        self._due: datetime | None = None
        self._due_in: Hashable = _NEVER

    async def next_due(self) -> datetime | None:
        """When a machine has something to do by itself, possibly past; None when nothing waits for its time."""
        if self._due_in != self._state:
            self._due_in, self._due = self._state, await self._asked()
        return self._due

    async def may_find(self, machine: Machine) -> bool:
        """Whether there may be something that is due for the machine."""
        if self._found_nothing.get(machine.name) != (self._state, machine.lives):
            return True
        due = await self.next_due()
        return due is not None and due <= self._town.clock.now()

    def found_nothing(self, machine: Machine) -> None:
        """The machine has looked for something to do, and is done."""
        self._found_nothing[machine.name] = (self._state, machine.lives)

    @property
    def _state(self) -> Hashable:
        mishaps = self._town.mishaps
        return mishaps.changes, len(mishaps.fired)

    async def _asked(self) -> datetime | None:
        for machine in self._town.alive:
            due = await machine.next_due_at()
            if due is not None:
                return due
        return None
