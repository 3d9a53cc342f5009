"""What officers did, for the audit log."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.audit.acts import Actor, record_act
from services.messages.message_params import MessageParams


def record_action(
    session: AsyncSession,
    *,
    now: datetime,
    staff_id: int,
    action: str,
    subject: str,
    details: MessageParams | None = None,
) -> None:
    """Note, in the caller's transaction, that the officer did it. `subject` is what was acted on as kind and identity,
    such as `application:17`; `details` name figures, never a person's words."""
    record_act(session, now=now, actor=Actor.STAFF, actor_id=staff_id, action=action, subject=subject, details=details)
