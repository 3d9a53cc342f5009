"""Nobody reads in their chat what belongs to somebody else."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.models import (
    ApplicationRow,
    BorrowerRow,
    ContractRow,
    DrawRow,
    ExtensionRow,
    HandoffRow,
    LoanRow,
    OfferRow,
    PaymentRow,
)
from simulation.connection import Sent
from simulation.identities import Identity

REFERENCED = (ApplicationRow, ContractRow, DrawRow, ExtensionRow, HandoffRow, LoanRow, OfferRow, PaymentRow)


async def secrets_of(session: AsyncSession, people: Mapping[int, Identity]) -> dict[int, set[str]]:
    """By Telegram id: what somebody told of themselves, and the references of all that is theirs."""
    secrets = {person: set(who.secrets) for person, who in people.items()}
    for model in REFERENCED:
        query = select(BorrowerRow.telegram_id, model.reference).join(BorrowerRow, BorrowerRow.id == model.borrower_id)
        for person, reference in await session.execute(query):
            secrets.setdefault(person, set()).add(reference)
    return secrets


def leaks(sent: Iterable[Sent], secrets: Mapping[int, set[str]]) -> list[str]:
    """Messages in a borrower's private chat that hold somebody else's secret."""
    return [
        f"{message.chat_id} was shown {word!r} of {owner} in message {message.message_id}"
        for message in sent
        if message.chat_id in secrets
        for owner, words in secrets.items()
        if owner != message.chat_id
        for word in _in(message.text, words)
    ]


def _in(text: str, words: Iterable[str]) -> Sequence[str]:
    return [word for word in words if word in text]
