"""Files as borrowers send them, made on the spot."""

import io
import random

import pikepdf
import pillow_heif
from PIL import Image

CAMERA, LATITUDE = "Pocket Camera 9", (31.0, 13.0, 48.0)
_MAKE, _ORIENTATION, _GPS = 0x010F, 0x0112, 0x8825


def picture(width: int = 600, height: int = 400, seed: int = 1, mode: str = "RGB") -> Image.Image:
    """A blue field with a red left upper corner, and a pixel that tells it from others."""
    shown = Image.new("RGB", (width, height), "blue")
    shown.paste("red", (0, 0, width // 3, height // 3))
    dice = random.Random(seed)
    shown.putpixel((width - 1, height - 1), (dice.randrange(256), dice.randrange(256), dice.randrange(256)))
    return shown.convert(mode)


def telling_exif(orientation: int = 1) -> Image.Exif:
    """EXIF that names a camera and a place."""
    exif = Image.Exif()
    exif[_MAKE], exif[_ORIENTATION] = CAMERA, orientation
    exif.get_ifd(_GPS).update({1: "N", 2: LATITUDE})
    return exif


def jpeg(seed: int = 1, *, width: int = 600, height: int = 400, orientation: int = 1) -> bytes:
    out = io.BytesIO()
    picture(width, height, seed).save(out, "JPEG", exif=telling_exif(orientation), quality=95, comment=CAMERA.encode())
    return out.getvalue()


def png(seed: int = 1, mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    picture(seed=seed, mode=mode).save(out, "PNG", exif=telling_exif())
    return out.getvalue()


def heic(seed: int = 1) -> bytes:
    out = io.BytesIO()
    pillow_heif.from_pillow(picture(640, 480, seed)).save(out, quality=90, exif=telling_exif().tobytes())
    return out.getvalue()


def pdf(pages: int = 1, seed: int = 1, password: str | None = None) -> bytes:
    """A PDF with an author, an attachment, a script, and a photo with EXIF on its first page."""
    made = pikepdf.new()
    for _ in range(pages):
        made.add_blank_page(page_size=(200, 200))
    made.docinfo["/Author"] = f"Li Ming {seed}"
    with made.open_metadata() as metadata:
        metadata["dc:creator"] = ["Li Ming"]
    made.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert('hello')")
    made.attachments["notes.txt"] = b"a private note"
    photo = pikepdf.Stream(made, jpeg(seed))
    photo.update(
        pikepdf.Dictionary(
            Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=600, Height=400, BitsPerComponent=8,
            ColorSpace=pikepdf.Name.DeviceRGB, Filter=pikepdf.Name.DCTDecode,
        )
    )  # fmt: skip
    made.pages[0].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Photo=made.make_indirect(photo)))
    out = io.BytesIO()
    made.save(out, encryption=pikepdf.Encryption(owner="owner", user=password) if password is not None else False)
    return out.getvalue()
