"""A request for more time: with an officer → granted, both plans side by side → signed (see `handlers.extend_signing`)
or taken back."""

from enum import StrEnum
from typing import Final

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import CallbackQueryHandler

from bot import keyboards
from bot.cards.plan_lines import change_words
from bot.context import LoanlineContext
from bot.errors import wording
from bot.replies import answer, reply
from bot.wording.i18n import Translator
from handlers import extend_cards, menu
from handlers.dialogue import Ask, Callback, Dialogue
from handlers.registration import registered
from handlers.spoken import Spoken
from services.configuration.rate_cap import RateCapExceeded
from services.errors import DomainError, IllegalMove
from services.extensions.extension_limits import ArrearsFirst
from services.extensions.extension_states import ExtensionStatus
from services.extensions.extension_views import Extension, is_open


class Step(StrEnum):
    OPEN = "extend:open"
    ROWS = "extend:rows"
    WITHDRAW = "extend:withdraw"


LOAN: Final = "extend_loan"
"""The loan that the step is about."""
EXTENSION: Final = "extend_request"
"""The request that the step is about."""


async def explain(refusal: DomainError, update: Update, context: LoanlineContext) -> str:
    """Why it cannot be, and what can be done instead."""
    t, loan_id = context.t, context.place.get(LOAN, 0)
    buttons = [keyboards.human(t), keyboards.menu(t)]
    if isinstance(refusal, ArrearsFirst):
        buttons.insert(0, keyboards.button(t.plain("menu.button_repay"), keyboards.data("repay", "loan", loan_id)))
    await reply(update, context, wording(t, refusal), keyboards.keyboard(buttons))
    return menu.Step.OPEN


async def _pressed(update: Update, context: LoanlineContext) -> None:
    """The step is about the request that the pressed button names. Raises NotFound."""
    if update.callback_query is None:
        return
    press = keyboards.pressed(update)
    if press.arguments:
        extension = await context.services.extensions.get(context.borrower.id, press.number())
        context.place[EXTENSION], context.place[LOAN] = extension.id, extension.loan_id


def about_pressed(ask: Ask) -> Callback:
    """`ask` about the request that the button names; for those who type, about the one at hand."""

    async def pressed(update: Update, context: LoanlineContext) -> str:
        await _pressed(update, context)
        return await ask(update, context)

    return pressed


async def show_open(update: Update, context: LoanlineContext) -> str:
    """Where the request stands: with an officer, or granted with both plans, or over."""
    await answer(update, context)
    if EXTENSION not in context.place:
        return await menu.show(update, context)
    extension = await context.services.extensions.get(context.borrower.id, context.place[EXTENSION])
    now, t = context.services.clock.now(), context.t
    if not is_open(extension, now):
        return await _show_closed(extension, update, context)
    if extension.status is ExtensionStatus.APPROVED:
        return await _show_granted(extension, update, context)
    buttons = [_about(extension, t.plain("extend.button_withdraw"), "withdraw"), keyboards.human(t)]
    text = extend_cards.waiting(extension, now, t)
    await reply(update, context, text, keyboards.keyboard(buttons, keyboards.menu(t)))
    return Step.OPEN


def _about(extension: Extension, label: str, action: str) -> InlineKeyboardButton:
    return keyboards.button(label, keyboards.data("extend", action, extension.id))


async def _show_closed(extension: Extension, update: Update, context: LoanlineContext) -> str:
    t = context.t
    if extension.status is ExtensionStatus.WITHDRAWN:
        text = t("extend.withdrawn", loan=extension.loan_reference)
    else:
        expired = extension.status in (ExtensionStatus.REQUESTED, ExtensionStatus.APPROVED)
        status = ExtensionStatus.EXPIRED if expired else extension.status
        text = t("extend.over", reference=extension.reference, state=status.label)
    plan = keyboards.button(t.plain("lending.button_plan"), keyboards.data("schedule", "loan", extension.loan_id))
    await reply(update, context, text, keyboards.keyboard([plan, keyboards.menu(t)]))
    return menu.Step.OPEN


async def _show_granted(extension: Extension, update: Update, context: LoanlineContext) -> str:
    t = context.t
    try:
        agreement = await context.services.extension_agreements.read(context.borrower.id, extension.id)
    except (IllegalMove, RateCapExceeded) as refusal:
        return await explain(refusal, update, context)
    keyboard = _granted_keyboard(extension, t)
    await reply(update, context, extend_cards.granted(agreement, t), keyboard)
    return Step.OPEN


def sign_button(extension_id: int, t: Translator) -> InlineKeyboardButton:
    """Leads into `handlers.extend_signing`."""
    return keyboards.button(t.plain("extend.button_sign"), keyboards.data("extend_signing", "start", extension_id))


def _granted_keyboard(extension: Extension, t: Translator) -> InlineKeyboardMarkup:
    rows = _about(extension, t.plain("extend.button_rows"), "rows")
    dropping = _about(extension, t.plain("extend.button_withdraw"), "withdraw")
    return keyboards.keyboard([sign_button(extension.id, t), rows], [keyboards.human(t), keyboards.menu(t)], dropping)


async def show_rows(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    t, extension_id = context.t, context.place.get(EXTENSION, 0)
    try:
        agreement = await context.services.extension_agreements.read(context.borrower.id, extension_id)
    except (IllegalMove, RateCapExceeded):
        return await show_open(update, context)
    buttons = [sign_button(extension_id, t), keyboards.back(t)]
    await reply(update, context, extend_cards.new_plan(agreement, t), keyboards.keyboard(buttons))
    return Step.ROWS


async def ask_withdraw(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    t = context.t
    extension = await context.services.extensions.get(context.borrower.id, context.place.get(EXTENSION, 0))
    if not is_open(extension, context.services.clock.now()):
        return await show_open(update, context)
    buttons = [
        keyboards.button(t.plain("extend.button_keep"), keyboards.BACK),
        _about(extension, t.plain("extend.button_withdraw_yes"), "drop"),
    ]
    text = t("extend.confirm_withdraw", change=change_words(extension.product, extension.wanted, t))
    await reply(update, context, text, keyboards.keyboard(buttons))
    return Step.WITHDRAW


async def withdraw(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    await context.services.extensions.withdraw(context.borrower.id, context.place.get(EXTENSION, 0))
    return await show_open(update, context)


def dialogue(spoken: Spoken) -> Dialogue:
    return Dialogue(
        name="extend_request",
        entries=[CallbackQueryHandler(registered(about_pressed(show_open)), keyboards.pattern("extend:open"))],
        states={
            Step.OPEN: [
                *spoken.choice("extend:rows", about_pressed(show_rows), "extend.button_rows", "extend.words_rows"),
                *spoken.choice(
                    "extend:withdraw", about_pressed(ask_withdraw), "extend.button_withdraw", "extend.words_withdraw"
                ),
            ],
            Step.ROWS: [],
            Step.WITHDRAW: spoken.choice(
                "extend:drop", about_pressed(withdraw), "extend.button_withdraw_yes", "extend.words_withdraw_yes"
            ),
        },
        ask={Step.OPEN: show_open, Step.ROWS: show_rows, Step.WITHDRAW: ask_withdraw},
        back={Step.ROWS: show_open, Step.WITHDRAW: show_open},
    )
