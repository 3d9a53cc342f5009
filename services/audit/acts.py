"""Recording acts. An entry is written in the transaction of the act: there is neither without the other."""

from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from services.messages.message_params import MessageParams, encode_params
from services.models import AuditEntryRow


class Actor(StrEnum):
    """Who acts."""

    STAFF = "staff"
    BORROWER = "borrower"
    GATEWAY = "gateway"
    """The payment provider, speaking through Telegram."""
    OPERATOR = "operator"
    """Whoever runs the commands of the machine."""


WITHDREW: Final = "withdrew"
"""The act of a borrower who takes an application or a request for an extension back."""


def record_act(
    session: AsyncSession,
    *,
    now: datetime,
    actor: Actor,
    actor_id: int | None = None,
    action: str,
    subject: str,
    details: MessageParams | None = None,
) -> None:
    """Note the act in the caller's transaction. `actor_id` is an officer's Telegram id or a borrower's row; `action` a
    verb in the past, `subject` what was acted on as kind and identity, such as `application:17`; `details` name figures
    and codes, never a person's words, name, number or address."""
    session.add(
        AuditEntryRow(
            actor=actor,
            actor_id=actor_id,
            action=action,
            subject=subject,
            details=encode_params(details or {}),
            acted_at=now,
        )
    )


def borrower_did(
    session: AsyncSession,
    borrower_id: int,
    action: str,
    subject: str | None = None,
    *,
    now: datetime,
    details: MessageParams | None = None,
) -> None:
    """Note what a borrower did, to themselves where no `subject` is given."""
    record_act(
        session,
        now=now,
        actor=Actor.BORROWER,
        actor_id=borrower_id,
        action=action,
        subject=subject or f"borrower:{borrower_id}",
        details=details,
    )


def operator_did(
    session: AsyncSession, action: str, subject: str, *, now: datetime, details: MessageParams | None = None
) -> None:
    """Note what was done by a command of the machine, such as a change of keys."""
    record_act(session, now=now, actor=Actor.OPERATOR, action=action, subject=subject, details=details)
