"""The outbox table as a queue: which message is next for each recipient.

Three lanes are claimed one after the other: what the desk is told, what borrowers wait for, and the bulk of notices and
upkeep, which takes the places that are left. The statements are asked all day long and built once; each takes the
instant as the parameter `now`. Statuses and classes stand in them as literals: a partial index serves a statement only
when its condition can be seen there.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Select,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, aliased
from sqlalchemy.sql.dml import ReturningUpdate, Update

from services.messages.outbox import BULK, NOTICES, MessageClass, MessageStatus
from services.models import Base, BorrowerRow, OutboxRow

DESK: Final = (MessageClass.DESK,)
SERVICE: Final = (MessageClass.SERVICE,)

CLAIMED: Final = (
    "id",
    "kind",
    "message_class",
    "borrower_id",
    "loan_id",
    "handoff_id",
    "params",
    "attempts",
    "created_at",
    "next_attempt_at",
)
"""What a sender has to know of a message."""

_OUTBOX: Final = Base.metadata.tables[OutboxRow.__tablename__]
"""Not the class: the mapper makes a statement that changes one anew each time, with the key of its compiled form."""
_NOW: Final = bindparam("now", type_=OutboxRow.next_attempt_at.type)
_MOST: Final = bindparam("most", type_=BigInteger())
_MOST_TO_DESK: Final = bindparam("most_to_desk", type_=BigInteger())


@cache
def claim(*, desk: bool) -> ReturningUpdate[Any]:
    """Claim at most `most` messages whose time has come by `now` and that overtake no earlier one, `most_to_desk` of
    them for the desk, for the sender `claimer`; answers each with its recipient's address.

    One statement, so that no other sender sees a message between the choice and the claim. Rows that another sender is
    about to claim are skipped on PostgreSQL. Without `desk` only messages for borrowers.
    """
    to_desk = _due(DESK, "to_desk", _MOST_TO_DESK) if desk else None
    places: ColumnElement[int] = _MOST if to_desk is None else _MOST - _count(to_desk)
    service = _due(SERVICE, "service", places)
    bulk = _due(BULK, "bulk", places - _count(service))
    chosen = union_all(*(select(lane.c.id) for lane in (to_desk, service, bulk) if lane is not None))
    statement = update(_OUTBOX).where(_OUTBOX.c.id.in_(chosen))
    claimed = statement.values(status=MessageStatus.CLAIMED.value, claimed_at=_NOW, claimed_by=bindparam("claimer"))
    return claimed.returning(
        *(_OUTBOX.c[name] for name in CLAIMED),
        *(_of_recipient(column) for column in (BorrowerRow.telegram_id, BorrowerRow.language, BorrowerRow.time_zone)),
    )


@cache
def any_due(*, desk: bool) -> Select[Any]:
    """Whether any message's time has come, even one that is to wait for another; true or not true. Costs a third of a
    claim."""
    return select(or_(*(_first_waiting(lane) <= _NOW for lane in _lanes(desk))))


@cache
def next_due(*, desk: bool) -> Select[Any]:
    """For each lane, when the first of its messages is due that could be sent then, possibly past."""
    return select(*(_first_due(lane).label(lane[0].value) for lane in _lanes(desk)))


@cache
def put_off_zone() -> Update:
    """Put every due notice to borrowers in `time_zone` off until `opens_at`; whoever is about to be sent to is left."""
    row = aliased(OutboxRow)
    due = (
        select(row.id)
        .join(BorrowerRow, BorrowerRow.id == row.borrower_id)
        .where(is_pending(row), of_classes(row, BULK), row.message_class.in_(NOTICES), row.next_attempt_at <= _NOW)
        .where(BorrowerRow.time_zone == bindparam("time_zone"))
        .with_for_update(skip_locked=True, of=row)
    )
    until = bindparam("opens_at", type_=OutboxRow.next_attempt_at.type)
    return update(_OUTBOX).where(_OUTBOX.c.id.in_(due)).values(next_attempt_at=until)


def of_classes(row: type[OutboxRow], classes: Sequence[MessageClass]) -> ColumnElement[bool]:
    """Whether a message is of one of the classes, in the form that the indexes know."""
    return row.message_class.in_([_literal(each) for each in classes])


def is_pending(row: type[OutboxRow] = OutboxRow) -> ColumnElement[bool]:
    """Whether a message waits, in the form that the indexes know."""
    return row.status == _literal(MessageStatus.PENDING)


def _lanes(desk: bool) -> Sequence[Sequence[MessageClass]]:
    return (DESK, SERVICE, BULK) if desk else (SERVICE, BULK)


def _literal(word: str) -> ColumnElement[Any]:
    return literal_column(f"'{word}'")


def _due(classes: Sequence[MessageClass], name: str, places: ColumnElement[int]) -> CTE:
    """The ids of a lane's due messages that overtake nobody, longest due first, locked."""
    row = aliased(OutboxRow)
    due = _waiting(select(row.id), row, classes).where(row.next_attempt_at <= _NOW)
    first = due.order_by(row.next_attempt_at, row.id).limit(places)
    return first.with_for_update(skip_locked=True, of=row).cte(name)


