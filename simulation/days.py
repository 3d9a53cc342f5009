"""A day in town: who sits down when, what the clockwork does, and what goes wrong meanwhile."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from simulation.borrowers import Borrower
from simulation.checks import Checks
from simulation.driver import Driver
from simulation.faults import Fault
from simulation.machine import Machine
from simulation.officers import Officer
from simulation.town import Town

WAKING: Final = (8, 23)
"""Hours between which most people are about."""
QUIET_DAYS: Final = 0.3
"""Share of days on which nothing goes wrong, so that what is not caused by a fault is told from what is."""
MOMENT: Final = 0.001
"""Hours: what goes wrong does so when there is something to be done."""
HURRY: Final = 0.25
"""Share of acts after which nobody waits for the bot before the next one."""
MOST_TRIES: Final = 12
AGAIN: Final = timedelta(seconds=10)
"""After so long work by the clock is tried again; in a few of them the lease of a dead machine runs out."""

Job = Callable[[], Awaitable[None]]


class Days:
    """Makes up each day by the seed and lives through it."""

    def __init__(self, town: Town, driver: Driver, checks: Checks) -> None:
        self._town = town
        self._checks = checks
        self._driver = driver
        self.carrier = driver.carrier
        self._dice = town.chance("days")
        self.borrowers = [Borrower(town, person) for person in town.people]
        self.officers = [Officer(town, person) for person in town.officers]
        self.acts = 0

    async def live(self) -> None:
        """From this moment to the end of the lender's day."""
        town, dice = self._town, self._dice
        town.mishaps.rough = True
        today = town.today
        agenda: list[tuple[datetime, Job]] = []

        def at(hour: float, job: Job) -> None:
            midnight = datetime.combine(today, time(0), ZoneInfo(town.time_zone))
            agenda.append((midnight + timedelta(hours=hour), job))

        at(6, self._daily_work)
        if dice.random() < 0.15:
            at(dice.uniform(0, 24), self._hourly_work)
        busy = [6.0]
        for borrower in self.borrowers:
            busy.append(self._hour())
            at(busy[-1], self._sitting(borrower))
        for _ in range(dice.randint(0, 2)):
            busy.append(dice.uniform(9, 19))
            at(busy[-1], self._sitting(dice.choice(self.officers)))
        if town.troubles and dice.random() > QUIET_DAYS:
            at(0, self._rough_carrier)
            for _ in range(dice.randint(1, town.troubles)):
                at(dice.choice(busy) - MOMENT, self._something_goes_wrong)
        end = datetime.combine(today, time(23, 59), ZoneInfo(town.time_zone))
        for when, job in sorted(agenda, key=lambda each: each[0]):
            await self._driver.until(when)
            await job()
        await self._driver.until(end)

    def _hour(self) -> float:
        first, last = WAKING
        return self._dice.uniform(first, last) if self._dice.random() < 0.9 else self._dice.uniform(0, 24)

    async def _act(self, who: Borrower | Officer) -> None:
        name = f"officer {who.id}" if isinstance(who, Officer) else f"borrower {who.id % 1000}"
        self._town.trace.add(name, await who.act())
        self.acts += 1

    async def _keep_company(self, who: Borrower | Officer) -> None:
        """Somebody else acts in the same moment; where an officer decides, whoever is about to withdraw does so while a
        machine is at work."""
        if isinstance(who, Officer) and who.decided:
            hesitating = [each for each in self.borrowers if await each.hesitates()]
            if hesitating:
                await self._driver.interruptions.in_the_midst(self._withdrawals(hesitating))
                return
        others: list[Borrower | Officer] = [each for each in self.borrowers if each is not who]
        others += [each for each in self.officers if each is not who]
        await self._act(self._dice.choice(others))

    def _withdrawals(self, hesitating: Sequence[Borrower]) -> Job:
        async def withdraw() -> None:
            for who in hesitating:
                self._town.trace.add(f"borrower {who.id % 1000}", await who.withdraws())

        return withdraw

    def _sitting(self, who: Borrower | Officer) -> Job:
        async def sit() -> None:
            for _ in range(await who.sits_down()):
                await self._act(who)
                if self._dice.random() < self._town.company:
                    await self._keep_company(who)
                self._town.clock.advance(timedelta(seconds=self._dice.randint(2, 90)))
                if self._dice.random() > HURRY:
                    await self._driver.settle()
                    await self._perhaps_restart()
            await self._driver.settle()
            await self._perhaps_restart()
            await self._checks.nothing_waits_in_vain()
            self._town.phones[who.id].lose_patience()

        return sit

    async def _daily_work(self) -> None:
        await self._by_the_clock(lambda machine, asked_at: machine.daily_work(asked_at))

    async def _hourly_work(self) -> None:
        await self._by_the_clock(lambda machine, asked_at: machine.hourly_work(asked_at))

    async def _by_the_clock(self, work: Callable[[Machine, datetime], Awaitable[bool]]) -> None:
        """Every machine sets about it, one does it; what did not succeed is tried again a little later."""
        asked_at = self._town.clock.now()
        for _ in range(MOST_TRIES):
            if any([await work(machine, asked_at) for machine in self._town.alive]) or not self._town.alive:
                break
            self._town.clock.advance(AGAIN)
        await self._driver.settle()
        await self._perhaps_restart()

    async def _rough_carrier(self) -> None:
        self._driver.carrier.roughness = self._dice.choice((0.0, 0.05, 0.15))

    async def _something_goes_wrong(self) -> None:
        dice, mishaps = self._dice, self._town.mishaps
        match dice.randrange(10):
            case 0 | 1 | 2:
                mishaps.arm(Fault.KILL, dice.randrange(40))
            case 3 | 4 | 5:
                mishaps.arm(Fault.DATABASE_FAILS, dice.randrange(100), dice.randint(1, 4))
            case 6:
                mishaps.arm(Fault.DATABASE_SLOW, dice.randrange(60), dice.randint(1, 6))
            case 7 | 8:
                fault = dice.choice((Fault.FLOOD, Fault.SERVER_ERROR, Fault.CALL_LOST, Fault.ANSWER_LOST))
                mishaps.arm(fault, dice.randrange(12), dice.randint(1, 3))
            case 9:
                minutes = dice.choice((-95, -20, -3, 2, 30, 125))
                self._town.trace.add("somebody", f"turns the clock by {minutes} minutes")
                self._town.clock.turn(timedelta(minutes=minutes))

    async def _perhaps_restart(self) -> None:
        """A machine that died comes up after a while; after a long one where it was the only one."""
        if len(self._town.alive) == len(self._town.machines):
            return
        if self._town.alive and self._dice.random() < 0.5:
            return
        away = timedelta(minutes=self._dice.choice((1, 5, 20, 90)))
        if self._dice.random() < 0.1:
            away = timedelta(hours=self._dice.randint(12, 60))
        self._town.clock.advance(away)
        await self._driver.revive()
        await self._driver.settle()
