import asyncio
import logging
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.scheduler import DailyWork, build_scheduler

DAILY = [
    "offers",
    "drafts",
    "papers",
    "strays",
    "updates",
    "extensions",
    "payments",
    "draws",
    "lines",
    "rates",
    "accruals",
    "plan",
    "books",
]


class Steps:
    """Every use case of the daily work, noting when it is called."""

    def __init__(self, broken: str = "") -> None:
        self.done: list[str] = []
        self.all_done = asyncio.Event()
        self.broken = broken

    def step(self, name: str) -> Any:
        async def call() -> int:
            if name == self.broken:
                raise OSError("somebody's data")
            self.done.append(name)
            if name == "books":
                self.all_done.set()
            return 1

        return call

    @property
    def services(self) -> Any:
        return SimpleNamespace(
            offers=SimpleNamespace(expire_due=self.step("offers")),
            applications=SimpleNamespace(expire_stale=self.step("drafts")),
            documents=SimpleNamespace(forget_abandoned=self.step("papers")),
            stray_files=SimpleNamespace(sweep=self.step("strays")),
            inbox=SimpleNamespace(forget_old=self.step("updates")),
            extensions=SimpleNamespace(expire_due=self.step("extensions")),
            repayments=SimpleNamespace(expire_due=self.step("payments")),
            draws=SimpleNamespace(expire_due=self.step("draws")),
            line_endings=SimpleNamespace(end_due=self.step("lines")),
            rate_changes=SimpleNamespace(record_due=self.step("rates")),
            loans=SimpleNamespace(accrue_all=self.step("accruals")),
            notices=SimpleNamespace(plan=self.step("plan")),
            consistency=SimpleNamespace(run=self.step("books")),
            outbox=SimpleNamespace(free_stalled=self.step("free")),
        )


class Sender:
    def __init__(self) -> None:
        self.woken = 0

    def wake(self) -> None:
        self.woken += 1


class Leases:
    """The lease of the daily work, held by this process or by another one."""

    def __init__(self, *, ours: bool = True) -> None:
        self._ours = ours
        self.asked = asyncio.Event()

    async def hold(self, name: str) -> bool:
        self.asked.set()
        return self._ours


def scheduled(work: DailyWork, leases: Leases | None = None) -> AsyncIOScheduler:
    held: Any = leases or Leases()
    return build_scheduler(work, held, time_zone="Asia/Shanghai", hour=6)


def work_of(steps: Steps) -> tuple[DailyWork, Sender]:
    sender: Any = Sender()
    return DailyWork(steps.services, sender), sender


async def test_the_day_expires_accrues_plans_and_wakes_the_sender() -> None:
    steps = Steps()
    work, sender = work_of(steps)
    await work.run()
    assert steps.done == DAILY
    assert sender.woken == 1


async def test_a_step_that_fails_is_logged_and_keeps_no_other_from_happening(caplog: pytest.LogCaptureFixture) -> None:
    steps = Steps(broken="accruals")
    work, _ = work_of(steps)
    await work.run()
    assert steps.done == [step for step in DAILY if step != "accruals"]
    record = next(record for record in caplog.records if record.levelno == logging.ERROR)
    assert record.__dict__["step"] == "accruals"
    assert "somebody's data" not in str(record.__dict__)


async def test_two_runs_at_once_go_one_after_the_other() -> None:
    steps = Steps()
    work, _ = work_of(steps)
    await asyncio.gather(work.run(), work.run())
    assert steps.done == DAILY * 2


async def test_starting_catches_up_at_once() -> None:
    steps = Steps()
    work, _ = work_of(steps)
    scheduler = scheduled(work)
    scheduler.start()
    await asyncio.wait_for(steps.all_done.wait(), 5)
    scheduler.shutdown()
    assert steps.done == DAILY


async def test_a_process_without_the_lease_leaves_the_work_to_the_one_that_has_it() -> None:
    steps, leases = Steps(), Leases(ours=False)
    scheduler = scheduled(work_of(steps)[0], leases)
    scheduler.start()
    await asyncio.wait_for(leases.asked.wait(), 5)
    scheduler.shutdown()
    assert steps.done == []


async def test_late_runs_still_run_and_missed_ones_run_once() -> None:
    work, _ = work_of(Steps())
    scheduler = scheduled(work)
    scheduler.start(paused=True)
    jobs = {job.id: job for job in scheduler.get_jobs()}
    scheduler.shutdown()
    assert set(jobs) == {"catch-up", "daily", "notices", "stalled"}
    assert all(job.misfire_grace_time is None and job.coalesce and job.max_instances == 1 for job in jobs.values())
    assert jobs["daily"].next_run_time.utcoffset() == timedelta(hours=8)
    assert jobs["daily"].next_run_time.hour == 6
