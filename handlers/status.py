"""Following an application:

card with the stages → answer the officer's request: words, files, send
                     → withdraw, once confirmed
                     → earlier applications
"""

from telegram import Update
from telegram.ext import CallbackQueryHandler, CommandHandler, MessageHandler, filters

from bot import keyboards
from bot.context import LoanlineContext
from bot.replies import answer
from handlers import officer_request, status_card
from handlers.dialogue import Dialogue
from handlers.registration import registered
from handlers.spoken import Spoken, typed
from handlers.status_card import Step


async def withdraw(update: Update, context: LoanlineContext) -> str:
    """Raises NotFound, and ApplicationMoved once it is decided."""
    return await _withdraw(keyboards.pressed(update).number(), update, context)


async def withdraw_said(update: Update, context: LoanlineContext) -> str:
    application = await status_card.withdrawable(context)
    if application is None:
        return await status_card.show(update, context)
    return await _withdraw(application.id, update, context)


async def _withdraw(application_id: int, update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    withdrawn = await context.services.applications.withdraw(context.borrower.id, application_id)
    return await status_card.show(update, context, context.t("status.withdrawn", reference=withdrawn.reference))


def dialogue(spoken: Spoken) -> Dialogue:
    card, request = registered(status_card.show), registered(officer_request.show)
    files = MessageHandler(filters.PHOTO | filters.Document.ALL, officer_request.file_sent)
    anything_else = MessageHandler(~filters.StatusUpdate.ALL & ~filters.COMMAND, officer_request.not_an_answer)
    return Dialogue(
        name="status",
        entries=[
            CommandHandler("status", card),
            *spoken.choice("status:open", card, "menu.button_status", "menu.words_status"),
            *spoken.choice("status:request", request, "menu.button_answer_request"),
        ],
        states={
            Step.CARD: [
                *spoken.choice("status:withdraw", status_card.ask_withdraw, "status.button_withdraw"),
                *spoken.choice("status:earlier", status_card.show_earlier, "status.button_earlier"),
            ],
            Step.WITHDRAW: [
                CallbackQueryHandler(withdraw, keyboards.pattern("status:withdraw_yes")),
                MessageHandler(spoken.said("status.button_withdraw_yes", "status.words_yes"), withdraw_said),
            ],
            Step.HISTORY: [],
            Step.REQUEST: [
                *spoken.choice("status:send", officer_request.send, "status.button_send", "status.words_send"),
                *spoken.choice("status:rewrite", officer_request.rewrite, "status.button_rewrite"),
                *spoken.choice("status:remove", officer_request.ask_remove, "status.button_remove"),
                files,
                typed(officer_request.words_typed),
                anything_else,
            ],
            Step.REMOVE: [
                CallbackQueryHandler(officer_request.remove, keyboards.pattern("status:remove_yes")),
                MessageHandler(
                    spoken.said("status.button_remove_yes", "status.words_yes"), officer_request.remove_said
                ),
            ],
        },
        ask={
            Step.CARD: status_card.show,
            Step.WITHDRAW: status_card.ask_withdraw,
            Step.HISTORY: status_card.show_earlier,
            Step.REQUEST: officer_request.show,
            Step.REMOVE: officer_request.ask_remove,
        },
        back={
            Step.WITHDRAW: status_card.show,
            Step.HISTORY: status_card.show,
            Step.REQUEST: status_card.show,
            Step.REMOVE: officer_request.show,
        },
    )
