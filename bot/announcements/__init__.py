"""How a message of the outbox is worded: one function for each kind, registered under the kind's name.

    @announces("offer_ready")
    async def offer_ready(a: Announcing) -> Announcement: ...

Modules of this package are found by themselves. Whatever a function raises leaves the message in the outbox.
"""

import importlib
import pkgutil
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from telegram import InlineKeyboardMarkup
from telegram.ext import ExtBot

from bot.wording.i18n import Translator
from services.assembly import Services
from services.messages.outbox_messages import OutboxMessage

Wanted = TypeVar("Wanted")


@dataclass(frozen=True, slots=True)
class Announcing:
    """What a message is worded from. `t` speaks the recipient's language, in their time zone."""

    message: OutboxMessage
    t: Translator
    services: Services
    bot: ExtBot[str]

    @property
    def params(self) -> Mapping[str, object]:
        return self.message.params

    def param(self, name: str, kind: type[Wanted]) -> Wanted:
        """The parameter `name`. Raises TypeError when it is none of `kind`: the message was enqueued wrongly."""
        value = self.message.params.get(name)
        if not isinstance(value, kind):
            raise TypeError(f"{self.message.kind}: {name} is a {type(value).__name__}, not a {kind.__name__}")
        return value

    @property
    def borrower_id(self) -> int:
        """Whom it goes to. Raises ValueError for a message to the desk."""
        if self.message.borrower_id is None:
            raise ValueError(f"{self.message.kind} goes to no borrower")
        return self.message.borrower_id


@dataclass(frozen=True, slots=True)
class Attachment:
    filename: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Announcement:
    """What is sent. With a photo or documents `text` is their caption; two documents and more go as an album, with
    `text` as a message before it."""

    text: str
    keyboard: InlineKeyboardMarkup | None = None
    photo: Attachment | None = None
    documents: tuple[Attachment, ...] = ()
    edit_message: int | None = None
    """Edit this message of the chat instead of sending one; if that cannot be done, a new one is sent."""
    buttons_off: int | None = None
    """Say nothing: take the buttons off this message of the chat, if it has any."""
    chat_id: int | None = None
    """Another chat than the recipient's own: a card may have been shown to an officer alone."""
    thread_id: int | None = None
    reply_to: int | None = None
    protect: bool = False
    """Forbid forwarding and saving."""
    silent: bool = False
    moves_application: bool = False
    """It says where an application stands now: the card that showed this before loses its buttons."""
    after: Callable[[int], Awaitable[None]] | None = None
    """Called with the id of the message once it is sent."""


Announcer = Callable[[Announcing], Awaitable[Announcement | None]]
"""None: there is nothing to say after all."""

_ANNOUNCERS: dict[str, Announcer] = {}


def announces(kind: str) -> Callable[[Announcer], Announcer]:
    """Register the function that words messages of `kind`. Raises ValueError when the kind has one already."""

    def register(announcer: Announcer) -> Announcer:
        if kind in _ANNOUNCERS:
            raise ValueError(f"{kind} is announced twice")
        _ANNOUNCERS[kind] = announcer
        return announcer

    return register


def announcers() -> Mapping[str, Announcer]:
    """Every kind with its function, from all modules of this package."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return _ANNOUNCERS
