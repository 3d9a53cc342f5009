"""What a person sees: replies, edited cards, and what comes of an error."""

import logging
from datetime import timedelta

import pytest
from telegram import Update
from telegram.ext import CallbackQueryHandler, MessageHandler, PreCheckoutQueryHandler, filters

from bot import keyboards, replies
from bot.app import Register
from bot.context import LoanlineApplication, LoanlineContext
from services.errors import DomainError, InvalidInput, NotFound
from services.money import Money
from tests.bot.doubles import FakeServices
from tests.bot.lines import StartLine

SECRET = "my name is Lin, 11010519491231002X"


class Refused(InvalidInput):
    key = "errors.currency_mismatch"


class UnwordedKind(NotFound):
    key = "nowhere.to_be_found"


def raising(error: Exception) -> Register:
    async def fail(update: Update, context: LoanlineContext) -> None:
        raise error

    def register(application: LoanlineApplication) -> None:
        application.add_handler(MessageHandler(filters.ALL, fail))
        application.add_handler(CallbackQueryHandler(fail))
        application.add_handler(PreCheckoutQueryHandler(fail))

    return register


def cards(application: LoanlineApplication) -> None:
    """Every text and press is answered by a card; "plain" by a sentence without buttons."""

    async def card(update: Update, context: LoanlineContext) -> None:
        message = update.message
        if message is not None and message.text == "plain":
            await replies.reply(update, context, "a sentence")
            return
        await replies.reply(update, context, "a card", keyboards.keyboard(keyboards.menu(context.t)))

    application.add_handler(MessageHandler(filters.ALL, card))
    application.add_handler(CallbackQueryHandler(card))


async def test_a_press_on_the_newest_card_edits_it(line: StartLine) -> None:
    async with line(cards) as bot:
        await bot.handle(bot.letters.text("hello"))
        await bot.handle(bot.letters.press("nav:menu", message_id=101))
    assert [call.method for call in bot.telegram.calls[1:]] == ["sendMessage", "editMessageText", "answerCallbackQuery"]


async def test_a_press_on_an_older_card_is_answered_below_and_the_last_card_loses_its_buttons(line: StartLine) -> None:
    async with line(cards) as bot:
        await bot.handle(bot.letters.text("hello"), bot.letters.press("nav:menu", message_id=50))
    assert len(bot.telegram.named("sendMessage")) == 2
    assert [call.fields["message_id"] for call in bot.telegram.named("editMessageReplyMarkup")] == ["101"]


async def test_a_sentence_leaves_the_buttons_of_the_question_above(line: StartLine) -> None:
    async with line(cards) as bot:
        await bot.handle(bot.letters.text("hello"), bot.letters.text("plain"))
    assert not bot.telegram.named("editMessageReplyMarkup")


async def test_an_edit_that_changes_nothing_is_no_error(line: StartLine) -> None:
    async with line(cards) as bot:
        await bot.handle(bot.letters.text("hello"))
        bot.telegram.refuse("editMessageText", 400, "Bad Request: message is not modified: same content")
        await bot.handle(bot.letters.press("nav:menu", message_id=101))
    assert len(bot.telegram.named("sendMessage")) == 1


async def test_a_card_that_cannot_be_edited_is_sent_anew(line: StartLine) -> None:
    async with line(cards) as bot:
        await bot.handle(bot.letters.text("hello"))
        bot.telegram.refuse("editMessageText", 400, "Bad Request: message to edit not found")
        await bot.handle(bot.letters.press("nav:menu", message_id=101))
    assert len(bot.telegram.named("sendMessage")) == 2


async def test_a_press_too_old_to_be_answered_is_let_go(line: StartLine, caplog: pytest.LogCaptureFixture) -> None:
    async with line(cards) as bot:
        bot.telegram.refuse("answerCallbackQuery", 400, "Bad Request: query is too old and response timeout expired")
        await bot.handle(bot.letters.press("nav:menu"))
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_every_press_is_answered_even_when_no_handler_does(line: StartLine) -> None:
    async with line(lambda application: None) as bot:
        await bot.handle(bot.letters.press("nobody:knows"))
    assert len(bot.telegram.named("answerCallbackQuery")) == 1


async def test_a_broken_rule_is_explained_in_the_persons_language(line: StartLine, services: FakeServices) -> None:
    services.borrowers.speak(7, "zh_Hans")
    async with line(raising(Refused(left="CNY", right="JPY"))) as bot:
        await bot.handle(bot.letters.text("hello", user=7), bot.letters.text("hello", user=8))
    # Two chats are answered side by side, in either order.
    assert sorted(bot.telegram.said) == [
        "The two amounts are in different currencies, CNY and JPY.",
        "两个金额的币种不同：CNY 和 JPY。",
    ]


async def test_an_error_without_a_sentence_of_its_own_is_worded_as_its_kind(line: StartLine) -> None:
    async with line(raising(UnwordedKind(amount=Money.of("1", "CNY")))) as bot:
        await bot.handle(bot.letters.text("hello"))
    assert bot.telegram.said == ["We can't find that any more. Open the menu to see what is current."]


