"""Owing many people a message of one kind with one statement."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, SQLColumnExpression, literal
from sqlalchemy.ext.asyncio import AsyncSession

from services.messages.outbox import ENQUEUED, MessageClass, MessageStatus, changed_rows
from services.models import OutboxRow
from services.upserts import insert_into

_KEPT = ("id", "dedupe_key")


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
    """Owe a message for each row of `found`, in the caller's transaction, as `outbox.enqueue` does one by one; answers
    how many are owed anew.

    The expressions say what each message is, in the terms of `found`; `params` builds the JSON of
    `services.messages.message_params`. No two rows may have one key.
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
    # Plans side by side must meet one another's keys in one order, or each would wait for the other.
    rows = found.with_only_columns(*values.values()).order_by(loan_id, dedupe_key)
    statement = insert_into(session, OutboxRow).from_select(list(values), rows)
    columns = [column.name for column in OutboxRow.__table__.columns if column.name not in _KEPT]
    revive = statement.on_conflict_do_update(
        index_elements=[OutboxRow.dedupe_key],
        set_={name: statement.excluded[name] for name in columns},
        where=OutboxRow.status == MessageStatus.WITHDRAWN,
    )
    owed_anew = await changed_rows(session, revive)
    if owed_anew:
        session.info[ENQUEUED] = True
    return owed_anew
