"""What goes wrong, and when: at the n-th thing that a machine asks of the database or of Telegram.

Everything between two such operations happens in memory alone, so a machine that dies before its n-th operation has
died at any place between that one and the one before.
"""

import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from random import Random
from typing import Final, TypeAlias

from sqlalchemy.exc import OperationalError
from sqlalchemy.util import await_only

from sandbox import Faults
from simulation.clock import WorldClock
from simulation.trace import Trace


class Killed(BaseException):
    """The machine is gone. Not an Exception: nothing in the application may handle it."""


class Fault(StrEnum):
    KILL = "kill"
    DATABASE_FAILS = "the database fails"
    DATABASE_SLOW = "the database is slow"
    FLOOD = "429"
    SERVER_ERROR = "502"
    CALL_LOST = "a call is lost"
    ANSWER_LOST = "an answer is lost"


Meanwhile: TypeAlias = Callable[[str, str], Awaitable[None]]
"""What the other machines do while the named one is about to do something."""
AT_DATABASE: Final = frozenset({Fault.DATABASE_FAILS, Fault.DATABASE_SLOW})
AT_TELEGRAM: Final = frozenset({Fault.FLOOD, Fault.SERVER_ERROR, Fault.CALL_LOST, Fault.ANSWER_LOST})
STATEMENTS_OF_CHANGE: Final = ("INSERT", "UPDATE", "DELETE")
CHANGES: Final = (*STATEMENTS_OF_CHANGE, "COMMIT")
SLOW_BY: Final = timedelta(seconds=20)


@dataclass(slots=True)
class Armed:
    """A fault that waits for its operation."""

    fault: Fault
    after: int
    """Operations that still go well before it."""
    times: int = 1
    """How many operations in a row it hits."""


@dataclass(frozen=True, slots=True)
class Fired:
    """A fault that struck, by the number of the operation."""

    tick: int
    fault: Fault
    machine: str


@dataclass
class Mishaps:
    """The faults of one world. `tick` numbers the operations of all machines."""

    clock: WorldClock
    trace: Trace
    telegram: Faults
    tick: int = 0
    changes: int = 0
    """Operations by which the database may have changed; of claims only those that led to something."""
    fired: list[Fired] = field(default_factory=list)
    armed: list[Armed] = field(default_factory=list)
    counted: Counter[Fault] = field(default_factory=Counter)
    storm: float = 0.0
    """Share of all changes in the database that fail while the weather is rough."""
    rough: bool = False
    dice: Random = field(default_factory=lambda: Random(1))  # nosec B311  # noqa: S311 - a run is to be repeatable

    def arm(self, fault: Fault, after: int, times: int = 1) -> None:
        """Have the fault strike when `after` more operations of its kind are done."""
        self.armed.append(Armed(fault, after, times))

    def calm(self) -> None:
        """Nothing more goes wrong until something is armed again."""
        self.rough = False
        self.armed.clear()
        self.telegram.clear()

    def operation(self, machine: str, what: str, *, database: bool) -> Fault | None:
        """Count an operation; answers the fault that strikes it."""
        self.tick += 1
        self.changes += what.startswith(STATEMENTS_OF_CHANGE)
        strikes = self._of_the_storm(what) if database and self.rough and self.storm else None
        for each in list(self.armed):
            if not _concerns(each.fault, what, database=database):
                continue
            if each.after > 0:
                each.after -= 1
            elif strikes is None:
                strikes = each.fault
                each.times -= 1
                if each.times == 0:
                    self.armed.remove(each)
        if strikes is not None:
            self.fired.append(Fired(self.tick, strikes, machine))
            self.counted[strikes] += 1
            self.trace.add(machine, f"{strikes} at {what}")
        return strikes

    def _of_the_storm(self, what: str) -> Fault | None:
        hit = what.startswith(CHANGES) and self.dice.random() < self.storm
        return Fault.DATABASE_FAILS if hit else None

    def between(self, first: int, last: int) -> bool:
        """Whether anything struck from operation `first` to operation `last`."""
        return any(first <= each.tick <= last for each in self.fired)


def _concerns(fault: Fault, what: str, *, database: bool) -> bool:
    """Who dies before looking at something has died before whatever is done next: only what changes something counts
    for a kill."""
    if fault is Fault.KILL:
        return not database or what.startswith(CHANGES)
    return fault in (AT_DATABASE if database else AT_TELEGRAM)


class Operations:
    """The operations of one machine's life. After its death it can do none."""

    def __init__(self, machine: str, mishaps: Mishaps, meanwhile: Meanwhile) -> None:
        self.machine = machine
        self.dead = False
        self._mishaps = mishaps
        self._meanwhile = meanwhile

    @property
    def tick(self) -> int:
        return self._mishaps.tick

    def database(self, what: str) -> None:
        """Before a statement or a commit, from where the driver runs. Raises Killed and OperationalError."""
        if not self.dead:
            await_only(self._meanwhile(self.machine, what))
        match self._strike(what, database=True):
            case Fault.DATABASE_FAILS:
                raise OperationalError(what, None, _away())
            case Fault.DATABASE_SLOW:
                self._mishaps.clock.advance(SLOW_BY)

    async def telegram(self, method: str) -> None:
        """Before a call. Raises Killed; another fault is left to the sandbox to carry out."""
        if not self.dead:
            await self._meanwhile(self.machine, method)
        faults = self._mishaps.telegram
        match self._strike(method, database=False):
            case Fault.FLOOD:
                faults.change({"flood_next": 1, "flood_retry_after": 3})
            case Fault.SERVER_ERROR:
                faults.change({"error_next": 1, "after_processing": False})
            case Fault.CALL_LOST:
                faults.change({"drop_next": 1, "after_processing": False})
            case Fault.ANSWER_LOST:
                faults.change({"drop_next": 1, "after_processing": True})

    def _strike(self, what: str, *, database: bool) -> Fault | None:
        if self.dead:
            raise Killed
        fault = self._mishaps.operation(self.machine, what, database=database)
        if fault is Fault.KILL:
            self.dead = True
            raise Killed
        return fault


def _away() -> sqlite3.OperationalError:
    """What a driver says of a database that cannot answer just now."""
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = sqlite3.SQLITE_BUSY
    return error
