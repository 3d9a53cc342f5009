"""A bulk run: reminders that are due go out as fast as the limit lets them, the sandbox being another process.

Everything is the application's own: claims, rechecks, wording, Telegram's limits, the record of what was sent. It is
held against the limit itself, and against a bare loop that posts the same words to the same sandbox.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path
from time import monotonic_ns, perf_counter, process_time
from typing import Any, Final
from zoneinfo import ZoneInfo

import aiohttp
from pydantic import SecretStr
from sqlalchemy import event

from benchmarks.owed_notices import ZONE, owe_reminders
from benchmarks.postgres import MISSING, postgresql
from benchmarks.results import Goal, Line, Part
from benchmarks.sandbox_process import FIRST_PERSON, TOKEN, FarSandbox, far_sandbox
from benchmarks.timing import Pace
from bot.announcements import announcers
from bot.app import build_bot
from bot.garbage import look_seldom
from bot.gateway import TelegramInvoices
from bot.outgoing.send_limits import Rates, SendLimits
from bot.outgoing.sender import OutboxSender
from bot.papers.contract_clauses import Conduct
from bot.papers.press import Press
from bot.papers.typst_papers import TypstPapers
from bot.process import load_configuration
from bot.runtime import Runtime
from bot.settings import FREE_PER_SECOND, Settings
from bot.wording.i18n import Catalogues
from services import schema
from services.assembly import Services, Surroundings, build_services
from services.clock import SteppedClock
from services.db import Database
from services.documents.document_store import EncryptedFolder
from services.vault import Vault

CONFIG: Final = Path(__file__).resolve().parent.parent / "config"
RATES: Final = (FREE_PER_SECOND, 1000)
WARM_UP_SECONDS: Final = 2.0
"""Left out: statements are compiled and connections opened."""
SPARE_SECONDS: Final = 5.0
"""So much longer lasts what is owed."""
BARE_SECONDS: Final = 5.0
BARE_AT_ONCE: Final = 50
AT_THE_LIMIT: Final = 1.015
"""The limit over the rate: 29.5 of 30 a second is just above."""


@dataclass(frozen=True, slots=True)
class Run:
    """What happened in a run of `seconds`: messages sent, calls refused with 429, processor seconds of this process and
    of the sandbox, statements."""

    seconds: float
    sent: int
    refused: int
    processor: float
    sandbox: float
    statements: int

    @property
    def per_second(self) -> float:
        return self.sent / self.seconds


async def measure(pace: Pace, rates: Sequence[int] = RATES) -> Part:
    """Each rate for as long as the pace says, on a PostgreSQL of its own each time."""
    title, seconds = "Bulk sending: seconds a message", pace.sending_seconds
    lines: list[Line] = []
    goals: list[Goal] = []
    people = round(max(rates) * (seconds + SPARE_SECONDS))
    with far_sandbox(people) as sandbox:
        bare = await _bare(sandbox, min(seconds, BARE_SECONDS), people)
        for rate in rates:
            sandbox.limit(rate / FREE_PER_SECOND)
            with postgresql() as server:
                if server is None:
                    return Part(title, (), skipped=(MISSING,))
                async with _migrated(server.url) as database:
                    run = await _bulk(sandbox, database, rate, seconds)
            lines += _lines(f"{rate} a second", run, bare, rate)
            goals += [
                Goal(f"{rate} a second: the limit over the rate", rate / run.per_second, AT_THE_LIMIT),
                Goal(f"{rate} a second: refused with 429", run.refused, 0),
            ]
    return Part(title, tuple(lines), tuple(goals))


def _lines(case: str, run: Run, bare: Run, rate: int) -> list[Line]:
    limit, sent, alone = 1 / rate, 1 / run.per_second, bare.processor / bare.sent
    cost, other = run.processor / run.sent, run.sandbox / run.sent
    statements = f"{run.statements / run.sent:.3f} statements a message"
    return [
        Line(case, "the limit", limit, limit, "the limit", 1.0),
        Line(case, "the outbox by the clock on the wall", sent, sent, "the limit", sent / limit, statements),
        Line(case, "a bare loop of posts: processor", alone, alone, "a bare loop", 1.0),
        Line(case, "the outbox: processor", cost, cost, "a bare loop", cost / alone),
        Line(case, "the sandbox: processor", other, other, "a bare loop", other / alone),
        Line(
            case, "a bare loop by the clock on the wall", 1 / bare.per_second, 1 / bare.per_second, "a bare loop", 1.0
        ),
    ]


async def _bare(sandbox: FarSandbox, seconds: float, people: int) -> Run:
    """Posts and nothing else, as many at once as a client of this kind likes best, without any limit."""
    sandbox.limit(None)
    url, sent = f"{sandbox.base_url}/bot{TOKEN}/sendMessage", 0
    fields = {"text": "林美，您好", "parse_mode": "HTML", "link_preview_options": '{"is_disabled": true}'}
    begun, cost = perf_counter(), process_time()

    async def post(session: aiohttp.ClientSession) -> None:
        nonlocal sent
        while perf_counter() - begun < seconds:
            chat = {"chat_id": str(FIRST_PERSON + sent % people)}
            async with session.post(url, data=fields | chat) as answer:
                await answer.json()
            sent += 1

    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
        for _ in range(BARE_AT_ONCE):
            group.create_task(post(session))
    return Run(perf_counter() - begun, sent, 0, process_time() - cost, 0.0, 0)


async def _bulk(sandbox: FarSandbox, database: Database, rate: int, seconds: float) -> Run:
    today = datetime.now(UTC).date()
    clock = SteppedClock(datetime.combine(today, time(12), ZoneInfo(ZONE)), running=True)
    await owe_reminders(database, round(rate * (seconds + SPARE_SECONDS)), clock.now(), today)
    statements = _Statements(database)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(token=SecretStr(TOKEN), bot_api_url=sandbox.base_url, data_dir=Path(folder))
        services, catalogues, press = _services(database, clock, Path(folder))
        async with build_bot(settings) as bot:
            limits = SendLimits(Rates(rate), monotonic_ns)
            runtime = Runtime(services, catalogues, press)
            sender = OutboxSender(bot, runtime, announcers(), clock, limits, paid=rate > FREE_PER_SECOND)
            look_seldom()
            running = asyncio.create_task(sender.run())
            await asyncio.sleep(min(WARM_UP_SECONDS, seconds))
            before, begun, cost, statements.count = sandbox.count(), perf_counter(), process_time(), 0
            await asyncio.sleep(seconds)
            count, length, spent = sandbox.count(), perf_counter() - begun, process_time() - cost
            asked = statements.count
            sender.stop()
            await running
    return Run(length, count.passed - before.passed, count.refused, spent, count.processor - before.processor, asked)


def _services(database: Database, clock: SteppedClock, folder: Path) -> tuple[Services, Catalogues, Press]:
    configuration = load_configuration(CONFIG, clock)
    press, vault = Press(), Vault.from_text(Vault.new_key())
    catalogues = Catalogues.load(clock=clock, home_currency=configuration.lender.currency)
    around = Surroundings(
        database=database,
        clock=clock,
        vault=vault,
        store=EncryptedFolder(folder / "documents", vault, clock),
        papers=TypstPapers(catalogues, press, Conduct.of(configuration.lender)),
        gateway=TelegramInvoices(None),
    )
    return build_services(configuration, around), catalogues, press


class _Statements:
    """Counts what is asked of a database."""

    def __init__(self, database: Database) -> None:
        self.count = 0
        event.listen(database.engine.sync_engine, "before_cursor_execute", self._asked)

    def _asked(self, *_: Any) -> None:
        self.count += 1


@asynccontextmanager
async def _migrated(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    await schema.upgrade(database)
    try:
        yield database
    finally:
        await database.close()
