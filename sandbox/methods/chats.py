"""Facts about chats and their members."""

from sandbox.bot_views import chat_full_json, user_json
from sandbox.errors import bad_request
from sandbox.mailroom import bot_status_changed, member_json
from sandbox.models import Chat, MemberStatus
from sandbox.sending import Call, chat_id_of
from sandbox.shapes import JsonObject


async def get_chat(call: Call) -> JsonObject:
    """A ChatFullInfo."""
    chat = call.world.chat(chat_id_of(call.params))
    if chat.is_private and not chat.started:
        raise bad_request("chat not found")
    return chat_full_json(call.world, chat)


def _status(call: Call, chat: Chat, user_id: int) -> MemberStatus:
    if user_id == call.world.bot.id:
        return chat.bot_status
    if user_id not in call.world.people:
        raise bad_request("PARTICIPANT_ID_INVALID" if not chat.is_private else "member not found")
    return chat.members.get(user_id, "left")


async def get_chat_member(call: Call) -> JsonObject:
    """A ChatMember; someone who is not in the chat has the status left."""
    chat = call.world.chat(chat_id_of(call.params))
    user_id = call.params.integer("user_id")
    status = _status(call, chat, user_id)
    return member_json(user_json(call.world, user_id), status)


async def get_chat_administrators(call: Call) -> list[JsonObject]:
    """The owner and the administrators of a group."""
    chat = call.world.chat(chat_id_of(call.params))
    if chat.is_private:
        raise bad_request("there are no administrators in the private chat")
    members = {**chat.members, call.world.bot.id: chat.bot_status}
    return [
        member_json(user_json(call.world, user_id), status)
        for user_id, status in members.items()
        if status in ("creator", "administrator")
    ]


async def get_chat_member_count(call: Call) -> int:
    """How many members a chat has, the bot included."""
    chat = call.world.chat(chat_id_of(call.params))
    return len(list(chat.viewers())) + (chat.bot_status not in ("left", "kicked"))


async def leave_chat(call: Call) -> bool:
    """Leave a group."""
    chat = call.world.writable_chat(chat_id_of(call.params))
    if chat.is_private:
        raise bad_request("chat member status can't be changed in private chats")
    old, chat.bot_status = chat.bot_status, "left"
    bot_status_changed(call.world, chat, call.world.bot.id, old, "left")
    return True


async def get_user_profile_photos(call: Call) -> JsonObject:
    """Nobody in the sandbox has a profile photo."""
    if call.params.integer("user_id") not in (*call.world.people, call.world.bot.id):
        raise bad_request("user not found")
    return {"total_count": 0, "photos": []}


METHODS = {
    "getChat": get_chat,
    "getChatMember": get_chat_member,
    "getChatAdministrators": get_chat_administrators,
    "getChatMemberCount": get_chat_member_count,
    "leaveChat": leave_chat,
    "getUserProfilePhotos": get_user_profile_photos,
}
