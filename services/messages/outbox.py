"""What the bot owes people: enqueueing and taking back inside another use case's transaction.

A message is a row written in the transaction that makes it owed, under a key that names the occasion:

    pending ──► claimed ──► sent          the sender took it, and Telegram accepted it
                claimed ──► pending       try again later, or the claimer vanished
                claimed ──► failed        refused for good, or out of attempts
    pending, claimed ──► withdrawn        it is no longer so
    withdrawn ──► pending                 the same occasion came back

`services.messages.outbox_delivery` takes it from there.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, CursorResult, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.messages.message_params import MessageParams, encode_params
from services.models import OutboxRow
from services.upserts import insert_into


class MessageClass(StrEnum):
    """Which rules of contact a message is under."""

    SERVICE = "service"
    """An answer or something the borrower waits for: any hour."""
    REMINDER = "reminder"
    """Before a date that comes: inside the contact window."""
    DUNNING = "dunning"
    """After a missed date: inside the contact window."""
    DESK = "desk"
    """For the officers: any hour."""
    UPKEEP = "upkeep"
    """Changes what a borrower has in the chat and tells nobody: any hour, beside every line."""


class MessageStatus(StrEnum):
    PENDING = "pending"
    CLAIMED = "claimed"
    SENT = "sent"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


NOTICES: Final = (MessageClass.REMINDER, MessageClass.DUNNING)
"""The classes that wait for the contact window and stop when their reason does."""

BULK: Final = (MessageClass.REMINDER, MessageClass.DUNNING, MessageClass.UPKEEP)
"""The classes that come by the thousand and that nobody waits for: everything else goes first."""

ENQUEUED: Final = "outbox.enqueued"
"""Mark in `session.info` of a transaction that made a message owed."""


@dataclass(frozen=True, slots=True)
class Owed:
    """A message to be enqueued, see `enqueue`."""

    kind: str
    message_class: MessageClass
    params: MessageParams
    dedupe_key: str
    borrower_id: int | None = None
    not_before: datetime | None = None
    loan_id: int | None = None
    handoff_id: int | None = None


async def enqueue(
    session: AsyncSession,
    *,
    now: datetime,
    kind: str,
    borrower_id: int | None,
    message_class: MessageClass,
    params: MessageParams,
    dedupe_key: str,
    not_before: datetime | None = None,
    loan_id: int | None = None,
    handoff_id: int | None = None,
) -> bool:
    """Owe a message in the caller's transaction; answers whether it is owed anew.

    `dedupe_key` names the occasion (at most 128 characters): a second message of that key changes nothing, unless the
    first was withdrawn, in which case this one takes its place. `borrower_id` None means the officers' desk.
    `now` and `not_before` are aware UTC instants; before `not_before` it is not sent. `kind` names the announcement
    that words it from `params`.
    """
    owed = Owed(kind, message_class, params, dedupe_key, borrower_id, not_before, loan_id, handoff_id)
    statement = _insert_or_revive(session).returning(OutboxRow.id)
    owed_anew = (await session.execute(statement, _values(owed, now))).scalar_one_or_none() is not None
    if owed_anew:
        session.info[ENQUEUED] = True
    return owed_anew


async def enqueue_all(session: AsyncSession, messages: Collection[Owed], now: datetime) -> None:
    """Owe many messages in the caller's transaction with one statement, each as `enqueue` does."""
    if not messages:
        return
    await session.execute(_insert_or_revive(session), [_values(each, now) for each in messages])
    session.info[ENQUEUED] = True


def _values(owed: Owed, now: datetime) -> dict[str, Any]:
    if (owed.borrower_id is None) != (owed.message_class is MessageClass.DESK):
        raise ValueError("a message is either for one borrower or of the desk's class")
    return {
        "dedupe_key": owed.dedupe_key,
        "kind": owed.kind,
        "message_class": owed.message_class.value,
        "borrower_id": owed.borrower_id,
        "loan_id": owed.loan_id,
        "handoff_id": owed.handoff_id,
        "params": encode_params(owed.params),
        "status": MessageStatus.PENDING.value,
        "attempts": 0,
        "created_at": now,
        "next_attempt_at": max(now, owed.not_before) if owed.not_before else now,
        "claimed_at": None,
        "claimed_by": None,
        "failure": None,
    }


_TAKEN_OVER: Final = (
    "kind",
    "message_class",
    "borrower_id",
    "loan_id",
    "handoff_id",
    "params",
    "status",
    "attempts",
    "created_at",
    "next_attempt_at",
    "claimed_at",
    "claimed_by",
    "failure",
)
"""What a message that takes a withdrawn one's place brings along."""


def _insert_or_revive(session: AsyncSession) -> Any:
    statement = insert_into(session, OutboxRow)
    return statement.on_conflict_do_update(
        index_elements=[OutboxRow.dedupe_key],
        set_={name: statement.excluded[name] for name in _TAKEN_OVER},
        where=OutboxRow.status == MessageStatus.WITHDRAWN,
    )


async def withdraw(
    session: AsyncSession,
    *,
    loan_id: int | None = None,
    borrower_id: int | None = None,
    dedupe_keys: Collection[str] = (),
    classes: Collection[MessageClass] = NOTICES,
) -> int:
    """Take back, in the caller's transaction, what is not sent yet and no longer so; answers how many messages.

    With `dedupe_keys` exactly those, else those of `loan_id` or `borrower_id` that are of one of `classes`: by default
    reminders and overdue notices. Raises ValueError when nothing says which.
    """
    chosen: list[ColumnElement[bool]] = []
    if dedupe_keys:
        chosen.append(OutboxRow.dedupe_key.in_(dedupe_keys))
    else:
        chosen.append(OutboxRow.message_class.in_(classes))
    if loan_id is not None:
        chosen.append(OutboxRow.loan_id == loan_id)
    if borrower_id is not None:
        chosen.append(OutboxRow.borrower_id == borrower_id)
    if not dedupe_keys and loan_id is None and borrower_id is None:
        raise ValueError("say whose messages to withdraw")
    return await withdraw_where(session, *chosen)


async def withdraw_where(session: AsyncSession, *conditions: ColumnElement[bool]) -> int:
    """Withdraw the messages not sent yet that meet every condition; answers how many."""
    unsent = OutboxRow.status.in_((MessageStatus.PENDING, MessageStatus.CLAIMED))
    statement = update(OutboxRow).where(unsent, *conditions).values(status=MessageStatus.WITHDRAWN)
    return await changed_rows(session, statement)


async def changed_rows(session: AsyncSession, statement: Any) -> int:
    """Execute an UPDATE without reading objects back; answers how many rows it changed."""
    result = await session.execute(statement, execution_options={"synchronize_session": False})
    if not isinstance(result, CursorResult):
        raise TypeError("only an UPDATE counts rows")
    return result.rowcount
