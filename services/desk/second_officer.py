"""Separation of duties: no one both approves a loan and pays it out, where the lender asks for four eyes."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.configuration.staff import Staff
from services.errors import NotAllowed
from services.models import DecisionRow


class SecondOfficerNeeded(NotAllowed):
    """The officer approved this loan, so that a colleague pays it out."""

    key = "staff.second_officer_needed"


async def require_second_officer(session: AsyncSession, staff: Staff, staff_id: int, application_id: int) -> None:
    """Raises `SecondOfficerNeeded` when the lender asks for four eyes and it was this officer who decided."""
    if not staff.four_eyes:
        return
    decided = select(DecisionRow.id).where(
        DecisionRow.application_id == application_id, DecisionRow.staff_id == staff_id
    )
    if await session.scalar(decided.limit(1)) is not None:
        raise SecondOfficerNeeded
