"""What must be known of a person before anything else, and the questions for it."""

from enum import StrEnum
from functools import wraps

from telegram import KeyboardButton, ReplyKeyboardMarkup, Update

from bot import keyboards
from bot.context import LoanlineContext
from bot.replies import reply
from handlers.dialogue import Callback


class Step(StrEnum):
    LANGUAGE = "start:language"
    CONSENT = "start:consent"
    PHONE = "start:phone"


LANGUAGE_NAMES = {"zh_Hans": "start.language_zh_Hans", "en": "start.language_en"}


def registered(callback: Callback) -> Callback:
    """Only for people who chose a language, consented and shared their number; others are asked for what is missing."""

    @wraps(callback)
    async def gate(update: Update, context: LoanlineContext) -> str:
        if context.borrower.registered:
            return await callback(update, context)
        return await ask_missing(update, context)

    return gate


async def ask_missing(update: Update, context: LoanlineContext) -> str:
    """The first question that is still open."""
    borrower = context.borrower
    if borrower.language is None:
        return await ask_language(update, context)
    if not borrower.consented:
        return await ask_consent(update, context)
    return await ask_phone(update, context)


async def ask_language(update: Update, context: LoanlineContext) -> str:
    t, lender = context.t, context.services.lender
    buttons = [
        keyboards.button(t.plain(LANGUAGE_NAMES[language]), keyboards.data("start", "language", language))
        for language in lender.languages
    ]
    await reply(update, context, t("start.choose_language", lender=lender.name), keyboards.keyboard(buttons))
    return Step.LANGUAGE


async def ask_consent(update: Update, context: LoanlineContext) -> str:
    t, lender = context.t, context.services.lender
    buttons = [
        keyboards.button(t.plain("start.button_agree"), "start:agree"),
        keyboards.button(t.plain("start.button_disagree"), "start:disagree"),
    ]
    text = t("start.ask_consent", lender=lender.name, licence=lender.licence)
    await reply(update, context, text, keyboards.keyboard(buttons))
    return Step.CONSENT


async def ask_phone(update: Update, context: LoanlineContext) -> str:
    t = context.t
    share = KeyboardButton(t.plain("start.button_share_phone"), request_contact=True)
    markup = ReplyKeyboardMarkup([[share]], resize_keyboard=True, one_time_keyboard=True)
    await reply(update, context, t("start.ask_phone"), markup)
    return Step.PHONE
