"""Separation of duties, where the lender asks for four eyes: whoever approved a loan neither pays it out nor decides
whether its end is moved."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.configuration.staff import Staff
from services.desk.handoff_states import HandoffKind
from services.errors import NotAllowed
from services.models import DecisionRow, HandoffRow, LoanRow


class SecondOfficerNeeded(NotAllowed):
    """The officer approved this loan, so that a colleague pays it out."""

    key = "staff.second_officer_needed"


class OtherOfficerDecides(NotAllowed):
    """The officer approved this loan, so that a colleague decides whether it is extended."""

    key = "staff.other_officer_decides"


async def payout_of(session: AsyncSession, handoff: HandoffRow) -> int | None:
    """The application whose money the handoff asks for: the first payout of its loan, or a draw on it; None for any
    other kind."""
    if handoff.kind == HandoffKind.PAYOUT:
        return handoff.application_id
    if handoff.kind == HandoffKind.DRAW and handoff.loan_id is not None:
        return (await session.get_one(LoanRow, handoff.loan_id)).application_id
    return None


async def require_second_officer(session: AsyncSession, staff: Staff, staff_id: int, application_id: int) -> None:
    """Raises `SecondOfficerNeeded` when the lender asks for four eyes and it was this officer who decided."""
    if staff.four_eyes and await _decided(session, staff_id, application_id):
        raise SecondOfficerNeeded


async def require_other_officer(session: AsyncSession, staff: Staff, staff_id: int, application_id: int) -> None:
    """Raises `OtherOfficerDecides` when the lender asks for four eyes and it was this officer who granted the loan:
    nobody hides a loan of their own that goes wrong behind a later end."""
    if staff.four_eyes and await _decided(session, staff_id, application_id):
        raise OtherOfficerDecides


async def _decided(session: AsyncSession, staff_id: int, application_id: int) -> bool:
    decided = select(DecisionRow.id).where(
        DecisionRow.application_id == application_id, DecisionRow.staff_id == staff_id
    )
    return await session.scalar(decided.limit(1)) is not None
