"""What the officers are told so that they call the operator: something needs a hand at the machine."""

from bot.announcements import Announcement, Announcing, announces
from services.inbox.quarantine import QUARANTINED


@announces(QUARANTINED)
async def updates_quarantined(a: Announcing) -> Announcement | None:
    """How many messages of people were given up, unless somebody has seen to them."""
    count = (await a.services.inbox.state()).quarantined
    return Announcement(a.t.n("desk.quarantined", count)) if count else None
