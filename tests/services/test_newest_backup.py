"""The newest verified backup is known to whoever watches the bot."""

from datetime import UTC, datetime, timedelta

from bot.monitoring.backup_figure import BackupFigure
from bot.monitoring.metrics import Metrics
from services.clock import SteppedClock
from services.db import Database
from services.leases import Leases
from services.safekeeping.newest_backup import newest_verified, note_verified

LAST_NIGHT = datetime(2026, 3, 2, 19, 30, tzinfo=UTC)


def leases_of(database: Database) -> Leases:
    return Leases(database, SteppedClock(LAST_NIGHT + timedelta(hours=8)), "somebody")


async def test_the_newest_is_kept_whichever_is_verified_last(either: Database) -> None:
    leases = leases_of(either)
    assert await newest_verified(leases) is None
    for made_at in (LAST_NIGHT, LAST_NIGHT - timedelta(days=7)):
        await note_verified(leases, made_at)
        assert await newest_verified(leases) == LAST_NIGHT
    await note_verified(leases, LAST_NIGHT + timedelta(days=1))
    assert await newest_verified(leases) == LAST_NIGHT + timedelta(days=1)


async def test_a_process_that_leaves_takes_nothing_of_it_along(database: Database) -> None:
    leases = leases_of(database)
    await note_verified(leases, LAST_NIGHT)
    await leases.give_back()
    assert await newest_verified(leases) == LAST_NIGHT


async def test_it_is_shown_and_none_is_nought(database: Database) -> None:
    leases, metrics = leases_of(database), Metrics()
    figure = BackupFigure(leases, metrics)
    for expected in (0, LAST_NIGHT.timestamp()):
        await figure.look()
        assert metrics.registry.get_sample_value("loanline_backup_verified_timestamp_seconds") == expected
        await note_verified(leases, LAST_NIGHT)
