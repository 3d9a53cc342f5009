"""Paying by bank transfer: where to and with which reference → photo or PDF of the receipt, at once or later."""

from enum import StrEnum
from typing import Final

from telegram import InlineKeyboardButton, Update
from telegram.ext import CallbackQueryHandler, MessageHandler, filters

from bot import keyboards
from bot.context import LoanlineContext
from bot.incoming.downloads import fetch, file_of
from bot.replies import answer, reply, typing
from bot.wording.i18n import Translator
from handlers import menu, paper_examples, payment, repay_cards
from handlers.dialogue import Dialogue
from handlers.registration import registered
from handlers.spoken import Spoken
from services.documents.examples import Example
from services.repayment.payment_states import IllegalPaymentMove, PaymentStatus
from services.repayment.payment_views import Payment
from services.wording import Label

RECEIPT_NAME: Final = Label("terms.document_receipt")


class Step(StrEnum):
    RECEIPT = "transfer:receipt"


async def choose(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    await payment.pressed_payment(update, context)
    return await show_instructions(update, context)


async def show_instructions(update: Update, context: LoanlineContext) -> str:
    """Where to pay while the figures hold; later only where the receipt goes."""
    await answer(update, context)
    due = await payment.current(context)
    if due.status is not PaymentStatus.OPEN:
        return await ask_receipt(update, context)
    to = await context.services.repayments.choose_transfer(context.borrower.id, due.id)
    t = context.t
    buttons = [_example_button(t), keyboards.button(t.plain("repay.button_later"), "transfer:later")]
    text = repay_cards.instructions(to, t)
    await reply(update, context, text, keyboards.keyboard(buttons, [keyboards.back(t), keyboards.cancel(t)]))
    return Step.RECEIPT


async def receipt_pressed(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    await payment.pressed_payment(update, context)
    return await ask_receipt(update, context)


async def ask_receipt(update: Update, context: LoanlineContext) -> str:
    due = await payment.current(context)
    if due.status not in repay_cards.TRANSFERS:
        return await payment.show_over(due, update, context)
    t = context.t
    text = repay_cards.unbooked(due, t) + "\n\n" + t("repay.ask_receipt")
    buttons = [_example_button(t), keyboards.button(t.plain("repay.button_later"), "transfer:later")]
    await reply(update, context, text, keyboards.keyboard(buttons, keyboards.menu(t)))
    return Step.RECEIPT


def _example_button(t: Translator) -> InlineKeyboardButton:
    return keyboards.button(t.plain("upload.button_example"), "transfer:example")


async def example(update: Update, context: LoanlineContext) -> str:
    """A drawing of a receipt as it is photographed; the question for it stays."""
    due = await payment.current(context)
    again = keyboards.data("transfer", "choose", due.id)
    back = keyboards.button(context.t.plain("repay.button_receipt_back"), again)
    await paper_examples.send(Example.RECEIPT, RECEIPT_NAME, keyboards.keyboard(back), update, context)
    return Step.RECEIPT


async def receipt_sent(update: Update, context: LoanlineContext) -> str:
    message = update.effective_message
    file = file_of(message) if message else None
    if file is None:
        return await show_instructions(update, context)
    await typing(update, context)
    due = await payment.current(context)
    try:
        data = await fetch(context.bot, *file)
        await context.services.repayments.attach_receipt(context.borrower.id, due.id, data)
    except IllegalPaymentMove as refusal:
        return await payment.refuse(due, refusal, update, context)
    return await _thank(due, update, context)


async def _thank(due: Payment, update: Update, context: LoanlineContext) -> str:
    """The step stays, so that a second page can follow."""
    t, lender = context.t, context.services.lender
    text = t("repay.receipt_received", amount=due.amount, reference=due.reference, hours=lender.service_hours)
    loan = keyboards.data("schedule", "loan", due.loan_id)
    buttons = [keyboards.button(t.plain("repay.button_loan"), loan), keyboards.menu(t)]
    await reply(update, context, text, keyboards.keyboard(buttons))
    return Step.RECEIPT


async def later(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    await reply(update, context, context.t("repay.receipt_later"), keyboards.keyboard(keyboards.menu(context.t)))
    return menu.Step.OPEN


def dialogue(spoken: Spoken) -> Dialogue:
    return Dialogue(
        name="transfer",
        entries=[
            CallbackQueryHandler(registered(choose), keyboards.pattern("transfer:choose")),
            CallbackQueryHandler(registered(receipt_pressed), keyboards.pattern("transfer:receipt")),
        ],
        states={
            Step.RECEIPT: [
                MessageHandler(filters.PHOTO | filters.Document.ALL, receipt_sent),
                *spoken.choice("transfer:example", example, "upload.button_example", "upload.words_example"),
                *spoken.choice("transfer:later", later, "repay.button_later", "repay.words_later"),
            ]
        },
        ask={Step.RECEIPT: show_instructions},
        back={Step.RECEIPT: payment.show_preview},
    )
