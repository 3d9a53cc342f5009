"""Telegram's limits, kept however messages come."""

from bisect import bisect_left
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.outgoing.send_limits import MINUTE, SECOND, Rates, SendLimits

MS = SECOND // 1000
GROUP = -100900
RATES = st.builds(Rates, st.integers(1, 1000), st.integers(1, 5), st.integers(1, 30))


@dataclass
class HandClock:
    """Nanoseconds that pass when told to."""

    at: int = 0

    def __call__(self) -> int:
        return self.at


def most_in_any(period: int, instants: list[int]) -> int:
    """The most of the sorted instants that lie in a period, its end not included, wherever it begins."""
    return max((bisect_left(instants, start + period) - index for index, start in enumerate(instants)), default=0)


PAUSES = st.lists(st.integers(0, 3 * SECOND), min_size=1, max_size=120)


@given(st.integers(1, 1000), PAUSES, st.data())
def test_no_second_holds_more_messages_than_the_rate(rate: int, pauses: list[int], data: st.DataObject) -> None:
    clock = HandClock()
    limits = SendLimits(Rates(rate), clock)
    sent: list[int] = []
    for pause in pauses:
        clock.at += data.draw(st.sampled_from((0, pause // 1000, pause)))
        together = data.draw(st.integers(1, 10))
        sent += [limits.book(together)] * min(together, rate)
    assert most_in_any(SECOND, sent) <= rate


@given(st.integers(1, 1000))
def test_a_bulk_that_is_claimed_in_time_goes_at_the_rate(rate: int) -> None:
    clock = HandClock()
    limits = SendLimits(Rates(rate), clock)
    slots = [limits.book() for _ in range(3 * rate)]
    assert slots[-1] - slots[0] <= 3 * SECOND


@given(PAUSES, st.integers(1, 5))
def test_a_private_chat_gets_its_messages_spaced(pauses: list[int], per_second: int) -> None:
    clock = HandClock()
    limits = SendLimits(Rates(1000, per_second), clock)
    sent: list[int] = []
    for pause in pauses:
        clock.at += pause
        while wait := limits.chat_wait(7):
            clock.at += wait
        slot = limits.book()
        limits.chat_booked(7, slot)
        sent.append(slot)
    assert most_in_any(SECOND, sent) <= per_second


@given(PAUSES, st.integers(1, 30), st.data())
def test_no_minute_brings_a_group_more_than_it_takes(pauses: list[int], per_minute: int, data: st.DataObject) -> None:
    clock = HandClock()
    limits = SendLimits(Rates(1000, 1, per_minute), clock)
    sent: list[int] = []
    for pause in pauses:
        clock.at += pause
        together = data.draw(st.integers(1, per_minute))
        while wait := limits.chat_wait(GROUP, together):
            clock.at += wait
        slot = limits.book(together)
        limits.chat_booked(GROUP, slot, together)
        sent += [slot] * together
        assert 0 <= limits.group_room(GROUP) <= per_minute
    assert most_in_any(MINUTE, sent) <= per_minute


def test_a_group_takes_a_burst_and_then_waits_out_its_minute() -> None:
    clock = HandClock()
    limits = SendLimits(Rates(), clock)
    assert limits.group_room(GROUP) == 20
    for _ in range(20):
        assert limits.chat_wait(GROUP) == 0
        limits.chat_booked(GROUP, clock.at)
    assert (limits.group_room(GROUP), limits.chat_wait(GROUP)) == (0, MINUTE)
    clock.at += MINUTE
    assert limits.group_room(GROUP) == 20


@given(RATES, st.integers(0, 2 * SECOND))
def test_the_room_ahead_is_exactly_what_can_be_booked_there(rates: Rates, ahead: int) -> None:
    clock = HandClock(5 * SECOND)
    limits = SendLimits(rates, clock)
    room = limits.room(ahead)
    slots = [limits.book() for _ in range(room)]
    assert all(slot < clock.at + max(ahead, 1) for slot in slots)
    assert limits.room(ahead) == 0
    assert limits.book() >= clock.at + ahead


def test_a_slot_is_free_again_as_soon_as_it_is_said() -> None:
    clock = HandClock()
    limits = SendLimits(Rates(30), clock)
    while limits.room(SECOND // 4):
        limits.book()
    clock.at += limits.wait_for_room(SECOND // 8)
    assert limits.room(SECOND // 4) >= 3


def test_being_asked_to_wait_holds_back_every_chat() -> None:
    clock = HandClock()
    limits = SendLimits(Rates(), clock)
    limits.pause(7, 9 * SECOND)
    assert (limits.paused(), limits.chat_wait(7), limits.room(SECOND)) == (9 * SECOND, 9 * SECOND, 0)
    assert limits.book() == 9 * SECOND
    clock.at += 10 * SECOND
    assert (limits.paused(), limits.chat_wait(7)) == (0, 0)


def test_a_shorter_request_to_wait_does_not_shorten_a_longer_one() -> None:
    limits = SendLimits(Rates(), HandClock())
    limits.pause(7, 9 * SECOND)
    limits.pause(7, SECOND)
    assert (limits.paused(), limits.chat_wait(7)) == (9 * SECOND, 9 * SECOND)


def test_a_reply_takes_a_slot_from_what_comes_after() -> None:
    clock = HandClock()
    limits = SendLimits(Rates(10), clock)
    limits.count_reply()
    assert limits.book() == SECOND // 10


def test_replies_without_end_leave_the_bulk_half_of_the_rate() -> None:
    clock = HandClock()
    limits = SendLimits(Rates(10), clock)
    sent = 0
    while clock.at < 60 * SECOND:
        limits.count_reply()
        limits.count_reply()
        if limits.room(1):
            limits.book()
            sent += 1
        clock.at += 50 * MS
    assert 290 <= sent <= 310


def test_chats_whose_turn_is_over_are_forgotten() -> None:
    clock = HandClock()
    limits = SendLimits(Rates(1000), clock)
    for chat in range(1, 20_000):
        clock.at += MS
        limits.chat_booked(chat, clock.at)
    assert limits.chat_wait(19_999) > 0
    assert limits.remembered < 10_000


def test_a_rate_is_one_message_at_least() -> None:
    with pytest.raises(ValueError, match="rate"):
        Rates(0)
