"""How updates travel from Telegram to the machines: mostly well, sometimes late, twice, or in another order."""

from collections import Counter, deque
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sandbox.shapes import JsonObject
from simulation.machine import Machine
from simulation.town import Town

REMEMBERED: Final = 12
"""Updates that may come a second time long after they were acknowledged."""


class Carrier:
    """Brings what waits in the sandbox to a machine. An update stays with Telegram until a machine has acknowledged
    it and the acknowledgement has arrived."""

    def __init__(self, town: Town) -> None:
        self.roughness = 0.0
        """Share of deliveries that something happens to."""
        self.acknowledged: dict[int, datetime] = {}
        """When Telegram has forgotten which updates, because a machine acknowledged them."""
        self.happened: Counter[str] = Counter()
        self._town = town
        self._updates = town.sandbox.world.updates
        self._dice = town.chance("carrier")
        self._polled = town.seed % 2 == 0
        """Whether the machines fetch the updates; else they are brought to their webhook."""
        self._earlier: deque[JsonObject] = deque(maxlen=REMEMBERED)

    @property
    def empty(self) -> bool:
        """Whether nothing waits."""
        return not len(self._updates)

    async def bring(self, machine: Machine) -> int:
        """Deliver once what waits; answers how many updates were acknowledged."""
        waiting = [(update.id, update.json()) for update in self._updates.pending()]
        if not waiting:
            return 0
        if self._polled:
            return await self._fetched(machine, [number for number, _ in waiting])
        if self._happens("order") and len(waiting) > 1:
            self._note("updates come in another order")
            self._dice.shuffle(waiting)
        taken = 0
        for number, raw in waiting:
            if self._happens("lost"):
                self._note(f"update {number} is lost on the way")
                break
            if not await machine.take_in([raw]):
                break
            if self._happens("doubled"):
                self._note(f"update {number} is acknowledged in vain")
                continue
            self._updates.confirm(number)
            self.acknowledged[number] = self._town.clock.now()
            self._earlier.append(raw)
            taken += 1
        if self._earlier and self._happens("late"):
            raw = self._dice.choice(list(self._earlier))
            self._note(f"update {raw['update_id']} comes once more")
            await machine.take_in([raw])
        return taken

    async def _fetched(self, machine: Machine, waiting: Sequence[int]) -> int:
        faults = self._town.sandbox.faults
        faults.duplicate_updates = self._happens("doubled")
        await machine.fetch()
        faults.duplicate_updates = False
        left = {update.id for update in self._updates.pending()}
        self.acknowledged |= dict.fromkeys((number for number in waiting if number not in left), self._town.clock.now())
        return len(waiting)

    def _happens(self, what: str) -> bool:
        if self._dice.random() >= self.roughness:
            return False
        self.happened[what] += 1
        return True

    def _note(self, what: str) -> None:
        self._town.trace.add("carrier", what)
