"""No update that was acknowledged to Telegram is lost, and none is given up."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.inbox.inbox import KEPT_FOR
from services.inbox.inbox_states import InboxStatus
from services.models import InboxRow

CLOCKS_DIFFER_BY: Final = timedelta(hours=3)
"""At most, when they were turned meanwhile."""


async def unhandled_updates(session: AsyncSession, acknowledged: Mapping[int, datetime], now: datetime) -> list[str]:
    """`acknowledged` are the updates that Telegram has forgotten since the last time this was asked, by their ids, and
    when it did. The inbox remembers what it has done for some days. Asked when all is at rest."""
    remembered = now - KEPT_FOR + CLOCKS_DIFFER_BY
    query = select(InboxRow.update_id, InboxRow.status, InboxRow.failure)
    rows = {number: (status, why) for number, status, why in (await session.execute(query))}
    lost = [
        f"update {number} was acknowledged and is nowhere"
        for number, at in acknowledged.items()
        if number not in rows and at > remembered
    ]
    return lost + [
        f"update {number} is {status}, {why}" for number, (status, why) in rows.items() if status != InboxStatus.DONE
    ]
