"""A town whose bot is two processes on one PostgreSQL, killed and replaced while people use it."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import timedelta
from itertools import count
from pathlib import Path
from time import monotonic
from typing import Any

from sqlalchemy import func, select

from bot.process import Process, load_configuration
from bot.settings import Settings
from demo import CONFIG, DEMO_STAFF, PROVIDER, TOKEN
from handlers import register
from sandbox import Person
from services.clock import SteppedClock
from services.messages.outbox import MessageStatus
from services.models import OutboxRow
from tests.conversations.debtors import Debtor, paid_out
from tests.conversations.town import Town
from tests.databases import postgres_url
from tests.killing.borrowers import Borrower
from tests.killing.bulk import Bulk
from tests.killing.crew import Crew
from tests.killing.ear import Ear
from tests.killing.reaper import Reaper

NAMES = ("one", "two")
SHORTEST_TAKEOVER_S = 0.6
TO_THE_FIRST_REMINDER = timedelta(days=24, hours=2)
"""From the payout of a loan to noon of the day on which its borrower is first reminded."""


class Battlefield(Town):
    """`process` is never started: the test prepares and checks by its services. Those that serve people are the
    crew's. With `ports` for the processes Telegram brings the updates there, else one of them fetches."""

    def __init__(
        self,
        folder: Path,
        stack: AsyncExitStack,
        server: str,
        database: str,
        *,
        seed: int,
        kills: int,
        ports: Mapping[str, int] | None = None,
    ) -> None:
        super().__init__(folder, stack)
        self._server, self._database_name, self._ports = server, database, ports
        self.clock = SteppedClock(self.clock.now(), running=True)
        world = self.sandbox.world
        world.now = self.clock.now
        self.ear = Ear(self.sandbox, self._happened)
        self.crew = Crew(self.clock, self.stage.desk, folder / "log", self._settings)
        self._seed, self._kills = seed, kills
        self._takeover_s = 30.0
        self._numbers = count(1)
        self.reaper: Reaper
        self.bulk: Bulk

    async def open(self) -> None:
        """Begin the day of the first reminder, with a model for the bulk and without a process."""
        await self.sandbox.start()
        self._stack.push_async_callback(self.sandbox.stop)
        self.process = self._prepared()
        self._stack.push_async_callback(self.process.database.close)
        await self.ear.open(self._server, self._database_name)
        self._stack.push_async_callback(self.ear.close)
        self.reaper = Reaper(self.crew, NAMES, self.process.database, self._seed, self._kills)
        model = await self.with_loan()
        self.clock.advance(TO_THE_FIRST_REMINDER)
        await self.services.loans.accrue_all()
        self.bulk = Bulk(self.sandbox, self.process.database, model.loan_id)
        await self._stack.enter_async_context(self.crew)
        await self._get_used_to_the_machine()

    async def _get_used_to_the_machine(self) -> None:
        """A process counts as dead when it is silent for five times as long as one needs to be up: on a busy machine
        those that live are slow to say so."""
        first = await self.crew.start(NAMES[0])
        began = monotonic()
        await first.up.wait()
        self._takeover_s = max(5 * (monotonic() - began), SHORTEST_TAKEOVER_S)
        await self.crew.stop(NAMES[0])
        questions = self.sandbox.world.questions
        questions.callback_seconds = questions.checkout_seconds = 4 * self._takeover_s

    async def settled(self) -> None:
        """Every update is handled."""
        await self.ear.quiet()

    async def all_settled(self) -> None:
        """Every update is handled, every reminder planned, and every message of the outbox on its way or at its end."""
        await self.ear.quiet()
        await self.services.notices.plan()
        while await self._messages_under_way():
            await self.ear.changed.wait(0.2)

    async def _messages_under_way(self) -> bool:
        open_ones = select(func.count()).where(OutboxRow.status.in_((MessageStatus.PENDING, MessageStatus.CLAIMED)))
        async with self.process.database.reading() as session:
            return bool(await session.scalar(open_ones))

    async def with_loan(self) -> Debtor:
        """A registered borrower whose loan is paid out today."""
        return await paid_out(self, await self.registered())

    async def registered(self) -> Person:
        """A borrower who has answered the first questions, without a word in the chat."""
        person = await self.newcomer()
        self.sandbox.world.chats[person.id].started = True
        borrowers, number = self.services.borrowers, await self.borrower_id(person)
        await borrowers.choose_language(number, "en")
        await borrowers.consent(number)
        phone = self.sandbox.world.people[person.id].phone
        assert phone is not None
        await borrowers.share_phone(number, phone, person.id)
        return person

    async def newcomer(self) -> Person:
        """Somebody whom the bot does not know."""
        number = next(self._numbers)
        record = self.sandbox.add_person(f"Borrower {number}", language_code="en", phone=f"+86137{number:08d}")
        return await self.person(record.id)

    def using(self, person: Person) -> Borrower:
        return Borrower(person, self.ear)

    def _happened(self, what: str) -> None:
        self.reaper.happened(what)

    def _prepared(self) -> Process:
        configuration = load_configuration(
            self._config, self.clock, staff_folder=DEMO_STAFF, desk_chat_id=self.stage.desk
        )
        settings = Settings.model_validate(self._settings("test"))
        return Process(settings, configuration, self.clock, register, strict=True)

    def _settings(self, name: str) -> Mapping[str, Any]:
        common = {
            "token": TOKEN,
            "keys": self._keys,
            "payment_provider_token": PROVIDER,
            "database_url": postgres_url(self._server, self._database_name),
            "data_dir": str(self._folder),
            "config_dir": str(CONFIG),
            "bot_api_url": self.sandbox.base_url,
            "takeover_seconds": self._takeover_s,
            # The limiter is tested elsewhere; here messages are to be under way.
            "send_per_second": 1000,
            "send_per_chat_second": 1000,
            "send_per_group_minute": 60_000,
            "paid_broadcast": True,
        }
        port = self._ports.get(name) if self._ports else None
        if port is None:
            return common
        hook = {"webhook_url": f"http://127.0.0.1:{port}/telegram", "port": port, "webhook_secret": "hook"}
        return {**common, **hook, "updates": "webhook"}
