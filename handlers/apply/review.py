"""The review: confirm all answers and go on to the papers, or choose one of them and change it."""

from telegram import Update

from bot import keyboards
from bot.context import LoanlineContext
from bot.replies import answer, reply
from handlers import document_cards
from handlers.apply.answers_shown import answers
from handlers.apply.asking import ask, proceed
from handlers.apply.beginning import begin, draft
from handlers.apply.steps import Step, finished, too_dear
from services.origination.applications import Question


async def ask_change(update: Update, context: LoanlineContext) -> str:
    """Which answer to change: each with what was answered, and a button for it."""
    await answer(update, context)
    application = await draft(context)
    if application is None:
        return await begin(update, context)
    if too_dear(application) or not finished(application):
        return await proceed(application, update, context)
    t = context.t
    edits = [
        keyboards.button(t.label(question.label), keyboards.data("apply", "edit", question))
        for question in application.questions
    ]
    text = f"{t('apply.ask_change')}\n\n" + "\n".join(answers(application, t))
    await reply(update, context, text, keyboards.keyboard(edits, [keyboards.back(t), keyboards.cancel(t)]))
    return Step.CHANGE


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
