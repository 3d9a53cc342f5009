"""How fast Telegram lets a bot send: arithmetic on a clock of nanoseconds, nothing else.

Each message takes a slot of one line for all chats, 1/N of a second apart, so that no second of any beginning holds
more than N. Every chat has a line of its own beside it: a private chat the same way, a group as many messages as it
likes until the last minute holds as many as it takes. Figures: Telegram's FAQ for bots, "My bot is hitting limits".
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

SECOND: Final = 1_000_000_000
MINUTE: Final = 60 * SECOND
REPLIES_SHARE: Final = 2
"""Replies in conversations are counted up to one half of the rate: beyond that they leave the bulk its own half."""
FORGET_ABOVE: Final = 4096
"""Chats whose turn is over are forgotten when so many are remembered."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Messages that Telegram takes: a second over all chats, a second to a private chat, a minute to a group."""

    per_second: int = 30
    per_chat_second: int = 1
    per_group_minute: int = 20

    def __post_init__(self) -> None:
        if min(self.per_second, self.per_chat_second, self.per_group_minute) < 1:
            raise ValueError("a rate below one message is none")


class SendLimits:
    """The slots that are taken. All times are whole nanoseconds of `now`, a clock that never goes back."""

    def __init__(self, rates: Rates, now: Callable[[], int]) -> None:
        self._now = now
        self._gap = _gap(rates.per_second, SECOND)
        self._most = rates.per_second
        self._chat_gap = _gap(rates.per_chat_second, SECOND)
        self._per_group = rates.per_group_minute
        self._free = self._paused = self._replies = 0
        self._chats: dict[int, int] = {}
        self._groups: dict[int, deque[int]] = {}

    @property
    def now(self) -> int:
        """The clock."""
        return self._now()

    @property
    def per_second(self) -> int:
        """Messages a second over all chats."""
        return self._most

    @property
    def remembered(self) -> int:
        """How many private chats are remembered."""
        return len(self._chats)

    def passed(self, instant: int, by: int = 0) -> bool:
        """Whether the instant is over, and more than `by` has passed since."""
        return self._now() - instant > by

    def until(self, instant: int) -> int:
        """How long it is until then; 0 when it is over."""
        return max(0, instant - self._now())

    def room(self, ahead: int) -> int:
        """How many slots are free from now to `ahead` later; 1 at least when one is free at once."""
        now = self._now()
        return max(0, -((max(now, self._free) - now - ahead) // self._gap))

    def wait_for_room(self, ahead: int) -> int:
        """How long until a slot is free less than `ahead` later; 0 when one is."""
        return max(0, self._free - self._now() - ahead)

    def book(self, messages: int = 1) -> int:
        """Take the next slot for that many messages that go together; answers when it is. More of them than the rate
        takes a second as many as it takes."""
        more = (min(messages, self._most) - 1) * self._gap
        slot = max(self._now(), self._free) + more
        self._free = slot + more + self._gap
        return slot

    def chat_wait(self, chat_id: int, messages: int = 1) -> int:
        """How long until that many messages may go to the chat; 0 when they may at once."""
        now = self._now()
        wait = max(0, self._chats.get(chat_id, 0) - now)
        if chat_id < 0:
            wait = max(wait, self._group_wait(chat_id, min(messages, self._per_group), now))
        return wait

    def group_room(self, chat_id: int) -> int:
        """How many messages may go to the group at once."""
        now = self._now()
        if self._chats.get(chat_id, 0) > now:
            return 0
        return self._per_group - len(self._of_last_minute(chat_id, now))

    def chat_booked(self, chat_id: int, slot: int, messages: int = 1) -> None:
        """Note that so many messages go to the chat at `slot`."""
        if chat_id < 0:
            self._groups.setdefault(chat_id, deque(maxlen=self._per_group)).extend([slot] * messages)
            return
        if len(self._chats) > FORGET_ABOVE:
            now = self._now()
            self._chats = {chat: free for chat, free in self._chats.items() if free > now}
        self._chats[chat_id] = max(self._chats.get(chat_id, 0), slot + messages * self._chat_gap)

    def pause(self, chat_id: int, length: int) -> None:
        """Telegram asks to wait that long: nothing goes to the chat, nor to any other."""
        until = self._now() + length
        self._paused = max(self._paused, until)
        self._free = max(self._free, until)
        self._chats[chat_id] = max(self._chats.get(chat_id, 0), until)

    def paused(self) -> int:
        """How long Telegram still asks to wait; 0 when it does not."""
        return max(0, self._paused - self._now())

    def count_reply(self) -> None:
        """A message went out that asks no leave: what comes after makes room for it."""
        now = self._now()
        if self._replies <= now + SECOND:
            self._replies = max(now, self._replies) + REPLIES_SHARE * self._gap
            self._free = max(now, self._free) + self._gap

    def _group_wait(self, chat_id: int, messages: int, now: int) -> int:
        last = self._of_last_minute(chat_id, now)
        must_be_over = len(last) + messages - self._per_group
        return last[must_be_over - 1] + MINUTE - now if must_be_over > 0 else 0

    def _of_last_minute(self, chat_id: int, now: int) -> deque[int]:
        last = self._groups.get(chat_id)
        if last is None:
            return deque()
        while last and last[0] + MINUTE <= now:
            last.popleft()
        return last


def _gap(messages: int, period: int) -> int:
    """Nanoseconds between two messages, rounded up: a period never holds one more."""
    return -(-period // messages)
