"""Where people stand in their dialogues, loaded for each update and kept with what the update brought about. Never what
they answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from sqlalchemy import bindparam, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.db import Database
from services.models import BorrowerRow, ConversationRow, OutboxRow
from services.upserts import Insert, insert_for


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
        async with self._database.reading() as session:
            step, place, last_told = (await session.execute(_STANDS, {"user": user_id})).one()
        return Conversation(step, place or {}, last_told)

    async def keep(self, session: AsyncSession, user_id: int, step: str | None, place: Mapping[str, Any]) -> None:
        """Replace, in the caller's transaction, where the person stands (`step` at most 64 characters)."""
        await session.execute(_keep(session), {"user_id": user_id, "step": step, "place": dict(place)})


_TOLD: Final = (
    select(func.max(OutboxRow.telegram_message_id))
    .join(BorrowerRow, BorrowerRow.id == OutboxRow.borrower_id)
    .where(BorrowerRow.telegram_id == bindparam("user"))
)
_HERE: Final = select(literal(1).label("here")).subquery()
_STANDS: Final = (
    select(ConversationRow.step, ConversationRow.place, _TOLD.scalar_subquery())
    .select_from(_HERE)
    .outerjoin(ConversationRow, ConversationRow.user_id == bindparam("user"))
)
"""Asked for every update, and built once."""


def _keep(session: AsyncSession) -> Insert:
    return _keep_on(session.get_bind().dialect.name)


@cache
def _keep_on(dialect: str) -> Insert:
    statement = insert_for(dialect, ConversationRow)
    stands = {"step": statement.excluded.step, "place": statement.excluded.place}
    return statement.on_conflict_do_update(index_elements=["user_id"], set_=stands)
