import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from sqlalchemy.exc import OperationalError

from bot.announcements import Announcement, Announcing, Attachment, announcers
from bot.app import build_bot
from bot.outgoing.sender import OutboxSender
from bot.papers.press import Press
from bot.runtime import CARD, Runtime
from bot.wording.i18n import Catalogues
from services.clock import SteppedClock
from services.errors import NotFound
from services.messages.buttons import BUTTONS_OFF
from services.messages.outbox_messages import OutboxMessage
from tests.bot.doubles import DESK, FakeServices, TelegramDouble, at_any_speed
from tests.bot.fake_outbox import NOW, FakeOutbox


@dataclass
class Post:
    sender: OutboxSender
    outbox: FakeOutbox
    services: FakeServices
    telegram: TelegramDouble
    announcers: dict[str, Any]
    runtime: Runtime


async def note(a: Announcing) -> Announcement:
    return Announcement(str(a.params["text"]))


@pytest.fixture
async def post(
    telegram: TelegramDouble, catalogues: Catalogues, press: Press, services: FakeServices
) -> AsyncIterator[Post]:
    services.outbox = FakeOutbox()
    worded: dict[str, Any] = {"note": note}
    runtime = Runtime(services.whole, catalogues, press)
    async with build_bot(telegram.settings()) as bot:
        telegram.calls.clear()
        sender = OutboxSender(bot, runtime, worded, SteppedClock(NOW), at_any_speed())
        yield Post(sender, services.outbox, services, telegram, worded, runtime)


async def test_what_is_due_goes_out_in_order_and_is_recorded(post: Post) -> None:
    first, second = post.outbox.owe(), post.outbox.owe()
    assert await post.sender.deliver_due() == 2
    assert post.telegram.said == ["message 1", "message 2"]
    assert post.outbox.ends == {first: 101, second: 102}


async def test_what_is_claimed_again_before_its_record_is_written_goes_out_once(post: Post) -> None:
    claim = post.outbox.claim_batch
    claimed: list[OutboxMessage] = []

    async def claim_the_same_again(limit: int, *, to_desk: int | None = None) -> list[OutboxMessage]:
        if not claimed:
            claimed.extend(await claim(limit, to_desk=to_desk))
            return list(claimed)
        return [claimed.pop()]

    async def owed_anew() -> bool:
        return bool(claimed)

    post.outbox.owe()
    post.outbox.claim_batch = claim_the_same_again  # type: ignore[method-assign]
    post.outbox.something_is_due = owed_anew  # type: ignore[method-assign]
    await post.sender.deliver_due()
    assert post.telegram.said == ["message 1"]


async def test_a_message_that_says_nothing_after_all_is_done(post: Post) -> None:
    async def nothing(a: Announcing) -> None:
        return None

    post.announcers["note"] = nothing
    number = post.outbox.owe()
    assert await post.sender.deliver_due() == 0
    assert post.outbox.ends == {number: None}


async def test_buttons_that_no_longer_apply_are_taken_off_without_a_message(post: Post) -> None:
    post.announcers[BUTTONS_OFF] = announcers()[BUTTONS_OFF]
    number = post.outbox.owe(BUTTONS_OFF, message_id=55)
    assert await post.sender.deliver_due() == 0
    [call] = post.telegram.calls
    assert (call.method, call.fields) == ("editMessageReplyMarkup", {"chat_id": "7", "message_id": "55"})
    assert post.outbox.ends == {number: None}


