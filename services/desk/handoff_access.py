"""Finding a handoff for the officer who acts on it, and what a handoff looks like from outside."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.configuration.staff import Permission, Staff
from services.desk.handoff_states import (
    AlreadyClaimed,
    ClaimedByAnother,
    DeskAction,
    HandoffClosed,
    HandoffKind,
    HandoffStatus,
    NotClaimed,
)
from services.errors import NotFound
from services.models import ApplicationRow, HandoffRow

PERMISSION_FOR: Mapping[DeskAction, Permission] = MappingProxyType(
    {
        DeskAction.CLAIM: Permission.CLAIM,
        DeskAction.VIEW_DOCUMENTS: Permission.VIEW_DOCUMENTS,
        DeskAction.ASK_INFORMATION: Permission.ASK_INFORMATION,
        DeskAction.APPROVE: Permission.DECIDE,
        DeskAction.DECLINE: Permission.DECIDE,
        DeskAction.CONFIRM_PAYOUT: Permission.PAY_OUT,
        DeskAction.REFUSE_DRAW: Permission.PAY_OUT,
        DeskAction.CONFIRM_RECEIPT: Permission.CONFIRM_RECEIPTS,
        DeskAction.REJECT_RECEIPT: Permission.CONFIRM_RECEIPTS,
        DeskAction.EXTEND: Permission.DECIDE,
        DeskAction.REFUSE_EXTENSION: Permission.DECIDE,
        DeskAction.TALK: Permission.ANSWER_BORROWER,
        DeskAction.STOP_TALKING: Permission.ANSWER_BORROWER,
        DeskAction.HAND_BACK: Permission.CLAIM,
        DeskAction.CLOSE: Permission.CLAIM,
    }
)
"""What each act on a card takes."""


@dataclass(frozen=True, slots=True)
class Handoff:
    """A matter that a human is needed for."""

    id: int
    reference: str
    kind: HandoffKind
    status: HandoffStatus
    borrower_id: int
    application_id: int | None
    loan_id: int | None
    payment_id: int | None
    opened_at: datetime
    claimed_by: int | None
    """Staff id of the officer who has it."""
    claimed_by_name: str | None
    talking: bool
    """Whether that officer speaks with the borrower through the bot just now."""


def view(row: HandoffRow, staff: Staff) -> Handoff:
    """The handoff without what the borrower wrote."""
    return Handoff(
        id=row.id,
        reference=row.reference,
        kind=HandoffKind(row.kind),
        status=HandoffStatus(row.status),
        borrower_id=row.borrower_id,
        application_id=row.application_id,
        loan_id=row.loan_id,
        payment_id=row.payment_id,
        opened_at=row.opened_at,
        claimed_by=row.claimed_by,
        claimed_by_name=None if row.claimed_by is None else staff.name_of(row.claimed_by),
        talking=row.talking,
    )


async def locked(session: AsyncSession, handoff_id: int) -> HandoffRow:
    """The row, read afresh and locked until the transaction ends. Raises NotFound."""
    query = select(HandoffRow).where(HandoffRow.id == handoff_id)
    row = await session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    return row


async def lock_application_of(session: AsyncSession, handoff_id: int) -> None:
    """Lock the application that the handoff is about, if it is about one: before the handoff itself, in the order in
    which a decision or a withdrawal locks them."""
    about = select(HandoffRow.application_id).where(HandoffRow.id == handoff_id)
    locked_first = select(ApplicationRow).where(ApplicationRow.id == about.scalar_subquery())
    await session.execute(locked_first.with_for_update().execution_options(populate_existing=True))


async def claimable(session: AsyncSession, staff: Staff, staff_id: int, handoff_id: int) -> HandoffRow:
    """A handoff that is free or that the officer has already, locked. Raises NotFound, `HandoffClosed`,
    `AlreadyClaimed`."""
    row = await locked(session, handoff_id)
    if row.status == HandoffStatus.CLOSED:
        raise HandoffClosed(reference=row.reference)
    if row.claimed_by not in (None, staff_id):
        raise AlreadyClaimed(name=staff.name_of(row.claimed_by))
    return row


async def own(
    session: AsyncSession, staff: Staff, staff_id: int, handoff_id: int, *, or_taken_over: bool = False
) -> HandoffRow:
    """The handoff that the officer has, locked; with `or_taken_over` also another's, for those who may take over.
    Raises NotFound, `HandoffClosed`, `NotClaimed`, `ClaimedByAnother`."""
    row = await locked(session, handoff_id)
    if row.status == HandoffStatus.CLOSED:
        raise HandoffClosed(reference=row.reference)
    if row.claimed_by is None:
        raise NotClaimed(reference=row.reference)
    if row.claimed_by != staff_id and not (or_taken_over and staff.may(staff_id, Permission.TAKE_OVER)):
        raise ClaimedByAnother(name=staff.name_of(row.claimed_by))
    return row


def require_in_hand(handoff: Handoff, staff_id: int) -> None:
    """Raises `HandoffClosed`, `NotClaimed` or `ClaimedByAnother` unless that officer has it."""
    if handoff.status is HandoffStatus.CLOSED:
        raise HandoffClosed(reference=handoff.reference)
    if handoff.claimed_by is None:
        raise NotClaimed(reference=handoff.reference)
    if handoff.claimed_by != staff_id:
        raise ClaimedByAnother(name=handoff.claimed_by_name or "")
