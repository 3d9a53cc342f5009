import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from telegram import Update
from telegram.ext import MessageHandler, PreCheckoutQueryHandler, filters

from bot.context import LoanlineApplication, LoanlineContext
from bot.conversation import borrower_conversation
from bot.replies import reply
from services.inbox.inbox import LEASE
from services.inbox.inbox_states import InboxEntry
from services.models import LeaseRow
from services.units import working_in
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
        await bot.worker.work_off()
        assert slow.done == ["quick", "slow"]


async def test_the_updates_of_one_chat_keep_their_order(line: StartLine) -> None:
    slow = Slow()
    async with line(slow.register) as bot:
        await bot.receive(*(bot.letters.text(text, user=1) for text in ("slow 1", "2", "slow 3", "4")))
        slow.go_on.set()
        await bot.worker.work_off()
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
        await bot.worker.work_off()
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
    """A conversation that goes one → two → last, and remembers at which step each text came."""

    async def first(update: Update, context: LoanlineContext) -> str:
        return "count:one"

    async def second(update: Update, context: LoanlineContext) -> str:
        return "count:two"

    async def broken(update: Update, context: LoanlineContext) -> str:
        raise ZeroDivisionError("a mistake of ours")

    async def last(update: Update, context: LoanlineContext) -> str:
        return "count:last"

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


async def test_the_step_is_stored_before_the_next_update_of_the_chat_begins(
    line: StartLine, services: FakeServices
) -> None:
    stored_at_arrival: list[str | None] = []

    async def look(update: Update, context: LoanlineContext) -> None:
        stored_at_arrival.append(await services.step_of(7))
        assert context.step == stored_at_arrival[-1]

    def register(application: LoanlineApplication) -> None:
        application.add_handler(MessageHandler(filters.ALL, look), group=-1)
        counting(application)

    async with line(register) as bot:
        await bot.handle(*(bot.letters.text(text) for text in ("start", "go", "go")))
    assert stored_at_arrival == [None, "count:one", "count:two"]


async def test_any_worker_goes_on_at_the_stored_step(line: StartLine, services: FakeServices) -> None:
    async with line(counting) as first, line(counting) as second:
        await first.handle(first.letters.text("start"))
        await second.handle(second.letters.text("go"))
        await first.handle(first.letters.text("go"))
    assert await services.step_of(7) == "count:last"


async def test_an_error_in_a_step_keeps_the_step(line: StartLine, services: FakeServices) -> None:
    async with line(counting) as bot:
        await bot.handle(bot.letters.text("start"), bot.letters.text("break"))
    assert await services.step_of(7) == "count:one"


async def test_groups_and_edited_messages_take_no_part_in_the_conversation(
    line: StartLine, services: FakeServices
) -> None:
    async with line(counting) as bot:
        await bot.handle(bot.letters.text("start", chat=-5), bot.letters.text("start", edited=True))
    assert await services.step_of(7) is None


async def test_what_a_step_is_about_is_kept_over_a_restart(line: StartLine) -> None:
    places: list[object] = []

    async def look(update: Update, context: LoanlineContext) -> None:
        places.append(context.place.get("loan_id"))
        context.place["loan_id"] = 12

    for _ in range(2):
        async with line(lambda app: app.add_handler(MessageHandler(filters.ALL, look))) as bot:
            await bot.handle(bot.letters.text("hello"))
    assert places == [None, 12]


class Booking:
    """A handler that books by a service, says so, and fails where it is told to."""

    def __init__(self, services: FakeServices) -> None:
        self._services = services
        self.fail_before_words: list[Exception] = []
        self.fail_after_words: list[Exception] = []

    def register(self, application: LoanlineApplication) -> None:
        application.add_handler(MessageHandler(filters.TEXT, self.book))

    async def book(self, update: Update, context: LoanlineContext) -> None:
        async with self._services.database.transaction() as session:
            lease = {"name": f"booking {update.update_id}", "holder": "7", "until": self._services.clock.now()}
            session.add(LeaseRow(**lease))
        if self.fail_before_words:
            raise self.fail_before_words.pop()
        await reply(update, context, "booked")
        if self.fail_after_words:
            raise self.fail_after_words.pop()

    async def booked(self) -> int:
        async with self._services.database.reading() as session:
            return await session.scalar(select(func.count()).select_from(LeaseRow)) or 0


@pytest.fixture
def booking(services: FakeServices) -> Booking:
    return Booking(services)


