"""The state of one sandbox: the bot, the people, the chats and what they wait for."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sandbox.errors import PhoneError, bad_request, forbidden
from sandbox.event_log import EventLog
from sandbox.faults import Faults
from sandbox.files import FileStore
from sandbox.limits import FloodControl
from sandbox.menus import BotProfile
from sandbox.models import BotAccount, Chat, Invoice, MemberStatus, Message, PersonRecord
from sandbox.questions import Questions
from sandbox.shapes import JsonObject
from sandbox.updates import UpdateQueue
from sandbox.webhook import Webhook

FIRST_PERSON_ID = 500_000_001
FIRST_GROUP_ID = -1_002_000_000_001


@dataclass
class World:
    """Everything that the two sides of the sandbox share. `now` answers aware UTC instants."""

    bot: BotAccount
    now: Callable[[], datetime]
    limits: FloodControl = field(default_factory=FloodControl)
    faults: Faults = field(default_factory=Faults)
    files: FileStore = field(default_factory=FileStore)
    profile: BotProfile = field(default_factory=BotProfile)
    questions: Questions = field(default_factory=Questions)
    people: dict[int, PersonRecord] = field(default_factory=dict)
    chats: dict[int, Chat] = field(default_factory=dict)
    events: dict[int, EventLog] = field(default_factory=dict)
    invoice_links: dict[str, Invoice] = field(default_factory=dict)
    updates: UpdateQueue = field(init=False)
    webhook: Webhook = field(init=False)
    private_message_id: int = 0

    def __post_init__(self) -> None:
        self.updates = UpdateQueue(self.faults)
        self.webhook = Webhook(self.updates, self.now)

    def add_person(self, person: PersonRecord) -> Chat:
        """Add a person together with the private chat, which is not started yet."""
        if person.id in self.people:
            raise ValueError(f"There is a person {person.id} already.")
        self.people[person.id] = person
        self.events[person.id] = EventLog()
        chat = Chat(id=person.id, kind="private", members={person.id: "member"})
        self.chats[chat.id] = chat
        return chat

    def next_person_id(self) -> int:
        """An unused id for a person."""
        return max([FIRST_PERSON_ID - 1, *self.people]) + 1

    def add_group(self, title: str, *, forum: bool, members: list[int], bot_is_admin: bool) -> Chat:
        """Add a supergroup; its first member owns it. Raises ValueError for an unknown member."""
        unknown = [member for member in members if member not in self.people]
        if unknown:
            raise ValueError(f"There is no person {unknown[0]}.")
        groups = [chat_id for chat_id, chat in self.chats.items() if not chat.is_private]
        statuses: dict[int, MemberStatus] = {
            member: "creator" if index == 0 else "member" for index, member in enumerate(members)
        }
        chat = Chat(
            id=min([FIRST_GROUP_ID + 1, *groups]) - 1,
            kind="supergroup",
            title=title,
            forum=forum,
            bot_status="administrator" if bot_is_admin else "member",
            members=statuses,
            started=True,
        )
        self.chats[chat.id] = chat
        return chat

    def next_message_id(self, chat: Chat) -> int:
        """Private chats share one counter, each supergroup has its own, as on Telegram."""
        if chat.is_private:
            self.private_message_id += 1
            chat.last_id = self.private_message_id
        else:
            chat.last_id += 1
        return chat.last_id

    def chat(self, chat_id: int) -> Chat:
        """A chat for the bot. Raises ApiError 400 when there is none."""
        chat = self.chats.get(chat_id)
        if chat is None:
            raise bad_request("chat not found")
        return chat

    def writable_chat(self, chat_id: int) -> Chat:
        """A chat that the bot may write to. Raises ApiError 400 or 403."""
        chat = self.chat(chat_id)
        if chat.is_private:
            if chat.blocked:
                raise forbidden("bot was blocked by the user")
            if not chat.started:
                raise forbidden("bot can't initiate conversation with a user")
        elif chat.bot_status == "kicked":
            raise forbidden("bot was kicked from the supergroup chat")
        elif chat.bot_status == "left":
            raise forbidden("bot is not a member of the supergroup chat")
        return chat

    def person(self, person_id: int) -> PersonRecord:
        """A person. Raises PhoneError 404 when there is none."""
        person = self.people.get(person_id)
        if person is None:
            raise PhoneError(404, "There is no such person.")
        return person

    def persons_chat(self, person_id: int, chat_id: int) -> Chat:
        """A chat that the person sees. Raises PhoneError 404 otherwise."""
        self.person(person_id)
        chat = self.chats.get(chat_id)
        if chat is None or not chat.has_member(person_id):
            raise PhoneError(404, "This person has no such chat.")
        return chat

    def own_message(self, chat: Chat, message_id: int) -> Message | None:
        """The bot's own message with this id, if it exists."""
        message = chat.messages.get(message_id)
        return message if message is not None and message.sender_id == self.bot.id else None

    def tell(self, person_id: int, event: JsonObject) -> None:
        """Put an event on the person's stream."""
        self.events[person_id].add(event)

    def tell_everyone(self, event: JsonObject) -> None:
        """Put an event on every person's stream."""
        for person_id in self.people:
            self.tell(person_id, event)
