"""Paying in the chat: invoice → Telegram asks whether it may take the money → the money is taken and booked.

What is booked is told by the message `payment_received` of the outbox.
"""

from enum import StrEnum
from typing import Final

from telegram import LabeledPrice, Update
from telegram.ext import CallbackQueryHandler, MessageHandler, PreCheckoutQueryHandler, filters

from bot import keyboards
from bot.context import LoanlineApplication, LoanlineContext
from bot.replies import answer, remove_buttons, reply
from bot.runtime import CARD
from handlers import menu, payment
from handlers.dialogue import Dialogue
from handlers.registration import registered
from handlers.spoken import Spoken
from services.repayment.payment_states import IllegalPaymentMove, PaymentStatus
from services.repayment.payment_views import Payment


class Step(StrEnum):
    WAITING = "invoice:waiting"


START_PARAMETER: Final = "repay"
"""Makes a forwarded invoice lead to the bot instead of asking a stranger to pay."""


async def send(update: Update, context: LoanlineContext) -> str:
    """The invoice, with a card below it that leads elsewhere."""
    await answer(update, context)
    due = await payment.pressed_payment(update, context)
    try:
        await _send_invoice(due, update, context)
    except IllegalPaymentMove as refusal:
        return await payment.refuse(due, refusal, update, context)
    return await show_waiting(update, context)


async def _send_invoice(due: Payment, update: Update, context: LoanlineContext) -> None:
    """Raises IllegalPaymentMove when it cannot be paid any more."""
    checkout = await context.services.repayments.checkout(context.borrower.id, due.id)
    t, chat = context.t, update.effective_chat
    if chat is None:
        return
    message = await context.bot.send_invoice(
        chat.id,
        title=t.plain("repay.invoice_title", loan=due.loan_reference),
        description=t.plain("repay.invoice_description", loan=due.loan_reference, until=due.valid_until),
        payload=checkout.reference,
        provider_token=checkout.provider_token,
        currency=checkout.amount.currency,
        prices=[LabeledPrice(t.plain("repay.invoice_price"), checkout.amount.minor)],
        start_parameter=START_PARAMETER,
    )
    context.turn.saw(message.message_id)


async def show_waiting(update: Update, context: LoanlineContext) -> str:
    """Whether the money has come, and what else can be done."""
    await answer(update, context)
    due = await payment.current(context)
    if due.status is not PaymentStatus.OPEN:
        return await payment.show_over(due, update, context)
    t = context.t
    buttons = [
        keyboards.button(t.plain("repay.button_transfer"), keyboards.data("transfer", "choose", due.id)),
        keyboards.button(t.plain("repay.button_drop"), keyboards.data("invoice", "drop", due.id)),
    ]
    text = t("repay.invoice_waiting", amount=due.amount, until=due.valid_until)
    await reply(update, context, text, keyboards.keyboard(buttons, keyboards.back(t)))
    return Step.WAITING


async def drop(update: Update, context: LoanlineContext) -> str:
    """The borrower thinks better of it: the invoice can't be paid after this."""
    await answer(update, context)
    due = await payment.pressed_payment(update, context)
    await context.services.repayments.cancel(context.borrower.id, due.id)
    again = keyboards.button(context.t.plain("repay.button_again"), keyboards.data("repay", "loan", due.loan_id))
    buttons = keyboards.keyboard([again, keyboards.menu(context.t)])
    await reply(update, context, context.t("repay.dropped", amount=due.amount), buttons)
    return menu.Step.OPEN


async def approve(update: Update, context: LoanlineContext) -> None:
    """Telegram's question before it takes the money, to be answered within ten seconds; a refusal is worded by the
    error edge."""
    query = update.pre_checkout_query
    if query is None:
        return
    await context.services.repayments.check(
        query.invoice_payload, query.total_amount, query.currency, context.borrower.id
    )
    await query.answer(ok=True)


async def book(update: Update, context: LoanlineContext) -> str:
    """The money is taken. May come twice, and at any step, which it leaves as it is."""
    message = update.effective_message
    paid = message.successful_payment if message else None
    if message is not None and paid is not None:
        await context.services.repayments.confirm(
            paid.invoice_payload,
            paid.telegram_payment_charge_id,
            paid.total_amount,
            paid.currency,
            message.date,
        )
    step = context.step
    if step is not None and step not in (Step.WAITING, payment.Step.PREVIEW):
        return step
    await _retire_card(update, context)
    return menu.Step.OPEN


async def _retire_card(update: Update, context: LoanlineContext) -> None:
    """The ways to pay no longer apply."""
    chat = update.effective_chat
    card = context.place.get(CARD)
    if chat is not None and card is not None:
        await remove_buttons(context, chat.id, card)


def register(application: LoanlineApplication) -> None:
    """What comes outside the conversation: Telegram's question belongs to no chat."""
    application.add_handler(PreCheckoutQueryHandler(approve))


def dialogue(spoken: Spoken) -> Dialogue:
    return Dialogue(
        name="invoice",
        entries=[
            MessageHandler(filters.SUCCESSFUL_PAYMENT, book),
            CallbackQueryHandler(registered(send), keyboards.pattern("invoice:send")),
        ],
        states={Step.WAITING: spoken.choice("invoice:drop", drop, "repay.button_drop", "repay.words_drop")},
        ask={Step.WAITING: show_waiting},
        back={Step.WAITING: payment.show_preview},
    )
