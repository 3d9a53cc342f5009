"""Whether this process can do its work, as named checks. A supervisor sends it nothing while one of them fails."""

import asyncio
import logging
import shutil
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import text

from bot.monitoring.metrics import METRICS, Metrics
from bot.monitoring.reachability import Reachability
from services import schema
from services.clock import Clock
from services.db import Database

logger = logging.getLogger(__name__)

Check = Callable[[], Awaitable[bool]]
"""Answers whether all is well; to raise or to take too long is to answer no."""
LONGEST_CHECK_S: Final = 3.0
LONGEST_LAG: Final = timedelta(minutes=5)
"""A sender that has not looked at the outbox for longer has stopped."""
STOPPING: Final = "running"
"""The check that fails from the moment on that the process was asked to end."""


class Readiness:
    """The checks of one process. A change is logged, not each look."""

    def __init__(self, checks: Mapping[str, Check], metrics: Metrics = METRICS) -> None:
        self._checks = checks
        self._metrics = metrics
        self._failing: frozenset[str] = frozenset()
        self._stopping = False

    def stop(self) -> None:
        """Not ready from here on: whoever sends requests should send them elsewhere."""
        self._stopping = True

    async def look(self) -> dict[str, bool]:
        """Every check by its name."""
        passed = await asyncio.gather(*(_passes(check) for check in self._checks.values()))
        found = {STOPPING: not self._stopping, **dict(zip(self._checks, passed, strict=True))}
        for name, well in found.items():
            self._metrics.check_passed(name, well)
        self._tell(frozenset(name for name, well in found.items() if not well))
        return found

    def _tell(self, failing: frozenset[str]) -> None:
        if failing == self._failing:
            return
        if failing:
            logger.warning("not ready", extra={"failing": sorted(failing)})
        else:
            logger.info("ready again", extra={"failed_before": sorted(self._failing)})
        self._failing = failing


async def _passes(check: Check) -> bool:
    try:
        async with asyncio.timeout(LONGEST_CHECK_S):
            return await check()
    except Exception:  # noqa: BLE001 - whatever went wrong, the answer is no
        return False


def database_answers(database: Database) -> Check:
    async def check() -> bool:
        async with database.reading() as session:
            await session.execute(text("SELECT 1"))
        return True

    return check


def migrations_current(database: Database) -> Check:
    """Once they were, they stay: a newer version may migrate further while this one still runs."""
    seen = False

    async def check() -> bool:
        nonlocal seen
        seen = seen or await schema.is_current(database)
        return seen

    return check


def sender_alive(looked_at: Callable[[], datetime], clock: Clock) -> Check:
    """`looked_at` answers when the sender last looked at the outbox."""

    async def check() -> bool:
        return clock.now() - looked_at() <= LONGEST_LAG

    return check


def disk_has_space(folder: Path, reserve: int, metrics: Metrics = METRICS) -> Check:
    """Whether more than `reserve` bytes are free where `folder` lies."""

    async def check() -> bool:
        free = (await asyncio.to_thread(shutil.disk_usage, folder)).free
        metrics.disk_free(free)
        return free > reserve

    return check


def telegram_answers(reachability: Reachability, ask: Callable[[], Awaitable[object]]) -> Check:
    """As it was at the last request; while it was out of reach, `ask` tries whether it is back."""

    async def check() -> bool:
        if not reachability.up:
            await ask()
        return reachability.up

    return check
