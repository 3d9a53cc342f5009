"""The record of what officers did."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.messages.message_params import MessageParams, encode_params
from services.models import StaffActionRow


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
    session.add(
        StaffActionRow(
            staff_id=staff_id, action=action, subject=subject, details=encode_params(details or {}), acted_at=now
        )
    )