async def test_a_refused_press_in_a_group_is_told_to_the_presser_alone(line: StartLine) -> None:
    async with line(raising(DomainError())) as bot:
        await bot.handle(bot.letters.press("desk:claim:1", chat=-1001))
    answer = bot.telegram.named("answerCallbackQuery")[0].fields
    assert answer["show_alert"] == "true"
    assert answer["text"].startswith("这一步暂时办不了")
    assert not bot.telegram.said


async def test_a_refused_payment_is_told_why(line: StartLine) -> None:
    async with line(raising(NotFound())) as bot:
        await bot.handle(bot.letters.pre_checkout())
    answer = bot.telegram.named("answerPreCheckoutQuery")[0].fields
    assert (answer["ok"], answer["error_message"][:13]) == ("false", "We can't find")


async def test_an_old_button_is_explained_and_the_current_question_shown(line: StartLine) -> None:
    async def show(update: Update, context: LoanlineContext) -> None:
        await replies.reply(update, context, "the question")

    async with line(raising(keyboards.OldButton())) as bot:
        bot.application.bot_data.show_current = show
        await bot.handle(bot.letters.press("apply:term:x"))
    assert bot.telegram.said[0].startswith("That button is from an earlier message")
    assert bot.telegram.said[1] == "the question"


async def test_a_mistake_of_ours_is_apologized_for_and_logged_without_what_was_said(
    line: StartLine, caplog: pytest.LogCaptureFixture
) -> None:
    async with line(raising(RuntimeError(SECRET))) as bot:
        await bot.handle(bot.letters.text(SECRET))
    assert bot.telegram.said[0].startswith("Sorry, something went wrong")
    record = next(record for record in caplog.records if record.levelno == logging.ERROR)
    assert (record.update_id, record.borrower_id) == (1, 1)
    assert "RuntimeError" in record.trace
    assert SECRET not in caplog.text + str(record.__dict__)


async def test_a_database_that_stays_away_is_apologized_for_once(line: StartLine, services: FakeServices) -> None:
    services.borrowers.broken = True
    async with line(cards) as bot:
        await bot.receive(bot.letters.text("hello"))
        for _ in range(6):
            await bot.worker.work_off()
            services.clock.advance(timedelta(minutes=1))
    assert [said[:35] for said in bot.telegram.said] == ["We have a technical problem just now"[:35]]


async def test_somebody_who_blocked_the_bot_is_marked_unreachable(line: StartLine, services: FakeServices) -> None:
    async with line(cards) as bot:
        await bot.handle(bot.letters.blocked())
    assert services.borrowers.unreachable == [1]


async def test_a_rule_explained_to_somebody_who_blocked_the_bot_is_done_with(line: StartLine) -> None:
    async with line(raising(Refused())) as bot:
        bot.telegram.refuse("sendMessage", 403, "Forbidden: bot was blocked by the user")
        await bot.handle(bot.letters.text("hello"))
        state = await bot.services.inbox.state()
    assert (state.waiting, state.quarantined) == (0, 0)


async def test_a_reply_to_somebody_who_just_blocked_the_bot_is_no_error(
    line: StartLine, caplog: pytest.LogCaptureFixture
) -> None:
    async with line(cards) as bot:
        bot.telegram.refuse("sendMessage", 403, "Forbidden: bot was blocked by the user")
        await bot.handle(bot.letters.text("hello"))
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_a_text_beyond_the_limit_goes_as_several_messages_with_the_buttons_last(line: StartLine) -> None:
    async def long(update: Update, context: LoanlineContext) -> None:
        text = "<b>" + "word " * 1500 + "</b>"
        await replies.reply(update, context, text, keyboards.keyboard(keyboards.menu(context.t)))

    async with line(lambda application: application.add_handler(MessageHandler(filters.ALL, long))) as bot:
        await bot.handle(bot.letters.text("hello"))
    sent = bot.telegram.named("sendMessage")
    assert ["reply_markup" in call.fields for call in sent] == [False, True]
    assert all(call.fields["text"].endswith("</b>") for call in sent)


async def test_a_private_message_is_deleted_where_telegram_lets_us(line: StartLine) -> None:
    outcome: list[bool] = []

    async def delete(update: Update, context: LoanlineContext) -> None:
        outcome.append(await replies.delete_if_allowed(update, context))

    async with line(lambda application: application.add_handler(MessageHandler(filters.ALL, delete))) as bot:
        await bot.handle(bot.letters.text(SECRET))
        bot.telegram.refuse("deleteMessage", 400, "Bad Request: message can't be deleted")
        await bot.handle(bot.letters.text(SECRET))
    assert outcome == [True, False]


async def test_files_are_sent_protected_where_asked(line: StartLine) -> None:
    async def send(update: Update, context: LoanlineContext) -> None:
        await replies.typing(update, context)
        await replies.send_document(update, context, b"%PDF", "合同.pdf", "<b>合同</b>", protect=True)
        await replies.send_photo(update, context, b"\x89PNG", "plan.png")

    async with line(lambda application: application.add_handler(MessageHandler(filters.ALL, send))) as bot:
        await bot.handle(bot.letters.text("hello"))
    document, photo = bot.telegram.named("sendDocument")[0], bot.telegram.named("sendPhoto")[0]
    assert (document.fields["protect_content"], document.files["document"][0]) == ("true", "合同.pdf")
    assert photo.files["photo"][2] == b"\x89PNG"
    assert bot.telegram.named("sendChatAction")
