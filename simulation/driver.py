"""Lets time pass in a town: one thing after the other, each chosen by the seed."""

from datetime import datetime, timedelta
from typing import Final

from simulation.carrier import Carrier
from simulation.town import Town

MOST_ROUNDS: Final = 200
"""Rounds of work without an end in sight: something goes round in circles."""
STALLED_AFTER: Final = timedelta(minutes=6)
"""Longer than a claim may stand before it is taken for abandoned."""

RESTART: Final = timedelta(seconds=30)
"""Between two attempts of a machine to come up."""


class NeverIdle(AssertionError):
    """The machines found something to do without end."""


class Driver:
    """Moves the clock, the updates and the machines."""

    def __init__(self, town: Town) -> None:
        self.carrier = Carrier(town)
        self._town = town
        self._dice = town.chance("driver")

    async def until(self, instant: datetime) -> None:
        """Let the time pass up to `instant`, with everything that falls due by then."""
        for _ in range(MOST_ROUNDS):
            due = await self._next_due()
            if due is None or due >= instant:
                break
            self._town.clock.advance_to(due)
            await self.settle()
            if await self._next_due() == due:
                break  # it waits for something else than the time
        self._town.clock.advance_to(instant)

    async def _next_due(self) -> datetime | None:
        """When a machine has something to do by itself."""
        for machine in self._town.alive:
            due = await machine.next_due_at()
            if due is not None:
                return due
        return None

    async def settle(self) -> None:
        """Work until everything that can be done at this moment is done. Raises NeverIdle."""
        for _ in range(MOST_ROUNDS):
            if not await self._round():
                return
        raise NeverIdle("the machines never come to rest")

    async def _round(self) -> bool:
        """Everybody does what is at hand; answers whether there was anything."""
        alive = self._town.alive
        if not alive:
            return False
        self._dice.shuffle(alive)
        busy = await self.carrier.bring(alive[0])
        for machine in alive:
            busy += await machine.work()
        busy += sum(phone.finish_checkouts() for phone in self._town.phones.values())
        return busy > 0

    async def revive(self) -> None:
        """Every machine that is down comes up again."""
        for machine in self._town.machines:
            while not machine.alive:
                self._town.trace.add(machine.name, "comes up")
                if not await machine.start():
                    self._town.clock.advance(RESTART)

    async def calm_down(self) -> None:
        """Nothing goes wrong any more, and everything that was held up is caught up with."""
        town = self._town
        town.mishaps.calm()
        self.carrier.roughness = 0.0
        await self.revive()
        await self.settle()
        town.clock.advance(STALLED_AFTER)
        for machine in town.alive:
            await machine.free_stalled()
        await self.settle()
        retries = town.clock.now() + timedelta(minutes=20)
        await self.until(retries)
        await self.settle()
        for phone in town.phones.values():
            phone.lose_patience()
