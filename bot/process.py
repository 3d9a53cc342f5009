"""One running bot: everything put together from settings, started and stopped as a whole."""

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import Callable, Collection, Coroutine
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from time import monotonic_ns
from typing import Any, Final, Self

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.announcements import announcers
from bot.app import Register, build_application
from bot.client.first_contact import meet
from bot.context import LoanlineApplication
from bot.gateway import TelegramInvoices
from bot.incoming.intake import Intake, Poller, set_webhook
from bot.incoming.regrets import Regrets
from bot.incoming.worker import Worker
from bot.monitoring import readiness
from bot.monitoring.backlog_figures import BacklogFigures
from bot.monitoring.backup_figure import BackupFigure
from bot.monitoring.metrics import METRICS
from bot.monitoring.reachability import Reachability
from bot.monitoring.readiness import Check, Readiness
from bot.outgoing.send_limits import SendLimits
from bot.outgoing.sender import OutboxSender
from bot.papers.contract_check import check_contracts
from bot.papers.contract_clauses import Conduct
from bot.papers.press import Press
from bot.papers.typst_papers import TypstPapers
from bot.scheduler import DailyWork, build_scheduler
from bot.settings import Settings
from bot.web.server import WebServer
from bot.wording.i18n import Catalogues
from services import schema
from services.assembly import Configuration, Services, Surroundings, build_services
from services.backlogs import Backlogs
from services.clock import Clock, local_date
from services.configuration.lender import load_lender
from services.configuration.products import load_products
from services.configuration.reference_rates import load_reference_rates
from services.configuration.staff_file import load_staff
from services.db import Database
from services.documents.document_store import EncryptedFolder
from services.leases import Leases
from services.vault import Vault

logger = logging.getLogger(__name__)


LONGEST_FAREWELL: Final = timedelta(seconds=20)
"""How long a stop waits for messages that are on their way."""


ALONE_REST: Final = timedelta(seconds=1)
SHARED_REST: Final = timedelta(milliseconds=100)
"""How often a worker with nothing to do looks at an inbox that other processes store updates in."""


class Role(StrEnum):
    """What a process does. One process may do everything; several on one PostgreSQL share the work."""

    WEB = "web"
    """Takes updates in: brought to the webhook, or fetched (by one process at a time)."""
    WORKER = "worker"
    """Handles updates."""
    SENDER = "sender"
    """Delivers what the outbox owes."""
    SCHEDULER = "scheduler"
    """Does the day's work, one process at a time."""


EVERYTHING: Final = frozenset(Role)


class RoleError(ValueError):
    """Roles that do not exist, or that the database cannot share."""


def roles_named(names: str, settings: Settings) -> frozenset[Role]:
    """The roles of a comma-separated list. Raises RoleError."""
    try:
        roles = frozenset(Role(name.strip()) for name in names.split(",") if name.strip())
    except ValueError:
        roles = frozenset()
    if not roles:
        raise RoleError(f"{names!r}: roles are {', '.join(Role)}")
    if roles != EVERYTHING and settings.database_url.startswith("sqlite"):
        raise RoleError("on SQLite one process does everything: leave --roles out, or use PostgreSQL")
    return roles


class NotMigrated(RuntimeError):
    """The database lacks migrations; `main.py migrate` runs them."""


def load_configuration(
    folder: Path, clock: Clock, *, staff_folder: Path | None = None, desk_chat_id: int | None = None
) -> Configuration:
    """Read the operator's files; `staff.toml` from `staff_folder` where one is given, with `desk_chat_id` in the place
    of its desk's. Raises ConfigurationError for the first mistake."""
    lender = load_lender(folder)
    rates = load_reference_rates(folder, lender.rate_cap_multiple)
    products = load_products(folder, clock, lender, rates)
    for code, (price, cap) in products.all_above_the_cap().items():
        figures = {"product": code, "apr": str(price.apr.value), "cap": str(cap)}
        logger.error("a product is dearer than the cap allows, and is not offered", extra=figures)
    check_contracts(folder, products, local_date(clock.now(), lender.time_zone))
    return Configuration(lender, rates, products, load_staff(staff_folder or folder, desk_chat_id))


