"""The bot's queue of updates and long polling (core.telegram.org/bots/api#getting-updates)."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.bell import Bell
from sandbox.errors import ApiError
from sandbox.faults import Faults
from sandbox.shapes import JsonObject

FIRST_UPDATE_ID = 870_000_001
UPDATES_A_CALL = 100
LEFT_OUT_BY_DEFAULT = frozenset(("chat_member", "message_reaction", "message_reaction_count"))


@dataclass(slots=True)
class Update:
    """An update that waits for the bot, with the chat whose order it keeps."""

    id: int
    kind: str
    body: JsonObject
    chat_id: int

    def json(self) -> JsonObject:
        """The Bot API's Update object."""
        return {"update_id": self.id, self.kind: self.body}


class UpdateQueue:
    """Updates in order of arrival until the bot confirms them by a higher offset or a webhook takes them."""

    def __init__(self, faults: Faults) -> None:
        self.changed = Bell()
        self.allowed: list[str] = []
        self._faults = faults
        self._pending: dict[int, Update] = {}
        self._next_id = FIRST_UPDATE_ID
        self._poll = 0
        self._closed = False

    def __len__(self) -> int:
        return len(self._pending)

    @property
    def duplicates(self) -> bool:
        """Whether every update is to be delivered twice."""
        return self._faults.duplicate_updates

    def pending(self) -> list[Update]:
        """Everything that the bot has not confirmed yet, oldest first."""
        return list(self._pending.values())

    def put(self, kind: str, body: JsonObject, chat_id: int) -> None:
        """Queue an update unless the bot's allowed_updates leave its kind out."""
        if kind not in self.allowed if self.allowed else kind in LEFT_OUT_BY_DEFAULT:
            return
        self._pending[self._next_id] = Update(self._next_id, kind, body, chat_id)
        self._next_id += 1
        self.changed.ring()

    def confirm(self, update_id: int) -> None:
        """Forget one update that was delivered."""
        self._pending.pop(update_id, None)
        self.changed.ring()

    def clear(self) -> None:
        """Drop everything that waits."""
        self._pending.clear()
        self.changed.ring()

    def close(self) -> None:
        """Let every open poll return at once, for good."""
        self._closed = True
        self.changed.ring()

    async def settled(self) -> None:
        """Return once nothing waits for the bot any more."""
        while self._pending and not self._closed:
            await self.changed.wait()

    async def poll(self, offset: int, limit: int, seconds: float, allowed: Sequence[str] | None) -> list[JsonObject]:
        """Answer getUpdates: confirm what lies below `offset`, wait up to `seconds` for something to tell.

        Raises ApiError 409 when another poll begins meanwhile.
        """
        if allowed is not None:
            self.allowed = list(allowed)
        self._poll += 1
        this_poll = self._poll
        self._confirm_below(offset)
        self.changed.ring()
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            if this_poll != self._poll:
                raise ApiError(
                    409,
                    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
                )
            batch = self.pending()[:limit]
            left = deadline - asyncio.get_running_loop().time()
            if batch or left <= 0 or self._closed:
                return self._repeated([update.json() for update in batch])
            await self.changed.wait(left)

    def _confirm_below(self, offset: int) -> None:
        if offset < 0:
            kept = self.pending()[offset:]
            self._pending = {update.id: update for update in kept}
        else:
            for update_id in [key for key in self._pending if key < offset]:
                del self._pending[update_id]

    def _repeated(self, batch: list[JsonObject]) -> list[JsonObject]:
        return [update for update in batch for _ in range(2)] if self.duplicates else batch
