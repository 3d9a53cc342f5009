"""Reading chats and acting in them over HTTP: /api/people/{uid}/chats/..."""

import secrets
from collections.abc import Awaitable, Callable
from typing import cast

from aiohttp import web
from aiohttp.multipart import BodyPartReader

from sandbox.errors import ApiError, PhoneError
from sandbox.methods.media import new_media
from sandbox.methods.topics import ICON_COLORS, add_topic
from sandbox.models import Media, Message, Topic
from sandbox.params import Params, Upload
from sandbox.phone.acts import Actor, contact_media
from sandbox.phone.requests import Body, event_number, read_body, seq_header
from sandbox.phone_views import chat_view, message_view
from sandbox.recordings import plain_sticker, silent_voice_note
from sandbox.shapes import JsonObject
from sandbox.world import World

ALBUM_SIZE = 10
FILE_KINDS = frozenset(("photo", "document", "voice", "video", "sticker", "audio"))
Act = Callable[[Actor, Body], Awaitable[JsonObject]]


class ChatsHttp:
    """Handlers for one person's chats. Every answer to an act has the number of the last event before it."""

    def __init__(self, world: World) -> None:
        self._world = world

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Register the paths below /api/people/{uid}/chats."""
        chat = r"/api/people/{uid:\d+}/chats/{cid:-?\d+}"
        router.add_get(r"/api/people/{uid:\d+}/chats", self._chats)
        router.add_get(f"{chat}/messages", self._messages)
        router.add_post(f"{chat}/files", self._files)
        for name, act in ACTS.items():
            router.add_post(f"{chat}/{name}", self._handler(act))

    def _handler(self, act: Act) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            actor = self._actor(request)
            seq = event_number(self._world, actor.person_id)
            answer = await act(actor, await read_body(request))
            return web.json_response({**answer, "seq": seq})

        return handle

    def _actor(self, request: web.Request) -> Actor:
        return Actor(self._world, int(request.match_info["uid"]), int(request.match_info["cid"]))

    async def _chats(self, request: web.Request) -> web.Response:
        person = self._world.person(int(request.match_info["uid"]))
        views = [
            chat_view(self._world, chat, person.id) for chat in self._world.chats.values() if chat.has_member(person.id)
        ]
        return web.json_response(views, headers=seq_header(self._world, person.id))

    async def _messages(self, request: web.Request) -> web.Response:
        actor = self._actor(request)
        after = int(request.query.get("after") or 0)
        messages = [message for message in actor.chat.messages.values() if message.id > after]
        if messages:
            actor.chat.last_read[actor.person_id] = max(message.id for message in messages)
        views = [message_view(self._world, message, actor.person_id) for message in messages]
        return web.json_response(views, headers=seq_header(self._world, actor.person_id))

    async def _files(self, request: web.Request) -> web.Response:
        actor = self._actor(request)
        seq = event_number(self._world, actor.person_id)
        body, uploads = await _read_files(request)
        kind = body.text("as") or "document"
        if kind not in FILE_KINDS:
            raise PhoneError(400, f"There is no way to send a file as {kind}.")
        if not 1 <= len(uploads) <= ALBUM_SIZE:
            raise PhoneError(400, f"Send 1 to {ALBUM_SIZE} files at a time.")
        thread_id, reply_to = body.integer("thread_id"), body.integer("reply_to")
        actor.check_may_write(thread_id)
        attachments = [await self._attachment(kind, upload) for upload in uploads]
        group = str(secrets.randbelow(10**16) + 10**16) if len(attachments) > 1 else None
        views = []
        for index, media in enumerate(attachments):
            caption = body.text("caption") if index == 0 else ""
            message = actor.send(
                text=caption.strip(), media=media, media_group=group, reply_to=reply_to, thread_id=thread_id
            )
            views.append(message_view(self._world, message, actor.person_id))
        return web.json_response({"messages": views, "seq": seq})

    async def _attachment(self, kind: str, upload: Upload) -> Media:
        try:
            return await new_media(self._world, kind, upload, Params())
        except ApiError as error:
            raise PhoneError(400, error.description) from error


async def _read_files(request: web.Request) -> tuple[Body, list[Upload]]:
    values: JsonObject = {}
    uploads: list[Upload] = []
    if request.content_type != "multipart/form-data":
        raise PhoneError(400, "Files are sent as multipart/form-data.")
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name is None:
            continue
        data = bytes(await part.read(decode=True))
        if part.filename is not None:
            uploads.append(Upload(part.filename, data))
        else:
            values[part.name] = data.decode()
    return Body(values), uploads


def _sent(actor: Actor, message: Message) -> JsonObject:
    return {"message": message_view(actor.world, message, actor.person_id)}


async def _text(actor: Actor, body: Body) -> JsonObject:
    messages = actor.write(body.text("text"), reply_to=body.integer("reply_to"), thread_id=body.integer("thread_id"))
    views = [_sent(actor, message)["message"] for message in messages]
    return {"message": views[-1], "messages": views}


async def _contact(actor: Actor, body: Body) -> JsonObject:
    media = contact_media(
        actor.world,
        actor.person_id,
        user_id=body.integer("user_id"),
        phone=body.text("phone") or None,
        name=body.text("first_name") or None,
    )
    message = actor.send(media=media, reply_to=body.integer("reply_to"), thread_id=body.integer("thread_id"))
    return _sent(actor, message)


async def _location(actor: Actor, body: Body) -> JsonObject:
    fields: JsonObject = {"latitude": body.decimal("latitude"), "longitude": body.decimal("longitude")}
    return _sent(actor, actor.send(media=Media("location", fields=fields), thread_id=body.integer("thread_id")))


async def _sticker(actor: Actor, body: Body) -> JsonObject:
    emoji = body.text("emoji") or "👍"
    upload = Upload("sticker.webp", plain_sticker(emoji))
    media = await new_media(actor.world, "sticker", upload, Params({"emoji": emoji}))
    return _sent(actor, actor.send(media=media, thread_id=body.integer("thread_id")))


async def _voice(actor: Actor, body: Body) -> JsonObject:
    upload = Upload("voice.ogg", silent_voice_note())
    media = await new_media(actor.world, "voice", upload, Params({"duration": 1}))
    return _sent(actor, actor.send(media=media, thread_id=body.integer("thread_id")))


async def _press(actor: Actor, body: Body) -> JsonObject:
    answer = await actor.press(body.required_integer("message_id"), body.text("data"))
    return cast("JsonObject", answer)


async def _pay(actor: Actor, body: Body) -> JsonObject:
    invoice, message = actor.invoice(body.integer("message_id"), body.text("link") or None)
    if body.text("outcome") == "cancelled":
        return {"ok": False, "error": None}
    return cast("JsonObject", await actor.pay(invoice, message))


async def _start(actor: Actor, body: Body) -> JsonObject:
    return _sent(actor, actor.start(body.text("payload") or None)[-1])


async def _edit(actor: Actor, body: Body) -> JsonObject:
    return _sent(actor, actor.edit(body.required_integer("message_id"), body.text("text")))


async def _delete(actor: Actor, body: Body) -> JsonObject:
    actor.delete(body.required_integer("message_id"))
    return {"deleted": True}


async def _topic(actor: Actor, body: Body) -> JsonObject:
    name = body.text("name").strip()
    if not actor.chat.forum or not name:
        raise PhoneError(400, "A topic needs a forum and a name.")
    topic = add_topic(actor.world, actor.chat, actor.person_id, Topic(0, name, ICON_COLORS[0]))
    return {"topic": {"id": topic.id, "name": topic.name, "closed": topic.closed}}


ACTS: dict[str, Act] = {
    "text": _text,
    "contact": _contact,
    "location": _location,
    "sticker": _sticker,
    "voice": _voice,
    "press": _press,
    "pay": _pay,
    "start": _start,
    "edit": _edit,
    "delete": _delete,
    "topics": _topic,
}
