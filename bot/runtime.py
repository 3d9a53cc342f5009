"""What every update's context and the sender share: one object for the life of the application."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from telegram import Update

from bot.i18n import Catalogues, Translator
from bot.papers.press import Press
from services.assembly import Services

if TYPE_CHECKING:
    from bot.context import LoanlineContext

CONVERSATION = "borrower"
"""Name of the one conversation that borrowers are in."""


@dataclass(slots=True)
class ChatMemory:
    """What the bot remembers of its chats between updates, lost at a restart without harm: a card that is not known to
    be the newest is answered by a new message instead of an edit."""

    newest: dict[int, int] = field(default_factory=dict)
    """By chat: id of the newest message, whoever sent it."""
    card: dict[int, int] = field(default_factory=dict)
    """By chat: id of the bot's last dialogue card whose buttons still show."""

    def saw(self, chat_id: int, message_id: int) -> None:
        self.newest[chat_id] = max(message_id, self.newest.get(chat_id, 0))

    def is_newest(self, chat_id: int, message_id: int) -> bool:
        return self.newest.get(chat_id) == message_id


@dataclass(slots=True)
class Runtime:
    services: Services
    catalogues: Catalogues
    press: Press = field(default_factory=Press)
    """Draws schedule pictures; the papers come through the services."""
    memory: ChatMemory = field(default_factory=ChatMemory)
    show_current: "Callable[[Update, LoanlineContext], Awaitable[None]] | None" = None
    """Shows again the question that the person is at; the dialogues set it, the error edge uses it after a press of an
    outdated button."""

    @property
    def desk(self) -> Translator:
        """The officers' language: the desk's, without a desk the lender's first."""
        lender, desk = self.services.lender, self.services.staff.desk
        return self.catalogues.translator(desk.language if desk else lender.languages[0], lender.time_zone)
