"""What happens by the clock. The database is the schedule; APScheduler only knocks."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from bot.logs import trace
from bot.metrics import METRICS
from bot.sender import OutboxSender
from services.assembly import Services
from services.leases import LASTS, Leases
from services.transient import retrying

logger = logging.getLogger(__name__)

FREE_STALLED_EVERY_MINUTES: Final = 5
LEASE: Final = "daily work"

Job = Callable[[], Awaitable[None]]


class DailyWork:
    """Everything that a day's passing brings about. Running it twice, or after days of absence, changes nothing that
    one run on the day would not have done; a step that fails leaves the others to be done."""

    def __init__(self, services: Services, sender: OutboxSender) -> None:
        self._services = services
        self._sender = sender
        self._running = asyncio.Lock()

    async def run(self) -> None:
        """Expire what is over, change floating rates, post accruals, plan today's notices, and have them delivered."""
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
        )
        async with self._running:
            for name, step in steps:
                await _guarded(name, step)
        self._sender.wake()

    async def plan_notices(self) -> None:
        """The part that is due every hour: borrowers live in many time zones."""
        async with self._running:
            await _guarded("notices", self._services.notices.plan)
        self._sender.wake()

    async def free_stalled(self) -> None:
        """Give messages back whose sender vanished in the middle."""
        await _guarded("stalled messages", self._services.outbox.free_stalled)
        self._sender.wake()


def build_scheduler(work: DailyWork, leases: Leases, *, time_zone: str, hour: int) -> AsyncIOScheduler:
    """Daily at `hour` in the lender's zone, and at once on starting: that run catches up with whatever was missed.
    A run that comes late still runs (`misfire_grace_time=None`), several missed ones run once. Of several processes
    the one that holds the lease does the work."""
    alone = partial(_alone, leases)
    scheduler = AsyncIOScheduler(
        timezone=ZoneInfo(time_zone), job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
    )
    scheduler.add_job(alone(work.run), id="catch-up")
    scheduler.add_job(alone(work.run), CronTrigger(hour=hour, timezone=ZoneInfo(time_zone)), id="daily")
    scheduler.add_job(alone(work.plan_notices), CronTrigger(minute=0, timezone=ZoneInfo(time_zone)), id="notices")
    scheduler.add_job(alone(work.free_stalled), IntervalTrigger(minutes=FREE_STALLED_EVERY_MINUTES), id="stalled")
    return scheduler


def _alone(leases: Leases, job: Job) -> Job:
    """`job`, done only by the process that holds the lease, which is renewed while the job runs."""

    async def run() -> None:
        if not await leases.hold(LEASE):
            return
        renewing = asyncio.create_task(_renew(leases))
        try:
            await job()
        finally:
            renewing.cancel()

    return run


async def _renew(leases: Leases) -> None:
    while True:
        await asyncio.sleep(LASTS.total_seconds() / 3)
        await leases.hold(LEASE)


async def _guarded(name: str, step: Callable[[], Awaitable[object]]) -> None:
    try:
        with METRICS.daily_step(name):
            result = await retrying(step)
    except Exception as failure:  # noqa: BLE001 - one broken step must not keep the rest of the day from happening
        logger.error("a step of the daily work failed", extra={"step": name, "trace": trace(failure)})
    else:
        logger.info("daily work", extra={"step": name, "result": str(result)})
