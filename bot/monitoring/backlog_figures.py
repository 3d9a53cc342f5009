"""The figures that stand in the database and are looked up when somebody asks for them."""

import asyncio
from datetime import timedelta

from bot.monitoring.metrics import METRICS, Metrics
from services.backlogs import Backlog, Backlogs
from services.clock import Clock
from services.inbox.inbox import Inbox


class BacklogFigures:
    """What waits in inbox and outbox and at the officers' desk. Hand `look` to the web server."""

    def __init__(self, inbox: Inbox, backlogs: Backlogs, clock: Clock, metrics: Metrics = METRICS) -> None:
        self._inbox = inbox
        self._backlogs = backlogs
        self._clock = clock
        self._metrics = metrics

    async def look(self) -> None:
        """Set the gauges. Raises what the database raises."""
        state, messages, handoffs = await asyncio.gather(
            self._inbox.state(), self._backlogs.messages(), self._backlogs.handoffs()
        )
        oldest = state.oldest_received_at
        age = self._clock.now() - oldest if oldest else timedelta()
        self._metrics.show_inbox(Backlog(state.waiting, age), state.quarantined)
        self._metrics.show_outbox(messages)
        self._metrics.show_handoffs(handoffs)
