import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.monitoring import readiness
from bot.monitoring.metrics import Metrics
from bot.monitoring.reachability import Reachability
from bot.monitoring.readiness import Readiness
from services import schema
from services.clock import SteppedClock
from services.db import Database


@pytest.fixture
async def empty(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'loanline.db'}")
    yield database
    await database.close()


async def test_a_change_is_logged_once_with_the_names_of_what_fails(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "bot.monitoring.readiness")
    well = True

    async def check() -> bool:
        return well

    house = Readiness({"database": check}, Metrics())
    await house.look()
    well = False
    await house.look()
    await house.look()
    well = True
    await house.look()
    assert [(record.message, vars(record).get("failing")) for record in caplog.records] == [
        ("not ready", ["database"]),
        ("ready again", None),
    ]


async def test_a_check_that_hangs_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "LONGEST_CHECK_S", 0.01)

    async def hang() -> bool:
        await asyncio.Event().wait()
        return True

    assert await Readiness({"database": hang}, Metrics()).look() == {"running": True, "database": False}


async def test_migrations_are_current_once_they_were_run(empty: Database) -> None:
    check = readiness.migrations_current(empty)
    assert not await check()
    await schema.upgrade(empty)
    assert await check()


async def test_the_database_answers_or_it_does_not(empty: Database, tmp_path: Path) -> None:
    assert await readiness.database_answers(empty)()
    nowhere = Database(f"sqlite+aiosqlite:///{tmp_path / 'no' / 'folder' / 'loanline.db'}")
    found = await Readiness({"database": readiness.database_answers(nowhere)}, Metrics()).look()
    await nowhere.close()
    assert found["database"] is False


async def test_a_sender_that_has_not_looked_for_six_minutes_has_stopped() -> None:
    clock = SteppedClock(datetime(2026, 1, 1, tzinfo=UTC))
    started = clock.now()
    check = readiness.sender_alive(lambda: started, clock)
    assert await check()
    clock.advance(timedelta(minutes=6))
    assert not await check()


async def test_a_disk_with_less_than_the_reserve_is_full(tmp_path: Path) -> None:
    metrics = Metrics()
    assert await readiness.disk_has_space(tmp_path, 0, metrics)()
    assert not await readiness.disk_has_space(tmp_path, 2**62, metrics)()
    assert (metrics.registry.get_sample_value("loanline_data_disk_free_bytes") or 0) > 0


async def test_telegram_out_of_reach_is_asked_again_and_found_back() -> None:
    reachability = Reachability(Metrics())
    asked = 0

    async def ask() -> None:
        nonlocal asked
        asked += 1
        if asked == 2:
            reachability.answered()
        else:
            raise OSError("away")

    house = Readiness({"telegram": readiness.telegram_answers(reachability, ask)}, Metrics())
    assert (await house.look())["telegram"]
    assert asked == 0
    reachability.failed(asyncio.get_running_loop().time(), "ClientConnectorError")
    assert not (await house.look())["telegram"]
    assert (await house.look())["telegram"]
