"""People joining and leaving groups."""

from sandbox.bot_views import chat_json, user_json
from sandbox.mailroom import member_json, post
from sandbox.models import Chat, MemberStatus, Message
from sandbox.shapes import JsonObject
from sandbox.world import World


def join(world: World, chat: Chat, person_id: int) -> None:
    """A person joins: a service message and, where allowed_updates ask for it, a chat_member update."""
    user = user_json(world, person_id)
    _change(world, chat, person_id, "member", {"new_chat_members": [user]})


def leave(world: World, chat: Chat, person_id: int) -> None:
    """A person leaves, told in the same ways."""
    _change(world, chat, person_id, "left", {"left_chat_member": user_json(world, person_id)})


def _change(world: World, chat: Chat, person_id: int, status: MemberStatus, service: JsonObject) -> None:
    old = chat.members.get(person_id, "left")
    if old == status:
        return
    chat.members[person_id] = status
    message = Message(
        id=world.next_message_id(chat),
        chat_id=chat.id,
        sender_id=person_id,
        date=world.now(),
        service=service,
    )
    post(world, chat, message)
    if chat.bot_is_admin:
        user = user_json(world, person_id)
        update: JsonObject = {
            "chat": chat_json(world, chat),
            "from": user,
            "date": int(world.now().timestamp()),
            "old_chat_member": member_json(user, old),
            "new_chat_member": member_json(user, status),
        }
        world.updates.put("chat_member", update, chat.id)
