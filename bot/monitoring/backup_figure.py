"""Of when the newest backup is, for those who watch the bot."""

from bot.monitoring.metrics import METRICS, Metrics
from services.leases import Leases
from services.safekeeping.newest_backup import newest_verified


class BackupFigure:
    """The age of the last backup that was verified. Hand `look` to the web server."""

    def __init__(self, leases: Leases, metrics: Metrics = METRICS) -> None:
        self._leases = leases
        self._metrics = metrics

    async def look(self) -> None:
        """Set the gauge. Raises what the database raises."""
        self._metrics.show_backup(await newest_verified(self._leases))
