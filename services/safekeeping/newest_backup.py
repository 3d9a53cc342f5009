"""Of when the newest backup is that was verified, as the database tells whoever watches the bot."""

from datetime import datetime
from typing import Final

from services.leases import Leases

WORK: Final = "verified backup"
"""Under this name it stands among the work that is done."""


async def note_verified(leases: Leases, made_at: datetime) -> None:
    """A backup of that moment (aware) was verified. One that is older than another one changes nothing."""
    newest = await newest_verified(leases)
    if newest is None or newest < made_at:
        await leases.mark_done(WORK, made_at)


async def newest_verified(leases: Leases) -> datetime | None:
    """Of which moment (UTC) the newest verified backup is; None when there is none."""
    return await leases.done_at(WORK)
