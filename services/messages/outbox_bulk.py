"""Owing many messages with one statement, each as `outbox.enqueue` owes a single one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, SQLColumnExpression, literal
from sqlalchemy.ext.asyncio import AsyncSession

from services.many_rows import expect_many_rows
from services.messages.message_params import MessageParams, encode_params
from services.messages.outbox import ENQUEUED, MessageClass, MessageStatus, changed_rows
from services.models import OutboxRow
from services.upserts import Insert, insert_into

_KEPT = ("id", "dedupe_key")


@dataclass(frozen=True, slots=True)
class OwedMessage:
    """A message that is to be owed: the arguments of `outbox.enqueue`."""

    kind: str
    message_class: MessageClass
    params: MessageParams
    dedupe_key: str
    borrower_id: int | None = None
    not_before: datetime | None = None
    loan_id: int | None = None
    handoff_id: int | None = None


async def enqueue_many(session: AsyncSession, messages: Sequence[OwedMessage], now: datetime) -> int:
    """Owe the messages in the caller's transaction; answers how many are owed anew. No two may have one key."""
    if not messages:
        return 0
    statement = _reviving(insert_into(session, OutboxRow)).returning(OutboxRow.id)
    await expect_many_rows(session)
    rows = [_row(message, now) for message in sorted(messages, key=lambda message: message.dedupe_key)]
    owed_anew = len((await session.execute(statement, rows)).all())
    if owed_anew:
        session.info[ENQUEUED] = True
    return owed_anew


def _row(message: OwedMessage, now: datetime) -> dict[str, Any]:
    return {
        "dedupe_key": message.dedupe_key,
        "kind": message.kind,
        "message_class": message.message_class.value,
        "borrower_id": message.borrower_id,
        "loan_id": message.loan_id,
        "handoff_id": message.handoff_id,
        "params": encode_params(message.params),
        "status": MessageStatus.PENDING.value,
        "attempts": 0,
        "created_at": now,
        "next_attempt_at": max(now, message.not_before) if message.not_before else now,
    }


async def enqueue_selected(
    session: AsyncSession,
    found: Select[*tuple[Any, ...]],
    *,
    now: datetime,
    kind: str,
    message_class: MessageClass,
    borrower_id: SQLColumnExpression[int],
    loan_id: SQLColumnExpression[int],
    params: SQLColumnExpression[Any],
    dedupe_key: SQLColumnExpression[str],
    next_attempt_at: SQLColumnExpression[datetime],
) -> int:
    """Owe a message for each row of `found`, in the caller's transaction; answers how many are owed anew.

    The expressions say what each message is, in the terms of `found`; `params` builds the JSON of
    `services.messages.message_params`. No two rows may have one key. They must come in the order in which everybody
    brings them: side by side two statements meet each other's keys, and would otherwise wait for one another.
    """
    values: dict[str, SQLColumnExpression[Any]] = {
        "dedupe_key": dedupe_key,
        "kind": literal(kind),
        "message_class": literal(message_class.value),
        "borrower_id": borrower_id,
        "loan_id": loan_id,
        "params": params,
        "status": literal(MessageStatus.PENDING.value),
        "attempts": literal(0),
        "created_at": literal(now, OutboxRow.created_at.type),
        "next_attempt_at": next_attempt_at,
    }
    await expect_many_rows(session)
    rows = found.with_only_columns(*values.values())
    statement = insert_into(session, OutboxRow).from_select(list(values), rows)
    owed_anew = await changed_rows(session, _reviving(statement))
    if owed_anew:
        session.info[ENQUEUED] = True
    return owed_anew


def _reviving(statement: Insert) -> Insert:
    """A message that was withdrawn comes back as the inserted one; any other of its key stays as it is."""
    columns = [column.name for column in OutboxRow.__table__.columns if column.name not in _KEPT]
    return statement.on_conflict_do_update(
        index_elements=[OutboxRow.dedupe_key],
        set_={name: statement.excluded[name] for name in columns},
        where=OutboxRow.status == MessageStatus.WITHDRAWN,
    )