def _first_due(classes: Sequence[MessageClass]) -> Any:
    row = aliased(OutboxRow)
    first = _waiting(select(row.next_attempt_at), row, classes).order_by(row.next_attempt_at).limit(1)
    return first.scalar_subquery()


def _first_waiting(classes: Sequence[MessageClass]) -> Any:
    # In the order of an index: with `EXISTS` PostgreSQL reads the whole table where it expects to find one soon.
    row = aliased(OutboxRow)
    waiting = select(row.next_attempt_at).where(is_pending(row), of_classes(row, classes))
    return waiting.order_by(row.next_attempt_at).limit(1).scalar_subquery()


def _waiting(query: Select[Any], row: type[OutboxRow], classes: Sequence[MessageClass]) -> Select[Any]:
    overtakes = _overtakes_at_desk(row) if classes == DESK else _overtakes_at_borrower(row, bulk=classes == BULK)
    return query.where(is_pending(row), of_classes(row, classes), ~overtakes)


def _overtakes_at_borrower(row: type[OutboxRow], *, bulk: bool) -> ColumnElement[bool]:
    """Whether something else is on its way to the borrower, or an earlier message is to go first.

    On its way is what is claimed. To go first is, before a message of service, an earlier one of service; before one of
    the bulk, any earlier one and every one of service. One that waits for its hour holds nobody up. Upkeep goes beside
    the line: it waits for nobody and nobody waits for it.
    """
    other = aliased(OutboxRow)
    earlier = other.id < row.id
    service = of_classes(other, SERVICE)
    first = or_(earlier, service) if bulk else and_(earlier, service)
    in_line = and_(row.message_class != MessageClass.UPKEEP.value, other.message_class != MessageClass.UPKEEP.value)
    under_way = or_(_claimed(other), and_(is_pending(other), _wants_out(other), first))
    return exists().where(other.borrower_id == row.borrower_id, _unsettled(other), in_line, under_way)


def _overtakes_at_desk(row: type[OutboxRow]) -> ColumnElement[bool]:
    """Whether an earlier message about the same handoff is on its way."""
    other = aliased(OutboxRow)
    under_way = or_(_claimed(other), and_(is_pending(other), _wants_out(other), other.id < row.id))
    return exists().where(other.borrower_id.is_(None), other.handoff_id == row.handoff_id, _unsettled(other), under_way)


def _unsettled(row: type[OutboxRow]) -> ColumnElement[bool]:
    return row.status.in_([_literal(MessageStatus.PENDING), _literal(MessageStatus.CLAIMED)])


def _claimed(row: type[OutboxRow]) -> ColumnElement[bool]:
    return row.status == _literal(MessageStatus.CLAIMED)


def _wants_out(row: type[OutboxRow]) -> ColumnElement[bool]:
    """Due, or waiting for another attempt."""
    return or_(row.next_attempt_at <= _NOW, row.failure.is_not(None))


def _count(lane: CTE) -> ColumnElement[int]:
    return select(func.count()).select_from(lane).scalar_subquery()


def _of_recipient(column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    found = select(column).where(BorrowerRow.id == _OUTBOX.c.borrower_id).correlate(_OUTBOX)
    return found.scalar_subquery().label(column.key)


def earliest(lanes: Sequence[datetime | None]) -> datetime | None:
    """The first of the lanes' instants; None where nothing waits in any."""
    return min((at for at in lanes if at is not None), default=None)
