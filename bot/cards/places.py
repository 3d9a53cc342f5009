"""Where a handoff's card stands at the desk, for whatever belongs under it."""

from services.assembly import Services
from services.desk.desk_messages import DeskMessage


async def card_at_desk(services: Services, handoff_id: int) -> DeskMessage | None:
    """The handoff's first card in the desk's own chat; None when it has none there."""
    desk = services.staff.desk
    for card in await services.handoffs.card_messages(handoff_id):
        if desk is not None and card.chat_id == desk.chat_id:
            return card
    return None
