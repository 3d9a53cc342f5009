"""What the sandbox remembers: people, chats, messages, files and buttons."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sandbox.entities.model import Entity
from sandbox.shapes import JsonObject, KeyboardButtonView

ChatKind = Literal["private", "supergroup"]
MemberStatus = Literal["creator", "administrator", "member", "left", "kicked"]


@dataclass(slots=True)
class BotAccount:
    """The bot that this sandbox serves."""

    id: int
    token: str
    name: str
    username: str


@dataclass(slots=True)
class PersonRecord:
    """A person with a Telegram account; `phone` is in international form with a plus sign."""

    id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None
    phone: str | None = None

    @property
    def full_name(self) -> str:
        """First and last name as a phone shows them."""
        return f"{self.first_name} {self.last_name}" if self.last_name else self.first_name


@dataclass(slots=True)
class StoredFile:
    """One downloadable file; `path` is what getFile answers, sizes are in pixels."""

    file_id: str
    unique_id: str
    kind: str
    data: bytes
    path: str
    name: str | None = None
    mime: str | None = None
    width: int | None = None
    height: int | None = None


@dataclass(slots=True)
class Media:
    """An attachment. A photo has several files, smallest first; a location or a contact has none.

    `fields` are the remaining Bot API fields of the object (duration, emoji, latitude and the like).
    """

    kind: str
    files: list[StoredFile] = field(default_factory=list)
    fields: JsonObject = field(default_factory=dict)


@dataclass(slots=True)
class Invoice:
    """An invoice; `total` counts the smallest unit of `currency`."""

    title: str
    description: str
    payload: str
    currency: str
    total: int
    start_parameter: str = ""
    paid: bool = False


@dataclass(slots=True)
class ReplyKeyboard:
    """The keyboard under a person's text field, or a request to reply (`force_reply`)."""

    rows: list[list[KeyboardButtonView]]
    resize: bool = False
    one_time: bool = False
    placeholder: str | None = None
    selective: bool = False
    force_reply: bool = False
    force_reply_to: int | None = None


@dataclass(slots=True)
class Message:
    """A message in one chat. `text` is the text or the caption; `service` holds service fields."""

    id: int
    chat_id: int
    sender_id: int
    date: datetime
    text: str = ""
    entities: list[Entity] = field(default_factory=list)
    edited_at: datetime | None = None
    thread_id: int | None = None
    reply_to: "Message | None" = None
    media: Media | None = None
    media_group: str | None = None
    inline_keyboard: list[list[JsonObject]] | None = None
    sent_with_keyboard: bool = False
    invoice: Invoice | None = None
    service: JsonObject = field(default_factory=dict)
    pinned_message: "Message | None" = None
    forward_origin: JsonObject | None = None
    link_preview: JsonObject | None = None
    protected: bool = False
    caption_above: bool = False
    spoiler: bool = False
    reactions: list[JsonObject] = field(default_factory=list)
    pinned: bool = False

    @property
    def is_service(self) -> bool:
        """Whether this is a service message such as a created topic."""
        return bool(self.service) or self.pinned_message is not None


@dataclass(slots=True)
class Topic:
    """A forum topic; its id is that of the service message that created it."""

    id: int
    name: str
    icon_color: int
    icon_custom_emoji_id: str | None = None
    closed: bool = False


@dataclass(slots=True)
class Chat:
    """A private chat with the bot (id = the person's id) or a supergroup (id = -100...)."""

    id: int
    kind: ChatKind
    title: str = ""
    forum: bool = False
    bot_status: MemberStatus = "member"
    members: dict[int, MemberStatus] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    topics: dict[int, Topic] = field(default_factory=dict)
    keyboards: dict[int, ReplyKeyboard] = field(default_factory=dict)
    last_read: dict[int, int] = field(default_factory=dict)
    pinned: list[int] = field(default_factory=list)
    started: bool = False
    blocked: bool = False
    last_id: int = 0

    @property
    def is_private(self) -> bool:
        """Whether this is a person's own chat with the bot."""
        return self.kind == "private"

    @property
    def bot_is_admin(self) -> bool:
        """Whether the bot administers this group (always False in a private chat)."""
        return self.bot_status in ("administrator", "creator")

    def viewers(self) -> Iterator[int]:
        """Ids of the people who see this chat."""
        return (person for person, status in self.members.items() if status not in ("left", "kicked"))

    def has_member(self, person_id: int) -> bool:
        """Whether the person sees this chat."""
        return self.members.get(person_id, "left") not in ("left", "kicked")
