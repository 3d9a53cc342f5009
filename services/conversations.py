"""Where people stand in their dialogues, loaded for each update and kept with what the update brought about. Never what
they answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.db import Database
from services.models import BorrowerRow, ConversationRow, OutboxRow
from services.upserts import insert_into


@dataclass(frozen=True, slots=True)
class Conversation:
    """`step` is None for somebody at none; `place` is what the step is about: ids and codes. `last_told` is Telegram's
    id of the last message that the outbox brought to the person."""

    step: str | None
    place: Mapping[str, Any]
    last_told: int | None = None


class Conversations:
    """One conversation for each person, in their private chat."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self, user_id: int) -> Conversation:
        """Where the person with that Telegram id stands; at no step when nothing is known."""
        told = (
            select(func.max(OutboxRow.telegram_message_id))
            .join(BorrowerRow, BorrowerRow.id == OutboxRow.borrower_id)
            .where(BorrowerRow.telegram_id == user_id)
        )
        here = select(literal(1).label("here")).subquery()
        query = (
            select(ConversationRow.step, ConversationRow.place, told.scalar_subquery())
            .select_from(here)
            .outerjoin(ConversationRow, ConversationRow.user_id == user_id)
        )
        async with self._database.reading() as session:
            step, place, last_told = (await session.execute(query)).one()
        return Conversation(step, place or {}, last_told)

    async def keep(self, session: AsyncSession, user_id: int, step: str | None, place: Mapping[str, Any]) -> None:
        """Replace, in the caller's transaction, where the person stands (`step` at most 64 characters)."""
        statement = insert_into(session, ConversationRow).values(user_id=user_id, step=step, place=dict(place))
        stands = {"step": statement.excluded.step, "place": statement.excluded.place}
        await session.execute(statement.on_conflict_do_update(index_elements=["user_id"], set_=stands))
