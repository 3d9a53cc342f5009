"""What this process counts about itself, for Prometheus.

Others call `METRICS.update_handled(…)` and know nothing of Prometheus. No label ever holds anything of a person: labels
are names of methods, classes, steps and kinds that stand in the code, so their number is bounded.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final, Literal, Protocol

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext

from services.db import Database

logger = logging.getLogger(__name__)

# When each counter began is in the process's own start time already, and doubles the page.
disable_created_metrics()  # type: ignore[no-untyped-call]

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
TURN_BUCKETS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
REQUEST_BUCKETS_S: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
LONGEST_LOOK_S: Final = 5.0
"""How long the page waits for one of the figures that are looked up."""

Way = Literal["polling", "webhook"]
Outcome = Literal["ok", "refused", "flood", "error", "timeout", "network"]
Look = Callable[[], Awaitable[None]]
"""Looks something up and sets the gauges that show it."""


class Waiting(Protocol):
    """How much waits, and for how long the oldest of it; such as `services.backlogs.Backlog`."""

    @property
    def count(self) -> int: ...

    @property
    def oldest(self) -> timedelta: ...


class Metrics:
    """Every figure of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._watch_updates()
        self._watch_messages()
        self._watch_telegram()
        self._watch_house()

    def _watch_updates(self) -> None:
        self._taken_in = self._counter("updates_taken_in", "Updates stored in the inbox.", "way")
        self._handled = self._counter("updates_handled", "Updates that were handled.")
        self._failed = self._counter("updates_failed", "Attempts at an update that failed and will be repeated.")
        self._quarantined = self._counter("updates_quarantined", "Updates put aside for a person to look at.")
        self._turn = self._histogram("turn_seconds", "From claiming an update to its commit.", TURN_BUCKETS_S)
        self._updates_waiting = self._gauge("updates_waiting", "Updates stored and not yet handled.")
        self._updates_age = self._gauge("updates_oldest_age_seconds", "Age of the oldest update not yet handled.")
        self._in_quarantine = self._gauge("updates_in_quarantine", "Updates that wait for a person to look at them.")

    def _watch_messages(self) -> None:
        self._outbox_waiting = self._gauge("outbox_waiting", "Messages that are due and not sent.", "message_class")
        self._outbox_age = self._gauge(
            "outbox_oldest_age_seconds", "How long the oldest due message has waited.", "message_class"
        )
        self._sent = self._counter("messages_sent", "Messages that Telegram accepted.", "message_class")
        self._message_failed = self._counter("messages_failed", "Messages given up.", "message_class", "reason")
        self._postponed = self._counter("messages_postponed", "Attempts that will be repeated.", "reason")
        self._sender_limit = self._gauge("sender_limit_per_second", "Messages a second the sender allows itself.")

    def _watch_telegram(self) -> None:
        self._requests = self._counter(
            "telegram_requests", "Requests to Telegram, repeated ones too.", "method", "outcome"
        )
        self._request_time = self._histogram(
            "telegram_request_seconds", "Requests to Telegram other than waiting for updates.", REQUEST_BUCKETS_S
        )
        self._floods = self._counter("telegram_retry_after", "Times Telegram asked to wait.", "method")
        self._reachable = self._unknown("telegram_reachable", "1 while Telegram answers, 0 while it cannot be reached.")

    def _watch_house(self) -> None:
        self._step_time = self._gauge("daily_step_seconds", "How long a step of the daily work took.", "step")
        self._step_failures = self._counter("daily_step_failures", "Steps of the daily work that failed.", "step")
        self._step_done = self._gauge("daily_step_done_timestamp_seconds", "When a step last went well.", "step")
        self._database_errors = self._counter("database_errors", "Errors of the database by kind.", "kind")
        self._connections = self._gauge("database_connections_in_use", "Connections that are being used.")
        self._retries = self._counter("database_retries", "Transactions repeated after losing against another.")
        self._findings = self._gauge("consistency_findings", "What the consistency check found wrong.", "check")
        self._checked_at = self._unknown("consistency_checked_timestamp_seconds", "When consistency was last checked.")
        self._backup = self._unknown(
            "backup_verified_timestamp_seconds", "Of when the newest verified backup is, 0 when there is none."
        )
        self._handoffs = self._gauge("handoffs_open", "Matters that wait for an officer.")
        self._handoffs_age = self._gauge("handoffs_oldest_age_seconds", "Age of the oldest matter for an officer.")
        self._documents_refused = self._counter("documents_refused", "Files that were not accepted.", "reason")
        self._callbacks = self._counter("payment_callbacks", "Calls of payment gateways.", "gateway", "outcome")
        self._turned_away = self._counter("web_turned_away", "Requests refused by the web server.", "reason")
        self._serving = self._gauge("serving", "1 for each role that this process has.", "work")
        self._checks = self._gauge("check_passed", "1 for a readiness check that passed, else 0.", "check")
        self._disk = self._unknown("data_disk_free_bytes", "Free space where documents and database lie.")
        self._looks_failed = self._counter("metric_lookups_failed", "Figures of this page that could not be had.")

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(f"loanline_{name}", meaning, labels, registry=self.registry)

    def _gauge(self, name: str, meaning: str, *labels: str) -> Gauge:
        return Gauge(f"loanline_{name}", meaning, labels, registry=self.registry)

    def _unknown(self, name: str, meaning: str) -> Gauge:
        """A gauge of which 0 would be a lie until it is set: not every process learns it."""
        gauge = self._gauge(name, meaning)
        gauge.set(float("nan"))
        return gauge

    def _histogram(self, name: str, meaning: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(f"loanline_{name}", meaning, buckets=buckets, registry=self.registry)

    def serves(self, roles: Iterable[str]) -> None:
        """The roles of this process."""
        for role in roles:
            self._serving.labels(role).set(1)

    # Updates.

    def update_taken_in(self, way: Way, count: int = 1) -> None:
        self._taken_in.labels(way).inc(count)

    def update_handled(self, seconds: float) -> None:
        """`seconds` from the claim to the commit."""
        self._handled.inc()
        self._turn.observe(seconds)

    def update_failed(self) -> None:
        self._failed.inc()

    def update_quarantined(self) -> None:
        self._quarantined.inc()

    def show_inbox(self, waiting: Waiting, in_quarantine: int) -> None:
        self._updates_waiting.set(waiting.count)
        self._updates_age.set(waiting.oldest.total_seconds())
        self._in_quarantine.set(in_quarantine)

    # Messages.

    def show_outbox(self, by_class: Mapping[str, Waiting]) -> None:
        """What is due and not sent, by message class. A class that is not named waits for nothing."""
        self._outbox_waiting.clear()
        self._outbox_age.clear()
        for message_class, waiting in by_class.items():
            self._outbox_waiting.labels(message_class).set(waiting.count)
            self._outbox_age.labels(message_class).set(waiting.oldest.total_seconds())

    def message_sent(self, message_class: str) -> None:
        self._sent.labels(message_class).inc()

    def message_failed(self, message_class: str, reason: str) -> None:
        """`reason` is the name of an exception's class, never its text."""
        self._message_failed.labels(message_class, reason).inc()

    def message_postponed(self, reason: str) -> None:
        self._postponed.labels(reason).inc()

    def sender_limited_to(self, per_second: float) -> None:
        self._sender_limit.set(per_second)

    # Telegram.

    def telegram_asked(self, method: str, outcome: Outcome, seconds: float) -> None:
        self._requests.labels(method, outcome).inc()
        if outcome == "flood":
            self._floods.labels(method).inc()
        if method != "getUpdates":
            self._request_time.observe(seconds)

    def telegram_reachable(self, reachable: bool) -> None:
        self._reachable.set(reachable)

    # The house.

    @contextmanager
    def daily_step(self, step: str) -> Iterator[None]:
        """Times the step; one that raises counts as failed, and its error goes on."""
        started = time.perf_counter()
        try:
            yield
        except Exception:
            self._step_failures.labels(step).inc()
            raise
        self._step_time.labels(step).set(time.perf_counter() - started)
        self._step_done.labels(step).set_to_current_time()

    def watch_database(self, database: Database) -> None:
        """Count its errors and show how many of its connections are in use."""

        def count(context: ExceptionContext) -> None:
            error = context.sqlalchemy_exception or context.original_exception
            self._database_errors.labels(type(error).__name__).inc()

        for engine in database.engines:
            event.listen(engine.sync_engine, "handle_error", count)
        self._connections.set_function(lambda: database.connections_in_use)

    def database_retried(self) -> None:
        self._retries.inc()

    def consistency_checked(self, findings: Mapping[str, int], at: datetime) -> None:
        """How many findings each check has; a check without any is named with 0."""
        self._findings.clear()
        for check, count in findings.items():
            self._findings.labels(check).set(count)
        self._checked_at.set(at.timestamp())

    def show_backup(self, made_at: datetime | None) -> None:
        """Of when the newest verified backup is, None when there is none."""
        self._backup.set(0 if made_at is None else made_at.timestamp())

    def show_handoffs(self, waiting: Waiting) -> None:
        self._handoffs.set(waiting.count)
        self._handoffs_age.set(waiting.oldest.total_seconds())

    def document_refused(self, reason: str) -> None:
        """`reason` is the name of the refusal's class."""
        self._documents_refused.labels(reason).inc()

    def payment_callback(self, gateway: str, outcome: str) -> None:
        self._callbacks.labels(gateway, outcome).inc()

    def turned_away(self, reason: str) -> None:
        self._turned_away.labels(reason).inc()

    def check_passed(self, check: str, passed: bool) -> None:
        self._checks.labels(check).set(passed)

    def disk_free(self, size: int) -> None:
        """Bytes."""
        self._disk.set(size)

    # The page.

    async def page(self, looks: Iterable[Look] = ()) -> bytes:
        """All figures in Prometheus' text format, after `looks` were taken: at what stands in the database and is not
        counted as it happens. What cannot be looked up in time keeps its last figure."""
        await asyncio.gather(*(self._try(look) for look in looks))
        return generate_latest(self.registry)

    async def _try(self, look: Look) -> None:
        try:
            async with asyncio.timeout(LONGEST_LOOK_S):
                await look()
        except Exception as failure:  # noqa: BLE001 - the page is needed most when something else is broken
            self._looks_failed.inc()
            logger.debug("a figure could not be looked up", extra={"kind": type(failure).__name__})

    def names(self) -> frozenset[str]:
        """Names of all series that can be asked for."""
        families = self.registry.collect()
        named = set()
        for family in families:
            named.add(family.name)
            endings = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}.get(family.type, ())
            named |= {family.name + ending for ending in endings}
        return frozenset(named)


METRICS: Final = Metrics()
"""Those of this process."""
