"""What works at every step of every dialogue: back, cancel, help, and a kind word for whatever does not fit."""

from collections.abc import Mapping
from functools import partial

from telegram import Update
from telegram.ext import CallbackQueryHandler, CommandHandler, MessageHandler, filters

from bot import keyboards
from bot.context import LoanlineContext
from bot.conversation import Handler
from bot.replies import answer, reply, retire
from handlers import menu, registration
from handlers.dialogue import Ask
from handlers.registration import registered
from handlers.spoken import Spoken

LONGEST_ANSWER = 500
"""Characters; nothing that is asked here needs more."""


async def _help(ask: Ask, update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    lender = context.services.lender
    text = context.t("help.general") + "\n\n"
    identity = {"lender": lender.name, "licence": lender.licence, "regulator": lender.regulator}
    text += context.t("help.beware", **identity, phone=lender.complaint_phone)
    await reply(update, context, text, new=True)
    return await ask(update, context)


async def _cancel(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    await retire(update, context)
    idle = context.step in (None, menu.Step.OPEN)
    await reply(update, context, context.t("dialogue.nothing_to_cancel" if idle else "dialogue.cancelled"), new=True)
    return await menu.show(update, context)


async def _back(ask: Ask, update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    return await ask(update, context)


async def _old_button(ask: Ask, update: Update, context: LoanlineContext) -> str:
    await answer(update, context, context.t.plain("dialogue.old_button"))
    await retire(update, context)
    return await ask(update, context)


async def _not_understood(ask: Ask, update: Update, context: LoanlineContext) -> str:
    message = update.effective_message
    if message is None or message.text is None:
        text = context.t("dialogue.only_text_here")
    elif len(message.text) > LONGEST_ANSWER:
        text = context.t("dialogue.too_long")
    else:
        text = context.t("dialogue.not_understood")
    await reply(update, context, text)
    return await ask(update, context)


def before_the_step(spoken: Spoken, ask: Ask, back: Ask | None) -> list[Handler]:
    """Navigation that goes before a step's own handlers, so that "back" is never taken for an answer."""
    callback = partial(_back, back or registered(menu.show))
    helping = partial(_help, ask)
    leaving = registered(_cancel)
    return [
        *spoken.choice(keyboards.BACK, callback, "nav.back", "nav.words_back"),
        CommandHandler("help", helping),
        *spoken.choice(keyboards.HELP, helping, "nav.help", "nav.words_help"),
        CommandHandler("cancel", leaving),
        *spoken.choice(keyboards.CANCEL, leaving, "nav.cancel", "nav.words_cancel"),
    ]


def after_the_step(ask: Ask) -> list[Handler]:
    """What a step's own handlers did not take."""
    return [
        CallbackQueryHandler(partial(_old_button, ask)),
        MessageHandler(~filters.StatusUpdate.ALL, partial(_not_understood, ask)),
    ]


def elsewhere(spoken: Spoken) -> list[Handler]:
    """For people who are at no step: the first contact, or a step that no longer exists."""
    start = registered(menu.show)
    return [
        *before_the_step(spoken, start, None),
        CallbackQueryHandler(partial(_old_button, start)),
        MessageHandler(~filters.StatusUpdate.ALL, start),
    ]


async def show_current(asks: Mapping[str, Ask], update: Update, context: LoanlineContext) -> None:
    """Show again what the person is asked at the step where they stand, or what is asked since."""
    ask = asks.get(context.step or "", registration.registered(menu.show))
    context.turn.step = await ask(update, context)
