"""Carries messages to everybody concerned: into the chat, onto the phones and, from people, to the bot."""

from sandbox.bot_views import chat_json, message_json, user_json
from sandbox.entities import utf16_slice
from sandbox.models import Chat, MemberStatus, Message, ReplyKeyboard
from sandbox.phone_views import keyboard_view, message_view
from sandbox.shapes import JsonObject
from sandbox.world import World

BOT_ADMIN_RIGHTS: JsonObject = {
    "can_be_edited": False,
    "is_anonymous": False,
    "can_manage_chat": True,
    "can_delete_messages": True,
    "can_manage_video_chats": True,
    "can_restrict_members": True,
    "can_promote_members": False,
    "can_change_info": True,
    "can_invite_users": True,
    "can_post_stories": False,
    "can_edit_stories": False,
    "can_delete_stories": False,
    "can_pin_messages": True,
    "can_manage_topics": True,
}


def post(world: World, chat: Chat, message: Message) -> Message:
    """Put a message into its chat, show it to every member and tell the bot if it may see it."""
    chat.messages[message.id] = message
    if message.sender_id in chat.members:
        chat.last_read[message.sender_id] = message.id
    for viewer in chat.viewers():
        view = message_view(world, message, viewer)
        world.tell(viewer, {"type": "message", "chat": chat.id, "message": view})
    if message.sender_id != world.bot.id and bot_sees(world, chat, message):
        world.updates.put("message", message_json(world, message), chat.id)
    return message


def show_edit(world: World, chat: Chat, message: Message, *, tell_bot: bool = False) -> None:
    """Show a changed message to every member; `tell_bot` when a person changed it."""
    for viewer in chat.viewers():
        view = message_view(world, message, viewer)
        world.tell(viewer, {"type": "edit", "chat": chat.id, "message": view})
    if tell_bot and bot_sees(world, chat, message):
        world.updates.put("edited_message", message_json(world, message), chat.id)


def remove(world: World, chat: Chat, message_id: int) -> None:
    """Take a message out of its chat for everybody. The Bot API has no update for this."""
    del chat.messages[message_id]
    if message_id in chat.pinned:
        chat.pinned.remove(message_id)
    for viewer in chat.viewers():
        world.tell(viewer, {"type": "delete", "chat": chat.id, "id": message_id})


def set_keyboard(world: World, chat: Chat, viewer: int, keyboard: ReplyKeyboard | None) -> None:
    """Show or remove (None) the reply keyboard of one member."""
    if keyboard is None:
        if chat.keyboards.pop(viewer, None) is None:
            return
    else:
        chat.keyboards[viewer] = keyboard
    world.tell(viewer, {"type": "keyboard", "chat": chat.id, "keyboard": keyboard_view(keyboard)})


def show_topics(world: World, chat: Chat) -> None:
    """Tell every member that the list of topics changed."""
    for viewer in chat.viewers():
        world.tell(viewer, {"type": "topics", "chat": chat.id})


def bot_sees(world: World, chat: Chat, message: Message) -> bool:
    """Telegram's privacy mode: in a group the bot sees commands meant for it, replies to it and service messages.

    An administrator sees everything (core.telegram.org/bots/features#privacy-mode).
    """
    if chat.is_private or chat.bot_is_admin or message.is_service:
        return True
    if chat.bot_status in ("left", "kicked"):
        return False
    if message.reply_to is not None and message.reply_to.sender_id == world.bot.id:
        return True
    for entity in message.entities:
        if entity.type == "bot_command":
            command = utf16_slice(message.text, entity.offset, entity.length)
            target = command.partition("@")[2]
            return not target or target.lower() == world.bot.username.lower()
    return False


def bot_status_changed(world: World, chat: Chat, person_id: int, old: MemberStatus, new: MemberStatus) -> None:
    """Tell the bot that its own membership changed: blocked, unblocked, added or removed by a person."""
    body: JsonObject = {
        "chat": chat_json(world, chat),
        "from": user_json(world, person_id),
        "date": int(world.now().timestamp()),
        "old_chat_member": bot_member_json(world, old),
        "new_chat_member": bot_member_json(world, new),
    }
    world.updates.put("my_chat_member", body, chat.id)


def bot_member_json(world: World, status: MemberStatus) -> JsonObject:
    """The bot as a ChatMember of the given status."""
    return member_json(user_json(world, world.bot.id), status)


def member_json(user: JsonObject, status: MemberStatus) -> JsonObject:
    """A ChatMember of the given status."""
    answer: JsonObject = {"user": user, "status": status}
    if status == "creator":
        answer["is_anonymous"] = False
    elif status == "administrator":
        answer.update(BOT_ADMIN_RIGHTS)
    elif status == "kicked":
        answer["until_date"] = 0
    return answer


def show_action(world: World, chat: Chat, action: str) -> None:
    """Show "typing" and the like."""
    for viewer in chat.viewers():
        world.tell(viewer, {"type": "action", "chat": chat.id, "action": action})


def mentioned_people(world: World, message: Message) -> set[int]:
    """People whom a message mentions or replies to: those who get a selective keyboard."""
    found = {entity.user_id for entity in message.entities if entity.user_id is not None}
    names = {
        utf16_slice(message.text, entity.offset + 1, entity.length - 1).lower()
        for entity in message.entities
        if entity.type == "mention"
    }
    found.update(person.id for person in world.people.values() if (person.username or "").lower() in names)
    if message.reply_to is not None:
        found.add(message.reply_to.sender_id)
    return found
