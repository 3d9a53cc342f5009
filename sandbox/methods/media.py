"""Sending files: uploads, file ids, albums; and their download."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import cast

from sandbox.bot_views import message_json
from sandbox.errors import bad_request
from sandbox.files import DOWNLOAD_LIMIT, TYPE_NAMES, guess_mime, render_photo
from sandbox.formatted import format_caption, read_caption
from sandbox.models import Media, StoredFile
from sandbox.params import Params, Upload
from sandbox.sending import Call, Draft, read_target, send, sent_json
from sandbox.shapes import JsonObject
from sandbox.world import World

ALBUM_SIZES = range(2, 11)
ALBUM_KINDS = frozenset(("photo", "video", "document", "audio"))
UNMIXED = {"document": "document", "audio": "audio"}
DEFAULT_MIME = {"voice": "audio/ogg", "audio": "audio/mpeg", "video": "video/mp4", "sticker": "image/webp"}
NAMELESS = frozenset(("voice", "video_note", "sticker"))


async def read_media(call: Call, kind: str, reference: str, details: Params) -> Media:
    """The attachment that a parameter names: an upload or a known file_id.

    Raises ApiError 400 with Telegram's words when there is none or it does not fit the kind.
    """
    upload = call.params.file(reference, kind)
    if upload is not None:
        return await new_media(call.world, kind, upload, details)
    if not reference:
        raise bad_request(f"there is no {kind.replace('_', ' ')} in the request")
    if reference.startswith(("http://", "https://")):
        raise bad_request("failed to get HTTP URL content")
    media = call.world.files.media(reference)
    if media is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    if media.kind != kind:
        raise bad_request(f"can't use file of type {TYPE_NAMES[media.kind]} as {TYPE_NAMES[kind]}")
    return media


async def new_media(world: World, kind: str, upload: Upload, details: Params) -> Media:
    """Keep an upload as an attachment. Raises ApiError 400 when it is empty or no usable photo."""
    if not upload.data:
        raise bad_request("file must be non-empty")
    if kind == "photo":
        return world.files.add_photo(await asyncio.to_thread(render_photo, upload.data))
    mime = guess_mime(upload.name, DEFAULT_MIME.get(kind, "application/octet-stream"))
    stored = world.files.add(kind, upload.data, name=None if kind in NAMELESS else _clean_name(upload.name), mime=mime)
    return world.files.remember(Media(kind, [stored], _details(kind, details)))


def _clean_name(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2] or "file"


def _details(kind: str, details: Params) -> JsonObject:
    fields: JsonObject = {}
    if kind in ("video", "animation", "audio", "voice", "video_note"):
        fields["duration"] = min(max(details.integer("duration"), 0), 86_400)
    if kind in ("video", "animation"):
        fields["width"] = details.integer("width")
        fields["height"] = details.integer("height")
    if kind == "video_note":
        fields["length"] = details.integer("length", 240)
    if kind == "sticker":
        fields.update(width=512, height=512, type="regular", is_animated=False, is_video=False)
        if details.text("emoji"):
            fields["emoji"] = details.text("emoji")
    for name in ("performer", "title"):
        if kind == "audio" and details.text(name):
            fields[name] = details.text(name)
    return fields


def _sender(kind: str) -> Callable[[Call], Awaitable[object]]:
    async def send_file(call: Call) -> JsonObject:
        text, entities = ("", []) if kind in ("sticker", "video_note") else read_caption(call.params)
        target = read_target(call)
        media = await read_media(call, kind, call.params.text(kind), call.params)
        draft = Draft(
            text,
            entities,
            media=media,
            caption_above=call.params.flag("show_caption_above_media"),
            spoiler=call.params.flag("has_spoiler"),
        )
        return sent_json(call, target, draft)

    return send_file


def input_media_item(call: Call) -> JsonObject:
    """The single InputMedia of editMessageMedia. Raises ApiError 400 when it is none."""
    try:
        value = call.params.json("media")
    except ValueError:
        raise bad_request("can't parse input media JSON object") from None
    if not isinstance(value, Mapping):
        raise bad_request("media must be an Object")
    return cast("JsonObject", dict(value))


async def read_input_media(call: Call, item: JsonObject) -> Draft:
    """The attachment and the caption that an InputMedia object describes."""
    details = Params(item)
    kind = details.text("type")
    if kind not in (*ALBUM_KINDS, "animation"):
        raise bad_request("can't parse InputMedia: wrong type of the media specified")
    caption, entities = format_caption(
        details.text("caption"), details.text("parse_mode"), details.json("caption_entities")
    )
    media = await read_media(call, kind, details.text("media"), details)
    return Draft(
        caption,
        entities,
        media=media,
        caption_above=details.flag("show_caption_above_media"),
        spoiler=details.flag("has_spoiler"),
    )


async def send_media_group(call: Call) -> list[JsonObject]:
    """Send an album of 2 to 10 photos and videos, or documents, or audio files."""
    try:
        value = call.params.json("media")
    except ValueError:
        raise bad_request("can't parse media JSON object") from None
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        raise bad_request("media must be an Array of InputMedia")
    if len(value) not in ALBUM_SIZES:
        few = len(value) < ALBUM_SIZES.start
        raise bad_request(f"too {'few' if few else 'many'} messages to send as an album")
    target = read_target(call)
    items = [cast("JsonObject", dict(item)) for item in value]
    _check_mixture([str(item.get("type")) for item in items])
    drafts = [await read_input_media(call, item) for item in items]
    group = str(secrets.randbelow(10**16) + 10**16)
    answers = []
    for draft in drafts:
        draft.media_group = group
        answers.append(message_json(call.world, send(call, target, draft)))
    return answers


def _check_mixture(kinds: list[str]) -> None:
    for kind in kinds:
        if kind not in ALBUM_KINDS:
            raise bad_request("can't use the media of the specified type in the album")
        if kind in UNMIXED and set(kinds) != {kind}:
            raise bad_request(f"{kind} can't be mixed with other media types")


async def get_file(call: Call) -> JsonObject:
    """Where to download a file of at most 20 MB."""
    stored: StoredFile | None = call.world.files.find(call.params.required("file_id"))
    if stored is None:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    if len(stored.data) > DOWNLOAD_LIMIT:
        raise bad_request("file is too big")
    return {
        "file_id": stored.file_id,
        "file_unique_id": stored.unique_id,
        "file_size": len(stored.data),
        "file_path": stored.path,
    }


METHODS: dict[str, Callable[[Call], Awaitable[object]]] = {
    "sendPhoto": _sender("photo"),
    "sendDocument": _sender("document"),
    "sendVideo": _sender("video"),
    "sendAnimation": _sender("animation"),
    "sendAudio": _sender("audio"),
    "sendVoice": _sender("voice"),
    "sendVideoNote": _sender("video_note"),
    "sendSticker": _sender("sticker"),
    "sendMediaGroup": send_media_group,
    "getFile": get_file,
}
