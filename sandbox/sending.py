"""What every sending method of the Bot API has in common: target, topic, reply, keyboards, delivery."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.bot_views import message_json
from sandbox.entities import Entity
from sandbox.errors import bad_request
from sandbox.mailroom import mentioned_people, post, set_keyboard
from sandbox.markup import Markup, read_markup
from sandbox.models import Chat, Invoice, Media, Message, Topic
from sandbox.params import Params
from sandbox.shapes import JsonObject
from sandbox.world import World


@dataclass(slots=True)
class Call:
    """One Bot API call that is being carried out; `name` is the method in lower case."""

    world: World
    name: str
    params: Params


@dataclass(slots=True)
class Draft:
    """What a message is to say, before it has a place and an id."""

    text: str = ""
    entities: list[Entity] = field(default_factory=list)
    media: Media | None = None
    media_group: str | None = None
    invoice: Invoice | None = None
    forward_origin: JsonObject | None = None
    link_preview: JsonObject | None = None
    caption_above: bool = False
    spoiler: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """Where a call's messages go."""

    chat: Chat
    thread_id: int | None
    reply_to: Message | None
    markup: Markup
    protected: bool


def chat_id_of(params: Params, name: str = "chat_id") -> int:
    """The chat id of a call. Raises ApiError 400 when it is missing or no id."""
    value = params.text(name)
    if not value:
        raise bad_request(f"{name} is empty")
    try:
        return int(value)
    except ValueError:
        raise bad_request("chat not found") from None


def read_target(call: Call, *, invoice: bool = False) -> Target:
    """Where to send, checked in full. Raises ApiError 400 or 403 with Telegram's words."""
    params = call.params
    chat = call.world.writable_chat(chat_id_of(params))
    reply_to = _replied(call, chat)
    thread_id = params.integer("message_thread_id") or None
    topic = _topic(chat, thread_id)
    if topic is None and reply_to is not None and reply_to.thread_id in chat.topics:
        topic = chat.topics[reply_to.thread_id]
    if topic is not None and topic.closed and not chat.bot_is_admin:
        raise bad_request("TOPIC_CLOSED")
    return Target(
        chat=chat,
        thread_id=topic.id if topic is not None else None,
        reply_to=reply_to,
        markup=read_markup(params, private=chat.is_private, invoice=invoice),
        protected=params.flag("protect_content"),
    )


def _topic(chat: Chat, thread_id: int | None) -> Topic | None:
    if thread_id is None:
        return None
    topic = chat.topics.get(thread_id)
    if topic is None:
        raise bad_request("message thread not found")
    return topic


def _replied(call: Call, chat: Chat) -> Message | None:
    message_id = call.params.integer("reply_to_message_id")
    lenient = call.params.flag("allow_sending_without_reply")
    try:
        given = call.params.json("reply_parameters")
    except ValueError:
        raise bad_request("can't parse reply parameters JSON object") from None
    if isinstance(given, Mapping):
        nested = Params(dict(given))
        message_id = nested.integer("message_id")
        lenient = nested.flag("allow_sending_without_reply")
    if not message_id:
        return None
    message = chat.messages.get(message_id)
    if message is None and not lenient:
        raise bad_request("message to be replied not found")
    return message


def send(call: Call, target: Target, draft: Draft) -> Message:
    """Post the draft as the bot's message and change keyboards as its markup says."""
    world, chat = call.world, target.chat
    message = Message(
        id=world.next_message_id(chat),
        chat_id=chat.id,
        sender_id=world.bot.id,
        date=world.now(),
        text=draft.text,
        entities=draft.entities,
        thread_id=target.thread_id,
        reply_to=target.reply_to,
        media=draft.media,
        media_group=draft.media_group,
        inline_keyboard=target.markup.inline,
        sent_with_keyboard=target.markup.changes_keyboard,
        invoice=draft.invoice,
        forward_origin=draft.forward_origin,
        link_preview=draft.link_preview,
        protected=target.protected,
        caption_above=draft.caption_above,
        spoiler=draft.spoiler,
    )
    post(world, chat, message)
    _apply_keyboard(world, chat, message, target.markup)
    return message


def sent_json(call: Call, target: Target, draft: Draft) -> JsonObject:
    """Send the draft and answer the Message."""
    return message_json(call.world, send(call, target, draft))


def _apply_keyboard(world: World, chat: Chat, message: Message, markup: Markup) -> None:
    if not markup.changes_keyboard:
        return
    viewers = set(chat.viewers())
    if markup.selective and not chat.is_private:
        viewers &= mentioned_people(world, message)
    keyboard = markup.keyboard
    if keyboard is not None and keyboard.force_reply:
        keyboard.force_reply_to = message.id
    for viewer in sorted(viewers):
        set_keyboard(world, chat, viewer, keyboard)
