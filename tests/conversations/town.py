"""A whole town in one process: the real bot on a real sandbox over HTTP, people with phones, and a clock to move."""

import logging
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import SecretStr

from bot.process import Process, load_configuration
from demo import CONFIG, DEMO_STAFF, TOKEN, Stage, TimeMachine, demo_settings, set_stage
from handlers import announce_commands, register
from sandbox import Person, Sandbox
from services.assembly import Services
from services.clock import SteppedClock, local_date
from services.vault import Vault

START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
"""Monday, ten in the morning in Shanghai."""


WAKEFUL = timedelta(days=9)
"""So long before a due date each day's work is done on its day: the first reminder goes out seven days before."""


class ErrorLog(logging.Handler):
    """Collects what is logged as an error or worse."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        extra = {key: record.__dict__[key] for key in ("trace", "message_kind", "step") if key in record.__dict__}
        self.lines.append(f"{record.name}: {record.getMessage()} {extra}")


AT_ANY_SPEED = dict.fromkeys(("send_per_second", "send_per_chat_second", "send_per_group_minute"), 10**6)
"""Settings for whom nobody waits."""


class Town:
    """Use `Town.open()`. `services` and `process` are those of the bot that runs now: `restart` replaces them.

    `config` is the lender's folder. With a `webhook_port` Telegram brings the updates there instead of having them
    fetched; with an `inner_port` the bot tells there how it does. `database_url` names another database than the one in
    the folder; its schema must be the present one.
    """

    def __init__(
        self,
        folder: Path,
        stack: AsyncExitStack,
        webhook_port: int | None = None,
        config: Path = CONFIG,
        inner_port: int | None = None,
        database_url: str | None = None,
    ) -> None:
        self._stack = stack
        self._inner_port = inner_port
        self._webhook_port = webhook_port
        self.clock = SteppedClock(START)
        self.sandbox = Sandbox(token=TOKEN, bot_name="Loanline", bot_username="loanline_bot", now=self.clock.now)
        self.sandbox.limits.enabled = False
        self.stage: Stage = set_stage(self.sandbox)
        self._folder = folder
        self._config = config
        self._database_url = database_url
        self._keys = Vault.new_key()
        self._people: dict[int, Person] = {}
        self._log = ErrorLog()
        self.machine = TimeMachine(self.clock, lambda: self.process)
        self.process: Process

    @property
    def services(self) -> Services:
        return self.process.services

    @property
    def errors(self) -> list[str]:
        """Everything that was logged as an error so far."""
        return self._log.lines

    @property
    def desk(self) -> int:
        """Chat id of the officers' group."""
        return self.stage.desk

    async def open(self) -> None:
        logging.getLogger().addHandler(self._log)
        self._stack.callback(logging.getLogger().removeHandler, self._log)
        await self.sandbox.start()
        self._stack.push_async_callback(self.sandbox.stop)
        await self.start()
        await announce_commands(self.process.application, self.process.catalogues)
        self._stack.push_async_callback(self._stop)

    async def restart(self) -> None:
        """The bot's process ends and another one begins on the same database."""
        await self.settled()
        await self._stop()
        await self.start()

    async def settled(self) -> None:
        """Every update is handled and every message that is due has gone out."""
        while True:
            await self.sandbox.settled()
            handled = await self.process.worker.work_off()
            await self.process.sender.deliver_due()
            if not handled and self.process.sender.idle and await self._nothing_waits():
                return

    async def _nothing_waits(self) -> bool:
        return (await self.services.inbox.state()).waiting == 0

    async def pass_time(self, **span: float) -> None:
        """Let days, hours or minutes go by, with everything that happens meanwhile."""
        await self.settled()
        await self.machine.advance(timedelta(**span))
        await self.settled()

    async def to_due_date(self) -> None:
        """On to the morning of the next due date. The bot sleeps through the days on which nothing is owed yet: one
        day's work catches up with them."""
        await self.settled()
        today = local_date(self.clock.now(), self.services.lender.time_zone)
        due_on = await self.services.due_dates.next_after(today)
        if due_on is not None:
            self.clock.advance_to(self.clock.now() + (due_on - today - WAKEFUL))
        await self.machine.to_next_due_date()
        await self.settled()

    async def person(self, person_id: int) -> Person:
        """The phone of somebody in town."""
        if person_id not in self._people:
            self._people[person_id] = await self._stack.enter_async_context(
                await Person.connect(self.sandbox.base_url, person_id)
            )
        return self._people[person_id]

    async def borrower(self, language: str = "zh_Hans", *, registered: bool = True) -> Person:
        """A new borrower, by default already through the first three questions."""
        chinese = language == "zh_Hans"
        count = len(self._people)
        record = self.sandbox.add_person(
            f"Borrower {count}", language_code="zh-hans" if chinese else "en", phone=f"+86139{count:08d}"
        )
        person = await self.person(record.id)
        if registered:
            await person.start()
            await person.press("简体中文" if chinese else "English")
            await person.press("我同意" if chinese else "I agree")
            await person.press("发送我的手机号" if chinese else "Share my phone number")
            await person.expect("您想办理什么" if chinese else "What would you like to do")
            await self.settled()
        return person

    async def officer(self) -> Person:
        """The manager, who may do everything."""
        return await self.person(self.stage.officer)

    async def colleague(self) -> Person:
        return await self.person(self.stage.colleague)

    async def borrower_id(self, person: Person) -> int:
        return (await self.services.borrowers.meet(person.id)).id

    async def start(self) -> None:
        """A process begins on the database of the one before."""
        configuration = load_configuration(
            self._config, self.clock, staff_folder=DEMO_STAFF, desk_chat_id=self.stage.desk
        )
        settings = demo_settings(self.sandbox, self._folder, self._keys).model_copy(update=AT_ANY_SPEED)
        settings = settings.model_copy(update={"internal_port": self._inner_port, "disk_reserve_mb": 0})
        if self._database_url is not None:
            settings = settings.model_copy(update={"database_url": self._database_url})
        if self._webhook_port is not None:
            hook = {"webhook_url": f"http://127.0.0.1:{self._webhook_port}/telegram", "port": self._webhook_port}
            settings = settings.model_copy(update={"updates": "webhook", "webhook_secret": SecretStr("hook"), **hook})
        self.process = Process(settings, configuration, self.clock, register, strict=True)
        await self.process.start(clockwork=False)

    async def _stop(self) -> None:
        await self.process.stop()