class Process:
    """The bot with its database, its worker, its sender, its clockwork and its web server, as far as its roles go."""

    def __init__(
        self,
        settings: Settings,
        configuration: Configuration,
        clock: Clock,
        register: Register,
        *,
        roles: Collection[Role] = EVERYTHING,
        strict: bool = False,
        steady: Callable[[], int] = monotonic_ns,
        stop: asyncio.Event | None = None,
    ) -> None:
        """`steady` counts nanoseconds and is never set: Telegram's limits go by it. `stop` is set when the process is
        to end, also while it is still starting."""
        self._stop_asked = stop or asyncio.Event()
        self.settings = settings
        self.clock = clock
        self.roles = frozenset(roles)
        self.name = f"{socket.gethostname()[:32]}:{os.getpid()}:{secrets.token_hex(4)}"
        """Tells this process from every other one, also from the one that ran here before."""
        lender = configuration.lender
        self.database = Database(settings.database_url, settings.engine_options())
        self.catalogues = Catalogues.load(clock=clock, home_currency=lender.currency, strict=strict)
        press = Press(settings.font_folder)
        vault = Vault.from_text(settings.keys.get_secret_value())
        takeover = timedelta(seconds=settings.takeover_seconds)
        provider_token = settings.payment_provider_token
        self.services: Services = build_services(
            configuration,
            Surroundings(
                database=self.database,
                clock=clock,
                vault=vault,
                store=EncryptedFolder(settings.data_dir / "documents", vault, clock),
                papers=TypstPapers(self.catalogues, press, Conduct.of(lender)),
                gateway=TelegramInvoices(provider_token.get_secret_value() if provider_token else None),
                takeover=takeover,
            ),
        )
        self.reachability = Reachability()
        limits = SendLimits(settings.rates, steady)
        self.application: LoanlineApplication = build_application(
            settings,
            self.services,
            self.catalogues,
            register,
            press=press,
            reachability=self.reachability,
            count=limits.count_reply,
        )
        self.leases = Leases(self.database, clock, self.name, takeover)
        shared = self.database.engine.dialect.name == "postgresql"
        self.worker = Worker(
            self.application, self.database, clock, name=self.name, rest=SHARED_REST if shared else ALONE_REST
        )
        regrets = Regrets(self.application.bot, self.catalogues)
        self.intake = Intake(self.services.inbox, self.worker.wake, regrets)
        self.poller = Poller(self.application.bot, self.intake, self.leases)
        self.sender = OutboxSender(
            self.application.bot,
            self.application.bot_data,
            announcers(),
            clock,
            limits,
            paid=settings.paid_broadcast,
        )
        self.daily_work = DailyWork(self.services, self.sender, stalled_after=10 * takeover)
        self._scheduler: AsyncIOScheduler | None = None
        self._loops: list[asyncio.Task[None]] = []
        self.readiness = Readiness(self._checks())
        METRICS.watch_database(self.database)
        self.services.consistency.on_report(
            lambda report: METRICS.consistency_checked(
                {kind.value: count for kind, count in report.counts().items()}, clock.now()
            )
        )
        backlogs = BacklogFigures(self.services.inbox, Backlogs(self.database, clock), clock)
        self.web = WebServer(
            self.intake.take_in_one,
            self.readiness,
            secrets=settings.webhook_secrets,
            looks=[backlogs.look, BackupFigure(self.leases).look],
        )

    def _checks(self) -> dict[str, Check]:
        settings = self.settings
        checks = {
            "database": readiness.database_answers(self.database),
            "migrations": readiness.migrations_current(self.database),
            "disk": readiness.disk_has_space(settings.data_dir, settings.disk_reserve_mb * 2**20),
        }
        if self.roles & {Role.WORKER, Role.SENDER} or settings.updates == "polling":
            checks["telegram"] = readiness.telegram_answers(self.reachability, self.application.bot.get_me)
        if Role.SENDER in self.roles:
            checks["sender"] = readiness.sender_alive(lambda: self.sender.looked_at, self.clock)
        return checks

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self, *, clockwork: bool = True, loops: bool = True) -> None:
        """Take updates and deliver messages. `clockwork` False leaves the daily work to the caller, who has a clock of
        its own; `loops` False leaves everything to the caller. While Telegram is away it waits. Raises NotMigrated,
        StoppedMeanwhile."""
        if not await schema.is_current(self.database):
            raise NotMigrated("the database is not up to date: run `python main.py migrate`")
        METRICS.serves(self.roles)
        if loops and self.settings.internal_port is not None:
            await self.web.start_internal(self.settings.internal_host, self.settings.internal_port)
        await meet(self.application.initialize, self._stop_asked)
        if loops:
            await self._start_loops()
        if clockwork and Role.SCHEDULER in self.roles:
            lender = self.services.lender
            self._scheduler = build_scheduler(
                self.daily_work,
                self.leases,
                self.clock,
                time_zone=lender.time_zone,
                hour=self.settings.daily_work_hour,
            )
            self._scheduler.start()
        logger.info("the bot runs", extra={"updates": self.settings.updates, "roles": sorted(self.roles)})

    async def _start_loops(self) -> None:
        if Role.WORKER in self.roles:
            self._loop(self.worker.run())
        if Role.SENDER in self.roles:
            self._loop(self.sender.run())
        if Role.WEB not in self.roles:
            return
        if self.settings.updates == "webhook":
            await self.web.start(self.settings.host, self.settings.port)
            await set_webhook(self.application.bot, self.settings)
        else:
            self._loop(self.poller.run())

    def _loop(self, work: Coroutine[Any, Any, None]) -> None:
        self._loops.append(asyncio.create_task(work))

    async def stop(self) -> None:
        """Finish what is under way, and leave nothing open: first nothing more is taken in, then what was claimed is
        handled and sent."""
        self.readiness.stop()
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)
        self.poller.stop()
        await self.web.stop()
        self.worker.stop()
        self.sender.stop()
        if self._loops:
            await asyncio.wait(self._loops, timeout=LONGEST_FAREWELL.total_seconds())
            for loop in self._loops:
                loop.cancel()
            await asyncio.gather(*self._loops, return_exceptions=True)
        await self._let_others_go_on()
        await self.application.shutdown()
        # An application whose start failed half-way does not close its bot's connections.
        await self.application.bot.shutdown()
        await self.web.stop_internal()
        await self.database.close()
        logger.info("the bot has ended")

    async def _let_others_go_on(self) -> None:
        try:
            await self.leases.give_back()
        except Exception as failure:  # noqa: BLE001 - the leases run out by themselves
            logger.warning("the leases could not be given back", extra={"kind": type(failure).__name__})
