"""Where people stand in their dialogues, kept over a restart. Never what they answered."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, select

from services.db import Database
from services.models import ConversationPlaceRow, ConversationStepRow
from services.upserts import insert_into


class ConversationSteps:
    """One step for each dialogue, chat and person, named as the dialogue names it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self, dialogue: str) -> dict[tuple[int, int], str]:
        """Every (chat id, user id) that is in the middle of the dialogue, with its step."""
        async with self._database.reading() as session:
            rows = await session.scalars(select(ConversationStepRow).where(ConversationStepRow.dialogue == dialogue))
            return {(row.chat_id, row.user_id): row.step for row in rows}

    async def store(self, dialogue: str, key: tuple[int, int], step: str | None) -> None:
        """Note that (chat id, user id) stands at `step` (at most 64 characters); None means they left the dialogue."""
        chat_id, user_id = key
        if step is None:
            await self.delete(dialogue, key)
            return
        async with self._database.transaction() as session:
            statement = insert_into(session, ConversationStepRow).values(
                dialogue=dialogue, chat_id=chat_id, user_id=user_id, step=step
            )
            await session.execute(
                statement.on_conflict_do_update(
                    index_elements=["dialogue", "chat_id", "user_id"], set_={"step": statement.excluded.step}
                )
            )

    async def delete(self, dialogue: str, key: tuple[int, int]) -> None:
        """Forget where (chat id, user id) stands in the dialogue; nothing to forget is no error."""
        chat_id, user_id = key
        async with self._database.transaction() as session:
            await session.execute(
                delete(ConversationStepRow).where(
                    ConversationStepRow.dialogue == dialogue,
                    ConversationStepRow.chat_id == chat_id,
                    ConversationStepRow.user_id == user_id,
                )
            )

    async def load_places(self) -> dict[int, dict[str, Any]]:
        """What each person's step is about, by user id: ids and codes only."""
        async with self._database.reading() as session:
            rows = await session.scalars(select(ConversationPlaceRow))
            return {row.user_id: dict(row.place) for row in rows}

    async def store_place(self, user_id: int, place: Mapping[str, Any]) -> None:
        """Replace what the person's step is about."""
        async with self._database.transaction() as session:
            statement = insert_into(session, ConversationPlaceRow).values(user_id=user_id, place=dict(place))
            await session.execute(
                statement.on_conflict_do_update(index_elements=["user_id"], set_={"place": statement.excluded.place})
            )
