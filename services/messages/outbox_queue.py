"""The outbox table as a queue: which message is next for each recipient."""

from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import aliased

from services.messages.outbox import MessageStatus
from services.models import OutboxRow


def due(now: datetime, *, desk: bool) -> Select[OutboxRow]:
    """The messages whose time has come by `now` and that overtake no earlier one, longest due first. Without `desk`
    only those for borrowers."""
    query = deliverable(now, desk=desk).where(OutboxRow.next_attempt_at <= now)
    return query.order_by(OutboxRow.next_attempt_at, OutboxRow.id)


def deliverable(now: datetime, *, desk: bool) -> Select[OutboxRow]:
    """The pending messages that are first in their recipient's line, whenever their time comes."""
    query = select(OutboxRow).where(OutboxRow.status == MessageStatus.PENDING, ~_overtakes(now))
    return query if desk else query.where(OutboxRow.borrower_id.is_not(None))


def _overtakes(now: datetime) -> ColumnElement[bool]:
    """Whether an earlier message of the same line is on its way: claimed, due, or waiting for another attempt.

    One that waits for its hour holds nobody up. A borrower is one line, a handoff's messages to the desk another.
    """
    earlier = aliased(OutboxRow)
    under_way = or_(
        earlier.status == MessageStatus.CLAIMED,
        and_(
            earlier.status == MessageStatus.PENDING,
            or_(earlier.next_attempt_at <= now, earlier.failure.is_not(None)),
        ),
    )
    unsettled = earlier.status.in_((MessageStatus.PENDING, MessageStatus.CLAIMED))
    before = and_(earlier.id < OutboxRow.id, unsettled, under_way)
    to_borrower = exists().where(earlier.borrower_id == OutboxRow.borrower_id, before)
    to_desk = exists().where(
        earlier.borrower_id.is_(None),
        OutboxRow.borrower_id.is_(None),
        earlier.handoff_id == OutboxRow.handoff_id,
        before,
    )
    return or_(to_borrower, to_desk)
