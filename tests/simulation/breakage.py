"""Five mechanisms, each of which can be taken away, so that the simulation is seen to notice."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import Any

import pytest
from sqlalchemy import event, literal, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.db import Database
from services.messages import outbox, outbox_bulk
from services.messages.outbox import MessageStatus
from services.messages.outbox_bulk import OwedMessage
from services.messages.outbox_claims import Claims
from services.messages.outbox_messages import OutboxMessage
from services.models import OutboxRow
from services.reminders import notice_statements

_LOCKING = re.compile(r" FOR (NO KEY )?UPDATE( OF \w+)?")

Break = Callable[[pytest.MonkeyPatch], None]


def unique_key(patch: pytest.MonkeyPatch) -> None:
    """Every message is owed under a key of its own: the same occasion is told of as often as it is planned."""
    numbers, enqueue = count(), outbox.enqueue
    row_of, select_owed = outbox_bulk._row, outbox_bulk.enqueue_selected

    async def enqueue_anew(session: AsyncSession, *, dedupe_key: str, **named: Any) -> bool:
        return await enqueue(session, dedupe_key=f"{dedupe_key}:{next(numbers)}", **named)

    def row_anew(message: OwedMessage, now: datetime) -> dict[str, Any]:
        return row_of(replace(message, dedupe_key=f"{message.dedupe_key}:{next(numbers)}"), now)

    async def selected_anew(session: AsyncSession, found: Any, *, dedupe_key: Any, **named: Any) -> int:
        return await select_owed(session, found, dedupe_key=dedupe_key + literal(f":{next(numbers)}"), **named)

    patch.setattr(outbox, "enqueue", enqueue_anew)
    patch.setattr(outbox_bulk, "_row", row_anew)
    patch.setattr(notice_statements, "enqueue_selected", selected_anew)


def transaction(patch: pytest.MonkeyPatch) -> None:
    """Every statement is permanent at once."""
    _rewrite(
        patch, lambda text: "SELECT 1" if text.startswith(("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK TO")) else text
    )


def claim(patch: pytest.MonkeyPatch) -> None:
    """To be about to send a message leaves no mark: another machine takes it as well."""
    claimed = Claims.claim

    async def claim_unmarked(claims: Claims, session: AsyncSession, *limits: Any) -> list[OutboxMessage]:
        messages = await claimed(claims, session, *limits)
        ids = [message.id for message in messages]
        await session.execute(update(OutboxRow).where(OutboxRow.id.in_(ids)).values(status=MessageStatus.PENDING))
        return messages

    patch.setattr(Claims, "claim", claim_unmarked)


def lock(patch: pytest.MonkeyPatch) -> None:
    """Rows are read without being locked; claims stay as they are."""
    _rewrite(patch, lambda text: text if "SKIP LOCKED" in text else _LOCKING.sub("", text))


def withdraw(patch: pytest.MonkeyPatch) -> None:
    """A payment leaves the notices that wait where they are."""

    async def withdraw_nothing(session: AsyncSession, **which: Any) -> int:
        return 0

    patch.setattr(outbox, "withdraw", withdraw_nothing)


BREAKS: Mapping[str, Break] = {each.__name__: each for each in (unique_key, transaction, claim, lock, withdraw)}


def _rewrite(patch: pytest.MonkeyPatch, change: Callable[[str], str]) -> None:
    """Have the statements of every machine's database changed before they are executed."""
    begin = Database.__init__

    def opened(database: Database, *args: Any, **named: Any) -> None:
        begin(database, *args, **named)

        @event.listens_for(database.engine.sync_engine, "before_cursor_execute", retval=True)
        def rewritten(connection: Any, cursor: Any, text: str, parameters: Any, context: Any, many: bool) -> Any:
            return change(text), parameters

    patch.setattr(Database, "__init__", opened)
