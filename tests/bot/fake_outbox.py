"""An outbox in memory, for tests of the sender alone."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from services.messages.outbox import MessageClass
from services.messages.outbox_messages import OutboxMessage
from services.messages.outbox_progress import OutboxProgress

NOW = datetime(2026, 1, 5, 4, tzinfo=UTC)


class AloneInTheWorld:
    """A sender that shares its database with nobody."""

    shared = False
    grace = timedelta(0)

    async def acts(self) -> bool:
        return True

    async def resign(self) -> None: ...


class FakeOutbox:
    """Holds messages; one of each chat's line is handed out at a time."""

    def __init__(self) -> None:
        self.rechecked: list[int] = []
        self.waiting: list[OutboxMessage] = []
        self.claimed: set[int] = set()
        self.ends: dict[int, Any] = {}
        self.delays: dict[int, tuple[timedelta | None, bool]] = {}
        self.withdrawn_for: list[int] = []
        self.sole = AloneInTheWorld()
        self.callbacks: list[Callable[[], None]] = []
        self.away = 0
        self.watched = asyncio.Event()
        self._chats: dict[int, int] = {}

    def owe(self, kind: str = "note", chat_id: int = 7, **params: Any) -> int:
        number = len(self.waiting) + len(self.ends) + len(self.claimed) + 1
        message = OutboxMessage(
            id=number,
            kind=kind,
            message_class=MessageClass.SERVICE if chat_id > 0 else MessageClass.DESK,
            params={"text": f"message {number}", **params},
            borrower_id=chat_id if chat_id > 0 else None,
            chat_id=chat_id,
            language="en",
            time_zone="Asia/Shanghai",
            loan_id=1,
            handoff_id=None,
            attempts=0,
        )
        self.waiting.append(message)
        for callback in self.callbacks:
            callback()
        return number

    def on_enqueue(self, callback: Callable[[], None]) -> None:
        self.callbacks.append(callback)
        self.watched.set()

    async def something_is_due(self) -> bool:
        return bool(self.waiting)

    async def claim_batch(self, limit: int, *, to_desk: int | None = None) -> list[OutboxMessage]:
        if self.away:
            self.away -= 1
            raise OSError("the database is away")
        lines: dict[int, OutboxMessage] = {}
        for message in self.waiting:
            lines.setdefault(message.chat_id, message)
        batch = [message for message in lines.values() if message.chat_id not in self.claimed][:limit]
        self.claimed |= {message.chat_id for message in batch}
        self.waiting = [message for message in self.waiting if message not in batch]
        self._chats |= {message.id: message.chat_id for message in batch}
        return batch

    async def mark_sent(self, sent: Mapping[int, int | None]) -> None:
        for message_id, in_chat in sent.items():
            self._end(message_id, in_chat)

    async def retry_later(
        self, message_id: int, *, why: str, delay: timedelta | None = None, spend_attempt: bool = True
    ) -> str:
        self._end(message_id, why)
        self.delays[message_id] = (delay, spend_attempt)
        return "pending"

    async def fail(self, message_id: int, why: str) -> None:
        self._end(message_id, f"failed: {why}")

    async def withdraw_all(self, borrower_id: int) -> int:
        self.withdrawn_for.append(borrower_id)
        return 1

    async def recheck(self, *message_ids: int) -> set[int]:
        self.rechecked += message_ids
        return set(message_ids)

    async def progress(self) -> OutboxProgress:
        return OutboxProgress(0, 30_000, 0, 1800, Decimal(30), timedelta(seconds=1000), timedelta(0))

    async def free_stalled(self, older_than: timedelta, *, of_others: bool) -> int:
        return 0

    async def next_due_at(self) -> datetime | None:
        return NOW if self.waiting else None

    def _end(self, message_id: int, how: Any) -> None:
        self.ends[message_id] = how
        self.claimed.discard(self._chats[message_id])
