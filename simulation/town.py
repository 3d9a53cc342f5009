"""A world: the stand-in for Telegram, the lender's machines, and what their database says to whoever only looks."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bot.incoming.intake import ALLOWED_UPDATES
from bot.process import load_configuration
from demo import CONFIG, DEMO_STAFF, TOKEN, demo_settings, set_stage
from sandbox import Sandbox
from services.assembly import Configuration
from services.clock import local_date
from services.db import Database
from services.models import ApplicationRow, BorrowerRow, ConversationRow, LoanRow, OfferRow
from services.origination.application_states import UNDER_WAY
from services.origination.offer_states import OfferStatus
from services.vault import Vault
from simulation.clock import WorldClock
from simulation.connection import Sent
from simulation.faults import Meanwhile, Mishaps
from simulation.identities import Identity, identity
from simulation.in_place import run_in_place
from simulation.machine import Machine
from simulation.one_by_one import OneByOne
from simulation.phone import Charge, Phone
from simulation.trace import Trace


async def nothing_happens(machine: str, what: str) -> None:
    """What the other machines do while one is at work, where there is no other."""


AT_ANY_SPEED: Final = dict.fromkeys(("send_per_second", "send_per_chat_second", "send_per_group_minute"), 10**9)
"""Telegram's limits count seconds of the machine, of which a simulated day has a fraction of one."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What somebody has with the lender, as far as they know it themselves."""

    registered: bool = False
    application: str | None = None
    """State of the application that is under way."""
    offer: bool = False
    loan: bool = False
    line: bool = False
    due_on: date | None = None
    """The next or the oldest unpaid due date of a running loan."""


