"""The payment that a borrower is about to make: what it would settle, the ways to pay it, and that it is over."""

from enum import StrEnum
from typing import Final

from telegram import InlineKeyboardButton, Update

from bot import keyboards
from bot.context import LoanlineContext
from bot.errors import wording
from bot.replies import answer, reply
from handlers import interest_card, menu, repay_cards
from services.repayment.payment_states import IllegalPaymentMove, PaymentStatus
from services.repayment.payment_views import Aim, Channel, Payment


class Step(StrEnum):
    PREVIEW = "payment:preview"


LOAN: Final = "repay_loan"
"""The loan that is being repaid."""
PAYMENT: Final = "repay_payment"
"""The payment that the step is about."""


async def current(context: LoanlineContext) -> Payment:
    """The payment that the step is about. Raises NotFound."""
    return await context.services.repayments.get(context.borrower.id, context.place.get(PAYMENT, 0))


async def pressed_payment(update: Update, context: LoanlineContext) -> Payment:
    """The payment that the pressed button names, or else the one the step is about. Raises NotFound."""
    if update.callback_query is None:
        return await current(context)
    payment = await context.services.repayments.get(context.borrower.id, keyboards.pressed(update).number())
    context.place[PAYMENT], context.place[LOAN] = payment.id, payment.loan_id
    return payment


async def show_preview(update: Update, context: LoanlineContext) -> str:
    """What the payment does; figures that have moved since it was opened are told afresh."""
    await answer(update, context)
    payment, repayments, borrower_id = await current(context), context.services.repayments, context.borrower.id
    if payment.status is not PaymentStatus.OPEN:
        return await show_over(payment, update, context)
    typed_amount = payment.amount if payment.aim in (Aim.OTHER, Aim.EARLY) else None
    preview = await repayments.preview(borrower_id, payment.loan_id, payment.aim, typed_amount)
    if preview.amount != payment.amount:
        payment = await repayments.open(borrower_id, payment.loan_id, payment.aim)
        context.place[PAYMENT] = payment.id
    options = await repayments.options(borrower_id, payment.loan_id)
    text = repay_cards.preview(preview, payment, options, context.t)
    buttons = _channels(payment, context)
    if preview.allocation.interest or preview.allocation.penalty:
        buttons.append(interest_card.button(payment.loan_id, "preview", context.t))
    leaving = [keyboards.back(context.t), keyboards.cancel(context.t)]
    await reply(update, context, text, keyboards.keyboard(*buttons, leaving))
    return Step.PREVIEW


def _channels(payment: Payment, context: LoanlineContext) -> list[InlineKeyboardButton]:
    """The ways to pay it."""
    labels = {
        Channel.GATEWAY: ("repay.button_invoice", keyboards.data("invoice", "send", payment.id)),
        Channel.TRANSFER: ("repay.button_transfer", keyboards.data("transfer", "choose", payment.id)),
    }
    offered = [labels[channel] for channel in context.services.repayments.channels]
    return [keyboards.button(context.t.plain(key), data) for key, data in offered]


async def show_over(payment: Payment, update: Update, context: LoanlineContext) -> str:
    """A payment that cannot be paid any more, and the way to another, or to the loan that it settled."""
    await _lead_on(payment, repay_cards.over(payment, context.t), update, context)
    return menu.Step.OPEN


async def refuse(payment: Payment, refusal: IllegalPaymentMove, update: Update, context: LoanlineContext) -> str:
    """It came too late."""
    await _lead_on(payment, wording(context.t, refusal), update, context)
    return menu.Step.OPEN


async def _lead_on(payment: Payment, text: str, update: Update, context: LoanlineContext) -> None:
    t = context.t
    loan = keyboards.button(t.plain("repay.button_loan"), keyboards.data("schedule", "loan", payment.loan_id))
    again = keyboards.button(t.plain("repay.button_again"), keyboards.data("repay", "loan", payment.loan_id))
    settled = payment.status is PaymentStatus.SETTLED
    await reply(update, context, text, keyboards.keyboard([loan if settled else again, keyboards.menu(t)]))
