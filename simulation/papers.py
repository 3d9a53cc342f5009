"""Pictures and files for people to send, small and made on the spot."""

import io

import pikepdf
from PIL import Image


def jpeg(seed: int) -> bytes:
    """A photo like no other seed's."""
    shown = Image.new("RGB", (420, 420), (seed % 256, seed // 256 % 256, 120))
    shown.paste((200, 30, 30), (0, 0, 105, 105))
    out = io.BytesIO()
    shown.save(out, "JPEG", quality=80)
    return out.getvalue()


def pdf(seed: int) -> bytes:
    """A file of one empty page."""
    made = pikepdf.new()
    made.add_blank_page(page_size=(200, 200))
    made.docinfo["/Title"] = f"Paper {seed}"
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()
