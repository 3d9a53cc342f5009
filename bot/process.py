"""One running bot: everything put together from settings, started and stopped as a whole."""

import asyncio
import logging
from datetime import timedelta
from pathlib import Path
from time import monotonic_ns
from typing import Final, Self

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy import text

from bot.announcements import announcers
from bot.app import Register, build_application
from bot.chat_order import ChatOrderedProcessor
from bot.context import LoanlineApplication
from bot.gateway import TelegramInvoices
from bot.i18n import Catalogues
from bot.papers.contract_check import check_contracts
from bot.papers.contract_clauses import Conduct
from bot.papers.press import Press
from bot.papers.typst_papers import TypstPapers
from bot.scheduler import DailyWork, build_scheduler
from bot.send_limits import SendLimits
from bot.sender import OutboxSender
from bot.settings import Settings
from bot.updates import set_webhook, start_polling, stop_polling
from bot.web import WebServer
from services import schema
from services.assembly import Configuration, Services, Surroundings, build_services
from services.clock import Clock, local_date
from services.configuration.lender import load_lender
from services.configuration.products import load_products
from services.configuration.reference_rates import load_reference_rates
from services.configuration.staff_file import load_staff
from services.db import Database
from services.documents.document_store import EncryptedFolder
from services.vault import Vault

logger = logging.getLogger(__name__)


LONGEST_FAREWELL: Final = timedelta(seconds=20)
"""How long a stop waits for messages that are on their way."""


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
    check_contracts(folder, products, local_date(clock.now(), lender.time_zone))
    return Configuration(lender, rates, products, load_staff(staff_folder or folder, desk_chat_id))


class Process:
    """The bot with its database, its sender, its clockwork and its web server."""

    def __init__(
        self,
        settings: Settings,
        configuration: Configuration,
        clock: Clock,
        register: Register,
        *,
        strict: bool = False,
    ) -> None:
        self.settings = settings
        self.clock = clock
        lender = configuration.lender
        self.database = Database(settings.database_url)
        self.catalogues = Catalogues.load(clock=clock, home_currency=lender.currency, strict=strict)
        press = Press(settings.font_folder)
        vault = Vault.from_text(settings.keys.get_secret_value())
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
            ),
        )
        self.order = ChatOrderedProcessor()
        self.application: LoanlineApplication = build_application(
            settings, self.services, self.catalogues, register, press=press, processor=self.order
        )
        runtime = self.application.bot_data
        self.sender = OutboxSender(
            self.application.bot,
            runtime,
            announcers(),
            clock,
            SendLimits(settings.rates, monotonic_ns),
            paid=settings.paid_broadcast,
        )
        self.daily_work = DailyWork(self.services, self.sender)
        self._scheduler: AsyncIOScheduler | None = None
        self._sending: asyncio.Task[None] | None = None
        secret = settings.webhook_secret
        self.web = WebServer(
            self.application, self.sender, clock, self._ask_database, secret.get_secret_value() if secret else None
        )

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self, *, clockwork: bool = True) -> None:
        """Take updates and deliver messages. `clockwork` False leaves the daily work to the caller, who has a clock of
        its own. Raises NotMigrated."""
        if not await schema.is_current(self.database):
            raise NotMigrated("the database is not up to date: run `python main.py migrate`")
        await self.application.initialize()
        self.application.bot_data.memory.recall(self.application.user_data)
        await self.application.start()
        self._sending = asyncio.create_task(self.sender.run())
        if self.settings.updates == "webhook":
            await self.web.start(self.settings.host, self.settings.port)
            await set_webhook(self.application, self.settings)
        else:
            await start_polling(self.application)
        if clockwork:
            lender = self.services.lender
            self._scheduler = build_scheduler(
                self.daily_work, time_zone=lender.time_zone, hour=self.settings.daily_work_hour
            )
            self._scheduler.start()
        logger.info("the bot runs", extra={"updates": self.settings.updates})

    async def stop(self) -> None:
        """Finish what is under way, and leave nothing open."""
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)
        await stop_polling(self.application)
        await self.web.stop()
        if self.application.running:
            await self.application.stop()
        if self._sending is not None:
            self.sender.stop()
            await asyncio.wait({self._sending}, timeout=LONGEST_FAREWELL.total_seconds())
            self._sending.cancel()
            await asyncio.gather(self._sending, return_exceptions=True)
        await self.application.shutdown()
        # An application whose start failed half-way does not close its bot's connections.
        await self.application.bot.shutdown()
        await self.database.close()

    async def _ask_database(self) -> None:
        async with self.database.reading() as session:
            await session.execute(text("SELECT 1"))
