"""The whole product on one machine: the bot, a local Telegram with phones in a web page, a clock that can be moved."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from bot.papers.fonts import packaged_font
from bot.process import Process, load_configuration
from bot.settings import Settings
from handlers import announce_commands, register
from sandbox import ClockControls, PageLook, Sandbox
from services import schema
from services.clock import SteppedClock, SystemClock, local_date
from services.configuration.lender import load_lender
from services.db import Database
from services.vault import Vault

TOKEN = "100200300:LOCAL-STAND-IN-NEEDS-NO-SECRET"  # noqa: S105 - opens nothing but the local stand-in
PROVIDER = "local-test-bank"
CONFIG = Path("config")
DEMO_STAFF = CONFIG / "demo"
OPENING = time(10)
"""When the demo's day begins, on the lender's clock, whatever the hour here."""
MORNING = time(9, 30)
"""When a jump to a due date arrives, on the lender's clock: after reminders went out."""


class TimeMachine:
    """Moves the clock through everything that would have happened meanwhile, day by day."""

    def __init__(self, clock: SteppedClock, process: Callable[[], Process]) -> None:
        self._clock = clock
        self._process = process

    async def advance(self, by: timedelta) -> None:
        """Let so much time pass: each day's work runs on its day, each message goes out at its hour."""
        await self.advance_to(self._clock.now() + by)

    async def advance_to(self, target: datetime) -> None:
        while (now := self._clock.now()) < target:
            process = self._process()
            daily = self._next_daily_work(now, process)
            due = await process.services.outbox.next_due_at()
            stops = [stop for stop in (daily, due) if stop is not None and now < stop < target]
            self._clock.advance_to(min([*stops, target]))
            if self._clock.now() >= daily:
                await process.daily_work.run()
            await process.sender.deliver_due()
        await self._process().daily_work.run()
        await self._process().sender.deliver_due()

    async def to_next_due_date(self) -> None:
        """On to the morning of the next day on which somebody has to pay; a week where nobody has."""
        process = self._process()
        zone = ZoneInfo(process.services.lender.time_zone)
        today = self._clock.now().astimezone(zone).date()
        due_on = await process.services.due_dates.next_after(today)
        if due_on is None:
            await self.advance(timedelta(days=7))
        else:
            await self.advance_to(datetime.combine(due_on, MORNING, zone))

    @staticmethod
    def _next_daily_work(now: datetime, process: Process) -> datetime:
        zone = ZoneInfo(process.services.lender.time_zone)
        local = now.astimezone(zone)
        hour = process.settings.daily_work_hour
        day = local.date() if local.hour < hour else local.date() + timedelta(days=1)
        return datetime.combine(day, time(hour), zone)


@dataclass(frozen=True, slots=True)
class Stage:
    """The local Telegram with the people of the demo."""

    sandbox: Sandbox
    borrower: int
    second_borrower: int
    officer: int
    colleague: int
    assistant: int
    desk: int


def set_stage(sandbox: Sandbox) -> Stage:
    """Two borrowers, three officers and the officers' group."""
    lin = sandbox.add_person("林美", language_code="zh-hans", phone="+8613800138000")
    tom = sandbox.add_person("Tom", "Baker", language_code="en", phone="+8613900139000")
    wang = sandbox.add_person("王经理", language_code="zh-hans", phone="+8613700137000", user_id=9001)
    chen = sandbox.add_person("陈专员", language_code="zh-hans", phone="+8613600136000", user_id=9002)
    li = sandbox.add_person("李助理", language_code="zh-hans", phone="+8613500135000", user_id=9003)
    desk = sandbox.add_group("信贷工作台", forum=False, members=[wang.id, chen.id, li.id], bot_is_admin=True)
    return Stage(sandbox, lin.id, tom.id, wang.id, chen.id, li.id, desk.id)


def demo_settings(sandbox: Sandbox, data: Path, keys: str) -> Settings:
    """Settings of a bot that talks to the local Telegram and keeps its data in `data`."""
    return Settings(
        token=SecretStr(TOKEN),
        keys=SecretStr(keys),
        database_url=f"sqlite+aiosqlite:///{data / 'loanline.db'}",
        sqlite_survives_power_cuts=False,
        data_dir=data,
        config_dir=CONFIG,
        bot_api_url=sandbox.base_url,
        payment_provider_token=SecretStr(PROVIDER),
        # Days pass in moments here, and with them what one person gets in a week.
        send_per_chat_second=20,
    )


async def run_demo(port: int, data: Path, announce: Callable[[str], None], until: Awaitable[object]) -> None:
    """Run until `until` is over. `announce` is told the address of the phone page once all is up.

    The data folder is emptied first: the chats live in memory, and data without its chats would only confuse.
    """
    await asyncio.to_thread(_empty, data)
    lender = load_lender(CONFIG)
    today = local_date(SystemClock().now(), lender.time_zone)
    clock = SteppedClock(datetime.combine(today, OPENING, ZoneInfo(lender.time_zone)), running=True)
    look = PageLook(time_zone=lender.time_zone, letters=packaged_font())
    sandbox = Sandbox(token=TOKEN, bot_name="禾信小贷", bot_username="loanline_bot", now=clock.now, look=look)
    stage = set_stage(sandbox)
    await sandbox.start("127.0.0.1", port)
    settings = demo_settings(sandbox, data, Vault.new_key())
    database = Database(settings.database_url)
    await schema.upgrade(database)
    await database.close()
    configuration = load_configuration(CONFIG, clock, staff_folder=DEMO_STAFF, desk_chat_id=stage.desk)
    process = Process(settings, configuration, clock, register)
    machine = TimeMachine(clock, lambda: process)
    sandbox.clock_controls = ClockControls(
        advance=machine.advance, jumps={"to next due date": machine.to_next_due_date}
    )
    try:
        await process.start()
        await announce_commands(process.application, process.catalogues)
        announce(f"{sandbox.base_url}/?people={stage.borrower},{stage.officer}")
        await asyncio.ensure_future(until)
    finally:
        await process.stop()
        await sandbox.stop()


def _empty(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
