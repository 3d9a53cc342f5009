"""One update being handled: where the person stands, and when what it brings about becomes permanent.

What the services change during a turn is one transaction. It is committed, together with the mark that the update has
acted, right before the first word that is said after it; so nobody is told of something that did not happen, no
transaction waits for Telegram, and an update that is handled again never acts twice.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from copy import deepcopy
from typing import Any, Final

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.wording.i18n import Translator
from services.conversations import Conversation, Conversations
from services.inbox.endings import Endings, Standing
from services.inbox.inbox import Inbox
from services.inbox.inbox_states import InboxEntry
from services.people.borrowers import Borrower
from services.units import UnitOfWork, working_in

SAYS_NOTHING: Final = frozenset(
    {"sendChatAction", "getFile", "getMe", "getChatMember", "answerCallbackQuery", "deleteMessage", "getUpdates"}
)
"""Methods of the Bot API that tell nobody what an update brought about."""
NEWEST: Final = "newest"
"""Where a place keeps the id of the newest message in the private chat, whoever sent it."""


class Turn:
    """The handling of one update by one worker."""

    def __init__(
        self,
        entry: InboxEntry,
        unit: UnitOfWork,
        inbox: Inbox,
        conversations: Conversations,
        endings: Endings,
        *,
        user_id: int | None,
        private: bool,
    ) -> None:
        self.entry = entry
        self.private = private
        """Whether the update belongs to the person's own chat with the bot."""
        self.step: str | None = None
        self.place: dict[str, Any] = {}
        self.borrower: Borrower | None = None
        self.translator: Translator | None = None
        self.failure: Exception | None = None
        """Why the turn cannot be ended; the first reason counts."""
        self._unit = unit
        self._inbox = inbox
        self._conversations = conversations
        self._endings = endings
        self._user_id = user_id
        self._loaded = Conversation(None, {})

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Everything that this task does meanwhile is part of the turn."""
        token = _TURN.set(self)
        try:
            with working_in(self._unit):
                yield
        finally:
            _TURN.reset(token)

    async def load(self) -> None:
        """Learn where the person stands."""
        if self._user_id is None:
            return
        self._loaded = await self._conversations.load(self._user_id)
        self.step = self._loaded.step if self.private else None
        self.place = deepcopy(dict(self._loaded.place))
        if self.private:
            self.saw(self._loaded.last_told or 0)

    @property
    def person(self) -> Row[Any] | None:
        """The row of whoever the update came from, as it was read when the turn began."""
        return self._loaded.person

    @property
    def talks(self) -> bool:
        """Whether an officer talked with the person when the turn began."""
        return self._loaded.talks

    def saw(self, message_id: int) -> None:
        """Note a message of the private chat."""
        if message_id > self.place.get(NEWEST, 0):
            self.place[NEWEST] = message_id

    async def before_word(self) -> None:
        """Make permanent what the update has brought about so far. Raises ClaimLost."""
        if self._unit.changed:
            await self._unit.commit(self._acted)

    async def finish(self) -> None:
        """Make the rest permanent, with the step, and the update done. Raises ClaimLost."""
        if self._unit.changed:
            await self._unit.commit(self._done)
        else:
            await self._endings.end(self.entry, self._standing())

    async def fail(self, failure: Exception) -> None:
        """Undo what is not permanent: the update will be tried again, or given up."""
        self.failure = self.failure or failure
        await self._unit.rollback()

    async def release(self) -> None:
        """Leave no transaction behind, whatever ended the turn."""
        if self._unit.changed:
            await self._unit.rollback()

    async def _acted(self, connection: AsyncConnection) -> None:
        await self._inbox.mark_acted(connection, self.entry)

    async def _done(self, connection: AsyncConnection) -> None:
        standing = self._standing()
        if standing is not None:
            await self._conversations.keep(connection, standing.user_id, standing.step, standing.place)
        await self._inbox.mark_done(connection, self.entry)

    def _standing(self) -> Standing | None:
        """Where the person stands in the end; None where nothing has changed."""
        step = self.step if self.private else self._loaded.step
        if self._user_id is None or (step, self.place) == (self._loaded.step, dict(self._loaded.place)):
            return None
        return Standing(self._user_id, step, self.place)


_TURN: ContextVar[Turn | None] = ContextVar("turn", default=None)


def turn_under_way() -> Turn | None:
    """The turn that the present task belongs to, if it belongs to one."""
    return _TURN.get()


async def before_calling(method: str) -> None:
    """To be awaited before each call of the Bot API. Raises ClaimLost."""
    turn = _TURN.get()
    if turn is not None and method not in SAYS_NOTHING:
        await turn.before_word()
