"""What a received file really is, and a clean copy of it: no place, no camera, no script goes into the store.

The type comes from the content, never from the name. Pictures are drawn anew, HEIC as JPEG; PDFs lose their metadata,
attachments and scripts, and the pictures in them their EXIF.
"""

import io
import struct
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import pillow_heif
from PIL import Image, ImageOps, UnidentifiedImageError

from services.errors import InvalidInput
from services.pdf_cleaning import FileDamaged, FileEncrypted, clean_pdf

__all__ = [
    "FileDamaged",
    "FileEncrypted",
    "FileTooLarge",
    "FileTypeNotAccepted",
    "InspectedFile",
    "PictureTooLarge",
    "TooManyPages",
    "inspect",
]

BYTES_A_MEGABYTE: Final = 1024 * 1024
MOST_MEGAPIXELS: Final = 80
"""Larger pictures are refused before they are unpacked into memory."""
LONGEST_SIDE: Final = 4000
"""Pixels; larger pictures are scaled down, print of 8 points on an A4 page stays readable."""
JPEG_QUALITY: Final = 90

PDF: Final = "application/pdf"
JPEG: Final = "image/jpeg"
PNG: Final = "image/png"
HEIC: Final = "image/heic"
EXTENSIONS: Final = {PDF: "pdf", JPEG: "jpg", PNG: "png"}
"""Of the files in the store, by media type."""

_HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"})
_DAMAGE: Final = (
    UnidentifiedImageError,
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    TypeError,
    LookupError,
    RuntimeError,
    struct.error,
)
"""What Pillow and libheif raise over broken files, depending on where they meet the damage."""

pillow_heif.register_heif_opener()


class FileTypeNotAccepted(InvalidInput):
    """Neither PDF nor JPEG, PNG or HEIC, whatever its name says."""

    key = "documents.type_not_accepted"
    field = "file"


class FileTooLarge(InvalidInput):
    """More than `maximum_mb` megabytes."""

    key = "documents.too_large"
    field = "file"


class PictureTooLarge(InvalidInput):
    """More than `maximum` million pixels."""

    key = "documents.picture_too_large"
    field = "file"


class TooManyPages(InvalidInput):
    """The PDF has `pages`, more than `maximum`."""

    key = "documents.too_many_pages"
    field = "file"


@dataclass(frozen=True, slots=True)
class InspectedFile:
    """A clean copy. `sha256` (hex) is that of the bytes as they were received."""

    media_type: str
    data: bytes
    pages: int
    sha256: str


def inspect(data: bytes, *, max_mb: int, max_pages: int) -> InspectedFile:
    """Find out what `data` is, check its limits and clean it. Takes its time: run it in a thread.

    Raises FileTooLarge, FileTypeNotAccepted, PictureTooLarge, TooManyPages, FileDamaged, FileEncrypted.
    """
    if len(data) > max_mb * BYTES_A_MEGABYTE:
        raise FileTooLarge(maximum_mb=max_mb)
    fingerprint = sha256(data).hexdigest()
    found = media_type(data)
    if found == PDF:
        clean, pages = clean_pdf(data)
        if pages > max_pages:
            raise TooManyPages(pages=pages, maximum=max_pages)
        return InspectedFile(PDF, clean, pages, fingerprint)
    if found is None:
        raise FileTypeNotAccepted
    kept = PNG if found == PNG else JPEG
    return InspectedFile(kept, _redrawn(data, kept), 1, fingerprint)


def media_type(data: bytes) -> str | None:
    """PDF, JPEG, PNG or HEIC by the signature of the content, else None. A PDF may begin with a little of something
    else (ISO 32000-1, annex H)."""
    if data.startswith(b"\xff\xd8\xff"):
        return JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if data[4:8] == b"ftyp" and _heic_brands(data) & _HEIC_BRANDS:
        return HEIC
    return PDF if b"%PDF-" in data[:1024] else None


def _heic_brands(data: bytes) -> set[bytes]:
    """Major and compatible brands of an ISO base media file (ISO/IEC 14496-12)."""
    size = min(int.from_bytes(data[:4], "big"), 256)
    return {data[8:12]} | {data[at : at + 4] for at in range(16, size, 4)}


def _redrawn(data: bytes, kept: str) -> bytes:
    """The picture upright and without anything but its pixels."""
    try:
        with Image.open(io.BytesIO(data)) as picture:
            if picture.width * picture.height > MOST_MEGAPIXELS * 1_000_000:
                raise PictureTooLarge(maximum=MOST_MEGAPIXELS)
            picture.load()
            upright = _upright(picture)
            bare = Image.new(mode := _mode(upright, kept), upright.size, "white")
            bare.paste(upright.convert(mode))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureTooLarge(maximum=MOST_MEGAPIXELS) from None
    except _DAMAGE as error:
        raise FileDamaged from error
    bare.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    out = io.BytesIO()
    if kept == PNG:
        bare.save(out, "PNG", optimize=True)
    else:
        bare.save(out, "JPEG", quality=JPEG_QUALITY)
    return out.getvalue()


def _upright(picture: Image.Image) -> Image.Image:
    """Turned as its EXIF says; a photo whose EXIF is broken stays as it is."""
    try:
        return ImageOps.exif_transpose(picture)
    except _DAMAGE:
        return picture


def _mode(picture: Image.Image, kept: str) -> str:
    """Grey stays grey; transparency only survives in a PNG."""
    if picture.mode in ("1", "L"):
        return "L"
    return "RGBA" if kept == PNG and picture.has_transparency_data else "RGB"
