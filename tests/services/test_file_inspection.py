"""Received files: recognized by content, held to their limits, kept without what they need not tell."""

import io
import zlib

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from services.errors import InvalidInput
from services.file_inspection import (
    LONGEST_SIDE,
    FileDamaged,
    FileEncrypted,
    FileTooLarge,
    FileTypeNotAccepted,
    InspectedFile,
    PictureTooLarge,
    TooManyPages,
    inspect,
)
from services.pdf_cleaning import without_telling_segments
from tests.sample_files import CAMERA, heic, jpeg, pdf, picture, png


def looked_at(data: bytes, max_mb: int = 10, max_pages: int = 20) -> InspectedFile:
    return inspect(data, max_mb=max_mb, max_pages=max_pages)


def opened(file: InspectedFile) -> Image.Image:
    return Image.open(io.BytesIO(file.data))


@pytest.mark.parametrize(
    ("data", "kept_as"),
    [(jpeg(), "image/jpeg"), (png(), "image/png"), (heic(), "image/jpeg"), (pdf(), "application/pdf")],
    ids=["jpeg", "png", "heic", "pdf"],
)
def test_a_file_is_recognized_by_its_content_and_keeps_nothing_of_camera_and_place(data: bytes, kept_as: str) -> None:
    file = looked_at(data)
    assert file.media_type == kept_as
    assert CAMERA.encode() not in file.data
    assert file.pages == 1
    if kept_as != "application/pdf":
        assert not opened(file).getexif()


def test_a_photo_from_an_iphone_becomes_a_jpeg_that_shows_the_same() -> None:
    data = heic()
    assert data[4:12] == b"ftypheic"
    shown = opened(looked_at(data)).convert("RGB")
    assert shown.size == (64, 48)
    red, _, blue = shown.getpixel((5, 5))  # type: ignore[misc]  # an RGB picture has three bands
    assert red > 200
    assert blue < 60


def test_a_photo_taken_with_the_phone_on_its_side_is_stored_upright() -> None:
    turned_right = 6
    shown = opened(looked_at(jpeg(orientation=turned_right)))
    assert shown.size == (40, 60)
    red, _, _ = shown.getpixel((38, 2))  # type: ignore[misc]  # an RGB picture has three bands
    assert red > 200


def test_a_very_large_photo_is_scaled_down() -> None:
    shown = opened(looked_at(jpeg(width=LONGEST_SIDE + 500, height=100)))
    assert max(shown.size) == LONGEST_SIDE


@pytest.mark.parametrize("mode", ["L", "1", "P", "RGBA", "LA", "I;16"])
def test_screenshots_of_every_kind_of_color_are_taken(mode: str) -> None:
    source = picture().convert("L").convert("I;16") if mode == "I;16" else picture(mode=mode)
    out = io.BytesIO()
    source.save(out, "PNG")
    assert looked_at(out.getvalue()).media_type == "image/png"


def test_a_print_shop_jpeg_in_cmyk_is_taken() -> None:
    out = io.BytesIO()
    picture(mode="CMYK").save(out, "JPEG")
    assert opened(looked_at(out.getvalue())).mode == "RGB"


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", b"GIF89a" + bytes(50), b"PK\x03\x04" + bytes(50), b"\x00\x00\x00\x18ftypmp42" + bytes(50)],
    ids=["empty", "text", "gif", "zip or docx", "video"],
)
def test_any_other_kind_of_file_is_refused(data: bytes) -> None:
    with pytest.raises(FileTypeNotAccepted):
        looked_at(data)


@pytest.mark.parametrize(
    "whole", [jpeg(width=300, height=300), png(), heic(), pdf()], ids=["jpeg", "png", "heic", "pdf"]
)
def test_a_file_that_was_cut_off_is_refused_as_damaged(whole: bytes) -> None:
    with pytest.raises(FileDamaged):
        looked_at(whole[:60])


def test_a_pdf_that_opens_only_with_a_password_is_refused_as_such() -> None:
    with pytest.raises(FileEncrypted):
        looked_at(pdf(password="secret"))


def test_a_bank_statement_that_is_only_locked_against_changes_is_taken_and_unlocked() -> None:
    file = looked_at(pdf(password=""))
    with pikepdf.open(io.BytesIO(file.data)) as cleaned:
        assert not cleaned.is_encrypted


def test_a_pdf_loses_its_author_script_and_attachment_and_keeps_its_pages() -> None:
    file = looked_at(pdf(pages=3))
    assert file.pages == 3
    with pikepdf.open(io.BytesIO(file.data)) as cleaned:
        assert len(cleaned.pages) == 3
        assert "/Author" not in cleaned.docinfo
        assert "/OpenAction" not in cleaned.Root
        assert "/Metadata" not in cleaned.Root
        assert not cleaned.attachments
        photo = cleaned.pages[0].Resources.XObject.Photo.read_raw_bytes()
        assert CAMERA.encode() not in photo
        assert Image.open(io.BytesIO(photo)).convert("RGB").size == (60, 40)


def test_a_pdf_with_too_many_pages_is_refused_with_both_numbers() -> None:
    with pytest.raises(TooManyPages) as refusal:
        looked_at(pdf(pages=4), max_pages=3)
    assert refusal.value.params == {"pages": 4, "maximum": 3}


def test_a_file_that_is_too_large_is_refused_before_it_is_opened() -> None:
    with pytest.raises(FileTooLarge) as refusal:
        looked_at(b"x" * (1024 * 1024 + 1), max_mb=1)
    assert refusal.value.params == {"maximum_mb": 1}
    assert looked_at(jpeg(), max_mb=1).pages == 1


def test_a_small_file_that_would_unpack_to_a_giant_picture_is_refused() -> None:
    with pytest.raises(PictureTooLarge):
        looked_at(_png_header(30_000, 30_000))


def _png_header(width: int, height: int) -> bytes:
    def chunk(name: bytes, content: bytes) -> bytes:
        return len(content).to_bytes(4, "big") + name + content + zlib.crc32(name + content).to_bytes(4, "big")

    size = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    pixels = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size + b"\x08\x02\x00\x00\x00") + chunk(b"IDAT", pixels)


def test_the_fingerprint_is_that_of_the_bytes_received() -> None:
    assert looked_at(jpeg(1)).sha256 == looked_at(jpeg(1)).sha256
    assert looked_at(jpeg(1)).sha256 != looked_at(jpeg(2)).sha256


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from([jpeg(), png(), heic(), pdf()]),
    at=st.floats(0, 1, exclude_max=True),
    junk=st.binary(min_size=1, max_size=12),
)
def test_whatever_a_broken_file_holds_it_is_taken_or_refused_with_a_reason(kind: bytes, at: float, junk: bytes) -> None:
    start = int(at * len(kind))
    try:
        file = looked_at(kind[:start] + junk + kind[start + len(junk) :])
    except InvalidInput:
        return
    assert file.pages >= 1


@given(st.binary(max_size=200))
def test_bytes_that_are_no_jpeg_are_left_as_they_are_or_lose_whole_segments(data: bytes) -> None:
    assert len(without_telling_segments(data)) <= len(data)
