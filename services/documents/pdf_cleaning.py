"""A PDF without what it need not tell and must not do: metadata, attachments, scripts, the EXIF of its pictures."""

import io
import re
import zlib
from typing import Final

import pikepdf

from services.documents.file_errors import FileDamaged, FileEncrypted, FileTooComplex, TooManyPages

_UNWANTED: Final = (
    "/Metadata",
    "/PieceInfo",
    "/AA",
    "/OpenAction",
    "/JavaScript",
    "/JS",
    "/EmbeddedFiles",
    "/AF",
    "/EF",
    "/XFA",
    "/RichMediaContent",
    "/SpiderInfo",
    "/Thumb",
)
"""Keys removed wherever they stand: metadata, private data of programs, actions, scripts, attachments, forms with
scripts of their own."""
_DRAWN: Final = frozenset({"/XObject", "/Font", "/Pattern", "/ExtGState"})
"""Types of resources, which may bear any name, also that of an unwanted key."""
_DEEPEST: Final = 100
"""How deep objects may lie in one another; no honest PDF comes near it."""

_STREAM: Final = re.compile(rb"(?<!end)stream\r?\n")
_STRUCTURE: Final = re.compile(rb"/(?:ObjStm|XRef)\b")
_OTHER_FILTERS: Final = re.compile(rb"/(?:ASCII|LZW|RunLength)\w*")
_TAIL: Final = 1024
"""Bytes from the end within which a whole PDF says %%EOF (ISO 32000-1, annex H)."""
_LARGEST_STREAM: Final = 128 * 1024 * 1024
"""Bytes that one stream may unpack to: an A4 page in color at 600 dpi takes 100 million."""
_LARGEST_PDF: Final = 4 * _LARGEST_STREAM
_PIECE: Final = 1024 * 1024

_START_OF_SCAN: Final = 0xDA
_TELLING_SEGMENTS: Final = frozenset({*range(0xE1, 0xEE), 0xEF, 0xFE})
"""JPEG markers of application data and comments. JFIF (0xE0) and Adobe's (0xEE) say how colors are coded and stay."""


def clean_pdf(data: bytes, max_pages: int) -> tuple[bytes, int]:
    """The cleaned PDF and its number of pages. Not for a stranger's file in a process that must live on: see
    `services.documents.pdf_apart`. Raises FileDamaged, FileEncrypted, FileTooComplex or TooManyPages."""
    _refuse_bombs(data)
    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            pages = len(pdf.pages)
            if not pages or _cut_off(pdf, data):
                raise FileDamaged
            if pages > max_pages:
                raise TooManyPages(pages=pages, maximum=max_pages)
            _clean(pdf)
            out = io.BytesIO()
            pdf.save(
                out,
                encryption=False,
                object_stream_mode=pikepdf.ObjectStreamMode.generate,
                stream_decode_level=pikepdf.StreamDecodeLevel.none,
            )
            return out.getvalue(), pages
    except pikepdf.PasswordError:
        raise FileEncrypted from None
    except MemoryError:
        raise FileTooComplex from None
    except (
        pikepdf.PikepdfError,
        ArithmeticError,
        AttributeError,
        LookupError,
        RuntimeError,
        TypeError,
        ValueError,
    ) as error:
        # qpdf reports a broken structure in whatever way it met it.
        raise FileDamaged from error


def _refuse_bombs(data: bytes) -> None:
    """Raises FileTooComplex for streams that qpdf would have to unpack into more memory than there is."""
    total = 0
    for found in _STREAM.finditer(data):
        header = data[data.rfind(b"obj", 0, found.start()) : found.start()]
        # Packed twice, or structure packed in ways that no program writes: only to get past the measuring below.
        if header.count(b"FlateDecode") > 1 or (_STRUCTURE.search(header) and _OTHER_FILTERS.search(header)):
            raise FileTooComplex
        total += _unpacked_size(data, found.end())
        if total > _LARGEST_PDF:
            raise FileTooComplex


def _unpacked_size(data: bytes, start: int) -> int:
    """Bytes that the deflated stream at `start` unpacks to, 0 if it is none."""
    unpacking, size = zlib.decompressobj(), 0
    waiting = memoryview(data)[start:]
    at = 0
    try:
        while not unpacking.eof and (unpacking.unconsumed_tail or at < len(waiting)):
            more = unpacking.unconsumed_tail
            if not more:
                more = bytes(waiting[at : at + _PIECE // 16])
                at += len(more)
            size += len(unpacking.decompress(more, _PIECE))
            if size > _LARGEST_STREAM:
                raise FileTooComplex
    except zlib.error:
        pass
    return size


def _cut_off(pdf: pikepdf.Pdf, data: bytes) -> bool:
    """Whether the end is missing. qpdf then mends what is left, and pages are lost without a word."""
    return b"%%EOF" not in data[-_TAIL:] and bool(pdf.get_warnings())


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
        for key in list(each.keys()):
            if _is_unwanted(key, each[key]):
                del each[key]
        inner = [each[key] for key in each.keys()]  # noqa: SIM118  # a PDF dictionary has no iterator
    else:
        return
    for value in inner:
        if isinstance(value, pikepdf.Object) and not value.is_indirect:
            _strip(value, depth + 1)


def _is_unwanted(key: str, value: object) -> bool:
    if not isinstance(value, pikepdf.Dictionary | pikepdf.Stream):
        return key in _UNWANTED
    if key == "/A":
        # In annotations and bookmarks an action; elsewhere an attribute.
        return isinstance(value.get("/S"), pikepdf.Name)
    return key in _UNWANTED and str(value.get("/Type")) not in _DRAWN


def _clean_picture(picture: pikepdf.Stream) -> None:
    """Only pictures stored as plain JPEG files can carry EXIF."""
    if picture.get("/Filter") in (pikepdf.Name.DCTDecode, pikepdf.Array([pikepdf.Name.DCTDecode])):
        kept = picture.get("/DecodeParms")
        bare = without_telling_segments(picture.read_raw_bytes())
        parameters = kept if isinstance(kept, pikepdf.Dictionary | pikepdf.Array) else None
        picture.write(bare, filter=pikepdf.Name.DCTDecode, decode_parms=parameters)


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
