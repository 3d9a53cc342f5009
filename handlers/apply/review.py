"""The review: change an answer, or confirm them all and go on to the papers."""

from telegram import Update

from bot import keyboards
from bot.context import LoanlineContext
from bot.replies import answer
from handlers import document_cards
from handlers.apply.asking import ask, proceed
from handlers.apply.beginning import begin, draft
from handlers.apply.steps import finished, too_dear
from services.origination.applications import Question


async def edit_pressed(update: Update, context: LoanlineContext) -> str:
    return await ask(keyboards.pressed(update).one_of(Question), update, context)


async def confirm(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    application = await draft(context)
    if application is None:
        return await begin(update, context)
    if too_dear(application) or not finished(application):
        return await proceed(application, update, context)
    await context.services.applications.confirm_answers(context.borrower.id, application.id)
    return await document_cards.show(update, context, context.t("apply.confirmed"))
