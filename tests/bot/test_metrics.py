import asyncio
import math
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from bot.monitoring import metrics as module
from bot.monitoring.metrics import Look, Metrics
from services.db import Database


@dataclass
class Waiting:
    count: int
    oldest: timedelta


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


async def figures(metrics: Metrics, *looks: Look) -> dict[str, float]:
    """The page as Prometheus reads it, each series under its name and labels."""
    page = (await metrics.page(looks)).decode()
    return {
        sample.name + "".join(f" {name}={value}" for name, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


async def test_an_updates_way_through_the_bot_is_counted(metrics: Metrics) -> None:
    metrics.update_taken_in("polling", 2)
    metrics.update_handled(0.03)
    metrics.update_failed()
    metrics.update_quarantined()
    metrics.show_inbox(Waiting(4, timedelta(seconds=90)), in_quarantine=1)
    page = await figures(metrics)
    assert page["loanline_updates_taken_in_total way=polling"] == 2
    assert page["loanline_updates_handled_total"] == 1
    assert page["loanline_updates_failed_total"] == 1
    assert page["loanline_updates_quarantined_total"] == 1
    assert page["loanline_turn_seconds_bucket le=0.05"] == 1
    assert page["loanline_turn_seconds_bucket le=0.025"] == 0
    assert page["loanline_updates_waiting"] == 4
    assert page["loanline_updates_oldest_age_seconds"] == 90
    assert page["loanline_updates_in_quarantine"] == 1


async def test_a_messages_way_out_is_counted_by_its_class(metrics: Metrics) -> None:
    metrics.show_outbox({"dunning": Waiting(1, timedelta(seconds=9))})
    metrics.show_outbox({"service": Waiting(3, timedelta(minutes=1))})
    metrics.message_sent("service")
    metrics.message_failed("reminder", "BadRequest")
    metrics.message_postponed("RetryAfter")
    metrics.sender_limited_to(30)
    page = await figures(metrics)
    assert page["loanline_outbox_waiting message_class=service"] == 3
    assert page["loanline_outbox_oldest_age_seconds message_class=service"] == 60
    assert "loanline_outbox_waiting message_class=dunning" not in page
    assert page["loanline_messages_sent_total message_class=service"] == 1
    assert page["loanline_messages_failed_total message_class=reminder reason=BadRequest"] == 1
    assert page["loanline_messages_postponed_total reason=RetryAfter"] == 1
    assert page["loanline_sender_limit_per_second"] == 30


async def test_waiting_for_updates_does_not_count_as_a_slow_request(metrics: Metrics) -> None:
    metrics.telegram_asked("getUpdates", "ok", 10)
    metrics.telegram_asked("sendMessage", "flood", 0.2)
    page = await figures(metrics)
    assert page["loanline_telegram_request_seconds_count"] == 1
    assert page["loanline_telegram_requests_total method=getUpdates outcome=ok"] == 1
    assert page["loanline_telegram_retry_after_total method=sendMessage"] == 1


async def test_a_step_of_the_day_is_timed_and_its_failure_counted(metrics: Metrics) -> None:
    with metrics.daily_step("notices"):
        pass
    with pytest.raises(RuntimeError), metrics.daily_step("accruals"):
        raise RuntimeError
    page = await figures(metrics)
    assert page["loanline_daily_step_seconds step=notices"] >= 0
    assert page["loanline_daily_step_done_timestamp_seconds step=notices"] > 0
    assert page["loanline_daily_step_failures_total step=accruals"] == 1
    assert "loanline_daily_step_done_timestamp_seconds step=accruals" not in page


async def test_what_this_process_never_learned_is_not_shown_as_nothing(metrics: Metrics) -> None:
    page = await figures(metrics)
    for name in (
        "telegram_reachable",
        "data_disk_free_bytes",
        "consistency_checked_timestamp_seconds",
        "backup_verified_timestamp_seconds",
    ):
        assert math.isnan(page[f"loanline_{name}"])
    metrics.disk_free(5)
    metrics.serves(["web", "worker"])
    page = await figures(metrics)
    assert page["loanline_data_disk_free_bytes"] == 5
    assert (page["loanline_serving work=web"], page["loanline_serving work=worker"]) == (1, 1)


async def test_the_house_is_shown(metrics: Metrics) -> None:
    checked_at = datetime(2026, 1, 1, tzinfo=UTC)
    metrics.consistency_checked({"ledger": 2, "orphans": 0}, checked_at)
    metrics.show_handoffs(Waiting(5, timedelta(hours=1)))
    metrics.document_refused("FileDamaged")
    metrics.database_retried()
    page = await figures(metrics)
    assert page["loanline_consistency_findings check=ledger"] == 2
    assert page["loanline_consistency_findings check=orphans"] == 0
    assert page["loanline_consistency_checked_timestamp_seconds"] == checked_at.timestamp()
    assert (page["loanline_handoffs_open"], page["loanline_handoffs_oldest_age_seconds"]) == (5, 3600)
    assert page["loanline_documents_refused_total reason=FileDamaged"] == 1
    assert page["loanline_database_retries_total"] == 1


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'loanline.db'}")
    yield database
    await database.close()


async def test_errors_of_the_database_are_counted_by_kind_and_connections_shown(
    metrics: Metrics, database: Database
) -> None:
    metrics.watch_database(database)
    with pytest.raises(OperationalError):
        async with database.reading() as session:
            await session.execute(text("SELECT * FROM nowhere"))
    async with database.reading() as session:
        await session.execute(text("SELECT 1"))
        assert (await figures(metrics))["loanline_database_connections_in_use"] == 1
    page = await figures(metrics)
    assert page["loanline_database_connections_in_use"] == 0
    assert page["loanline_database_errors_total kind=OperationalError"] == 1


async def test_what_cannot_be_looked_up_leaves_the_rest_of_the_page(
    metrics: Metrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LONGEST_LOOK_S", 0.01)

    async def broken() -> None:
        raise OSError("the database is away")

    async def hanging() -> None:
        await asyncio.Event().wait()

    async def well() -> None:
        metrics.show_handoffs(Waiting(1, timedelta()))

    page = await figures(metrics, broken, hanging, well)
    assert page["loanline_metric_lookups_failed_total"] == 2
    assert page["loanline_handoffs_open"] == 1


async def test_the_names_are_those_of_the_page(metrics: Metrics) -> None:
    metrics.message_sent("service")
    shown = {family.name for family in text_string_to_metric_families((await metrics.page()).decode())}
    assert {"loanline_messages_sent_total", "loanline_turn_seconds_bucket", "loanline_handoffs_open"} <= metrics.names()
    assert shown <= metrics.names() | {name.removesuffix("_total") for name in metrics.names()}
