"""A picture drawn anew: upright, readable, and with nothing in it but its pixels."""

import io
import struct
import zlib
from typing import Final

import pillow_heif
from PIL import Image, ImageOps, UnidentifiedImageError

from services.documents.file_errors import FileDamaged, PictureBlank, PictureTooDark, PictureTooLarge, PictureTooSmall

MOST_MEGAPIXELS: Final = 80
"""Larger pictures are refused before they are unpacked into memory."""
LONGEST_SIDE: Final = 4000
"""Pixels; larger pictures are scaled down, print of 8 points on an A4 page stays readable."""
SHORTEST_SIDE: Final = 400
"""Pixels; on less, no paper can be read."""
JPEG_QUALITY: Final = 90

_DARK: Final = 32
"""Of 255: darker is as good as black."""
_REFLECTION_PER_MILLE: Final = 5
"""Fewer brighter pixels than that show no paper."""
_FLAT: Final = 12
"""Of 255: tones that close together are one color with its noise."""
_LEAST_INK_PER_MILLE: Final = 1
"""Fewer pixels in any other tone than that are no writing."""

_DAMAGE: Final = (
    UnidentifiedImageError,
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    RuntimeError,
    MemoryError,
    struct.error,
    zlib.error,
)
"""What Pillow and libheif raise over broken files, depending on where they meet the damage."""

pillow_heif.register_heif_opener()


def clean_picture(data: bytes, image_format: str, kept_format: str) -> bytes:
    """The picture in `kept_format` (`JPEG` or `PNG`), no side longer than LONGEST_SIDE, transparency on white.
    `image_format` is what `data` claims to be: `JPEG`, `PNG` or `HEIF`.

    Raises FileDamaged, PictureTooLarge, PictureTooSmall, PictureTooDark, PictureBlank.
    """
    bare = _redrawn(data, image_format)
    _check_readable(bare)
    out = io.BytesIO()
    if kept_format == "PNG":
        bare.save(out, "PNG")
    else:
        bare.save(out, "JPEG", quality=JPEG_QUALITY)
    return out.getvalue()


def _redrawn(data: bytes, image_format: str) -> Image.Image:
    try:
        with Image.open(io.BytesIO(data), formats=[image_format]) as picture:
            if picture.width * picture.height > MOST_MEGAPIXELS * 1_000_000:
                raise PictureTooLarge(maximum=MOST_MEGAPIXELS)
            if min(picture.size) < SHORTEST_SIDE:
                raise PictureTooSmall(width=picture.width, height=picture.height, minimum=SHORTEST_SIDE)
            # Scaled while it is decoded, a large JPEG never lies in memory whole.
            picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            picture.load()
            return _on_white(_upright(picture))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureTooLarge(maximum=MOST_MEGAPIXELS) from None
    except _DAMAGE as error:
        raise FileDamaged from error


def _upright(picture: Image.Image) -> Image.Image:
    """Turned as its EXIF says; a photo whose EXIF is broken stays as it is."""
    try:
        return ImageOps.exif_transpose(picture)
    except _DAMAGE:
        return picture


def _on_white(picture: Image.Image) -> Image.Image:
    """The pixels alone, gray or in color."""
    if picture.mode.startswith("I"):
        # 16 bits a pixel; a plain conversion would clip all but the darkest to white.
        picture = picture.point(lambda value: value / 256).convert("L")
    mode = "L" if picture.mode in ("1", "L") else "RGB"
    bare = Image.new(mode, picture.size, "white")
    if picture.has_transparency_data:
        shown = picture.convert("RGBA")
        bare.paste(shown.convert(mode), mask=shown.getchannel("A"))
    else:
        bare.paste(picture.convert(mode))
    return bare


def _check_readable(picture: Image.Image) -> None:
    """Raises PictureTooDark or PictureBlank for a picture on which nothing can be seen."""
    small = picture.convert("L")
    small.thumbnail((SHORTEST_SIDE, SHORTEST_SIDE))
    tones = small.histogram()
    pixels = sum(tones)
    if sum(tones[_DARK:]) < pixels * _REFLECTION_PER_MILLE // 1000:
        raise PictureTooDark
    widest = max(sum(tones[start : start + _FLAT]) for start in range(len(tones)))
    if pixels - widest <= pixels * _LEAST_INK_PER_MILLE // 1000:
        raise PictureBlank
