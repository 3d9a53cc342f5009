"""Repaying: loan → what to pay → what that settles (`handlers.payment`) → invoice in the chat (`handlers.invoices`) or
bank transfer (`handlers.transfer`)."""

from enum import StrEnum
from functools import partial
from typing import Final

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import CallbackQueryHandler, CommandHandler

from bot import keyboards
from bot.context import LoanlineContext
from bot.errors import wording
from bot.replies import answer, reply
from bot.wording.i18n import Translator
from handlers import interest_card, invoices, loan_card, menu, payment, repay_cards, transfer
from handlers.dialogue import Dialogue
from handlers.payment import LOAN, PAYMENT
from handlers.registration import registered
from handlers.schedule import loan_buttons, named_loan
from handlers.spoken import Spoken, typed
from services.lending.loan_states import IllegalLoanMove, LoanStatus
from services.lending.loan_views import LoanSummary
from services.repayment.payment_views import Aim, Payment, RepayOptions


class Step(StrEnum):
    LOAN = "repay:loan"
    AIM = "repay:aim"
    AMOUNT = "repay:amount"


AIMS: Final = {Aim.DUE: "repay:due", Aim.PAYOFF: "repay:payoff"}
"""Button of each aim that needs no amount typed."""


async def _payable(context: LoanlineContext) -> list[LoanSummary]:
    loans = await context.services.loans.list(context.borrower.id, open_only=True)
    return [loan for loan in loans if loan.status is LoanStatus.ACTIVE]


async def begin(update: Update, context: LoanlineContext) -> str:
    """Straight to the amount where there is only one loan."""
    loans = await _payable(context)
    if len(loans) == 1:
        context.place[LOAN] = loans[0].id
        return await ask_aim(update, context)
    return await ask_loan(update, context)


