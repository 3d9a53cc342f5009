"""Photos, documents, albums and downloads in both directions."""

import io
from collections.abc import Awaitable, Callable

import pytest
from PIL import Image
from telegram import Bot, InputMediaDocument, InputMediaPhoto, Update
from telegram.error import BadRequest

from sandbox import Person
from tests.sandbox.conftest import Call

Updates = Callable[[], Awaitable[list[Update]]]
Picture = Callable[..., bytes]


async def test_a_persons_photo_arrives_as_jpeg_sizes_and_downloads(
    bot: Bot, phone: Person, chat: int, updates: Updates, picture: Picture
) -> None:
    await phone.send_photo(picture(2000, 1000), "my card")
    (update,) = await updates()
    assert update.message is not None
    assert [(size.width, size.height) for size in update.message.photo] == [
        (90, 45),
        (320, 160),
        (800, 400),
        (1280, 640),
    ]
    assert update.message.caption == "my card"
    data = await (await bot.get_file(update.message.photo[-1].file_id)).download_as_bytearray()
    assert len(data) == update.message.photo[-1].file_size
    assert Image.open(io.BytesIO(bytes(data))).format == "JPEG"


async def test_a_photo_loses_its_metadata_and_stands_upright(
    bot: Bot, phone: Person, chat: int, updates: Updates
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    Image.new("RGB", (60, 40)).save(buffer, "JPEG", exif=exif)
    await phone.send_photo(buffer.getvalue())
    (update,) = await updates()
    assert update.message is not None
    data = await (await bot.get_file(update.message.photo[-1].file_id)).download_as_bytearray()
    received = Image.open(io.BytesIO(bytes(data)))
    assert received.size == (40, 60)
    assert not received.getexif()


async def test_a_document_keeps_bytes_name_and_type(bot: Bot, phone: Person, chat: int, updates: Updates) -> None:
    await phone.send_document(b"%PDF-1.7 x", "收入证明.pdf", caption="income")
    (update,) = await updates()
    assert update.message is not None
    document = update.message.document
    assert document is not None
    assert (document.file_name, document.mime_type, document.file_size) == ("收入证明.pdf", "application/pdf", 10)
    assert bytes(await (await document.get_file()).download_as_bytearray()) == b"%PDF-1.7 x"


async def test_albums_from_people_share_a_group_id(
    phone: Person, chat: int, updates: Updates, picture: Picture
) -> None:
    await phone.send_album([picture(), picture(color="red")], "both sides")
    first, second = [update.message for update in await updates()]
    assert first is not None
    assert second is not None
    assert first.media_group_id == second.media_group_id
    assert (first.caption, second.caption) == ("both sides", None)


async def test_the_bots_files_reach_the_phone(bot: Bot, phone: Person, chat: int, picture: Picture) -> None:
    await bot.send_photo(chat, picture(), caption="<b>schedule</b>", parse_mode="HTML")
    seen = await phone.expect("schedule")
    assert seen["html"] == "<b>schedule</b>"
    assert (await phone.download(seen)).startswith(b"\xff\xd8")
    sent = await bot.send_document(chat, b"contract", filename="合同.pdf")
    assert sent.document is not None
    assert sent.document.file_name == "合同.pdf"
    assert await phone.download(await phone.expect_media("document")) == b"contract"


async def test_a_known_file_is_sent_again_by_its_id(bot: Bot, phone: Person, chat: int, picture: Picture) -> None:
    first = await bot.send_photo(chat, picture(200, 100))
    again = await bot.send_photo(chat, first.photo[-1].file_id)
    assert [size.file_unique_id for size in again.photo] == [size.file_unique_id for size in first.photo]


async def test_the_bots_album_is_one_group(bot: Bot, phone: Person, chat: int, picture: Picture) -> None:
    sent = await bot.send_media_group(
        chat, [InputMediaPhoto(picture()), InputMediaPhoto(picture(color="red"), caption="two")]
    )
    assert len({message.media_group_id for message in sent}) == 1
    views = (await phone.messages())[-2:]
    assert [view["media_group"] for view in views] == [sent[0].media_group_id] * 2
    assert views[1]["text"] == "two"


@pytest.mark.parametrize("count", [1, 11])
async def test_an_album_has_2_to_10_items(call: Call, chat: int, count: int) -> None:
    items = [{"type": "document", "media": "x"}] * count
    status, answer = await call("sendMediaGroup", chat_id=chat, media=items)
    assert status == 400
    assert "messages to send as an album" in answer["description"]


async def test_documents_do_not_mix_with_photos(bot: Bot, chat: int, picture: Picture) -> None:
    with pytest.raises(BadRequest, match="Document can't be mixed with other media types"):
        await bot.send_media_group(chat, [InputMediaPhoto(picture()), InputMediaDocument(b"x")])


@pytest.mark.parametrize(
    ("size", "words"),
    [((9000, 1001), "Photo_invalid_dimensions"), ((2100, 100), "Photo_invalid_dimensions")],
)
async def test_photos_of_impossible_proportions_are_refused(
    bot: Bot, chat: int, picture: Picture, size: tuple[int, int], words: str
) -> None:
    with pytest.raises(BadRequest, match=words):
        await bot.send_photo(chat, picture(*size))


async def test_files_that_telegram_refuses_are_refused(bot: Bot, phone: Person, chat: int, picture: Picture) -> None:
    photo = await bot.send_photo(chat, picture())
    with pytest.raises(BadRequest, match="Image_process_failed"):
        await bot.send_photo(chat, b"no picture")
    with pytest.raises(BadRequest, match="File must be non-empty"):
        await bot.send_document(chat, b"", filename="empty.pdf")
    with pytest.raises(BadRequest, match="Wrong file identifier/http url specified"):
        await bot.send_document(chat, "BQACunknown")
    with pytest.raises(BadRequest, match="Failed to get http url content"):
        await bot.send_photo(chat, "https://example.org/a.jpg")
    with pytest.raises(BadRequest, match="Can't use file of type photo as document"):
        await bot.send_document(chat, photo.photo[0].file_id)
    with pytest.raises(BadRequest, match="Message caption is too long"):
        await bot.send_photo(chat, photo.photo[0].file_id, caption="x" * 1025)
    with pytest.raises(BadRequest, match="is too big for a photo; the maximum size is 10485760 bytes"):
        await bot.send_photo(chat, bytes(10 * 1024 * 1024 + 1))


async def test_a_call_without_its_file_is_refused(call: Call, chat: int) -> None:
    _, answer = await call("sendPhoto", chat_id=chat)
    assert answer["description"] == "Bad Request: there is no photo in the request"


async def test_downloads_stop_at_20_mb(bot: Bot, phone: Person, chat: int, updates: Updates) -> None:
    await phone.send_document(bytes(20 * 1024 * 1024 + 1), "big.bin")
    (update,) = await updates()
    assert update.message is not None
    assert update.message.document is not None
    with pytest.raises(BadRequest, match="File is too big"):
        await bot.get_file(update.message.document.file_id)
    with pytest.raises(BadRequest, match="Wrong file_id or the file is temporarily unavailable"):
        await bot.get_file("nonsense")


async def test_other_kinds_of_files_are_sent(bot: Bot, phone: Person, chat: int) -> None:
    assert (await bot.send_voice(chat, b"OggS", duration=3)).voice is not None
    assert (await bot.send_audio(chat, b"ID3", title="t", filename="a.mp3")).audio is not None
    assert (await bot.send_video(chat, b"mp4", width=16, height=9, filename="a.mp4")).video is not None
    assert (await bot.send_animation(chat, b"gif", filename="a.mp4")).animation is not None
    assert (await bot.send_video_note(chat, b"mp4", length=200)).video_note is not None
    assert (await bot.send_sticker(chat, b"RIFF", emoji="👍")).sticker is not None
    kinds = [view["media"]["kind"] for view in await phone.messages() if view["media"]]
    assert kinds == ["voice", "audio", "video", "video", "video", "sticker"]


async def test_people_send_voices_stickers_and_places(phone: Person, chat: int, updates: Updates) -> None:
    await phone.send_voice()
    await phone.send_sticker("🎉")
    await phone.send_location(1.5, 2.5)
    voice, sticker, place = [update.message for update in await updates()]
    assert voice is not None
    assert voice.voice is not None
    assert voice.voice.mime_type == "audio/ogg"
    assert bytes(await (await voice.voice.get_file()).download_as_bytearray()).startswith(b"OggS")
    assert sticker is not None
    assert sticker.sticker is not None
    assert sticker.sticker.emoji == "🎉"
    assert place is not None
    assert place.location is not None
    assert place.location.longitude == 2.5