@dataclass
class Town:
    """Everything that the actors and the checks of one run share."""

    seed: int
    clock: WorldClock
    sandbox: Sandbox
    trace: Trace
    mishaps: Mishaps
    configuration: Configuration
    records: Database
    """The machines' database, read beside them: no fault strikes here."""
    desk: int
    officers: Sequence[int]
    machines: Sequence[Machine]
    order: OneByOne
    """That of the requests to a PostgreSQL."""
    phones: dict[int, Phone] = field(default_factory=dict)
    people: dict[int, Identity] = field(default_factory=dict)
    """The borrowers by their Telegram id."""
    sent: list[Sent] = field(default_factory=list)
    troubles: int = 2
    """So many things go wrong at most on one day."""
    company: float = 0.15
    """Share of acts during which somebody else acts as well, so that the bot has both at once."""
    second_thoughts: float = 0.01
    """Share of acts by which somebody is about to take back what waits for an officer."""
    hesitation: float = 0.0
    """Share of acts by which whoever is about to do so leaves it at that for the moment."""
    interruptions: float = 0.02
    """Share of one machine's operations before which another one works."""
    meanwhile: Meanwhile = nothing_happens

    @classmethod
    def build(
        cls, seed: int, start: datetime, folder: Path, database_url: str, machines: int, borrowers: int
    ) -> "Town":
        """A town with `borrowers` people who have never heard of the lender. The database has its migrations; `folder`
        takes the documents."""
        clock = WorldClock(start)
        sandbox = Sandbox(token=TOKEN, bot_name="Loanline", bot_username="loanline_bot", now=clock.now)
        sandbox.limits.enabled = False
        stage = set_stage(sandbox)
        sandbox.world.updates.allowed = list(ALLOWED_UPDATES)
        trace = Trace(clock.now)
        mishaps = Mishaps(clock, trace, sandbox.faults)
        settings = demo_settings(sandbox, folder, Vault.new_key())
        settings = settings.model_copy(update=AT_ANY_SPEED | {"database_url": database_url})
        configuration = load_configuration(CONFIG, clock, staff_folder=DEMO_STAFF, desk_chat_id=stage.desk)
        # Where reminders go out late in the day, there is time to pay before they do.
        hour = Random(f"{seed} reminders").choice((9, 14, 20))  # nosec B311  # noqa: S311 - a run is to be repeatable
        lender = configuration.lender.model_copy(update={"default_reminder_hour": hour})
        configuration = replace(configuration, lender=lender)
        sent: list[Sent] = []

        async def meanwhile(machine: str, what: str) -> None:
            await town.meanwhile(machine, what)

        order = OneByOne(database_url)
        records = Database(database_url)
        run_in_place(records)
        order.order(records)
        town = cls(
            seed=seed,
            clock=clock,
            sandbox=sandbox,
            trace=trace,
            mishaps=mishaps,
            configuration=configuration,
            records=records,
            desk=stage.desk,
            officers=(stage.officer, stage.colleague),
            machines=[
                Machine(chr(ord("A") + n), sandbox, settings, configuration, clock, mishaps, sent, meanwhile, order)
                for n in range(machines)
            ],
            sent=sent,
            order=order,
        )
        for officer in town.officers:
            town.phones[officer] = Phone(sandbox.world, officer)
        for number in range(borrowers):
            town.move_in(number)
        return town

    def move_in(self, number: int) -> int:
        """Somebody with a telephone; answers their Telegram id."""
        who = identity(number)
        language = "zh-hans" if number % 3 == 1 else "en"
        person = self.sandbox.add_person(who.name, language_code=language, phone=who.phone)
        self.people[person.id] = who
        self.phones[person.id] = Phone(self.sandbox.world, person.id)
        return person.id

    def chance(self, of: object) -> Random:
        """Dice of somebody's own: what one does changes nothing of what another is about to do."""
        return Random(f"{self.seed} {of}")  # nosec B311  # noqa: S311 - a run is to be repeatable

    @property
    def today(self) -> date:
        """By the lender's calendar."""
        return local_date(self.clock.now(), self.time_zone)

    @property
    def time_zone(self) -> str:
        return self.configuration.lender.time_zone

    @property
    def wall_clock(self) -> datetime:
        """The moment on the lender's own clocks."""
        return self.clock.now().astimezone(ZoneInfo(self.time_zone))

    @property
    def alive(self) -> list[Machine]:
        """The machines that run."""
        return [machine for machine in self.machines if machine.alive]

    @property
    def charges(self) -> list[Charge]:
        """All money that people paid in their chats."""
        return [charge for phone in self.phones.values() for charge in phone.charges]

    async def step_of(self, person: int) -> str | None:
        """Where the person stands in the conversation with the bot: what a look at the screen tells them."""
        async with self.records.reading() as session:
            return await session.scalar(select(ConversationRow.step).where(ConversationRow.user_id == person))

    async def standing_of(self, person: int) -> Standing:
        """What the person has with the lender."""
        async with self.records.reading() as session:
            borrower = await session.scalar(select(BorrowerRow).where(BorrowerRow.telegram_id == person))
            if borrower is None or borrower.phone_fingerprint is None:
                return Standing()
            under_way = select(ApplicationRow.status).where(
                ApplicationRow.borrower_id == borrower.id, ApplicationRow.status.in_(UNDER_WAY)
            )
            offer = select(OfferRow.id).where(OfferRow.borrower_id == borrower.id, OfferRow.status == OfferStatus.OPEN)
            running = select(LoanRow).where(LoanRow.borrower_id == borrower.id, LoanRow.status == "active")
            loans = (await session.scalars(running.order_by(LoanRow.id))).all()
            dates = [loan.oldest_unpaid_due_on or loan.next_due_on for loan in loans]
            return Standing(
                registered=True,
                application=await session.scalar(under_way.order_by(ApplicationRow.id).limit(1)),
                offer=await session.scalar(offer.limit(1)) is not None,
                loan=bool(loans),
                line=any(loan.product_code == "line" for loan in loans),
                due_on=min((day for day in dates if day is not None), default=None),
            )

    async def close(self) -> None:
        """Everything ends."""
        for machine in self.machines:
            await machine.stop()
        await self.records.close()
        await self.order.close()