AWAY = OperationalError("UPDATE", {}, ConnectionRefusedError("away"), connection_invalidated=True)


async def test_what_failed_before_a_word_was_said_is_undone_and_done_again(
    line: StartLine, services: FakeServices, booking: Booking
) -> None:
    async with line(booking.register) as bot:
        booking.fail_before_words.append(AWAY)
        await bot.handle(bot.letters.text("book"))
        assert await booking.booked() == 0
        assert bot.telegram.said == []
        services.clock.advance(timedelta(seconds=2))
        await bot.worker.work_off()
        assert await booking.booked() == 1
        assert bot.telegram.said == ["booked"]


async def test_what_was_booked_is_not_booked_again_when_the_answer_fails(
    line: StartLine, services: FakeServices, booking: Booking
) -> None:
    shown: list[str | None] = []

    async def show(update: Update, context: LoanlineContext) -> None:
        shown.append(context.step)
        await reply(update, context, "here you are")

    async with line(booking.register) as bot:
        bot.application.bot_data.show_current = show
        booking.fail_after_words.append(AWAY)
        await bot.handle(bot.letters.text("book"))
        services.clock.advance(timedelta(seconds=2))
        await bot.worker.work_off()
        assert await booking.booked() == 1
        assert bot.telegram.said == ["booked", "here you are"]
        assert shown == [None]


async def test_a_person_is_told_once_when_it_takes_longer(
    line: StartLine, services: FakeServices, booking: Booking
) -> None:
    async with line(booking.register) as bot:
        booking.fail_before_words += [AWAY] * 5
        await bot.receive(bot.letters.text("book"))
        for _ in range(8):
            await bot.worker.work_off()
            services.clock.advance(timedelta(minutes=1))
        assert await booking.booked() == 1
        apology, answer = bot.telegram.said
        assert apology.startswith("We have a technical problem just now.")
        assert answer == "booked"


async def test_whoever_blocks_the_bot_while_an_update_waits_for_another_try_leaves_nothing_behind(
    line: StartLine, services: FakeServices, booking: Booking
) -> None:
    """What it brought about stays, there is nobody to tell, and no operator is called for it."""

    async def show(update: Update, context: LoanlineContext) -> None:
        await reply(update, context, "here you are")

    async with line(booking.register) as bot:
        bot.application.bot_data.show_current = show
        booking.fail_after_words.append(AWAY)
        await bot.handle(bot.letters.text("book"))
        bot.telegram.refuse("sendMessage", 403, "Forbidden: bot was blocked by the user")
        services.clock.advance(timedelta(seconds=2))
        await bot.worker.work_off()
        state = await services.inbox.state()
    assert (state.waiting, state.quarantined) == (0, 0)
    assert await booking.booked() == 1


async def test_a_mistake_of_ours_is_quarantined_and_those_after_it_go_on(
    line: StartLine, services: FakeServices, booking: Booking
) -> None:
    async with line(booking.register) as bot:
        booking.fail_before_words.append(ZeroDivisionError())
        await bot.handle(bot.letters.text("book"), bot.letters.text("book"))
        state = await services.inbox.state()
    assert (state.waiting, state.quarantined) == (0, 1)
    assert await booking.booked() == 1


async def test_an_update_that_cannot_be_read_is_quarantined_at_once(line: StartLine, services: FakeServices) -> None:
    slow = Slow()
    async with line(slow.register) as bot:
        await bot.handle({"update_id": 5, "message": {"text": 3}}, bot.letters.text("next"))
        state = await services.inbox.state()
    assert (state.waiting, state.quarantined) == (0, 1)
    assert slow.done == ["next"]


async def test_a_worker_that_lost_its_claim_commits_nothing(
    line: StartLine, services: FakeServices, booking: Booking
) -> None:
    taken_over: list[InboxEntry] = []

    async def late(update: Update, context: LoanlineContext) -> None:
        if not taken_over:
            services.clock.advance(LEASE)
            with working_in(None):
                await services.inbox.free_stalled()
                taken_over.extend(await services.inbox.claim("another", 1))
        await booking.book(update, context)

    async with line(lambda app: app.add_handler(MessageHandler(filters.TEXT, late))) as bot:
        await bot.handle(bot.letters.text("book"))
        assert await booking.booked() == 0
        assert bot.telegram.said == []
    assert [entry.update_id for entry in taken_over] == [1]
