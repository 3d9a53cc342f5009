"""What happens by the clock. The database is the schedule; APScheduler only knocks."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from bot.monitoring.logs import trace
from bot.monitoring.metrics import METRICS
from bot.outgoing.sender import OutboxSender
from services.assembly import Services
from services.clock import Clock
from services.leases import Leases
from services.outages import is_outage
from services.transient import retrying

logger = logging.getLogger(__name__)

STALLED_AFTER: Final = timedelta(minutes=5)
"""A message whose sender has been at it for longer goes to another; looked for twice as often."""
SEAL_EVERY_MINUTES: Final = 1
LEASE: Final = "daily work"

FIRST_WAIT_S: Final = 5.0
LONGEST_WAIT_S: Final = 300.0
"""How long work that something in passing hindered waits before it is tried again."""

Work = Callable[[], Awaitable[bool]]
"""Answers whether it is done, or has to be tried again."""
Job = Callable[[], Awaitable[None]]


class DailyWork:
    """Everything that a day's passing brings about. Running it twice, or after days of absence, changes nothing that
    one run on the day would not have done; a step that fails leaves the others to be done."""

    def __init__(self, services: Services, sender: OutboxSender, stalled_after: timedelta = STALLED_AFTER) -> None:
        self.stalled_after = stalled_after
        self._services = services
        self._sender = sender
        self._running = asyncio.Lock()

    async def run(self) -> bool:
        """Expire what is over, change floating rates, post accruals, plan today's notices, and have them delivered;
        last of all, check the books and seal the audit log, whatever committed late included. Answers False when
        something that passes, such as a database that is away, kept a step from being done."""
        steps: tuple[tuple[str, Callable[[], Awaitable[object]]], ...] = (
            ("offers expire", self._services.offers.expire_due),
            ("drafts expire", self._services.applications.expire_stale),
            ("papers of given-up applications", self._services.documents.forget_abandoned),
            ("files that nobody names", self._services.stray_files.sweep),
            ("updates handled long ago", self._services.inbox.forget_old),
            ("extensions expire", self._services.extensions.expire_due),
            ("payments expire", self._services.repayments.expire_due),
            ("draws expire", self._services.draws.expire_due),
            ("lines end", self._services.line_endings.end_due),
            ("rate changes", self._services.rate_changes.record_due),
            ("accruals", self._services.loans.accrue_all),
            ("notices", self._services.notices.plan),
            ("books checked", self._services.consistency.run),
            ("audit log", partial(self._services.audit_chain.seal, from_the_start=True)),
        )
        async with self._running:
            done = [await _guarded(name, step) for name, step in steps]
        self._sender.wake()
        return all(done)

    async def plan_notices(self) -> bool:
        """The part that is due every hour: borrowers live in many time zones. Answers as `run` does."""
        async with self._running:
            done = await _guarded("notices", self._services.notices.plan)
        self._sender.wake()
        return done

    async def seal_audit_log(self) -> bool:
        """Put what people did into the audit log's chain, and note its head where `verify-audit` finds an anchor.
        Answers as `run` does."""
        return await _guarded("audit log", self._seal, level=logging.DEBUG)

    async def _seal(self) -> int:
        entries = await self._services.audit_chain.seal()
        if entries:
            head = await self._services.audit_chain.head()
            logger.info("the audit log is sealed", extra={"entries": entries, "head": str(head)})
        return entries

    async def free_stalled(self) -> bool:
        """Give messages back whose sender vanished in the middle. Answers as `run` does."""
        free = partial(self._services.outbox.free_stalled, self.stalled_after)
        done = await _guarded("stalled messages", free)
        self._sender.wake()
        return done


def build_scheduler(work: DailyWork, leases: Leases, clock: Clock, *, time_zone: str, hour: int) -> AsyncIOScheduler:
    """Daily at `hour` in the lender's zone, and at once on starting: that run catches up with whatever was missed.
    A run that comes late still runs (`misfire_grace_time=None`), several missed ones run once. Of several processes
    the one that holds the lease does the work; the others wait until it is done, or do it when that one vanished."""
    alone = partial(_alone, leases, clock)
    scheduler = AsyncIOScheduler(
        timezone=ZoneInfo(time_zone), job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
    )
    daily, hourly = alone("day", work.run), alone("notices", work.plan_notices)
    scheduler.add_job(daily, id="catch-up")
    scheduler.add_job(daily, CronTrigger(hour=hour, timezone=ZoneInfo(time_zone)), id="daily")
    scheduler.add_job(hourly, CronTrigger(minute=0, timezone=ZoneInfo(time_zone)), id="notices")
    freeing, every = alone("stalled messages", work.free_stalled), work.stalled_after.total_seconds() / 2
    scheduler.add_job(freeing, IntervalTrigger(seconds=every), id="stalled")
    sealing = alone("audit log", work.seal_audit_log)
    scheduler.add_job(sealing, IntervalTrigger(minutes=SEAL_EVERY_MINUTES), id="audit")
    return scheduler


def _alone(leases: Leases, clock: Clock, name: str, work: Work) -> Job:
    """`work`, done by one process: whoever holds the lease, which is renewed meanwhile. What it could not do, or did
    not live to do, is tried again."""

    async def run() -> None:
        try:
            await persist()
        except asyncio.CancelledError:
            # A stop in the middle is no failure: whoever is up next does the work.
            logger.info("daily work is left at a stop", extra={"step": name})

    async def persist() -> None:
        asked_at, wait = clock.now(), FIRST_WAIT_S
        while True:
            held, done = await try_alone(leases, name, work, asked_at)
            if done:
                return
            await asyncio.sleep(wait if held else min(leases.lasts.total_seconds() / 3, FIRST_WAIT_S))
            wait = min(wait * 2, LONGEST_WAIT_S) if held else wait

    return run


async def try_alone(leases: Leases, name: str, work: Work, asked_at: datetime) -> tuple[bool, bool]:
    """Do `work` unless another process is at it or has done it since `asked_at`. Answers whether this process held the
    lease or could not ask for it, and whether the work is done by whomever."""
    try:
        if await leases.done_since(name, asked_at):
            return False, True
        async with leases.kept(LEASE) as ours:
            if not ours:
                return False, False
            if not await leases.done_since(name, asked_at):
                if not await work():
                    return True, False
                await leases.mark_done(name)
            await leases.let_go(LEASE)
            return True, True
    except Exception as failure:  # noqa: BLE001 - the work must be done when the database is back
        logger.warning("daily work waits", extra={"step": name, "trace": trace(failure)})
        return True, False


async def _guarded(name: str, step: Callable[[], Awaitable[object]], level: int = logging.INFO) -> bool:
    try:
        with METRICS.daily_step(name):
            result = await retrying(step)
    except Exception as failure:  # noqa: BLE001 - one broken step must not keep the rest of the day from happening
        logger.error("a step of the daily work failed", extra={"step": name, "trace": trace(failure)})
        return not is_outage(failure)
    logger.log(level, "daily work", extra={"step": name, "result": str(result)})
    return True