async def ask_loan(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    t, loans = context.t, await _payable(context)
    if not loans:
        await reply(update, context, t("repay.no_loan"), keyboards.keyboard([keyboards.menu(t), keyboards.human(t)]))
        return menu.Step.OPEN
    text = "\n".join([t("repay.ask_loan"), "", *(loan_card.line(loan, t) for loan in loans)])
    await reply(update, context, text, keyboards.keyboard(loan_buttons(loans, "repay"), keyboards.menu(t)))
    return Step.LOAN


async def loan_pressed(update: Update, context: LoanlineContext) -> str:
    """Also from reminders, which may be older than the loan's end."""
    loan = await context.services.loans.get(context.borrower.id, keyboards.pressed(update).number())
    context.place[LOAN] = loan.id
    return await ask_aim(update, context)


async def loan_typed(update: Update, context: LoanlineContext) -> str:
    loan = named_loan(update, await _payable(context))
    if loan is None:
        await reply(update, context, context.t("dialogue.not_understood"))
        return await ask_loan(update, context)
    context.place[LOAN] = loan.id
    return await ask_aim(update, context)


async def ask_aim(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    if LOAN not in context.place:
        return await ask_loan(update, context)
    repayments, loan_id = context.services.repayments, context.place[LOAN]
    try:
        options = await repayments.options(context.borrower.id, loan_id)
    except IllegalLoanMove as refusal:
        return await _nothing_to_pay(refusal, update, context)
    unbooked = await repayments.unbooked_transfer(context.borrower.id, loan_id)
    text = repay_cards.options(options, unbooked, context.t)
    await reply(update, context, text, _aim_keyboard(options, unbooked, context.t))
    return Step.AIM


async def _nothing_to_pay(refusal: IllegalLoanMove, update: Update, context: LoanlineContext) -> str:
    t = context.t
    label, loan_id = t.plain("repay.button_loan"), context.place[LOAN]
    buttons = [keyboards.button(label, keyboards.data("schedule", "loan", loan_id)), keyboards.menu(t)]
    await reply(update, context, wording(t, refusal), keyboards.keyboard(buttons))
    return menu.Step.OPEN


def _aim_keyboard(options: RepayOptions, unbooked: Payment | None, t: Translator) -> InlineKeyboardMarkup:
    buttons: list[InlineKeyboardButton] = []
    if unbooked is not None:
        receipt = keyboards.data("transfer", "receipt", unbooked.id)
        buttons.append(keyboards.button(t.plain("repay.button_receipt"), receipt))
    coming = options.next_installment
    if options.due_now.total:
        label = t.plain("repay.button_due", amount=options.due_now.total)
        buttons.append(keyboards.button(label, AIMS[Aim.DUE]))
    elif coming is not None and not options.revolving:
        buttons.append(keyboards.button(t.plain("repay.button_next", amount=coming.amount), AIMS[Aim.DUE]))
    closing = "draws.button_repay_all" if options.revolving else "repay.button_payoff"
    payoff = t.plain(closing, amount=options.payoff.amount)
    buttons += [
        keyboards.button(payoff, AIMS[Aim.PAYOFF]),
        keyboards.button(t.plain("repay.button_other"), "repay:other"),
    ]
    interest = interest_card.button(options.payoff.loan_id, "aim", t)
    return keyboards.keyboard(*buttons, interest, [keyboards.back(t), keyboards.cancel(t)])


async def aim_pressed(aim: Aim, update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    return await _open(aim, None, update, context)


async def ask_amount(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    options = await context.services.repayments.options(context.borrower.id, context.place.get(LOAN, 0))
    text = context.t("repay.ask_amount", maximum=options.payoff.amount)
    buttons = [keyboards.back(context.t), keyboards.cancel(context.t)]
    await reply(update, context, text, keyboards.keyboard(buttons))
    return Step.AMOUNT


async def amount_typed(update: Update, context: LoanlineContext) -> str:
    return await _open(Aim.OTHER, (update.effective_message and update.effective_message.text) or "", update, context)


async def _open(aim: Aim, amount: str | None, update: Update, context: LoanlineContext) -> str:
    opened = await context.services.repayments.open(context.borrower.id, context.place.get(LOAN, 0), aim, amount)
    context.place[PAYMENT] = opened.id
    return await payment.show_preview(update, context)


async def leave_aim(update: Update, context: LoanlineContext) -> str:
    """To the other loans, where there are any."""
    return await (ask_loan if len(await _payable(context)) > 1 else menu.show)(update, context)


def dialogue(spoken: Spoken) -> Dialogue:
    gated = registered(begin)
    return Dialogue(
        name="repay",
        entries=[
            CommandHandler(["repay", "pay"], gated),
            *spoken.choice("repay:start", gated, "menu.button_repay", "menu.words_repay", "notices.pay_now"),
            CallbackQueryHandler(registered(loan_pressed), keyboards.pattern("repay:loan")),
        ],
        states={
            Step.LOAN: [typed(loan_typed)],
            Step.AIM: [
                *spoken.choice(AIMS[Aim.DUE], partial(aim_pressed, Aim.DUE), "repay.words_due"),
                *spoken.choice(AIMS[Aim.PAYOFF], partial(aim_pressed, Aim.PAYOFF), "repay.words_payoff"),
                *spoken.choice("repay:other", ask_amount, "repay.button_other", "repay.words_other"),
                typed(amount_typed),
            ],
            Step.AMOUNT: [typed(amount_typed)],
            payment.Step.PREVIEW: [
                *spoken.choice("invoice:send", invoices.send, "repay.button_invoice", "repay.words_invoice"),
                *spoken.choice("transfer:choose", transfer.choose, "repay.button_transfer", "repay.words_transfer"),
                typed(amount_typed),
            ],
        },
        ask={
            Step.LOAN: ask_loan,
            Step.AIM: ask_aim,
            Step.AMOUNT: ask_amount,
            payment.Step.PREVIEW: payment.show_preview,
        },
        back={Step.AIM: leave_aim, Step.AMOUNT: ask_aim, payment.Step.PREVIEW: ask_aim},
    )
