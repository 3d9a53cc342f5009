"""The Bot API's JSON objects: User, Chat, Message and their parts (core.telegram.org/bots/api#available-types)."""

from sandbox.entities import Entity, entity_json
from sandbox.models import Chat, Invoice, Media, Message, PersonRecord, StoredFile
from sandbox.shapes import JsonObject
from sandbox.world import World

ACCENT_COLORS = 7


def user_json(world: World, user_id: int) -> JsonObject:
    """A User: the bot or a person."""
    if user_id == world.bot.id:
        return bot_json(world)
    return person_json(world.people[user_id])


def bot_json(world: World) -> JsonObject:
    """The bot as a User."""
    return {
        "id": world.bot.id,
        "is_bot": True,
        "first_name": world.profile.names.get("", world.bot.name),
        "username": world.bot.username,
    }


def person_json(person: PersonRecord) -> JsonObject:
    """A person as a User."""
    answer: JsonObject = {"id": person.id, "is_bot": False, "first_name": person.first_name}
    for name in ("last_name", "username", "language_code"):
        value = getattr(person, name)
        if value:
            answer[name] = value
    return answer


def chat_json(world: World, chat: Chat) -> JsonObject:
    """A Chat."""
    if not chat.is_private:
        answer: JsonObject = {"id": chat.id, "title": chat.title, "type": "supergroup"}
        if chat.forum:
            answer["is_forum"] = True
        return answer
    person = world.people[chat.id]
    answer = {"id": chat.id, "first_name": person.first_name, "type": "private"}
    for name in ("last_name", "username"):
        value = getattr(person, name)
        if value:
            answer[name] = value
    return answer


def chat_full_json(world: World, chat: Chat) -> JsonObject:
    """A ChatFullInfo."""
    answer = {
        **chat_json(world, chat),
        "accent_color_id": abs(chat.id) % ACCENT_COLORS,
        "max_reaction_count": 11,
        "accepted_gift_types": {
            "unlimited_gifts": chat.is_private,
            "limited_gifts": chat.is_private,
            "unique_gifts": chat.is_private,
            "premium_subscription": chat.is_private,
            "gifts_from_channels": chat.is_private,
        },
    }
    if chat.is_private:
        answer["active_usernames"] = [name for name in [world.people[chat.id].username] if name]
    else:
        answer["permissions"] = dict.fromkeys(MEMBER_PERMISSIONS, True)
        answer["join_to_send_messages"] = True
    if chat.pinned and chat.pinned[-1] in chat.messages:
        answer["pinned_message"] = message_json(world, chat.messages[chat.pinned[-1]], with_reply=False)
    return answer


MEMBER_PERMISSIONS = (
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
)


def message_json(world: World, message: Message, *, with_reply: bool = True) -> JsonObject:
    """A Message; the message that it replies to is shown one level deep, as the Bot API does."""
    chat = world.chats[message.chat_id]
    answer: JsonObject = {
        "message_id": message.id,
        "from": user_json(world, message.sender_id),
        "chat": chat_json(world, chat),
        "date": int(message.date.timestamp()),
        **message.service,
    }
    if message.edited_at is not None:
        answer["edit_date"] = int(message.edited_at.timestamp())
    if message.thread_id is not None:
        answer["message_thread_id"] = message.thread_id
        answer["is_topic_message"] = True
    if message.forward_origin is not None:
        answer["forward_origin"] = message.forward_origin
    if message.media_group is not None:
        answer["media_group_id"] = message.media_group
    if message.protected:
        answer["has_protected_content"] = True
    if with_reply:
        _add_referenced(world, chat, message, answer)
    _add_content(world, message, answer)
    if message.inline_keyboard:
        answer["reply_markup"] = {"inline_keyboard": message.inline_keyboard}
    return answer


def _add_referenced(world: World, chat: Chat, message: Message, answer: JsonObject) -> None:
    """The replied and the pinned message; a topic's messages reply to the one that created the topic."""
    replied = message.reply_to
    if replied is None and message.thread_id is not None and message.thread_id != message.id:
        replied = chat.messages.get(message.thread_id)
    if replied is not None:
        answer["reply_to_message"] = message_json(world, replied, with_reply=False)
    if message.pinned_message is not None:
        answer["pinned_message"] = message_json(world, message.pinned_message, with_reply=False)


def _add_content(world: World, message: Message, answer: JsonObject) -> None:
    entities = [_entity(world, entity) for entity in message.entities]
    if message.media is not None:
        answer.update(media_json(message.media))
        if message.text:
            answer["caption"] = message.text
            if message.caption_above:
                answer["show_caption_above_media"] = True
        if entities:
            answer["caption_entities"] = entities
        if message.spoiler:
            answer["has_media_spoiler"] = True
    elif message.invoice is not None:
        answer["invoice"] = invoice_json(message.invoice)
    elif message.text:
        answer["text"] = message.text
        if entities:
            answer["entities"] = entities
        if message.link_preview is not None:
            answer["link_preview_options"] = message.link_preview


def _entity(world: World, entity: Entity) -> JsonObject:
    known = entity.user_id is not None and entity.user_id in world.people
    return entity_json(entity, user_json(world, entity.user_id) if known and entity.user_id else None)


def invoice_json(invoice: Invoice) -> JsonObject:
    """An Invoice."""
    return {
        "title": invoice.title,
        "description": invoice.description,
        "start_parameter": invoice.start_parameter,
        "currency": invoice.currency,
        "total_amount": invoice.total,
    }


def media_json(media: Media) -> JsonObject:
    """The fields of a Message that carry the attachment."""
    if media.kind == "photo":
        return {"photo": [file_json(file) for file in media.files]}
    if not media.files:
        return {media.kind: media.fields}
    body = {**file_json(media.files[0]), **media.fields}
    if media.kind == "animation":
        return {"animation": body, "document": file_json(media.files[0])}
    return {media.kind: body}


def file_json(file: StoredFile) -> JsonObject:
    """The common fields of PhotoSize, Document, Voice and the like; sizes in bytes and pixels."""
    answer: JsonObject = {
        "file_id": file.file_id,
        "file_unique_id": file.unique_id,
        "file_size": len(file.data),
    }
    if file.kind == "photo":
        return {**answer, "width": file.width, "height": file.height}
    if file.name is not None:
        answer["file_name"] = file.name
    if file.mime is not None and file.kind != "sticker":
        answer["mime_type"] = file.mime
    return answer
