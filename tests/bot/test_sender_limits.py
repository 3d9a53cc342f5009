"""The sender keeps Telegram's limits, stands by where another one acts, and stops without a repetition."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from time import monotonic_ns
from typing import Any

import pytest

from bot.announcements import Announcement, Announcing
from bot.app import build_bot
from bot.outgoing.send_limits import SECOND, Rates, SendLimits
from bot.outgoing.sender import OutboxSender
from bot.papers.press import Press
from bot.runtime import Runtime
from bot.wording.i18n import Catalogues
from services.clock import SteppedClock
from services.messages.outbox_messages import OutboxMessage
from tests.bot.doubles import DESK, FakeServices, TelegramDouble, at_any_speed
from tests.bot.fake_outbox import AloneInTheWorld, FakeOutbox

NOW = datetime(2026, 1, 5, 4, tzinfo=UTC)
GROUP = -1009
Open = Callable[..., AbstractAsyncContextManager[OutboxSender]]


@pytest.fixture
def outbox() -> FakeOutbox:
    return FakeOutbox()


@pytest.fixture
def sending(
    telegram: TelegramDouble, catalogues: Catalogues, press: Press, outbox: FakeOutbox, services: FakeServices
) -> Open:
    async def note(a: Announcing) -> Announcement:
        elsewhere = a.params.get("shown_in")
        return Announcement(str(a.params["text"]), chat_id=elsewhere if isinstance(elsewhere, int) else None)

    @asynccontextmanager
    async def start(limits: SendLimits | None = None, **how: Any) -> AsyncIterator[OutboxSender]:
        services.outbox = outbox
        runtime = Runtime(services.whole, catalogues, press)
        async with build_bot(telegram.settings()) as bot:
            yield OutboxSender(bot, runtime, {"note": note}, SteppedClock(NOW), limits or at_any_speed(), **how)

    return start


async def test_asked_to_wait_by_telegram_nothing_goes_to_anybody(
    sending: Open, outbox: FakeOutbox, telegram: TelegramDouble
) -> None:
    telegram.refuse("sendMessage", 429, "Too Many Requests: retry after 90", retry_after=90)
    async with sending() as sender:
        outbox.owe(chat_id=7)
        await sender.deliver_due()
        outbox.owe(chat_id=8)
        assert await sender.deliver_due() == 0
    assert len(telegram.named("sendMessage")) == 1


async def test_two_messages_to_one_person_go_out_one_after_the_other(
    sending: Open, outbox: FakeOutbox, telegram: TelegramDouble
) -> None:
    async with sending(SendLimits(Rates(1000, 20), monotonic_ns)) as sender:
        outbox.owe(chat_id=7)
        outbox.owe(chat_id=7)
        assert await sender.deliver_due() == 2
    assert telegram.said == ["message 1", "message 2"]


async def test_a_message_to_a_group_that_has_had_its_share_waits_in_the_outbox(
    sending: Open, outbox: FakeOutbox, telegram: TelegramDouble
) -> None:
    async with sending(SendLimits(Rates(1000, 1000, 1), monotonic_ns)) as sender:
        first, second = (outbox.owe(chat_id=person, shown_in=GROUP) for person in (8, 9))
        assert await sender.deliver_due() == 1
    assert outbox.ends == {first: 101, second: "pace"}
    delay, spent = outbox.delays[second]
    assert delay is not None
    assert timedelta(seconds=50) < delay <= timedelta(seconds=60)
    assert not spent


async def test_the_desk_is_asked_for_no_more_than_its_group_takes(sending: Open, outbox: FakeOutbox) -> None:
    asked: list[int | None] = []
    claim = outbox.claim_batch

    async def claim_batch(limit: int, *, to_desk: int | None = None) -> list[OutboxMessage]:
        asked.append(to_desk)
        return await claim(limit)

    outbox.claim_batch = claim_batch  # type: ignore[method-assign]
    async with sending(SendLimits(Rates(1000, 1000, 20), monotonic_ns)) as sender:
        outbox.owe(chat_id=DESK)
        await sender.deliver_due()
    assert (asked[0], asked[-1]) == (20, 19)


@pytest.mark.parametrize("paid", [True, False])
async def test_only_a_paid_broadcast_asks_telegram_for_one(
    sending: Open, outbox: FakeOutbox, telegram: TelegramDouble, paid: bool
) -> None:
    async with sending(paid=paid) as sender:
        outbox.owe()
        await sender.deliver_due()
    [call] = telegram.named("sendMessage")
    assert call.fields.get("allow_paid_broadcast") == ("true" if paid else None)


async def test_a_message_that_had_to_wait_is_asked_about_again(sending: Open, outbox: FakeOutbox) -> None:
    ticks = count(step=2 * SECOND)
    async with sending(SendLimits(Rates(1000, 1000), lambda: next(ticks))) as sender:
        number = outbox.owe()
        assert await sender.deliver_due() == 1
    assert outbox.rechecked == [number]


class StandingBy(AloneInTheWorld):
    """Another sender acts until told otherwise."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.free = False

    async def acts(self) -> bool:
        self.asked.set()
        return self.free


