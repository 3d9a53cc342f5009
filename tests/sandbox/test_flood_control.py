"""429 with retry_after: one a second to a chat after a burst, twenty a minute to a group, thirty a second over all."""

from dataclasses import dataclass

import pytest
from telegram import Bot
from telegram.error import RetryAfter

from sandbox import FloodControl, Person, Sandbox
from sandbox.errors import ApiError
from sandbox.limits import ALL_BURST, CHAT_BURST, GROUP_BURST
from tests.sandbox.conftest import Call


@dataclass
class HandStopwatch:
    """Monotonic seconds that pass when told to."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


def spend_until_refused(limits: FloodControl, chat_id: int, *, group: bool) -> tuple[int, ApiError]:
    """How many messages pass, and the refusal that follows."""
    for passed in range(1000):
        try:
            limits.spend(chat_id, group=group)
        except ApiError as refusal:
            return passed, refusal
    raise AssertionError("nothing was refused")


def test_a_chat_takes_a_burst_and_then_one_message_a_second() -> None:
    watch = HandStopwatch()
    limits = FloodControl(clock=watch)
    passed, refusal = spend_until_refused(limits, 1, group=False)
    assert passed == CHAT_BURST
    assert (refusal.code, refusal.parameters) == (429, {"retry_after": 1})
    assert refusal.description == "Too Many Requests: retry after 1"
    watch.seconds += 1
    assert spend_until_refused(limits, 1, group=False)[0] == 1


def test_a_group_takes_twenty_messages_a_minute() -> None:
    watch = HandStopwatch()
    limits = FloodControl(clock=watch)
    passed, refusal = spend_until_refused(limits, -1, group=True)
    assert passed == GROUP_BURST
    assert refusal.parameters == {"retry_after": 3}
    watch.seconds += 60
    assert spend_until_refused(limits, -1, group=True)[0] == GROUP_BURST


def test_all_chats_together_take_thirty_messages_a_second() -> None:
    watch = HandStopwatch()
    limits = FloodControl(clock=watch)
    for chat_id in range(int(ALL_BURST)):
        limits.spend(chat_id, group=False)
    with pytest.raises(ApiError, match="retry after 1"):
        limits.spend(99, group=False)
    watch.seconds += 1
    limits.spend(99, group=False)


def test_asking_too_early_is_refused_for_the_rest_of_the_time() -> None:
    watch = HandStopwatch()
    limits = FloodControl(clock=watch)
    spend_until_refused(limits, -1, group=True)
    watch.seconds += 1
    with pytest.raises(ApiError, match="retry after 2"):
        limits.spend(-1, group=True)


def test_the_factor_scales_every_limit_and_the_switch_lifts_it() -> None:
    limits = FloodControl(factor=0.5, clock=HandStopwatch())
    assert spend_until_refused(limits, 1, group=False)[0] == CHAT_BURST / 2
    limits.enabled = False
    for _ in range(100):
        limits.spend(1, group=False)
    limits.enabled = True
    limits.reset()
    assert spend_until_refused(limits, 1, group=False)[0] == CHAT_BURST / 2


async def test_the_bots_library_raises_retry_after(bot: Bot, chat: int, sandbox: Sandbox) -> None:
    sandbox.limits.clock = HandStopwatch()
    sandbox.limits.reset()
    for number in range(int(CHAT_BURST)):
        await bot.send_message(chat, str(number))
    with pytest.raises(RetryAfter):
        await bot.send_message(chat, "one too many")
    assert await bot.send_chat_action(chat, "typing")


async def test_every_item_of_an_album_counts(call: Call, chat: int, sandbox: Sandbox, phone: Person) -> None:
    sandbox.limits.clock = HandStopwatch()
    sandbox.limits.reset()
    items = [{"type": "photo", "media": "unknown"}] * 10
    statuses = [(await call("sendMediaGroup", chat_id=chat, media=items))[0] for _ in range(3)]
    assert statuses == [400, 400, 429]
