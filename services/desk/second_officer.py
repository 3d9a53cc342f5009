"""Separation of duties, where the lender asks for four eyes: whoever approved a loan neither pays it out nor decides
whether its end is moved."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.configuration.staff import Staff
from services.errors import NotAllowed
from services.models import DecisionRow


class SecondOfficerNeeded(NotAllowed):
    """The officer approved this loan, so that a colleague pays it out."""

    key = "staff.second_officer_needed"


class OtherOfficerDecides(NotAllowed):
    """The officer approved this loan, so that a colleague decides whether it is extended."""

    key = "staff.other_officer_decides"


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
