"""The conversation that an officer has with a borrower through the bot, inside a use case's transaction."""

from datetime import datetime
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.configuration.staff import Staff
from services.desk.handoff_records import card_changed
from services.desk.handoff_states import AlreadyTalking, HandoffKind
from services.messages import outbox
from services.messages.message_params import MessageParams, Said
from services.messages.outbox import MessageClass
from services.models import BorrowerRow, HandoffMessageRow, HandoffRow


async def talking_with(session: AsyncSession, borrower_id: int, *, lock: bool = True) -> HandoffRow | None:
    """The handoff in which an officer talks with the borrower; there is at most one."""
    query = select(HandoffRow).where(HandoffRow.borrower_id == borrower_id, HandoffRow.talking)
    row: HandoffRow | None = await session.scalar(query.with_for_update() if lock else query)
    return row


async def start(session: AsyncSession, row: HandoffRow, staff: Staff, now: datetime) -> None:
    """Begin the conversation; one that goes on goes on. Raises `AlreadyTalking` when the borrower talks in another
    handoff."""
    if row.talking:
        return
    # Two handoffs of one borrower are two rows, so what keeps them apart is the borrower's.
    await session.execute(select(BorrowerRow.id).where(BorrowerRow.id == row.borrower_id).with_for_update())
    other = await talking_with(session, row.borrower_id)
    if other is not None:
        raise AlreadyTalking(name="" if other.claimed_by is None else staff.name_of(other.claimed_by))
    row.talking = True
    await card_changed(session, row, now=now)


async def from_officer(
    session: AsyncSession, row: HandoffRow, *, staff_id: int, name: str, text_sealed: bytes, now: datetime
) -> None:
    """Keep what the officer wrote and owe it to the borrower."""
    line = await _keep(session, row, staff_id=staff_id, text_sealed=text_sealed, now=now)
    await outbox.enqueue(
        session,
        now=now,
        kind="officer_message",
        borrower_id=row.borrower_id,
        message_class=MessageClass.SERVICE,
        params={"reference": row.reference, "officer_name": name, "text": Said(line.id)},
        dedupe_key=f"handoff-message:{line.id}",
        handoff_id=row.id,
    )


async def borrower_wrote_since(session: AsyncSession, row: HandoffRow, since: datetime) -> bool:
    """Whether the borrower has written in this conversation since then."""
    line = HandoffMessageRow
    theirs = select(line.id).where(line.handoff_id == row.id, line.staff_id.is_(None), line.sent_at >= since)
    return await session.scalar(theirs.limit(1)) is not None


async def from_borrower(session: AsyncSession, row: HandoffRow, *, text_sealed: bytes, now: datetime) -> None:
    """Keep what the borrower wrote and owe it to the desk."""
    line = await _keep(session, row, staff_id=None, text_sealed=text_sealed, now=now)
    await _owe_desk(session, row, "borrower_message", {"text": Said(line.id)}, f"handoff-message:{line.id}", now)


async def end_for_borrower(session: AsyncSession, row: HandoffRow, staff: Staff, *, now: datetime) -> None:
    """The officer is done: the bot answers again, and the borrower is told so. Nothing where nobody talks."""
    if not row.talking or row.claimed_by is None:
        return
    row.talking = False
    await outbox.enqueue(
        session,
        now=now,
        kind="conversation_ended",
        borrower_id=row.borrower_id,
        message_class=MessageClass.SERVICE,
        params={"reference": row.reference, "officer_name": staff.name_of(row.claimed_by)},
        dedupe_key=f"handoff:{row.id}:ended:{uuid4().hex}",
        handoff_id=row.id,
    )


async def end_for_desk(session: AsyncSession, row: HandoffRow, *, now: datetime) -> None:
    """The borrower left the conversation, and the desk is told so."""
    row.talking = False
    await _owe_desk(session, row, "conversation_ended", {}, f"handoff:{row.id}:ended:{uuid4().hex}", now)
    await card_changed(session, row, now=now)


async def _keep(
    session: AsyncSession, row: HandoffRow, *, staff_id: int | None, text_sealed: bytes, now: datetime
) -> HandoffMessageRow:
    line = HandoffMessageRow(handoff_id=row.id, staff_id=staff_id, text_sealed=text_sealed, sent_at=now)
    session.add(line)
    await session.flush()
    return line


async def _owe_desk(
    session: AsyncSession, row: HandoffRow, kind: str, params: MessageParams, dedupe_key: str, now: datetime
) -> None:
    await outbox.enqueue(
        session,
        now=now,
        kind=kind,
        borrower_id=None,
        message_class=MessageClass.DESK,
        params={"reference": row.reference, "kind": HandoffKind(row.kind).label, **params},
        dedupe_key=dedupe_key,
        handoff_id=row.id,
    )
