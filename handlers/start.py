"""The first minutes: language → consent → phone number → menu."""

from telegram import ReplyKeyboardRemove, Update
from telegram.ext import CallbackQueryHandler, CommandHandler, MessageHandler, filters

from bot import keyboards
from bot.context import LoanlineContext
from bot.replies import answer, reply, retire
from handlers import menu, registration
from handlers.dialogue import Callback, Dialogue
from handlers.registration import LANGUAGE_NAMES, Step
from handlers.spoken import Spoken, typed


async def begin(update: Update, context: LoanlineContext) -> str:
    """/start, with or without a deep link's payload."""
    if context.borrower.registered:
        return await menu.show(update, context)
    return await registration.ask_missing(update, context)


async def language_pressed(update: Update, context: LoanlineContext) -> str:
    language = keyboards.pressed(update).one_of(context.services.lender.languages)
    return await _speak(update, context, language)


def language_typed(language: str) -> Callback:
    async def choose(update: Update, context: LoanlineContext) -> str:
        return await _speak(update, context, language)

    return choose


async def _speak(update: Update, context: LoanlineContext, language: str) -> str:
    await answer(update, context)
    context.use(await context.services.borrowers.choose_language(context.borrower.id, language))
    return await begin(update, context)


async def agree(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    context.use(await context.services.borrowers.consent(context.borrower.id))
    await retire(update, context)
    return await begin(update, context)


async def disagree(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    t = context.t
    again = keyboards.keyboard(keyboards.button(t.plain("start.button_agree"), "start:agree"))
    await reply(update, context, t("start.disagreed", phone=context.services.lender.complaint_phone), again)
    return Step.CONSENT


async def contact_shared(update: Update, context: LoanlineContext) -> str:
    message = update.effective_message
    contact = message.contact if message else None
    if contact is None:
        return await registration.ask_phone(update, context)
    borrower = await context.services.borrowers.share_phone(
        context.borrower.id, contact.phone_number, contact.user_id or 0
    )
    context.use(borrower)
    await reply(update, context, context.t("start.phone_received", phone=borrower.phone_masked), ReplyKeyboardRemove())
    return await menu.show(update, context)


async def phone_typed(update: Update, context: LoanlineContext) -> str:
    await reply(update, context, context.t("start.phone_must_be_shared"))
    return await registration.ask_phone(update, context)


def dialogue(spoken: Spoken) -> Dialogue:
    languages = [MessageHandler(spoken.said(key), language_typed(language)) for language, key in LANGUAGE_NAMES.items()]
    return Dialogue(
        name="start",
        entries=[CommandHandler("start", begin)],
        states={
            Step.LANGUAGE: [CallbackQueryHandler(language_pressed, keyboards.pattern("start:language")), *languages],
            Step.CONSENT: [
                *spoken.choice("start:agree", agree, "start.button_agree", "start.words_agree"),
                *spoken.choice("start:disagree", disagree, "start.button_disagree", "start.words_disagree"),
            ],
            Step.PHONE: [MessageHandler(filters.CONTACT, contact_shared), typed(phone_typed)],
        },
        ask={
            Step.LANGUAGE: registration.ask_language,
            Step.CONSENT: registration.ask_consent,
            Step.PHONE: registration.ask_phone,
        },
        back={Step.CONSENT: registration.ask_language, Step.PHONE: registration.ask_phone},
    )
