from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from telegram import InputFile, InputMediaPhoto, Message
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, RetryAfter, TimedOut
from telegram.ext import ExtBot

from bot.app import build_bot
from bot.client.request import AiohttpRequest, better_twice_than_never
from bot.incoming.patience import AT_ONCE, seconds_of
from tests.bot.bad_server import BadServer, silent_after
from tests.bot.doubles import TOKEN, TelegramDouble


@pytest.fixture
async def bot(telegram: TelegramDouble) -> AsyncIterator[ExtBot[str]]:
    async with build_bot(telegram.settings()) as bot:
        telegram.calls.clear()
        yield bot


async def test_a_message_goes_out_with_its_fields(bot: ExtBot[str], telegram: TelegramDouble) -> None:
    message = await bot.send_message(7, "您好 & <b>x</b>")
    assert message.chat.id == 7
    assert telegram.calls[0].fields == {"chat_id": "7", "text": "您好 & <b>x</b>"}


async def test_a_file_with_a_chinese_name_arrives_whole(bot: ExtBot[str], telegram: TelegramDouble) -> None:
    content = bytes(range(256)) * 1000
    await bot.send_document(7, content, filename="合同.pdf", caption="合同")
    call = telegram.calls[0]
    assert call.files["document"] == ("合同.pdf", "application/pdf", content)
    assert call.fields["caption"] == "合同"


async def test_an_album_carries_each_picture_under_its_name(bot: ExtBot[str], telegram: TelegramDouble) -> None:
    await bot.send_media_group(7, [InputMediaPhoto(b"one"), InputMediaPhoto(b"two")])
    assert [content for _, _, content in telegram.calls[0].files.values()] == [b"one", b"two"]


async def test_a_file_is_downloaded(bot: ExtBot[str], telegram: TelegramDouble) -> None:
    telegram.files["documents/one.pdf"] = b"%PDF" * 100_000
    file = await bot.get_file("F")
    assert bytes(await file.download_as_bytearray()) == b"%PDF" * 100_000


async def test_requests_after_one_another_share_a_connection(bot: ExtBot[str], telegram: TelegramDouble) -> None:
    for _ in range(3):
        await bot.send_message(7, "x")
    assert len({id(call.connection) for call in telegram.calls}) == 1


@pytest.mark.parametrize(
    ("code", "description", "kind"),
    [
        (400, "Bad Request: chat not found", BadRequest),
        (403, "Forbidden: bot was blocked by the user", Forbidden),
        (401, "Unauthorized", InvalidToken),
    ],
)
async def test_a_refusal_raises_its_kind_after_one_try(
    bot: ExtBot[str], telegram: TelegramDouble, code: int, description: str, kind: type[Exception]
) -> None:
    telegram.refuse("sendMessage", code, description)
    with pytest.raises(kind):
        await bot.send_message(7, "x")
    assert len(telegram.calls) == 1


async def test_a_group_that_moved_tells_its_new_id(bot: ExtBot[str], telegram: TelegramDouble) -> None:
    telegram.refuse("sendMessage", 400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-100123)
    with pytest.raises(ChatMigrated) as caught:
        await bot.send_message(-5, "x")
    assert caught.value.new_chat_id == -100123


async def test_a_dropped_connection_is_tried_again_only_where_it_does_no_harm(
    bot: ExtBot[str], telegram: TelegramDouble
) -> None:
    telegram.hang_up("editMessageText")
    assert isinstance(await bot.edit_message_text("x", chat_id=7, message_id=5), Message)
    telegram.hang_up("sendMessage")
    with pytest.raises(NetworkError):
        await bot.send_message(7, "x")
    assert [call.method for call in telegram.calls] == ["editMessageText", "editMessageText", "sendMessage"]


async def test_an_answer_to_somebody_who_waits_is_tried_again_if_the_caller_says_so(
    bot: ExtBot[str], telegram: TelegramDouble
) -> None:
    telegram.hang_up("sendMessage")
    with better_twice_than_never():
        assert (await bot.send_message(7, "x")).chat.id == 7
    assert len(telegram.calls) == 2


async def test_a_server_error_is_tried_again_and_then_told(bot: ExtBot[str], telegram: TelegramDouble) -> None:
    for _ in range(3):
        telegram.refuse("answerCallbackQuery", 502, "Bad Gateway")
    with pytest.raises(NetworkError, match="Bad Gateway"):
        await bot.answer_callback_query("1")
    assert len(telegram.calls) == 3


async def test_a_message_is_not_sent_again_after_a_server_error(bot: ExtBot[str], telegram: TelegramDouble) -> None:
    telegram.refuse("sendMessage", 502, "Bad Gateway")
    with pytest.raises(NetworkError, match="Bad Gateway"):
        await bot.send_message(7, "x")
    assert len(telegram.calls) == 1


async def test_an_edit_that_carries_a_file_is_not_begun_twice(bot: ExtBot[str], telegram: TelegramDouble) -> None:
    telegram.hang_up("editMessageMedia")
    with pytest.raises(NetworkError):
        await bot.edit_message_media(InputMediaPhoto(b"one"), chat_id=7, message_id=5)
    assert len(telegram.calls) == 1


async def test_an_open_file_is_sent_from_where_it_stands_and_stays_open(
    bot: ExtBot[str], telegram: TelegramDouble, tmp_path: Path
) -> None:
    (tmp_path / "book").write_bytes(b"head" + bytes(300_000))
    with (tmp_path / "book").open("rb") as book:
        book.seek(4)
        await bot.send_document(7, InputFile(book, filename="book.pdf", read_file_handle=False))
        assert not book.closed
    assert telegram.calls[0].files["document"] == ("book.pdf", "application/pdf", bytes(300_000))


async def test_silence_times_out_and_the_token_is_not_in_the_error(telegram: TelegramDouble) -> None:
    async with BadServer(getMe=silent_after()) as server, AiohttpRequest(read_timeout=0.05) as request:
        with pytest.raises(TimedOut) as caught:
            await request.post(f"{server.url}/bot{TOKEN}/getMe")
        assert len(server.requests) == 1
    assert TOKEN not in repr(caught.value)
    assert caught.value.__cause__ is None


async def test_nobody_listening_is_a_network_error_without_the_token() -> None:
    async with AiohttpRequest(retries=0) as request:
        with pytest.raises(NetworkError) as caught:
            await request.post(f"http://127.0.0.1:1/bot{TOKEN}/getMe")
    assert TOKEN not in repr(caught.value)
    assert caught.value.__cause__ is None


async def test_a_request_that_is_shut_down_can_be_started_again(telegram: TelegramDouble) -> None:
    request = AiohttpRequest()
    for _ in range(2):
        async with request:
            await request.post(f"{telegram.url}/bot{TOKEN}/getMe")


async def test_flood_control_is_waited_out_where_somebody_waits(bot: ExtBot[str], telegram: TelegramDouble) -> None:
    telegram.refuse("sendMessage", 429, "Too Many Requests: retry after 1", retry_after=1)
    assert (await bot.send_message(7, "x")).chat.id == 7
    assert len(telegram.calls) == 2


async def test_a_queued_message_is_told_of_flood_control_at_once(bot: ExtBot[str], telegram: TelegramDouble) -> None:
    telegram.refuse("sendMessage", 429, "Too Many Requests: retry after 17", retry_after=17)
    with pytest.raises(RetryAfter) as caught:
        await bot.send_message(7, "x", rate_limit_args=AT_ONCE)
    assert seconds_of(caught.value) == timedelta(seconds=17)
