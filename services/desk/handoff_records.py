"""Opening and closing handoffs inside another use case's transaction."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.configuration.staff import Staff
from services.desk.handoff_states import ClaimedByAnother, HandoffKind, HandoffStatus
from services.messages import outbox
from services.messages.message_params import MessageParams, encode_params
from services.messages.outbox import MessageClass
from services.messages.outbox_bulk import OwedMessage, enqueue_many
from services.models import HandoffRow
from services.references import new_reference
from services.upserts import insert_into


async def open_handoff(
    session: AsyncSession,
    *,
    now: datetime,
    kind: HandoffKind,
    borrower_id: int,
    application_id: int | None = None,
    loan_id: int | None = None,
    payment_id: int | None = None,
    text_sealed: bytes | None = None,
    details: MessageParams | None = None,
    dedupe_key: str | None = None,
) -> HandoffRow:
    """Call in a human, in the caller's transaction, and owe the desk a card about it.

    With a `dedupe_key` (at most 96 characters) a handoff is opened once for that occasion, closed or not: a second
    call answers the first one's row. `text_sealed` is the person's text under the vault's seal; `details` are further
    typed values for the card, nothing personal. `now` is an aware UTC instant.
    """
    values = _opened(now, kind, borrower_id, details or {}, dedupe_key) | {
        "application_id": application_id,
        "loan_id": loan_id,
        "payment_id": payment_id,
        "text_sealed": text_sealed,
    }
    insert = insert_into(session, HandoffRow).values(values)
    unless_known = insert.on_conflict_do_nothing(index_elements=[HandoffRow.dedupe_key])
    row: HandoffRow | None = await session.scalar(unless_known.returning(HandoffRow))
    if row is None:
        known = await session.scalars(select(HandoffRow).where(HandoffRow.dedupe_key == dedupe_key))
        return known.one()
    await enqueue_many(session, [_card(row.id, row.reference, kind, loan_id)], now)
    return row


@dataclass(frozen=True, slots=True)
class Opening:
    """A handoff about a loan that is to be opened with others; see `open_handoff`."""

    borrower_id: int
    loan_id: int
    details: MessageParams
    dedupe_key: str


async def open_handoffs(session: AsyncSession, kind: HandoffKind, openings: Sequence[Opening], now: datetime) -> None:
    """Call in humans for many loans, in the caller's transaction, each as `open_handoff` does. No two may have one
    key."""
    if not openings:
        return
    values = [
        _opened(now, kind, each.borrower_id, each.details, each.dedupe_key) | {"loan_id": each.loan_id}
        for each in sorted(openings, key=lambda each: each.dedupe_key)
    ]
    unless_known = insert_into(session, HandoffRow).on_conflict_do_nothing(index_elements=[HandoffRow.dedupe_key])
    fresh = unless_known.returning(HandoffRow.id, HandoffRow.reference, HandoffRow.loan_id)
    rows = (await session.execute(fresh, values)).all()
    await enqueue_many(session, [_card(row.id, row.reference, kind, row.loan_id) for row in rows], now)


def _opened(
    now: datetime, kind: HandoffKind, borrower_id: int, details: MessageParams, dedupe_key: str | None
) -> dict[str, Any]:
    return {
        "reference": new_reference("H"),
        "kind": kind.value,
        "status": HandoffStatus.OPEN.value,
        "dedupe_key": dedupe_key,
        "borrower_id": borrower_id,
        "details": encode_params(details),
        "opened_at": now,
        "talking": False,
    }


def _card(handoff_id: int, reference: str, kind: HandoffKind, loan_id: int | None) -> OwedMessage:
    return OwedMessage(
        kind="desk_card",
        message_class=MessageClass.DESK,
        params={"reference": reference, "kind": kind.label},
        dedupe_key=f"handoff:{handoff_id}:card",
        handoff_id=handoff_id,
        loan_id=loan_id,
    )


async def close_handoffs(
    session: AsyncSession,
    *,
    now: datetime,
    kinds: Collection[HandoffKind],
    application_id: int | None = None,
    loan_id: int | None = None,
    payment_id: int | None = None,
    dedupe_key: str | None = None,
) -> int:
    """Close, in the caller's transaction, every open or claimed handoff of those kinds about that application, loan,
    payment or occasion, because its matter settled itself; answers how many. Every card is shown anew.

    Whoever calls holds what the handoff is about locked: that lock comes before the handoff's, everywhere.
    """
    rows = await _unsettled(session, kinds, application_id, loan_id, payment_id, dedupe_key)
    for row in rows:
        await close_row(session, row, now=now, staff_id=None)
    return len(rows)


async def settle_handoff(
    session: AsyncSession,
    staff: Staff,
    staff_id: int,
    *,
    now: datetime,
    kind: HandoffKind,
    application_id: int | None = None,
    loan_id: int | None = None,
    payment_id: int | None = None,
    dedupe_key: str | None = None,
) -> None:
    """Close the handoff of that kind because the officer did what it asks for. Locks as `close_handoffs` does.

    Raises `ClaimedByAnother` when a colleague has it by now: the act is then undone with the transaction.
    """
    for row in await _unsettled(session, (kind,), application_id, loan_id, payment_id, dedupe_key):
        if row.claimed_by not in (None, staff_id):
            raise ClaimedByAnother(name=staff.name_of(row.claimed_by))
        await close_row(session, row, now=now, staff_id=staff_id)


async def _unsettled(
    session: AsyncSession,
    kinds: Collection[HandoffKind],
    application_id: int | None,
    loan_id: int | None,
    payment_id: int | None,
    dedupe_key: str | None = None,
) -> Sequence[HandoffRow]:
    """The open and claimed ones, locked. Raises ValueError when nothing says what they are about."""
    about: list[ColumnElement[bool]] = []
    if application_id is not None:
        about.append(HandoffRow.application_id == application_id)
    if loan_id is not None:
        about.append(HandoffRow.loan_id == loan_id)
    if payment_id is not None:
        about.append(HandoffRow.payment_id == payment_id)
    if dedupe_key is not None:
        about.append(HandoffRow.dedupe_key == dedupe_key)
    if not about:
        raise ValueError("say what the handoffs are about")
    unsettled = HandoffRow.status != HandoffStatus.CLOSED
    query = select(HandoffRow).where(*about, unsettled, HandoffRow.kind.in_(kinds)).order_by(HandoffRow.id)
    locked = query.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(locked)).all()


async def close_row(session: AsyncSession, row: HandoffRow, *, now: datetime, staff_id: int | None) -> None:
    """Close one handoff whose row the caller holds locked."""
    row.status = HandoffStatus.CLOSED
    row.closed_at = now
    row.closed_by = staff_id
    row.talking = False
    await card_changed(session, row, now=now)


async def card_changed(session: AsyncSession, row: HandoffRow, *, now: datetime) -> None:
    """Owe the desk the card as it stands after this transaction."""
    await outbox.enqueue(
        session,
        now=now,
        kind="desk_card_changed",
        borrower_id=None,
        message_class=MessageClass.DESK,
        params={"reference": row.reference, "kind": HandoffKind(row.kind).label},
        # Every change is an occasion of its own, even two at one instant of a clock that stands still.
        dedupe_key=f"handoff:{row.id}:changed:{uuid4().hex}",
        handoff_id=row.id,
    )
