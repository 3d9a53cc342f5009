"""Forum topics (core.telegram.org/bots/api#createforumtopic)."""

from sandbox.errors import bad_request
from sandbox.mailroom import post, remove, show_topics
from sandbox.models import Chat, Message, Topic
from sandbox.sending import Call, chat_id_of
from sandbox.shapes import JsonObject
from sandbox.world import World

NAME_LIMIT = 128
ICON_COLORS = (7322096, 16766590, 13338331, 9367192, 16749490, 16478047)


def _forum(call: Call) -> Chat:
    chat = call.world.writable_chat(chat_id_of(call.params))
    if not chat.forum:
        raise bad_request("the chat is not a forum")
    return chat


def _managed_topic(call: Call) -> tuple[Chat, Topic]:
    chat = _forum(call)
    if not chat.bot_is_admin:
        raise bad_request("not enough rights")
    topic = chat.topics.get(call.params.integer("message_thread_id"))
    if topic is None:
        raise bad_request("TOPIC_ID_INVALID")
    return chat, topic


def _checked_name(name: str) -> str:
    if not name.strip():
        raise bad_request("topic title must be non-empty")
    if len(name) > NAME_LIMIT:
        raise bad_request("TOPIC_TITLE_TOO_LONG")
    return name.strip()


def add_topic(world: World, chat: Chat, sender_id: int, topic: Topic) -> Topic:
    """Create the topic together with the service message whose id it takes."""
    topic.id = world.next_message_id(chat)
    chat.topics[topic.id] = topic
    created: JsonObject = {"name": topic.name, "icon_color": topic.icon_color}
    if topic.icon_custom_emoji_id:
        created["icon_custom_emoji_id"] = topic.icon_custom_emoji_id
    _announce(world, chat, topic, sender_id, {"forum_topic_created": created}, message_id=topic.id)
    show_topics(world, chat)
    return topic


def _announce(
    world: World, chat: Chat, topic: Topic, sender_id: int, service: JsonObject, message_id: int | None = None
) -> None:
    message = Message(
        id=message_id or world.next_message_id(chat),
        chat_id=chat.id,
        sender_id=sender_id,
        date=world.now(),
        thread_id=topic.id,
        service=service,
    )
    post(world, chat, message)


async def create_forum_topic(call: Call) -> JsonObject:
    """Open a topic. The bot has to be an administrator."""
    chat = _forum(call)
    if not chat.bot_is_admin:
        raise bad_request("not enough rights to create a topic")
    name = _checked_name(call.params.text("name"))
    color = call.params.integer("icon_color", ICON_COLORS[0])
    if color not in ICON_COLORS:
        raise bad_request("TOPIC_ICON_COLOR_INVALID")
    emoji = call.params.text("icon_custom_emoji_id") or None
    topic = add_topic(call.world, chat, call.world.bot.id, Topic(0, name, color, emoji))
    answer: JsonObject = {"message_thread_id": topic.id, "name": topic.name, "icon_color": topic.icon_color}
    if emoji:
        answer["icon_custom_emoji_id"] = emoji
    return answer


async def edit_forum_topic(call: Call) -> bool:
    """Rename a topic or change its icon."""
    chat, topic = _managed_topic(call)
    changes: JsonObject = {}
    if call.params.has("name") and call.params.text("name"):
        name = _checked_name(call.params.text("name"))
        if name != topic.name:
            changes["name"] = topic.name = name
    if call.params.has("icon_custom_emoji_id"):
        emoji = call.params.text("icon_custom_emoji_id")
        if emoji != (topic.icon_custom_emoji_id or ""):
            topic.icon_custom_emoji_id = emoji or None
            changes["icon_custom_emoji_id"] = emoji
    if not changes:
        raise bad_request("TOPIC_NOT_MODIFIED")
    _announce(call.world, chat, topic, call.world.bot.id, {"forum_topic_edited": changes})
    show_topics(call.world, chat)
    return True


async def _set_closed(call: Call, *, closed: bool) -> bool:
    chat, topic = _managed_topic(call)
    if topic.closed == closed:
        raise bad_request("TOPIC_NOT_MODIFIED")
    topic.closed = closed
    service: JsonObject = {"forum_topic_closed" if closed else "forum_topic_reopened": {}}
    _announce(call.world, chat, topic, call.world.bot.id, service)
    show_topics(call.world, chat)
    return True


async def close_forum_topic(call: Call) -> bool:
    """Close a topic for everyone but administrators."""
    return await _set_closed(call, closed=True)


async def reopen_forum_topic(call: Call) -> bool:
    """Open a closed topic again."""
    return await _set_closed(call, closed=False)


async def delete_forum_topic(call: Call) -> bool:
    """Delete a topic with all its messages."""
    chat, topic = _managed_topic(call)
    del chat.topics[topic.id]
    for message_id in [item.id for item in chat.messages.values() if item.thread_id == topic.id]:
        remove(call.world, chat, message_id)
    show_topics(call.world, chat)
    return True


METHODS = {
    "createForumTopic": create_forum_topic,
    "editForumTopic": edit_forum_topic,
    "closeForumTopic": close_forum_topic,
    "reopenForumTopic": reopen_forum_topic,
    "deleteForumTopic": delete_forum_topic,
}