@pytest.mark.parametrize("why", ["message is not modified", "message to edit not found"])
async def test_buttons_that_are_gone_already_are_no_error(
    post: Post, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    post.announcers[BUTTONS_OFF] = announcers()[BUTTONS_OFF]
    post.telegram.refuse("editMessageReplyMarkup", 400, f"Bad Request: {why}")
    number = post.outbox.owe(BUTTONS_OFF, message_id=55)
    with caplog.at_level(logging.INFO):
        await post.sender.deliver_due()
    assert post.outbox.ends == {number: None}
    assert not caplog.records


async def test_a_notice_that_became_the_card_of_a_dialogue_keeps_its_buttons(post: Post) -> None:
    post.announcers[BUTTONS_OFF] = announcers()[BUTTONS_OFF]
    async with post.services.database.transaction() as session:
        await post.services.conversations.keep(session, 7, None, {CARD: 55})
    post.outbox.owe(BUTTONS_OFF, message_id=55)
    await post.sender.deliver_due()
    assert not post.telegram.calls


async def test_a_slow_chat_holds_up_no_other(post: Post) -> None:
    go_on, other_sent = asyncio.Event(), asyncio.Event()

    async def word(a: Announcing) -> Announcement:
        if a.message.chat_id == 1:
            await go_on.wait()
        else:
            other_sent.set()
        return Announcement("x")

    post.announcers["note"] = word
    post.outbox.owe(chat_id=1)
    post.outbox.owe(chat_id=2)
    delivery = asyncio.create_task(post.sender.deliver_due())
    await asyncio.wait_for(other_sent.wait(), 5)
    go_on.set()
    assert await delivery == 2


async def test_a_long_flood_wait_spends_no_attempt(post: Post) -> None:
    post.telegram.refuse("sendMessage", 429, "Too Many Requests: retry after 90", retry_after=90)
    number = post.outbox.owe()
    await post.sender.deliver_due()
    assert post.outbox.delays == {number: (timedelta(seconds=90), False)}


async def test_a_borrower_who_blocked_the_bot_gets_nothing_more(post: Post) -> None:
    post.telegram.refuse("sendMessage", 403, "Forbidden: bot was blocked by the user")
    post.outbox.owe(chat_id=7)
    await post.sender.deliver_due()
    assert post.services.borrowers.unreachable == [7]
    assert post.outbox.withdrawn_for == [7]


async def test_a_desk_that_shuts_the_bot_out_is_tried_again_loudly(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    post.telegram.refuse("sendMessage", 403, "Forbidden: bot was kicked from the supergroup chat")
    number = post.outbox.owe(chat_id=DESK)
    await post.sender.deliver_due()
    assert post.outbox.ends == {number: "Forbidden"}
    assert [record.levelname for record in caplog.records if "desk" in record.message] == ["ERROR"]


async def test_what_telegram_refuses_fails_loudly(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    post.telegram.refuse("sendMessage", 400, "Bad Request: can't parse entities")
    number = post.outbox.owe()
    await post.sender.deliver_due()
    assert post.outbox.ends == {number: "failed: BadRequest"}
    assert any(record.levelno == logging.ERROR for record in caplog.records)


async def test_a_broken_network_is_tried_again_later(post: Post) -> None:
    for _ in range(3):
        post.telegram.hang_up("sendMessage")
    number = post.outbox.owe()
    await post.sender.deliver_due()
    assert post.outbox.ends == {number: "NetworkError"}
    assert post.outbox.delays[number] == (None, True)


async def test_a_group_that_moved_is_followed(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    post.telegram.refuse("sendMessage", 400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-100777)
    post.outbox.owe(chat_id=DESK)
    await post.sender.deliver_due()
    post.outbox.owe(chat_id=DESK)
    await post.sender.deliver_due()
    assert [call.fields["chat_id"] for call in post.telegram.named("sendMessage")] == [str(DESK), "-100777", "-100777"]
    assert "staff.toml" in caplog.text


@pytest.mark.parametrize("mistake", [RuntimeError("what somebody wrote"), KeyError("x")])
async def test_a_message_that_cannot_be_worded_waits_and_stops_no_other(
    post: Post, mistake: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(a: Announcing) -> Announcement:
        raise mistake

    post.announcers["broken"] = broken
    number = post.outbox.owe("broken")
    post.outbox.owe(chat_id=8)
    assert await post.sender.deliver_due() == 1
    assert post.outbox.ends[number] == type(mistake).__name__
    assert "what somebody wrote" not in str([record.__dict__ for record in caplog.records])


async def test_a_lock_that_another_process_holds_while_a_message_is_worded_is_no_error(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    async def waits_in_vain(a: Announcing) -> Announcement:
        raise OperationalError("SELECT", None, asyncpg.LockNotAvailableError("lock timeout"))

    post.announcers["note"] = waits_in_vain
    number = post.outbox.owe()
    await post.sender.deliver_due()
    assert post.outbox.ends == {number: "OperationalError"}
    assert {record.levelno for record in caplog.records} == {logging.WARNING}


async def test_a_message_about_something_that_is_gone_fails(post: Post) -> None:
    async def gone(a: Announcing) -> Announcement:
        raise NotFound

    post.announcers["note"] = gone
    number = post.outbox.owe()
    await post.sender.deliver_due()
    assert post.outbox.ends == {number: "failed: NotFound"}


async def test_a_document_carries_the_text_as_its_caption(post: Post) -> None:
    async def paper(a: Announcing) -> Announcement:
        return Announcement("<b>done</b>", documents=(Attachment("结清证明.pdf", b"%PDF"),))

    post.announcers["note"] = paper
    post.outbox.owe()
    await post.sender.deliver_due()
    call = post.telegram.named("sendDocument")[0]
    assert (call.fields["caption"], call.files["document"][0]) == ("<b>done</b>", "结清证明.pdf")


async def test_a_caption_that_is_too_long_and_an_album_follow_their_text(post: Post) -> None:
    async def papers(a: Announcing) -> Announcement:
        files = tuple(Attachment(f"{name}.pdf", b"%PDF") for name in a.params["names"])
        return Announcement(str(a.params["text"]), documents=files)

    post.announcers["note"] = papers
    post.outbox.owe(names=["one"], text="x" * 1025)
    post.outbox.owe(names=["one", "two"], text="two papers")
    await post.sender.deliver_due()
    assert [call.method for call in post.telegram.calls] == [
        "sendMessage",
        "sendDocument",
        "sendMessage",
        "sendMediaGroup",
    ]


async def test_an_edit_of_a_card_that_is_gone_becomes_a_new_card(post: Post) -> None:
    recorded: list[int] = []

    async def after(message_id: int) -> None:
        recorded.append(message_id)

    async def card(a: Announcing) -> Announcement:
        return Announcement("card", edit_message=55, after=after)

    post.announcers["note"] = card
    post.outbox.owe(chat_id=DESK)
    await post.sender.deliver_due()
    post.telegram.refuse("editMessageText", 400, "Bad Request: message to edit not found")
    post.outbox.owe(chat_id=DESK)
    await post.sender.deliver_due()
    assert recorded == [55, 101]


async def test_the_loop_sends_what_is_enqueued_while_it_runs(post: Post) -> None:
    sent = asyncio.Event()

    async def word(a: Announcing) -> Announcement:
        async def after(message_id: int) -> None:
            sent.set()

        return Announcement("x", after=after)

    post.announcers["note"] = word
    loop = asyncio.create_task(post.sender.run())
    await post.outbox.watched.wait()
    for _ in range(2):
        sent.clear()
        post.outbox.owe()
        await asyncio.wait_for(sent.wait(), 5)
    loop.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await loop
    assert len(post.outbox.ends) == 2


async def test_a_loop_that_is_stopped_finishes_the_message_on_its_way(post: Post) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def word(a: Announcing) -> Announcement:
        begun.set()
        await go_on.wait()
        return Announcement("x")

    post.announcers["note"] = word
    post.outbox.owe()
    loop = asyncio.create_task(post.sender.run())
    await asyncio.wait_for(begun.wait(), 5)
    post.sender.stop()
    go_on.set()
    await asyncio.wait_for(loop, 5)
    assert len(post.outbox.ends) == 1


async def test_the_loop_survives_a_database_that_is_away_for_a_while(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    sent = asyncio.Event()

    async def word(a: Announcing) -> Announcement:
        sent.set()
        return Announcement("x")

    post.announcers["note"] = word
    post.outbox.away = 1
    post.outbox.owe()
    loop = asyncio.create_task(post.sender.run())
    await post.outbox.watched.wait()
    post.sender.wake()
    await asyncio.wait_for(sent.wait(), 5)
    loop.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await loop
    assert "the outbox could not be read" in caplog.text
