"""Lets time pass in a town: one thing after the other, each chosen by the seed."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select

from services.messages.outbox import MessageStatus
from services.models import InboxRow, OutboxRow
from simulation.carrier import Carrier
from simulation.interruptions import Interruptions
from simulation.machine import Machine
from simulation.stillness import Stillness
from simulation.town import Town

MOST_ROUNDS: Final = 200
"""Rounds of work without an end in sight: something goes round in circles."""
PAUSES: Final = (timedelta(minutes=6), timedelta(minutes=20), timedelta(minutes=130))
"""After the first a claim counts as abandoned, after the second what failed was tried again, after the last even a
clock that was turned back has caught up."""
PATIENCE: Final = timedelta(seconds=31)
"""Longer than an update's claim may stand before it is taken for abandoned."""

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
        self._stillness = Stillness(town)
        self.interruptions = Interruptions(town, self.carrier)
        self._struck = 0
        self._looked = town.clock.now()

    async def until(self, instant: datetime) -> None:
        """Let the time pass up to `instant`, with everything that falls due by then."""
        for _ in range(MOST_ROUNDS):
            due = await self._stillness.next_due()
            if due is None or due >= instant:
                break
            self._town.clock.advance_to(due)
            await self.settle()
            if await self._stillness.next_due() == due:
                break  # it waits for something else than the time
        self._town.clock.advance_to(instant)

    async def settle(self) -> None:
        """Work until everything that can be done at this moment is done. Raises NeverIdle."""
        if self._struck != len(self._town.mishaps.fired) and self._town.clock.now() - self._looked > PATIENCE:
            self._struck, self._looked = len(self._town.mishaps.fired), self._town.clock.now()
            for machine in self._town.alive:
                await machine.look_after_claims()
        for _ in range(MOST_ROUNDS):
            if not (await self._round() or await self.interruptions.act_at_last()):
                return
        raise NeverIdle("the machines never come to rest")

    async def _round(self) -> bool:
        """Everybody does what is at hand; answers whether there was anything."""
        alive = self._town.alive
        if not alive:
            return False
        self._dice.shuffle(alive)
        brought = await self.carrier.bring(alive[0])
        done = sum([await self._work(machine) for machine in alive])
        paid = sum(phone.finish_checkouts() for phone in self._town.phones.values())
        # Whoever works goes on until nothing is due: another look is only worth it where something came meanwhile.
        return bool(paid or not self.carrier.empty or (len(alive) > 1 and (brought or done)))

    async def _work(self, machine: Machine) -> int:
        if not await self._stillness.may_find(machine):
            return 0
        done = await machine.work()
        if not done:
            self._stillness.found_nothing(machine)
        return done

    async def revive(self) -> None:
        """Every machine that is down comes up again, and catches up with the day's work."""
        for machine in self._town.machines:
            while not machine.alive:
                self._town.trace.add(machine.name, "comes up")
                if await machine.start():
                    await machine.daily_work(self._town.clock.now())
                else:
                    self._town.clock.advance(RESTART)

    async def calm_down(self) -> None:
        """Nothing goes wrong any more, and everything that was held up is caught up with."""
        town = self._town
        town.mishaps.calm()
        self.carrier.roughness = 0.0
        await self.revive()
        await self.settle()
        for pause in PAUSES:
            await self.until(town.clock.now() + pause)
            for machine in town.alive:
                await machine.look_after_claims()
            await self.settle()
            if not await self._held_up():
                break
        for phone in town.phones.values():
            phone.lose_patience()

    async def _held_up(self) -> bool:
        """Whether something waits that a vanished claimer held."""
        async with self._town.records.reading() as session:
            updates = select(InboxRow.update_id).where(InboxRow.done_at.is_(None))
            messages = select(OutboxRow.id).where(OutboxRow.status == MessageStatus.CLAIMED)
            return any([await session.scalar(query.limit(1)) is not None for query in (updates, messages)])
