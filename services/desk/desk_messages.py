"""Which message in the officers' chat belongs to which handoff."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, select

from services.configuration.staff import Staff
from services.db import Database
from services.desk.handoff_access import Handoff, view
from services.models import DeskMessageRow, HandoffRow
from services.upserts import insert_into


@dataclass(frozen=True, slots=True)
class DeskMessage:
    """A message in an officers' chat. `thread_id` is its topic in a forum."""

    chat_id: int
    message_id: int
    thread_id: int | None


class DeskMessages:
    """Remembers the cards, to change them when their handoff does, and every relayed line, to know what an officer
    replies to."""

    def __init__(self, database: Database, staff: Staff) -> None:
        self._database = database
        self._staff = staff

    async def card_sent(self, handoff_id: int, chat_id: int, message_id: int, thread_id: int | None = None) -> None:
        """The handoff's card stands there."""
        await self._remember(handoff_id, DeskMessage(chat_id, message_id, thread_id), is_card=True)

    async def relayed(self, handoff_id: int, chat_id: int, message_id: int, thread_id: int | None = None) -> None:
        """Another message of the handoff stands there, such as the borrower's words or a paper."""
        await self._remember(handoff_id, DeskMessage(chat_id, message_id, thread_id), is_card=False)

    async def _remember(self, handoff_id: int, message: DeskMessage, *, is_card: bool) -> None:
        async with self._database.transaction() as session:
            statement = insert_into(session, DeskMessageRow).values(
                handoff_id=handoff_id,
                chat_id=message.chat_id,
                message_id=message.message_id,
                thread_id=message.thread_id,
                is_card=is_card,
            )
            await session.execute(statement.on_conflict_do_nothing(index_elements=["chat_id", "message_id"]))

    async def card_messages(self, handoff_id: int) -> list[DeskMessage]:
        """Where the handoff's cards stand, oldest first."""
        query = select(DeskMessageRow).where(DeskMessageRow.handoff_id == handoff_id, DeskMessageRow.is_card)
        async with self._database.reading() as session:
            rows = await session.scalars(query.order_by(DeskMessageRow.id))
            return [DeskMessage(row.chat_id, row.message_id, row.thread_id) for row in rows]

    async def thread_of(self, handoff_id: int, chat_id: int) -> int | None:
        """The topic that the handoff has in that forum."""
        query = select(DeskMessageRow.thread_id).where(
            DeskMessageRow.handoff_id == handoff_id,
            DeskMessageRow.chat_id == chat_id,
            DeskMessageRow.thread_id.is_not(None),
        )
        async with self._database.reading() as session:
            thread_id: int | None = await session.scalar(query.order_by(DeskMessageRow.id).limit(1))
            return thread_id

    async def handoff_of_message(self, chat_id: int, message_id: int) -> Handoff | None:
        """The handoff that the message in the officers' chat belongs to."""
        return await self._find(DeskMessageRow.chat_id == chat_id, DeskMessageRow.message_id == message_id)

    async def handoff_of_thread(self, chat_id: int, thread_id: int) -> Handoff | None:
        """The handoff whose card opened that topic of the forum; the last one, should there be several."""
        return await self._find(
            DeskMessageRow.chat_id == chat_id, DeskMessageRow.thread_id == thread_id, DeskMessageRow.is_card.is_(True)
        )

    async def _find(self, *conditions: ColumnElement[bool]) -> Handoff | None:
        query = select(HandoffRow).join(DeskMessageRow, DeskMessageRow.handoff_id == HandoffRow.id).where(*conditions)
        async with self._database.reading() as session:
            row = await session.scalar(query.order_by(DeskMessageRow.id.desc()).limit(1))
            return None if row is None else view(row, self._staff)
