"""Tiny built-in recordings and stickers for people who send one without a file."""

import io
import struct

from PIL import Image, ImageDraw

STREAM_SERIAL = 0x10A2
SILENCE = bytes((0xF8, 0xFF, 0xFE))
SAMPLES_A_FRAME = 960
FRAMES = 50
CRC_POLYNOMIAL = 0x04C11DB7
STICKER_SIDE = 512


def silent_voice_note() -> bytes:
    """One second of silence as Opus in Ogg (RFC 3533, RFC 7845)."""
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 0, 48_000, 0, 0)
    vendor = b"sandbox"
    tags = b"OpusTags" + struct.pack("<I", len(vendor)) + vendor + struct.pack("<I", 0)
    return b"".join(
        (
            _ogg_page([head], flags=2, granule=0, number=0),
            _ogg_page([tags], flags=0, granule=0, number=1),
            _ogg_page([SILENCE] * FRAMES, flags=4, granule=SAMPLES_A_FRAME * FRAMES, number=2),
        )
    )


def plain_sticker(emoji: str) -> bytes:
    """A WebP sticker: a disc whose color follows from the emoji."""
    picture = Image.new("RGBA", (STICKER_SIDE, STICKER_SIDE), (0, 0, 0, 0))
    shade = sum(emoji.encode()) * 37 % 360
    ImageDraw.Draw(picture).ellipse((40, 40, 472, 472), fill=f"hsl({shade}, 70%, 60%)")
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=50)
    return buffer.getvalue()


def _ogg_page(packets: list[bytes], *, flags: int, granule: int, number: int) -> bytes:
    sizes = bytes(len(packet) for packet in packets)
    body = b"".join(packets)

    def header(checksum: int) -> bytes:
        return struct.pack("<4sBBqIIIB", b"OggS", 0, flags, granule, STREAM_SERIAL, number, checksum, len(sizes))

    return header(_crc(header(0) + sizes + body)) + sizes + body


def _crc(data: bytes) -> int:
    value = 0
    for byte in data:
        value ^= byte << 24
        for _ in range(8):
            value = ((value << 1) ^ CRC_POLYNOMIAL if value & 0x80000000 else value << 1) & 0xFFFFFFFF
    return value
