"""What a received file really is, and a clean copy of it: no place, no camera, no script goes into the store.

The type comes from the content, never from the name. Pictures are drawn anew, HEIC as JPEG; PDFs lose their metadata,
attachments and scripts, and the pictures in them their EXIF.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import filetype  # type: ignore[import-untyped]  # the package carries no types

from services.documents.file_errors import FileEmpty, FileTooLarge, FileTypeNotAccepted
from services.documents.image_cleaning import clean_picture
from services.documents.pdf_apart import clean_pdf_apart
from services.wording import Label

BYTES_A_MEGABYTE: Final = 1024 * 1024

PDF: Final = "application/pdf"
JPEG: Final = "image/jpeg"
PNG: Final = "image/png"
HEIC: Final = "image/heic"
EXTENSIONS: Final = {PDF: "pdf", JPEG: "jpg", PNG: "png"}
"""Of the files in the store, by media type."""

_IMAGE_FORMATS: Final = {JPEG: "JPEG", PNG: "PNG", HEIC: "HEIF"}
_HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"})


@dataclass(frozen=True, slots=True)
class InspectedFile:
    """A clean copy. `sha256` (hex) is that of the bytes as they were received."""

    media_type: str
    data: bytes
    pages: int
    sha256: str


def inspect(data: bytes, *, max_mb: int, max_pages: int) -> InspectedFile:
    """Find out what `data` is, check its limits and clean it. Takes its time: run it in a thread.

    Raises the subclasses of `services.documents.file_errors.FileRefused` and nothing else, whatever the bytes.
    """
    if not data:
        raise FileEmpty
    if len(data) > max_mb * BYTES_A_MEGABYTE:
        raise FileTooLarge(maximum_mb=max_mb)
    fingerprint = sha256(data).hexdigest()
    found = media_type(data)
    if found is None:
        raise FileTypeNotAccepted(found=_name_of(data))
    if found == PDF:
        clean, pages = clean_pdf_apart(data, max_pages)
        return InspectedFile(PDF, clean, pages, fingerprint)
    kept = PNG if found == PNG else JPEG
    return InspectedFile(kept, clean_picture(data, _IMAGE_FORMATS[found], _IMAGE_FORMATS[kept]), 1, fingerprint)


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


def _name_of(data: bytes) -> str | Label:
    """What people call a file of that content, such as `ZIP`."""
    kind = filetype.guess(data)
    return Label("documents.kind_unknown") if kind is None else kind.extension.upper()
