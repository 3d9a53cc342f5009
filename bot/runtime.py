"""What every update's context and the sender share: one object for the life of the application."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from telegram import Update

from bot.i18n import Catalogues, Translator
from bot.papers.example_picture import ExamplePictures
from bot.papers.press import Press
from services.assembly import Services

if TYPE_CHECKING:
    from bot.context import LoanlineContext

CONVERSATION = "borrower"
"""Name of the one conversation that borrowers are in."""
CARD, STANDING = "card", "standing_card"
"""Where a person's place keeps what `ChatMemory` knows under the same names."""


@dataclass(slots=True)
class ChatMemory:
    """What the bot remembers of its chats between updates. Which message is the newest is lost at a restart without
    harm: the answer is a new message instead of an edit. Which card has buttons is kept with the person's place, see
    `bot.replies`, and recalled from there."""

    newest: dict[int, int] = field(default_factory=dict)
    """By chat: id of the newest message, whoever sent it."""
    card: dict[int, int] = field(default_factory=dict)
    """By chat: id of the bot's last dialogue card whose buttons still show."""
    standing: dict[int, int] = field(default_factory=dict)
    """By chat: id of the card, if it is one, that shows where an application stands and what can be done about it."""

    def recall(self, places: Mapping[int, Mapping[str, Any]]) -> None:
        """Learn again, from every person's place, which cards had buttons before the restart. A private chat has the
        person's own id."""
        for person, place in places.items():
            if CARD in place:
                self.card[person] = place[CARD]
            if STANDING in place:
                self.standing[person] = place[STANDING]

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
    examples: ExamplePictures = field(init=False)
    """How papers are photographed."""
    memory: ChatMemory = field(default_factory=ChatMemory)
    show_current: "Callable[[Update, LoanlineContext], Awaitable[None]] | None" = None
    """Shows again the question that the person is at; the dialogues set it, the error edge uses it after a press of an
    outdated button."""

    def __post_init__(self) -> None:
        self.examples = ExamplePictures(self.press)

    @property
    def desk(self) -> Translator:
        """The officers' language: the desk's, without a desk the lender's first."""
        lender, desk = self.services.lender, self.services.staff.desk
        return self.catalogues.translator(desk.language if desk else lender.languages[0], lender.time_zone)
