"""Settings: card → language | reminder hour | copy of my data | deletion request | complaint."""

import json
from enum import StrEnum
from functools import partial

from telegram import Update
from telegram.ext import CallbackQueryHandler, CommandHandler, MessageHandler

from bot import keyboards
from bot.context import LoanlineContext
from bot.replies import answer, reply, send_document
from handlers import human, menu
from handlers.dialogue import Callback, Dialogue
from handlers.registration import LANGUAGE_NAMES, registered
from handlers.spoken import Spoken, typed
from services.desk.handoff_states import HandoffKind


class Step(StrEnum):
    CARD = "settings:card"
    LANGUAGE = "settings:language"
    HOUR = "settings:hour"
    DELETE = "settings:delete"


async def show(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    t, borrower = context.t, context.borrower
    language = t.plain(LANGUAGE_NAMES[borrower.language or t.language])
    hour = t.plain("settings.hour", hour=borrower.reminder_hour)
    text = t("settings.card", language=language, hour=hour, phone=borrower.phone_masked or "")
    buttons = [
        keyboards.button(t.plain("settings.button_language"), "settings:language"),
        keyboards.button(t.plain("settings.button_hour"), "settings:hour"),
        keyboards.button(t.plain("contracts.button_open"), "contracts:open"),
        keyboards.button(t.plain("settings.button_export"), "settings:export"),
        keyboards.button(t.plain("settings.button_complaint"), "human:complaint"),
        keyboards.button(t.plain("settings.button_delete"), "settings:delete"),
    ]
    await reply(update, context, text, keyboards.keyboard(buttons, keyboards.menu(t)))
    return Step.CARD


async def ask_language(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    t, lender = context.t, context.services.lender
    buttons = [
        keyboards.button(t.plain(LANGUAGE_NAMES[language]), keyboards.data("settings", "speak", language))
        for language in lender.languages
    ]
    text = t("start.choose_language", lender=lender.name)
    await reply(update, context, text, keyboards.keyboard(buttons, keyboards.back(t)))
    return Step.LANGUAGE


async def language_pressed(update: Update, context: LoanlineContext) -> str:
    return await _speak(keyboards.pressed(update).one_of(context.services.lender.languages), update, context)


async def _speak(language: str, update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    context.use(await context.services.borrowers.choose_language(context.borrower.id, language))
    await reply(update, context, context.t("settings.language_saved"))
    return await show(update, context)


async def ask_hour(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    t, hours = context.t, context.services.lender.reminder_hours
    buttons = [
        keyboards.button(t.plain("settings.hour", hour=hour), keyboards.data("settings", "at", hour)) for hour in hours
    ]
    text = t("settings.ask_hour", first=hours[0], last=hours[-1])
    await reply(update, context, text, keyboards.keyboard(buttons, keyboards.back(t), per_row=4))
    return Step.HOUR


async def hour_pressed(update: Update, context: LoanlineContext) -> str:
    return await _remind_at(str(keyboards.pressed(update).number()), update, context)


async def hour_typed(update: Update, context: LoanlineContext) -> str:
    return await _remind_at((update.effective_message and update.effective_message.text) or "", update, context)


async def _remind_at(hour: str, update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    context.use(await context.services.borrowers.set_reminder_hour(context.borrower.id, hour))
    at = context.t.plain("settings.hour", hour=context.borrower.reminder_hour)
    await reply(update, context, context.t("settings.hour_saved", hour=at))
    return await show(update, context)


async def export(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    data = await context.services.borrowers.export(context.borrower.id)
    content = json.dumps(data, ensure_ascii=False, indent=2).encode()
    name = context.t.plain("settings.export_file_name")
    await send_document(update, context, content, name, context.t("settings.export_ready"))
    return await show(update, context)


async def ask_delete(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    t = context.t
    buttons = [keyboards.back(t), keyboards.button(t.plain("settings.button_confirm_delete"), "settings:delete_yes")]
    await reply(update, context, t("settings.confirm_delete"), keyboards.keyboard(buttons))
    return Step.DELETE


async def request_deletion(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    handoff = await context.services.handoffs.ask(context.borrower.id, HandoffKind.DATA_REQUEST, None)
    await reply(update, context, human.received(HandoffKind.DATA_REQUEST, handoff.reference, context))
    return await menu.show(update, context)


def _speaks(language: str) -> Callback:
    return partial(_speak, language)


def dialogue(spoken: Spoken) -> Dialogue:
    gated = registered(show)
    languages = [MessageHandler(spoken.said(key), _speaks(language)) for language, key in LANGUAGE_NAMES.items()]
    return Dialogue(
        name="settings",
        entries=[
            CommandHandler("settings", gated),
            *spoken.choice("settings:open", gated, "menu.button_settings", "menu.words_settings"),
        ],
        states={
            Step.CARD: [
                *spoken.choice(
                    "settings:language", ask_language, "settings.button_language", "settings.words_language"
                ),
                *spoken.choice("settings:hour", ask_hour, "settings.button_hour", "settings.words_hour"),
                *spoken.choice("settings:export", export, "settings.button_export", "settings.words_export"),
                *spoken.choice("settings:delete", ask_delete, "settings.button_delete", "settings.words_delete"),
                MessageHandler(spoken.said("settings.button_complaint"), human.ask_complaint),
            ],
            Step.LANGUAGE: [CallbackQueryHandler(language_pressed, keyboards.pattern("settings:speak")), *languages],
            Step.HOUR: [CallbackQueryHandler(hour_pressed, keyboards.pattern("settings:at")), typed(hour_typed)],
            Step.DELETE: spoken.choice("settings:delete_yes", request_deletion, "settings.button_confirm_delete"),
        },
        ask={Step.CARD: show, Step.LANGUAGE: ask_language, Step.HOUR: ask_hour, Step.DELETE: ask_delete},
        back={Step.LANGUAGE: show, Step.HOUR: show, Step.DELETE: show},
    )
