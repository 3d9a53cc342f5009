"""Draws as rows: finding and locking one, and the occasion of its payout."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.errors import NotFound
from services.models import DrawRow


async def find_draw(session: AsyncSession, draw_id: int, borrower_id: int | None = None) -> DrawRow:
    """Raises NotFound, also for somebody else's."""
    draw = await session.get(DrawRow, draw_id)
    if draw is None or (borrower_id is not None and draw.borrower_id != borrower_id):
        raise NotFound
    return draw


async def lock_draw(session: AsyncSession, draw_id: int) -> DrawRow:
    """The draw, read afresh and locked; its loan is locked before."""
    return await session.get_one(DrawRow, draw_id, with_for_update=True, populate_existing=True)


def handoff_key(draw_id: int) -> str:
    """The occasion of the handoff that asks for the draw's payout."""
    return f"draw:{draw_id}:payout"
