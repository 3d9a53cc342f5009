"""Where people stand in their dialogues, loaded for each update and kept with what the update brought about. Never what
they answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from sqlalchemy import Row, and_, bindparam, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from services.db import Database
from services.models import Base, BorrowerRow, ConversationRow, HandoffRow, OutboxRow
from services.upserts import Insert, insert_for


@dataclass(frozen=True, slots=True)
class Conversation:
    """`step` is None for somebody at none; `place` is what the step is about: ids and codes. `last_told` is Telegram's
    id of the last message that the outbox brought to the person."""

    step: str | None
    place: Mapping[str, Any]
    last_told: int | None = None
    person: Row[Any] | None = None
    """The person's row among the borrowers; None for somebody who is not known."""
    talks: bool = False
    """Whether an officer talks with the person."""


class Conversations:
    """One conversation for each person, in their private chat."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self, user_id: int) -> Conversation:
        """Where the person with that Telegram id stands, and who it is, in one query; at no step when nothing is
        known."""
        async with self._database.looking() as connection:
            row = (await connection.execute(_STANDS, {"user": user_id})).one()
        return Conversation(row.step, row.place or {}, row.last_told, None if row.id is None else row, row.talks)

    async def keep(
        self, session: AsyncSession | AsyncConnection, user_id: int, step: str | None, place: Mapping[str, Any]
    ) -> None:
        """Replace, in the caller's transaction, where the person stands (`step` at most 64 characters)."""
        await self.keep_all(session, {user_id: (step, place)})

    async def keep_all(
        self,
        session: AsyncSession | AsyncConnection,
        steps: Mapping[int, tuple[str | None, Mapping[str, Any]]],
    ) -> None:
        """The same for several persons."""
        rows = [{"user_id": user, "step": step, "place": dict(place)} for user, (step, place) in steps.items()]
        if rows:
            await session.execute(_keep_on(_dialect(session)), rows)


_CONVERSATIONS: Final = Base.metadata.tables[ConversationRow.__tablename__]
_BORROWERS: Final = Base.metadata.tables[BorrowerRow.__tablename__]
_HANDOFFS: Final = Base.metadata.tables[HandoffRow.__tablename__]
_OUTBOX: Final = Base.metadata.tables[OutboxRow.__tablename__]
_USER: Final = bindparam("user", type_=_BORROWERS.c.telegram_id.type)
_TOLD: Final = (
    select(func.max(_OUTBOX.c.telegram_message_id)).where(_OUTBOX.c.borrower_id == _BORROWERS.c.id).scalar_subquery()
)
_TALKS: Final = (
    select(literal(1)).where(_HANDOFFS.c.borrower_id == _BORROWERS.c.id, _HANDOFFS.c.talking).correlate(_BORROWERS)
).exists()
_HERE: Final = select(literal(1).label("here")).subquery()
_STANDS: Final = (
    select(
        _CONVERSATIONS.c.step,
        _CONVERSATIONS.c.place,
        _TOLD.label("last_told"),
        and_(_BORROWERS.c.id.is_not(None), _TALKS).label("talks"),
        *(_BORROWERS.c[name] for name in BorrowerRow.KNOWN_BY),
    )
    .select_from(_HERE)
    .outerjoin(_CONVERSATIONS, _CONVERSATIONS.c.user_id == _USER)
    .outerjoin(_BORROWERS, _BORROWERS.c.telegram_id == _USER)
)
"""Asked for every update, and built once."""


def _dialect(session: AsyncSession | AsyncConnection) -> str:
    return session.dialect.name if isinstance(session, AsyncConnection) else session.get_bind().dialect.name


@cache
def _keep_on(dialect: str) -> Insert:
    statement = insert_for(dialect, ConversationRow)
    stands = {"step": statement.excluded.step, "place": statement.excluded.place}
    return statement.on_conflict_do_update(index_elements=["user_id"], set_=stands)
