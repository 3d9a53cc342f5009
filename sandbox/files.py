"""Files that people and the bot sent: identifiers, picture sizes and paths for download. All kept in memory."""

import hashlib
import io
import mimetypes
import secrets
from dataclasses import dataclass
from pathlib import PurePosixPath

from PIL import Image, ImageOps, UnidentifiedImageError

from sandbox.errors import bad_request
from sandbox.models import Media, StoredFile

DOWNLOAD_LIMIT = 20 * 1024 * 1024
UPLOAD_LIMIT = 50 * 1024 * 1024
PHOTO_LIMIT = 10 * 1024 * 1024
PHOTO_SIDES_LIMIT = 10_000
PHOTO_RATIO_LIMIT = 20
PHOTO_SIDES = (90, 320, 800, 1280)
FOLDERS = {
    "photo": "photos",
    "document": "documents",
    "video": "videos",
    "animation": "animations",
    "audio": "music",
    "voice": "voice",
    "video_note": "video_notes",
    "sticker": "stickers",
    "profile": "profile_photos",
}
TYPE_NAMES = {
    "photo": "Photo",
    "document": "Document",
    "video": "Video",
    "animation": "Animation",
    "audio": "Audio",
    "voice": "VoiceNote",
    "video_note": "VideoNote",
    "sticker": "Sticker",
}
ID_PREFIXES = {"photo": "AgACAgIAAx", "sticker": "CAACAgIAAx", "voice": "AwACAgIAAx", "video": "BAACAgIAAx"}


@dataclass(frozen=True, slots=True)
class PictureSize:
    """One JPEG rendering of a photo; sides in pixels."""

    data: bytes
    width: int
    height: int


class FileStore:
    """All files of one sandbox, found by file_id or by download path."""

    def __init__(self) -> None:
        self._by_id: dict[str, StoredFile] = {}
        self._by_path: dict[str, StoredFile] = {}
        self._media: dict[str, Media] = {}

    def add(
        self,
        kind: str,
        data: bytes,
        *,
        name: str | None = None,
        mime: str | None = None,
        width: int | None = None,
        height: int | None = None,
    ) -> StoredFile:
        """Keep a file under a fresh file_id; equal bytes of one kind share the file_unique_id."""
        number = len(self._by_id)
        digest = hashlib.sha256(kind.encode() + data).hexdigest()[:14]
        suffix = PurePosixPath(name).suffix if name else ""
        if kind == "photo":
            suffix = ".jpg"
        stored = StoredFile(
            file_id=f"{ID_PREFIXES.get(kind, 'BQACAgIAAx')}{secrets.token_urlsafe(42)}",
            unique_id=f"AgAD{digest}",
            kind=kind,
            data=data,
            path=f"{FOLDERS[kind]}/file_{number}{suffix}",
            name=name,
            mime=mime,
            width=width,
            height=height,
        )
        self._by_id[stored.file_id] = stored
        self._by_path[stored.path] = stored
        return stored

    def find(self, file_id: str) -> StoredFile | None:
        """The file with this file_id."""
        return self._by_id.get(file_id)

    def at_path(self, path: str) -> StoredFile | None:
        """The file with this download path."""
        return self._by_path.get(path)

    def add_photo(self, sizes: list[PictureSize]) -> Media:
        """Keep the renderings of a photo, smallest first."""
        stored = [
            self.add("photo", size.data, mime="image/jpeg", width=size.width, height=size.height) for size in sizes
        ]
        return self.remember(Media("photo", stored))

    def remember(self, media: Media) -> Media:
        """Let the attachment be found by the file_id of any of its files, to be sent again."""
        self._media.update({file.file_id: media for file in media.files})
        return media

    def media(self, file_id: str) -> Media | None:
        """The attachment that this file_id belongs to."""
        return self._media.get(file_id)


def render_photo(data: bytes) -> list[PictureSize]:
    """The JPEG sizes that Telegram makes of a picture: upright, without metadata, at most 1280 pixels a side.

    Raises ApiError with Telegram's words for a file that is too big, no picture or of impossible proportions.
    """
    if len(data) > PHOTO_LIMIT:
        raise bad_request(
            f"file of size {len(data)} bytes is too big for a photo; the maximum size is {PHOTO_LIMIT} bytes"
        )
    try:
        picture = Image.open(io.BytesIO(data))
        check_proportions(picture.width, picture.height)
        upright = ImageOps.exif_transpose(picture)
        flat = _without_transparency(upright)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise bad_request("PHOTO_INVALID_DIMENSIONS") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise bad_request("IMAGE_PROCESS_FAILED") from error
    longest = max(flat.size)
    sides = [side for side in PHOTO_SIDES if side < longest]
    sides.append(min(longest, PHOTO_SIDES[-1]))
    return [_scaled(flat, side) for side in sorted(set(sides))]


def check_proportions(width: int, height: int) -> None:
    """Refuse a photo whose sides sum to over 10000 pixels or differ by over 20 times."""
    too_large = width + height > PHOTO_SIDES_LIMIT
    if too_large or max(width, height) > PHOTO_RATIO_LIMIT * max(1, min(width, height)):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")


def guess_mime(name: str | None, fallback: str = "application/octet-stream") -> str:
    """The type that Telegram derives from a file's name, never from its content."""
    return mimetypes.guess_type(name or "")[0] or fallback


def _without_transparency(picture: Image.Image) -> Image.Image:
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        layered = picture.convert("RGBA")
        background = Image.new("RGBA", layered.size, "white")
        return Image.alpha_composite(background, layered).convert("RGB")
    return picture.convert("RGB")


def _scaled(picture: Image.Image, side: int) -> PictureSize:
    copy = picture.copy()
    copy.thumbnail((side, side))
    buffer = io.BytesIO()
    copy.save(buffer, "JPEG", quality=87)
    return PictureSize(buffer.getvalue(), copy.width, copy.height)
