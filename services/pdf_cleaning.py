"""A PDF without what it need not tell and must not do: metadata, attachments, scripts, the EXIF of its pictures."""

import io
from typing import Final

import pikepdf

from services.errors import InvalidInput

_UNWANTED: Final = ("/Metadata", "/PieceInfo", "/AA", "/OpenAction", "/JavaScript", "/JS", "/EmbeddedFiles", "/AF")
"""Keys removed wherever they stand: metadata, private data of programs, actions, scripts, attachments."""
_DEEPEST: Final = 100
"""How deep objects may lie in one another; no honest PDF comes near it."""

_START_OF_SCAN: Final = 0xDA
_TELLING_SEGMENTS: Final = frozenset({*range(0xE1, 0xEE), 0xEF, 0xFE})
"""JPEG markers of application data and comments. JFIF (0xE0) and Adobe's (0xEE) say how colors are coded and stay."""


class FileDamaged(InvalidInput):
    """The file is cut off or broken and cannot be opened."""

    key = "documents.damaged"
    field = "file"


class FileEncrypted(InvalidInput):
    """The PDF opens only with a password."""

    key = "documents.encrypted"
    field = "file"


def clean_pdf(data: bytes) -> tuple[bytes, int]:
    """The cleaned PDF and its number of pages. Raises FileDamaged or FileEncrypted."""
    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            pages = len(pdf.pages)
            if not pages:
                raise FileDamaged
            _clean(pdf)
            out = io.BytesIO()
            pdf.save(out, encryption=False, object_stream_mode=pikepdf.ObjectStreamMode.generate)
            return out.getvalue(), pages
    except pikepdf.PasswordError:
        raise FileEncrypted from None
    except (pikepdf.PdfError, ValueError, RuntimeError, TypeError, KeyError, AttributeError) as error:
        # qpdf reports a broken structure in whatever way it met it.
        raise FileDamaged from error


def _clean(pdf: pikepdf.Pdf) -> None:
    if "/Info" in pdf.trailer:
        del pdf.trailer["/Info"]
    for each in pdf.objects:
        _strip(each)
        if isinstance(each, pikepdf.Stream) and each.get("/Subtype") == "/Image":
            _clean_picture(each)


def _strip(each: pikepdf.Object, depth: int = 0) -> None:
    """Remove what is unwanted from an object and from those that lie directly in it; indirect ones get their turn."""
    if depth > _DEEPEST:
        raise FileDamaged
    if isinstance(each, pikepdf.Array):
        inner = list(each)
    elif isinstance(each, pikepdf.Dictionary | pikepdf.Stream):
        for key in _UNWANTED:
            if key in each:
                del each[key]
        inner = [each[key] for key in each.keys()]  # noqa: SIM118  # a PDF dictionary has no iterator
    else:
        return
    for value in inner:
        if isinstance(value, pikepdf.Object) and not value.is_indirect:
            _strip(value, depth + 1)


def _clean_picture(picture: pikepdf.Stream) -> None:
    """Only pictures stored as plain JPEG files can carry EXIF."""
    if picture.get("/Filter") in (pikepdf.Name.DCTDecode, pikepdf.Array([pikepdf.Name.DCTDecode])):
        if "/DecodeParms" in picture:
            del picture["/DecodeParms"]
        picture.write(without_telling_segments(picture.read_raw_bytes()), filter=pikepdf.Name.DCTDecode)


def without_telling_segments(jpeg: bytes) -> bytes:
    """The JPEG without EXIF, XMP, comments and the like; what is no well-formed JPEG comes back as it was."""
    kept = bytearray(jpeg[:2])
    at = 2
    while at + 4 <= len(jpeg) and jpeg[at] == 0xFF:
        marker = jpeg[at + 1]
        if marker == _START_OF_SCAN:
            return bytes(kept + jpeg[at:])
        end = at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
        if marker not in _TELLING_SEGMENTS:
            kept += jpeg[at:end]
        at = end
    return jpeg
