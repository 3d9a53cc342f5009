"""No update that was acknowledged to Telegram is lost, and none is given up."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.inbox.inbox_states import InboxStatus
from services.models import InboxRow


async def unhandled_updates(session: AsyncSession, acknowledged: Collection[int]) -> list[str]:
    """`acknowledged` are the ids of the updates that Telegram has forgotten since the last time this was asked. Asked
    when all is at rest."""
    query = select(InboxRow.update_id, InboxRow.status, InboxRow.failure)
    rows = {number: (status, why) for number, status, why in (await session.execute(query))}
    lost = [f"update {number} was acknowledged and is nowhere" for number in acknowledged if number not in rows]
    return lost + [
        f"update {number} is {status}, {why}" for number, (status, why) in rows.items() if status != InboxStatus.DONE
    ]
