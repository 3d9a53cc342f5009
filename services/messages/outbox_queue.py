"""The outbox table as a queue: which message is next for each recipient.

The queries are asked all day long and built once; each takes the instant as the parameter `now`.
"""

from datetime import datetime
from functools import cache
from typing import TypeVar

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, or_, select
from sqlalchemy.orm import aliased

from services.messages.outbox import MessageClass, MessageStatus
from services.models import OutboxRow

Row = TypeVar("Row", OutboxRow, datetime)

_NOW = bindparam("now", type_=OutboxRow.next_attempt_at.type)


@cache
def due(*, desk: bool) -> Select[OutboxRow]:
    """At most `most` messages whose time has come by `now` and that overtake no earlier one, longest due first, locked.
    Without `desk` only those for borrowers."""
    query = _deliverable(select(OutboxRow), desk).where(OutboxRow.next_attempt_at <= _NOW)
    first = query.order_by(OutboxRow.next_attempt_at, OutboxRow.id).limit(bindparam("most"))
    return first.with_for_update(skip_locked=True, of=OutboxRow)


@cache
def next_due(*, desk: bool) -> Select[datetime]:
    """When the first of the messages is due that could be sent then, possibly past."""
    query = _deliverable(select(OutboxRow.next_attempt_at), desk)
    return query.order_by(OutboxRow.next_attempt_at).limit(1)


def _deliverable(query: Select[Row], desk: bool) -> Select[Row]:
    """Narrowed to the pending messages that are first in their recipient's line, whenever their time comes."""
    query = query.where(OutboxRow.status == MessageStatus.PENDING, ~_overtakes())
    return query if desk else query.where(OutboxRow.borrower_id.is_not(None))


def _overtakes() -> ColumnElement[bool]:
    """Whether an earlier message of the same line is on its way: claimed, due, or waiting for another attempt.

    One that waits for its hour holds nobody up, nor does upkeep. A borrower is one line, a handoff's messages to the
    desk another.
    """
    earlier = aliased(OutboxRow)
    under_way = or_(
        earlier.status == MessageStatus.CLAIMED,
        and_(
            earlier.status == MessageStatus.PENDING,
            or_(earlier.next_attempt_at <= _NOW, earlier.failure.is_not(None)),
        ),
    )
    unsettled = earlier.status.in_((MessageStatus.PENDING, MessageStatus.CLAIMED))
    says_something = earlier.message_class != MessageClass.UPKEEP
    before = and_(earlier.id < OutboxRow.id, unsettled, under_way, says_something)
    to_borrower = exists().where(earlier.borrower_id == OutboxRow.borrower_id, before)
    to_desk = exists().where(
        earlier.borrower_id.is_(None),
        OutboxRow.borrower_id.is_(None),
        earlier.handoff_id == OutboxRow.handoff_id,
        before,
    )
    return or_(to_borrower, to_desk)
