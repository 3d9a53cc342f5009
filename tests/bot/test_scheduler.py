import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.scheduler import DailyWork, build_scheduler
from services.clock import SteppedClock

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
    "audit",
]


class Steps:
    """Every use case of the daily work, noting when it is called."""

    def __init__(self, broken: str = "") -> None:
        self.done: list[str] = []
        self.all_done = asyncio.Event()
        self.broken = broken
        self.away: list[str] = []

    def step(self, name: str) -> Any:
        async def call(**_: object) -> int:
            if name == self.broken:
                raise OSError("somebody's data")
            if name in self.away:
                self.away.remove(name)
                raise ConnectionResetError
            self.done.append(name)
            if name == "audit":
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
            outbox=SimpleNamespace(free_stalled=lambda older_than: self.step("free")()),
            audit_chain=Chain(self),
        )


class Chain:
    """An audit log in which one entry waits."""

    def __init__(self, steps: Steps) -> None:
        self.seal = steps.step("audit")

    async def head(self) -> str:
        return "7:abc"


class Sender:
    def __init__(self) -> None:
        self.woken = 0

    def wake(self) -> None:
        self.woken += 1


class Leases:
    """The lease of the daily work, held by this process or by another one."""

    lasts = timedelta(0)

    def __init__(self, *, ours: bool = True) -> None:
        self.ours = ours
        self.done: list[str] = []
        self.asked = asyncio.Event()
        self.failing: list[Exception] = []

    @asynccontextmanager
    async def kept(self, name: str) -> AsyncIterator[bool]:
        self.asked.set()
        yield self.ours

    async def let_go(self, name: str) -> None:
        self.ours = False

    async def mark_done(self, work: str) -> None:
        self.done.append(work)

    async def done_since(self, work: str, asked_at: datetime) -> bool:
        if self.failing:
            raise self.failing.pop()
        return work in self.done


def scheduled(work: DailyWork, leases: Leases | None = None) -> AsyncIOScheduler:
    held: Any = leases or Leases()
    return build_scheduler(
        work, held, SteppedClock(datetime(2026, 3, 2, tzinfo=UTC)), time_zone="Asia/Shanghai", hour=6
    )


def work_of(steps: Steps) -> tuple[DailyWork, Sender]:
    sender: Any = Sender()
    return DailyWork(steps.services, sender), sender


def scheduler_job(scheduler: AsyncIOScheduler, name: str) -> Callable[[], Awaitable[None]]:
    job: Callable[[], Awaitable[None]] = scheduler.get_job(name).func
    return job


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


async def test_sealing_the_audit_log_leaves_its_head_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    work, _ = work_of(Steps())
    await work.seal_audit_log()
    (record,) = caplog.records
    assert (record.__dict__["entries"], record.__dict__["head"]) == (1, "7:abc")


async def test_another_process_does_what_the_one_with_the_lease_did_not_live_to_do() -> None:
    steps, leases = Steps(), Leases(ours=False)
    scheduler = scheduled(work_of(steps)[0], leases)
    scheduler.start()
    await asyncio.wait_for(leases.asked.wait(), 5)
    leases.ours = True
    await asyncio.wait_for(steps.all_done.wait(), 5)
    scheduler.shutdown()
    assert steps.done == DAILY


async def test_what_another_process_has_done_meanwhile_is_not_done_again() -> None:
    steps, leases = Steps(), Leases()
    leases.done.append("day")
    work, _ = work_of(steps)
    scheduler = scheduled(work, leases)
    await scheduler_job(scheduler, "catch-up")()
    assert steps.done == []


async def test_work_that_an_outage_hindered_is_done_when_the_database_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.scheduler.FIRST_WAIT_S", 0.0)
    monkeypatch.setattr("bot.scheduler.retrying", lambda step: step())
    steps, leases = Steps(), Leases()
    leases.failing.append(ConnectionRefusedError("away"))
    steps.away = ["accruals", "plan"]
    work, _ = work_of(steps)
    await scheduler_job(scheduled(work, leases), "catch-up")()
    hindered = [step for step in DAILY if step not in ("accruals", "plan")]
    assert steps.done == hindered + DAILY
    assert leases.done == ["day"]


async def test_late_runs_still_run_and_missed_ones_run_once() -> None:
    work, _ = work_of(Steps())
    scheduler = scheduled(work)
    scheduler.start(paused=True)
    jobs = {job.id: job for job in scheduler.get_jobs()}
    scheduler.shutdown()
    assert set(jobs) == {"catch-up", "daily", "notices", "stalled", "audit"}
    assert all(job.misfire_grace_time is None and job.coalesce and job.max_instances == 1 for job in jobs.values())
    assert jobs["daily"].next_run_time.utcoffset() == timedelta(hours=8)
    assert jobs["daily"].next_run_time.hour == 6
