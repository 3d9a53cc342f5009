"""The runtime against the local Telegram over HTTP, polling as in production."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from telegram import Update
from telegram.ext import CallbackQueryHandler, MessageHandler, filters

from bot import keyboards
from bot.app import build_application
from bot.context import LoanlineApplication, LoanlineContext
from bot.conversation import borrower_conversation
from bot.incoming.downloads import fetch, file_of
from bot.incoming.intake import Intake, Poller
from bot.incoming.worker import Worker
from bot.papers.press import Press
from bot.replies import answer, reply, send_document
from bot.settings import Settings
from bot.wording.i18n import Catalogues
from sandbox import Person, Sandbox
from services.leases import Leases
from tests.bot.doubles import TOKEN, FakeServices


@dataclass
class Town:
    sandbox: Sandbox
    worker: Worker
    services: FakeServices
    lin: Person
    wang: Person
    go_on: asyncio.Event
    begun: asyncio.Event

    async def settled(self) -> None:
        await self.sandbox.settled()
        await self.worker.work_off()


class Echo:
    """A conversation of two steps with a card, a slow answer and a file sent back."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self.begun = asyncio.Event()

    def register(self, application: LoanlineApplication) -> None:
        application.add_handler(
            borrower_conversation(
                entries=[CallbackQueryHandler(self.press, keyboards.pattern("echo:more"))],
                states={
                    "echo:talking": [MessageHandler(filters.TEXT, self.say), MessageHandler(filters.ALL, self.file)]
                },
                elsewhere=[MessageHandler(filters.TEXT, self.card)],
            )
        )

    async def card(self, update: Update, context: LoanlineContext) -> str:
        assert update.message is not None
        more = keyboards.button("More", keyboards.data("echo", "more"))
        await reply(update, context, f"card for {update.message.text}", keyboards.keyboard(more))
        return "echo:talking"

    async def press(self, update: Update, context: LoanlineContext) -> str:
        await answer(update, context, "more it is")
        await reply(update, context, "the card, changed")
        return "echo:talking"

    async def say(self, update: Update, context: LoanlineContext) -> str:
        assert update.message is not None
        if update.message.text == "slow":
            self.begun.set()
            await self.go_on.wait()
        await reply(update, context, f"you said {update.message.text}")
        return "echo:talking"

    async def file(self, update: Update, context: LoanlineContext) -> str:
        assert update.message is not None
        found = file_of(update.message)
        assert found is not None
        content = await fetch(context.bot, *found)
        await send_document(update, context, content, "返回.bin", "<b>back</b>")
        return "echo:talking"


@pytest.fixture
async def town(catalogues: Catalogues, press: Press, services: FakeServices) -> AsyncIterator[Town]:
    sandbox = Sandbox(TOKEN, "Loanline", "loanline_bot", lambda: datetime(2026, 1, 1, tzinfo=UTC))
    await sandbox.start()
    sandbox.limits.enabled = False
    people = [sandbox.add_person(first_name=name, language_code="en") for name in ("Lin", "Wang")]
    echo = Echo()
    settings = Settings(token=TOKEN, bot_api_url=sandbox.base_url)
    application = build_application(settings, services.whole, catalogues, echo.register, press=press)
    worker = Worker(application, services.database, services.clock, name="worker")
    intake = Intake(services.inbox, worker.wake)
    poller = Poller(application.bot, intake, Leases(services.database, services.clock, "process"))
    async with application:
        loops = [asyncio.create_task(worker.run()), asyncio.create_task(poller.run())]
        async with (
            await Person.connect(sandbox.base_url, people[0].id) as lin,
            await Person.connect(sandbox.base_url, people[1].id) as wang,
        ):
            yield Town(sandbox, worker, services, lin, wang, echo.go_on, echo.begun)
        poller.stop()
        worker.stop()
        await asyncio.gather(*loops)
    await sandbox.stop()


async def test_one_borrower_is_answered_while_another_ones_request_is_slow(town: Town) -> None:
    await town.lin.say("hello")
    await town.lin.say("slow")
    await town.lin.say("after")
    await asyncio.wait_for(town.begun.wait(), 5)
    await town.wang.say("hello")
    await town.wang.expect("card for hello")
    town.go_on.set()
    await town.lin.expect("you said after")
    await town.settled()
    said = [message["text"] for message in await town.lin.messages() if not message["mine"]]
    assert said == ["card for hello", "you said slow", "you said after"]


async def test_a_card_is_edited_and_the_press_answered(town: Town) -> None:
    await town.lin.say("hello")
    await town.lin.expect("card for")
    pressed = await town.lin.press("More")
    assert pressed is not None
    await town.lin.expect("the card, changed")
    await town.settled()
    assert len([message for message in await town.lin.messages() if not message["mine"]]) == 1


async def test_a_file_comes_back_as_it_went(town: Town) -> None:
    content = bytes(range(256)) * 2000
    await town.lin.say("hello")
    await town.lin.send_document(content, "任意.bin")
    view = await town.lin.expect("back")
    assert await town.lin.download(view) == content


async def test_updates_that_come_twice_are_answered_once(town: Town) -> None:
    town.sandbox.faults.duplicate_updates = True
    await town.lin.say("hello")
    await town.lin.say("one")
    await town.lin.expect("you said one")
    await town.settled()
    said = [message["text"] for message in await town.lin.messages() if not message["mine"]]
    assert said == ["card for hello", "you said one"]


@pytest.mark.parametrize("fault", ["drop_next", "error_next", "flood_next"])
async def test_a_fault_on_the_way_costs_the_person_nothing(
    town: Town, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    town.sandbox.faults.method = "sendMessage"
    town.sandbox.faults.change({fault: 1})
    await town.lin.say("hello")
    await town.lin.expect("card for hello")
    await town.settled()
    assert await town.services.step_of(town.lin.id) == "echo:talking"
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_a_borrower_who_blocks_the_bot_becomes_unreachable(town: Town) -> None:
    await town.lin.say("hello")
    await town.lin.expect("card for")
    await town.lin.block()
    await town.settled()
    assert town.services.borrowers.unreachable == [1]


async def test_fetching_that_fails_goes_on_by_itself(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    town.sandbox.faults.method = "getUpdates"
    town.sandbox.faults.error_next = 1
    await town.lin.say("hello")
    await town.lin.expect("card for hello")
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
