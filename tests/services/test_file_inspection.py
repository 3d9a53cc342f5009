"""Received files: recognized by content, held to their limits, kept without what they need not tell."""

import io
import zlib

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from services.documents.file_errors import (
    FileDamaged,
    FileEmpty,
    FileEncrypted,
    FileRefused,
    FileTooComplex,
    FileTooLarge,
    FileTypeNotAccepted,
    PictureBlank,
    PictureTooDark,
    PictureTooLarge,
    PictureTooSmall,
    TooManyPages,
)
from services.documents.file_inspection import InspectedFile, inspect
from services.documents.image_cleaning import LONGEST_SIDE, SHORTEST_SIDE
from services.documents.pdf_cleaning import without_telling_segments
from services.wording import Label
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
    assert shown.size == (640, 480)
    red, _, blue = shown.getpixel((50, 50))  # type: ignore[misc]  # an RGB picture has three bands
    assert red > 200
    assert blue < 60


def test_a_photo_taken_with_the_phone_on_its_side_is_stored_upright() -> None:
    turned_right = 6
    shown = opened(looked_at(jpeg(orientation=turned_right)))
    assert shown.size == (400, 600)
    red, _, _ = shown.getpixel((380, 20))  # type: ignore[misc]  # an RGB picture has three bands
    assert red > 200


def test_a_very_large_photo_is_scaled_down() -> None:
    shown = opened(looked_at(jpeg(width=LONGEST_SIDE + 500, height=500)))
    assert max(shown.size) == LONGEST_SIDE


@pytest.mark.parametrize("mode", ["L", "1", "P", "RGBA", "LA", "I;16"])
def test_screenshots_of_every_kind_of_color_are_taken(mode: str) -> None:
    # 16 bits a pixel count to 65,535, and Pillow's own conversion from 8 leaves them as good as black.
    source = (
        picture().convert("I").point(lambda tone: tone * 257).convert(mode) if mode == "I;16" else picture(mode=mode)
    )
    out = io.BytesIO()
    source.save(out, "PNG")
    file = looked_at(out.getvalue())
    assert file.media_type == "image/png"
    darkest, brightest = opened(file).convert("L").getextrema()
    assert darkest < 40 < 70 < brightest  # type: ignore[operator]  # a gray picture has one band


def test_a_print_shop_jpeg_in_cmyk_is_taken() -> None:
    out = io.BytesIO()
    picture(mode="CMYK").save(out, "JPEG")
    assert opened(looked_at(out.getvalue())).mode == "RGB"


@pytest.mark.parametrize(
    "data",
    [b"hello", b"GIF89a" + bytes(50), b"PK\x03\x04" + bytes(50), b"\x00\x00\x00\x18ftypmp42" + bytes(50)],
    ids=["text", "gif", "zip or docx", "video"],
)
def test_any_other_kind_of_file_is_refused(data: bytes) -> None:
    with pytest.raises(FileTypeNotAccepted):
        looked_at(data)


@pytest.mark.parametrize("whole", [jpeg(), png(), heic(), pdf()], ids=["jpeg", "png", "heic", "pdf"])
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
        assert Image.open(io.BytesIO(photo)).convert("RGB").size == (600, 400)


def test_scripts_hidden_deep_in_a_pdf_are_found() -> None:
    made = pikepdf.open(io.BytesIO(pdf()))
    script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert('hello')")
    annotation = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, A=script, Rect=[0, 0, 9, 9])
    made.pages[0].Annots = pikepdf.Array([annotation])
    made.Root.Names = pikepdf.Dictionary(JavaScript=pikepdf.Dictionary(Names=pikepdf.Array(["run", script])))
    made.Root.AcroForm = pikepdf.Dictionary(XFA=pikepdf.Stream(made, b"<script>"), Fields=pikepdf.Array())
    out = io.BytesIO()
    made.save(out)
    file = looked_at(out.getvalue())
    with pikepdf.open(io.BytesIO(file.data)) as cleaned:
        (left,) = cleaned.pages[0].Annots
        assert "/A" not in left
        assert "/JavaScript" not in cleaned.Root.Names
        assert "/XFA" not in cleaned.Root.AcroForm
        assert not any(isinstance(each, pikepdf.Dictionary) and "/JS" in each for each in cleaned.objects)


def test_a_picture_that_bears_the_name_of_an_action_stays() -> None:
    made = pikepdf.open(io.BytesIO(pdf()))
    made.pages[0].Resources.XObject.AA = made.pages[0].Resources.XObject.Photo
    out = io.BytesIO()
    made.save(out)
    with pikepdf.open(io.BytesIO(looked_at(out.getvalue()).data)) as cleaned:
        assert "/AA" in cleaned.pages[0].Resources.XObject


