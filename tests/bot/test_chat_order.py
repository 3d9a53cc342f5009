import asyncio

import pytest
from telegram import Update
from telegram.ext import MessageHandler, PreCheckoutQueryHandler, filters

from bot.context import LoanlineApplication, LoanlineContext
from bot.conversation import borrower_conversation
from tests.bot.doubles import FakeServices
from tests.bot.lines import StartLine


class Slow:
    """A handler that waits, for texts that say so, until it is let go on."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self.begun: list[str] = []
        self.done: list[str] = []
        self.something_done = asyncio.Event()
        self.two_begun = asyncio.Event()

    def register(self, application: LoanlineApplication) -> None:
        application.add_handler(MessageHandler(filters.TEXT, self.handle))

    async def handle(self, update: Update, context: LoanlineContext) -> None:
        assert update.message is not None
        text = update.message.text or ""
        self.begun.append(text)
        if len(self.begun) == 2:
            self.two_begun.set()
        if text.startswith("slow"):
            await self.go_on.wait()
        self.done.append(text)
        self.something_done.set()


async def test_one_chat_is_answered_while_another_waits_on_something_slow(line: StartLine) -> None:
    slow = Slow()
    async with line(slow.register) as bot:
        await bot.receive(bot.letters.text("slow", user=1), bot.letters.text("quick", user=2))
        await asyncio.wait_for(slow.something_done.wait(), 5)
        assert slow.done == ["quick"]
        slow.go_on.set()
        await bot.processor.idle()
        assert slow.done == ["quick", "slow"]


async def test_the_updates_of_one_chat_keep_their_order(line: StartLine) -> None:
    slow = Slow()
    async with line(slow.register) as bot:
        await bot.receive(*(bot.letters.text(text, user=1) for text in ("slow 1", "2", "slow 3", "4")))
        slow.go_on.set()
        await bot.processor.idle()
    assert slow.begun == slow.done == ["slow 1", "2", "slow 3", "4"]


async def test_a_chat_with_many_waiting_updates_takes_one_place_only(line: StartLine) -> None:
    slow = Slow()
    async with line(slow.register, at_once=2) as bot:
        await bot.receive(*(bot.letters.text("slow", user=1) for _ in range(20)), bot.letters.text("quick", user=2))
        await asyncio.wait_for(slow.something_done.wait(), 5)
        assert slow.begun == ["slow", "quick"]
        slow.go_on.set()


async def test_no_more_chats_are_served_at_once_than_there_are_places(line: StartLine) -> None:
    slow = Slow()
    async with line(slow.register, at_once=2) as bot:
        await bot.receive(*(bot.letters.text(f"slow {user}", user=user) for user in (1, 2, 3)))
        await asyncio.wait_for(slow.two_begun.wait(), 5)
        assert slow.begun == ["slow 1", "slow 2"]
        slow.go_on.set()
        await bot.processor.idle()
        assert slow.begun == ["slow 1", "slow 2", "slow 3"]


async def test_an_update_that_comes_twice_is_handled_once(line: StartLine) -> None:
    slow = Slow()
    async with line(slow.register) as bot:
        once = bot.letters.text("once")
        await bot.handle(once, bot.letters.text("between"), once)
    assert slow.done == ["once", "between"]


async def test_a_payment_check_does_not_stand_behind_a_slow_message(line: StartLine) -> None:
    slow, checked = Slow(), asyncio.Event()

    async def check(update: Update, context: LoanlineContext) -> None:
        checked.set()

    def register(application: LoanlineApplication) -> None:
        slow.register(application)
        application.add_handler(PreCheckoutQueryHandler(check))

    async with line(register) as bot:
        await bot.receive(bot.letters.text("slow"), bot.letters.pre_checkout())
        await asyncio.wait_for(checked.wait(), 5)
        assert slow.done == []
        slow.go_on.set()


def counting(application: LoanlineApplication) -> None:
    """A conversation that goes one → two → end, and remembers at which step each text came."""

    async def first(update: Update, context: LoanlineContext) -> str:
        return "count:one"

    async def second(update: Update, context: LoanlineContext) -> str:
        return "count:two"

    async def broken(update: Update, context: LoanlineContext) -> str:
        raise OSError("after the service committed")

    async def last(update: Update, context: LoanlineContext) -> int:
        return -1

    application.add_handler(
        borrower_conversation(
            entries=[MessageHandler(filters.Regex("^start$"), first)],
            states={
                "count:one": [MessageHandler(filters.Regex("^break$"), broken), MessageHandler(filters.TEXT, second)],
                "count:two": [MessageHandler(filters.TEXT, last)],
            },
            elsewhere=[],
        )
    )


async def test_the_step_is_stored_before_the_next_update_of_the_chat_begins(line: StartLine) -> None:
    stored_at_arrival: list[str | None] = []
    services = FakeServices()

    async def look(update: Update, context: LoanlineContext) -> None:
        stored_at_arrival.append(services.steps.stored.get((7, 7)))
        assert context.step == stored_at_arrival[-1]

    def register(application: LoanlineApplication) -> None:
        application.add_handler(MessageHandler(filters.ALL, look), group=-1)
        counting(application)

    async with line(register, services) as bot:
        await bot.handle(*(bot.letters.text(text) for text in ("start", "go", "go", "start")))
    assert stored_at_arrival == [None, "count:one", "count:two", None]
    assert services.steps.stored == {(7, 7): "count:one"}


async def test_a_restart_goes_on_at_the_stored_step(line: StartLine) -> None:
    services = FakeServices()
    async with line(counting, services) as bot:
        await bot.handle(bot.letters.text("start"))
    async with line(counting, services) as bot:
        await bot.handle(bot.letters.text("go"))
    assert services.steps.log == [((7, 7), "count:one"), ((7, 7), "count:two")]


async def test_a_step_that_could_not_be_stored_costs_nobody_the_conversation(
    line: StartLine, caplog: pytest.LogCaptureFixture
) -> None:
    services = FakeServices()
    async with line(counting, services) as bot:
        services.steps.broken = True
        await bot.handle(bot.letters.text("start"))
        services.steps.broken = False
        await bot.handle(bot.letters.text("go"))
        assert services.steps.stored == {(7, 7): "count:two"}
    assert "work failed" in caplog.text


async def test_an_error_in_a_step_keeps_the_step(line: StartLine) -> None:
    services = FakeServices()
    async with line(counting, services) as bot:
        await bot.handle(bot.letters.text("start"), bot.letters.text("break"))
        assert services.steps.stored == {(7, 7): "count:one"}


async def test_groups_and_edited_messages_take_no_part_in_the_conversation(line: StartLine) -> None:
    services = FakeServices()
    async with line(counting, services) as bot:
        await bot.handle(bot.letters.text("start", chat=-5), bot.letters.text("start", edited=True))
    assert services.steps.stored == {}


async def test_what_a_step_is_about_is_kept_over_a_restart(line: StartLine) -> None:
    places: list[object] = []

    async def look(update: Update, context: LoanlineContext) -> None:
        places.append(context.place.get("loan_id"))
        context.place["loan_id"] = 12

    services = FakeServices()
    for _ in range(2):
        async with line(lambda app: app.add_handler(MessageHandler(filters.ALL, look)), services) as bot:
            await bot.handle(bot.letters.text("hello"))
    assert places == [None, 12]
