"""One run: a seed, so many days, so many borrowers, on a database of its own."""

import asyncio
import logging
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from traceback import format_tb
from typing import Final

from services import schema
from services.db import Database
from simulation.checks import Broken, Checks, ErrorLog
from simulation.days import Days
from simulation.driver import Driver, NeverIdle
from simulation.in_place import without_threads
from simulation.milestones import reached
from simulation.town import Town

START: Final = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
"""Monday, eight in the morning in Shanghai."""
MEMORY: Final = Path("/dev/shm")  # nosec B108  # noqa: S108 - a file system in memory, where there is one
FRAMES: Final = 4
"""Of the way to a failure that nobody handled, so many of the last steps are told."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be simulated."""

    seed: int
    days: int = 90
    borrowers: int = 3
    machines: int = 1
    database_url: str | None = None
    """An empty PostgreSQL database; None for a SQLite file that is thrown away."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a run."""

    plan: Plan
    digest: str
    """Fingerprint of everything that happened: two runs of one plan have the same."""
    acts: int
    operations: int
    lives: int
    """How often a machine began."""
    faults: Counter[str]
    reached: Counter[str]
    """What people got to, such as loans paid out: a run in which nobody borrows proves nothing."""
    findings: list[str] = field(default_factory=list)
    broke_on: datetime | None = None
    latest: list[str] = field(default_factory=list)
    """The last lines of the trace, where something broke."""

    @property
    def passed(self) -> bool:
        return not self.findings


def run(plan: Plan, prepare: Callable[[Town], None] | None = None) -> Outcome:
    """Live through the plan, up to the first day at whose end something does not hold. `prepare` may tamper with the
    town before it begins."""
    return asyncio.run(simulate(plan, prepare))


async def simulate(plan: Plan, prepare: Callable[[Town], None] | None = None) -> Outcome:
    """As `run`, inside a running loop, which does without threads from here on."""
    without_threads()
    with tempfile.TemporaryDirectory(prefix="loanline-simulation-", dir=MEMORY if MEMORY.is_dir() else None) as folder:
        url = plan.database_url
        if url is None:
            url = f"sqlite+aiosqlite:///{Path(folder) / 'loanline.db'}"
            await _migrated(Path(folder) / "loanline.db")
        else:
            await _migrate(url)
        town = Town.build(plan.seed, START, Path(folder), url, plan.machines, plan.borrowers)
        if prepare is not None:
            prepare(town)
        try:
            return await _live(plan, town)
        finally:
            await town.close()


async def _live(plan: Plan, town: Town) -> Outcome:
    errors = ErrorLog(town)
    logging.getLogger().addHandler(errors)
    driver = Driver(town)
    checks = Checks(town, driver.carrier, errors)
    days = Days(town, driver, checks)
    findings: list[str] = []
    try:
        await driver.revive()
        end = START + timedelta(days=plan.days)
        while town.clock.now() < end:
            await days.live()
            await driver.calm_down()
            await checks.all_hold()
            town.trace.add("town", f"the day is over: {dict(sorted((await reached(town)).items()))}")
    except Broken as broken:
        findings = broken.findings
    except NeverIdle as never:
        findings = [str(never)]
    except Exception as failure:  # noqa: BLE001 - what the application lets out is a finding, to be repeated as any
        findings = [f"{type(failure).__name__}: {failure}", *format_tb(failure.__traceback__)[-FRAMES:]]
    finally:
        logging.getLogger().removeHandler(errors)
    return Outcome(
        plan=plan,
        digest=town.trace.digest,
        acts=days.acts,
        operations=town.mishaps.tick,
        lives=sum(machine.lives for machine in town.machines),
        faults=Counter({str(fault): count for fault, count in town.mishaps.counted.items()}) + driver.carrier.happened,
        reached=await reached(town),
        findings=findings,
        broke_on=town.clock.now() if findings else None,
        latest=town.trace.latest if findings else [],
    )


async def _migrate(url: str) -> None:
    database = Database(url)
    await schema.upgrade(database)
    await database.close()


async def _migrated(path: Path) -> None:
    """Put an empty database with every migration there; made once for all runs of this process."""
    if not _template:
        folder = tempfile.TemporaryDirectory(prefix="loanline-template-")
        await _migrate(f"sqlite+aiosqlite:///{Path(folder.name) / 'loanline.db'}")
        _template.append(folder)
    await asyncio.to_thread(shutil.copy, Path(_template[0].name) / "loanline.db", path)


_template: "list[tempfile.TemporaryDirectory[str]]" = []