@pytest.mark.parametrize("kept", [30, 60, 90, 97], ids=lambda percent: f"{percent} percent")
def test_a_pdf_whose_end_is_missing_is_refused_though_some_pages_could_be_mended(kept: int) -> None:
    whole = pdf(pages=3)
    with pytest.raises(FileDamaged):
        looked_at(whole[: len(whole) * kept // 100])


def test_a_small_pdf_that_would_unpack_to_hundreds_of_megabytes_is_refused() -> None:
    packed = zlib.compress(b"1 0 " + bytes(130 * 1024 * 1024), 9)
    bomb = b"%%PDF-1.5\n4 0 obj\n<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>\nstream\n" % len(packed)
    with pytest.raises(FileTooComplex):
        looked_at(bomb + packed + b"\nendstream\nendobj\n%%EOF")


def test_a_pdf_packed_twice_is_refused() -> None:
    nested = zlib.compress(zlib.compress(bytes(1000)))
    data = b"%PDF-1.5\n4 0 obj\n<</Filter[/FlateDecode/FlateDecode]>>\nstream\n" + nested + b"\nendstream\n%%EOF"
    with pytest.raises(FileTooComplex):
        looked_at(data)


def test_a_scanned_page_of_many_pixels_is_no_bomb() -> None:
    made = pikepdf.new()
    made.add_blank_page()
    pixels = pikepdf.Stream(made, zlib.compress(bytes(30 * 1024 * 1024)), Filter=pikepdf.Name.FlateDecode)
    made.Root.Scan = made.make_indirect(pixels)
    out = io.BytesIO()
    made.save(out)
    assert looked_at(out.getvalue()).pages == 1


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


@pytest.mark.parametrize("size", [(SHORTEST_SIDE - 1, 900), (900, SHORTEST_SIDE - 1), (1, 1)])
def test_a_preview_too_small_to_read_is_refused_with_its_size(size: tuple[int, int]) -> None:
    width, height = size
    with pytest.raises(PictureTooSmall) as refusal:
        looked_at(jpeg(width=width, height=height))
    assert refusal.value.params == {"width": width, "height": height, "minimum": SHORTEST_SIDE}


def _field(tone: int, dot: int = 0) -> bytes:
    """One tone all over, with a white square in the corner."""
    out = io.BytesIO()
    shown = Image.effect_noise((800, 600), 3).point(lambda noise: max(0, min(255, noise - 128 + tone)))
    shown.paste(255, (0, 0, dot, dot))
    shown.save(out, "JPEG")
    return out.getvalue()


def test_a_photo_taken_in_the_dark_is_refused_even_with_a_lamp_in_it() -> None:
    for data in (_field(5), _field(20, dot=20)):
        with pytest.raises(PictureTooDark):
            looked_at(data)


@pytest.mark.parametrize("tone", [60, 128, 250])
def test_a_picture_of_nothing_is_refused(tone: int) -> None:
    with pytest.raises(PictureBlank):
        looked_at(_field(tone))


def test_a_white_sheet_with_two_lines_of_writing_is_taken() -> None:
    sheet = Image.new("L", (1200, 1700), 252)
    pen = ImageDraw.Draw(sheet)
    for line in range(2):
        pen.text((100, 200 + 60 * line), "Received 5,000 yuan from Li Ming on 5 November", fill=30, font_size=36)
    out = io.BytesIO()
    sheet.save(out, "PNG")
    assert looked_at(out.getvalue()).media_type == "image/png"


def test_black_writing_on_a_transparent_ground_stays_readable() -> None:
    sheet = Image.new("RGBA", (600, 400), (0, 0, 0, 0))
    sheet.paste((0, 0, 0, 255), (100, 100, 200, 110))
    out = io.BytesIO()
    sheet.save(out, "PNG")
    shown = opened(looked_at(out.getvalue()))
    assert (shown.getpixel((5, 5)), shown.getpixel((150, 105))) == ((255, 255, 255), (0, 0, 0))


def test_an_empty_file_is_refused_as_such() -> None:
    with pytest.raises(FileEmpty):
        looked_at(b"")


@pytest.mark.parametrize(
    ("data", "found"),
    [(b"PK\x03\x04" + bytes(50), "ZIP"), (b"GIF89a" + bytes(50), "GIF"), (b"<html>", Label("documents.kind_unknown"))],
)
def test_the_refusal_of_another_kind_of_file_says_what_it_is(data: bytes, found: object) -> None:
    with pytest.raises(FileTypeNotAccepted) as refusal:
        looked_at(data)
    assert refusal.value.params == {"found": found}


def test_a_page_that_only_claims_to_be_a_pdf_is_refused() -> None:
    with pytest.raises(FileDamaged):
        looked_at(b"<html><!-- %PDF-1.7 --><script>alert(1)</script></html>")


def test_of_a_file_that_is_two_things_at_once_only_the_paper_is_kept() -> None:
    file = looked_at(b"<html><script>alert(1)</script></html>\n" + pdf())
    assert file.media_type == "application/pdf"
    assert b"<script>" not in file.data
    appended = looked_at(jpeg() + b"PK\x03\x04" + b"hidden archive")
    assert b"hidden archive" not in appended.data


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
    except FileRefused:
        return
    assert file.pages >= 1


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@settings(max_examples=75, deadline=None)
@given(
    st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"\x00\x00\x00\x18ftypheic", b"%PDF-1.7\n"]),
    st.binary(max_size=300),
)
def test_random_bytes_are_refused_with_a_reason_whatever_they_begin_with(start: bytes, rest: bytes) -> None:
    with pytest.raises(FileRefused):
        looked_at(start + rest)


@given(st.binary(max_size=200))
def test_bytes_that_are_no_jpeg_are_left_as_they_are_or_lose_whole_segments(data: bytes) -> None:
    assert len(without_telling_segments(data)) <= len(data)