async def test_a_sender_sends_nothing_while_another_one_acts(sending: Open, outbox: FakeOutbox) -> None:
    sole = StandingBy()
    outbox.sole = sole
    async with sending() as sender:
        outbox.owe()
        loop = asyncio.create_task(sender.run())
        await asyncio.wait_for(sole.asked.wait(), 5)
        sender.stop()
        await loop
    assert len(outbox.waiting) == 1


async def test_a_sender_takes_over_when_the_other_one_is_gone(
    sending: Open, outbox: FakeOutbox, telegram: TelegramDouble
) -> None:
    sole = StandingBy()
    outbox.sole = sole
    async with sending() as sender:
        loop = asyncio.create_task(sender.run())
        await asyncio.wait_for(sole.asked.wait(), 5)
        sole.free = True
        outbox.owe()
        await asyncio.wait_for(telegram.heard(), 5)
        sender.stop()
        await loop
    assert len(outbox.ends) == 1


async def test_a_sender_that_is_stopped_amid_a_bulk_has_recorded_everything_that_went_out(
    sending: Open, outbox: FakeOutbox, telegram: TelegramDouble
) -> None:
    async with sending(SendLimits(Rates(200), monotonic_ns)) as sender:
        for person in range(1, 200):
            outbox.owe(chat_id=person)
        loop = asyncio.create_task(sender.run())
        await asyncio.wait_for(telegram.heard(), 5)
        sender.stop()
        await loop
    assert 0 < len(outbox.ends) < 199
    assert len(outbox.ends) == len(telegram.said) == len(set(telegram.said))
    assert len(outbox.ends) + len(outbox.waiting) == 199


async def test_a_long_bulk_tells_every_minute_how_far_it_is(
    sending: Open, outbox: FakeOutbox, caplog: pytest.LogCaptureFixture
) -> None:
    ticks = count(step=SECOND)
    told = asyncio.Event()

    class Listening(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.getMessage() == "sending":
                told.set()

    caplog.set_level(logging.INFO)
    logging.getLogger("bot.outgoing.sender").addHandler(handler := Listening())
    async with sending(SendLimits(Rates(8, 1000), lambda: next(ticks))) as sender:
        for person in range(1, 500):
            outbox.owe(chat_id=person)
        loop = asyncio.create_task(sender.run())
        await asyncio.wait_for(told.wait(), 10)
        sender.stop()
        await loop
    logging.getLogger("bot.outgoing.sender").removeHandler(handler)
    line = next(record for record in caplog.records if record.getMessage() == "sending")
    assert (line.__dict__["waiting"], line.__dict__["per_second"], line.__dict__["seconds_left"]) == (
        30_000,
        30.0,
        1000,
    )
